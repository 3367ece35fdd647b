//! A create that was cut at any of its calls.

use crate::{cloud::Cloud, cluster::calls};

#[tokio::test]
async fn nothing_is_left_of_a_create_that_was_cut_at_any_of_its_calls() {
    let cloud = Cloud::new().await;
    let count = calls("c-0.k8s.local", "us-west1-a").len();
    for cut in 0..=count {
        let cluster = format!("c-{cut}.k8s.local");
        let calls = calls(&cluster, "us-west1-a");
        cloud.take(&cluster, &calls[..cut]).await;
        let made = cloud.left().len();

        let said = cloud.delete(&cluster).await;

        assert_eq!(said.code, 0, "cut {cut}: {said:?}");
        assert_eq!(cloud.left(), [""; 0], "cut {cut}, {made} things were there");
    }
    assert_eq!(cloud.harmed(), [""; 0]);
}

#[tokio::test]
async fn a_whole_cluster_goes_and_a_second_delete_is_no_fault() {
    let cloud = Cloud::new().await;
    cloud.make("c-1.k8s.local", "us-west1-a").await;
    let made = cloud.left().len();

    let first = cloud.delete("c-1.k8s.local").await;
    let second = cloud.delete("c-1.k8s.local").await;

    assert!(made > 30, "{made}");
    assert_eq!((first.code, second.code), (0, 0), "{first:?} {second:?}");
    assert!(
        second.stdout.contains("nothing of the cluster `c-1.k8s.local` was there"),
        "{second:?}"
    );
    assert_eq!((cloud.left(), cloud.state(), cloud.harmed()), Default::default());
}
