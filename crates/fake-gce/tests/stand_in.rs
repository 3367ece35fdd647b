//! fake-kops, the stand-in of kops, against the cloud: it makes, finds and leaks what the real one does.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use fake_gce::{FakeGce, Fault, FaultPlan, Moment, Rule, Settings, SignalName, Storage};
use serde_json::json;
use tempfile::TempDir;

const CREATE: [&str; 8] = [
    "create",
    "cluster",
    "--cloud=gce",
    "--project=p",
    "--zones=us-west1-a",
    "--node-count=2",
    "--networking=cni",
    "--yes",
];

struct Cloud {
    fake: FakeGce,
    folder: TempDir,
}

impl Cloud {
    async fn new(plan: FaultPlan) -> Self {
        let folder = TempDir::new().unwrap();
        let settings = Settings {
            folder: folder.path().join("cloud"),
            project: "p".into(),
            storage: Storage::BuiltIn(vec!["state".into()]),
            plan,
            latency: Duration::ZERO,
            boot: None,
        };
        Self { fake: FakeGce::start(settings).await.unwrap(), folder }
    }

    async fn kops(&self, args: &[&str]) -> Output {
        #[expect(clippy::disallowed_methods, reason = "a test kit has no tools")]
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_fake-kops"));
        command.args(args).args(["--name=c.k8s.local", "--state=gs://state"]);
        command.envs(self.fake.environment()).env("FAKE_KOPS_PATIENCE_MS", "200");
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::fs::write(self.pid(), child.id().unwrap().to_string()).unwrap();
        child.wait_with_output().await.unwrap()
    }

    fn pid(&self) -> std::path::PathBuf {
        self.folder.path().join("pid")
    }
}

