//! The verdict on one measurement: pure, so that it can be asked again at any time.

use run_record::{Judged, Key, Verdict};
use scenario::Rule;

use crate::{
    baseline::{History, Reading},
    median::median,
    quantity::counted,
    yardstick::{Finding, against_limit, against_median, change_percent},
};

/// A judged measurement, and how far past the allowed it is: what the order within one verdict
/// goes by.
#[derive(Clone, Debug)]
pub(crate) struct Ranked {
    pub(crate) judged: Judged,
    pub(crate) excess: f64,
}

/// Judges what `rule` says of `reading`, the measurement `key` of this run.
///
/// Each yardstick speaks for itself and the worst one gives the verdict; only if none is broken can
/// the change be an improvement.
pub(crate) fn judge_measurement(
    rule: &Rule,
    key: &Key,
    reading: &Reading,
    history: &History,
) -> Ranked {
    let Reading { value, unit } = reading;
    let values = history.values(key, unit);
    let median = median(&values);
    let limit = rule.limit.map(|limit| against_limit(rule, limit, *value, unit));
    let change = rule.change_percent.map(|allowed| match median {
        Some(median) => against_median(rule, allowed, *value, median, values.len(), unit),
        None => nothing_to_compare(history, key),
    });
    let findings: Vec<Finding> = limit.into_iter().chain(change).collect();
    let verdict = worst(&findings);
    let decides = |finding: &&Finding| verdict == Verdict::Pass || finding.verdict == verdict;
    let reasons: Vec<&str> =
        findings.iter().filter(decides).map(|finding| finding.reason.as_str()).collect();
    let excess = findings.iter().map(|finding| finding.excess).fold(f64::NEG_INFINITY, f64::max);
    let judged = Judged {
        key: key.clone(),
        unit: unit.clone(),
        value: Some(*value),
        median,
        builds: values.len(),
        change_percent: median.and_then(|median| change_percent(*value, median)),
        threshold_percent: rule.change_percent,
        limit: rule.limit,
        better: rule.better,
        policy: rule.policy,
        verdict,
        reason: reasons.join("; "),
    };
    Ranked { judged, excess }
}

/// What is said of a change that has nothing to change from. A new measurement passes; one whose
/// unit is not what it was can no longer be compared, which must not go unseen.
fn nothing_to_compare(history: &History, key: &Key) -> Finding {
    let (verdict, reason) = match (history.builds.len(), history.builds_with(key)) {
        (0, _) => (Verdict::Pass, "no baseline".into()),
        (all, 0) => (Verdict::Pass, format!("new: not in the last {}", counted(all, "build"))),
        _ => (
            Verdict::Inconclusive,
            "not in the unit of the earlier builds (hint: raise the test's `epoch`)".into(),
        ),
    };
    Finding { verdict, reason, excess: f64::NEG_INFINITY }
}

/// The worst word; an improvement only where nothing is worse than a pass.
fn worst(findings: &[Finding]) -> Verdict {
    let words = || findings.iter().map(|finding| finding.verdict);
    let bad = words().filter(|word| word.badness() > Verdict::Pass.badness());
    bad.max_by_key(|word| word.badness())
        .or_else(|| words().find(|word| *word == Verdict::Improved))
        .unwrap_or(Verdict::Pass)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        serde_json::from_value(
            serde_json::json!({"config": "load", "measurement": "M", "query": "Perc99"}),
        )
        .unwrap()
    }

    fn rule(limit: Option<f64>, change: Option<f64>) -> Rule {
        serde_json::from_value(serde_json::json!({
            "measurement": "M", "better": "lower", "limit": limit, "change-percent": change,
        }))
        .unwrap()
    }

    fn reading(value: f64, unit: &str) -> Reading {
        Reading { value, unit: unit.into() }
    }

    fn history(values: &[f64]) -> History {
        let build =
            |(at, value): (usize, &f64)| (at as u64, [(key(), reading(*value, "ms"))].into());
        History { builds: values.iter().enumerate().map(build).collect(), ..History::default() }
    }

    #[test]
    fn a_broken_limit_outweighs_an_improvement() {
        let rule = rule(Some(50.0), Some(10.0));

        let found = judge_measurement(&rule, &key(), &reading(60.0, "ms"), &history(&[100.0]));

        assert_eq!(found.judged.verdict, Verdict::Regressed);
        assert_eq!(found.judged.reason, "60 ms is past the limit of 50 ms");
        assert_eq!(found.judged.change_percent, Some(-40.0));
    }

    #[test]
    fn one_outlier_among_earlier_builds_does_not_move_the_verdict() {
        let rule = rule(None, Some(10.0));

        let found = judge_measurement(
            &rule,
            &key(),
            &reading(120.0, "ms"),
            &history(&[100.0, 9999.0, 98.0]),
        );

        assert_eq!(found.judged.verdict, Verdict::Regressed);
        assert_eq!(found.judged.median, Some(100.0));
    }

    #[test]
    fn a_value_without_anything_to_compare_passes_and_says_so() {
        let rule = rule(None, Some(10.0));
        let judged = |history: &History| {
            let found = judge_measurement(&rule, &key(), &reading(1.0, "ms"), history).judged;
            (found.verdict, found.reason)
        };
        let empty = History { builds: vec![(1, [].into())], ..History::default() };

        assert_eq!(judged(&History::default()), (Verdict::Pass, "no baseline".into()));
        assert_eq!(judged(&empty), (Verdict::Pass, "new: not in the last 1 build".into()));
    }

    #[test]
    fn a_value_whose_unit_changed_cannot_be_compared() {
        let rule = rule(None, Some(10.0));

        let found = judge_measurement(&rule, &key(), &reading(1.0, "s"), &history(&[1000.0]));

        assert_eq!(found.judged.verdict, Verdict::Inconclusive);
        assert_eq!(found.judged.median, None);
    }
}
