//! The `plan` binary for a cluster on kops: what it fixes, and what it refuses.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    path::Path,
    process::{Command, Output},
};

use run_record::{Plan, RunDir};

const LOAD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/load-100.yaml");
const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/tiny.yaml");
const PLACE: [&str; 2] = ["--project=scale-tests", "--state-store=gs://state/kops/"];

#[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
fn plan(folder: &Path, scenario: &str, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plan"))
        .args(["plan", scenario, "--infra=kops"])
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("PERF_SCALE_CACHE", folder.join("cache"))
        .output()
        .unwrap()
}

fn planned(args: &[&str]) -> (Plan, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = plan(folder.path(), LOAD, &[&PLACE, args].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    (RunDir::new(folder.path().join("run")).plan().unwrap(), said)
}

/// What is said of a scenario that is misuse, and of which nothing was made.
#[track_caller]
fn refused(scenario: &str, args: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = plan(folder.path(), scenario, args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(!folder.path().join("run").exists(), "a run directory is left");
    said
}

#[test]
fn a_plan_for_kops_fixes_place_versions_names_and_cost() {
    let (plan, said) = planned(&[]);

    let kops = plan.kops.unwrap();
    assert_eq!((kops.project.as_str(), kops.region.as_str()), ("scale-tests", "us-west1"));
    assert_eq!(kops.state_store, "gs://state/kops");
    assert_eq!(kops.lease_store, "gs://state/perf-scale-leases");
    assert_eq!(kops.kubernetes, "1.35.5");
    assert!(kops.image.contains("ubuntu-2404"), "{}", kops.image);
    assert!(plan.cluster.ends_with(".k8s.local"), "{}", plan.cluster);
    assert!(plan.steps.iter().any(|step| step.stage == "infra-kops" && step.verb == "delete"));
    assert!(!plan.steps.iter().any(|step| step.stage == "infra-kwok"));
    assert!(kops.estimate.usd > 0.0);
    assert!(said.contains("cost   at most "), "{said}");
}

#[test]
fn a_scenario_that_is_too_dear_is_refused_in_one_sentence() {
    let args = [&PLACE[..], &["--set=cluster.nodes=1000"]].concat();

    let said = refused(LOAD, &args);

    assert!(said.contains("the run may cost ") && said.contains("more than 50.00"), "{said}");
}

#[test]
fn the_cfps_kubernetes_is_refused_where_the_pinned_kops_does_not_carry_it() {
    let said = refused(TINY, &PLACE);

    let version = stage::PINS.iter().find(|pin| pin.name == "kops");
    let version = version.map_or("1.36.1", |pin| pin.module.version());
    let sentence = format!("kops {version} takes Kubernetes 1.31 to 1.36, not 1.27 (hint: ");
    assert!(said.contains(&sentence), "{said}");
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let args = [
        "--state-store=s3://elsewhere",
        "--set=cluster.zones=[\"us-west1-a\",\"us-east1-b\"]",
        "--set=infra.kops.control-plane.count=2",
        "--set=infra.kops.kernel=9.9",
        "--set=infra.kops.lease-minutes=31",
        "--set=infra.kops.settings=[\"nonsense\"]",
    ];

    let said = refused(LOAD, &args);

    for what in [
        "`infra.kops.project`: is missing",
        "`s3://elsewhere` is no bucket of Google's",
        "two regions",
        "2 machines have no majority",
        "no image is known for `ubuntu-24.04` with kernel 9.9",
        "31 minutes are less than the run's own deadlines",
        "`nonsense` is no setting of kops",
    ] {
        assert!(said.contains(what), "`{what}` is not said:\n{said}");
    }
}
