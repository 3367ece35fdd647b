//! What is judged does not depend on where builds are kept: a folder and Google Cloud Storage.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use fault_proxy::{Emulator, Plan as Faults, Proxy};
use run_record::{Format, Outcome, Record, RunDir, write_json};
use scenario::TestName;
use serde_json::{Value, json};
use stage::{Cancel, Toolbox};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The test of `scenarios/tiny.yaml` that is judged.
const TEST: &str = "few-large";

const GOOGLE: &str = "gs://results";

/// What a judgement is, in every form.
const JUDGEMENT: [&str; 3] = ["judgement.json", "judgement.md", "junit.xml"];

/// A bucket on an emulator, a folder that is one, and run directories.
struct Place {
    folder: TempDir,
    proxy: Proxy,
    emulator: Emulator,
    runtime: Runtime,
}

impl Place {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let (emulator, proxy) = runtime.block_on(async {
            let tools = Toolbox::from_env(&Cancel::default());
            let program = tools.find("fake-gcs-server").await.unwrap();
            let emulator = Emulator::start(&program, None).unwrap();
            emulator.create_bucket("results").await.unwrap();
            let proxy = Proxy::start(emulator.url(), Faults::default()).await.unwrap();
            (emulator, proxy)
        });
        Self { folder: TempDir::new().unwrap(), proxy, emulator, runtime }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn local(&self) -> String {
        format!("file://{}", self.path("bucket").display())
    }

    #[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
    #[track_caller]
    fn stage(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scale-ci"));
        command.arg("stage").args(args).current_dir(self.folder.path());
        command.env("STORAGE_EMULATOR_HOST", self.proxy.url()).env_remove("GITHUB_OUTPUT");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// Does `verb` of `stage` for the test in `run_dir`.
    fn step(&self, run_dir: &RunDir, stage: &str, verb: &str, more: &[&str]) {
        let folder = run_dir.root().to_str().unwrap();
        self.stage(&[&[stage, verb, "--run-dir", folder, "--test", TEST][..], more].concat());
    }

    /// A run whose test was run; its pods took `startup_ms`.
    fn run(&self, build: u64, startup_ms: u64) -> RunDir {
        let run_dir = RunDir::new(self.path(&format!("run-{build}")));
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/tiny.yaml");
        let folder = run_dir.root().to_str().unwrap();
        let scenario = scenario.to_str().unwrap();
        self.stage(&["plan", "plan", scenario, "--run-dir", folder, "--bucket", GOOGLE]);
        change(&run_dir, |plan| {
            plan["suite_build"] = build.into();
            plan["tests"][0]["build"] = build.into();
        });
        report(&run_dir, startup_ms);
        took(&run_dir);
        self.step(&run_dir, "cl2-runner", "measure", &[]);
        run_dir
    }

    /// Fetches the baseline and judges.
    fn judge(&self, run_dir: &RunDir) {
        self.step(run_dir, "artifact-gcs", "fetch", &[]);
        self.step(run_dir, "verdict", "judge", &[]);
    }

    /// Exports to both buckets.
    fn export(&self, run_dir: &RunDir) {
        self.step(run_dir, "artifact-gcs", "export", &[]);
        self.step(run_dir, "artifact-gcs", "export", &["--bucket", &self.local()]);
    }

    /// Every object of the bucket on the emulator.
    fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        let objects = self.runtime.block_on(self.emulator.objects("results")).unwrap();
        objects.into_iter().map(|(name, object)| (name, object.bytes.to_vec())).collect()
    }
}

/// Changes the plan of a run.
fn change(run_dir: &RunDir, change: impl FnOnce(&mut Value)) {
    let text = fs::read(run_dir.plan_path()).unwrap();
    let mut plan: Value = serde_json::from_slice(&text).unwrap();
    change(&mut plan);
    fs::write(run_dir.plan_path(), serde_json::to_vec_pretty(&plan).unwrap()).unwrap();
}

fn test() -> TestName {
    TEST.parse().unwrap()
}

/// A real report, whose pods took `startup_ms` to start.
fn report(run_dir: &RunDir, startup_ms: u64) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cl2-runner/tests/fixtures/load-100");
    let to = run_dir.report(&test());
    fs::create_dir_all(&to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let mut text = fs::read_to_string(entry.path()).unwrap();
        if name.starts_with("PodStartupLatency_PodStartupLatency_") {
            let mut latency: Value = serde_json::from_str(&text).unwrap();
            for item in latency["dataItems"].as_array_mut().unwrap() {
                item["data"]["Perc99"] = startup_ms.into();
            }
            text = latency.to_string();
        }
        fs::write(to.join(name), text).unwrap();
    }
}

/// The record of ClusterLoader2's run.
fn took(run_dir: &RunDir) {
    let second = |second| jiff::Timestamp::from_second(second).unwrap();
    let record = Record {
        format: Format,
        run_id: None,
        stage: "cl2-runner".into(),
        verb: "run".into(),
        test: Some(test()),
        version: "0.0.0".into(),
        outcome: Outcome::Done,
        class: None,
        started: second(100),
        ended: second(200),
        attempts: Vec::new(),
        tools: Vec::new(),
        errors: Vec::new(),
        facts: Value::Null,
    };
    write_json(&run_dir.record_path("cl2-runner", "run", Some(&test())), &record).unwrap();
}

fn judgement(run_dir: &RunDir) -> [Vec<u8>; 3] {
    JUDGEMENT.map(|name| fs::read(run_dir.test(&test()).join(name)).unwrap())
}

#[test]
fn a_judgement_is_the_same_bytes_wherever_the_builds_are_and_can_be_made_again_from_the_bucket() {
    let place = Place::new();
    for (build, startup_ms) in [(100, 1000), (200, 1100), (300, 1050)] {
        let run_dir = place.run(build, startup_ms);
        place.judge(&run_dir);
        place.export(&run_dir);
    }
    let candidate = place.run(400, 4000);
    place.judge(&candidate);
    place.export(&candidate);

    // The same run, compared with what is in the folder.
    let local = RunDir::new(place.path("local"));
    copy(candidate.root(), local.root());
    fs::remove_dir_all(local.baseline(&test())).unwrap();
    change(&local, |plan| plan["baseline_buckets"] = json!([place.local()]));
    place.judge(&local);
    // The same run, from nothing but what was exported of it.
    let again = RunDir::new(place.path("again"));
    let objects = place.objects();
    let mut folder = String::new();
    for (name, bytes) in &objects {
        let Some((job, name)) = name.split_once("/400/") else { continue };
        job.clone_into(&mut folder);
        let to = match name.strip_prefix("artifacts/") {
            Some(name) => again.report(&test()).join(name),
            None => again.root().join(name),
        };
        write(&to, bytes);
    }
    place.step(&again, "cl2-runner", "measure", &[]);
    place.judge(&again);

    let said: Value = serde_json::from_slice(&judgement(&candidate)[0]).unwrap();
    assert_eq!(
        (&said["verdict"], &said["baseline"]["builds"]),
        (&json!("regressed"), &json!([300, 200, 100]))
    );
    assert!(judgement(&local) == judgement(&candidate));
    assert!(judgement(&again) == judgement(&candidate));
    let exported = JUDGEMENT.map(|name| objects[&format!("{folder}/400/{name}")].clone());
    assert!(exported == judgement(&candidate));
    assert!(tree(&place.path("bucket")) == objects);
}

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in tree(from) {
        write(&to.join(name), &bytes);
    }
}

fn write(to: &Path, bytes: &[u8]) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::write(to, bytes).unwrap();
}

/// Every file below `folder` with its content.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    files
}
