//! `cl2-runner measure`: a report becomes measurements.

use std::{fmt::Write as _, fs, path::PathBuf};

use serde_json::json;
use stage::testing::FakeTools;

use crate::made_run::MadeRun;

#[test]
fn the_sample_report_is_read_as_it_was_before() {
    let run = MadeRun::new(json!({})).with_sample();

    let output = run.does("measure", &FakeTools::new().unwrap());

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = run.run_dir.measurements(&run.test).unwrap();
    let mut text = String::new();
    for one in &read.measurements {
        writeln!(text, "{} {} = {} {}", one.key.config, one.key, one.value, one.unit).unwrap();
    }
    for one in &read.unreadable {
        writeln!(text, "! {}: {}", one.file, one.reason).unwrap();
    }
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let seen = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("load-100.txt");
    fs::write(&seen, &text).unwrap();
    let expected = fs::read_to_string(fixtures.join("load-100.txt")).unwrap_or_default();
    assert!(
        text == expected,
        "the report reads otherwise; compare `tests/fixtures/load-100.txt` with `{}`",
        seen.display()
    );
}

#[test]
fn a_test_without_a_report_has_no_measurements_and_that_is_no_fault() {
    let run = MadeRun::new(json!({}));

    let output = run.does("measure", &FakeTools::new().unwrap());

    assert!(output.status.success());
    assert_eq!(run.run_dir.measurements(&run.test).unwrap().measurements, []);
    assert_eq!(run.run_dir.measurements(&run.test).unwrap().job, "made-load-kwok-main");
}
