//! Which nodes a DaemonSet is for.

use std::collections::BTreeMap;

use k8s_openapi::api::{
    apps::v1::DaemonSet,
    core::v1::{Node, NodeSelectorRequirement, NodeSelectorTerm, PodSpec},
};
use kube::ResourceExt;

/// Whether `node` is one that `daemon_set` is for, by the labels of the node.
pub(crate) fn matches(daemon_set: &DaemonSet, node: &Node) -> bool {
    let pod = daemon_set.spec.template.spec.as_ref();
    pod.is_none_or(|pod| selected(pod, node.labels()) && attracted(pod, node.labels()))
}

fn selected(pod: &PodSpec, labels: &BTreeMap<String, String>) -> bool {
    let wanted = pod.node_selector.iter().flatten();
    wanted.into_iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Whether one of the required terms holds, or there is none.
fn attracted(pod: &PodSpec, labels: &BTreeMap<String, String>) -> bool {
    let affinity = pod.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let required =
        affinity.and_then(|node| node.required_during_scheduling_ignored_during_execution.as_ref());
    required
        .is_none_or(|selector| selector.node_selector_terms.iter().any(|term| holds(term, labels)))
}

fn holds(term: &NodeSelectorTerm, labels: &BTreeMap<String, String>) -> bool {
    let expressions = term.match_expressions.iter().flatten();
    expressions.into_iter().all(|requirement| met(requirement, labels))
}

fn met(requirement: &NodeSelectorRequirement, labels: &BTreeMap<String, String>) -> bool {
    let value = labels.get(&requirement.key);
    let listed =
        || value.is_some_and(|value| requirement.values.iter().flatten().any(|one| one == value));
    match requirement.operator.as_str() {
        "In" => listed(),
        "NotIn" => !listed(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        // `Gt` and `Lt` stand in no chart of Cilium.
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn daemon_set() -> DaemonSet {
        from_value(json!({ "metadata": {}, "spec": { "selector": {}, "template": { "spec": {
            "containers": [],
            "nodeSelector": { "kubernetes.io/os": "linux" },
            "affinity": { "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{ "matchExpressions": [
                    { "key": "cilium.io/no-schedule", "operator": "NotIn", "values": ["true"] },
                ] }],
            } } },
        } } } }))
        .unwrap()
    }

    fn node(labels: serde_json::Value) -> Node {
        from_value(json!({ "metadata": { "name": "n", "labels": labels } })).unwrap()
    }

    #[test]
    fn a_node_is_matched_by_its_labels() {
        let linux = json!({ "kubernetes.io/os": "linux" });
        let kept_out = json!({ "kubernetes.io/os": "linux", "cilium.io/no-schedule": "true" });

        assert!(matches(&daemon_set(), &node(linux)));
        assert!(!matches(&daemon_set(), &node(kept_out)));
        assert!(!matches(&daemon_set(), &node(json!({}))));
    }
}
