//! `reap`: dead runs go, live ones stay.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use stage::testing::FakeTools;

use crate::cloud::Cloud;

impl Cloud {
    /// A lease that ends so many minutes from now.
    pub(crate) async fn lease(&self, cluster: &str, minutes: i64) {
        let now = Timestamp::now();
        let lease = json!({
            "format": 1, "run_id": self.run_id(cluster), "cluster": cluster, "project": "p",
            "region": "us-west1", "zones": ["us-west1-a"], "created": now - SignedDuration::from_hours(9),
            "expires": now + SignedDuration::from_mins(minutes), "state_store": "gs://state",
            "kops": "1.36.1", "names": [],
        });
        self.put_object(&format!("leases/{cluster}.json"), &lease).await;
    }

    pub(crate) fn leases(&self) -> Vec<String> {
        let all = self.fake.objects("state").into_iter();
        all.filter_map(|name| name.strip_prefix("leases/").map(str::to_owned)).collect()
    }
}

#[tokio::test]
async fn dead_runs_go_and_live_ones_stay_however_old_they_are() {
    let cloud = Cloud::new().await;
    cloud.make("live.k8s.local", "us-west1-a").await;
    let live = cloud.left();
    cloud.make("dead.k8s.local", "us-west1-b").await;
    cloud.lease("live.k8s.local", 1).await;
    cloud.lease("skewed.k8s.local", -10).await;
    cloud.lease("dead.k8s.local", -30).await;

    let dry = cloud.reap(&["--dry-run", "--json"]).await;
    let before = cloud.leases();
    let first = cloud.reap(&["--json"]).await;
    let second = cloud.reap(&[]).await;

    assert_eq!((dry.code, first.code, second.code), (0, 0, 0), "{first:?}");
    assert_eq!(before.len(), 3);
    let rows: Value = serde_json::from_str(&first.stdout).unwrap();
    let fate = |cluster: &str| {
        let rows = rows["rows"].as_array().unwrap();
        rows.iter().find(|row| row["cluster"] == cluster).unwrap()["fate"].clone()
    };
    assert_eq!(fate("dead.k8s.local"), "cleared");
    assert_eq!(fate("live.k8s.local"), "spared");
    assert_eq!(fate("skewed.k8s.local"), "spared");
    assert_eq!(fate("theirs.k8s.local"), "spared");
    assert_eq!(cloud.left(), live);
    assert_eq!(cloud.leases(), ["live.k8s.local.json", "skewed.k8s.local.json"]);
    assert_eq!(cloud.harmed(), [""; 0]);
}

#[tokio::test]
async fn a_lease_that_cannot_be_read_is_named_and_the_others_are_reaped() {
    let cloud = Cloud::new().await;
    cloud.put_object("leases/broken.k8s.local.json", &json!({ "format": 7 })).await;
    cloud.make("dead.k8s.local", "us-west1-a").await;
    cloud.lease("dead.k8s.local", -30).await;

    let said = cloud.reap(&[]).await;

    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stdout.contains("left     broken.k8s.local"), "{said:?}");
    assert_eq!(cloud.left(), [""; 0]);
    assert_eq!(cloud.leases(), ["broken.k8s.local.json"]);
}

#[tokio::test]
async fn what_has_no_lease_goes_only_if_its_name_is_ours_and_it_is_old() {
    let cloud = Cloud::new().await;
    cloud.make("c-1.k8s.local", "us-west1-a").await;
    let there = cloud.left();

    let unknown = cloud.reap(&[]).await;
    let young = cloud.reap(&["--prefix", "c-"]).await;
    let untouched = cloud.left() == there;
    let old = cloud.reap(&["--prefix", "c-1.", "--older-than", "0"]).await;

    assert_eq!((unknown.code, young.code, old.code), (0, 0, 0), "{unknown:?} {young:?} {old:?}");
    assert!(untouched);
    assert!(unknown.stdout.contains("it has no lease (hint: "), "{unknown:?}");
    assert_eq!((cloud.left(), cloud.state(), cloud.harmed()), Default::default());
}

#[tokio::test]
async fn two_reaps_at_once_are_safe() {
    let cloud = Cloud::new().await;
    cloud.make("dead.k8s.local", "us-west1-a").await;
    cloud.lease("dead.k8s.local", -30).await;

    let (first, second) = tokio::join!(cloud.reap(&[]), cloud.reap(&[]));

    assert_eq!((first.code, second.code), (0, 0), "{first:?} {second:?}");
    assert_eq!((cloud.left(), cloud.leases(), cloud.harmed()), Default::default());
}

#[tokio::test]
async fn a_run_whose_lease_another_run_has_removes_nothing() {
    let cloud = Cloud::new().await;
    cloud.make("c-1.k8s.local", "us-west1-a").await;
    cloud.lease("c-1.k8s.local", 30).await;
    let there = cloud.left();
    let dir = cloud.plan("c-1.k8s.local");
    let mut plan = crate::run::plan("c-1.k8s.local");
    plan.run_id = "another".into();
    run_record::write_json(&dir.plan_path(), &plan).unwrap();

    let said = cloud.stage(&["delete", "--run-dir", dir.root().to_str().unwrap()]).await;

    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.stderr.contains("belongs to the run `run-of-c-1.k8s.local-"), "{said:?}");
    assert_eq!(cloud.left(), there);
}

#[tokio::test]
#[ignore = "needs Debian's libfaketime: FAKETIME_LIBRARY=/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1 cargo test -p infra-kops --test cloud -- --ignored clock"]
async fn a_clock_of_this_machine_that_is_wrong_changes_nothing() {
    let library = std::env::var("FAKETIME_LIBRARY").unwrap();
    for shift in ["-10m", "+10m", "-1d", "+1d"] {
        let cloud = Cloud::new().await;
        cloud.make("live.k8s.local", "us-west1-a").await;
        let live = cloud.left();
        cloud.make("dead.k8s.local", "us-west1-b").await;
        cloud.lease("live.k8s.local", 1).await;
        cloud.lease("dead.k8s.local", -30).await;
        let tools = FakeTools::new().unwrap();
        let tools = tools.variable("LD_PRELOAD", &library).variable("FAKETIME", shift);

        let said = cloud.reap_with(&tools, &[]).await;

        assert_eq!(said.code, 0, "{shift}: {said:?}");
        assert_eq!(cloud.left(), live, "{shift}: {said:?}");
        assert_eq!(cloud.leases(), ["live.k8s.local.json"], "{shift}");
        assert_eq!(cloud.harmed(), [""; 0], "{shift}");
    }
}
