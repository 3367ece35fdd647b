//! What a cluster needs and has not: `create` says it in one sentence each, before anything is made.

use fake_gce::FaultPlan;
use run_record::{Class, KopsPlan, Outcome, Record, RunDir, read_json, write_json};
use serde_json::{Value, json};
use stage::testing::FakeTools;

use crate::{
    cloud::{Cloud, STATE},
    kops::{is_built, program},
    run::{Said, plan},
};

/// A cluster that no other test has, here or in another checkout: `delete` ends what works for a run.
fn cluster() -> String {
    format!("n-{}.k8s.local", std::process::id())
}

/// Creates a cluster whose plan is changed by `change`, without a kops that could make anything.
async fn create(cloud: &Cloud, change: impl FnOnce(&mut KopsPlan)) -> (Said, Record) {
    create_with(cloud, &FakeTools::new().unwrap(), change).await
}

async fn create_with(
    cloud: &Cloud,
    tools: &FakeTools,
    change: impl FnOnce(&mut KopsPlan),
) -> (Said, Record) {
    let dir: RunDir = cloud.plan(&cluster());
    let mut plan = plan(&cluster());
    plan.run_id = cloud.run_id(&cluster());
    change(plan.kops.as_mut().unwrap());
    write_json(&dir.plan_path(), &plan).unwrap();
    let metadata = json!({
        "format": 1, "run_id": plan.run_id, "provider": "kops", "nodes_asked": 1, "versions": {},
    });
    write_json(&dir.metadata_path(), &metadata).unwrap();
    let said =
        cloud.stage_with(tools, &["create", "--run-dir", dir.root().to_str().unwrap()]).await;
    let record = read_json(&dir.record_path("infra-kops", "create", None)).unwrap();
    (said, record)
}

fn faults(plan: Value) -> FaultPlan {
    serde_json::from_value(plan).unwrap()
}

/// Nothing is made, and nothing is written either: a lease would be of nothing.
#[track_caller]
fn untouched(cloud: &Cloud) {
    assert_eq!(cloud.fake.mutations(), 0);
    assert_eq!(cloud.left(), [""; 0]);
    assert_eq!(cloud.fake.objects(STATE), [""; 0]);
}

#[tokio::test]
async fn a_project_and_credentials_that_are_no_good_are_said_before_anything_is_made() {
    let cloud = Cloud::new().await;
    let (said, record) = create(&cloud, |kops| kops.project = "nobodys".into()).await;
    assert_eq!((said.code, record.class), (2, Some(Class::Input)), "{said:?}");
    assert!(said.stderr.contains("there is no such project"), "{said:?}");
    untouched(&cloud);

    let cloud = Cloud::with(faults(json!({ "expired-credential": true }))).await;
    let (said, record) = create(&cloud, |_| {}).await;
    assert_eq!((said.code, record.class), (2, Some(Class::Input)), "{said:?}");
    assert!(said.stderr.contains("Google does not accept the credentials"), "{said:?}");
    untouched(&cloud);
}

#[tokio::test]
async fn an_image_a_bucket_and_a_zone_that_are_not_there_are_said_at_once() {
    let cloud = Cloud::with(faults(json!({ "missing-images": ["ubuntu-os-cloud/.*"] }))).await;

    let (said, record) = create(&cloud, |kops| {
        kops.lease_store = "gs://elsewhere/leases".into();
        kops.zones = vec!["us-west1-a".into(), "us-west1-z".into()];
    })
    .await;

    assert_eq!((said.code, record.outcome), (2, Outcome::Misuse), "{said:?}");
    for what in [
        "there is no image `ubuntu-os-cloud/ubuntu-2404-noble-amd64-v20260512` (hint: ",
        "there is no bucket `elsewhere` (hint: ",
        "there is no zone `us-west1-z` (hint: ",
    ] {
        assert!(said.stderr.contains(what), "`{what}` is not said: {said:?}");
    }
    untouched(&cloud);
}

#[tokio::test]
async fn a_quota_that_is_too_small_is_an_infrastructure_failure_before_anything_is_made() {
    let cloud = Cloud::with(faults(json!({ "quotas": { "us-west1": { "CPUS": 1 } } }))).await;

    let (said, record) = create(&cloud, |_| {}).await;

    assert_eq!((said.code, record.outcome), (12, Outcome::Infrastructure), "{said:?}");
    assert!(said.stderr.contains("the quota CPUS of us-west1 has 1 left of 1, and 2 are needed"));
    untouched(&cloud);
}

#[tokio::test]
async fn a_zone_without_room_is_cleared_and_ends_with_what_google_said() {
    if !is_built().await {
        return;
    }
    let cloud = Cloud::with(faults(json!({ "stock-out": ["us-west1-a"] }))).await;
    let kops = program().await;
    let tools = FakeTools::new().unwrap();
    let tools = tools.variable("PERF_SCALE_TOOL_KOPS", kops.to_str().unwrap());

    let (said, record) = create_with(&cloud, &tools, |_| {}).await;

    assert_eq!((said.code, record.outcome), (12, Outcome::Infrastructure), "{said:?}");
    assert!(said.stderr.contains("ZONE_RESOURCE_POOL_EXHAUSTED"), "{said:?}");
    // The lease stays until `delete` gives it back.
    assert_eq!(cloud.left(), [""; 0]);
    assert_eq!(cloud.fake.objects(STATE), [format!("leases/{}.json", cluster())]);
    assert_eq!(cloud.harmed(), [""; 0]);
    assert_eq!(cloud.delete(&cluster()).await.code, 0);
    assert_eq!(cloud.fake.objects(STATE), [""; 0]);
}
