//! A run directory made by hand, and the real binary to judge it with.

use std::{fs, path::Path, process::Output};

use run_record::{
    Class, Format, Judgement, Key, Measurement, Measurements, Outcome, Plan, PlannedTest, Record,
    RunDir, Step, Unreadable, When, write_json,
};
use scenario::TestName;
use serde_json::{Value, json};
use stage::testing::FakeTools;
use tempfile::TempDir;

/// What ClusterLoader2 writes when nothing went wrong.
pub(crate) const WELL: &str = "<testsuite><testcase name='load overall (c)'/></testsuite>";

/// Key, unit and value of a measurement.
pub(crate) type Made<'a> = (&'a str, &'a str, f64);

/// A run directory with one test, `load`.
pub(crate) struct MadeRun {
    folder: TempDir,
    pub(crate) run_dir: RunDir,
}

impl MadeRun {
    /// A run whose test `load` is judged by `rules`, on a provider that cannot measure what
    /// `not_applicable` lists.
    pub(crate) fn new(rules: Value, not_applicable: &[&str]) -> Self {
        let listed: Vec<Value> = not_applicable
            .iter()
            .map(|name| json!({"measurement": name, "reason": "nodes are simulated"}))
            .collect();
        let scenario = json!({
            "format": 1,
            "name": "made",
            "about": {"what": "a", "why": "b", "how-to-read": "c"},
            "suite": [{"test": "load", "config": "c.yaml", "judging": rules}],
            "infra": {"kwok": {"not-applicable": listed}},
        });
        Self::of(&scenario)
    }

    /// A run of `scenario`.
    pub(crate) fn of(scenario: &Value) -> Self {
        let folder = TempDir::new().unwrap();
        let run_dir = RunDir::new(folder.path().join("run"));
        let scenario = scenario::parse("made.yaml", &scenario.to_string(), &[]).unwrap();
        let test = scenario.suite[0].clone();
        let plan = Plan {
            created: "2026-11-24T10:00:00Z".parse().unwrap(),
            bucket: "file:///bucket".into(),
            suite_build: 1_764_000_001,
            tests: vec![PlannedTest {
                test,
                job: "made-load-kwok-main".into(),
                baseline_job: "made-load-kwok-main".into(),
                build: 1_764_000_000,
            }],
            steps: vec![
                step("create", "infra-kwok", "create", false, &[], When::Success),
                step("run-load", "cl2-runner", "run", true, &["create"], When::Success),
                step("judge-load", "verdict", "judge", true, &["run-load"], When::Success),
                step("export-load", "artifact-gcs", "export", true, &["run-load"], When::Begun),
                step("delete", "infra-kwok", "delete", false, &["create"], When::Begun),
                step("conclude", "verdict", "conclude", false, &[], When::Always),
                step("export-suite", "artifact-gcs", "export", false, &[], When::Always),
            ],
            ..stage::testing::plan(scenario)
        };
        write_json(&run_dir.plan_path(), &plan).unwrap();
        Self { folder, run_dir }
    }

