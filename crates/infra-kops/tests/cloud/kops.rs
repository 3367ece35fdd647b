//! The real kops, unmodified, in a cloud of our own making.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use fake_gce::{Fault, FaultPlan, Moment, Rule, SignalName, When};
use stage::{Cancel, Toolbox};

use crate::cloud::{Cloud, PROJECT};

/// The cluster of these tests.
pub(crate) const CLUSTER: &str = "c-1.k8s.local";

/// Where the pinned kops is. It takes minutes to build, so it is used where it was built.
pub(crate) async fn program() -> PathBuf {
    Toolbox::from_env(&Cancel::default()).find("kops").await.unwrap()
}

/// Whether kops was built here, or named.
#[expect(clippy::print_stderr, reason = "a test that is skipped says why")]
pub(crate) async fn is_built() -> bool {
    let built = Toolbox::from_env(&Cancel::default()).is_at_hand("kops").await;
    if !built {
        eprintln!("skipped: kops is not built here (hint: `scale-ci tools kops`)");
    }
    built
}

impl Cloud {
    pub(crate) fn pid_file(&self) -> PathBuf {
        self.folder.path().join("kops.pid")
    }

    /// Runs kops to its end; whether it said that it went well, and what it said.
    #[expect(
        clippy::disallowed_methods,
        reason = "a test does what a person does, with kops alone"
    )]
    pub(crate) async fn kops(&self, args: &[&str]) -> (bool, String) {
        let mut command = Command::new(program().await);
        command
            .args(args)
            .args(["--name", CLUSTER, "--state", "gs://state"])
            .envs(self.fake.environment())
            .env("KUBECONFIG", self.folder.path().join("kubeconfig"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let pid_file = self.pid_file();
        let ended = tokio::task::spawn_blocking(move || {
            let _ = fs::remove_file(&pid_file);
            let child = command.spawn().unwrap();
            fs::write(&pid_file, child.id().to_string()).unwrap();
            child.wait_with_output().unwrap()
        });
        let ended = ended.await.unwrap();
        let said = [ended.stdout, ended.stderr].concat();
        (ended.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// Lets kops make a cluster of one control plane and one node.
    pub(crate) async fn create(&self) -> (bool, String) {
        let image = "ubuntu-os-cloud/ubuntu-2404-noble-amd64-v20260512";
        self.kops(&[
            "create",
            "cluster",
            "--yes",
            "--cloud",
            "gce",
            "--project",
            PROJECT,
            "--zones",
            "us-west1-a",
            "--control-plane-size",
            "e2-standard-2",
            "--node-size",
            "e2-standard-2",
            "--node-count",
            "1",
            "--networking",
            "cni",
            "--kubernetes-version",
            "1.35.5",
            "--image",
            image,
        ])
        .await
    }

    /// Lets kops remove the cluster, as people do.
    pub(crate) async fn bare_delete(&self) -> (bool, String) {
        self.kops(&["delete", "cluster", "--yes"]).await
    }

    /// Kills kops at a call.
    pub(crate) fn kill_kops_at(&self, when: When, signal: SignalName, at: Moment) {
        let fault = Fault::Signal { pid_file: self.pid_file(), signal, at };
        self.fake.set_plan(FaultPlan::of([Rule { when, fault }]));
    }

    /// Lets everything be again.
    pub(crate) fn calm(&self) {
        self.fake.set_plan(FaultPlan::default());
    }
}
