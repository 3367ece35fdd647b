//! Run directories made by hand, and the binary run on them.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use run_record::{Cost, KopsPlan, Plan, Record, RunDir, read_json, write_json};
use scenario::Provider;
use stage::testing::FakeTools;

use crate::{
    cloud::{Cloud, PROJECT, STATE},
    kops::{CLUSTER, program},
};

const BINARY: &str = env!("CARGO_BIN_EXE_infra-kops");

/// Seconds after which a request without an answer is lost, here.
const PATIENCE: &str = "2";

/// Time without a change after which a create is done with what it makes.
const IDLE: Duration = Duration::from_secs(20);

/// What the binary said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = output.status.code().unwrap_or(-1);
        Self { code, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// The plan of a run with this cluster.
pub(crate) fn plan(cluster: &str) -> Plan {
    let text = "format: 1\nname: t\nabout: {what: a, why: b, how-to-read: c}\ncluster: {nodes: 1}\nsuite: [{test: a, config: b}]\n";
    let state_store = format!("gs://{STATE}");
    Plan {
        run_id: format!("run-of-{cluster}"),
        created: Timestamp::now(),
        provider: Provider::Kops,
        cluster: cluster.into(),
        kops: Some(KopsPlan {
            project: PROJECT.into(),
            lease_store: format!("{state_store}/leases"),
            state_store,
            zones: vec!["us-west1-a".into()],
            region: "us-west1".into(),
            kubernetes: "1.35.5".into(),
            os: "ubuntu-24.04".into(),
            kernel: String::new(),
            image: "ubuntu-os-cloud/ubuntu-2404-noble-amd64-v20260512".into(),
            lease_minutes: 60,
            estimate: Cost { usd_per_hour: 0.0, hours: 0.0, usd: 0.0, prices: String::new() },
        }),
        ..stage::testing::plan(scenario::parse("t.yaml", text, &[]).unwrap())
    }
}

impl Cloud {
    /// The run that has this cluster. In another cloud it is another: `delete` ends the programs of its
    /// run wherever they are on the machine.
    pub(crate) fn run_id(&self, cluster: &str) -> String {
        let url = self.fake.url();
        let port = url.rsplit(':').next().unwrap_or_default();
        format!("run-of-{cluster}-{port}")
    }

    /// Plans a run with this cluster.
    pub(crate) fn plan(&self, cluster: &str) -> RunDir {
        let dir = RunDir::new(self.folder.path().join(cluster));
        let plan = Plan { run_id: self.run_id(cluster), ..plan(cluster) };
        write_json(&dir.plan_path(), &plan).unwrap();
        dir
    }

    /// What runs the binary in this cloud. Whoever wants kops brings it along.
    fn command(&self, tools: &FakeTools, args: &[&str]) -> Command {
        let mut command = tools.command(BINARY, self.folder.path(), args.iter().copied());
        command.envs(self.fake.environment()).env("PERF_SCALE_GCE_PATIENCE", PATIENCE);
        command
    }

    /// Runs the binary in this cloud.
    pub(crate) async fn stage(&self, args: &[&str]) -> Said {
        self.stage_with(&FakeTools::new().unwrap(), args).await
    }

    pub(crate) async fn stage_with(&self, tools: &FakeTools, args: &[&str]) -> Said {
        let mut command = self.command(tools, args);
        let ended = tokio::task::spawn_blocking(move || command.output().unwrap());
        Said::of(&ended.await.unwrap())
    }

    /// Runs the binary in this cloud, with its number in `pid` before it has asked for anything.
    pub(crate) async fn stage_known(&self, pid: &Path, args: &[&str]) -> Said {
        let mut command = self.command(&FakeTools::new().unwrap(), args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let pid = pid.to_owned();
        let ended =
            tokio::task::spawn_blocking(move || known(&mut command, &pid).wait_with_output());
        Said::of(&ended.await.unwrap().unwrap())
    }

    /// Creates with our stage, until it is killed or has nothing to do but wait for machines that
    /// never boot. What it says is of no interest.
    pub(crate) async fn create_by_stage(&self) {
        let dir = self.plan(CLUSTER);
        let tools = with_kops().await;
        let args = ["create", "--run-dir", dir.root().to_str().unwrap()];
        let mut command = self.command(&tools, &args);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = known(&mut command, &self.pid_file());
        let mut quiet = (self.fake.mutations(), Instant::now());
        while child.try_wait().unwrap().is_none() {
            // Nobody says when it waits: it is when it has changed nothing for a while.
            tokio::time::sleep(Duration::from_millis(50)).await;
            let now = self.fake.mutations();
            if now != quiet.0 {
                quiet = (now, Instant::now());
            }
            if quiet.1.elapsed() > IDLE {
                child.kill().unwrap();
            }
        }
    }

    /// Removes the run of this cluster.
    pub(crate) async fn delete(&self, cluster: &str) -> Said {
        let dir = self.plan(cluster);
        self.stage(&["delete", "--run-dir", dir.root().to_str().unwrap()]).await
    }

    /// Removes the run of this cluster with the pinned kops at hand.
    pub(crate) async fn delete_with_kops(&self, cluster: &str) -> Said {
        let dir = self.plan(cluster);
        self.stage_with(&with_kops().await, &["delete", "--run-dir", dir.root().to_str().unwrap()])
            .await
    }

    /// The record of the deletion.
    pub(crate) fn record(&self, cluster: &str) -> Record {
        let dir = RunDir::new(self.folder.path().join(cluster));
        read_json(&dir.record_path("infra-kops", "delete", None)).unwrap()
    }

    /// Reaps.
    pub(crate) async fn reap(&self, more: &[&str]) -> Said {
        self.reap_with(&FakeTools::new().unwrap(), more).await
    }

    pub(crate) async fn reap_with(&self, tools: &FakeTools, more: &[&str]) -> Said {
        let base = [
            "reap",
            "--project",
            PROJECT,
            "--lease-store",
            "gs://state/leases",
            "--state-store",
            "gs://state",
        ];
        let args: Vec<&str> = base.iter().chain(more).copied().collect();
        self.stage_with(tools, &args).await
    }
}

async fn with_kops() -> FakeTools {
    let kops = program().await;
    FakeTools::new().unwrap().variable("PERF_SCALE_TOOL_KOPS", kops.to_str().unwrap())
}

/// Starts a program whose number is in `pid` before it has asked for anything.
fn known(command: &mut Command, pid: &Path) -> Child {
    let _ = fs::remove_file(pid);
    let child = command.spawn().unwrap();
    fs::write(pid, child.id().to_string()).unwrap();
    child
}
