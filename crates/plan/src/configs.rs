//! Copies a test's ClusterLoader2 config, and all that lies beside it, into the run directory.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use redaction::{Held, scan_file};
use walkdir::{DirEntry, WalkDir};

/// Most that the folder of a config may hold, in bytes: all of upstream's tests are 1.1 MB.
const LARGEST: u64 = 16 << 20;

/// Why a config cannot be copied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigsError {
    /// There is no such file.
    #[error("there is no file `{0}`")]
    Missing(PathBuf),
    /// The folder holds more than configs.
    #[error("`{0}` holds more than {largest} MiB (hint: give the config a folder of its own)", largest = LARGEST >> 20)]
    Large(PathBuf),
    /// A link may lead anywhere.
    #[error("`{0}` is neither a file nor a folder (hint: put a copy of the file there)")]
    Special(PathBuf),
    /// The run directory is exported, and a secret in it with it.
    #[error(
        "`{path}` cannot be exported: {held} (hint: name a Secret of the cluster in its place)"
    )]
    Held {
        /// The file.
        path: PathBuf,
        /// What is in it.
        held: Held,
    },
    /// A file cannot be read or written.
    #[error("failed to copy `{path}`")]
    Copy {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Copies the folder of `config` to `to`.
pub(crate) fn copy(config: &Path, to: &Path) -> Result<(), ConfigsError> {
    if !config.is_file() {
        return Err(ConfigsError::Missing(config.into()));
    }
    let folder = config.parent().unwrap_or(Path::new("."));
    let failed = |path: &Path, source| ConfigsError::Copy { path: path.into(), source };
    let mut size = 0;
    // A folder that holds the copy would be copied into itself without end.
    let holds_copy = |entry: &DirEntry| {
        entry.depth() > 0
            && std::path::absolute(entry.path()).is_ok_and(|path| to.starts_with(path))
    };
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| !holds_copy(entry)) {
        let entry = entry.map_err(|error| failed(folder, error.into()))?;
        let path = entry.path();
        let target = to.join(path.strip_prefix(folder).unwrap_or(path));
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target).map_err(|source| failed(&target, source))?;
        } else if entry.file_type().is_file() {
            size += entry.metadata().map_err(|error| failed(path, error.into()))?.len();
            if size > LARGEST {
                return Err(ConfigsError::Large(folder.into()));
            }
            if let Some(held) = scan_file(path).map_err(|source| failed(path, source))? {
                return Err(ConfigsError::Held { path: path.into(), held });
            }
            fs::copy(path, &target).map_err(|source| failed(path, source))?;
        } else {
            return Err(ConfigsError::Special(path.into()));
        }
    }
    Ok(())
}
