//! Which nodes are ready, and why the others are not.

use std::{collections::BTreeMap, fmt};

use k8s_openapi::api::core::v1::Node;

use crate::workers::GROUP;

/// Label by which kops says of which group a node is.
const GROUP_LABEL: &str = "kops.k8s.io/instancegroup";

/// Label of the machines of the control plane.
const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";

/// Which workers are ready, and why the others are not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Readiness {
    /// Workers that are asked for.
    asked: usize,
    /// Workers that must be there.
    needed: usize,
    /// What keeps each known one from being ready; nothing if it is.
    known: BTreeMap<String, Option<String>>,
    /// Machines that have no node yet, and why.
    machines: BTreeMap<String, String>,
}

impl Readiness {
    /// Nothing is known yet of `asked` workers, of which so many of a thousand may be missing.
    pub(crate) fn of(asked: u32, missing_per_mille: u32) -> Self {
        let missing = u64::from(asked) * u64::from(missing_per_mille) / 1000;
        let asked = usize::try_from(asked).unwrap_or(usize::MAX);
        let missing = usize::try_from(missing).unwrap_or(usize::MAX);
        Self { asked, needed: asked.saturating_sub(missing).max(1), ..Self::default() }
    }

    /// Notes what a node says of itself, if it is a worker.
    pub(crate) fn note(&mut self, node: &Node) {
        let Some(name) = node.metadata.name.clone().filter(|_| is_worker(node)) else { return };
        self.known.insert(name, missing(node));
    }

    /// Notes that a node is gone.
    pub(crate) fn gone(&mut self, name: &str) {
        self.known.remove(name);
    }

    /// Notes the machines that there are, each with what it is doing or why it cannot be made.
    pub(crate) fn machines(&mut self, found: impl IntoIterator<Item = (String, String)>) {
        self.machines = found.into_iter().collect();
    }

    pub(crate) fn ready(&self) -> usize {
        self.known.values().filter(|why| why.is_none()).count()
    }

    /// Whether as many are ready as must be.
    pub(crate) fn is_enough(&self) -> bool {
        self.ready() >= self.needed
    }

    /// Whether all are ready that are asked for.
    pub(crate) fn is_complete(&self) -> bool {
        self.ready() >= self.asked
    }
}

impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} workers ready", self.ready(), self.asked)?;
        let of_nodes =
            self.known.iter().filter_map(|(name, why)| Some((name.as_str(), why.as_deref()?)));
        let of_machines = self
            .machines
            .iter()
            .filter(|(name, _)| !self.known.contains_key(*name))
            .map(|(name, why)| (name.as_str(), why.as_str()));
        stage::waiting(f, of_nodes.chain(of_machines))
    }
}

/// Whether a node is one of the workers.
pub(crate) fn is_worker(node: &Node) -> bool {
    label(node, GROUP_LABEL).is_some_and(|group| group == GROUP)
}

/// Whether a node is one of the control plane.
pub(crate) fn is_control_plane(node: &Node) -> bool {
    label(node, CONTROL_PLANE).is_some()
}

fn label<'n>(node: &'n Node, key: &str) -> Option<&'n String> {
    node.metadata.labels.as_ref()?.get(key)
}

/// What keeps a node from being ready. Without Cilium none has a network, and its taint is Cilium's
/// own matter: whether Cilium is there, `cilium-install wait` says.
fn missing(node: &Node) -> Option<String> {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    let ready = conditions.into_iter().flatten().find(|condition| condition.type_ == "Ready");
    match ready {
        None => Some("its kubelet says nothing".into()),
        Some(ready) if ready.status != "True" => {
            Some(ready.message.clone().unwrap_or_else(|| "it is not ready".into()))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn node(name: &str, group: &str, ready: &str) -> Node {
        serde_json::from_value(json!({
            "metadata": { "name": name, "labels": { GROUP_LABEL: group } },
            "status": { "conditions": [
                { "type": "Ready", "status": ready, "message": "no network" },
            ] },
        }))
        .unwrap()
    }

    #[test]
    fn two_of_a_thousand_may_be_missing_and_none_of_a_hundred() {
        assert_eq!(Readiness::of(1000, 2).needed, 998);
        assert_eq!(Readiness::of(100, 2).needed, 100);
        assert_eq!(Readiness::of(100, 50).needed, 95);
        assert_eq!(Readiness::of(3, 1000).needed, 1);
    }

    #[test]
    fn a_node_that_wavers_is_counted_as_it_is_now() {
        let mut readiness = Readiness::of(2, 0);
        for (name, ready) in [("a", "True"), ("b", "True"), ("a", "False")] {
            readiness.note(&node(name, GROUP, ready));
        }
        assert!(!readiness.is_enough());

        readiness.note(&node("a", GROUP, "True"));
        assert!(readiness.is_complete());

        readiness.gone("b");
        assert!(!readiness.is_enough());
    }

    #[test]
    fn progress_names_what_is_waited_for_and_why() {
        let mut readiness = Readiness::of(5, 0);
        readiness.note(&node("workers-a", GROUP, "True"));
        readiness.note(&node("workers-b", GROUP, "False"));
        readiness.note(&node("nodes-x", "nodes-us-west1-a", "True"));
        readiness.machines([
            ("workers-a".into(), "RUNNING".into()),
            ("workers-c".into(), "it boots".into()),
            ("workers-d".into(), "it boots".into()),
            ("workers-e".into(), "it boots".into()),
        ]);

        assert_eq!(
            readiness.to_string(),
            "1/5 workers ready, waiting for: workers-b, workers-c, workers-d and 1 more (no network)"
        );
    }
}
