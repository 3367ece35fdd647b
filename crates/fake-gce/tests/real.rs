//! The real kops against the cloud. Not run unless asked: kops takes minutes to build, and this half a
//! minute.
//!
//!     FAKE_GCE_KOPS=<kops> cargo test -p fake-gce -- --ignored
//!
//! With `UPDATE=1` it writes down the calls that kops makes: another pin of kops shows what it does otherwise.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{path::Path, process::Output, time::Duration};

use fake_gce::{Class, FakeGce, FaultPlan, Settings, Storage};
use tempfile::TempDir;

/// What anybody may make a public key of.
const SSH: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA test\n";

struct Cloud {
    fake: FakeGce,
    folder: TempDir,
}

impl Cloud {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let settings = Settings {
            folder: folder.path().join("cloud"),
            project: "p".into(),
            storage: Storage::BuiltIn(vec!["state".into()]),
            plan: FaultPlan::default(),
            latency: Duration::ZERO,
            boot: None,
        };
        std::fs::write(folder.path().join("key.pub"), SSH).unwrap();
        Self { fake: FakeGce::start(settings).await.unwrap(), folder }
    }

    async fn kops(&self, args: &[&str]) -> Output {
        let kops = std::env::var_os("FAKE_GCE_KOPS").expect("FAKE_GCE_KOPS says where kops is");
        #[expect(clippy::disallowed_methods, reason = "a test kit has no tools")]
        let mut command = tokio::process::Command::new(kops);
        command.args(args).args(["--name=c.k8s.local", "--state=gs://state"]);
        command.envs(self.fake.environment()).current_dir(self.folder.path());
        command.env("KUBECONFIG", self.folder.path().join("kubeconfig"));
        command.output().await.unwrap()
    }

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

#[track_caller]
fn well(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
#[ignore = "needs kops: FAKE_GCE_KOPS=<kops> cargo test -p fake-gce -- --ignored"]
async fn an_unmodified_kops_makes_changes_and_deletes_a_cluster() {
    let cloud = Cloud::new().await;
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kops-1.36.1.calls");

    well(
        &cloud
            .kops(&[
                "create",
                "cluster",
                "--cloud=gce",
                "--project=p",
                "--zones=us-west1-a",
                "--node-count=2",
                "--networking=cni",
                "--kubernetes-version=1.35.4",
                "--ssh-public-key=key.pub",
                "--yes",
            ])
            .await,
    );
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
    well(&cloud.kops(&["delete", "cluster", "--yes"]).await);

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
