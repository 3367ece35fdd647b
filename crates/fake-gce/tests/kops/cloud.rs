//! A cloud, and kops in it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
    time::Duration,
};

use fake_gce::{FakeGce, FaultPlan, Settings, Storage};
use tempfile::TempDir;

/// What anybody may make a public key of.
const SSH: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA test\n";

pub(crate) struct Cloud {
    pub(crate) fake: FakeGce,
    pub(crate) folder: TempDir,
}

impl Cloud {
    /// One with the faults of `plan`, whose control planes are booted by the program that `boot` makes in
    /// its folder.
    pub(crate) async fn new(plan: FaultPlan, boot: impl FnOnce(&Path) -> Option<PathBuf>) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("key.pub"), SSH).unwrap();
        let settings = Settings {
            folder: folder.path().join("cloud"),
            project: "p".into(),
            storage: Storage::BuiltIn(vec!["state".into()]),
            plan,
            latency: Duration::ZERO,
            boot: boot(folder.path()),
        };
        Self { fake: FakeGce::start(settings).await.unwrap(), folder }
    }

    /// Runs kops on the cluster.
    pub(crate) async fn kops(&self, args: &[&str]) -> Output {
        let kops = std::env::var_os("FAKE_GCE_KOPS").expect("FAKE_GCE_KOPS says where kops is");
        #[expect(clippy::disallowed_methods, reason = "a test kit has no tools")]
        let mut command = tokio::process::Command::new(kops);
        command.args(args).args(["--name=c.k8s.local", "--state=gs://state"]);
        command.envs(self.fake.environment()).current_dir(self.folder.path());
        command.env("KUBECONFIG", self.folder.path().join("kubeconfig"));
        command.output().await.unwrap()
    }

    /// Makes the cluster, with two nodes beside its control plane.
    pub(crate) async fn create(&self) {
        let args = [
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
        ];
        well(&self.kops(&args).await);
    }

    /// Removes the cluster, as people do.
    pub(crate) async fn delete(&self) {
        well(&self.kops(&["delete", "cluster", "--yes"]).await);
    }
}

#[track_caller]
pub(crate) fn well(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
