//! Run directories made by hand, and the binary run on them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use jiff::Timestamp;
use run_record::{
    Baseline, Class, Format, Judgement, Key, Measurement, Measurements, Metadata, Outcome, Plan,
    PlannedTest, Record, RunDir, Step, Trigger, Verdict, When, write_json,
};
use scenario::TestName;
use serde_json::Value;
use stage::testing::FakeTools;
use tempfile::TempDir;
use walkdir::WalkDir;

const BINARY: &str = env!("CARGO_BIN_EXE_artifact-gcs");

const SCENARIO: &str = "format: 1\nname: tiny\nabout: {what: a, why: b, how-to-read: c}\n\
    baseline: {builds: 2}\nsuite: [{test: load, config: c.yaml}]\n";

/// Exports the one test.
pub(crate) const EXPORT: [&str; 3] = ["export", "--test", "load"];

/// Job of the one test.
pub(crate) const JOB: &str = "tiny-load-kwok-main";

/// A file of a report with all that is odd in real names.
pub(crate) const ODD: &str =
    "GenericPrometheusQuery Max CPU [%]_load_2026-11-23T21:59:13+02:00.json";

/// A folder with run directories and buckets.
pub(crate) struct Place {
    folder: TempDir,
    tools: FakeTools,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), tools: FakeTools::new().unwrap() }
    }

    /// The same place, with an environment variable for the binary.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        Self { tools: self.tools.variable(name, value), ..self }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A run of the test `load` that ended well, with this build number.
    pub(crate) fn run(&self, build: u64) -> Run {
        let run = Run { dir: RunDir::new(self.path(&format!("run-{build}"))), build };
        run.plan(&self.path("bucket"), |_| {});
        run.took("cl2-runner", "run", Outcome::Done);
        run.took("verdict", "judge", Outcome::Done);
        let report = run.dir.report(&load());
        fs::create_dir_all(&report).unwrap();
        fs::write(report.join(ODD), r#"{"version":"v1","dataItems":null}"#).unwrap();
        fs::write(report.join("junit.xml"), "<testsuite/>").unwrap();
        fs::write(report.join("profile.pprof"), vec![7; 300_000]).unwrap();
        run.results();
        fs::create_dir_all(run.dir.logs()).unwrap();
        fs::write(run.dir.logs().join("cl2-load.log"), "I1123 token: abc\n").unwrap();
        run
    }

    /// Runs the binary on `run`.
    pub(crate) fn stage(&self, run: &Run, args: &[&str]) -> Said {
        Said::of(&self.command(run, args).output().unwrap())
    }

    /// What runs the binary on `run`.
    pub(crate) fn command(&self, run: &Run, args: &[&str]) -> Command {
        let folder = run.dir.root().to_str().unwrap();
        self.tools.command(
            BINARY,
            self.folder.path(),
            args.iter().copied().chain(["--run-dir", folder]),
        )
    }

    /// Runs the binary.
    pub(crate) fn bare(&self, args: &[&str]) -> Said {
        Said::of(&self.tools.run(BINARY, self.folder.path(), args.iter().copied()).unwrap())
    }
}

/// A run directory.
pub(crate) struct Run {
    pub(crate) dir: RunDir,
    pub(crate) build: u64,
}

impl Run {
    /// Writes the plan, changed by `change`, and what `plan` writes with it.
    pub(crate) fn plan(&self, bucket: &Path, change: impl FnOnce(&mut Plan)) {
        let scenario = scenario::parse("tiny.yaml", SCENARIO, &[]).unwrap();
        let bucket = format!("file://{}", bucket.display());
        let mut plan = Plan {
            run_id: format!("tiny-{}", self.build),
            trigger: Trigger { run_url: Some("https://ci/1".into()), ..Trigger::default() },
            cluster: "tiny".into(),
            baseline_buckets: vec![bucket.clone()],
            bucket,
            suite_job: "tiny-suite-kwok-main".into(),
            suite_build: self.build,
            tests: vec![PlannedTest {
                test: scenario.suite[0].clone(),
                job: JOB.into(),
                baseline_job: JOB.into(),
                build: self.build,
            }],
            steps: vec![step("cl2-runner", "run"), step("artifact-gcs", "export")],
            ..stage::testing::plan(scenario)
        };
        change(&mut plan);
        write_json(&self.dir.plan_path(), &plan).unwrap();
        fs::write(self.dir.scenario_path(), SCENARIO).unwrap();
        write_json(&self.dir.metadata_path(), &Metadata::of(&plan)).unwrap();
    }

    /// Writes the record of a step of the test.
    pub(crate) fn took(&self, stage: &str, verb: &str, outcome: Outcome) {
        let record = Record {
            format: Format,
            run_id: None,
            stage: stage.into(),
            verb: verb.into(),
            test: Some(load()),
            version: "0.0.0".into(),
            outcome,
            class: (outcome == Outcome::Cancelled).then_some(Class::Cancel),
            started: Timestamp::from_second(100).unwrap(),
            ended: Timestamp::from_second(200).unwrap(),
            attempts: Vec::new(),
            tools: Vec::new(),
            errors: Vec::new(),
            facts: Value::Null,
        };
        write_json(&self.dir.record_path(stage, verb, Some(&load())), &record).unwrap();
    }

    fn results(&self) {
        let key = Key {
            config: "load".into(),
            measurement: "PodStartupLatency".into(),
            query: "Perc99".into(),
            labels: BTreeMap::new(),
            occurrence: 1,
        };
        let file = "PodStartupLatency_load.json".into();
        let measurements = Measurements {
            format: Format,
            test: load(),
            job: JOB.into(),
            measurements: vec![Measurement { key, unit: "ms".into(), value: 7.0, file }],
            unreadable: Vec::new(),
        };
        write_json(&self.dir.measurements_path(&load()), &measurements).unwrap();
        let judgement = Judgement {
            format: Format,
            test: load(),
            job: JOB.into(),
            build: self.build,
            verdict: Verdict::Pass,
            because: Vec::new(),
            baseline: Baseline::default(),
            measurements: Vec::new(),
            violations: Vec::new(),
            warnings: Vec::new(),
            not_run: Vec::new(),
            unjudged: 0,
        };
        write_json(&self.dir.judgement_path(&load()), &judgement).unwrap();
        fs::write(self.dir.judgement_page(&load()), "pass\n").unwrap();
        fs::write(self.dir.junit_path(&load()), "<testsuites/>").unwrap();
    }
}

fn step(stage: &str, verb: &str) -> Step {
    Step {
        id: format!("{verb}-load"),
        stage: stage.into(),
        verb: verb.into(),
        test: Some(load()),
        args: Vec::new(),
        needs: Vec::new(),
        when: When::Success,
        title: String::new(),
    }
}

/// The one test.
pub(crate) fn load() -> TestName {
    "load".parse().unwrap()
}

/// What the binary said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code().unwrap(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// What it said with `--json`.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

/// A copy of a run directory beside it, as on another machine.
pub(crate) fn copied(run: &Run) -> Run {
    let dir = RunDir::new(run.dir.root().with_extension("copy"));
    for (name, content) in tree(run.dir.root()) {
        let path = dir.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    Run { dir, build: run.build }
}

/// Every file below `folder` with its content.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = WalkDir::new(folder).into_iter().map(Result::unwrap);
    files
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let name = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}
