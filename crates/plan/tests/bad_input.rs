//! What the `plan` binary says to bad input: one sentence each, exit 2, and nothing is made.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

const GOOD: &str = "format: 1\nname: s\nabout: { what: a, why: b, how-to-read: c }\n\
    suite:\n  - test: load\n    config: c.yaml\n";

/// A folder with the scenario `s.yaml` and the config of its test.
fn folder(scenario: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.yaml"), scenario).unwrap();
    fs::write(folder.path().join("c.yaml"), "name: c\n").unwrap();
    folder
}

#[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
fn plan(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plan"))
        .args(["plan", "s.yaml"])
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("PERF_SCALE_CACHE", folder.join("cache"))
        .output()
        .unwrap()
}

/// What is said, without the time in front; misuse and nothing made.
#[track_caller]
fn refused(scenario: impl AsRef<[u8]>, args: &[&str]) -> String {
    let folder = folder(scenario.as_ref());
    let output = plan(folder.path(), args);

    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(!folder.path().join("run").exists(), "a run directory is left");
    match said.split_once(" ERROR ") {
        Some((_, said)) => said.trim_end().to_owned(),
        None => said,
    }
}

#[test]
fn everything_that_is_missing_around_a_scenario_is_said_at_once() {
    let scenario = format!(
        "{GOOD}  - {{ test: other, config: cl2/nowhere.yaml }}\n  - {{ test: third, config: . }}\n\
         cilium: {{ chart: charts/cilium }}\ninfra: {{ kwok: {{ kubernetes: 1.1.1 }} }}\n"
    );

    let said = refused(scenario, &[]);

    let pinned = stage::PINS.iter().find(|pin| pin.name == "kube-apiserver").unwrap();
    assert_eq!(
        said,
        format!(
            "the scenario cannot be run:\n\
             s.yaml:7:20: `suite.1.config`: there is no file `./cl2/nowhere.yaml` (hint: a path below the scenario's folder, or `upstream:load/config.yaml`)\n\
             s.yaml:8:20: `suite.2.config`: there is no file `./.` (hint: a path below the scenario's folder, or `upstream:load/config.yaml`)\n\
             s.yaml:9:11: `cilium.chart`: `./charts/cilium` holds no chart (hint: the folder of a `Chart.yaml`, relative to the scenario file)\n\
             s.yaml:10:18: `infra.kwok.kubernetes`: 1.1.1 is not the pinned control plane, {} (hint: change `tools/kubernetes` to build another)",
            pinned.module.version()
        )
    );
}

#[test]
fn overrides_that_no_file_of_the_config_reads_are_named_with_their_lines() {
    let scenario = format!("{GOOD}    overrides:\n      PODS: 3\n      PODZ: 4\n      X: 1\n");
    let folder = folder(scenario.as_bytes());
    fs::write(folder.path().join("c.yaml"), "name: {{.PODS}}\n").unwrap();

    let output = plan(folder.path(), &["--set", "suite.0.overrides.CL2_POD=1"]);

    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    for sentence in [
        "s.yaml:9:7: `suite.0.overrides.PODZ`: `./c.yaml` and what lies beside it read no such variable (hint: `PODS`?)\n",
        "s.yaml:10:7: `suite.0.overrides.X`: `./c.yaml` and what lies beside it read no such variable (hint: remove it)\n",
        "--set suite.0.overrides.CL2_POD=1: `suite.0.overrides.CL2_POD`: `./c.yaml` and what",
    ] {
        assert!(said.contains(sentence), "{said}");
    }
    assert!(!folder.path().join("run").exists(), "a run directory is left");
}

#[test]
fn tests_that_would_write_into_one_build_are_named_with_their_lines() {
    let scenario = format!("{GOOD}    job: j\n  - {{ test: other, config: c.yaml, job: j }}\n");

    assert_eq!(
        refused(scenario, &[]),
        "the scenario cannot be run:\n\
         s.yaml:8:36: `suite.1.job`: writes into the job `j`, which is another test's or the suite's (hint: give it another name or `job`)"
    );
}

