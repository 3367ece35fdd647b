//! Two at once.

use std::collections::BTreeMap;

use fake_gce::FaultPlan;

use crate::cloud::Cloud;

#[tokio::test]
async fn two_deletes_of_one_run_at_once_leave_nothing_and_disturb_no_one() {
    let cloud = Cloud::new().await;
    cloud.make("c-1.k8s.local", "us-west1-a").await;

    let (first, second) = tokio::join!(
        cloud.delete("c-1.k8s.local"),
        cloud.reap(&["--prefix", "c-1.", "--older-than", "0"])
    );

    assert_eq!((first.code, second.code), (0, 0), "{first:?} {second:?}");
    assert_eq!((cloud.left(), cloud.state(), cloud.harmed()), Default::default());
}

#[tokio::test]
async fn of_two_runs_in_one_project_only_one_is_removed() {
    let networks = BTreeMap::from([("NETWORKS".to_owned(), 9.0)]);
    let quotas = BTreeMap::from([("global".to_owned(), networks)]);
    let cloud = Cloud::with(FaultPlan { quotas, ..FaultPlan::default() }).await;
    cloud.make("c-1.k8s.local", "us-west1-a").await;
    let one = cloud.left();
    for (cluster, zone) in [("c-1-d.k8s.local", "us-west1-b"), ("d-c-1.k8s.local", "us-west1-a")] {
        cloud.make(cluster, zone).await;
    }
    let both = cloud.left();

    let said = cloud.delete("c-1.k8s.local").await;

    assert_eq!(said.code, 0, "{said:?}");
    let left: Vec<String> = both.into_iter().filter(|name| !one.contains(name)).collect();
    assert_eq!(cloud.left(), left);
    assert_eq!(cloud.harmed(), [""; 0]);
}
