//! Measurements that ought to be there and are not: a missing one never passes.

use std::collections::BTreeSet;

use run_record::{Judged, Key, Verdict};
use scenario::{NotApplicable, Rule};

use crate::{
    baseline::{History, Readings},
    judge_measurement::Ranked,
    median::median,
    not_applicable,
};

/// The rule that holds for `key`: the first one that matches.
pub(crate) fn rule_of<'r>(rules: &'r [Rule], key: &Key) -> Option<&'r Rule> {
    rules.iter().find(|rule| matches(rule, key))
}

fn matches(rule: &Rule, key: &Key) -> bool {
    rule.matches(&key.measurement, &key.query, &key.labels)
}

/// The measurements that a rule speaks of, that most of the earlier builds have, and that this run
/// lacks.
pub(crate) fn missing(
    rules: &[Rule],
    measured: &Readings,
    history: &History,
    listed: &[NotApplicable],
) -> Vec<Ranked> {
    let keys: BTreeSet<&Key> = history.builds.iter().flat_map(|(_, found)| found.keys()).collect();
    let all = history.builds.len();
    let lacking = |key: &&&Key| {
        !measured.contains_key(**key)
            && 2 * history.builds_with(key) > all
            && !not_applicable::lists(listed, &key.measurement)
    };
    keys.iter()
        .filter(lacking)
        .filter_map(|key| {
            let rule = rule_of(rules, key)?;
            let with = history.builds_with(key);
            // In the unit of the newest build that has it.
            let unit = history.builds.iter().find_map(|(_, found)| Some(&found.get(key)?.unit))?;
            let values = history.values(key, unit);
            let builds = if all == 1 { "build" } else { "builds" };
            let judged = Judged {
                unit: unit.clone(),
                median: median(&values),
                builds: values.len(),
                ..nothing(
                    rule,
                    (*key).clone(),
                    format!("no data (present in {with} of the last {all} {builds})"),
                )
            };
            Some(Ranked { judged, excess: 0.0 })
        })
        .collect()
}

/// The rules that match no measurement of this run and none that is known to be missing: a
/// mistyped rule, or a measurement that was never made.
pub(crate) fn without_match(
    rules: &[Rule],
    measured: &Readings,
    missing: &[Ranked],
    listed: &[NotApplicable],
) -> Vec<Ranked> {
    let known = || measured.keys().chain(missing.iter().map(|one| &one.judged.key));
    rules
        .iter()
        .filter(|rule| !known().any(|key| matches(rule, key)))
        .filter(|rule| !not_applicable::explains(listed, rule))
        .map(|rule| {
            let key = Key {
                config: "*".into(),
                measurement: rule.measurement.clone(),
                query: rule.query.clone(),
                labels: rule.labels.clone(),
                occurrence: 1,
            };
            let judged = nothing(rule, key, "the rule matches no measurement".into());
            Ranked { judged, excess: 0.0 }
        })
        .collect()
}

/// What is said of a measurement that is not there.
fn nothing(rule: &Rule, key: Key, reason: String) -> Judged {
    Judged {
        key,
        unit: String::new(),
        value: None,
        median: None,
        builds: 0,
        change_percent: None,
        threshold_percent: rule.change_percent,
        limit: rule.limit,
        better: rule.better,
        policy: rule.policy,
        verdict: Verdict::Inconclusive,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::Reading;

    fn key(measurement: &str) -> Key {
        serde_json::from_value(
            serde_json::json!({"config": "c", "measurement": measurement, "query": "Perc99"}),
        )
        .unwrap()
    }

    fn rule(measurement: &str) -> Rule {
        serde_json::from_value(serde_json::json!({
            "measurement": measurement, "better": "lower", "change-percent": 10,
        }))
        .unwrap()
    }

    fn having(measurements: &[&str]) -> Readings {
        let reading = || Reading { value: 1.0, unit: "ms".into() };
        measurements.iter().map(|name| (key(name), reading())).collect()
    }

    fn history(builds: &[&[&str]]) -> History {
        let build = |(at, names): (usize, &&[&str])| (at as u64, having(names));
        History { builds: builds.iter().enumerate().map(build).collect(), ..History::default() }
    }

    #[test]
    fn what_most_builds_have_and_this_run_lacks_is_missing() {
        let history = history(&[&["A", "B"], &["A", "C"], &["A", "B"]]);

        let found = missing(&[rule("*")], &having(&["C"]), &history, &[]);

        let said: Vec<(String, String)> =
            found.into_iter().map(|one| (one.judged.key.measurement, one.judged.reason)).collect();
        assert_eq!(
            said,
            [
                ("A".into(), "no data (present in 3 of the last 3 builds)".into()),
                ("B".into(), "no data (present in 2 of the last 3 builds)".into()),
            ]
        );
    }

    #[test]
    fn half_of_the_builds_are_not_most_and_what_no_rule_speaks_of_is_not_missed() {
        let history = history(&[&["A"], &["B"]]);

        assert!(missing(&[rule("*")], &having(&[]), &history, &[]).is_empty());
        assert!(missing(&[rule("Z")], &having(&[]), &history, &[]).is_empty());
    }

    #[test]
    fn a_rule_that_matches_nothing_is_named_unless_it_is_not_applicable() {
        let rules = [rule("A"), rule("Typo"), rule("*")];
        let listed = [NotApplicable { measurement: "Typo".into(), reason: "simulated".into() }];

        let found = without_match(&rules, &having(&["A"]), &[], &[]);

        assert_eq!(found.len(), 1);
        assert_eq!(found[0].judged.key.measurement, "Typo");
        assert!(without_match(&rules, &having(&["A"]), &[], &listed).is_empty());
    }
}
