//! What the real ClusterLoader2 does wrong on a real control plane, and what the pipeline makes of it:
//! one cluster for every fault, the lost API server last.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use run_record::{Class, Outcome, ProcessId, Record, RunDir, Verdict};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Tests of one fault each; the configs are in `write_configs`.
const SCENARIO: &str = r#"
format: 1
name: faults
about: { what: a, why: b, how-to-read: c }
cluster: { nodes: 2 }
suite:
  - test: violates
    config: cl2/density/config.yaml
    overrides: { NAMESPACES: 1, DEPLOYMENTS_PER_NAMESPACE: 1, PODS_PER_DEPLOYMENT: 2, POD_STARTUP_THRESHOLD: 1ms }
  - { test: no-yaml, config: cl2/no-yaml/config.yaml }
  - { test: no-module, config: cl2/no-module/config.yaml }
  - { test: hangs, config: cl2/sleeps/config.yaml, stall-seconds: 10 }
  - { test: killed, config: cl2/sleeps/config.yaml }
  - { test: crashes, config: cl2/sleeps/config.yaml }
  - test: fills
    config: cl2/density/config.yaml
    overrides: { NAMESPACES: 1, DEPLOYMENTS_PER_NAMESPACE: 1, PODS_PER_DEPLOYMENT: 2 }
  - test: loses
    config: cl2/density/config.yaml
    overrides: { NAMESPACES: 1, DEPLOYMENTS_PER_NAMESPACE: 2, PODS_PER_DEPLOYMENT: 2, OPERATION_TIMEOUT: 15s }
"#;

/// A step that takes far longer than any test waits.
const SLEEPS: &str = "name: sleeps\nnamespace: { number: 1 }\nsteps:\n- name: Sleep\n  measurements:\n  \
    - { Identifier: Sleep, Method: Sleep, Params: { action: start, duration: 1h } }\n";

/// Longest wait for ClusterLoader2 to begin: it starts within seconds on a machine at rest.
const BEGIN: Duration = Duration::from_secs(120);

/// A run with its cluster, which is deleted at the end.
struct Faults {
    folder: TempDir,
    run_dir: RunDir,
}

impl Faults {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let run_dir = RunDir::new(folder.path().join("run"));
        Self { folder, run_dir }
    }

    fn write_configs(&self) {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/cl2/density");
        let write = |name: &str, file: &str, content: &[u8]| {
            let folder = self.folder.path().join("cl2").join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(file), content).unwrap();
        };
        for file in ["config.yaml", "deployment.yaml"] {
            write("density", file, &fs::read(from.join(file)).unwrap());
        }
        write("sleeps", "config.yaml", SLEEPS.as_bytes());
        write("no-yaml", "config.yaml", b"name: a\nsteps: [{{ .NOTHING \n");
        let module = "name: a\nsteps:\n- module: { path: modules/nowhere.yaml }\n";
        write("no-module", "config.yaml", module.as_bytes());
        fs::write(self.folder.path().join("faults.yaml"), SCENARIO).unwrap();
    }

    #[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
    fn command(&self, stage: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scale-ci"));
        command.args(["stage", stage]).args(args).args(["--run-dir", "run"]);
        command.current_dir(self.folder.path());
        for name in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS", "GITHUB_EVENT_NAME"]
        {
            command.env_remove(name);
        }
        command
    }

    #[track_caller]
    fn does(&self, stage: &str, args: &[&str], expected: i32) -> String {
        let output: Output = self.command(stage, args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(expected), "{stage} {args:?}: {said}");
        said
    }

    fn create(&self) {
        self.does("plan", &["plan", "faults.yaml", "--bucket", &self.bucket()], 0);
        self.does("infra-kwok", &["create"], 0);
        self.does("cl2-runner", &["monitor"], 0);
        self.does("infra-kwok", &["add-nodes"], 0);
    }

    fn bucket(&self) -> String {
        format!("file://{}", self.folder.path().join("bucket").display())
    }

    /// Runs the test called `test` to its end, and reads the record.
    #[track_caller]
    fn run(&self, test: &str) -> Record {
        self.command("cl2-runner", &["run", "--test", test]).output().unwrap();
        self.record(test)
    }

    #[track_caller]
    fn record(&self, test: &str) -> Record {
        let name = test.parse().unwrap();
        self.run_dir.record("cl2-runner", "run", Some(&name)).unwrap().unwrap()
    }

    /// Runs `test`; once ClusterLoader2 is in step `step`, `act` is done to the process called
    /// `program`.
    #[track_caller]
    fn run_until(&self, test: &str, step: u32, act: impl FnOnce(&Self)) -> Record {
        let mut child: Child = self
            .command("cl2-runner", &["run", "--test", test])
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let log = self.run_dir.logs().join(format!("cl2-{test}.log"));
        let begun = format!("Step \"[step: {step:02}]");
        let end = Instant::now() + BEGIN;
        while !fs::read_to_string(&log).unwrap_or_default().contains(&begun) {
            assert!(Instant::now() < end, "{test} did not begin: {:?}", fs::read_to_string(&log));
            // The log says no word about being written.
            thread::sleep(Duration::from_millis(50));
        }
        act(self);
        child.wait().unwrap();
        self.record(test)
    }

    /// Sends `signal` to ClusterLoader2.
    fn signal_cl2(&self, signal: Signal) {
        let files = fs::read_dir(self.run_dir.processes()).unwrap();
        let file = files
            .map(|entry| entry.unwrap().path())
            .find(|path| path.to_string_lossy().contains("clusterloader2-"))
            .unwrap();
        let file: run_record::ProcessFile =
            serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        send(&file.process, signal);
    }

    fn kill_api_server(&self) {
        let ledger = self.run_dir.ledger().unwrap();
        let server = ledger.resources.iter().find(|one| one.name == "kube-apiserver").unwrap();
        send(server.process.as_ref().unwrap(), Signal::KILL);
    }

    fn report(&self, test: &str) -> Vec<String> {
        let folder = self.run_dir.report(&test.parse().unwrap());
        let files = fs::read_dir(folder).unwrap();
        files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }
}