#[test]
fn a_file_that_is_no_text_is_named_with_the_place() {
    let said = refused(b"format: 1\nname: \xff\n", &[]);

    assert_eq!(
        said,
        "the scenario cannot be run:\ns.yaml:2:7: is no UTF-8 text (hint: save the file as UTF-8)"
    );
}

#[test]
fn a_file_without_end_is_not_read_to_its_end() {
    let folder = folder(b"");
    fs::remove_file(folder.path().join("s.yaml")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("s.yaml")).unwrap();

    let output = plan(folder.path(), &[]);

    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("s.yaml:1:1: is larger than 262144 bytes (hint: "), "{said}");
}

#[test]
fn a_bucket_that_cannot_be_one_is_refused_before_anything_is_made() {
    for bucket in ["somewhere", "s3://b", "file://b"] {
        let said = format!(
            "`{bucket}` is no address of a bucket (hint: `gs://name`, or `file:///folder` with three slashes)"
        );
        assert_eq!(refused(GOOD, &["--bucket", bucket]), said);
    }
    for (bucket, said) in [
        (
            "gs://B",
            "`B` is no name of a bucket (hint: 3 to 222 of a-z, 0-9, `-`, `_` and `.`, the first and the last a letter or a digit)",
        ),
        (
            "file:///dev/null/b",
            "`file:///dev/null/b` cannot be a bucket: `/dev/null` is no folder (hint: give another `--bucket`)",
        ),
    ] {
        assert_eq!(refused(GOOD, &["--bucket", bucket]), said);
    }
    assert!(
        refused(GOOD, &["--bucket", "file:///proc/b"])
            .starts_with("cannot write to `file:///proc/b` (hint: make `/proc` writable, or give another `--bucket`): ")
    );
    assert!(refused(GOOD, &["--baseline-bucket", "b"]).starts_with("`b` is no address"));
}

#[test]
fn a_run_directory_that_cannot_be_one_is_refused() {
    for (run_dir, there) in [("/dev/null/x", "/dev/null"), ("/proc/self/stat", "/proc/self/stat")] {
        assert_eq!(
            refused(GOOD, &["--run-dir", run_dir]),
            format!(
                "`{run_dir}` cannot be a run directory: `{there}` is no folder (hint: give another `--run-dir`)"
            )
        );
    }
}

#[test]
fn an_override_that_is_none_is_named_with_an_example() {
    let said = refused(GOOD, &["--set", "cluster.nodes"]);
    assert!(
        said.contains("`cluster.nodes` is no override: it has no `=` (hint: `cluster.nodes=5`)"),
        "{said}"
    );

    let said = refused(GOOD, &["--set", "suite.7.epoch=2", "--set", "name.x=1"]);
    assert_eq!(
        said,
        "the scenario cannot be run:\n\
         --set suite.7.epoch=2: `suite.7.epoch`: the list has no such entry (hint: the first one is 0)\n\
         --set name.x=1: `name.x`: is below a plain value (hint: set that one)"
    );
}

#[test]
fn a_rule_past_its_day_is_said_and_still_holds() {
    let scenario = format!(
        "{GOOD}    judging:\n      - {{ measurement: A, better: lower, limit: 5, owner: me, expiry: 2020-01-31 }}\n"
    );
    let folder = folder(scenario.as_bytes());

    let output = plan(folder.path(), &[]);

    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let warned = "WARN test `load`: the rule for `A *` expired on 2020-01-31 (hint: ask me)";
    assert!(said.contains(warned), "{said}");
    // The run directory lies beside the config, and is no part of it.
    let mut copied: Vec<String> = fs::read_dir(folder.path().join("run/tests/load/config"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    copied.sort();
    assert_eq!(copied, ["c.yaml", "cache", "s.yaml"]);
}
