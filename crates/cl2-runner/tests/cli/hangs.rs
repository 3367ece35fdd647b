//! `cl2-runner run`: the test does not get on, or its API server is gone.

use std::fs;

use run_record::{Class, Outcome};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    made_run::MadeRun,
    stand_in::{MEASURED, cl2, junit},
};

/// What a test that passed leaves.
const PASSED: &str = "<testcase name=\"load overall (config.yaml)\"></testcase>";

#[test]
fn a_test_without_progress_is_stopped_and_says_where_it_was() {
    let run = MadeRun::new(json!({ "stall-seconds": 1 }));
    let script = r#"
log 'Step "[step: 02] Wait for pods" started'
while :; do
    log 'WaitForControlledPodsRunning: d-0: Pods: 9 created, 10 desired, 4 running (4 updated)'
    sleep 0.1
done
"#;

    let record = run.runs(&cl2(&format!("{MEASURED}{script}")));

    assert_eq!((record.outcome, record.class), (Outcome::TimedOut, Some(Class::Stall)));
    let said = "test `load` was stopped since it made no progress for 1 s in step 2 `Wait for pods`, with 4 of 10 pods running; the last new thing it said was `WaitForControlledPodsRunning: d-0";
    assert!(record.errors[0].starts_with(said), "{:?}", record.errors);
    assert_eq!(run.run_dir.measurements(&run.test).unwrap().measurements.len(), 1);
    let log = fs::read_to_string(run.run_dir.logs().join("cl2-load.log")).unwrap();
    assert!(log.contains("Wait for pods"));
}

#[test]
fn a_program_that_only_floods_its_log_makes_no_progress() {
    let run = MadeRun::new(json!({ "stall-seconds": 1 }));

    let record = run.runs(&cl2("yes 'E1123 21:55:13.1 1 a.go:1] again and again' >&2\n"));

    assert_eq!((record.outcome, record.class), (Outcome::TimedOut, Some(Class::Stall)));
}

#[test]
fn new_files_in_the_report_are_progress() {
    let run = MadeRun::new(json!({ "stall-seconds": 4 }));
    let script = "for n in 1 2 3 4 5 6; do : > \"$report/$n.pprof\"; sleep 1; done\n";

    let record = run.runs(&cl2(&format!("{script}{}", junit(PASSED))));

    assert_eq!((record.outcome, record.class), (Outcome::Done, None), "{:?}", record.errors);
}

#[test]
fn a_test_whose_api_server_is_gone_says_nothing_about_cilium() {
    let folder = TempDir::new().unwrap();
    let gone = folder.path().join("gone");
    let (seen, touch) = (gone.clone(), format!("touch '{}'\n", gone.display()));
    let run = MadeRun::with(folder, json!({}), move |_| match seen.exists() {
        true => (500, "[-]etcd failed: reason withheld".into()),
        false => (200, "ok".into()),
    });
    let too_slow = junit(
        "<testcase name=\"load: [step: 02] Gather [00] - a\"><failure>:0\n[measurement call PodStartupLatency - a error: too slow]\n:0</failure></testcase>",
    );

    let record = run.runs(&cl2(&format!("{MEASURED}{too_slow}{touch}exit 1\n")));

    assert_eq!((record.outcome, record.class), (Outcome::Infrastructure, Some(Class::Cluster)));
    let error = &record.errors[0];
    assert!(error.starts_with("the API server was lost while test `load` ran"), "{error}");
    assert!(error.contains("etcd failed"), "{error}");
    assert_eq!(run.run_dir.measurements(&run.test).unwrap().measurements.len(), 1);
}
