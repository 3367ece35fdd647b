//! What stages say to a run directory that is not as they left it: the file, the place, the remedy,
//! exit 2. No program is started.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/tiny.yaml");

/// Exit code and what was said, without the time and the folder.
#[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
fn scale_ci(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_scale-ci"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("PERF_SCALE_CACHE", folder.join("cache"))
        .envs(env.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.replace(&format!("{}/", folder.display()), "");
    let said = said.split_once(" ERROR ").map_or(said.as_str(), |(_, said)| said);
    (output.status.code().unwrap(), said.trim_end().to_owned())
}

/// A folder with the run directory `run`.
fn planned() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = scale_ci(folder.path(), &["stage", "plan", "plan", TINY], &[]);
    assert_eq!(code, 0, "{said}");
    folder
}

const WHO: &str =
    "(hint: no one but the pipeline writes it; repeat the step that did, or plan a new run)";

#[test]
fn a_plan_that_is_not_understood_is_named_by_every_stage() {
    let folder = planned();
    let plan = folder.path().join("run/plan.json");
    let whole = fs::read_to_string(&plan).unwrap();
    fs::write(&plan, whole.replacen("\"attempt\": 1", "\"attempt\": \"one\"", 1)).unwrap();
    let said = format!(
        "failed to understand `run/plan.json` {WHO}: invalid type: string \"one\", expected u32 at line 4 column 18"
    );

    for args in [
        &["stage", "infra-kwok", "create"][..],
        &["stage", "cilium-install", "wait"],
        &["stage", "cl2-runner", "run", "--test", "few-large"],
        &["stage", "artifact-gcs", "export", "--suite"],
        &["stage", "verdict", "conclude"],
        &["run", "--run-dir", "run", "--from", "delete"],
    ] {
        let (code, found) = scale_ci(folder.path(), args, &[]);

        assert_eq!(code, 2, "{args:?}: {found}");
        assert!(found.ends_with(&said), "{args:?}: {found}");
    }
}

