//! The whole pipeline on real programs: kube-apiserver, etcd, scheduler, controller manager, kwok,
//! Prometheus, helm with Cilium's chart, and ClusterLoader2.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use run_record::{Conclusion, Judgement, Outcome, RunDir, Verdict};
use serde_json::Value;
use tempfile::TempDir;

/// A folder for run directories and a bucket.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn run_dir(&self, name: &str) -> RunDir {
        RunDir::new(self.folder.path().join(name))
    }

    fn bucket(&self) -> PathBuf {
        self.folder.path().join("bucket")
    }

    #[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scale-ci"));
        command.args(args).current_dir(self.folder.path());
        for name in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS", "GITHUB_EVENT_NAME"]
        {
            command.env_remove(name);
        }
        command
    }

    /// `scale-ci run tiny` into the run directory `name`.
    fn tiny(&self, name: &str, more: &[&str]) -> Command {
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/tiny.yaml");
        let mut command = self.command(&["run", scenario.to_str().unwrap(), "--json"]);
        command.args(["--run-dir", name]).args(more);
        command
    }

    fn stage(&self, args: &[&str]) -> Output {
        let mut all = vec!["stage"];
        all.extend(args);
        self.command(&all).output().unwrap()
    }
}

/// The exit code, with everything that was said if it is another one than expected.
#[track_caller]
fn ended(output: &Output, expected: i32) {
    let said = String::from_utf8_lossy(&output.stderr);
    let result = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(expected), "{said}\n{result}");
}

#[track_caller]
fn nothing_is_left(run_dir: &RunDir) {
    let plan = run_dir.plan().unwrap();
    assert_eq!(stage::marked(&plan.run_id), []);
    assert!(!run_dir.private().exists(), "the credentials are still there");
    assert!(run_dir.ledger().unwrap().closed.is_some(), "the ledger is still open");
}

fn test_named(name: &str) -> scenario::TestName {
    name.parse().unwrap()
}

#[test]
fn a_history_of_runs_is_judged_each_against_the_ones_before() {
    let place = Place::new();

    let first = place.tiny("first", &[]).output().unwrap();
    ended(&first, 0);
    let run_dir = place.run_dir("first");
    nothing_is_left(&run_dir);
    let judgement: Judgement = run_dir.judgement(&test_named("few-large")).unwrap();
    assert_eq!((judgement.verdict, judgement.baseline.builds.len()), (Verdict::Pass, 0));
    let plan = run_dir.plan().unwrap();
    for test in &plan.tests {
        let build = place.bucket().join(format!("logs/{}/{}", test.job, test.build));
        assert!(build.join("manifest.json").is_file(), "{}", build.display());
        assert!(build.join("artifacts/junit.xml").is_file(), "{}", build.display());
    }
    let suite = place.bucket().join(format!("logs/{}/{}", plan.suite_job, plan.suite_build));
    assert!(suite.join("manifest.json").is_file(), "{}", suite.display());

    ended(&place.tiny("second", &[]).output().unwrap(), 0);
    let judgement = place.run_dir("second").judgement(&test_named("few-large")).unwrap();
    assert_eq!(judgement.baseline.builds, [plan.suite_build]);

    // A slower start of every pod is a regression, and the slowed measurement stands first.
    let slow = ["--set", "infra.kwok.pod-ready-delay-ms=4000"];
    ended(&place.tiny("slow", &slow).output().unwrap(), 10);
    let run_dir = place.run_dir("slow");
    nothing_is_left(&run_dir);
    let judgement = run_dir.judgement(&test_named("few-large")).unwrap();
    assert_eq!(judgement.verdict, Verdict::Regressed);
    assert!(judgement.measurements[0].key.measurement.starts_with("PodStartupLatency"));
    let conclusion: Conclusion = run_dir.conclusion().unwrap();
    assert!(conclusion.because[0].contains("PodStartupLatency"), "{:?}", conclusion.because);

    // A measurement that the baseline has and this run lacks is no pass.
    let blind = ["--set", "suite.0.overrides.MEASURE_PODS=false"];
    ended(&place.tiny("blind", &blind).output().unwrap(), 11);
    let conclusion = place.run_dir("blind").conclusion().unwrap();
    assert_eq!(conclusion.outcome, Outcome::Inconclusive);
    assert!(conclusion.because[0].contains("PodStartupLatency"), "{:?}", conclusion.because);

    the_stages_answer_again_offline(&place, "second");
}

/// A finished run's directory and the bucket are enough to judge and list again.
fn the_stages_answer_again_offline(place: &Place, name: &str) {
    let run_dir = place.run_dir(name);
    let path = run_dir.judgement_path(&test_named("few-large"));
    let before = fs::read(&path).unwrap();

    let judged = place.stage(&["verdict", "judge", "--test", "few-large", "--run-dir", name]);
    ended(&judged, 0);
    assert_eq!(fs::read(&path).unwrap(), before, "the same files give the same judgement");

    let listed = place.stage(&["artifact-gcs", "list", "--run-dir", name, "--json"]);
    ended(&listed, 0);
    let text = String::from_utf8(listed.stdout).unwrap();
    assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
    assert!(text.contains(&run_dir.plan().unwrap().suite_build.to_string()), "{text}");

    let validated = place.stage(&["infra-kwok", "validate", "--run-dir", name]);
    ended(&validated, 1);
    assert!(String::from_utf8_lossy(&validated.stderr).contains("is gone"));

    let again = place.stage(&["infra-kwok", "delete", "--run-dir", name]);
    ended(&again, 0);
}
