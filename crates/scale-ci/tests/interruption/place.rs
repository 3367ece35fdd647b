//! A folder for run directories, a bucket and a cache of its own.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use run_record::RunDir;
use tempfile::TempDir;

/// The scenario that is run.
const SCENARIO: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interruption/scenario/brief.yaml");

/// A folder for run directories, a bucket and a cache of its own.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    /// A new one. The programs of its cache are those of this machine's; the runs that it remembers
    /// are its own, so that nobody else clears them, and nothing of anybody else is cleared.
    pub(crate) fn new() -> Self {
        let place = Self { folder: tempfile::Builder::new().prefix("cut").tempdir().unwrap() };
        fs::create_dir(place.cache()).unwrap();
        for shared in ["tools", "sources", "work", "locks"] {
            let there = shared_cache().join(shared);
            fs::create_dir_all(&there).unwrap();
            symlink(there, place.cache().join(shared)).unwrap();
        }
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.path().join("cache")
    }

    pub(crate) fn bucket(&self) -> PathBuf {
        self.path().join("bucket")
    }

    pub(crate) fn run_dir(&self, name: &str) -> RunDir {
        RunDir::new(self.path().join(name))
    }

    /// `scale-ci` with these arguments, as a person starts it in this place: the one that was just
    /// built, or the one that `INTERRUPT_PROGRAM` names.
    #[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let program = env::var_os("INTERRUPT_PROGRAM");
        let program = program.unwrap_or_else(|| env!("CARGO_BIN_EXE_scale-ci").into());
        let mut command = Command::new(program);
        command.args(args).current_dir(self.path()).env("PERF_SCALE_CACHE", self.cache());
        command.stdin(Stdio::null());
        for name in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS", "GITHUB_EVENT_NAME"]
        {
            command.env_remove(name);
        }
        command
    }

    /// `scale-ci run` of the scenario into the run directory `name`.
    pub(crate) fn run(&self, name: &str, more: &[&str]) -> Command {
        let mut command = self.command(&["run", SCENARIO, "--run-dir", name]);
        command.args(more);
        command
    }

    /// Plans the scenario into the run directory `name`, and nothing more.
    pub(crate) fn plan(&self, name: &str) -> Output {
        self.output(&["stage", "plan", "plan", SCENARIO, "--run-dir", name])
    }

    /// Runs `scale-ci` with these arguments to its end.
    pub(crate) fn output(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Leaves the folder for somebody to look at.
    pub(crate) fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

/// Where this machine keeps what it built, found as the program finds it.
fn shared_cache() -> PathBuf {
    let folder = |name| env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    folder("PERF_SCALE_CACHE")
        .or_else(|| folder("XDG_CACHE_HOME").map(|path| path.join("perf-scale-ci")))
        .or_else(|| folder("HOME").map(|path| path.join(".cache/perf-scale-ci")))
        .unwrap()
}

/// What a program said, for a message.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}
