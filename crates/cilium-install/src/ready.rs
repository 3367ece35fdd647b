//! The rule by which Cilium is ready: helm's own is met with no agent running.

use std::collections::BTreeMap;

use k8s_openapi::api::{
    apps::v1::{DaemonSet, Deployment},
    core::v1::{Node, Pod, PodSpec},
};
use kube::ResourceExt;

use crate::{
    effective::{self, Difference},
    installed::{AGENT, Installed, Kind, Workload},
    matching::matches,
    view::View,
};

/// What is missing, in words; empty if Cilium is ready on `nodes` nodes.
pub(crate) fn missing(installed: &Installed, nodes: u32, view: &View) -> Vec<String> {
    let mut missing = Vec::new();
    for workload in &installed.workloads {
        let name = &workload.name;
        match workload.kind {
            Kind::DaemonSet => match view.daemon_sets.iter().find(|one| one.name_any() == *name) {
                Some(one) => missing.extend(daemon_set(one, nodes, view)),
                None => missing.push(format!("{name}: no such DaemonSet")),
            },
            Kind::Deployment => match view.deployments.iter().find(|one| one.name_any() == *name) {
                Some(one) => missing.extend(deployment(one)),
                None => missing.push(format!("{name}: no such Deployment")),
            },
        }
        missing.extend(pods(workload, view));
    }
    missing.extend(tainted(&view.nodes));
    missing.extend(unreachable(&view.nodes));
    missing
}

/// The keys of `cilium-config` that are not as they were installed.
pub(crate) fn config(installed: &Installed, view: &View) -> Vec<Difference> {
    let found = view.config.as_ref().and_then(|config| config.data.clone()).unwrap_or_default();
    effective::config(&installed.config, &found)
}

/// The pods of `workload` that are to stay.
pub(crate) fn pods_of<'v>(workload: &Workload, view: &'v View) -> impl Iterator<Item = &'v Pod> {
    let labels = workload.labels.clone();
    view.pods.iter().map(AsRef::as_ref).filter(move |pod| {
        pod.metadata.deletion_timestamp.is_none()
            && labels.iter().all(|(key, value)| pod.labels().get(key) == Some(value))
    })
}

/// The image of each container of a pod.
pub(crate) fn images(spec: &PodSpec) -> BTreeMap<String, String> {
    let containers = spec.init_containers.iter().flatten().chain(&spec.containers);
    containers.map(|one| (one.name.clone(), one.image.clone().unwrap_or_default())).collect()
}

/// The image that `pod` runs for `workload`, with its digest if the node says one.
pub(crate) fn running_image(pod: &Pod, workload: &Workload) -> Option<String> {
    let name = workload.main_container();
    let image = images(pod.spec.as_ref()?).remove(name)?;
    let mut statuses =
        pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    let id = statuses.find(|one| one.name == name).map(|one| one.image_id.as_str());
    Some(match id.and_then(|id| id.split_once("@sha256:")) {
        Some((_, digest)) if !image.contains('@') => format!("{image}@sha256:{digest}"),
        _ => image,
    })
}

fn daemon_set(one: &DaemonSet, nodes: u32, view: &View) -> Option<String> {
    let name = one.name_any();
    let status = one.status.clone().unwrap_or_default();
    if status.observed_generation != one.metadata.generation {
        return Some(format!("{name}: its last change is not yet acted on"));
    }
    let matching = view.nodes.iter().filter(|node| matches(one, node)).count();
    let asked = usize::try_from(nodes).unwrap_or(usize::MAX);
    if matching == 0 || (name == AGENT && matching < asked) {
        return Some(format!("{name}: {matching} of {asked} nodes are there for it"));
    }
    let count = |number: Option<i32>| usize::try_from(number.unwrap_or_default()).unwrap_or(0);
    [
        ("scheduled", Some(status.desired_number_scheduled)),
        ("of the new kind", status.updated_number_scheduled),
        ("ready", Some(status.number_ready)),
        ("available", status.number_available),
    ]
    .into_iter()
    .find(|(_, number)| count(*number) != matching)
    .map(|(what, number)| format!("{name}: {} of {matching} {what}", count(number)))
}

