//! A cluster from its making to its end.

use std::path::Path;

use fake_gce::{Class, FaultPlan};

use crate::cloud::{Cloud, well};

impl Cloud {
    /// Calls that changed the cloud, without what differs from run to run, in order.
    fn calls(&self) -> String {
        let requests = self.fake.requests().into_iter();
        let changes = requests.filter(|request| request.class == Some(Class::Mutation));
        let lines = changes.map(|request| {
            let path = request.path.split('?').next().unwrap().to_owned();
            format!("{} {}{path}", request.method, request.host)
        });
        let mut lines: Vec<String> = lines.collect();
        lines.sort();
        lines.join("\n") + "\n"
    }
}

#[tokio::test]
#[ignore = "needs kops: FAKE_GCE_KOPS=<kops> cargo test -p fake-gce -- --ignored"]
async fn an_unmodified_kops_makes_changes_and_deletes_a_cluster() {
    let cloud = Cloud::new(FaultPlan::default(), |_| None).await;
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kops-1.36.1.calls");

    cloud.create().await;
    let calls = cloud.calls();
    let no_zone =
        cloud.kops(&["create", "ig", "workers", "--subnet=us-west1", "--edit=false"]).await;
    well(
        &cloud
            .kops(&[
                "create",
                "ig",
                "workers",
                "--subnet=us-west1",
                "--zone=us-west1-a",
                "--edit=false",
            ])
            .await,
    );
    well(
        &cloud
            .kops(&["edit", "ig", "workers", "--set=spec.minSize=5", "--set=spec.maxSize=5"])
            .await,
    );
    well(&cloud.kops(&["update", "cluster", "--yes"]).await);
    let workers =
        cloud.fake.resources().iter().filter(|name| name.contains("/instances/workers-")).count();
    well(&cloud.kops(&["export", "kubeconfig", "--admin"]).await);
    cloud.delete().await;

    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(golden.parent().unwrap()).unwrap();
        std::fs::write(&golden, &calls).unwrap();
    }
    assert_eq!(calls, std::fs::read_to_string(golden).unwrap());
    assert!(
        String::from_utf8_lossy(&no_zone.stderr).contains("zone flag is required for GCE clusters")
    );
    assert_eq!(workers, 5);
    // The bindings of the account that is gone: kops never removes any.
    let left = cloud.fake.resources();
    assert!(left.len() == 2 && left.iter().all(|name| name.contains("/bindings/")), "{left:#?}");
    assert!(cloud.fake.objects("state").is_empty());
    assert!(cloud.fake.requests().iter().all(|request| !request.refused));
}
