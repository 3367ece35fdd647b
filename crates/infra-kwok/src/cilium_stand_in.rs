//! Stands in for Cilium's agents and operator: a node is ready once the agent on it is.
//!
//! Where the scenario installs Cilium, nodes are made with the taint that Cilium wants
//! and start not ready. When the pod of the agent on a node becomes ready, which kwok says without
//! running anything, the node gets the condition that the real operator would give it, becomes
//! ready and loses the taint. Put the real operator in the place of the stage
//! `cilium-agent-is-up`: the others are the kubelet's part.

use serde_json::{Value, json};

/// The stages of nodes that wait for Cilium.
pub(crate) const STAGES: &str = include_str!("stages/cilium-nodes.yaml");

/// Taint of a node whose agent is not ready, as Cilium's own documentation asks for.
pub(crate) const TAINT: &str = "node.cilium.io/agent-not-ready";

/// The condition that a node is made with. kwok must not give it: it would do so after the agent's pod
/// is ready now and then, and the node would wait for ever.
pub(crate) fn no_network() -> Value {
    json!({
        "type": "NetworkUnavailable",
        "status": "True",
        "reason": "NoAgent",
        "message": "waiting for the agent of Cilium",
    })
}