fn deployment(one: &Deployment) -> Option<String> {
    let name = one.name_any();
    let status = one.status.clone().unwrap_or_default();
    if status.observed_generation != one.metadata.generation {
        return Some(format!("{name}: its last change is not yet acted on"));
    }
    let asked = one.spec.replicas.unwrap_or(1);
    [
        ("of the new kind", status.updated_replicas),
        ("ready", status.ready_replicas),
        ("available", status.available_replicas),
        // More than are asked for: old ones are still there.
        ("in all", status.replicas),
    ]
    .into_iter()
    .find(|(_, number)| number.unwrap_or_default() != asked)
    .map(|(what, number)| format!("{name}: {} of {asked} {what}", number.unwrap_or_default()))
}

/// Pods that run something else, and why those that wait do.
fn pods(workload: &Workload, view: &View) -> Vec<String> {
    let mut others = BTreeMap::<String, usize>::new();
    let mut waiting = BTreeMap::<String, usize>::new();
    for pod in pods_of(workload, view) {
        let found = pod.spec.as_ref().map(images).unwrap_or_default();
        for difference in effective::images("", &workload.images, &found) {
            *others.entry(difference.found.unwrap_or_else(|| "no image".into())).or_default() += 1;
        }
        if let Some(reason) = held_up(pod) {
            *waiting.entry(reason).or_default() += 1;
        }
    }
    let name = &workload.name;
    let others = others.iter().map(|(image, pods)| format!("{name}: {pods} pods run {image}"));
    let waiting = waiting.iter().map(|(why, pods)| format!("{name}: {pods} pods: {why}"));
    others.chain(waiting).collect()
}

/// Why a container of `pod` does not start, if that is no ordinary wait.
fn held_up(pod: &Pod) -> Option<String> {
    /// A container that is on its way says one of these.
    const ORDINARY: [&str; 2] = ["ContainerCreating", "PodInitializing"];
    let status = pod.status.as_ref()?;
    let containers = status
        .init_container_statuses
        .iter()
        .flatten()
        .chain(status.container_statuses.iter().flatten());
    containers
        .filter_map(|one| one.state.as_ref()?.waiting.as_ref()?.reason.clone())
        .find(|reason| !ORDINARY.contains(&reason.as_str()))
}

/// Nodes that no agent has taken over yet.
fn tainted(nodes: &[impl AsRef<Node>]) -> Option<String> {
    /// Set by whoever makes a node, taken away by Cilium.
    const TAINT: &str = "node.cilium.io/agent-not-ready";
    let tainted = |node: &&Node| {
        let taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
        taints.into_iter().any(|taint| taint.key == TAINT)
    };
    named(nodes.iter().map(AsRef::as_ref).filter(tainted), &format!("tainted {TAINT}"))
}

/// Nodes of which Cilium has not said that their network is up.
fn unreachable(nodes: &[impl AsRef<Node>]) -> Option<String> {
    let down = |node: &&Node| {
        let conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
        !conditions.into_iter().any(|condition| {
            condition.type_ == "NetworkUnavailable"
                && condition.status == "False"
                && condition.reason.as_deref() == Some("CiliumIsUp")
        })
    };
    named(nodes.iter().map(AsRef::as_ref).filter(down), "not CiliumIsUp")
}

