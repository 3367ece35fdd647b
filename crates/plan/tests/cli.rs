//! The `plan` binary on the project's own scenarios.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    path::Path,
    process::{Command, Output},
};

use run_record::{Plan, RunDir, Trigger};

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/tiny.yaml");

#[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
fn plan(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plan"))
        .args(["plan", TINY])
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("PERF_SCALE_CACHE", folder.join("cache"))
        .envs(env.iter().copied())
        .output()
        .unwrap()
}

fn planned(args: &[&str], env: &[(&str, &str)]) -> Plan {
    let folder = tempfile::tempdir().unwrap();
    let output = plan(folder.path(), args, env);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    RunDir::new(folder.path().join("run")).plan().unwrap()
}

#[test]
fn a_pull_request_is_compared_with_the_bucket_and_the_job_of_its_branch() {
    let folder = tempfile::tempdir().unwrap();
    let bucket = |branch: &str| format!("file://{}/b/{branch}", folder.path().display());
    let plan = planned(&["--pull-request", "5", "--bucket", &bucket("{branch}")], &[]);

    assert_eq!(plan.bucket, bucket("v1.20-pr-5"));
    assert_eq!(plan.baseline_buckets, [bucket("v1.20")]);
    assert_eq!(plan.tests[0].job, "tiny-few-large-kwok-v1.20-pr-5");
    assert_eq!(plan.tests[0].baseline_job, "tiny-few-large-kwok-v1.20");
}

#[test]
fn the_workflow_that_asked_is_written_down_and_so_are_the_callers_variables() {
    let env = [("GITHUB_EVENT_NAME", "schedule"), ("GITHUB_RUN_ATTEMPT", "2"), ("CL2_QPS", "5")];
    let plan = planned(&[], &env);

    assert_eq!((plan.trigger.event.as_str(), plan.attempt), ("schedule", 2));
    assert_eq!(plan.overrides.iter().map(ToString::to_string).collect::<Vec<_>>(), ["CL2_QPS=5"]);
}

#[test]
fn a_run_says_where_it_comes_from_in_the_plan_and_in_its_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--pull-request=5", "--sha=a1", "--base-sha=b2", "--run-url=https://ci/1"];
    let env = [
        ("GITHUB_EVENT_NAME", "workflow_dispatch"),
        ("GITHUB_REPOSITORY", "cilium/cilium"),
        ("GITHUB_ACTOR", "who-began"),
        ("GITHUB_RUN_ATTEMPT", "3"),
    ];

    let output = plan(folder.path(), &args, &env);

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let run_dir = RunDir::new(folder.path().join("run"));
    let metadata = run_dir.metadata().unwrap();
    let expected = Trigger {
        event: "workflow_dispatch".into(),
        repository: Some("cilium/cilium".into()),
        actor: Some("who-began".into()),
        sha: Some("a1".into()),
        base_sha: Some("b2".into()),
        pull_request: Some(5),
        run_url: Some("https://ci/1".into()),
    };
    assert_eq!((run_dir.plan().unwrap().trigger, metadata.trigger), (expected.clone(), expected));
    assert_eq!(metadata.attempt, 3);
}

#[test]
fn who_runs_a_workflow_again_is_its_actor() {
    let plan = planned(&[], &[("GITHUB_ACTOR", "began"), ("GITHUB_TRIGGERING_ACTOR", "again")]);

    assert_eq!(plan.trigger.actor.as_deref(), Some("again"));
}

#[test]
fn tests_that_would_write_into_one_build_are_refused() {
    for job in ["tiny-suite-kwok-v1.20", "tiny-few-large-kwok-v1.20"] {
        let folder = tempfile::tempdir().unwrap();
        let output = plan(folder.path(), &["--set", &format!("suite.1.job={job}")], &[]);

        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("writes into the job `{job}`")), "{said}");
    }
}

#[test]
fn a_run_directory_is_planned_once() {
    let folder = tempfile::tempdir().unwrap();
    assert!(plan(folder.path(), &[], &[]).status.success());
    let run_dir = RunDir::new(folder.path().join("run"));
    let before = run_dir.record("plan", "plan", None).unwrap();

    let output = plan(folder.path(), &[], &[]);

    assert_eq!(output.status.code(), Some(2));
    assert_eq!(run_dir.record("plan", "plan", None).unwrap(), before);
}
