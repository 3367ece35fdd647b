//! Builds are listed, with and without a run directory.

use std::fs;

use crate::hand_made::{EXPORT, JOB, Place};

#[test]
fn builds_are_listed_with_and_without_a_run_directory() {
    let place = Place::new();
    for build in [100, 200] {
        assert_eq!(place.stage(&place.run(build), &EXPORT).code, 0);
    }
    let job = place.path("bucket").join("logs").join(JOB);
    fs::remove_file(job.join("200/manifest.json")).unwrap();
    let run = place.run(1000);
    let bucket = format!("file://{}", place.path("bucket").display());

    let table = place.stage(&run, &["list"]);
    let alone = place.bare(&["list", "--bucket", &bucket, "--job", JOB, "--json"]);

    assert_eq!(table.code, 0, "{}", table.err);
    let lines: Vec<&str> = table.out.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[1].contains("200") && lines[1].ends_with("unfinished"), "{}", table.out);
    assert!(lines[2].contains("pass ") && lines[2].ends_with("  finished"), "{}", table.out);
    let builds = alone.json()["builds"].clone();
    assert_eq!(builds[1]["verdict"], "pass");
    assert_eq!(builds[0]["state"], "unfinished");
}
