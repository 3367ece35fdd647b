//! What cannot be removed: it is named, and the lease stays.

use fake_gce::{Fault, FaultPlan, Rule, When};
use run_record::{Class, Outcome};
use serde_json::json;

use crate::cloud::Cloud;

const CLUSTER: &str = "c-1.k8s.local";

#[tokio::test]
async fn somebody_else_s_rule_in_the_network_stays_and_the_network_with_it_by_name() {
    let cloud = Cloud::new().await;
    cloud.make(CLUSTER, "us-west1-a").await;
    cloud.lease(CLUSTER, 30).await;
    let network = "https://www.googleapis.com/compute/v1/projects/p/global/networks/c-1-k8s-local";
    cloud.fake.put("global/firewalls/somebodys", json!({ "network": network }));

    let said = cloud.delete(CLUSTER).await;

    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.contains("one thing is left: `global/networks/c-1-k8s-local`"), "{said:?}");
    let record = cloud.record(CLUSTER);
    assert_eq!((record.outcome, record.class), (Outcome::Failed, Some(Class::LeftBehind)));
    assert_eq!(cloud.left(), ["global/firewalls/somebodys", "global/networks/c-1-k8s-local"]);
    assert_eq!(cloud.leases(), ["c-1.k8s.local.json"]);
}

#[tokio::test]
async fn what_google_refuses_each_time_is_named_and_goes_with_the_next_delete() {
    let refused = Rule {
        when: When {
            method: Some("DELETE".into()),
            path: Some("/disks/a-etcd-main".into()),
            ..When::default()
        },
        fault: Fault::Answer {
            status: 403,
            reason: Some("forbidden".into()),
            message: None,
            retry_after: None,
        },
    };
    let cloud = Cloud::new().await;
    cloud.make(CLUSTER, "us-west1-a").await;
    cloud.lease(CLUSTER, 30).await;
    cloud.fake.set_plan(FaultPlan::of([refused]));

    let first = cloud.delete(CLUSTER).await;
    cloud.fake.set_plan(FaultPlan::default());
    let second = cloud.delete(CLUSTER).await;

    assert_eq!((first.code, second.code), (1, 0), "{first:?} {second:?}");
    let name = "`us-west1-a/disks/a-etcd-main-c-1-k8s-local`";
    assert!(
        first.stderr.contains(name) && first.stderr.contains("the account may not"),
        "{first:?}"
    );
    assert_eq!((cloud.left(), cloud.leases(), cloud.harmed()), Default::default());
}
