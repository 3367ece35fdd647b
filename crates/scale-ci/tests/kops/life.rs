//! A whole run on a cluster that kops made: the real kops, a real control plane, the real ClusterLoader2.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use run_record::{Outcome, RunDir};

use crate::cloud::{Cloud, PROJECT, STATE, tool};

const BOOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fake-gce/boot/infra-kwok.sh");

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios");

/// What the pinned control plane is; kops makes a cluster of any.
const KUBERNETES: &str = "infra.kops.kubernetes=1.35.4";

/// What cannot be measured where all machines are this one.
const NOT_APPLICABLE: &str = "    not-applicable:
      - { measurement: TestMetrics, reason: it signs in to the control plane over ssh }
      - { measurement: NetworkProgrammingLatency, reason: simulated nodes run no kube-proxy }
      - { measurement: APIResponsivenessPrometheus, reason: the control plane shares two cores with the load }
";

/// Writes the program that boots a control plane for `scenario` into `folder`.
fn write_boot(folder: &Path, scenario: &Path) -> PathBuf {
    let script = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let scale_ci = env!("CARGO_BIN_EXE_scale-ci");
    let plan = script("plan", &format!("exec '{scale_ci}' stage plan \"$@\""));
    let infra = script("infra-kwok", &format!("exec '{scale_ci}' stage infra-kwok \"$@\""));
    let kubectl = tool("kubectl");
    script(
        "boot",
        &format!(
            "export BOOT_SCENARIO='{}' BOOT_PLAN='{}' BOOT_INFRA_KWOK='{}' BOOT_KUBECTL='{}'\nexec '{BOOT}'",
            scenario.display(),
            plan.display(),
            infra.display(),
            kubectl.display()
        ),
    )
}

/// Runs `name` from beginning to end on kops, and looks that nothing is left.
fn live(name: &str, more: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(format!("{SCENARIOS}/{name}.yaml")).unwrap();
    // A simulated agent cannot be asked to do anything.
    let text = text.replace("after: [restart-agents, reset-conntrack]", "after: [restart-agents]");
    // The control plane's machine is this one, which it shares with the nodes and the load.
    let text = text.replacen("  kops:\n", &format!("  kops:\n{NOT_APPLICABLE}"), 1);
    let scenario = folder.path().join(format!("{name}.yaml"));
    fs::write(&scenario, text).unwrap();
    let configs = Path::new(SCENARIOS).join("cl2");
    symlink(configs, folder.path().join("cl2")).unwrap();
    let boot = write_boot(folder.path(), &scenario);
    let cloud = Cloud::new(boot);

    let mut args = vec!["run", scenario.to_str().unwrap(), "--infra", "kops", "--set", KUBERNETES];
    args.extend(["--project", PROJECT, "--state-store", STATE]);
    args.extend(["--run-dir", "run", "--bucket"]);
    let bucket = format!("file://{}/results", cloud.path().display());
    args.push(&bucket);
    args.extend(more);
    let ended = cloud.scale_ci(&args);

    assert!(ended.status.success(), "{}", ended.said);
    let run_dir = RunDir::new(cloud.path().join("run"));
    let plan = run_dir.plan().unwrap();
    for step in &plan.steps {
        let record = run_dir.record(&step.stage, &step.verb, step.test.as_ref()).unwrap().unwrap();
        assert_eq!(record.outcome, Outcome::Done, "{}: {:?}", step.id, record.errors);
        let time = record.ended.duration_since(record.started);
        println!("{:20} {:6.1} s", step.id, time.as_secs_f64());
    }
    for test in &plan.tests {
        let build = cloud.path().join(format!("results/logs/{}/{}", test.job, test.build));
        assert!(build.join("manifest.json").is_file(), "{}", build.display());
    }
    assert_eq!(cloud.left(), Vec::<String>::new());
    let refused: Vec<_> = cloud.fake().requests().into_iter().filter(|one| one.refused).collect();
    assert!(refused.is_empty(), "{refused:?}");
}

#[test]
fn two_tests_on_a_cluster_that_kops_made_and_nothing_is_left() {
    live("tiny", &["--set", "infra.kops.os=ubuntu-24.04", "--set", "infra.kops.kernel=6.11"]);
}

/// `cargo test -p scale-ci --test kops -- --ignored --nocapture load_100`.
#[test]
#[ignore = "it takes seven minutes"]
fn load_100_on_a_cluster_that_kops_made_and_nothing_is_left() {
    live("load-100", &[]);
}