fn send(process: &ProcessId, signal: Signal) {
    kill_process(Pid::from_raw(process.pid).unwrap(), signal).unwrap();
}

impl Drop for Faults {
    fn drop(&mut self) {
        let _ = self.command("infra-kwok", &["delete"]).output();
    }
}

#[track_caller]
fn ended(record: &Record, outcome: Outcome, class: Option<Class>, said: &str) {
    let errors = record.errors.join(": ");
    assert_eq!((record.outcome, record.class), (outcome, class), "{errors}");
    assert!(errors.contains(said), "{errors}");
}

#[test]
fn every_fault_of_clusterloader2_is_told_apart_and_what_was_written_is_kept() {
    let run = Faults::new();
    run.write_configs();
    let disk = SmallDisk::new(&run.run_dir.test(&"fills".parse().unwrap()));
    run.create();

    // Its own threshold is broken: work done, and a regression.
    ended(&run.run("violates"), Outcome::Done, Some(Class::Violation), "");
    run.does("artifact-gcs", &["fetch", "--test", "violates"], 0);
    run.does("verdict", &["judge", "--test", "violates"], 0);
    let judgement = run.run_dir.judgement(&"violates".parse().unwrap()).unwrap();
    assert_eq!(judgement.verdict, Verdict::Regressed);
    assert_eq!(judgement.violations[0].measurement, "PodStartupLatency");

    // It never begins: again will not help.
    let said = "the config of test `no-yaml` does not compile: ";
    ended(&run.run("no-yaml"), Outcome::Misuse, Some(Class::TestSetup), said);
    let record = run.run("no-module");
    ended(&record, Outcome::Misuse, Some(Class::TestSetup), "modules/nowhere.yaml");

    let said = "made no progress for 10 s in step 1 of 1 `Sleep`";
    ended(&run.run("hangs"), Outcome::TimedOut, Some(Class::Stall), said);

    let record = run.run_until("killed", 1, |run| run.signal_cl2(Signal::KILL));
    ended(&record, Outcome::Failed, Some(Class::Crash), "was killed by SIGKILL");
    let record = run.run_until("crashes", 1, |run| run.signal_cl2(Signal::SEGV));
    ended(&record, Outcome::Failed, Some(Class::Crash), "SIGSEGV");
    for test in ["hangs", "killed", "crashes"] {
        assert!(run.report(test).contains(&"generatedConfig_sleeps.yaml".into()), "{test}");
        run.does("artifact-gcs", &["export", "--test", test], 0);
    }

    if let Some(disk) = disk {
        disk.fill();
        let record = run.run("fills");
        ended(&record, Outcome::Failed, Some(Class::Disk), "the disk was full");
        assert!(run.report("fills").contains(&"generatedConfig_density.yaml".into()));
    }

    let record = run.run_until("loses", 2, Faults::kill_api_server);
    let said = "the API server was lost while test `loses` ran, in step";
    ended(&record, Outcome::Infrastructure, Some(Class::Cluster), said);
    run.does("artifact-gcs", &["export", "--test", "loses"], 0);
    run.does("infra-kwok", &["delete"], 0);
    // An infrastructure failure is the word, whatever else was wrong.
    run.does("verdict", &["conclude"], 12);
    let because = run.run_dir.conclusion().unwrap().because;
    assert!(because[0].contains("the API server was lost"), "{because:?}");
}

/// ClusterLoader2 waits two minutes for it.
#[test]
#[ignore = "takes four minutes: cargo test -p scale-ci --test cl2_faults -- --ignored"]
fn a_prometheus_that_is_gone_is_the_clusters_fault() {
    let run = Faults::new();
    run.write_configs();
    run.create();
    let ledger = run.run_dir.ledger().unwrap();
    let prometheus = ledger.resources.iter().find(|one| one.name == "prometheus").unwrap();
    send(prometheus.process.as_ref().unwrap(), Signal::KILL);

    let record = run.run("violates");

    let said = "Prometheus did not come up for test `violates`: ";
    ended(&record, Outcome::Failed, Some(Class::Cluster), said);
}

/// A disk of a few MiB in memory, for one test's folder.
struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// Nothing comes back, and the reason is printed, where nobody may mount: only root may.
    #[expect(clippy::print_stderr, reason = "what is skipped says why")]
    fn new(folder: &Path) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        if !call("mount", &["-t", "tmpfs", "-o", "size=8m", "tmpfs"], folder) {
            eprintln!("skipped the full disk: no tmpfs can be mounted here, which takes root");
            return None;
        }
        Some(Self { folder: folder.into() })
    }

    /// Leaves room for what cl2-runner keeps free, and for a config.
    fn fill(&self) {
        const LEFT: u64 = (2 << 20) + (48 << 10);
        let path = self.folder.join("filling");
        // As much as goes in.
        let _ = fs::write(&path, vec![1; 8 << 20]);
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(file.metadata().unwrap().len() - LEFT).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        call("umount", &["--lazy"], &self.folder);
    }
}

#[expect(clippy::disallowed_methods, reason = "a test makes its own disk")]
fn call(program: &str, args: &[&str], folder: &Path) -> bool {
    Command::new(program).args(args).arg(folder).output().is_ok_and(|done| done.status.success())
}
