//! A cloud, and what other people have in it.

use std::time::Duration;

use fake_gce::{FakeGce, FaultPlan, Settings, Storage};
use serde_json::json;
use tempfile::TempDir;

/// The project.
pub(crate) const PROJECT: &str = "p";

/// The bucket of kops' state; leases are in a folder of it.
pub(crate) const STATE: &str = "state";

/// A cloud, and what other people have in it.
pub(crate) struct Cloud {
    pub(crate) fake: FakeGce,
    pub(crate) folder: TempDir,
    foreign: Vec<String>,
}

impl Cloud {
    pub(crate) async fn new() -> Self {
        Self::with(FaultPlan::default()).await
    }

    pub(crate) async fn with(plan: FaultPlan) -> Self {
        let mut cloud = Self::empty().await;
        put_foreign(&cloud.fake);
        cloud.foreign = cloud.fake.resources();
        cloud.fake.set_plan(plan);
        cloud
    }

    /// A cloud in which nobody else has anything.
    pub(crate) async fn empty() -> Self {
        let folder = TempDir::new().unwrap();
        let settings = Settings {
            folder: folder.path().join("cloud"),
            project: PROJECT.into(),
            storage: Storage::BuiltIn(vec![STATE.into()]),
            plan: FaultPlan::default(),
            latency: Duration::ZERO,
            boot: None,
        };
        let fake = FakeGce::start(settings).await.unwrap();
        Self { fake, folder, foreign: Vec::new() }
    }

    /// Everything there is that is not other people's.
    pub(crate) fn left(&self) -> Vec<String> {
        let all = self.fake.resources().into_iter();
        all.filter(|name| !self.foreign.contains(name)).collect()
    }

    /// Objects that are not leases.
    pub(crate) fn state(&self) -> Vec<String> {
        let all = self.fake.objects(STATE).into_iter();
        all.filter(|name| !name.starts_with("leases/")).collect()
    }

    /// What is gone of other people's.
    pub(crate) fn harmed(&self) -> Vec<String> {
        let all = self.fake.resources();
        self.foreign.iter().filter(|name| !all.contains(name)).cloned().collect()
    }
}

/// Other people's things: with names close to ours, with labels of theirs, and without anything.
fn put_foreign(fake: &FakeGce) {
    let label = json!({ "labels": { "k8s-io-cluster-name": "theirs-k8s-local" } });
    let inside = |network: &str| json!({ "network": format!("https://www.googleapis.com/compute/v1/projects/p/global/networks/{network}") });
    for (name, body) in [
        ("global/networks/default", json!({})),
        ("global/networks/theirs-k8s-local", json!({})),
        ("global/networks/c-1-b-k8s-local", json!({})),
        ("us-west1/subnetworks/us-west1-c-1-b-k8s-local", inside("c-1-b-k8s-local")),
        ("global/firewalls/node-to-node-b-c-1-k8s-local", inside("default")),
        ("us-west1/addresses/api-b-c-1-k8s-local", json!({})),
        ("us-west1/backendServices/theirs", json!({ "loadBalancingScheme": "INTERNAL" })),
        ("us-west1/healthChecks/theirs", json!({})),
        ("us-west1-a/disks/a-etcd-main-theirs-k8s-local", label),
        ("iam/serviceAccounts/node-theirs-k8s-local@p.iam.gserviceaccount.com", json!({})),
        ("iam/serviceAccounts/theirs@p.iam.gserviceaccount.com", json!({})),
        (
            "iam/bindings/roles/container.serviceAgent/serviceAccount:theirs@p.iam.gserviceaccount.com",
            json!({}),
        ),
        ("storage/state/bindings/roles/storage.objectAdmin/user:a@example.com", json!({})),
    ] {
        fake.put(name, body);
    }
}
