//! A program that the environment names is used, and one that is not there is named.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use stage::{Cancel, PINS, Tool};

/// This test again, in an environment of its own: the environment of a running test is everybody's.
fn again(value: &Path) -> Tool<'static> {
    Tool::new("test", std::env::current_exe().unwrap())
        .args(["--exact", "inner_find", "--ignored", "--nocapture"])
        .env("PERF_SCALE_TOOL_ETCD", value)
        .env("PERF_SCALE_CACHE", "/nonexistent")
}

#[tokio::test]
async fn a_program_that_the_environment_names_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("my-etcd");
    fs::write(&program, "#!/bin/sh\necho etcd Version: 9.9.9\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();

    let finished = again(&program).keep_stdout().run().await.unwrap();

    let said = finished.stdout;
    assert!(said.contains("environment 9.9.9"), "{said}");
    assert!(said.contains("my-etcd"), "{said}");
    let warned = finished.tail.join("\n");
    let pinned = PINS.iter().find(|pin| pin.name == "etcd").unwrap().module.version();
    let warning =
        format!("WARN etcd is 9.9.9, not the pinned {pinned} (hint: unset `PERF_SCALE_TOOL_ETCD`)");
    assert!(warned.contains(&warning), "{warned}");
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_said() {
    let said = again(Path::new("/no/etcd")).keep_stdout().finish().await.unwrap();

    let text = said.stdout + &said.tail.join("\n");
    assert!(
        text.contains("`PERF_SCALE_TOOL_ETCD` names `/no/etcd`, which is no program"),
        "{text}"
    );
}

#[tokio::test]
#[ignore = "the others call it in an environment of their own"]
async fn inner_find() {
    stage::log_to_stderr();
    let toolbox = stage::Toolbox::from_env(&Cancel::default());
    match toolbox.find("etcd").await {
        Ok(path) => {
            let used = toolbox.used();
            println!("{} {} {}", used[0].source, used[0].version, path.display());
        }
        Err(error) => println!("{error}"),
    }
}

#[test]
fn every_program_has_one_pin() {
    let mut names: Vec<&str> = PINS.iter().map(|pin| pin.name).collect();
    names.sort_unstable();
    names.dedup();

    assert_eq!(names.len(), PINS.len());
}
