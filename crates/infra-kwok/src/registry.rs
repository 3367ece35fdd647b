//! The runs of this machine: which run directory is whose, so that a dead run can be cleared.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use run_record::{FileError, Format, ProcessId, RunDir, read_json, write_json_as_is};
use serde::{Deserialize, Serialize};

/// Why the registry cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// A file of it.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its folder.
    #[error("failed to read `{path}`")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A run that has, or may have, something on this machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// Version of this file's shape.
    pub(crate) format: Format,
    /// Name of the run.
    pub(crate) run_id: String,
    /// Its run directory.
    pub(crate) run_dir: PathBuf,
    /// The process that owns it; none if its stages are started by hand.
    pub(crate) owner: Option<ProcessId>,
    /// When it was entered.
    pub(crate) entered: Timestamp,
}

/// Enters a run, before anything is made for it.
pub(crate) fn enter(
    cache: &Path,
    run_dir: &RunDir,
    run_id: &str,
    owner: Option<ProcessId>,
) -> Result<(), RegistryError> {
    let entry = Entry {
        format: Format,
        run_id: run_id.into(),
        run_dir: run_dir.root().into(),
        owner,
        entered: Timestamp::now(),
    };
    Ok(write_json_as_is(&path(cache, run_id), &entry)?)
}

/// Strikes a run out: nothing of it is left.
pub(crate) fn strike(cache: &Path, run_id: &str) -> Result<(), RegistryError> {
    let path = path(cache, run_id);
    match fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(RegistryError::Folder { path, source })
        }
        _ => Ok(()),
    }
}

/// Every entry, and what could not be read.
pub(crate) fn all(cache: &Path) -> Result<(Vec<Entry>, Vec<FileError>), RegistryError> {
    let path = cache.join("runs");
    let files = match fs::read_dir(&path) {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Default::default()),
        Err(source) => return Err(RegistryError::Folder { path, source }),
    };
    let (mut entries, mut unreadable) = (Vec::new(), Vec::new());
    for file in files {
        let file = file.map_err(|source| RegistryError::Folder { path: path.clone(), source })?;
        if file.path().extension().is_some_and(|extension| extension == "json") {
            match read_json(&file.path()) {
                Ok(entry) => entries.push(entry),
                // It was struck out in between.
                Err(error) if error.is_missing() => {}
                Err(error) => unreadable.push(error),
            }
        }
    }
    Ok((entries, unreadable))
}

fn path(cache: &Path, run_id: &str) -> PathBuf {
    cache.join("runs").join(format!("{run_id}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_there_from_enter_to_strike_and_a_broken_file_is_named() {
        let cache = tempfile::tempdir().unwrap();
        enter(cache.path(), &RunDir::new("/somewhere/run"), "a-1", None).unwrap();
        fs::write(cache.path().join("runs/b.json"), "{").unwrap();

        let (entries, unreadable) = all(cache.path()).unwrap();
        strike(cache.path(), "a-1").unwrap();
        strike(cache.path(), "a-1").unwrap();

        assert_eq!(entries[0].run_dir, Path::new("/somewhere/run"));
        assert_eq!(unreadable.len(), 1);
        assert!(all(cache.path()).unwrap().0.is_empty());
    }
}
