//! A run directory made by hand.

use std::{fs, path::PathBuf, process::Output};

use run_record::{Outcome, Plan, PlannedTest, Record, RunDir, write_json};
use scenario::TestName;
use serde_json::{Value, json};
use stage::testing::FakeTools;
use tempfile::TempDir;

use crate::api_server::ApiServer;

/// A run directory with one planned test, `load`.
pub(crate) struct MadeRun {
    folder: TempDir,
    _api_server: ApiServer,
    pub(crate) run_dir: RunDir,
    pub(crate) test: TestName,
}

impl MadeRun {
    /// The config names `QPS` and `CL2_PODS`; `test` overrides keys of the test.
    pub(crate) fn new(test: Value) -> Self {
        Self::with(TempDir::new().unwrap(), test, |_| (200, "{}".into()))
    }

    /// A run in `folder`, whose cluster answers a method and a path with a status and a text.
    pub(crate) fn with(
        folder: TempDir,
        test: Value,
        answer: impl Fn(&str) -> (u16, String) + Send + 'static,
    ) -> Self {
        let api_server = ApiServer::new(answer);
        let run_dir = RunDir::new(folder.path().join("run"));
        let mut planned = json!({ "test": "load", "config": "cl2/density/config.yaml" });
        planned.as_object_mut().unwrap().extend(test.as_object().unwrap().clone());
        let text = "format: 1\nname: made\nabout: {what: a, why: b, how-to-read: c}\nsuite: [{test: load, config: a.yaml}]\n";
        let scenario = scenario::parse("made.yaml", text, &[]).unwrap();
        let plan = Plan {
            tests: vec![PlannedTest {
                test: serde_json::from_value(planned).unwrap(),
                job: "made-load-kwok-main".into(),
                baseline_job: "made-load-kwok-main".into(),
                build: 1,
            }],
            ..stage::testing::plan(scenario)
        };
        write_json(&run_dir.plan_path(), &plan).unwrap();
        let test: TestName = "load".parse().unwrap();
        fs::create_dir_all(run_dir.config(&test)).unwrap();
        let config = "{{$QPS := DefaultParam .QPS 1}}\n{{$PODS := DefaultParam .CL2_PODS 1}}\n";
        fs::write(run_dir.config(&test).join("config.yaml"), config).unwrap();
        fs::create_dir_all(run_dir.private()).unwrap();
        fs::write(run_dir.kubeconfig(), api_server.kubeconfig()).unwrap();
        Self { folder, _api_server: api_server, run_dir, test }
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

    /// Runs the test with a stand-in for ClusterLoader2, and reads the record.
    pub(crate) fn runs(&self, tools: &FakeTools) -> Record {
        let output = self.does("run", tools);
        let record = self.record("run");
        let code = output.status.code().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(Outcome::from_exit_code(code), record.outcome, "{said}");
        record
    }

    /// Takes a snapshot.
    pub(crate) fn snapshot(&self) -> Record {
        let binary = env!("CARGO_BIN_EXE_cl2-runner");
        FakeTools::new().unwrap().run(binary, self.folder.path(), ["snapshot"]).unwrap();
        self.run_dir.record("cl2-runner", "snapshot", None).unwrap().unwrap()
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
