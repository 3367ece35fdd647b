//! What the pinned kops makes of our arguments, before it makes anything: another kops, or another
//! argument, shows as a difference.

use std::{fs, path::Path, process::Command};

use crate::{
    cloud::{Cloud, PROJECT},
    kops::{is_built, program},
};

/// The arguments of `create cluster`, as `flags.rs` is held to them.
const ARGS: &str = include_str!("../fixtures/load-100.args");

/// The configuration of the cluster among what kops writes.
const CONFIGURATION: &str = "data/google_storage_bucket_object_cluster-completed.spec_content";

/// Compares `found` with a file of the fixtures; `UPDATE=1` writes it.
#[track_caller]
fn hold(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (found, expected) = (lines(found), lines(&expected));
    let differs = found.iter().zip(&expected).position(|(found, expected)| found != expected);
    let at = differs.unwrap_or(found.len().min(expected.len()));
    let line = |lines: &[String]| lines.get(at).cloned().unwrap_or_default();
    assert!(
        found == expected,
        "kops makes something else, see line {} of {name}: `{}`, not `{}` (hint: UPDATE=1, and look at the difference)",
        at + 1,
        line(&found),
        line(&expected)
    );
}

#[tokio::test]
async fn what_kops_makes_of_our_arguments_is_as_it_was_reviewed() {
    if !is_built().await {
        return;
    }
    let cloud = Cloud::empty().await;
    let out = cloud.folder.path().join("terraform");
    let args = ARGS.split("\n\n").next().unwrap().lines();
    let args = args.map(|arg| arg.replace("=scale-tests", &format!("={PROJECT}")));

    #[expect(
        clippy::disallowed_methods,
        reason = "a test does what a person does, with kops alone"
    )]
    let mut command = Command::new(program().await);
    command
        .args(args)
        .args(["--target=terraform", &format!("--out={}", out.display())])
        .envs(cloud.fake.environment())
        .env("KUBECONFIG", cloud.folder.path().join("kubeconfig"));
    let ended = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();

    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(cloud.fake.mutations(), 0);
    hold("load-100.tf", &fs::read_to_string(out.join("kubernetes.tf")).unwrap());
    let configuration = fs::read_to_string(out.join(CONFIGURATION)).unwrap();
    let without_time = configuration.lines().filter(|line| !line.contains("creationTimestamp"));
    hold("load-100.cluster.yaml", &(without_time.collect::<Vec<_>>().join("\n") + "\n"));
}
