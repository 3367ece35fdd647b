//! What tests of stages stand on: stand-ins for programs, shell scripts that remember how they were called.

mod plan;

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

pub use plan::plan;

/// A folder of programs that do what a test wants, and a clean environment to run a stage in.
#[derive(Debug)]
pub struct FakeTools {
    folder: TempDir,
    variables: Vec<(String, PathBuf)>,
}

impl FakeTools {
    /// No programs yet.
    ///
    /// # Errors
    /// No temporary folder can be made.
    pub fn new() -> io::Result<Self> {
        Ok(Self { folder: TempDir::new()?, variables: Vec::new() })
    }

    /// Adds the program `name`, which runs `script` in a shell after writing its arguments down.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn program(mut self, name: &str, script: &str) -> io::Result<Self> {
        /// Everybody may read and run it.
        const MODE: u32 = 0o755;
        let path = self.folder.path().join(name);
        let calls = self.folder.path().join(format!("{name}.calls"));
        let text = format!("#!/bin/sh\nprintf '%s\\n' \"$*\" >> '{}'\n{script}\n", calls.display());
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(MODE))?;
        let variable = format!("PERF_SCALE_TOOL_{}", name.to_uppercase().replace('-', "_"));
        self.variables.push((variable, path));
        Ok(self)
    }

    /// Sets an environment variable for the stage.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// How `name` was called, one line a call.
    #[must_use]
    pub fn calls(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.folder.path().join(format!("{name}.calls")));
        text.unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// Runs the stage at `stage` with these programs in `cwd` and nothing of the caller's environment but PATH
    /// and HOME.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run<'a>(
        &self,
        stage: &str,
        cwd: &Path,
        args: impl IntoIterator<Item = &'a str>,
    ) -> io::Result<Output> {
        self.command(stage, cwd, args).output()
    }

    /// What [`Self::run`] would start, for a test that does not wait for its end.
    #[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
    pub fn command<'a>(
        &self,
        stage: &str,
        cwd: &Path,
        args: impl IntoIterator<Item = &'a str>,
    ) -> Command {
        let kept =
            ["PATH", "HOME"].iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
        let mut command = Command::new(stage);
        command
            .args(args)
            .current_dir(cwd)
            .env_clear()
            .envs(kept)
            .envs(self.variables.iter().map(|(name, path)| (name, path)));
        command
    }
}
