//! A cloud with nothing in it but the bucket of kops' state, and a place for run directories.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    time::Duration,
};

use fake_gce::{FakeGce, FaultPlan, Settings, Storage};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The one project.
pub(crate) const PROJECT: &str = "scale-tests";

/// Where kops keeps its state.
pub(crate) const STATE: &str = "gs://kops-state";

const BUCKET: &str = "kops-state";

/// A cloud, and a place for run directories.
pub(crate) struct Cloud {
    runtime: Runtime,
    fake: Option<FakeGce>,
    folder: TempDir,
}

/// A program that ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) said: String,
}

impl Cloud {
    /// A cloud whose control planes are booted by the program `boot`.
    pub(crate) fn new(boot: PathBuf) -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::Builder::new().prefix("kops").tempdir().unwrap();
        let settings = Settings {
            folder: folder.path().join("cloud"),
            project: PROJECT.into(),
            storage: Storage::BuiltIn(vec![BUCKET.into()]),
            plan: FaultPlan::default(),
            latency: Duration::ZERO,
            boot: Some(boot),
        };
        let fake = runtime.block_on(FakeGce::start(settings)).unwrap();
        Self { runtime, fake: Some(fake), folder }
    }

    pub(crate) fn fake(&self) -> &FakeGce {
        self.fake.as_ref().unwrap()
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `scale-ci` in this cloud to its end, whatever that is.
    #[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
    pub(crate) fn scale_ci(&self, args: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scale-ci"));
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null()).env_clear();
        for name in ["PATH", "HOME", "PERF_SCALE_CACHE", "XDG_CACHE_HOME"] {
            command.envs(env::var_os(name).map(|value| (name, value)));
        }
        let output = command.envs(self.fake().environment()).output().unwrap();
        let [out, err] = [output.stdout, output.stderr];
        let said = format!("{}{}", String::from_utf8_lossy(&out), String::from_utf8_lossy(&err));
        Ended { status: output.status, said }
    }

    /// Everything there is: resources, bindings, objects.
    pub(crate) fn left(&self) -> Vec<String> {
        let objects = self.fake().objects(BUCKET);
        let objects = objects.into_iter().map(|name| format!("object {name}"));
        let made = |name: &String| !name.starts_with("storage/") || name.contains("/bindings/");
        self.fake().resources().into_iter().filter(made).chain(objects).collect()
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        if let Some(fake) = self.fake.take() {
            self.runtime.block_on(fake.stop());
        }
    }
}

/// A pinned program, which is built if it is not there.
#[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
pub(crate) fn tool(name: &str) -> PathBuf {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scale-ci"));
    let output = command.args(["tools", name, "--json"]).stderr(Stdio::inherit()).output().unwrap();
    let tools: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    tools[0]["path"].as_str().unwrap().into()
}
