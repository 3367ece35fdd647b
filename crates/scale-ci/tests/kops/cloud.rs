//! A cloud with nothing in it but the buckets, and a place for run directories.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::OnceLock,
};

use fake_gce::{Class, FakeGce, FaultPlan, Settings, Storage};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// One machine of each kind.
const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kops/one-and-one.yaml");

/// Project and bucket of the scenario.
pub(crate) const PROJECT: &str = "scale-tests";
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
    pub(crate) fn new() -> Self {
        Self::with(None)
    }

    /// A cloud whose control planes are booted by the program `boot`.
    pub(crate) fn with(boot: Option<PathBuf>) -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::Builder::new().prefix("kops").tempdir().unwrap();
        let settings = Settings {
            folder: folder.path().join("cloud"),
            project: PROJECT.into(),
            storage: Storage::BuiltIn(vec![BUCKET.into()]),
            plan: FaultPlan::default(),
            latency: std::time::Duration::ZERO,
            boot,
        };
        let fake = runtime.block_on(FakeGce::start(settings)).unwrap();
        let cloud = Self { runtime, fake: Some(fake), folder };
        cloud.write_kops();
        cloud
    }

    pub(crate) fn fake(&self) -> &FakeGce {
        self.fake.as_ref().unwrap()
    }

    /// File with the number of the kops that was started last.
    pub(crate) fn kops_pid(&self) -> PathBuf {
        self.folder.path().join("kops.pid")
    }

    /// File with the number of the stage that was started last.
    pub(crate) fn stage_pid(&self) -> PathBuf {
        self.folder.path().join("stage.pid")
    }

    /// The real kops behind a script that notes the number of its process.
    fn write_kops(&self) {
        let program = self.folder.path().join("kops");
        let script = format!(
            "#!/bin/sh\necho $$ > '{}'\nexec '{}' \"$@\"\n",
            self.kops_pid().display(),
            real_kops().display()
        );
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).stdin(Stdio::null()).env_clear();
        for name in ["PATH", "HOME", "PERF_SCALE_CACHE", "XDG_CACHE_HOME"] {
            command.envs(env::var_os(name).map(|value| (name, value)));
        }
        command.env("PERF_SCALE_TOOL_KOPS", self.folder.path().join("kops"));
        command.envs(self.fake().environment());
        command
    }

    fn end(&self, mut command: Command) -> Ended {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        fs::write(self.stage_pid(), child.id().to_string()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Ended {
            status: output.status,
            said: format!("{}{said}", String::from_utf8_lossy(&output.stdout)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `scale-ci` to its end, whatever that is.
    pub(crate) fn scale_ci(&self, args: &[&str]) -> Ended {
        let mut command = self.command(env!("CARGO_BIN_EXE_scale-ci"));
        command.args(args);
        self.end(command)
    }

    /// Runs a stage to its end, whatever that is.
    pub(crate) fn stage(&self, args: &[&str]) -> Ended {
        self.scale_ci(&[&["stage"], args].concat())
    }

    /// Plans a run.
    pub(crate) fn plan(&self, more: &[&str]) {
        let bucket = format!("file://{}/results", self.folder.path().display());
        let mut args = vec!["plan", "plan", SCENARIO, "--infra", "kops", "--bucket", &bucket];
        args.extend(more);
        let ended = self.stage(&args);
        assert!(ended.status.success(), "{}", ended.said);
    }

    /// The name of the planned cluster.
    pub(crate) fn cluster(&self) -> String {
        run_record::RunDir::new(self.folder.path().join("run")).plan().unwrap().cluster
    }

    /// `kops delete cluster` as a person calls it, and nothing else.
    pub(crate) fn bare_delete(&self) -> Ended {
        let mut command = self.command(real_kops().to_str().unwrap());
        let state = format!("gs://{BUCKET}");
        command.args(["delete", "cluster", "--yes", "--name", &self.cluster(), "--state", &state]);
        self.end(command)
    }

    /// Everything there is: resources, bindings, objects.
    pub(crate) fn left(&self) -> Vec<String> {
        let objects = self.fake().objects(BUCKET);
        let objects = objects.into_iter().map(|name| format!("object {name}"));
        let made = |name: &String| !name.starts_with("storage/") || name.contains("/bindings/");
        self.fake().resources().into_iter().filter(made).chain(objects).collect()
    }

    /// The n-th call, from 1, that changed the cloud or would have.
    pub(crate) fn call(&self, nth: usize) -> String {
        let requests = self.fake().requests();
        let mut mutations = requests.iter().filter(|one| one.class == Some(Class::Mutation));
        mutations.nth(nth - 1).map_or("none".into(), |one| {
            let path = one.path.split('?').next().unwrap_or_default();
            let kind = path.split('/').filter(|part| !part.is_empty());
            let kind: Vec<&str> = kind.skip_while(|part| *part != PROJECT).skip(1).collect();
            format!("{} {}", one.method, kind.join("/"))
        })
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        if let Some(fake) = self.fake.take() {
            self.runtime.block_on(fake.stop());
        }
    }
}

/// The pinned kops.
fn real_kops() -> PathBuf {
    static KOPS: OnceLock<PathBuf> = OnceLock::new();
    KOPS.get_or_init(|| tool("kops")).clone()
}

/// A pinned program, which is built if it is not there.
#[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
pub(crate) fn tool(name: &str) -> PathBuf {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scale-ci"));
    let output = command.args(["tools", name, "--json"]).stderr(Stdio::inherit()).output().unwrap();
    let tools: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    tools[0]["path"].as_str().unwrap().into()
}
