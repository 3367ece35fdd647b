//! Two processes that need one program which is not built yet.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
    time::Duration,
};

use run_record::RunDir;

use crate::moment::Running;

/// Stands for Go: it says one package, and builds a program that says the pinned version once the
/// file `go-on` is there.
const GO: &str = r#"#!/bin/sh
here=$(dirname "$0")
case $1 in
list) echo one ;;
build)
    echo built >> "$here/builds"
    until test -e "$here/go-on"; do sleep 0.05; done
    while test "$1" != -o; do shift; done
    printf '#!/bin/sh\necho etcd Version: 3.6.5\n' > "$2"
    chmod +x "$2" ;;
esac
"#;

/// Longest time for what takes milliseconds on an idle machine.
const SOON: Duration = Duration::from_secs(60);

#[test]
#[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
fn one_builds_and_the_other_says_that_it_waits() {
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    fs::write(&go, GO).unwrap();
    fs::set_permissions(&go, fs::Permissions::from_mode(0o755)).unwrap();
    let tools = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scale-ci"));
        let path = format!("{}:/usr/bin:/bin", folder.path().display());
        command.args(["tools", "etcd"]).env("PATH", path).stdin(Stdio::null());
        command.env("PERF_SCALE_CACHE", folder.path().join("cache"));
        Running::start(command, RunDir::new(folder.path()))
    };

    let mut first = tools();
    assert!(first.says("building etcd", SOON), "{}", first.said());
    let mut second = tools();
    let waits = second.says("waiting for another process that builds etcd", SOON);
    fs::write(folder.path().join("go-on"), "").unwrap();
    let codes = [&mut first, &mut second].map(|run| run.end().unwrap().code());

    assert!(waits, "{}", second.said());
    assert_eq!(codes, [Some(0), Some(0)], "{}\n{}", first.said(), second.said());
    assert_eq!(fs::read_to_string(folder.path().join("builds")).unwrap(), "built\n");
}
