//! What `scale-ci` says to bad input, with no program started.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output, Stdio};

#[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
fn scale_ci(args: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_scale-ci"))
        .args(args)
        .current_dir(folder.path())
        .env("PERF_SCALE_CACHE", folder.path().join("cache"))
        // As on a runner: the workflow must not be taken for arguments.
        .env("GITHUB_EVENT_NAME", "schedule")
        .output()
        .unwrap()
}

#[track_caller]
fn refused(args: &[&str], expected: &str) {
    let output = scale_ci(args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(expected), "{said}");
}

#[test]
fn bad_input_is_misuse_with_a_remedy() {
    refused(&["run"], "required");
    refused(&["run", "nowhere.yaml"], "failed to read the scenario `nowhere.yaml` (hint:");
    refused(&["run", "--run-dir", "nowhere", "--from", "delete"], "plan.json");
    refused(&["stage", "nonsense"], "there is no stage `nonsense` (hint: it is plan, infra-kwok");
    refused(&["tools", "nonsense"], "no program is called `nonsense`");
    refused(&["stage", "verdict", "conclude", "--run-dir", "nowhere"], "is no run directory");
}

#[test]
fn a_scenario_with_faults_says_all_of_them() {
    let smoke = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/smoke.yaml");
    let output = scale_ci(&["run", smoke, "--set", "cluster.nodes=0", "--set", "cluster.node=1"]);

    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("`cluster.nodes`: 0 is less than 1 (hint: worker nodes)"), "{said}");
    assert!(said.contains("`cluster.node`: unknown key (hint: `nodes`?)"), "{said}");
}

#[test]
fn help_and_version_end_well() {
    for args in [&["--help"][..], &["--version"], &["run", "--help"], &["stage", "plan", "--help"]]
    {
        assert!(scale_ci(args).status.success(), "{args:?}");
    }
}

/// The steps of a run write to `scale-ci`, which may have been killed: they keep their results.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
fn a_reader_who_went_away_is_no_fault() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);

    let status = Command::new(env!("CARGO_BIN_EXE_scale-ci"))
        .args(["stage", "verdict", "conclude", "--run-dir", "nowhere"])
        .stdout(Stdio::from(writer.try_clone().unwrap()))
        .stderr(writer)
        .status()
        .unwrap();

    assert_eq!(status.code(), Some(2));
}
