//! The binary on run directories made by hand.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod hand_made;

use std::fs;

use hand_made::{JOB, ODD, Place, load, tree};
use run_record::Outcome;
use serde_json::{Value, json};

const EXPORT: [&str; 3] = ["export", "--test", "load"];
const FETCH: [&str; 4] = ["fetch", "--test", "load", "--json"];

#[test]
fn a_build_lies_in_the_bucket_as_perfdash_wants_it() {
    let place = Place::new();
    let run = place.run(1000);
    fs::create_dir_all(run.dir.baseline(&load()).join("900")).unwrap();
    fs::write(run.dir.baseline(&load()).join("900/measurements.json"), "{}").unwrap();
    fs::create_dir_all(run.dir.test(&load()).join("earlier/1/report")).unwrap();
    fs::write(run.dir.test(&load()).join("earlier/1/report/junit.xml"), "<x/>").unwrap();

    let said = place.stage(&run, &[&EXPORT[..], &["--json"]].concat());

    assert_eq!(said.code, 0, "{}", said.err);
    let files = tree(&place.path("bucket").join("logs").join(JOB).join("1000"));
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let odd = format!("artifacts/{ODD}");
    assert_eq!(
        names,
        [
            odd.as_str(),
            "artifacts/junit.xml",
            "artifacts/profile.pprof",
            "cl2-output.txt",
            "earlier/1/report/junit.xml",
            "finished.json",
            "judgement.json",
            "judgement.md",
            "junit.xml",
            "manifest.json",
            "measurements.json",
            "metadata.json",
            "plan.json",
            "records/cl2-runner-run-load.json",
            "run-url.txt",
            "scenario.yaml",
            "started.json",
        ]
    );
    assert_eq!(files["cl2-output.txt"], b"I1123 token: ***\n");
    let finished: Value = serde_json::from_slice(&files["finished.json"]).unwrap();
    assert_eq!(finished["timestamp"], 200);
    assert_eq!(finished["result"], "SUCCESS");
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    assert_eq!(manifest["objects"].as_array().unwrap().len(), names.len() - 1);
    assert_eq!(said.json()["objects"], names.len() - 1);
    assert_eq!(manifest["objects"][2]["crc32c"].as_str().unwrap().len(), 8);
}

#[test]
fn two_exports_of_one_run_are_the_same_bytes() {
    let place = Place::new();
    let run = place.run(1000);
    let block = run.dir.prometheus().join("20261123T215913Z-1/01JD");
    fs::create_dir_all(&block).unwrap();
    fs::write(block.join("meta.json"), "{}").unwrap();

    for (bucket, args) in [("one", EXPORT), ("two", EXPORT)] {
        run.plan(&place.path("bucket"), |_| {});
        for args in [&args[..], &["export", "--suite"]] {
            assert_eq!(place.stage(&run, args).code, 0);
        }
        fs::rename(place.path("bucket"), place.path(bucket)).unwrap();
    }

    let (one, two) = (tree(&place.path("one")), tree(&place.path("two")));
    assert!(one.contains_key("logs/tiny-suite-kwok-main/1000/prometheus_snapshot.tar.gz"));
    assert!(one == two);
}

#[test]
fn a_finished_build_is_left_as_it_is() {
    let place = Place::new();
    let run = place.run(1000);
    assert_eq!(place.stage(&run, &EXPORT).code, 0);
    let before = tree(&place.path("bucket"));

    let again = place.stage(&run, &EXPORT);
    fs::write(run.dir.judgement_page(&load()), "regressed\n").unwrap();
    let other = place.stage(&run, &EXPORT);

    assert_eq!(again.code, 0, "{}", again.err);
    assert!(again.out.starts_with("already exported: "), "{}", again.out);
    assert_eq!(other.code, 2);
    assert!(other.err.contains("is finished and its `judgement.md` is not that of this run"));
    assert!(tree(&place.path("bucket")) == before);
}

#[test]
fn an_export_that_was_killed_is_continued() {
    let place = Place::new();
    let run = place.run(1000);
    assert_eq!(place.stage(&run, &EXPORT).code, 0);
    let whole = tree(&place.path("bucket"));
    let build = place.path("bucket").join("logs").join(JOB).join("1000");
    for name in ["manifest.json", "junit.xml", "artifacts/profile.pprof"] {
        fs::remove_file(build.join(name)).unwrap();
    }

    let said = place.stage(&run, &[&EXPORT[..], &["--json"]].concat());

    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.json()["skipped"], whole.len() - 3);
    assert!(tree(&place.path("bucket")) == whole);
}

#[test]
fn an_object_that_is_there_and_wrong_is_refused_by_name() {
    for (content, words) in
        [("<testsui", "is there with 8 bytes, not 13"), ("13 other byte", "with other bytes")]
    {
        let place = Place::new();
        let run = place.run(1000);
        let build = place.path("bucket").join("logs").join(JOB).join("1000");
        fs::create_dir_all(&build).unwrap();
        fs::write(build.join("junit.xml"), content).unwrap();

        let said = place.stage(&run, &EXPORT);

        assert_eq!(said.code, 2, "{}", said.err);
        assert!(said.err.contains("/1000/junit.xml`") && said.err.contains(words), "{}", said.err);
        assert!(!build.join("manifest.json").exists());
        assert_eq!(fs::read_to_string(build.join("junit.xml")).unwrap(), content);
    }
}

