//! The cluster that is built, and what is scraped from it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The cluster that is built. The defaults are those of CFP-27196.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Cluster {
    /// Worker nodes.
    #[schemars(range(min = 1, max = 5000))]
    pub nodes: u32,
    /// Kubernetes version, `MINOR` or `MAJOR.MINOR.PATCH`; a provider may say its own.
    #[schemars(regex(pattern = r"^1\.[0-9]+(\.[0-9]+)?$"))]
    pub kubernetes: String,
    /// Operating system of the nodes.
    pub os: String,
    /// Kernel of the nodes, as `MAJOR.MINOR`.
    #[schemars(regex(pattern = r"^[0-9]+\.[0-9]+$"))]
    pub kernel: String,
    /// Zones in order of preference; a later one is tried when an earlier one has no capacity.
    pub zones: Vec<String>,
    /// Kernel parameters set on every node.
    pub sysctls: BTreeMap<String, String>,
    /// Machine type of a worker node.
    pub machine_type: String,
    /// Machine type of the control plane.
    pub control_plane_machine_type: String,
    /// Boot volume of a worker node, in GiB.
    #[schemars(range(min = 10, max = 65_536))]
    pub volume_gib: u32,
    /// Size at which etcd refuses to grow, in GiB.
    #[schemars(range(min = 1, max = 1024))]
    pub etcd_quota_gib: u32,
    /// Address range of the nodes.
    pub node_cidr: String,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            nodes: 100,
            kubernetes: "1.27".into(),
            os: "ubuntu-22.04".into(),
            kernel: "5.15".into(),
            zones: vec!["us-west1-a".into(), "us-west1-b".into()],
            sysctls: BTreeMap::new(),
            machine_type: "e2-medium".into(),
            control_plane_machine_type: "n2-standard-8".into(),
            volume_gib: 50,
            etcd_quota_gib: 8,
            node_cidr: "10.16.0.0/16".into(),
        }
    }
}

/// What Prometheus scrapes besides the control plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Monitoring {
    /// Scrape every cilium-agent.
    pub scrape_cilium_agent: bool,
    /// Scrape the cilium-operator.
    pub scrape_cilium_operator: bool,
    /// Scrape etcd.
    pub scrape_etcd: bool,
    /// Seconds between two scrapes.
    #[schemars(range(min = 1, max = 300))]
    pub interval_seconds: u32,
}

impl Default for Monitoring {
    fn default() -> Self {
        Self {
            scrape_cilium_agent: true,
            scrape_cilium_operator: true,
            scrape_etcd: true,
            interval_seconds: 5,
        }
    }
}
