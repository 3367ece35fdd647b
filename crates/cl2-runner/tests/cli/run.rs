//! `cl2-runner run`: how a test may end, and what is kept.

use std::fs;

use run_record::{Class, Outcome};
use serde_json::json;

use crate::{
    made_run::{MadeRun, sample},
    stand_in::{MEASURED, cl2, junit},
};

#[test]
fn a_test_that_passed_leaves_its_measurements() {
    let run = MadeRun::new(json!({}));
    let passed = junit("<testcase name=\"load overall (config.yaml)\"></testcase>");

    let tools = cl2(&format!("{MEASURED}{passed}"));
    let output = run.does("run", &tools);

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let record = run.record("run");
    assert_eq!((record.outcome, record.class), (Outcome::Done, None));
    assert_eq!(record.facts["ended"], "passed");
    assert_eq!(run.run_dir.measurements(&run.test).unwrap().measurements[0].value, 7.0);
    let call = &tools.calls("clusterloader2")[0];
    assert!(call.contains("--provider=local") && call.contains("--nodes=100"), "{call}");
    assert!(call.contains("config/config.yaml") && !call.contains("--testoverrides"), "{call}");
}

#[test]
fn a_broken_threshold_is_work_done_and_is_named() {
    let run = MadeRun::new(json!({}));
    let copy = format!("cp \"{}/junit.xml\" \"$report/\"\nexit 1\n", sample().display());

    let output = run.does("run", &cl2(&format!("{MEASURED}{copy}")));

    assert_eq!(output.status.code(), Some(0));
    let record = run.record("run");
    assert_eq!((record.outcome, record.class), (Outcome::Done, Some(Class::Violation)));
    assert_eq!(record.facts["ended"], "violated");
    let failures = record.facts["failures"].as_array().unwrap();
    let methods: Vec<_> =
        failures.iter().map(|one| one["measurement"][0].as_str().unwrap()).collect();
    assert_eq!(
        methods,
        ["TestMetrics", "APIResponsivenessPrometheus", "NetworkProgrammingLatency", "TestMetrics"]
    );
}

#[test]
fn a_cancelled_test_keeps_what_was_written_and_says_how_far_it_was() {
    let run = MadeRun::new(json!({}));
    let script = r#"
log 'Step "[step: 02] Create deployments" started'
log 'WaitForControlledPodsRunning: d-0: Pods: 9 created, 10 desired, 4 running (4 updated)'
kill -INT $PPID
exec sleep 60
"#;

    let output = run.does("run", &cl2(&format!("{MEASURED}{script}")));

    assert_eq!(output.status.code(), Some(130));
    let record = run.record("run");
    assert_eq!((record.outcome, record.class), (Outcome::Cancelled, Some(Class::Cancel)));
    assert_eq!(
        record.errors,
        ["test `load` was cancelled in step 2 `Create deployments`, with 4 of 10 pods running"]
    );
    assert_eq!(run.run_dir.measurements(&run.test).unwrap().measurements.len(), 1);
}

#[test]
fn a_test_past_its_deadline_has_timed_out() {
    // A scenario cannot ask for a deadline at once; a plan can.
    let run = MadeRun::new(json!({ "deadline-minutes": 0 }));

    let output = run.does("run", &cl2("exec sleep 60\n"));

    assert_eq!(output.status.code(), Some(13));
    let record = run.record("run");
    assert_eq!((record.outcome, record.class), (Outcome::TimedOut, Some(Class::Deadline)));
    assert!(run.run_dir.measurements_path(&run.test).is_file());
}

#[test]
fn the_callers_environment_wins_over_the_scenarios_overrides() {
    let run = MadeRun::new(json!({ "overrides": { "QPS": 5, "CL2_PODS": 3 } }));
    let script =
        "cp \"$overrides\" \"$report/overrides.txt\"\necho $CL2_PODS > \"$report/pods.txt\"\n";
    let tools = cl2(&format!("{script}{}", junit(""))).variable("CL2_PODS", "8");

    let output = run.does("run", &tools);

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| fs::read_to_string(run.run_dir.report(&run.test).join(name)).unwrap();
    assert_eq!(read("overrides.txt"), "QPS: 5\n");
    assert_eq!(read("pods.txt"), "8\n");
    let facts = run.record("run").facts;
    assert_eq!(facts["overrides"], json!({ "replaced": ["CL2_PODS"] }));
}

#[test]
fn what_an_earlier_attempt_wrote_is_moved_aside() {
    let run = MadeRun::new(json!({})).with_sample();

    run.does("run", &cl2(&format!("{MEASURED}{}", junit(""))));

    assert_eq!(run.run_dir.measurements(&run.test).unwrap().measurements.len(), 1);
    assert!(
        run.run_dir.test(&run.test).join("earlier/1/report/generatedConfig_load.yaml").is_file()
    );
}

#[test]
fn without_a_cluster_the_earlier_attempt_stays_where_it_is() {
    let run = MadeRun::new(json!({})).with_sample();
    fs::remove_file(run.run_dir.kubeconfig()).unwrap();
    let tools = cl2("");

    let output = run.does("run", &tools);

    assert_eq!(output.status.code(), Some(1));
    assert_eq!(run.record("run").class, Some(Class::Cluster));
    assert!(run.run_dir.report(&run.test).join("junit.xml").is_file());
    assert!(tools.calls("clusterloader2").is_empty());
}

#[test]
fn credentials_in_the_log_are_hidden() {
    let run = MadeRun::new(json!({}));
    let script = r#"
log 'KubeConfig content:'
echo 'users:
- user:
    client-key-data: LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFWS0tLS0t' >&2
"#;

    run.does("run", &cl2(&format!("{script}{}", junit(""))));

    let log = fs::read_to_string(run.run_dir.logs().join("cl2-load.log")).unwrap();
    assert!(log.contains("client-key-data: ***") && !log.contains("LS0tLS"), "{log}");
}

#[test]
fn a_test_that_the_suite_does_not_have_is_misuse() {
    let run = MadeRun::new(json!({}));
    let binary = env!("CARGO_BIN_EXE_cl2-runner");
    let tools = cl2("");

    let root = run.run_dir.root().parent().unwrap();
    let output = tools.run(binary, root, ["run", "--test", "laod"]).unwrap();

    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("the suite has no test `laod` (hint: it has load)"), "{said}");
    assert!(tools.calls("clusterloader2").is_empty());
}
