//! A run directory made by hand.

use std::{fs, path::PathBuf, process::Output};

use jiff::Timestamp;
use run_record::{Format, Plan, PlannedTest, Record, RunDir, Trigger, write_json};
use scenario::{Provider, TestName};
use serde_json::{Value, json};
use stage::testing::FakeTools;
use tempfile::TempDir;

/// Names a cluster that nobody asks.
const KUBECONFIG: &str = "apiVersion: v1
kind: Config
current-context: made
clusters: [{name: made, cluster: {server: 'http://127.0.0.1:1'}}]
users: [{name: made, user: {}}]
contexts: [{name: made, context: {cluster: made, user: made}}]
";

/// A run directory with one planned test, `load`.
pub(crate) struct MadeRun {
    folder: TempDir,
    pub(crate) run_dir: RunDir,
    pub(crate) test: TestName,
}

impl MadeRun {
    /// The config names `QPS` and `CL2_PODS`; `test` overrides keys of the test.
    pub(crate) fn new(test: Value) -> Self {
        let folder = TempDir::new().unwrap();
        let run_dir = RunDir::new(folder.path().join("run"));
        let mut planned = json!({ "test": "load", "config": "cl2/density/config.yaml" });
        planned.as_object_mut().unwrap().extend(test.as_object().unwrap().clone());
        let text = "format: 1\nname: made\nabout: {what: a, why: b, how-to-read: c}\nsuite: [{test: load, config: a.yaml}]\n";
        let scenario = scenario::parse("made.yaml", text, &[]).unwrap();
        let plan = Plan {
            format: Format,
            run_id: "made-1".into(),
            attempt: 1,
            created: Timestamp::UNIX_EPOCH,
            planned_by: "0.0.0".into(),
            trigger: Trigger::default(),
            provider: Provider::Kwok,
            cluster: "made-1".into(),
            branch: "main".into(),
            bucket: "file:///nowhere".into(),
            baseline_buckets: Vec::new(),
            suite_job: "made-suite-kwok-main".into(),
            suite_build: 1,
            tests: vec![PlannedTest {
                test: serde_json::from_value(planned).unwrap(),
                job: "made-load-kwok-main".into(),
                baseline_job: "made-load-kwok-main".into(),
                build: 1,
            }],
            overrides: Vec::new(),
            scenario,
            steps: Vec::new(),
        };
        write_json(&run_dir.plan_path(), &plan).unwrap();
        let test: TestName = "load".parse().unwrap();
        fs::create_dir_all(run_dir.config(&test)).unwrap();
        let config = "{{$QPS := DefaultParam .QPS 1}}\n{{$PODS := DefaultParam .CL2_PODS 1}}\n";
        fs::write(run_dir.config(&test).join("config.yaml"), config).unwrap();
        fs::create_dir_all(run_dir.private()).unwrap();
        fs::write(run_dir.kubeconfig(), KUBECONFIG).unwrap();
        Self { folder, run_dir, test }
    }

    /// Puts the report of the sample in place.
    pub(crate) fn with_sample(self) -> Self {
        let report = self.run_dir.report(&self.test);
        fs::create_dir_all(&report).unwrap();
        for entry in fs::read_dir(sample()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), report.join(entry.file_name())).unwrap();
        }
        self
    }

    /// Does `verb` for the test.
    pub(crate) fn does(&self, verb: &str, tools: &FakeTools) -> Output {
        let binary = env!("CARGO_BIN_EXE_cl2-runner");
        tools.run(binary, self.folder.path(), [verb, "--test", "load"]).unwrap()
    }

    /// The record of `verb`.
    pub(crate) fn record(&self, verb: &str) -> Record {
        self.run_dir.record("cl2-runner", verb, Some(&self.test)).unwrap().unwrap()
    }
}

/// A true report of upstream's load test on 100 simulated nodes.
pub(crate) fn sample() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/load-100")
}
