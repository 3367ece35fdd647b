//! What a schema cannot say about a scenario.

use std::collections::BTreeSet;

use crate::{scenario::Scenario, suite::Test};

/// A fault by JSON pointer; the caller knows its line.
pub(crate) type Found = (String, String);

/// Everything that is wrong with a scenario whose shape is right.
pub(crate) fn check(scenario: &Scenario) -> Vec<Found> {
    let mut found = Vec::new();
    cilium(scenario, &mut found);
    let mut names = BTreeSet::new();
    for (at, test) in scenario.suite.iter().enumerate() {
        if !names.insert(&test.test) {
            found.push((
                format!("/suite/{at}/test"),
                format!("two tests are named `{}`", test.test),
            ));
        }
        config(at, test, &mut found);
        rules(at, test, &mut found);
    }
    found
}

fn cilium(scenario: &Scenario, found: &mut Vec<Found>) {
    let Some(cilium) = &scenario.cilium else { return };
    let said = [&cilium.version, &cilium.sha, &cilium.chart];
    let said = said.into_iter().flatten().count();
    if said != 1 {
        found.push((
            "/cilium".into(),
            format!("says {said} of `version`, `sha` and `chart` (hint: exactly one)"),
        ));
    }
}

fn config(at: usize, test: &Test, found: &mut Vec<Found>) {
    let path = test.config.upstream().unwrap_or(&test.config.0);
    if path.is_empty() || path.starts_with('/') || path.split('/').any(|part| part == "..") {
        found.push((
            format!("/suite/{at}/config"),
            format!("`{}` is no path below the scenario's folder", test.config.0),
        ));
    }
    for name in test.overrides.keys() {
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            found.push((
                format!("/suite/{at}/overrides"),
                format!("`{name}` is no ClusterLoader2 variable (hint: letters, digits and `_`)"),
            ));
        }
    }
}

fn rules(at: usize, test: &Test, found: &mut Vec<Found>) {
    for (number, rule) in test.judging.iter().enumerate() {
        let place = format!("/suite/{at}/judging/{number}");
        if rule.limit.is_none() && rule.change_percent.is_none() {
            found.push((place.clone(), "has neither `limit` nor `change-percent`".into()));
        }
        if rule.expiry.is_some() && rule.owner.is_none() {
            found.push((place, "has an `expiry` but no `owner` to ask".into()));
        }
    }
}
