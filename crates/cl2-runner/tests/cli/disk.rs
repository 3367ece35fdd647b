//! `cl2-runner run`: the disk is full.

use std::fs;

use run_record::{Class, Outcome};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    made_run::MadeRun,
    small_disk::SmallDisk,
    stand_in::{MEASURED, cl2},
};

#[test]
fn a_test_that_fills_the_disk_says_so_and_keeps_what_fits() {
    let folder = TempDir::new().unwrap();
    let Some(_disk) = SmallDisk::new(&folder, "6m") else { return };
    let run = MadeRun::with(folder, json!({}), |_| (200, "{}".into()));
    // As ClusterLoader2 does: it goes on, and its own report does not fit either.
    // As slowly as it, too: the number of its process is written down before it can fill a disk.
    let script = r#"
until ls "$report"/../../../processes/clusterloader2-*.json >/dev/null 2>&1; do sleep 0.01; done
head -c 20000000 /dev/zero > "$report/MetricsForE2E_load_2026-11-23T21:31:00Z.json" 2>/dev/null
log "  Errors: [writing to file $report/MetricsForE2E_load.json error: write $report/MetricsForE2E_load.json: no space left on device]"
printf '<testsuite><testcase name="load overall" ' > "$report/junit.xml" 2>/dev/null
exit 1
"#;

    let record = run.runs(&cl2(&format!("{MEASURED}{script}")));

    let ended = (record.outcome, record.class);
    assert_eq!(ended, (Outcome::Failed, Some(Class::Disk)), "{:?}", record.errors);
    let said = "the disk was full while test `load` ran, before its first step: not all of the report in `";
    assert!(record.errors[0].starts_with(said), "{:?}", record.errors);
    let read = run.run_dir.measurements(&run.test).unwrap();
    assert_eq!(read.measurements[0].value, 7.0);
    assert!(read.unreadable.iter().any(|one| one.damaged && one.file.starts_with("MetricsForE2E")));
}

#[test]
fn a_disk_that_is_full_already_is_named_before_anything_starts() {
    let folder = TempDir::new().unwrap();
    let Some(_disk) = SmallDisk::new(&folder, "3m") else { return };
    let run = MadeRun::with(folder, json!({}), |_| (200, "{}".into()));
    fs::write(run.run_dir.root().join("filling"), vec![1; 2_000_000]).unwrap();
    let tools = cl2("");

    let record = run.runs(&tools);

    let ended = (record.outcome, record.class);
    assert_eq!(ended, (Outcome::Failed, Some(Class::Disk)), "{:?}", record.errors);
    assert!(record.errors.last().unwrap().contains("No space left"), "{:?}", record.errors);
    assert!(tools.calls("clusterloader2").is_empty());
}
