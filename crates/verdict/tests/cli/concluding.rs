//! `verdict conclude` and `verdict compare`: one word and its exit code.

use std::{fs, path::PathBuf};

use run_record::{Outcome, Record, Verdict, write_json};
use serde_json::json;

use crate::made_run::{MadeRun, WELL, load, rule};

/// A run whose one test measured `value` and is compared with a build that measured 100.
fn ran(value: f64) -> MadeRun {
    MadeRun::new(json!([rule("A")]), &[])
        .junit(WELL)
        .measured(&[("A", "ms", value)])
        .baseline(&[(1, &[("A", "ms", 100.0)])])
}

#[test]
fn the_word_follows_the_verdict_when_every_step_is_done() {
    for (value, code, word) in [(100.0, 0, "done"), (50.0, 0, "done"), (200.0, 10, "regressed")] {
        let run = ran(value).all_done();
        run.judge();

        let (ended, page) = run.conclude();

        assert_eq!(ended, code);
        assert!(page.starts_with(&format!("## made-1: **{word}**")), "{page}");
    }
}

#[test]
fn a_regression_names_the_test_and_the_measurement() {
    let run = ran(200.0).all_done();
    run.judge();

    run.conclude();

    let conclusion = run.run_dir.conclusion().unwrap();
    assert_eq!(
        conclusion.because,
        [
            "test `load` regressed: `A Perc99`: 200 ms is 100 % worse than the median 100 ms of 1 build; 10 % are allowed"
        ]
    );
    assert_eq!(conclusion.tests[0].verdict, Some(Verdict::Regressed));
    assert_eq!(conclusion.tests[0].baseline, 1);
    assert!(conclusion.steps.is_empty());
}

#[test]
fn missing_data_ends_with_11() {
    let run = MadeRun::new(json!([rule("A")]), &[]).junit(WELL).measured(&[("B", "ms", 1.0)]);
    let run = run.all_done();
    run.judge();

    let (code, page) = run.conclude();

    assert_eq!(code, 11);
    assert!(page.contains("test `load` is inconclusive: `A *`: the rule matches"), "{page}");
}

#[test]
fn the_heaviest_outcome_is_the_word() {
    for (outcome, code, said) in [
        (Outcome::Cancelled, 130, "step `export-load` was cancelled"),
        (Outcome::Infrastructure, 12, "step `export-load` failed for want of infrastructure"),
        (Outcome::Failed, 1, "step `export-load` failed: no space: disk is full"),
        (Outcome::Misuse, 2, "step `export-load` was asked for"),
        (Outcome::TimedOut, 13, "step `export-load` timed out"),
    ] {
        let run =
            ran(200.0).all_done().record("export-load", outcome, &["no space", "disk is full"]);
        run.judge();

        let (ended, page) = run.conclude();

        assert_eq!(ended, code);
        assert!(page.contains(said), "{page}");
        assert!(page.contains("| load | regressed |"), "{page}");
    }
}

#[test]
fn a_step_whose_turn_it_was_and_that_was_not_taken_is_a_failure() {
    let run = ran(100.0)
        .record("create", Outcome::Done, &[])
        .record("run-load", Outcome::Done, &[])
        .record("judge-load", Outcome::Done, &[])
        .record("export-load", Outcome::Done, &[]);
    run.judge();

    let (code, page) = run.conclude();

    assert_eq!(code, 1);
    assert!(page.contains("- step `delete` was not taken"), "{page}");
    assert!(!page.contains("export-suite"), "{page}");
}

#[test]
fn a_step_that_an_earlier_failure_stopped_is_listed_and_decides_nothing() {
    let run = ran(100.0).record("create", Outcome::Infrastructure, &["no port is free"]).record(
        "delete",
        Outcome::Done,
        &[],
    );

    let (code, _) = run.conclude();

    let conclusion = run.run_dir.conclusion().unwrap();
    assert_eq!(code, 12);
    assert_eq!(
        conclusion.because,
        ["step `create` failed for want of infrastructure: no port is free"]
    );
    let listed: Vec<(&str, Option<Outcome>)> =
        conclusion.steps.iter().map(|step| (step.id.as_str(), step.outcome)).collect();
    assert_eq!(
        listed,
        [
            ("create", Some(Outcome::Infrastructure)),
            ("run-load", None),
            ("judge-load", None),
            ("export-load", None),
        ]
    );
    assert_eq!(conclusion.tests[0].verdict, None);
}

#[test]
fn a_cancelled_run_is_cancelled_and_what_was_left_out_is_no_failure() {
    let run = ran(100.0)
        .record("create", Outcome::Done, &[])
        .record("run-load", Outcome::Cancelled, &["stopped"])
        .record("export-load", Outcome::Done, &[])
        .record("delete", Outcome::Done, &[]);

    let (code, _) = run.conclude();

    let conclusion = run.run_dir.conclusion().unwrap();
    assert_eq!(code, 130);
    assert_eq!(conclusion.because, ["step `run-load` was cancelled: stopped"]);
}

#[test]
fn a_run_that_was_cancelled_between_two_steps_is_cancelled_if_the_caller_says_so() {
    let run = ran(100.0).record("create", Outcome::Done, &[]).record("delete", Outcome::Done, &[]);

    let forgotten = run.verdict(&["conclude"]).status.code();
    let cancelled = run.verdict(&["conclude", "--cancelled"]).status.code();

    assert_eq!((forgotten, cancelled), (Some(1), Some(130)));
}

