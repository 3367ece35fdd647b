//! Builds pinned Go modules into the cache: once, whole or not at all, one builder at a time.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::{
    cancel::Cancel,
    lock::lock,
    pins::{Module, Pin, Source},
    progress::Progress,
    tool::Tool,
    tool_error::ToolError,
    version::said_version,
};

/// Why something could not be put into the cache.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The cache cannot be written.
    #[error("failed to write the cache at `{path}`")]
    Cache {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Go failed.
    #[error("failed to build from source (hint: Go 1.26 or newer must be on PATH)")]
    Go(#[source] ToolError),
    /// Go's answer was not understood.
    #[error("failed to understand what Go says about `{0}`")]
    Answer(String),
    /// The program that was built says another version.
    #[error("the built program says it is {said}, not {wanted}")]
    Version {
        /// What it says.
        said: String,
        /// What is pinned.
        wanted: String,
    },
    /// The step was cancelled.
    #[error("stopped since the step was cancelled")]
    Cancelled,
}

/// A program in the cache.
pub(crate) struct Built {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// Whether it was built just now.
    pub(crate) fresh: bool,
}

/// Longest time one program may take to build; the API server takes 8 minutes of one processor.
const BUILD_DEADLINE: Duration = Duration::from_secs(3600);

/// Where the program of `pin` is in `cache`, once it was built.
fn folder(cache: &Path, pin: &Pin) -> PathBuf {
    cache.join("tools").join(pin.module.folder).join(key(pin))
}

/// Whether the program of `pin` was built.
pub(crate) fn is_built(cache: &Path, pin: &Pin) -> bool {
    folder(cache, pin).join(pin.name).is_file()
}

/// The program of `pin` in `cache`, built if it is not there.
pub(crate) async fn program(cache: &Path, pin: &Pin, cancel: &Cancel) -> Result<Built, BuildError> {
    let folder = folder(cache, pin);
    let path = folder.join(pin.name);
    if path.is_file() {
        return Ok(Built { path, fresh: false });
    }
    let _lock = alone(cache, pin.name, cancel).await?;
    if path.is_file() {
        return Ok(Built { path, fresh: false });
    }
    let work = cache.join("work").join(pin.module.folder);
    write_module(&work, &pin.module)?;
    let partial = folder.join(format!(".partial-{}", pin.name));
    make_folder(&folder)?;
    let begun = Instant::now();
    tracing::info!("building {} {} (once)", pin.name, pin.module.version());
    go_build(&work, pin, &partial, cancel).await?;
    if let Some(said) = said_version(pin, &partial).await
        && said != pin.module.version()
    {
        return Err(BuildError::Version { said, wanted: pin.module.version().into() });
    }
    fs::rename(&partial, &path).map_err(cache_error(&path))?;
    tracing::info!("built {} in {}s", pin.name, begun.elapsed().as_secs());
    Ok(Built { path, fresh: true })
}

/// The kept folders of `source` at `version`, in the cache.
pub(crate) async fn source(
    cache: &Path,
    source: &Source,
    version: &str,
    cancel: &Cancel,
) -> Result<PathBuf, BuildError> {
    let folder = cache.join("sources").join(source.name).join(version);
    if folder.is_dir() {
        return Ok(folder);
    }
    let _lock = alone(cache, &format!("source-{}", source.name), cancel).await?;
    if folder.is_dir() {
        return Ok(folder);
    }
    tracing::info!("fetching {} {version} (once)", source.name);
    let work = cache.join("work").join(source.module.folder);
    write_module(&work, &source.module)?;
    let from = download(&work, &source.module, version, cancel).await?;
    let partial = folder.with_file_name(format!(".partial-{version}"));
    let _ = fs::remove_dir_all(&partial);
    for kept in source.folders {
        copy(&from.join(kept), &partial.join(kept))?;
    }
    fs::rename(&partial, &folder).map_err(cache_error(&folder))?;
    Ok(folder)
}

/// What the cached program depends on: another pin or another flag is another key.
fn key(pin: &Pin) -> String {
    let mut hash = Sha256::new();
    for part in [pin.module.go_mod, pin.module.go_sum, pin.package, pin.ldflags] {
        hash.update(part);
        hash.update([0]);
    }
    format!("{}-{}", pin.module.version(), &hex::encode(hash.finalize())[..12])
}

/// Waits until no other process builds `name`.
async fn alone(cache: &Path, name: &str, cancel: &Cancel) -> Result<File, BuildError> {
    let path = cache.join("locks").join(name);
    make_folder(&cache.join("locks"))?;
    let file = File::create(&path).map_err(cache_error(&path))?;
    let whom = format!("another process that builds {name}");
    let locked = cancel.guard(lock(file, &whom)).await.ok_or(BuildError::Cancelled)?;
    locked.map_err(cache_error(&path))
}

/// Writes `go.mod` and `go.sum` where Go can read them.
fn write_module(work: &Path, module: &Module) -> Result<(), BuildError> {
    make_folder(work)?;
    for (name, text) in [("go.mod", module.go_mod), ("go.sum", module.go_sum)] {
        let path = work.join(name);
        // Two programs of one module may be built at once: the file is the same for both.
        if fs::read_to_string(&path).is_ok_and(|there| there == text) {
            continue;
        }
        run_record::write_whole(&path, text.as_bytes())
            .map_err(|error| cache_error(&path)(io::Error::other(error)))?;
    }
    Ok(())
}

async fn go_build(work: &Path, pin: &Pin, to: &Path, cancel: &Cancel) -> Result<(), BuildError> {
    let version = pin.module.version();
    let mut numbers = version.split('.');
    let ldflags = pin
        .ldflags
        .replace("{version}", version)
        .replace("{major}", numbers.next().unwrap_or_default())
        .replace("{minor}", numbers.next().unwrap_or_default());
    let all = go(work, cancel).args(["list", "-deps", pin.package]).keep_stdout().run().await;
    let all = all.map_err(go_error)?.stdout.lines().count();
    let progress = Progress::default();
    let mut compiled = 0_usize;
    let name = pin.name;
    go(work, cancel)
        .args(["build", "-v", "-trimpath", "-ldflags", &ldflags, "-o"])
        .arg(to)
        .arg(pin.package)
        .deadline(BUILD_DEADLINE)
        .on_line(|_| {
            compiled += 1;
            progress.say(&format!("building {name}: {compiled} of at most {all} packages"));
        })
        .run()
        .await
        .map_err(go_error)?;
    Ok(())
}

/// The folder in which Go keeps the module at `version`, checked against its checksums.
async fn download(
    work: &Path,
    module: &Module,
    version: &str,
    cancel: &Cancel,
) -> Result<PathBuf, BuildError> {
    // Go finds the version of a commit by itself.
    let v = if is_commit(version) { "" } else { "v" };
    let wanted = format!("{}@{v}{version}", module.path);
    let finished = go(work, cancel)
        .args(["mod", "download", "-json", &wanted])
        .keep_stdout()
        .deadline(BUILD_DEADLINE)
        .run()
        .await
        .map_err(go_error)?;
    let answer: serde_json::Value =
        serde_json::from_str(&finished.stdout).map_err(|_| BuildError::Answer(wanted.clone()))?;
    answer["Dir"].as_str().map(PathBuf::from).ok_or(BuildError::Answer(wanted))
}

/// Whether `version` is a commit of the module's repository.
fn is_commit(version: &str) -> bool {
    /// Hexadecimal digits of one.
    const DIGITS: usize = 40;
    version.len() == DIGITS && version.bytes().all(|b| b.is_ascii_hexdigit())
}

fn go<'l>(work: &Path, cancel: &Cancel) -> Tool<'l> {
    Tool::new("go", "go")
        .pass("GO")
        .env("CGO_ENABLED", "0")
        .env("GOFLAGS", "-mod=readonly -buildvcs=false")
        .cwd(work)
        .cancel(cancel)
}

fn go_error(error: ToolError) -> BuildError {
    match error {
        ToolError::Cancelled { .. } => BuildError::Cancelled,
        error => BuildError::Go(error),
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), BuildError> {
    for entry in WalkDir::new(from).sort_by_file_name() {
        let entry = entry.map_err(|error| cache_error(from)(error.into()))?;
        let relative = entry.path().strip_prefix(from).unwrap_or(entry.path());
        let target = to.join(relative);
        if entry.file_type().is_dir() {
            make_folder(&target)?;
        } else {
            // The module cache is read-only; a copy that can be removed is not.
            let content = fs::read(entry.path()).map_err(cache_error(entry.path()))?;
            fs::write(&target, content).map_err(cache_error(&target))?;
        }
    }
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), BuildError> {
    fs::create_dir_all(path).map_err(cache_error(path))
}

fn cache_error(path: &Path) -> impl Fn(io::Error) -> BuildError {
    move |source| BuildError::Cache { path: path.into(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_and_a_commit_are_told_apart() {
        assert!(is_commit(&"0123456789abcdef".repeat(3)[..40]));
        assert!(!is_commit("1.20.2") && !is_commit(&"g".repeat(40)));
    }
}
