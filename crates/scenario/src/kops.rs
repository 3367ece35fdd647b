//! What holds on kops alone.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::not_applicable::NotApplicable;

/// What holds on kops alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Kops {
    /// Google Cloud project; `--project` of `plan` wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$"))]
    pub project: Option<String>,
    /// Where kops keeps its state, `gs://bucket` or `gs://bucket/prefix`; `--state-store` of `plan` wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^gs://[a-z0-9][a-z0-9._-]+[a-z0-9](/[A-Za-z0-9._-]+)*$"))]
    pub state_store: Option<String>,
    /// Where the leases of runs are kept; left out, `perf-scale-leases` in the bucket of the state store.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^gs://[a-z0-9][a-z0-9._-]+[a-z0-9](/[A-Za-z0-9._-]+)*$"))]
    pub lease_store: Option<String>,
    /// Minutes after which a run is dead and its cluster may be removed; beyond the time-out of its job.
    #[schemars(range(min = 30, max = 10_080))]
    pub lease_minutes: u32,
    /// Most that a run may cost, in US dollars; a scenario that may cost more is refused.
    #[schemars(range(min = 0.0))]
    pub budget_usd: f64,
    /// Exact Kubernetes version on kops, when not `cluster.kubernetes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^1\.[0-9]+\.[0-9]+$"))]
    pub kubernetes: Option<String>,
    /// Operating system on kops, when not `cluster.os`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// Kernel on kops as `MAJOR.MINOR`, when not `cluster.kernel`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[0-9]+\.[0-9]+$"))]
    pub kernel: Option<String>,
    /// Image of every machine, `project/image`; left out, the one that is known for the operating system and kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z0-9.:-]+/[a-z0-9-]+$"))]
    pub image: Option<String>,
    /// Existing service account of the machines, by its address; left out, kops makes two for each cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z0-9-]+@[a-z0-9.-]+$"))]
    pub service_account: Option<String>,
    /// Labels put on every machine, besides the run's own.
    pub labels: BTreeMap<String, String>,
    /// The machines of the control plane.
    pub control_plane: ControlPlane,
    /// etcd and its volumes.
    pub etcd: Etcd,
    /// Nodes that are there before the workers, for Prometheus and the cluster's own services.
    pub system_nodes: SystemNodes,
    /// The workers.
    pub workers: Workers,
    /// What is let through between the machines, beyond what kops opens.
    pub firewall: Firewall,
    /// More of kops' own settings, each as `spec.kubeAPIServer.logLevel=2`.
    pub settings: Vec<String>,
    /// What cannot be measured here.
    pub not_applicable: Vec<NotApplicable>,
}

impl Default for Kops {
    fn default() -> Self {
        Self {
            project: None,
            state_store: None,
            lease_store: None,
            lease_minutes: 420,
            budget_usd: 50.0,
            kubernetes: None,
            os: None,
            kernel: None,
            image: None,
            service_account: None,
            labels: BTreeMap::new(),
            control_plane: ControlPlane::default(),
            etcd: Etcd::default(),
            system_nodes: SystemNodes::default(),
            workers: Workers::default(),
            firewall: Firewall::default(),
            settings: Vec::new(),
            not_applicable: Vec::new(),
        }
    }
}

