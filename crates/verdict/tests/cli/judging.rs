//! `verdict judge`: planted values and what is said of them.

use std::fs;

use run_record::Verdict;
use serde_json::{Value, json};

use crate::made_run::{Made, MadeRun, WELL, load, rule};

/// ClusterLoader2's report on 100 simulated nodes: five cases fail, all for want of real nodes.
const SAMPLE: &str = include_str!("../fixtures/cl2-load-100-junit.xml");

/// What the sample complains of.
const SIMULATED: [&str; 3] =
    ["TestMetrics", "NetworkProgrammingLatency", "APIResponsivenessPrometheus"];

fn one_rule(value: f64, baseline: &[(u64, &[Made<'_>])]) -> MadeRun {
    MadeRun::new(json!([rule("A")]), &[])
        .junit(WELL)
        .measured(&[("A", "ms", value)])
        .baseline(baseline)
}

#[test]
fn a_planted_change_is_passed_improved_or_regressed() {
    for (value, verdict) in [
        (105.0, Verdict::Pass),
        (111.0, Verdict::Regressed),
        (89.0, Verdict::Improved),
        (100.0, Verdict::Pass),
    ] {
        let run = one_rule(value, &[(2, &[("A", "ms", 100.0)])]);

        let judgement = run.judge();

        assert_eq!(judgement.verdict, verdict, "{value}");
        assert_eq!(judgement.baseline.builds, [2]);
    }
}

#[test]
fn the_first_rule_that_matches_holds() {
    let lax = json!({"measurement": "A", "better": "lower", "change-percent": 50});
    let run = MadeRun::new(json!([lax, rule("*")]), &[])
        .junit(WELL)
        .measured(&[("A", "ms", 140.0), ("B", "ms", 140.0)])
        .baseline(&[(1, &[("A", "ms", 100.0), ("B", "ms", 100.0)])]);

    let judgement = run.judge();

    assert_eq!(
        judgement.because,
        ["`B Perc99`: 140 ms is 40 % worse than the median 100 ms of 1 build; 10 % are allowed"]
    );
}

#[test]
fn a_measurement_that_used_to_be_there_is_named() {
    let had: &[Made<'_>] = &[("A", "ms", 1.0), ("B", "ms", 1.0)];
    let run = MadeRun::new(json!([rule("*")]), &[])
        .junit(WELL)
        .measured(&[("B", "ms", 1.0)])
        .baseline(&[(3, had), (2, had), (1, had)]);

    let judgement = run.judge();

    assert_eq!(judgement.verdict, Verdict::Inconclusive);
    assert_eq!(judgement.because, ["no data for `A Perc99` (present in 3 of the last 3 builds)"]);
    assert_eq!(judgement.measurements[0].value, None);
    assert_eq!(judgement.measurements[0].median, Some(1.0));
}

#[test]
fn a_metric_that_never_existed_does_not_pass() {
    let run = MadeRun::new(json!([rule("Typo"), rule("A")]), &[])
        .junit(WELL)
        .measured(&[("A", "ms", 1.0)]);

    let judgement = run.judge();

    assert_eq!(judgement.verdict, Verdict::Inconclusive);
    assert_eq!(judgement.because, ["`Typo *`: the rule matches no measurement"]);
}

#[test]
fn a_first_run_passes_unless_the_scenario_requires_a_baseline() {
    let scenario = |need: &str| {
        MadeRun::of(&json!({
            "format": 1,
            "name": "made",
            "about": {"what": "a", "why": "b", "how-to-read": "c"},
            "baseline": {"need": need},
            "suite": [{"test": "load", "config": "c.yaml", "judging": [rule("A")]}],
        }))
        .junit(WELL)
        .measured(&[("A", "ms", 1.0)])
        .judge()
    };

    let (optional, required) = (scenario("optional"), scenario("required"));

    assert_eq!((optional.verdict, optional.because), (Verdict::Pass, vec!["no baseline".into()]));
    assert_eq!(required.verdict, Verdict::Inconclusive);
    assert_eq!(required.because, ["no baseline, and the scenario requires one"]);
}

#[test]
fn what_is_watched_is_shown_and_decides_nothing() {
    let mut watched = rule("A");
    watched["policy"] = json!("watch");
    let run = MadeRun::new(json!([watched]), &[])
        .junit(WELL)
        .measured(&[("A", "ms", 900.0)])
        .baseline(&[(1, &[("A", "ms", 1.0)])]);

    let judgement = run.judge();

    assert_eq!(judgement.verdict, Verdict::Pass);
    assert_eq!(judgement.measurements[0].verdict, Verdict::Regressed);
}

#[test]
fn failures_that_simulated_nodes_cannot_avoid_do_not_count() {
    let run =
        MadeRun::new(json!([rule("A")]), &SIMULATED).junit(SAMPLE).measured(&[("A", "ms", 1.0)]);

    let judgement = run.judge();

    assert_eq!(judgement.verdict, Verdict::Pass);
    let not_run: Vec<&str> = judgement.not_run.iter().map(|one| one.measurement.as_str()).collect();
    assert_eq!(not_run, SIMULATED);
}

#[test]
fn every_other_failure_of_clusterloader2_counts() {
    for left_out in SIMULATED {
        let listed: Vec<&str> = SIMULATED.into_iter().filter(|name| *name != left_out).collect();
        let run =
            MadeRun::new(json!([rule("A")]), &listed).junit(SAMPLE).measured(&[("A", "ms", 1.0)]);

        let judgement = run.judge();

        assert_eq!(judgement.verdict, Verdict::Regressed);
        assert_eq!(judgement.violations.len(), 1);
        assert_eq!(judgement.violations[0].measurement, left_out);
    }
}

/// What ClusterLoader2 writes when a profile took too long.
const PROFILE_FAILED: &str = "<testsuite><testcase name='load: [step: 02] Gather [00] - pprofs'>\
    <failure>:0\n[measurement call PodPeriodicCommand - pprofs error: hit timeout of 25s]\n:0\
    </failure></testcase></testsuite>";

#[test]
fn a_profile_that_fails_is_a_counted_warning_and_never_the_verdict() {
    let run = MadeRun::new(json!([rule("A")]), &[]).junit(PROFILE_FAILED).measured(&[
        ("A", "ms", 1.0),
        ("PodPeriodicCommand-stats execs", "count", 12.0),
        ("PodPeriodicCommand-stats execErrors", "count", 0.0),
        ("PodPeriodicCommand-stats timeouts", "count", 2.0),
    ]);

    let judgement = run.judge();

    assert_eq!(judgement.verdict, Verdict::Pass);
    assert_eq!(judgement.violations, []);
    assert_eq!(
        judgement.warnings,
        [
            "2 of 12 profiles could not be taken: 2 took too long",
            "`PodPeriodicCommand - pprofs`: hit timeout of 25s"
        ]
    );
    let page = fs::read_to_string(run.run_dir.judgement_page(&load())).unwrap();
    assert!(page.contains("Warnings, which decide nothing:\n\n- 2 of 12 profiles"), "{page}");
}

#[test]
fn a_profile_decides_where_the_scenario_asks_for_it() {
    let test = json!({"test": "load", "config": "c.yaml", "profiles": "gate"});
    let scenario = json!({
        "format": 1, "name": "made", "about": {"what": "a", "why": "b", "how-to-read": "c"},
        "suite": [test],
    });

    let failed = MadeRun::of(&scenario).junit(PROFILE_FAILED).measured(&[]).judge();
    let counted = MadeRun::of(&scenario)
        .junit(WELL)
        .measured(&[("PodPeriodicCommand-stats timeouts", "count", 2.0)])
        .judge();

    assert_eq!((failed.verdict, failed.violations.len()), (Verdict::Regressed, 1));
    assert_eq!(counted.verdict, Verdict::Inconclusive);
    assert_eq!(counted.warnings, [""; 0]);
}

#[test]
fn a_file_that_is_cut_off_is_no_pass_and_one_without_samples_is() {
    let made = || MadeRun::new(json!([rule("A")]), &[]).junit(WELL).measured(&[("A", "ms", 1.0)]);

    let empty = made().unreadable("B.json", "no samples", false).judge();
    let cut_off = made().unreadable("B.json", "it is not JSON: EOF", true).judge();

    assert_eq!(empty.verdict, Verdict::Pass);
    assert_eq!(cut_off.verdict, Verdict::Inconclusive);
    assert_eq!(cut_off.because, ["`B.json` cannot be read: it is not JSON: EOF"]);
}

#[test]
fn a_test_that_did_not_finish_is_inconclusive() {
    let missing = MadeRun::new(json!([]), &[]).measured(&[("A", "ms", 1.0)]).judge();
    let cut_off = MadeRun::new(json!([]), &[]).junit(&SAMPLE[..900]).measured(&[]).judge();

    assert_eq!(missing.verdict, Verdict::Inconclusive);
    assert_eq!(missing.because, ["ClusterLoader2 wrote no junit.xml: it did not finish"]);
    assert_eq!(cut_off.verdict, Verdict::Inconclusive);
    assert!(cut_off.because[0].starts_with("ClusterLoader2's junit.xml cannot be read"));
}

#[test]
fn a_rule_past_its_day_is_said_and_changes_nothing() {
    let expiring = |day: &str| {
        let mut rule = rule("A");
        rule["expiry"] = json!(day);
        rule["owner"] = json!("sig-scalability");
        MadeRun::new(json!([rule]), &[]).junit(WELL).measured(&[("A", "ms", 1.0)]).judge()
    };

    let (past, today) = (expiring("2026-11-23"), expiring("2026-11-24"));

    assert_eq!((past.verdict, today.verdict), (Verdict::Pass, Verdict::Pass));
    let said = "the rule for `A *` expired on 2026-11-23 (hint: ask sig-scalability)";
    assert_eq!(past.because, ["no baseline", said]);
    assert_eq!(today.because, ["no baseline"]);
}

#[test]
fn the_order_of_measurements_and_builds_does_not_matter() {
    let measured = [("A", "ms", 130.0), ("B", "ms", 120.0), ("C", "ms", 90.0)];
    let had: Vec<(u64, Vec<Made<'_>>)> = (1..6_u8)
        .map(|n| (n.into(), vec![("A", "ms", f64::from(n) * 30.0), ("B", "ms", 100.0)]))
        .collect();
    let judged = |turn: usize| {
        let mut measured = measured;
        let mut had = had.clone();
        measured.rotate_left(turn % 3);
        had.rotate_left(turn % 5);
        had.iter_mut().for_each(|(_, made)| made.rotate_left(turn % 2));
        let builds: Vec<(u64, &[Made<'_>])> =
            had.iter().map(|(build, made)| (*build, made.as_slice())).collect();
        let run =
            MadeRun::new(json!([rule("*")]), &[]).junit(WELL).measured(&measured).baseline(&builds);
        run.judge();
        fs::read(run.run_dir.judgement_path(&load())).unwrap()
    };

    let first = judged(0);

    for turn in 1..30 {
        assert_eq!(judged(turn), first, "{turn}");
    }
}

#[test]
fn judging_twice_gives_the_same_bytes() {
    let run = busy();
    let files = || {
        [
            run.run_dir.judgement_path(&load()),
            run.run_dir.judgement_page(&load()),
            run.run_dir.junit_path(&load()),
        ]
        .map(|path| fs::read(path).unwrap())
    };
    run.judge();
    let first = files();

    run.judge();

    assert_eq!(files(), first);
}

/// A run of which there is something of everything to say.
fn busy() -> MadeRun {
    let rules = json!([
        {"measurement": "Startup", "query": "Perc99", "better": "lower", "limit": 5000, "change-percent": 10},
        {"measurement": "Startup", "better": "lower", "change-percent": 10, "min-change": 400},
        {"measurement": "Throughput", "better": "higher", "change-percent": 20},
        {"measurement": "Memory", "better": "lower", "change-percent": 5, "policy": "watch"},
        {"measurement": "Gone", "better": "lower", "change-percent": 5},
        {"measurement": "Restarts", "better": "lower", "change-percent": 5, "min-change": 1},
    ]);
    let measured: &[Made<'_>] = &[
        ("Startup Perc99", "ms", 5231.771),
        ("Startup Perc50", "ms", 1300.0),
        ("Throughput max", "1/s", 98.76),
        ("Memory max", "bytes", 524_288_000.0),
        ("Restarts total", "count", 0.0),
        ("Other Perc99", "ms", 1.0),
    ];
    let had: &[Made<'_>] = &[
        ("Startup Perc99", "ms", 3012.5),
        ("Startup Perc50", "ms", 1000.0),
        ("Throughput max", "1/s", 70.0),
        ("Memory max", "bytes", 419_430_400.0),
        ("Gone <b>|Perc99", "ms", 12.0),
        ("Restarts total", "count", 0.0),
    ];
    let junit = "<testsuite><testcase name='load: [step: 03] gather'><failure>:0\n[measurement \
        call APIResponsivenessPrometheus - Simple error: there should be no high-latency requests\
        ]\n:0</failure></testcase></testsuite>";
    MadeRun::new(rules, &["TestMetrics"])
        .junit(junit)
        .measured(measured)
        .baseline(&[(1_763_000_002, had), (1_763_000_001, had)])
}

#[test]
fn the_page_is_what_a_reviewer_reads() {
    let run = busy();

    run.judge();

    let page = fs::read_to_string(run.run_dir.judgement_page(&load())).unwrap();
    golden("judgement.md", &page);
    let junit = fs::read_to_string(run.run_dir.junit_path(&load())).unwrap();
    golden("judgement-junit.xml", &junit);
}

/// Compares `text` with the file that was looked at by a person.
fn golden(name: &str, text: &str) {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    assert_eq!(text, fs::read_to_string(&path).unwrap_or_default(), "{path} differs:\n{text}");
}

#[test]
fn json_is_the_whole_judgement_and_the_record_keeps_the_counts() {
    let run = busy();

    let output = run.verdict(&["judge", "--test", "load", "--json"]);

    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let written = fs::read(run.run_dir.judgement_path(&load())).unwrap();
    assert_eq!(printed, serde_json::from_slice::<Value>(&written).unwrap());
    let record = run.run_dir.record("verdict", "judge", Some(&load())).unwrap().unwrap();
    assert_eq!(record.facts["verdict"], "regressed");
    assert_eq!(record.facts["measurements"]["inconclusive"], 1);
    assert!(record.facts.get("because").is_some_and(Value::is_string));
}

#[test]
fn a_test_that_is_not_planned_is_misuse_and_names_those_that_are() {
    let run = MadeRun::new(json!([]), &[]);

    let output = run.verdict(&["judge", "--test", "laod"]);

    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("(hint: it has load)"));
}

#[test]
fn a_broken_build_of_the_baseline_is_passed_over_and_named() {
    let run = one_rule(1.0, &[(1, &[("A", "ms", 1.0)]), (2, &[]), (3, &[])]);
    let folder = run.run_dir.baseline(&load());
    fs::write(folder.join("2/measurements.json"), "{").unwrap();
    fs::remove_dir_all(folder.join("3")).unwrap();

    let judgement = run.judge();

    assert_eq!(judgement.verdict, Verdict::Pass);
    assert_eq!(judgement.baseline.builds, [1]);
    assert_eq!(judgement.baseline.passed_over[0], "build 3: has no measurements.json");
    assert!(
        judgement.baseline.passed_over[1]
            .starts_with("build 2: its measurements.json: EOF while parsing")
    );
}
