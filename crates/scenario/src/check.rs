//! What a schema cannot say about a scenario.

use std::{collections::BTreeMap, net::Ipv4Addr};

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::{found::Found, pointer::below};

/// Everything that is wrong with what `scenario` means. What has not the right shape is passed
/// over: the schema speaks of it.
pub(crate) fn check(scenario: &Value) -> Vec<Found> {
    let mut found = Vec::new();
    if let Some(cilium) = scenario["cilium"].as_object() {
        found.extend(one_cilium(cilium));
    }
    if let Some(range) = scenario["cluster"]["node-cidr"].as_str()
        && !is_range(range)
    {
        let what = format!("{range:?} is no range of addresses (hint: as `10.16.0.0/16`)");
        found.push(Found::new("/cluster/node-cidr", what));
    }
    let mut names = BTreeMap::new();
    for (at, test) in scenario["suite"].as_array().into_iter().flatten().enumerate() {
        let place = format!("/suite/{at}");
        if let Some(name) = test["test"].as_str()
            && let Some(first) = names.insert(name, at)
        {
            let what =
                format!("two tests are named `{name}`, see `suite.{first}` (hint: rename one)");
            found.push(Found::new(below(&place, "test"), what));
        }
        found.extend(config(test, &place));
        for name in test["overrides"].as_object().into_iter().flat_map(Map::keys) {
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                let what = "is no ClusterLoader2 variable (hint: letters, digits and `_`)";
                found.push(Found::new(below(&below(&place, "overrides"), name), what));
            }
        }
        for (at, rule) in test["judging"].as_array().into_iter().flatten().enumerate() {
            if let Some(rule) = rule.as_object() {
                rule_faults(rule, &format!("{place}/judging/{at}"), &mut found);
            }
        }
    }
    found
}

fn one_cilium(cilium: &Map<String, Value>) -> Option<Found> {
    let said = ["version", "sha", "chart"].into_iter().filter(|key| has(cilium, key)).count();
    let what = || format!("says {said} of `version`, `sha` and `chart` (hint: exactly one)");
    (said != 1).then(|| Found::new("/cilium", what()))
}

fn is_range(text: &str) -> bool {
    text.split_once('/').is_some_and(|(first, length)| {
        first.parse::<Ipv4Addr>().is_ok() && length.parse::<u8>().is_ok_and(|length| length <= 32)
    })
}

fn config(test: &Value, place: &str) -> Option<Found> {
    let config = test["config"].as_str()?;
    let path = config.strip_prefix("upstream:").unwrap_or(config);
    let leads_out = path.starts_with('/') || path.split('/').any(|part| part == "..");
    (path.is_empty() || leads_out || path.contains(char::is_control)).then(|| {
        let hint = "`cl2/load/config.yaml`, or `upstream:load/config.yaml`";
        let what = format!("{config:?} is no path below the scenario's folder (hint: {hint})");
        Found::new(below(place, "config"), what)
    })
}

fn rule_faults(rule: &Map<String, Value>, place: &str, found: &mut Vec<Found>) {
    let mut fault = |what: &str| found.push(Found::new(place, what));
    if !has(rule, "limit") && !has(rule, "change-percent") {
        fault("has neither `limit` nor `change-percent` (hint: say what must not be passed)");
    }
    let Some(expiry) = rule.get("expiry").and_then(Value::as_str) else { return };
    if !has(rule, "owner") {
        fault("has an `expiry` but no `owner` to ask (hint: say whom)");
    }
    if expiry.parse::<Date>().is_err() {
        let what = format!("{expiry:?} is no day (hint: as `2027-01-31`)");
        found.push(Found::new(below(place, "expiry"), what));
    }
}

fn has(map: &Map<String, Value>, key: &str) -> bool {
    map.get(key).is_some_and(|value| !value.is_null())
}