#[test]
fn a_test_that_ran_and_was_not_judged_is_inconclusive() {
    let run = ran(100.0).all_done();

    let (code, page) = run.conclude();

    assert_eq!(code, 11);
    assert!(page.contains("- test `load` was not judged"), "{page}");
}

#[test]
fn a_record_that_cannot_be_read_is_a_failure_and_not_the_end() {
    let run = ran(100.0).all_done();
    run.judge();
    fs::write(run.run_dir.record_path("infra-kwok", "delete", None), "{").unwrap();

    let (code, page) = run.conclude();

    assert_eq!(code, 1);
    assert!(page.contains("the record of step `delete` cannot be read"), "{page}");
}

#[test]
fn concluding_twice_says_the_same() {
    let run = ran(200.0).all_done();
    run.judge();
    let conclude = || {
        let (code, page) = run.conclude();
        let mut conclusion = run.run_dir.conclusion().unwrap();
        conclusion.concluded = "2026-11-24T10:00:00Z".parse().unwrap();
        (code, page, conclusion)
    };

    let first = conclude();

    assert_eq!(conclude(), first);
}

#[test]
fn a_folder_without_a_plan_is_misuse() {
    let run = ran(100.0);

    let output = run.verdict(&["conclude", "--run-dir", "nowhere"]);

    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn two_runs_are_compared_by_percentile_old_new_and_change() {
    let (old, new) = (ran(100.0), ran(150.0));
    let path =
        |run: &MadeRun| -> String { PathBuf::from(run.run_dir.root()).display().to_string() };
    let compare = |baseline: &MadeRun, candidate: &MadeRun| {
        let args = ["compare", "--baseline", &path(baseline), "--candidate", &path(candidate)];
        let output = new.verdict(&args);
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };

    let (worse, page) = compare(&old, &new);
    let (same, _) = compare(&old, &old);

    assert_eq!((worse, same), (Some(10), Some(0)));
    assert!(page.contains("| A | Perc99 | 100 ms | 150 ms | +50 % | regressed |"), "{page}");
    assert_eq!(compare(&old, &new).1, page);
    assert!(!new.run_dir.records().exists(), "it only looks");
}

#[test]
fn a_comparison_without_the_data_ends_with_11() {
    let old = ran(100.0);
    let new = MadeRun::new(json!([rule("A")]), &[]).junit(WELL).measured(&[("B", "ms", 1.0)]);
    let path = |run: &MadeRun| run.run_dir.root().display().to_string();

    let output = new.verdict(&["compare", "--baseline", &path(&old), "--candidate", &path(&new)]);

    assert_eq!(output.status.code(), Some(11));
    assert!(String::from_utf8_lossy(&output.stdout).contains("no data for `A Perc99`"));
}

#[test]
fn a_cluster_that_is_paid_for_says_what_it_cost_on_the_page_and_in_the_metadata() {
    let run = ran(100.0).all_done();
    let mut plan = run.run_dir.plan().unwrap();
    plan.kops = Some(
        serde_json::from_value(json!({
            "project": "p", "state_store": "gs://s", "lease_store": "gs://s/l", "zones": ["us-west1-a"],
            "region": "us-west1", "kubernetes": "1.35.5", "os": "ubuntu-24.04", "kernel": "6.11",
            "image": "p/i", "lease_minutes": 60,
            "estimate": { "usd_per_hour": 5.0, "hours": 3.0, "usd": 15.0, "prices": "2026-11-27" },
        }))
        .unwrap(),
    );
    write_json(&run.run_dir.plan_path(), &plan).unwrap();
    let ledger = json!({
        "format": 1, "run_id": "made-1", "provider": "kops", "owner": null, "resources": [],
        "opened": "2026-11-24T10:00:00Z", "closed": "2026-11-24T11:30:00Z",
    });
    write_json(&run.run_dir.ledger_path(), &ledger).unwrap();
    let metadata = json!({
        "format": 1, "run_id": "made-1", "provider": "kops", "nodes_asked": 1, "versions": {},
    });
    write_json(&run.run_dir.metadata_path(), &metadata).unwrap();
    run.judge();

    let (_, page) = run.conclude();

    let line = "- the cluster cost 7.50 USD: 1.5 hours at 5.00 (prices of 2026-11-27)";
    assert!(page.contains(line), "{page}");
    let cost = run.run_dir.metadata().unwrap().cost.unwrap();
    assert!((cost.usd - 7.5).abs() < 1e-9 && (cost.hours - 1.5).abs() < 1e-9);
}

#[test]
fn a_workflow_is_told_the_word_and_the_builds_that_were_exported() {
    for (exported, numbers, folders) in
        [(Outcome::Done, "[1764000000]", r#"["gs://b/logs/j/1"]"#), (Outcome::Failed, "[]", "[]")]
    {
        let run = ran(200.0).all_done().record("export-load", exported, &[]);
        let path = run.run_dir.record_path("artifact-gcs", "export", Some(&load()));
        let mut record: Record =
            run.run_dir.record("artifact-gcs", "export", Some(&load())).unwrap().unwrap();
        record.facts = json!({"export_dir": "gs://b/logs/j/1"});
        write_json(&path, &record).unwrap();
        run.judge();

        let (said, told) = run.conclude_in_a_workflow();

        let word = if exported == Outcome::Done { "regressed" } else { "failed" };
        assert_eq!(told, format!("verdict={word}\nbuild-ids={numbers}\nexport-dirs={folders}\n"));
        assert!(said.contains(&format!("::error::{word}: ")), "{said}");
    }
}