#[test]
fn a_plan_of_another_version_is_named_whatever_it_holds() {
    let folder = planned();
    let plan = folder.path().join("run/plan.json");
    fs::write(&plan, r#"{"novelty": true, "format": 2}"#).unwrap();

    let (code, said) = scale_ci(folder.path(), &["stage", "verdict", "conclude"], &[]);

    assert_eq!(code, 2, "{said}");
    assert_eq!(
        said,
        "failed to read the plan of the run: `run/plan.json` has format 2, this program reads \
         format 1 (hint: use the version of the program that wrote it)"
    );
}

#[test]
fn a_measurement_or_a_baseline_that_is_not_understood_is_named() {
    let folder = planned();
    let test = folder.path().join("run/tests/few-large");
    let judge = ["stage", "verdict", "judge", "--test", "few-large"];
    fs::write(test.join("measurements.json"), "{\n  \"format\": 1,\n").unwrap();

    let (code, said) = scale_ci(folder.path(), &judge, &[]);

    assert_eq!(code, 2, "{said}");
    assert_eq!(
        said,
        format!(
            "failed to read the measurements of test `few-large`: failed to understand \
             `run/tests/few-large/measurements.json` {WHO}: EOF while parsing a value at line 3 column 0"
        )
    );

    fs::remove_file(test.join("measurements.json")).unwrap();
    fs::create_dir(test.join("baseline")).unwrap();
    fs::write(test.join("baseline/index.json"), r#"{"format": 2, "builds": []}"#).unwrap();
    let (code, said) = scale_ci(folder.path(), &judge, &[]);

    assert_eq!(code, 2, "{said}");
    assert_eq!(
        said,
        "failed to read the baseline of test `few-large`: `run/tests/few-large/baseline/index.json` \
         has format 2, this program reads format 1 (hint: use the version of the program that wrote it)"
    );
}

#[test]
fn a_ledger_that_is_not_understood_is_named() {
    let folder = planned();
    fs::write(folder.path().join("run/infra.json"), "{\"format\": 1, \"run\": 5}").unwrap();

    let (code, said) = scale_ci(folder.path(), &["stage", "infra-kwok", "validate"], &[]);

    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains(&format!("failed to understand `run/infra.json` {WHO}: unknown field `run`")),
        "{said}"
    );
    assert!(said.ends_with("at line 1 column 19"), "{said}");
}

#[test]
fn a_file_of_another_run_is_refused_by_all_but_those_that_remove() {
    let folder = planned();
    let record = folder.path().join("run/records/infra-kwok-create.json");
    let other = folder.path().join("run/records/plan-plan.json");
    let mut text = fs::read_to_string(&other).unwrap();
    let plan = fs::read_to_string(folder.path().join("run/plan.json")).unwrap();
    let run_id = plan.split_once("\"run_id\": \"").unwrap().1.split_once('"').unwrap().0;
    assert!(text.contains(run_id), "{text}");
    text = text.replace(run_id, "load-5-1700000000");
    fs::write(&record, text).unwrap();
    let said = format!(
        "`run/records/infra-kwok-create.json` is of the run `load-5-1700000000`, but the plan beside it is of \
         `{run_id}` (hint: a run directory holds one run: take the file out, or plan a new run)"
    );

    for args in [
        &["stage", "infra-kwok", "create"][..],
        &["stage", "cilium-install", "wait"],
        &["stage", "artifact-gcs", "export", "--suite"],
        &["stage", "verdict", "conclude"],
    ] {
        assert_eq!(scale_ci(folder.path(), args, &[]), (2, said.clone()), "{args:?}");
    }
    let (code, said) = scale_ci(folder.path(), &["stage", "infra-kwok", "delete"], &[]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_record_that_is_not_understood_stops_what_builds_on_it_and_is_concluded() {
    let folder = planned();
    let record = folder.path().join("run/records/infra-kwok-create.json");
    fs::write(&record, "garbage").unwrap();
    let named = format!(
        "failed to understand `run/records/infra-kwok-create.json` {WHO}: expected value at line 1 column 1"
    );

    let (code, said) =
        scale_ci(folder.path(), &["run", "--run-dir", "run", "--from", "conclude"], &[]);
    assert_eq!(code, 2, "{said}");
    assert!(said.ends_with(&named), "{said}");

    let (code, said) = scale_ci(folder.path(), &["stage", "verdict", "conclude"], &[]);
    assert_eq!(code, 1, "{said}");
    let conclusion = fs::read_to_string(folder.path().join("run/conclusion.json")).unwrap();
    assert!(conclusion.contains("expected value at line 1 column 1"), "{conclusion}");
}

#[test]
fn a_step_that_the_run_has_not_is_named_with_those_it_has() {
    let folder = planned();

    let (code, said) =
        scale_ci(folder.path(), &["run", "--run-dir", "run", "--from", "nonsense"], &[]);

    assert_eq!(code, 2, "{said}");
    let expected =
        "the run has no step `nonsense` (hint: it is create, install, monitor, add-nodes, ";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn a_variable_that_names_no_program_is_said_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("etcd"), "no program").unwrap();
    let env = [
        ("PERF_SCALE_TOOL_ETCD", "etcd"),
        ("PERF_SCALE_TOOL_HELM", "/nowhere/helm"),
        ("PERF_SCALE_TOOL_KUBEAPISERVER", "/bin/true"),
    ];

    for args in [&["stage", "plan", "plan", TINY][..], &["run", TINY, "--run-dir", "run"]] {
        let (code, said) = scale_ci(folder.path(), args, &env);

        assert_eq!(code, 2, "{said}");
        let expected = "`PERF_SCALE_TOOL_ETCD` names `etcd`, which is no program (hint: give the path of an executable file)\n\
             `PERF_SCALE_TOOL_HELM` names `/nowhere/helm`, which is no program (hint: give the path of an executable file)\n\
             `PERF_SCALE_TOOL_KUBEAPISERVER` is for no program (hint: it may be PERF_SCALE_TOOL_";
        assert!(said.contains(expected), "{said}");
        assert!(!folder.path().join("run").exists());
    }
    let (code, said) = scale_ci(folder.path(), &["tools"], &env);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("`PERF_SCALE_TOOL_ETCD` names `etcd`"), "{said}");
}
