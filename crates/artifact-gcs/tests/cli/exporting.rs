//! Builds are exported whole, once, and never changed.

use std::fs;

use run_record::{Outcome, Trigger};
use serde_json::{Value, json};

use crate::hand_made::{EXPORT, JOB, ODD, Place, load, tree};

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
fn every_build_says_who_asked_for_it() {
    let place = Place::new();
    let run = place.run(1000);
    run.plan(&place.path("bucket"), |plan| {
        plan.attempt = 2;
        plan.trigger = Trigger {
            event: "workflow_dispatch".into(),
            repository: Some("cilium/cilium".into()),
            actor: Some("somebody".into()),
            sha: Some("a1".into()),
            base_sha: Some("b2".into()),
            pull_request: Some(5),
            run_url: Some("https://ci/2".into()),
        };
    });

    for args in [&EXPORT[..], &["export", "--suite"]] {
        assert_eq!(place.stage(&run, args).code, 0);
    }

    let said = json!({
        "run-id": "tiny-1000", "attempt": "2", "suite-job": "tiny-suite-kwok-main", "suite-build": "1000",
        "event": "workflow_dispatch", "repository": "cilium/cilium", "actor": "somebody",
        "pull-request": "5", "sha": "a1", "base-sha": "b2", "run-url": "https://ci/2",
    });
    let files = tree(&place.path("bucket"));
    for job in [JOB, "tiny-suite-kwok-main"] {
        let read = |name: &str| -> Value {
            serde_json::from_slice(&files[&format!("logs/{job}/1000/{name}")]).unwrap()
        };
        assert_eq!(read("started.json")["metadata"], said);
        let mut finished = read("finished.json")["metadata"].clone();
        for own in ["outcome", "verdict"] {
            finished.as_object_mut().unwrap().remove(own);
        }
        assert_eq!(finished, said);
        for name in ["metadata.json", "plan.json"] {
            assert_eq!(read(name)["trigger"]["actor"], "somebody", "{name}");
            assert_eq!(read(name)["attempt"], 2, "{name}");
        }
    }
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
fn an_address_that_is_none_is_misuse() {
    let place = Place::new();
    let run = place.run(1000);
    for (bucket, said) in [
        ("gs://Cilium", "`Cilium` is no name of a bucket (hint: 3 to 222"),
        ("s3://bucket", "`s3://bucket` is no address of a bucket (hint: `gs://name`"),
    ] {
        run.plan(&place.path("bucket"), |plan| plan.bucket = bucket.into());

        let answer = place.stage(&run, &EXPORT);

        assert_eq!(answer.code, 2);
        assert!(answer.err.contains(said), "{}", answer.err);
    }
}

#[test]
fn without_good_credentials_it_is_misuse_with_a_remedy() {
    let place = Place::new();
    let file = place.path("credentials.json");
    fs::write(&file, r#"{"type":"authorized_user"}"#).unwrap();
    let place = place.with("GOOGLE_APPLICATION_CREDENTIALS", file.to_str().unwrap());
    let run = place.run(1000);
    run.plan(&place.path("bucket"), |plan| plan.bucket = "gs://cilium-perf-main".into());

    let said = place.stage(&run, &EXPORT);

    assert_eq!(said.code, 2, "{}", said.err);
    let sentence = "failed to sign in to `gs://cilium-perf-main` (hint: GOOGLE_APPLICATION_CRED";
    assert!(said.err.contains(sentence), "{}", said.err);
}

#[test]
fn a_test_that_the_suite_has_not_is_misuse() {
    let place = Place::new();

    let said = place.stage(&place.run(1000), &["export", "--test", "laod"]);

    assert_eq!(said.code, 2);
    assert!(said.err.contains("the suite has no test `laod` (hint: it has load)"), "{}", said.err);
}

#[test]
fn the_build_of_the_suite_holds_what_belongs_to_no_test() {
    let place = Place::new();
    let run = place.run(1000);
    let (logs, sysdump) = (run.dir.logs(), run.dir.sysdump());
    fs::create_dir_all(&sysdump).unwrap();
    fs::write(sysdump.join("nodes.yaml"), "items: []\n").unwrap();
    fs::write(logs.join("kube-apiserver.log"), "Authorization: Bearer abcdefgh\n").unwrap();
    fs::write(logs.join("step-export-load.log"), "exported\n").unwrap();
    assert_eq!(place.stage(&run, &EXPORT).code, 0);

    let said = place.stage(&run, &["export", "--suite"]);
    let again = place.stage(&run, &["export", "--suite"]);

    assert_eq!(said.code, 0, "{}", said.err);
    assert!(again.out.starts_with("already exported"), "{} {}", again.out, again.err);
    let files = tree(&place.path("bucket").join("logs/tiny-suite-kwok-main/1000"));
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "finished.json",
            "logs/cl2-load.log",
            "logs/kube-apiserver.log",
            "manifest.json",
            "metadata.json",
            "plan.json",
            "records/cl2-runner-run-load.json",
            "records/verdict-judge-load.json",
            "run-url.txt",
            "scenario.yaml",
            "started.json",
            "sysdump/nodes.yaml",
        ]
    );
    assert_eq!(files["logs/kube-apiserver.log"], b"Authorization: Bearer ***\n");
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    assert_eq!(manifest["missing"][3]["reason"], "`cl2-runner snapshot` left no record");
}
