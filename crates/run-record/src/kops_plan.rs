//! What a run on kops is, fixed before anything is made.

use serde::{Deserialize, Serialize};

/// What a run on kops is, fixed before anything is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KopsPlan {
    /// Google Cloud project.
    pub project: String,
    /// kops' own state: `gs://bucket` or `gs://bucket/prefix`.
    pub state_store: String,
    /// The leases of all runs: `gs://bucket` or `gs://bucket/prefix`, never below the cluster's
    /// own part of the state store.
    pub lease_store: String,
    /// Zones in order of preference, all of one region.
    pub zones: Vec<String>,
    /// Their region.
    pub region: String,
    /// Exact version of Kubernetes, as `1.35.5`.
    pub kubernetes: String,
    /// Operating system of the nodes, as `ubuntu-24.04`.
    pub os: String,
    /// Kernel of the nodes, as `6.11`; empty if any will do.
    pub kernel: String,
    /// Image of every machine as kops takes it, `project/image`.
    pub image: String,
    /// Minutes after which a run that nobody renewed is dead: beyond the time-out of its job.
    pub lease_minutes: u32,
    /// What the run costs at most.
    pub estimate: Cost,
}

/// What a run costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// US dollars for one hour of the whole cluster.
    pub usd_per_hour: f64,
    /// Hours until every deadline of the run has passed, or that the cluster was there.
    pub hours: f64,
    /// US dollars.
    pub usd: f64,
    /// Day of the price table.
    pub prices: String,
}

impl Cost {
    /// The same cluster for `hours`.
    #[must_use]
    pub fn over(&self, hours: f64) -> Self {
        Self { hours, usd: self.usd_per_hour * hours, ..self.clone() }
    }
}
