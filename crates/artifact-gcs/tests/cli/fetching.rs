//! Baselines are fetched: the newest earlier builds that are of use.

use std::{fs, path::Path};

use run_record::Outcome;
use serde_json::{Value, json};

use crate::hand_made::{EXPORT, JOB, Place, load, tree};

const FETCH: [&str; 4] = ["fetch", "--test", "load", "--json"];

#[test]
fn a_first_run_has_no_baseline_and_that_is_no_fault() {
    let place = Place::new();
    let run = place.run(1000);

    let said = place.stage(&run, &FETCH[..3]);

    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.starts_with("0 builds of tiny-load-kwok-main"), "{}", said.out);
    let index = fs::read_to_string(run.dir.baseline(&load()).join("index.json")).unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    assert_eq!((&index["builds"], &index["passed_over"]), (&json!([]), &json!([])));
}

#[test]
fn the_newest_earlier_builds_that_are_of_use_are_fetched() {
    let place = Place::new();
    for build in [100, 200, 300, 400, 500, 600, 5000] {
        let run = place.run(build);
        let slow = "infra.kwok.pod-ready-delay-ms=1000".parse().unwrap();
        match build {
            400 => run.took("cl2-runner", "run", Outcome::Cancelled),
            500 => run.plan(&place.path("bucket"), |plan| plan.overrides = vec![slow]),
            _ => {}
        }
        assert_eq!(place.stage(&run, &EXPORT).code, 0);
    }
    let job = place.path("bucket").join("logs").join(JOB);
    fs::remove_file(job.join("600/manifest.json")).unwrap();
    fs::create_dir(job.join("latest")).unwrap();
    let run = place.run(1000);

    let said = place.stage(&run, &FETCH);
    let again = place.stage(&run, &FETCH);

    assert_eq!(said.code, 0, "{}", said.err);
    let index = fs::read_to_string(run.dir.baseline(&load()).join("index.json")).unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    let reasons = [
        "build 600: unfinished",
        "build 500: ran with `--set infra.kwok.pod-ready-delay-ms=1000`",
        "build 400: cancelled",
    ];
    assert_eq!((&index["builds"], &index["passed_over"]), (&json!([300, 200]), &json!(reasons)));
    let fetched = tree(&run.dir.baseline(&load()).join("300"));
    let names: Vec<&str> = fetched.keys().map(String::as_str).collect();
    let files =
        ["judgement.json", "manifest.json", "measurements.json", "metadata.json", "plan.json"];
    assert_eq!(names, files);
    assert_eq!(said.json()["ignored"], json!(["latest"]));
    assert_eq!((&said.json()["kept"], &again.json()["kept"]), (&json!(0), &json!(2)));
}

#[test]
fn a_baseline_that_is_damaged_or_too_new_is_never_used() {
    let place = Place::new();
    let newer = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        fs::write(path, text.replacen("\"format\": 1", "\"format\": 2", 1)).unwrap();
    };
    for build in [100, 200, 300, 400] {
        let run = place.run(build);
        if build == 400 {
            newer(&run.dir.measurements_path(&load()));
        }
        assert_eq!(place.stage(&run, &EXPORT).code, 0);
    }
    let job = place.path("bucket").join("logs").join(JOB);
    let damaged = job.join("300/measurements.json");
    let text = fs::read_to_string(&damaged).unwrap();
    fs::write(&damaged, text.replace("7.0", "9.0")).unwrap();
    newer(&job.join("200/manifest.json"));
    let run = place.run(1000);

    let said = place.stage(&run, &FETCH);

    assert_eq!(said.code, 0, "{}", said.err);
    let found = said.json();
    assert_eq!(found["builds"], json!([100]));
    let reasons = [
        "build 400: its measurements.json: has format 2, this program reads format 1".to_owned(),
        "build 300: its measurements.json is not what its manifest says".to_owned(),
        format!(
            "build 200: the manifest of `logs/{JOB}/200` has format 2, this program reads format 1 \
             (hint: use the version of the program that wrote it)"
        ),
    ];
    assert_eq!(found["passed_over"], json!(reasons));
    assert!(!run.dir.baseline(&load()).join("300").exists());
}

#[test]
fn a_baseline_that_was_changed_here_is_fetched_again() {
    let place = Place::new();
    assert_eq!(place.stage(&place.run(100), &EXPORT).code, 0);
    let run = place.run(1000);
    assert_eq!(place.stage(&run, &FETCH).code, 0);
    let file = run.dir.baseline(&load()).join("100/measurements.json");
    let right = fs::read(&file).unwrap();
    fs::write(&file, "{}").unwrap();

    let said = place.stage(&run, &FETCH);

    assert_eq!(said.json()["kept"], 0);
    assert_eq!(fs::read(&file).unwrap(), right);
}

#[test]
fn the_first_bucket_that_has_the_job_is_the_baseline() {
    let place = Place::new();
    assert_eq!(place.stage(&place.run(100), &EXPORT).code, 0);
    let run = place.run(1000);
    run.plan(&place.path("own"), |plan| {
        let old = format!("file://{}", place.path("bucket").display());
        plan.baseline_buckets = vec![plan.bucket.clone(), old];
    });

    let said = place.stage(&run, &FETCH);

    assert_eq!(said.json()["builds"], json!([100]), "{}", said.err);
    assert!(said.json()["bucket"].as_str().unwrap().ends_with("/bucket"));
}
