//! Finds the programs a stage runs: environment, PATH, cache, else builds them.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Mutex,
};

use run_record::ToolUsed;

use crate::{
    build::{self, BuildError},
    cancel::Cancel,
    pins::{PINS, Pin, SOURCES},
    version::said_version,
};

/// Why a program cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolboxError {
    /// No program has this name.
    #[error("no program is called `{0}`")]
    Unknown(String),
    /// The environment names a file that cannot be run.
    #[error(
        "`{variable}` names `{path}`, which is no program (hint: give the path of an executable file)"
    )]
    NotThere {
        /// The variable.
        variable: String,
        /// What it names.
        path: PathBuf,
    },
    /// The environment names a program that nobody runs.
    #[error("`{variable}` is for no program (hint: it may be {})", known_variables())]
    UnknownVariable {
        /// The variable.
        variable: String,
    },
    /// It could not be built.
    #[error("failed to get `{name}` {version}")]
    Build {
        /// The program.
        name: String,
        /// The version that is wanted.
        version: String,
        /// Why.
        source: Box<BuildError>,
    },
}

impl ToolboxError {
    /// Whether again will not help.
    #[must_use]
    pub fn is_misuse(&self) -> bool {
        !matches!(self, Self::Build { .. })
    }
}

/// Finds programs, and remembers which were used.
#[derive(Debug)]
pub struct Toolbox {
    cache: PathBuf,
    cancel: Cancel,
    used: Mutex<Vec<ToolUsed>>,
}

impl Toolbox {
    /// The toolbox whose cache is at `PERF_SCALE_CACHE`, else `XDG_CACHE_HOME/perf-scale-ci`, else
    /// `~/.cache/perf-scale-ci`.
    #[must_use]
    pub fn from_env(cancel: &Cancel) -> Self {
        let folder = |name| env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let cache = folder("PERF_SCALE_CACHE")
            .or_else(|| folder("XDG_CACHE_HOME").map(|path| path.join("perf-scale-ci")))
            .or_else(|| folder("HOME").map(|path| path.join(".cache/perf-scale-ci")))
            .unwrap_or_else(|| env::temp_dir().join("perf-scale-ci"));
        Self { cache, cancel: cancel.clone(), used: Mutex::default() }
    }

    /// Where built programs lie.
    #[must_use]
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// The programs that were found so far.
    #[must_use]
    pub fn used(&self) -> Vec<ToolUsed> {
        self.used.lock().map(|used| used.clone()).unwrap_or_default()
    }

    /// Checks every variable of the environment that names a program, before one is needed.
    ///
    /// # Errors
    /// All variables that name no program, or are for none.
    pub fn check(&self) -> Result<(), Vec<ToolboxError>> {
        let mut names: Vec<OsString> = env::vars_os().map(|(name, _)| name).collect();
        names.sort();
        let names = names.into_iter().filter_map(|name| name.into_string().ok());
        let faults: Vec<ToolboxError> = names
            .filter(|name| name.starts_with(PREFIX))
            .filter_map(|name| match PINS.iter().any(|pin| variable(pin.name) == name) {
                true => named(name).err(),
                false => Some(ToolboxError::UnknownVariable { variable: name }),
            })
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// Finds the program called `name`, building it if need be.
    ///
    /// # Errors
    /// It is nowhere and cannot be built.
    pub async fn find(&self, name: &str) -> Result<PathBuf, ToolboxError> {
        let pin = PINS
            .iter()
            .find(|pin| pin.name == name)
            .ok_or_else(|| ToolboxError::Unknown(name.into()))?;
        let version = pin.module.version();
        let (path, source) = self.locate(pin).await?;
        let used = ToolUsed {
            name: name.into(),
            version: if source == "environment" {
                said_version(pin, &path).await.unwrap_or_else(|| "unknown".into())
            } else {
                version.into()
            },
            path: path.clone(),
            source: source.into(),
        };
        if used.version != version && pin.version_args.is_some() {
            tracing::warn!(
                "{name} is {}, not the pinned {version} (hint: unset `{}`)",
                used.version,
                variable(name)
            );
        }
        if let Ok(mut all) = self.used.lock()
            && !all.contains(&used)
        {
            all.push(used);
        }
        Ok(path)
    }

    /// Whether the program called `name` is found without building it.
    pub async fn is_at_hand(&self, name: &str) -> bool {
        let Some(pin) = PINS.iter().find(|pin| pin.name == name) else { return false };
        let named = || named(variable(name)).is_ok_and(|path| path.is_some());
        named() || build::is_built(&self.cache, pin) || self.on_path(pin).await.is_some()
    }

    /// The folder that holds the files of the source called `name`, in its pinned version or in
    /// `version`, which may be a commit.
    ///
    /// # Errors
    /// They cannot be had.
    pub async fn source(&self, name: &str, version: Option<&str>) -> Result<PathBuf, ToolboxError> {
        let source = SOURCES
            .iter()
            .find(|source| source.name == name)
            .ok_or_else(|| ToolboxError::Unknown(name.into()))?;
        let version = version.unwrap_or(source.module.version());
        build::source(&self.cache, source, version, &self.cancel).await.map_err(|error| {
            ToolboxError::Build {
                name: name.into(),
                version: version.into(),
                source: Box::new(error),
            }
        })
    }

    async fn locate(&self, pin: &Pin) -> Result<(PathBuf, &'static str), ToolboxError> {
        if let Some(path) = named(variable(pin.name))? {
            return Ok((path, "environment"));
        }
        if let Some(path) = self.on_path(pin).await {
            return Ok((path, "path"));
        }
        let built = build::program(&self.cache, pin, &self.cancel).await;
        built.map(|built| (built.path, if built.fresh { "built" } else { "cache" })).map_err(
            |error| ToolboxError::Build {
                name: pin.name.into(),
                version: pin.module.version().into(),
                source: Box::new(error),
            },
        )
    }

    /// The program on PATH, if it has the pinned version.
    async fn on_path(&self, pin: &Pin) -> Option<PathBuf> {
        let path = env::split_paths(&env::var_os("PATH")?)
            .map(|folder| folder.join(pin.name))
            .find(|path| is_program(path))?;
        (said_version(pin, &path).await? == pin.module.version()).then_some(path)
    }
}

/// What begins the variables that name programs.
const PREFIX: &str = "PERF_SCALE_TOOL_";

/// The environment variable that names a program: `PERF_SCALE_TOOL_KUBE_APISERVER`.
fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.to_uppercase().replace('-', "_"))
}

fn known_variables() -> String {
    PINS.iter().map(|pin| variable(pin.name)).collect::<Vec<_>>().join(", ")
}

/// The program that `variable` names, if it is set. Programs run in folders of their own, so a
/// relative path would be wrong there.
fn named(variable: String) -> Result<Option<PathBuf>, ToolboxError> {
    let Some(path) = env::var_os(&variable).filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    match std::path::absolute(&path) {
        Ok(path) if is_program(&path) => Ok(Some(path)),
        _ => Err(ToolboxError::NotThere { variable, path: path.into() }),
    }
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    /// Any of the three execute bits.
    const EXECUTE: u32 = 0o111;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & EXECUTE != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_named_in_the_environment_by_its_name() {
        assert_eq!(variable("kube-apiserver"), "PERF_SCALE_TOOL_KUBE_APISERVER");
    }
}
