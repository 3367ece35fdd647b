//! `cl2-runner run`: the test never begins, for reasons that are told apart.

use run_record::{Class, Outcome};
use serde_json::json;

use crate::{
    made_run::MadeRun,
    stand_in::{MEASURED, cl2, junit},
};

/// ClusterLoader2's last words.
fn fatal(words: &str) -> String {
    format!("echo 'F1123 21:55:13.123456   12345 clusterloader.go:395] {words}' >&2\nexit 1\n")
}

#[test]
fn a_config_that_does_not_compile_is_misuse_in_clusterloader2s_own_words() {
    let run = MadeRun::new(json!({}));

    let record = run.runs(&cl2(&fatal("Test compilation failed: [config reading error: bad]")));

    assert_eq!((record.outcome, record.class), (Outcome::Misuse, Some(Class::TestSetup)));
    let said = "the config of test `load` does not compile: [config reading error: bad]";
    assert_eq!(record.errors, [said]);
    assert!(run.run_dir.measurements_path(&run.test).is_file());
}

#[test]
fn a_prometheus_that_does_not_come_up_is_the_clusters_fault() {
    let run = MadeRun::new(json!({}));

    let record = run.runs(&cl2(&fatal("Error while setting up prometheus stack: timed out")));

    assert_eq!((record.outcome, record.class), (Outcome::Failed, Some(Class::Cluster)));
    assert_eq!(record.errors, ["Prometheus did not come up for test `load`: timed out"]);
}

#[test]
fn a_failure_that_no_measurement_said_is_a_setup_failure() {
    let run = MadeRun::new(json!({}));
    let refused = junit(
        "<testcase name=\"load: [step: 02] Create\"><failure>:0\n[namespace a object b creation error: refused]\n:0</failure></testcase>",
    );

    let record = run.runs(&cl2(&format!("{refused}exit 1\n")));

    assert_eq!((record.outcome, record.class), (Outcome::Failed, Some(Class::TestSetup)));
    assert!(record.errors[0].contains("creation error: refused"), "{:?}", record.errors);
}

#[test]
fn a_report_of_itself_that_is_cut_off_is_named_and_the_measurements_are_kept() {
    for text in ["<testsuite name=\"ClusterLoaderV2\"><testcase", "", "\\0\\377garbage"] {
        let run = MadeRun::new(json!({}));

        let record =
            run.runs(&cl2(&format!("{MEASURED}printf '{text}' > \"$report/junit.xml\"\n")));

        assert_eq!((record.outcome, record.class), (Outcome::Failed, Some(Class::TestSetup)));
        assert_eq!(record.errors[0], "failed to learn how test `load` ended");
        assert!(record.errors[1].contains("`junit.xml`"), "{:?}", record.errors);
        assert_eq!(run.run_dir.measurements(&run.test).unwrap().measurements.len(), 1);
    }
}

#[test]
fn overrides_that_the_config_does_not_read_are_misuse_before_anything_starts() {
    let run = MadeRun::new(json!({ "overrides": { "QPSS": 1, "CL2_POD": 3, "QPS": 5 } }));
    let tools = cl2("");

    let record = run.runs(&tools);

    assert_eq!((record.outcome, record.class), (Outcome::Misuse, Some(Class::Input)));
    assert_eq!(
        record.errors,
        [
            "test `load` overrides what its config `cl2/density/config.yaml` does not read: `CL2_POD` (hint: `CL2_PODS`?), `QPSS` (hint: `QPS`?)"
        ]
    );
    assert!(tools.calls("clusterloader2").is_empty());
}
