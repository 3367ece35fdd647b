//! A run directory whose Cilium comes from a registry on this machine.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::symlink,
    path::PathBuf,
    process::{Child, ChildStderr, Output, Stdio},
};

use run_record::{Metadata, Record, RunDir, read_json, write_json};
use stage::{
    Cancel, Toolbox,
    testing::{FakeTools, plan},
};
use tempfile::TempDir;

use crate::registry::program;

/// The commit that is asked for.
pub(crate) const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

/// A run directory.
pub(crate) struct Case {
    folder: TempDir,
    tools: FakeTools,
}

/// A wait that goes on.
pub(crate) struct Running {
    /// Its process.
    pub(crate) child: Child,
    said: BufReader<ChildStderr>,
}

impl Case {
    /// With the real helm, and `cilium` in the scenario.
    pub(crate) fn new(cilium: &str) -> Self {
        Self::with(cilium, helm())
    }

    /// With these tools.
    pub(crate) fn with(cilium: &str, tools: FakeTools) -> Self {
        let folder = TempDir::new().unwrap();
        let text = format!(
            "format: 1\nname: case\nabout: {{ what: a, why: b, how-to-read: c }}\ncilium: {cilium}\n\
             suite: [{{ test: load, config: cl2.yaml }}]\n"
        );
        let plan = plan(scenario::parse("case.yaml", &text, &[]).unwrap());
        let run_dir = RunDir::new(folder.path().join("run"));
        write_json(&run_dir.plan_path(), &plan).unwrap();
        write_json(&run_dir.metadata_path(), &Metadata::of(&plan)).unwrap();
        let tools = tools.variable("PERF_SCALE_CACHE", &cache(&folder));
        Self { folder, tools }
    }

    /// Of the commit, whose images are at `registry`, waited for so many minutes.
    pub(crate) fn of_commit(registry: u16, minutes: u32) -> Self {
        let at = |name: &str| format!("image: {{ repository: \"localhost:{registry}/{name}\" }}");
        // Envoy's image is on the network, by its digest.
        Self::new(&format!(
            "{{ sha: {SHA}, image-minutes: {minutes}, values: {{ {}, operator: {{ {} }}, envoy: {{ enabled: false }} }} }}",
            at("c/cilium-ci"),
            at("c/operator")
        ))
    }

    /// Waits to the end.
    pub(crate) fn run(&self) -> Output {
        self.tools.run(CILIUM_INSTALL, self.folder.path(), ["wait-images"]).unwrap()
    }

    /// Begins to wait.
    pub(crate) fn begin(&self) -> Running {
        let mut command = self.tools.command(CILIUM_INSTALL, self.folder.path(), ["wait-images"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        Running { child, said }
    }

    /// The record of the step.
    pub(crate) fn record(&self) -> Record {
        let run_dir = RunDir::new(self.folder.path().join("run"));
        read_json(&run_dir.records().join("cilium-install-wait-images.json")).unwrap()
    }

    /// The images in the record.
    pub(crate) fn images(&self) -> Vec<String> {
        let record = self.record();
        let images = record.facts["images"].as_array().unwrap().iter();
        images.map(|one| one["image"].as_str().unwrap().to_owned()).collect()
    }

    /// What the metadata says of `part`.
    pub(crate) fn version(&self, part: &str) -> run_record::Found {
        let run_dir = RunDir::new(self.folder.path().join("run"));
        let metadata: Metadata = read_json(&run_dir.metadata_path()).unwrap();
        metadata.versions.0[part].clone()
    }
}

impl Running {
    /// Reads what is said until `text` is.
    pub(crate) fn until(&mut self, text: &str) {
        let mut all = String::new();
        while !all.contains(text) {
            assert_ne!(self.said.read_line(&mut all).unwrap(), 0, "it ended: {all}");
        }
    }

    /// Waits to the end. Returns its exit code, and what it said since.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.said, &mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

/// The binary that is tested.
const CILIUM_INSTALL: &str = env!("CARGO_BIN_EXE_cilium-install");

/// The real helm.
pub(crate) fn helm() -> FakeTools {
    let helm = program("helm").display().to_string();
    FakeTools::new().unwrap().variable("PERF_SCALE_TOOL_HELM", &helm)
}

/// The files of the pinned Cilium.
pub(crate) fn pinned() -> PathBuf {
    let toolbox = Toolbox::from_env(&Cancel::default());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(toolbox.source("cilium", None)).unwrap()
}

/// A cache in which the sources of the commit, and of a release, are those of the pinned Cilium.
fn cache(folder: &TempDir) -> String {
    let sources = folder.path().join("cache/sources/cilium");
    fs::create_dir_all(&sources).unwrap();
    for version in [SHA, "1.20.2"] {
        symlink(pinned(), sources.join(version)).unwrap();
    }
    folder.path().join("cache").display().to_string()
}

/// What a process said.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