    /// Writes what this run measured.
    pub(crate) fn measured(self, measured: &[Made<'_>]) -> Self {
        write_json(&self.run_dir.measurements_path(&load()), &measurements(measured)).unwrap();
        self
    }

    /// Says of `measured` that the file called `file` could not be read.
    pub(crate) fn unreadable(self, file: &str, reason: &str, damaged: bool) -> Self {
        let mut read = self.run_dir.measurements(&load()).unwrap();
        read.unreadable.push(Unreadable { file: file.into(), reason: reason.into(), damaged });
        write_json(&self.run_dir.measurements_path(&load()), &read).unwrap();
        self
    }

    /// Writes ClusterLoader2's own report.
    pub(crate) fn junit(self, text: &str) -> Self {
        let report = self.run_dir.report(&load());
        fs::create_dir_all(&report).unwrap();
        fs::write(report.join("junit.xml"), text).unwrap();
        self
    }

    /// Writes the builds it is compared with, in this order.
    pub(crate) fn baseline(self, builds: &[(u64, &[Made<'_>])]) -> Self {
        let folder = self.run_dir.baseline(&load());
        for (build, measured) in builds {
            let path = folder.join(build.to_string()).join("measurements.json");
            write_json(&path, &measurements(measured)).unwrap();
        }
        let numbers: Vec<u64> = builds.iter().map(|(build, _)| *build).collect();
        let index = json!({"format": 1, "builds": numbers, "passed_over": []});
        write_json(&folder.join("index.json"), &index).unwrap();
        self
    }

    /// Writes the record of a step.
    pub(crate) fn record(self, id: &str, outcome: Outcome, errors: &[&str]) -> Self {
        let plan = self.run_dir.plan().unwrap();
        let step = plan.steps.iter().find(|step| step.id == id).unwrap();
        let record = Record {
            format: Format,
            run_id: None,
            stage: step.stage.clone(),
            verb: step.verb.clone(),
            test: step.test.clone(),
            version: "0.0.0".into(),
            outcome,
            class: (outcome == Outcome::Failed).then_some(Class::Cluster),
            started: plan.created,
            ended: plan.created,
            attempts: Vec::new(),
            tools: Vec::new(),
            errors: errors.iter().map(|error| (*error).to_owned()).collect(),
            facts: Value::Null,
        };
        let path = self.run_dir.record_path(&step.stage, &step.verb, step.test.as_ref());
        write_json(&path, &record).unwrap();
        self
    }

    /// Writes the records of a run whose every step ended well.
    pub(crate) fn all_done(self) -> Self {
        ["create", "run-load", "judge-load", "export-load", "delete"]
            .into_iter()
            .fold(self, |run, id| run.record(id, Outcome::Done, &[]))
    }

    /// Runs the binary in the folder of the run directory.
    pub(crate) fn verdict(&self, args: &[&str]) -> Output {
        let binary = Path::new(env!("CARGO_BIN_EXE_verdict"));
        let tools = FakeTools::new().unwrap();
        tools.run(binary.to_str().unwrap(), self.folder.path(), args.iter().copied()).unwrap()
    }

    /// Judges the test, which always ends well, and reads the judgement.
    pub(crate) fn judge(&self) -> Judgement {
        let output = self.verdict(&["judge", "--test", "load"]);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        self.run_dir.judgement(&load()).unwrap()
    }

    /// Concludes the run: the exit code and the page.
    pub(crate) fn conclude(&self) -> (i32, String) {
        let output = self.verdict(&["conclude"]);
        let page = fs::read_to_string(self.run_dir.conclusion_page()).unwrap();
        (output.status.code().unwrap(), page)
    }

    /// Concludes the run as a step of a GitHub workflow: what was said, and the outputs of the step.
    pub(crate) fn conclude_in_a_workflow(&self) -> (String, String) {
        let outputs = self.folder.path().join("outputs");
        let _ = fs::remove_file(&outputs);
        let tools = FakeTools::new().unwrap().variable("GITHUB_ACTIONS", "true");
        let tools = tools.variable("GITHUB_OUTPUT", outputs.to_str().unwrap());
        let binary = env!("CARGO_BIN_EXE_verdict");
        let output = tools.run(binary, self.folder.path(), ["conclude"]).unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (said, fs::read_to_string(outputs).unwrap())
    }
}

/// The test of a made run.
pub(crate) fn load() -> TestName {
    "load".parse().unwrap()
}

/// A rule on `measurement` that allows 10 % and lets lower be better.
pub(crate) fn rule(measurement: &str) -> Value {
    json!({"measurement": measurement, "better": "lower", "change-percent": 10})
}

fn step(id: &str, stage: &str, verb: &str, of_test: bool, needs: &[&str], when: When) -> Step {
    Step {
        id: id.into(),
        stage: stage.into(),
        verb: verb.into(),
        test: of_test.then(load),
        args: Vec::new(),
        needs: needs.iter().map(|id| (*id).to_owned()).collect(),
        when,
        title: id.into(),
    }
}

fn measurements(measured: &[Made<'_>]) -> Measurements {
    let one = |(name, unit, value): &Made<'_>| {
        let (measurement, query) = name.split_once(' ').unwrap_or((name, "Perc99"));
        Measurement {
            key: Key {
                config: "load".into(),
                measurement: measurement.into(),
                query: query.into(),
                labels: [].into(),
                occurrence: 1,
            },
            unit: (*unit).into(),
            value: *value,
            file: "file.json".into(),
        }
    };
    Measurements {
        format: Format,
        test: load(),
        job: "made-load-kwok-main".into(),
        measurements: measured.iter().map(one).collect(),
        unreadable: Vec::new(),
    }
}
