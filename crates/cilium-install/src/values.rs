//! The Helm values of an installation: ours, and over them the scenario's.

use serde_json::{Map, Value, json};

use crate::known::Known;

/// Values that hold unless the scenario says otherwise, as far as the chart knows them.
///
/// - One operator: its two replicas never share a node, so a cluster of one node would wait for
///   ever; and the numbers of a run are those of one operator.
/// - All agents are replaced at once: a restart between two tests takes one round and not fifty.
fn ours() -> Value {
    let at_once = json!({ "rollingUpdate": { "maxUnavailable": "100%" } });
    json!({
        "operator": { "replicas": 1 },
        "updateStrategy": at_once,
        "envoy": { "updateStrategy": at_once },
    })
}

/// The images of a commit: Cilium's workflows push each commit's to repositories of their own, and the
/// chart of a stable branch names those of the last release.
fn of_commit(sha: &str) -> Value {
    let image = |name: &str| json!({ "repository": format!("{REPOSITORIES}/{name}"), "tag": sha, "useDigest": false });
    let mut operator = image("operator");
    // The chart puts the kind of operator in between: `operator-generic-ci`.
    operator["suffix"] = json!("-ci");
    json!({
        "image": image("cilium-ci"),
        "preflight": { "image": image("cilium-ci") },
        "operator": { "image": operator },
        "hubble": { "relay": { "image": image("hubble-relay-ci") } },
        "clustermesh": { "apiserver": { "image": image("clustermesh-apiserver-ci") } },
    })
}

/// Where Cilium's workflows push images.
const REPOSITORIES: &str = "quay.io/cilium";

/// The values that are installed when the scenario asks for `asked`, of the commit `sha` if it asks for
/// one.
pub(crate) fn merged(
    asked: &Map<String, Value>,
    sha: Option<&str>,
    known: &Known,
) -> Map<String, Value> {
    let mut values = Map::new();
    for ours in [Some(ours()), sha.map(of_commit)].into_iter().flatten() {
        if let Value::Object(ours) = ours {
            lay_over(&mut values, &within(&ours, known));
        }
    }
    lay_over(&mut values, asked);
    values
}

/// What of `values` is `known`.
fn within(values: &Map<String, Value>, known: &Known) -> Map<String, Value> {
    let mut kept = Map::new();
    for (key, value) in values {
        match (known.at([key.as_str()]), value) {
            (Some(below @ Known::Keys(_)), Value::Object(map)) => {
                let map = within(map, below);
                if !map.is_empty() {
                    kept.insert(key.clone(), Value::Object(map));
                }
            }
            (Some(_), value) => {
                kept.insert(key.clone(), value.clone());
            }
            (None, _) => {}
        }
    }
    kept
}

/// Lays `over` over `values`, as Helm does with values files: groups are merged, all else is
/// replaced.
fn lay_over(values: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (key, value) in over {
        match (values.get_mut(key), value) {
            (Some(Value::Object(below)), Value::Object(over)) => lay_over(below, over),
            _ => {
                values.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Whether two values are the same to Helm, which keeps every number as a float and forgets nulls.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let get =
                |map: &Map<String, Value>, key: &str| map.get(key).cloned().unwrap_or_default();
            a.keys().chain(b.keys()).all(|key| same(&get(a, key), &get(b, key)))
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            other => panic!("{other} is no group"),
        }
    }

    #[test]
    fn the_scenario_wins_over_our_values_key_by_key() {
        let asked = map(json!({ "operator": { "replicas": 2 }, "debug": { "enabled": true } }));

        let values = merged(&asked, None, &Known::Anything);

        assert_eq!(values["operator"], json!({ "replicas": 2 }));
        assert_eq!(values["debug"], json!({ "enabled": true }));
        assert_eq!(values["updateStrategy"]["rollingUpdate"]["maxUnavailable"], "100%");
    }

    #[test]
    fn our_values_are_left_out_where_the_chart_does_not_know_them() {
        let operator = Known::Keys(BTreeMap::from([("replicas".into(), Known::OneValue)]));
        let known = Known::Keys(BTreeMap::from([("operator".into(), operator)]));

        let values = merged(&Map::new(), None, &known);

        assert_eq!(Value::Object(values), json!({ "operator": { "replicas": 1 } }));
    }

    #[test]
    fn a_commit_has_images_of_its_own_unless_the_scenario_says_others() {
        let sha = "a".repeat(40);
        let asked = map(json!({ "image": { "repository": "localhost:5000/cilium" } }));

        let values = merged(&asked, Some(&sha), &Known::Anything);

        let agent =
            json!({ "repository": "localhost:5000/cilium", "tag": sha, "useDigest": false });
        assert_eq!(values["image"], agent);
        assert_eq!(values["operator"]["image"]["suffix"], "-ci");
        assert_eq!(values["operator"]["replicas"], 1);
    }

    #[test]
    fn helm_may_write_a_number_its_own_way_and_forget_a_null() {
        assert!(same(&json!({ "a": 1, "b": null, "c": [1.0] }), &json!({ "a": 1.0, "c": [1] })));
        assert!(!same(&json!({ "a": 1 }), &json!({ "a": "1" })));
        assert!(!same(&json!({ "a": { "b": true } }), &json!({ "a": {} })));
    }
}