#[track_caller]
fn well(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What kops 1.36.1 was seen to leave of a cluster that was made and deleted.
fn bindings_alone(left: &[String]) -> bool {
    left.len() == 2
        && left
            .iter()
            .all(|name| name.contains("/bindings/") && name.contains("/deleted:serviceAccount:"))
}

#[tokio::test]
async fn a_cluster_is_made_as_the_real_kops_makes_it_and_deleted_but_for_its_bindings() {
    let cloud = Cloud::new(FaultPlan::default()).await;
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kops-1.36.1.calls");

    well(&cloud.kops(&CREATE).await);
    let mut calls = fixture_calls(&cloud.fake);
    let preview = well(&cloud.kops(&["delete", "cluster"]).await);
    well(&cloud.kops(&["delete", "cluster", "--yes"]).await);

    // The order among what can be made at the same time differs from run to run of the real one.
    calls.sort();
    assert_eq!(calls.join("\n") + "\n", std::fs::read_to_string(golden).unwrap());
    for kind in ["Network", "BackendService", "HTTP HealthCheck", "ServiceAccount", "Instance"] {
        assert!(
            preview.lines().any(|line| line.starts_with(&format!("{kind}\t"))),
            "{kind}: {preview}"
        );
    }
    assert!(bindings_alone(&cloud.fake.resources()), "{:#?}", cloud.fake.resources());
    assert!(cloud.fake.objects("state").is_empty());
    assert!(cloud.fake.requests().iter().all(|request| !request.refused));
}

/// Calls that changed the cloud, without what differs from run to run.
fn fixture_calls(fake: &FakeGce) -> Vec<String> {
    let requests = fake.requests().into_iter();
    let changes = requests.filter(|request| request.class == Some(fake_gce::Class::Mutation));
    let lines = changes.map(|request| {
        let path = request.path.split('?').next().unwrap().to_owned();
        format!("{} {}{path}", request.method, request.host)
    });
    lines.collect()
}

#[tokio::test]
async fn a_cut_before_the_templates_leaves_what_kops_cannot_find() {
    let cloud = Cloud::new(FaultPlan::default()).await;
    let signal =
        Fault::Signal { pid_file: cloud.pid(), signal: SignalName::Kill, at: Moment::After };
    cloud.fake.set_plan(FaultPlan::of([Rule::mutation(30, signal)]));

    let cut = cloud.kops(&CREATE).await;
    cloud.fake.set_plan(FaultPlan::default());
    let deleted = well(&cloud.kops(&["delete", "cluster", "--yes"]).await);

    assert!(!cut.status.success());
    assert!(deleted.contains("Deleted cluster"), "{deleted}");
    let left = cloud.fake.resources();
    for name in [
        "global/networks/c-k8s-local",
        "us-west1/subnetworks/us-west1-c-k8s-local",
        "us-west1/healthChecks/api-c-k8s-local",
    ] {
        assert!(left.iter().any(|left| left == name), "{name} is not left: {left:#?}");
    }
}

#[tokio::test]
async fn somebody_elses_backend_service_without_backends_is_deleted_too() {
    let cloud = Cloud::new(FaultPlan::default()).await;
    well(&cloud.kops(&CREATE).await);
    cloud.fake.put("us-west1/healthChecks/theirs", json!({}));
    let check =
        "https://www.googleapis.com/compute/v1/projects/p/regions/us-west1/healthChecks/theirs";
    cloud.fake.put("us-west1/backendServices/theirs", json!({ "healthChecks": [check] }));

    well(&cloud.kops(&["delete", "cluster", "--yes"]).await);

    assert!(bindings_alone(&cloud.fake.resources()), "{:#?}", cloud.fake.resources());
}

#[tokio::test]
async fn a_rule_that_kops_does_not_know_keeps_the_network_until_the_second_delete_forgets_it() {
    let cloud = Cloud::new(FaultPlan::default()).await;
    well(&cloud.kops(&CREATE).await);
    let network = "https://www.googleapis.com/compute/v1/projects/p/global/networks/c-k8s-local";
    cloud.fake.put("global/firewalls/ours", json!({ "network": network }));

    let first = cloud.kops(&["delete", "cluster", "--yes", "--count=3"]).await;
    let second = well(&cloud.kops(&["delete", "cluster", "--yes", "--count=3"]).await);

    assert!(!first.status.success());
    assert!(second.contains("Deleted cluster"), "{second}");
    assert!(cloud.fake.resources().contains(&"global/networks/c-k8s-local".to_owned()));
}

#[tokio::test]
async fn what_fails_is_tried_again_and_what_goes_on_failing_is_said() {
    let once = Cloud::new(FaultPlan::of([Rule::mutation(3, Fault::status(503))])).await;
    let always = serde_json::json!({ "rules": [{
        "when": { "path": "/networks", "method": "POST" },
        "fault": { "answer": { "status": 403, "reason": "quotaExceeded", "message": "Quota 'NETWORKS' exceeded." } },
    }] });
    let always = Cloud::new(serde_json::from_value(always).unwrap()).await;

    well(&once.kops(&CREATE).await);
    let failed = always.kops(&CREATE).await;

    let said = String::from_utf8_lossy(&failed.stderr);
    assert!(!failed.status.success());
    assert!(
        said.contains("googleapi: Error 403: Quota 'NETWORKS' exceeded., quotaExceeded"),
        "{said}"
    );
}

#[tokio::test]
async fn groups_are_created_edited_and_replaced_and_an_update_makes_them() {
    let cloud = Cloud::new(FaultPlan::default()).await;
    well(&cloud.kops(&CREATE).await);
    let file = cloud.folder.path().join("more.json");
    let group = json!({
        "kind": "InstanceGroup",
        "metadata": { "name": "more", "labels": { "kops.k8s.io/cluster": "c.k8s.local" } },
        "spec": {
            "role": "Node", "image": "ubuntu-os-cloud/ubuntu-2404-noble-amd64-v20260512",
            "machineType": "e2-medium", "minSize": 3, "zones": ["us-west1-b"], "subnets": ["us-west1"],
        },
    });
    std::fs::write(&file, group.to_string()).unwrap();

    let no_zone = cloud.kops(&["create", "ig", "workers", "--subnet=us-west1"]).await;
    well(&cloud.kops(&["create", "ig", "workers", "--subnet=us-west1", "--zone=us-west1-a"]).await);
    well(&cloud.kops(&["edit", "ig", "workers", "--set=spec.minSize=5"]).await);
    well(&cloud.kops(&["replace", "-f", file.to_str().unwrap(), "--force"]).await);
    well(&cloud.kops(&["update", "cluster", "--yes"]).await);
    well(&cloud.kops(&["validate", "cluster", "--output=json"]).await);

    let said = String::from_utf8_lossy(&no_zone.stderr).into_owned();
    assert!(said.contains("Error: zone flag is required for GCE clusters"), "{said}");
    let count =
        |part: &str| cloud.fake.resources().iter().filter(|name| name.contains(part)).count();
    assert_eq!((count("/instances/workers-"), count("us-west1-b/instances/more-")), (5, 3));
}

#[tokio::test]
async fn an_update_sets_a_changed_rule_back_and_changes_nothing_else() {
    let cloud = Cloud::new(FaultPlan::default()).await;
    well(&cloud.kops(&CREATE).await);
    let rule = "https://compute.googleapis.com/compute/v1/projects/p/global/firewalls/node-to-master-c-k8s-local";
    let client = cloud.fake.client().unwrap();
    let open = json!({ "allowed": [{ "IPProtocol": "tcp" }] });
    client
        .patch(rule)
        .bearer_auth("t")
        .json(&open)
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap();
    let before = cloud.fake.mutations();

    well(&cloud.kops(&["update", "cluster", "--yes"]).await);

    assert_eq!(cloud.fake.mutations() - before, 1);
}

#[tokio::test]
async fn a_wrong_project_and_an_expired_credential_are_said() {
    let cloud = Cloud::new(FaultPlan::default()).await;
    let mut wrong = CREATE;
    wrong[3] = "--project=q";

    let deleted = cloud.kops(&["delete", "cluster", "--yes"]).await;
    let wrong = cloud.kops(&wrong).await;
    cloud.fake.set_plan(FaultPlan { expired_credential: true, ..FaultPlan::default() });
    let expired = cloud.kops(&CREATE).await;

    assert!(String::from_utf8_lossy(&deleted.stderr).contains("not found"));
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(said.contains("Error 404: The resource 'projects/q' was not found"), "{said}");
    assert!(String::from_utf8_lossy(&expired.stderr).contains("invalid_grant"));
    assert_eq!(cloud.fake.resources(), [""; 0]);
}
