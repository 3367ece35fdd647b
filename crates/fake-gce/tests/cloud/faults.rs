//! Faults by plan, and circumstances.

use std::time::Duration;

use fake_gce::{Fault, FaultPlan, NeverBoots, Rule, When};
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

use crate::cloud::{COMPUTE, Cloud};

#[tokio::test]
async fn who_brings_no_token_or_an_expired_one_is_refused() {
    let cloud = Cloud::new().await;

    let none = cloud.client.get(format!("{COMPUTE}/zones")).send().await.unwrap().status();
    cloud.fake.set_plan(FaultPlan { expired_credential: true, ..FaultPlan::default() });
    let expired = cloud.get("zones").await.0;
    let token = cloud.ask(Method::POST, "https://oauth2.googleapis.com/token", json!({})).await;
    let wrong = cloud.get("https://compute.googleapis.com/compute/v1/projects/q").await;
    cloud.fake.set_plan(FaultPlan::default());
    let wrong =
        (wrong.0, cloud.get("https://compute.googleapis.com/compute/v1/projects/q").await.0);

    assert_eq!((none.as_u16(), expired, token.0, wrong), (401, 401, 400, (401, 404)));
    assert_eq!(token.1["error"], "invalid_grant");
}

#[tokio::test]
async fn the_nth_mutation_has_its_fault_and_no_other() {
    let faults = [
        (Fault::quota(), Some(403), false),
        (Fault::status(429), Some(429), false),
        (Fault::operation("QUOTA_EXCEEDED"), Some(200), false),
        (Fault::CutBefore, None, false),
        (Fault::CutAfter, None, true),
    ];
    for (fault, status, is_there) in faults {
        let cloud =
            Cloud::with(FaultPlan::of([Rule::mutation(2, fault.clone())]), Duration::ZERO).await;
        let url = format!("{COMPUTE}/global/networks");

        let first = cloud.send(Method::POST, &url, json!({ "name": "a" })).await.unwrap();
        cloud.get("global/networks").await;
        let second = cloud.send(Method::POST, &url, json!({ "name": "b" })).await;
        let third = cloud.send(Method::POST, &url, json!({ "name": "c" })).await.unwrap();

        assert_eq!((first.0, third.0), (200, 200), "{fault}");
        assert_eq!(second.ok().map(|(status, _)| status), status, "{fault}");
        assert_eq!(
            cloud.fake.resources().contains(&"global/networks/b".into()),
            is_there,
            "{fault}"
        );
    }
}

#[tokio::test]
async fn a_failed_operation_says_why() {
    let rule = Rule {
        when: When { path: Some("/networks$".into()), ..When::default() },
        fault: Fault::operation("ZONE_RESOURCE_POOL_EXHAUSTED"),
    };
    let cloud = Cloud::with(FaultPlan::of([rule]), Duration::ZERO).await;

    let (_, operation) = cloud.ask(Method::POST, "global/networks", json!({ "name": "n" })).await;

    assert_eq!(operation["status"], "DONE");
    assert_eq!(operation["error"]["errors"][0]["code"], "ZONE_RESOURCE_POOL_EXHAUSTED");
    assert_eq!(operation["httpErrorStatusCode"], 503);
}

