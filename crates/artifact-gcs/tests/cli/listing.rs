//! Builds are listed, with and without a run directory.

use std::fs;

use scenario::Cilium;
use serde_json::json;

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

#[test]
fn a_build_says_which_cilium_was_tested_and_what_was_overridden() {
    let place = Place::new();
    let run = place.run(100);
    run.plan(&place.path("bucket"), |plan| {
        let version = Some("1.20.2".into());
        plan.scenario.cilium = Some(Cilium { version, ..Cilium::default() });
        plan.overrides = vec!["cilium.version=1.20.2".parse().unwrap()];
    });
    assert_eq!(place.stage(&run, &EXPORT).code, 0);
    let bucket = format!("file://{}", place.path("bucket").display());

    let args = ["list", "--bucket", &bucket, "--job", "none", "--job", JOB];
    let found = place.bare(&[&args[..], &["--json"]].concat()).json();
    let table = place.bare(&args).out;

    assert_eq!(found["builds"][0]["version"], "1.20.2");
    assert_eq!(found["builds"][0]["overrides"], json!(["cilium.version=1.20.2"]));
    assert!(table.contains("  1.20.2        pass  "), "{table}");
}
