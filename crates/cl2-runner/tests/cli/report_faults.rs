//! `cl2-runner run`: the report holds garbage, or profiles that could not be taken.

use std::{fs, path::Path};

use run_record::{Class, Outcome};
use serde_json::json;
use stage::testing::FakeTools;

use crate::{
    made_run::MadeRun,
    stand_in::{MEASURED, cl2, junit},
};

/// What a test that passed leaves.
const PASSED: &str = "<testcase name=\"load overall (config.yaml)\"></testcase>";

#[test]
fn files_that_cannot_be_read_are_named_and_the_rest_is_used() {
    let run = MadeRun::new(json!({}));
    let script = r#"
printf '{"version": "v1", "dataItems": [{"data": {"Perc' > "$report/PodStartupLatency_PodStartupLatency_load_2026-11-23T21:31:00Z.json"
printf '\0\377\1' > "$report/ResourceUsageSummary_load_2026-11-23T21:31:00Z.json"
: > "$report/EtcdMetrics_load_2026-11-23T21:31:00Z.json"
printf '[1, 2]' > "$report/SystemPodMetrics_load_2026-11-23T21:31:00Z.json"
printf '{"dataItems": null}' > "$report/GenericPrometheusQuery A_load_2026-11-23T21:31:00Z.json"
"#;

    let record = run.runs(&cl2(&format!("{MEASURED}{script}{}", junit(PASSED))));

    assert_eq!(record.outcome, Outcome::Done);
    let damaged = record.facts["measured"]["damaged"].as_array().unwrap();
    let kinds: Vec<_> =
        damaged.iter().map(|one| one.as_str().unwrap().split('_').next().unwrap()).collect();
    assert_eq!(
        kinds,
        ["EtcdMetrics", "PodStartupLatency", "ResourceUsageSummary", "SystemPodMetrics"]
    );
    let read = run.run_dir.measurements(&run.test).unwrap();
    assert_eq!(read.measurements.len(), 1);
    let (damaged, empty): (Vec<_>, Vec<_>) = read.unreadable.iter().partition(|one| one.damaged);
    assert_eq!((damaged.len(), empty.len()), (4, 1));
    assert!(damaged[0].reason.starts_with("it is empty: "), "{}", damaged[0].reason);
    assert_eq!(empty[0].reason, "no samples");
}

#[test]
fn profiles_that_fail_are_counted_and_lose_nothing_that_counts() {
    let run = MadeRun::new(json!({}));
    let script = r#"
printf '{"execs": 12, "execErrors": 1, "timeouts": 2, "nonZeroRCs": 3, "measurements": 8, "ticks": 4, "ticksNoPods": 0}' \
    > "$report/PodPeriodicCommand-stats_load_2026-11-23T21:31:00Z.json"
printf '[{"pod": "cilium-' > "$report/PodPeriodicCommand_load_2026-11-23T21:31:00Z.json"
tar -czf "$report/PodPeriodicCommand-2026-11-23T21:30:00Z-kube-system-cilium-x-stdout_load_2026-11-23T21:31:00Z.txt" -C / etc/hostname
"#;
    let failed = junit(
        "<testcase name=\"load: [step: 02] Gather [00] - pprofs\"><failure>:0\n[measurement call PodPeriodicCommand - pprofs error: hit timeout of 25s while executing command Collect in pod kube-system/cilium-x]\n:0</failure></testcase>",
    );

    let record = run.runs(&cl2(&format!("{MEASURED}{script}{failed}exit 1\n")));

    assert_eq!((record.outcome, record.class), (Outcome::Done, Some(Class::Violation)));
    assert_eq!(
        record.facts["measured"]["profiles"],
        json!({"execs": 12, "exec_errors": 1, "timeouts": 2, "non_zero_rcs": 3, "unreadable": 1})
    );
    assert_eq!(record.facts["measured"].get("damaged"), None);
}

#[test]
fn an_archive_of_prometheus_that_is_cut_off_is_reported_as_such() {
    let run = MadeRun::new(json!({}));
    let database = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tsdb");
    let report = run.run_dir.report(&run.test);
    fs::create_dir_all(&report).unwrap();
    let archive = report.join("prometheus_snapshot.tar.gz");
    packed(&database, &archive);

    let measure = || {
        run.does("measure", &FakeTools::new().unwrap());
        run.record("measure")
    };
    assert_eq!(measure().facts["snapshot"]["samples"], 6600);

    let whole = fs::read(&archive).unwrap();
    fs::write(&archive, &whole[..whole.len() / 2]).unwrap();
    let record = measure();
    let fault = record.facts["snapshot_fault"].as_str().unwrap();
    assert!(fault.starts_with("`prometheus_snapshot.tar.gz`: it cannot be unpacked"), "{fault}");
    assert_eq!(record.outcome, Outcome::Done);
}

/// Packs as ClusterLoader2 does, which runs `tar` in Prometheus' pod.
#[expect(clippy::disallowed_methods, reason = "a test makes its own files")]
fn packed(database: &Path, archive: &Path) {
    let packed = std::process::Command::new("tar")
        .args([
            "-czf",
            archive.to_str().unwrap(),
            "--transform",
            "s,^\\.,prometheus/snapshots/x,",
            "-C",
        ])
        .args([database.to_str().unwrap(), "."])
        .status()
        .unwrap();
    assert!(packed.success());
}
