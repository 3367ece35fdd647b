//! What `kops delete cluster` leaves behind and says nothing of, each way by its name, and what our
//! `delete` makes of it, even after kops has thrown its state away.

use fake_gce::{Class, Moment, Often, SignalName, When};

use crate::{
    cloud::Cloud,
    kops::{CLUSTER, is_built},
};

/// Nothing is left after our delete.
async fn assert_cleared(cloud: &Cloud) {
    let said = cloud.delete_with_kops(CLUSTER).await;
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!((cloud.left(), cloud.state()), Default::default(), "{said:?}");
}

/// Kills kops at a call of its create, and lets it remove what there is: what it leaves when it says
/// that it is done.
async fn left_of_a_cut(cloud: &Cloud, when: When, at: Moment) -> Vec<String> {
    cloud.kill_kops_at(when, SignalName::Kill, at);
    cloud.create().await;
    cloud.calm();
    let (removed, said) = cloud.bare_delete().await;
    assert!(removed, "{said}");
    cloud.left()
}

fn collections(left: &[String]) -> Vec<&str> {
    let mut found: Vec<&str> = left.iter().filter_map(|name| name.split('/').nth(1)).collect();
    found.dedup();
    found
}

#[tokio::test]
async fn leak_1_the_bindings_of_accounts_that_are_gone() {
    if !is_built().await {
        return;
    }
    let cloud = Cloud::empty().await;
    let (made, said) = cloud.create().await;
    assert!(made, "{said}");

    let (removed, _) = cloud.bare_delete().await;
    let left = cloud.left();

    assert!(removed);
    assert!(!left.is_empty() && left.iter().all(|name| name.contains("bindings/")), "{left:?}");
    assert_cleared(&cloud).await;
}

#[tokio::test]
async fn leak_2_network_and_checks_of_a_create_that_was_cut_before_its_templates() {
    if !is_built().await {
        return;
    }
    let cloud = Cloud::empty().await;
    let when = When {
        path: Some("targetPools".into()),
        method: Some("POST".into()),
        often: Often::Nth(1),
        ..When::default()
    };
    let left = left_of_a_cut(&cloud, when, Moment::After).await;

    assert!(left.iter().any(|name| name == "global/networks/c-1-k8s-local"), "{left:?}");
    assert!(left.iter().any(|name| name == "us-west1/healthChecks/api-c-1-k8s-local"), "{left:?}");
    assert_cleared(&cloud).await;
}

#[tokio::test]
async fn leak_3_the_check_of_a_create_that_was_cut_between_templates_and_groups() {
    if !is_built().await {
        return;
    }
    let cloud = Cloud::empty().await;
    let when = When {
        path: Some("instanceGroupManagers".into()),
        method: Some("POST".into()),
        ..When::default()
    };
    let left = left_of_a_cut(&cloud, when, Moment::Before).await;

    assert!(collections(&left).contains(&"healthChecks"), "{left:?}");
    assert_cleared(&cloud).await;
}

#[tokio::test]
async fn leak_4_everything_of_a_create_whose_templates_are_refused() {
    if !is_built().await {
        return;
    }
    let cloud = Cloud::empty().await;
    // As with a service account that is not there: kops tries again for ten minutes, here it is ended.
    let when = When {
        path: Some("instanceTemplates".into()),
        class: Some(Class::Mutation),
        ..When::default()
    };
    let left = left_of_a_cut(&cloud, when, Moment::Before).await;

    for collection in ["networks", "subnetworks", "healthChecks"] {
        assert!(collections(&left).contains(&collection), "{collection}: {left:?}");
    }
    assert_cleared(&cloud).await;
}

#[tokio::test]
async fn leak_5_the_network_of_a_rule_of_ours_after_a_delete_that_was_cut_and_taken_again() {
    if !is_built().await {
        return;
    }
    let cloud = Cloud::empty().await;
    let (made, said) = cloud.create().await;
    assert!(made, "{said}");
    let network = "https://www.googleapis.com/compute/v1/projects/p/global/networks/c-1-k8s-local";
    let rule = serde_json::json!({ "network": network });
    cloud.fake.put("global/firewalls/pod-cidrs-to-node-c-1-k8s-local", rule);
    let when = When {
        path: Some("networks/c-1-k8s-local".into()),
        method: Some("DELETE".into()),
        ..When::default()
    };
    cloud.kill_kops_at(when, SignalName::Kill, Moment::After);
    let (first, _) = cloud.bare_delete().await;
    cloud.calm();

    let (second, said) = cloud.bare_delete().await;
    let left = cloud.left();

    assert!(!first && second, "{said}");
    assert!(left.iter().any(|name| name == "global/networks/c-1-k8s-local"), "{left:?}");
    assert_cleared(&cloud).await;
}

#[tokio::test]
async fn somebody_else_s_backend_service_that_kops_would_remove_is_left_alone() {
    if !is_built().await {
        return;
    }
    let cloud = Cloud::new().await;
    let (made, said) = cloud.create().await;
    assert!(made, "{said}");

    let said = cloud.delete_with_kops(CLUSTER).await;

    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stderr.contains("kops would remove what is not the cluster's"), "{said:?}");
    assert_eq!((cloud.left(), cloud.state(), cloud.harmed()), Default::default());
}

#[tokio::test]
async fn a_rule_of_ours_goes_before_kops_is_let_at_the_network() {
    if !is_built().await {
        return;
    }
    let cloud = Cloud::empty().await;
    let (made, said) = cloud.create().await;
    assert!(made, "{said}");
    let network = "https://www.googleapis.com/compute/v1/projects/p/global/networks/c-1-k8s-local";
    let rule = serde_json::json!({ "network": network });
    cloud.fake.put("global/firewalls/pod-cidrs-to-node-c-1-k8s-local", rule);

    let said = cloud.delete_with_kops(CLUSTER).await;

    assert_eq!(said.code, 0, "{said:?}");
    // It was kops that removed the network, and nobody tried before it could go.
    let requests = cloud.fake.requests();
    let of_network = |request: &&fake_gce::Request| {
        request.method == "DELETE" && request.path.contains("/networks/c-1-k8s-local")
    };
    let tries: Vec<Option<u16>> =
        requests.iter().filter(of_network).map(|request| request.status).collect();
    assert_eq!(tries, [Some(200)], "{said:?}");
    assert!(said.stdout.contains("of which kops had left iam/bindings/"), "{said:?}");
    assert_eq!((cloud.left(), cloud.state()), Default::default());
}