#[test]
fn a_finished_build_that_was_damaged_is_not_said_to_be_exported() {
    let place = Place::new();
    let run = place.run(1000);
    assert_eq!(place.stage(&run, &EXPORT).code, 0);
    let build = place.path("bucket").join("logs").join(JOB).join("1000");
    fs::remove_file(build.join("junit.xml")).unwrap();

    let said = place.stage(&run, &EXPORT);

    assert_eq!(said.code, 2);
    assert!(said.err.contains("junit.xml` is gone from a finished build"), "{}", said.err);
}

#[test]
fn a_test_that_never_ran_is_exported_with_what_is_missing() {
    let place = Place::new();
    let run = place.run(1000);
    fs::remove_dir_all(run.dir.test(&load())).unwrap();
    fs::remove_dir_all(run.dir.logs()).unwrap();
    run.took("cl2-runner", "run", Outcome::Cancelled);

    let said = place.stage(&run, &EXPORT);

    assert_eq!(said.code, 0, "{}", said.err);
    let build = place.path("bucket").join("logs").join(JOB).join("1000");
    let read = |name: &str| -> Value {
        serde_json::from_slice(&fs::read(build.join(name)).unwrap()).unwrap()
    };
    assert_eq!(read("finished.json")["result"], "ABORTED");
    let missing = read("manifest.json")["missing"].clone();
    assert_eq!(
        missing[0],
        json!({"name": "artifacts", "reason": "`cl2-runner run` ended as cancelled and made none"})
    );
    assert_eq!(missing.as_array().unwrap().len(), 6);
}

#[test]
fn a_file_with_a_credential_is_kept_back() {
    let place = Place::new();
    let run = place.run(1000);
    let token = format!("{{\"arg\": \"ghp_{}\"}}", "a".repeat(36));
    fs::write(run.dir.report(&load()).join("cl2-metadata.json"), token).unwrap();

    let said = place.stage(&run, &EXPORT);

    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("withheld artifacts/cl2-metadata.json"), "{}", said.out);
    let build = place.path("bucket").join("logs").join(JOB).join("1000");
    assert!(!build.join("artifacts/cl2-metadata.json").exists());
}

#[test]
fn a_bucket_that_cannot_be_written_is_said() {
    let place = Place::new();
    let run = place.run(1000);
    fs::write(place.path("bucket"), "a file").unwrap();

    let said = place.stage(&run, &EXPORT);

    assert_eq!(said.code, 1);
    assert!(said.err.contains("(hint: the bucket must be a folder)"), "{}", said.err);
}

#[test]
fn google_cloud_storage_is_not_there_yet_and_says_so() {
    let place = Place::new();
    let run = place.run(1000);
    run.plan(&place.path("bucket"), |plan| plan.bucket = "gs://cilium-perf-main".into());

    let said = place.stage(&run, &EXPORT);

    assert_eq!(said.code, 2);
    assert!(said.err.contains("which this version cannot reach yet"), "{}", said.err);
}

#[test]
fn a_first_run_has_no_baseline_and_that_is_no_fault() {
    let place = Place::new();
    let run = place.run(1000);

    let said = place.stage(&run, &FETCH[..3]);

    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.starts_with("0 builds of tiny-load-kwok-main"), "{}", said.out);
    let index = fs::read_to_string(run.dir.baseline(&load()).join("index.json")).unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    assert_eq!(index, json!({"format": 1, "builds": [], "passed_over": []}));
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
    assert_eq!(index, json!({"format": 1, "builds": [300, 200], "passed_over": reasons}));
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
    for build in [100, 200, 300] {
        assert_eq!(place.stage(&place.run(build), &EXPORT).code, 0);
    }
    let job = place.path("bucket").join("logs").join(JOB);
    let damaged = job.join("300/measurements.json");
    let text = fs::read_to_string(&damaged).unwrap();
    fs::write(&damaged, text.replace("7.0", "9.0")).unwrap();
    let newer = job.join("200/manifest.json");
    let text = fs::read_to_string(&newer).unwrap();
    fs::write(&newer, text.replacen("\"format\": 1", "\"format\": 2", 1)).unwrap();
    let run = place.run(1000);

    let said = place.stage(&run, &FETCH);

    assert_eq!(said.code, 0, "{}", said.err);
    let found = said.json();
    assert_eq!(found["builds"], json!([100]));
    assert_eq!(
        found["passed_over"][0],
        "build 300: its measurements.json is not what its manifest says"
    );
    assert!(found["passed_over"][1].as_str().unwrap().contains("has format 2"));
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
fn a_test_that_the_suite_has_not_is_misuse() {
    let place = Place::new();

    let said = place.stage(&place.run(1000), &["export", "--test", "laod"]);

    assert_eq!(said.code, 2);
    assert!(said.err.contains("the suite has no test `laod` (hint: it has load)"), "{}", said.err);
}