/// The machines of the control plane and what runs on them. Their type is
/// `cluster.control-plane-machine-type`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ControlPlane {
    /// Machines: 1, 3 or 5.
    #[schemars(range(min = 1, max = 5))]
    pub count: u32,
    /// Boot volume, in GiB.
    #[schemars(range(min = 10, max = 65_536))]
    pub volume_gib: u32,
    /// Minutes until its API must answer.
    #[schemars(range(min = 1, max = 240))]
    pub create_minutes: u32,
    /// Reading requests that the API server takes at once.
    #[schemars(range(min = 1))]
    pub max_in_flight: u32,
    /// Writing requests that the API server takes at once.
    #[schemars(range(min = 1))]
    pub max_mutating_in_flight: u32,
    /// Let everybody read what is open to all; ClusterLoader2 asks for `/healthz` so.
    pub anonymous_auth: bool,
    /// Profiles, also of locks, of the API server, the controller manager and the scheduler.
    pub profiling: bool,
    /// Run kube-proxy; without it Cilium must take its part.
    pub kube_proxy: bool,
    /// Make a route of the network for each node, which native routing needs; 200 are allowed as a rule.
    pub cloud_routes: bool,
    /// Requests a second of the controller manager, and its burst.
    #[schemars(range(min = 1))]
    pub controller_manager_qps: u32,
    /// Milliseconds for which changes of endpoints are gathered.
    #[schemars(range(max = 60_000))]
    pub endpoint_batch_ms: u32,
    /// Nodes that the cloud controller looks at in parallel.
    #[schemars(range(min = 1))]
    pub node_syncs: u32,
    /// Requests a second of the scheduler, and its burst.
    #[schemars(range(min = 1))]
    pub scheduler_qps: u32,
}

impl Default for ControlPlane {
    fn default() -> Self {
        Self {
            count: 1,
            volume_gib: 50,
            create_minutes: 30,
            max_in_flight: 200,
            max_mutating_in_flight: 100,
            anonymous_auth: true,
            profiling: true,
            kube_proxy: false,
            cloud_routes: false,
            controller_manager_qps: 100,
            endpoint_batch_ms: 500,
            node_syncs: 10,
            scheduler_qps: 500,
        }
    }
}

/// etcd. It refuses to grow at `cluster.etcd-quota-gib`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Etcd {
    /// Each volume, in GiB; a larger one is faster.
    #[schemars(range(min = 10, max = 65_536))]
    pub volume_gib: u32,
    /// Type of the volumes.
    pub volume_type: String,
    /// Show etcd's metrics on port 2382 of its machine.
    pub metrics: bool,
}

impl Default for Etcd {
    fn default() -> Self {
        Self { volume_gib: 250, volume_type: "pd-ssd".into(), metrics: true }
    }
}

/// Nodes that are there before the workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SystemNodes {
    /// How many.
    #[schemars(range(min = 1, max = 100))]
    pub count: u32,
    /// Machine type.
    pub machine_type: String,
    /// Boot volume, in GiB.
    #[schemars(range(min = 10, max = 65_536))]
    pub volume_gib: u32,
}

impl Default for SystemNodes {
    fn default() -> Self {
        Self { count: 1, machine_type: "n2-standard-8".into(), volume_gib: 50 }
    }
}

/// The workers: `cluster.nodes` of `cluster.machine-type` with `cluster.volume-gib`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Workers {
    /// Type of the boot volume.
    pub volume_type: String,
    /// How the machines reach the state store and the registries.
    pub route: Route,
    /// Minutes until the workers must be ready.
    #[schemars(range(min = 1, max = 240))]
    pub ready_minutes: u32,
    /// Workers of a thousand that may be missing; 2 allow none of 100.
    #[schemars(range(max = 1000))]
    pub missing_per_mille: u32,
}

impl Default for Workers {
    fn default() -> Self {
        Self {
            volume_type: "pd-standard".into(),
            route: Route::ExternalAddress,
            ready_minutes: 20,
            missing_per_mille: 2,
        }
    }
}

/// How the machines reach the state store and the registries. One that has no way never joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// Each machine has an address of its own.
    ExternalAddress,
    /// A Cloud NAT for all of them: no machine can be reached from outside, the API server can.
    CloudNat,
}

/// What is let through between the machines, beyond what kops opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Firewall {
    /// Everything from nodes to the control plane: Cilium's tunnel and health checks, and Prometheus' scrapes.
    pub nodes_to_control_plane: bool,
    /// Everything from this range of pods to all machines, which native routing needs; empty for none.
    pub pod_cidr: String,
}

impl Default for Firewall {
    fn default() -> Self {
        Self { nodes_to_control_plane: true, pod_cidr: "100.96.0.0/11".into() }
    }
}
