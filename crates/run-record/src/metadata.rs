//! `metadata.json`: what really ran.

use std::collections::BTreeMap;

use scenario::Provider;
use serde::{Deserialize, Serialize};

use crate::{
    format::Format,
    kops_plan::Cost,
    plan::{Plan, Trigger},
};

/// What really ran: asked and found. Each stage fills in what it found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Version of this file's shape.
    pub format: Format,
    /// The run.
    pub run_id: String,
    /// Which attempt at the run it is, from 1.
    #[serde(default = "first")]
    pub attempt: u32,
    /// Who or what asked for the run.
    #[serde(default)]
    pub trigger: Trigger,
    /// Who provided the cluster.
    pub provider: Provider,
    /// Worker nodes asked for.
    pub nodes_asked: u32,
    /// Worker nodes found ready.
    #[serde(default)]
    pub nodes_found: Option<u32>,
    /// What was asked and found.
    pub versions: Versions,
    /// What the cluster cost, if it is one that is paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// Processors of the machine that ran the pipeline, and its load when the run began.
    #[serde(default)]
    pub machine: BTreeMap<String, String>,
}

impl Metadata {
    /// That of the run that `plan` is of, while nothing is known but that.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self {
            format: Format,
            run_id: plan.run_id.clone(),
            attempt: plan.attempt,
            trigger: plan.trigger.clone(),
            provider: plan.provider,
            nodes_asked: plan.scenario.cluster.nodes,
            nodes_found: None,
            versions: Versions::default(),
            cost: None,
            machine: BTreeMap::new(),
        }
    }
}

/// What was planned before attempts were written here is taken for the first.
fn first() -> u32 {
    1
}

/// Versions by part, such as `kubernetes`, `kernel`, `os`, `container-runtime`, `cilium`,
/// `cilium-image`, `clusterloader2`, `helm`, `etcd`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Versions(pub BTreeMap<String, Found>);

/// One part: what was asked for and what was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Found {
    /// What was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// What was found, with how many times: a mixed set is two entries.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub found: BTreeMap<String, u32>,
}
