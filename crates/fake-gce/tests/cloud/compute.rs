//! Compute Engine: names, use, groups, listings, operations.

use std::time::Duration;

use fake_gce::FaultPlan;
use reqwest::Method;
use serde_json::{Value, json};

use crate::cloud::Cloud;

#[tokio::test]
async fn a_name_is_checked_and_made_once() {
    let cloud = Cloud::new().await;
    let name = |length: usize| format!("a{}", "b".repeat(length - 1));

    cloud.make("global/networks", json!({ "name": name(63) })).await;
    let again = cloud.ask(Method::POST, "global/networks", json!({ "name": name(63) })).await;
    let long = cloud.ask(Method::POST, "global/networks", json!({ "name": name(64) })).await;
    let dotted = cloud.ask(Method::POST, "global/networks", json!({ "name": "a.b" })).await;

    assert_eq!((again.0, &again.1["error"]["errors"][0]["reason"]), (409, &json!("alreadyExists")));
    assert_eq!((long.0, dotted.0), (400, 400));
    assert!(
        long.1["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("Invalid value for field 'resource.name'")
    );
}

#[tokio::test]
async fn a_link_without_its_beginning_is_kept_whole() {
    let cloud = Cloud::new().await;
    cloud.make("global/networks", json!({ "name": "n", "autoCreateSubnetworks": false })).await;
    let rule = json!({ "name": "r", "network": "projects/p/global/networks/n", "allowed": [{ "IPProtocol": "tcp" }] });

    cloud.make("global/firewalls", rule.clone()).await;
    let whole = "https://www.googleapis.com/compute/v1/projects/p/global/networks/n";
    assert_eq!(cloud.get("global/firewalls/r").await.1["network"], whole);

    cloud.ask(Method::PATCH, "global/firewalls/r", rule).await;
    assert_eq!(cloud.get("global/firewalls/r").await.1["network"], whole);
}

#[tokio::test]
async fn what_is_not_there_is_said_as_google_says_it() {
    let cloud = Cloud::new().await;

    let (status, body) = cloud.get("global/networks/n").await;

    assert_eq!(status, 404);
    assert_eq!(
        body["error"]["message"],
        "The resource 'projects/p/global/networks/n' was not found"
    );
    assert_eq!(body["error"]["errors"][0]["reason"], "notFound");
}

#[tokio::test]
async fn nothing_in_use_can_go_and_everything_can_go_in_order() {
    let cloud = Cloud::new().await;
    cloud.group(2).await;
    let in_use = (400, "resourceInUseByAnotherResource".to_owned());
    let well = (200, String::new());

    assert_eq!(cloud.delete("global/networks/n").await, in_use);
    assert_eq!(cloud.delete("regions/us-west1/subnetworks/s").await, in_use);
    assert_eq!(cloud.delete("global/instanceTemplates/t").await, in_use);
    assert_eq!(cloud.delete("zones/us-west1-a/instanceGroupManagers/g").await, well);
    assert_eq!(cloud.delete("global/instanceTemplates/t").await, well);
    assert_eq!(cloud.delete("global/networks/n").await, in_use);
    assert_eq!(cloud.delete("regions/us-west1/subnetworks/s").await, well);
    assert_eq!(cloud.delete("global/networks/n").await, well);
    assert_eq!(cloud.fake.resources(), [""; 0]);
}

#[tokio::test]
async fn a_link_to_nothing_is_refused() {
    let cloud = Cloud::new().await;

    let rule = json!({ "name": "f", "network": "global/networks/nowhere" });
    let (status, body) = cloud.ask(Method::POST, "global/firewalls", rule).await;

    assert_eq!(status, 400);
    assert!(body["error"]["message"].as_str().unwrap().contains("cannot be found"), "{body}");
}

#[tokio::test]
async fn a_group_keeps_its_machines_with_disks_and_addresses() {
    let cloud = Cloud::new().await;
    cloud.group(3).await;
    let managed = "zones/us-west1-a/instanceGroupManagers/g/listManagedInstances";

    let (_, all) = cloud.ask(Method::POST, managed, Value::Null).await;
    let (_, machines) = cloud.get("zones/us-west1-a/instances").await;
    let machine = &machines["items"][0];
    let name = machine["name"].as_str().unwrap();

    assert_eq!(all["managedInstances"].as_array().unwrap().len(), 3);
    assert!(
        all["managedInstances"][0]["version"]["instanceTemplate"].as_str().unwrap().ends_with("/t")
    );
    assert_eq!(machine["status"], "RUNNING");
    assert!(machine["networkInterfaces"][0]["networkIP"].as_str().unwrap().starts_with("10.0.16."));
    assert!(machine["networkInterfaces"][0]["accessConfigs"][0]["natIP"].is_string());
    assert_eq!(cloud.delete(&format!("zones/us-west1-a/disks/{name}")).await.0, 400);

    cloud
        .ask(Method::POST, "zones/us-west1-a/instanceGroupManagers/g/resize?size=1", Value::Null)
        .await;
    assert_eq!(cloud.fake.resources().iter().filter(|name| name.contains("/disks/")).count(), 1);
}

#[tokio::test]
async fn listings_come_in_pages_and_are_filtered() {
    let cloud = Cloud::new().await;
    for number in 0..5 {
        cloud.make("regions/us-west1/addresses", json!({ "name": format!("a-{number}") })).await;
    }
    let (mut names, mut token) = (Vec::new(), String::new());

    loop {
        let (_, page) =
            cloud.get(&format!("regions/us-west1/addresses?maxResults=2&pageToken={token}")).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        names.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    let (_, one) = cloud.get("regions/us-west1/addresses/a-3").await;
    let address = one["address"].as_str().unwrap();
    let (_, found) =
        cloud.get(&format!("regions/us-west1/addresses?filter=address%20eq%20{address}")).await;
    let (_, everywhere) = cloud.get("aggregated/addresses").await;

    assert_eq!(names, ["a-0", "a-1", "a-2", "a-3", "a-4"]);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(everywhere["items"]["regions/us-west1"]["addresses"].as_array().unwrap().len(), 5);
    assert_eq!(everywhere["items"]["global"]["warning"]["code"], "NO_RESULTS_ON_PAGE");
}

#[tokio::test]
async fn an_operation_takes_its_time_and_what_it_makes_cannot_be_used_before() {
    let cloud = Cloud::with(FaultPlan::default(), Duration::from_millis(300)).await;

    let (_, operation) = cloud.ask(Method::POST, "global/networks", json!({ "name": "n" })).await;
    let rule = json!({ "name": "f", "network": "global/networks/n" });
    let early = cloud.ask(Method::POST, "global/firewalls", rule.clone()).await;
    let wait = format!("{}/wait", operation["selfLink"].as_str().unwrap());
    let (_, done) = cloud.ask(Method::POST, &wait, Value::Null).await;
    let late = cloud.ask(Method::POST, "global/firewalls", rule).await;

    assert_eq!(operation["status"], "RUNNING");
    assert_eq!(
        (early.0, &early.1["error"]["errors"][0]["reason"]),
        (400, &json!("resourceNotReady"))
    );
    assert_eq!((&done["status"], late.0), (&json!("DONE"), 200));
}
