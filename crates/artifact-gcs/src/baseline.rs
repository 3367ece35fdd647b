//! The baseline in the run directory: one folder a build, and the index that `verdict` reads.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use run_record::{FileError, Format, Measurements, RunDir, read_json, write_json};
use scenario::TestName;
use serde::Serialize;
use stage::chain;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    contents::PARTIAL,
    inspect::inspect,
    layout,
    manifest::{Manifest, Object},
    store::{Store, StoreError},
};

/// `baseline/index.json`: which builds were fetched to compare with.
#[derive(Debug, Serialize)]
struct Index<'a> {
    /// Version of this file's shape.
    format: Format,
    /// The builds, newest first.
    builds: &'a [u64],
    /// Builds that were there and were passed over, with the reason.
    passed_over: &'a [String],
}

/// What became of a build that was to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fetch {
    /// It is in the run directory now.
    Fetched,
    /// It was there already.
    Kept,
    /// It is not what its manifest says, or cannot be understood.
    Broken(String),
}

/// Why a build could not be fetched.
#[derive(Debug)]
pub(crate) enum BaselineError {
    /// The bucket failed.
    Store(StoreError),
    /// The run directory failed.
    File(FileError),
}

/// The baseline of one test in the run directory.
#[derive(Debug)]
pub(crate) struct Baseline {
    folder: PathBuf,
}

impl Baseline {
    /// The baseline of `test`.
    pub(crate) fn of(run_dir: &RunDir, test: &TestName) -> Self {
        Self { folder: run_dir.baseline(test) }
    }

    /// Fetches the build of `manifest`, unless it is here and right. It becomes visible when it is
    /// whole and checked.
    pub(crate) async fn fetch(
        &self,
        store: &dyn Store,
        manifest: &Manifest,
    ) -> Result<Fetch, BaselineError> {
        let to = self.folder.join(manifest.build.to_string());
        let objects: Vec<&Object> =
            layout::BASELINE.iter().filter_map(|name| manifest.object(name)).collect();
        if is_right(&to, manifest, &objects) {
            return Ok(Fetch::Kept);
        }
        let partial = self.partial().map_err(|source| self.write_error(source))?;
        for object in objects {
            let name = manifest.folder().object(&object.name);
            let file = partial.path().join(&object.name);
            if !self.copy(store, &name, &file, object.size).await? {
                return Ok(Fetch::Broken(format!("its {} is gone", object.name)));
            }
            if inspect(&file).map(|seen| seen.digest).ok() != Some(object.digest()) {
                return Ok(Fetch::Broken(format!(
                    "its {} is not what its manifest says",
                    object.name
                )));
            }
        }
        if let Err(error) = read_json::<Measurements>(&partial.path().join(layout::MEASUREMENTS)) {
            // Without the path, which is gone when somebody reads this.
            let why = chain(&error).split_off(1).join(": ");
            return Ok(Fetch::Broken(format!("its {}: {why}", layout::MEASUREMENTS)));
        }
        write_json(&partial.path().join(layout::MANIFEST), manifest)
            .map_err(BaselineError::File)?;
        self.show(partial, &to).map_err(|source| self.write_error(source))?;
        Ok(Fetch::Fetched)
    }

    /// Writes the index, and removes what is not in it: the baseline of an earlier attempt.
    pub(crate) fn index(&self, builds: &[u64], passed_over: &[String]) -> Result<(), FileError> {
        let index = Index { format: Format, builds, passed_over };
        write_json(&self.folder.join("index.json"), &index)?;
        for entry in fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let stale = layout::build_number(&name).is_some_and(|build| !builds.contains(&build));
            if stale || name.starts_with(PARTIAL) {
                // It is in no index: nobody reads it.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        Ok(())
    }

    fn partial(&self) -> io::Result<TempDir> {
        fs::create_dir_all(&self.folder)?;
        tempfile::Builder::new().prefix(PARTIAL).tempdir_in(&self.folder)
    }

    fn show(&self, partial: TempDir, to: &Path) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        /// A temporary folder is private; results are for everybody.
        const MODE: u32 = 0o755;
        fs::set_permissions(partial.path(), fs::Permissions::from_mode(MODE))?;
        if to.exists() {
            fs::remove_dir_all(to)?;
        }
        fs::rename(partial.path(), to)?;
        // It has another name now, so there is nothing left to remove.
        let _ = partial.keep();
        Ok(())
    }

    /// Copies an object, and at most one byte more than it should have; false if it is not there.
    async fn copy(
        &self,
        store: &dyn Store,
        name: &str,
        to: &Path,
        size: u64,
    ) -> Result<bool, BaselineError> {
        let Some(bytes) = store.open(name).await.map_err(BaselineError::Store)? else {
            return Ok(false);
        };
        let copying = async {
            let mut file = tokio::fs::File::create(to).await?;
            tokio::io::copy(&mut bytes.take(size.saturating_add(1)), &mut file).await?;
            file.flush().await
        };
        copying.await.map_err(|source| self.write_error(source))?;
        Ok(true)
    }

    fn write_error(&self, source: io::Error) -> BaselineError {
        BaselineError::File(FileError::Write { path: self.folder.clone(), source })
    }
}

/// Whether all of `objects` are in `folder` as the same manifest said before.
fn is_right(folder: &Path, manifest: &Manifest, objects: &[&Object]) -> bool {
    let said: Result<Manifest, _> = read_json(&folder.join(layout::MANIFEST));
    said.is_ok_and(|said| said == *manifest)
        && objects.iter().all(|object| {
            let seen = inspect(&folder.join(&object.name));
            seen.is_ok_and(|seen| seen.digest == object.digest())
        })
}