/// `3 nodes are not CiliumIsUp (n1, n2, ...)`.
fn named<'n>(nodes: impl Iterator<Item = &'n Node>, what: &str) -> Option<String> {
    /// A line of progress is one line.
    const SHOWN: usize = 3;
    let mut names: Vec<String> = nodes.map(ResourceExt::name_any).collect();
    let all = names.len();
    names.sort();
    names.truncate(SHOWN);
    let more = if all > SHOWN { ", ..." } else { "" };
    (all > 0).then(|| format!("{all} nodes are {what} ({}{more})", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use run_record::Format;
    use serde_json::{Map, Value, from_value, json};

    use super::*;

    const IMAGE: &str = "quay.io/cilium/cilium:v1.20.2";

    fn installed() -> Installed {
        let text = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        Installed {
            format: Format,
            version: "1.20.2".into(),
            values: Map::new(),
            config: text("debug", "false"),
            workloads: vec![Workload {
                kind: Kind::DaemonSet,
                name: "cilium".into(),
                labels: text("k8s-app", "cilium"),
                images: text("cilium-agent", IMAGE),
            }],
        }
    }

    fn node(name: &str, reason: &str, taints: Value) -> Arc<Node> {
        let condition =
            json!({ "type": "NetworkUnavailable", "status": "False", "reason": reason });
        Arc::new(
            from_value(json!({
                "metadata": { "name": name },
                "spec": { "taints": taints },
                "status": { "conditions": [condition] },
            }))
            .unwrap(),
        )
    }

    fn agents(generation: i64, updated: i32, ready: i32) -> Arc<DaemonSet> {
        Arc::new(
            from_value(json!({
                "metadata": { "name": "cilium", "generation": 2 },
                "spec": { "selector": {}, "template": { "spec": { "containers": [] } } },
                "status": {
                    "observedGeneration": generation, "currentNumberScheduled": 2,
                    "numberMisscheduled": 0, "desiredNumberScheduled": 2, "numberReady": ready,
                    "updatedNumberScheduled": updated, "numberAvailable": ready,
                },
            }))
            .unwrap(),
        )
    }

    fn pod(image: &str) -> Arc<Pod> {
        Arc::new(
            from_value(json!({
                "metadata": { "name": "p", "labels": { "k8s-app": "cilium" } },
                "spec": { "containers": [{ "name": "cilium-agent", "image": image }] },
            }))
            .unwrap(),
        )
    }

    fn ready_view() -> View {
        View {
            nodes: vec![node("a", "CiliumIsUp", json!([])), node("b", "CiliumIsUp", json!([]))],
            pods: vec![pod(IMAGE), pod(IMAGE)],
            daemon_sets: vec![agents(2, 2, 2)],
            ..View::default()
        }
    }

    #[test]
    fn nothing_is_missing_when_every_node_has_the_asked_agent() {
        assert!(missing(&installed(), 2, &ready_view()).is_empty());
    }

    #[test]
    fn agents_that_are_not_ready_are_counted() {
        let view = View { daemon_sets: vec![agents(2, 2, 1)], ..ready_view() };

        assert_eq!(missing(&installed(), 2, &view), ["cilium: 1 of 2 ready"]);
    }

    #[test]
    fn a_change_that_the_controller_has_not_seen_is_waited_for() {
        let view = View { daemon_sets: vec![agents(1, 2, 2)], ..ready_view() };

        assert_eq!(
            missing(&installed(), 2, &view),
            ["cilium: its last change is not yet acted on"]
        );
    }

    #[test]
    fn agents_are_wanted_on_every_node_that_was_asked_for() {
        assert_eq!(
            missing(&installed(), 3, &ready_view()),
            ["cilium: 2 of 3 nodes are there for it"]
        );
        let none = View { nodes: Vec::new(), ..ready_view() };
        assert_eq!(missing(&installed(), 0, &none), ["cilium: 0 of 0 nodes are there for it"]);
    }

    #[test]
    fn a_pod_with_another_image_is_named() {
        let view = View { pods: vec![pod(IMAGE), pod("other:v1")], ..ready_view() };

        assert_eq!(missing(&installed(), 2, &view), ["cilium: 1 pods run other:v1"]);
    }

    #[test]
    fn nodes_that_cilium_has_not_taken_over_are_named() {
        let taint = json!([{ "key": "node.cilium.io/agent-not-ready", "effect": "NoExecute" }]);
        let nodes = vec![node("a", "CiliumIsUp", taint), node("b", "RouteCreated", json!([]))];
        let view = View { nodes, ..ready_view() };

        assert_eq!(
            missing(&installed(), 2, &view),
            [
                "1 nodes are tainted node.cilium.io/agent-not-ready (a)",
                "1 nodes are not CiliumIsUp (b)",
            ]
        );
    }

    #[test]
    fn a_key_that_somebody_changed_is_a_difference() {
        let found = json!({ "metadata": {}, "data": { "debug": "true" } });
        let view = View { config: Some(Arc::new(from_value(found).unwrap())), ..ready_view() };

        assert_eq!(config(&installed(), &view).len(), 1);
    }
}
