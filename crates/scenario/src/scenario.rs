//! The scenario file as a whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    cilium::Cilium,
    cluster::{Cluster, Monitoring},
    infra::Infra,
    suite::Test,
};

/// One file: cluster, Cilium, suite, thresholds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Scenario {
    /// Version of this file format; always 1.
    #[schemars(range(min = 1, max = 1))]
    pub format: u32,
    /// Name of the scenario: the stem of its file, lower-case letters, digits and dashes.
    #[schemars(regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"), length(max = 40))]
    pub name: String,
    /// What the scenario is for.
    pub about: About,
    /// The cluster that is built.
    #[serde(default)]
    pub cluster: Cluster,
    /// The Cilium that is installed; left out, none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cilium: Option<Cilium>,
    /// What Prometheus scrapes.
    #[serde(default)]
    pub monitoring: Monitoring,
    /// The builds a run is compared with.
    #[serde(default)]
    pub baseline: Baseline,
    /// The tests, in order.
    #[schemars(length(min = 1))]
    pub suite: Vec<Test>,
    /// What differs by provider.
    #[serde(default)]
    pub infra: Infra,
}

/// What a scenario is for, in three sentences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct About {
    /// What is tested.
    pub what: String,
    /// Why that matters.
    pub why: String,
    /// Page that says how to read a change, relative to the project's root.
    pub how_to_read: String,
}

/// The builds a run is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Baseline {
    /// Whether a run without any baseline build may pass.
    pub need: BaselineNeed,
    /// Most recent builds that are fetched per test.
    #[schemars(range(min = 1, max = 100))]
    pub builds: u32,
}

impl Default for Baseline {
    fn default() -> Self {
        Self { need: BaselineNeed::Optional, builds: 10 }
    }
}

/// Whether a run without any baseline build may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineNeed {
    /// A first run is `pass (no baseline)`.
    Optional,
    /// A run without a baseline is inconclusive.
    Required,
}
