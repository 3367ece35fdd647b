//! A value held against a limit and against the median of earlier builds.

use run_record::Verdict;
use scenario::{Better, Rule};

use crate::quantity::{counted, percent_number, quantity};

/// What one yardstick says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    pub(crate) verdict: Verdict,
    pub(crate) reason: String,
    /// How far past the allowed the value is, in percent of the yardstick; below zero is within.
    pub(crate) excess: f64,
}

/// How much worse `value` is than `than`, in the measurement's unit; below zero is better.
pub(crate) fn worse_by(better: Better, value: f64, than: f64) -> f64 {
    match better {
        Better::Lower => value - than,
        Better::Higher => than - value,
    }
}

/// The change of `value` against `median` in percent, above zero is more; none against zero.
pub(crate) fn change_percent(value: f64, median: f64) -> Option<f64> {
    let percent = 100.0 * (value - median) / median.abs();
    percent.is_finite().then_some(percent)
}

/// Holds `value` against the limit of `rule`: beyond it in the worse direction is a regression, on
/// it is not.
pub(crate) fn against_limit(rule: &Rule, limit: f64, value: f64, unit: &str) -> Finding {
    let worse = worse_by(rule.better, value, limit);
    let shown = quantity(limit, unit);
    // Against a limit of zero every step is as far as any other.
    let excess = change_percent(limit + worse, limit).unwrap_or(worse);
    if worse > 0.0 {
        let reason = format!("{} is past the limit of {shown}", quantity(value, unit));
        Finding { verdict: Verdict::Regressed, reason, excess }
    } else {
        Finding { verdict: Verdict::Pass, reason: format!("within the limit of {shown}"), excess }
    }
}

/// Holds `value` against the `median` of `builds` earlier builds.
///
/// Worse by more than `allowed` percent and by at least the rule's `min_change` is a regression;
/// better by as much is an improvement. A median of zero has no percent: there `min_change` alone
/// decides, and a rule without one says nothing, which is said.
pub(crate) fn against_median(
    rule: &Rule,
    allowed: f64,
    value: f64,
    median: f64,
    builds: usize,
    unit: &str,
) -> Finding {
    let worse = worse_by(rule.better, value, median);
    let than = format!("the median {} of {}", quantity(median, unit), counted(builds, "build"));
    let counts = rule.min_change.is_none_or(|least| worse.abs() >= least);
    let word = |worse: f64| if worse > 0.0 { "worse" } else { "better" };
    let Some(percent) = change_percent(value, median) else {
        let excess = worse;
        let (verdict, reason) = match rule.min_change {
            _ if worse == 0.0 => (Verdict::Pass, format!("equal to {than}")),
            None => (
                Verdict::Pass,
                format!(
                    "{} against {than}: a change from zero has no percent, and the rule has no `min-change`",
                    quantity(value, unit)
                ),
            ),
            Some(least) => (
                changed(worse, counts),
                format!(
                    "{} is {} than {than}; a change of {} counts",
                    quantity(value, unit),
                    word(worse),
                    quantity(least, unit)
                ),
            ),
        };
        return Finding { verdict, reason, excess };
    };
    let excess = percent.abs().copysign(worse) - allowed;
    let size = percent_number(percent.abs());
    let reason = if worse == 0.0 {
        format!("equal to {than}")
    } else if percent.abs() > allowed && !counts {
        let least = rule.min_change.unwrap_or_default();
        format!(
            "{size} % {} than {than}, yet by less than the {} that count",
            word(worse),
            quantity(least, unit)
        )
    } else {
        let allowed = percent_number(allowed);
        format!(
            "{} is {size} % {} than {than}; {allowed} % are allowed",
            quantity(value, unit),
            word(worse)
        )
    };
    Finding { verdict: changed(worse, counts && percent.abs() > allowed), reason, excess }
}

fn changed(worse: f64, counts: bool) -> Verdict {
    match (counts, worse > 0.0) {
        (false, _) => Verdict::Pass,
        (true, true) => Verdict::Regressed,
        (true, false) => Verdict::Improved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(better: &str, min_change: Option<f64>) -> Rule {
        serde_json::from_value(serde_json::json!({
            "measurement": "M", "better": better, "min-change": min_change,
        }))
        .unwrap()
    }

    fn verdict(better: &str, min_change: Option<f64>, value: f64, median: f64) -> Verdict {
        against_median(&rule(better, min_change), 10.0, value, median, 1, "ms").verdict
    }

    #[test]
    fn a_change_past_the_threshold_counts_in_both_directions() {
        use Verdict::{Improved, Pass, Regressed};
        for (better, value, expected) in [
            ("lower", 110.0, Pass),
            ("lower", 110.1, Regressed),
            ("lower", 90.0, Pass),
            ("lower", 89.9, Improved),
            ("higher", 110.1, Improved),
            ("higher", 89.9, Regressed),
        ] {
            assert_eq!(verdict(better, None, value, 100.0), expected, "{better} {value}");
        }
    }

    #[test]
    fn a_change_below_the_smallest_that_counts_is_none() {
        assert_eq!(verdict("lower", Some(5.0), 14.9, 10.0), Verdict::Pass);
        assert_eq!(verdict("lower", Some(5.0), 15.0, 10.0), Verdict::Regressed);
        assert_eq!(verdict("lower", Some(5.0), 5.1, 10.0), Verdict::Pass);
        assert_eq!(verdict("lower", Some(5.0), 5.0, 10.0), Verdict::Improved);
    }

    #[test]
    fn against_a_median_of_zero_only_the_smallest_change_decides() {
        assert_eq!(verdict("lower", None, 1e9, 0.0), Verdict::Pass);
        assert_eq!(verdict("lower", Some(5.0), 4.0, 0.0), Verdict::Pass);
        assert_eq!(verdict("lower", Some(5.0), 5.0, 0.0), Verdict::Regressed);
        assert_eq!(verdict("higher", Some(5.0), 5.0, 0.0), Verdict::Improved);
        assert_eq!(verdict("lower", Some(0.0), 0.0, 0.0), Verdict::Pass);
        assert_eq!(verdict("lower", Some(0.0), 0.1, 0.0), Verdict::Regressed);
    }

    #[test]
    fn a_negative_median_keeps_the_direction() {
        assert_eq!(verdict("lower", None, -50.0, -100.0), Verdict::Regressed);
        assert_eq!(verdict("higher", None, -50.0, -100.0), Verdict::Improved);
    }

    #[test]
    fn a_value_on_the_limit_is_within_it() {
        let found = |better, value| against_limit(&rule(better, None), 100.0, value, "ms").verdict;

        assert_eq!(found("lower", 100.0), Verdict::Pass);
        assert_eq!(found("lower", 100.1), Verdict::Regressed);
        assert_eq!(found("higher", 100.0), Verdict::Pass);
        assert_eq!(found("higher", 99.9), Verdict::Regressed);
    }
}