#[tokio::test]
async fn a_zone_without_machines_says_so_in_its_group_until_there_are_some() {
    let out = FaultPlan { stock_out: vec!["us-west1-a".into()], ..FaultPlan::default() };
    let cloud = Cloud::with(out, Duration::ZERO).await;
    cloud.group(2).await;
    let group = "zones/us-west1-a/instanceGroupManagers/g";

    let (_, errors) = cloud.get(&format!("{group}/listErrors")).await;
    let (_, none) = cloud.get("zones/us-west1-a/instances").await;
    cloud.fake.set_plan(FaultPlan::default());
    let (_, some) = cloud.get("zones/us-west1-a/instances").await;

    assert_eq!(errors["items"].as_array().unwrap().len(), 2);
    assert_eq!(errors["items"][0]["error"]["code"], "ZONE_RESOURCE_POOL_EXHAUSTED");
    assert_eq!(none.get("items"), None);
    assert_eq!(some["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn quotas_are_shown_and_kept() {
    let plan = json!({ "quotas": { "global": { "NETWORKS": 1 }, "us-west1": { "CPUS": 6 } } });
    let cloud = Cloud::with(serde_json::from_value(plan).unwrap(), Duration::ZERO).await;
    cloud.group(2).await;

    let second = cloud.ask(Method::POST, "global/networks", json!({ "name": "m" })).await;
    let (_, errors) = cloud.get("zones/us-west1-a/instanceGroupManagers/g/listErrors").await;
    let (_, region) = cloud.get("regions/us-west1").await;

    assert_eq!(
        (second.0, &second.1["error"]["errors"][0]["reason"]),
        (403, &json!("quotaExceeded"))
    );
    assert_eq!(errors["items"][0]["error"]["code"], "QUOTA_EXCEEDED");
    let quotas = region["quotas"].as_array().unwrap();
    let cpus = quotas.iter().find(|quota| quota["metric"] == "CPUS").unwrap();
    assert_eq!((&cpus["limit"], &cpus["usage"]), (&json!(6.0), &json!(4.0)));
}

#[tokio::test]
async fn images_and_machine_types_that_are_not_there_are_not_found() {
    let plan = FaultPlan { missing_images: vec!["noble".into()], ..FaultPlan::default() };
    let cloud = Cloud::with(plan, Duration::ZERO).await;
    let images = "https://compute.googleapis.com/compute/v1/projects/ubuntu-os-cloud/global/images";

    assert_eq!(cloud.get(&format!("{images}/family/ubuntu-2204-lts")).await.0, 200);
    assert_eq!(cloud.get(&format!("{images}/family/ubuntu-1204-lts")).await.0, 404);
    assert_eq!(cloud.get(&format!("{images}/ubuntu-2404-noble-amd64-v20260512")).await.0, 404);
    assert_eq!(cloud.get("zones/us-west1-a/machineTypes/n2-standard-8").await.0, 200);
    assert_eq!(cloud.get("zones/us-west1-a/machineTypes/n2-standard").await.0, 404);
    assert_eq!(cloud.get("zones/us-west1-z/machineTypes/n2-standard-8").await.0, 400);
}

#[tokio::test]
async fn a_process_is_killed_at_the_very_call() {
    use std::os::unix::process::ExitStatusExt;

    for (at, is_there) in [("before", false), ("after", true)] {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("pid");
        #[expect(clippy::disallowed_methods, reason = "a test kit has no tools")]
        let mut victim =
            tokio::process::Command::new("sleep").arg("60").kill_on_drop(true).spawn().unwrap();
        std::fs::write(&file, victim.id().unwrap().to_string()).unwrap();
        let signal = json!({ "pid-file": file, "signal": "SIGKILL", "at": at });
        let plan = json!({ "rules": [{ "when": { "class": "mutation" }, "fault": { "signal": signal } }] });
        let cloud = Cloud::with(serde_json::from_value(plan).unwrap(), Duration::ZERO).await;

        let url = format!("{COMPUTE}/global/networks");
        let answer = cloud.send(Method::POST, &url, json!({ "name": "n" })).await;

        assert!(answer.is_err());
        assert_eq!(victim.wait().await.unwrap().signal(), Some(9));
        assert_eq!(!cloud.fake.resources().is_empty(), is_there, "{at}");
    }
}

#[test]
fn a_plan_of_machines_that_never_boot_is_read() {
    let plan: FaultPlan = serde_json::from_str(r#"{"never-boots": {"named": "nodes-"}}"#).unwrap();

    assert_eq!(plan.never_boots, Some(NeverBoots::Named("nodes-".into())));
}
