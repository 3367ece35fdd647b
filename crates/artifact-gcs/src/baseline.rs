//! The baseline in the run directory: one folder a build, and the index that `verdict` reads.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use futures::TryStreamExt;
use run_record::{
    FileError, Measurements, PARTIAL, RunDir, read_json, write_json, write_json_as_is,
};
use scenario::TestName;
use tokio::io::AsyncWriteExt;

use crate::{
    baseline_index::BaselineIndex,
    inspect::inspect,
    layout,
    manifest::{Manifest, Object},
    store::{Store, StoreError},
};

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

    /// What an earlier attempt saw in the same bucket.
    pub(crate) fn earlier(&self, bucket: &str) -> BaselineIndex {
        let index: Result<BaselineIndex, _> = read_json(&self.index_path());
        // Of no use, or none yet: everything is asked for again.
        index.ok().filter(|index| index.bucket.as_deref() == Some(bucket)).unwrap_or_default()
    }

    /// Whether `build` is here, as its manifest says.
    pub(crate) fn holds(&self, build: u64) -> bool {
        let folder = self.folder.join(build.to_string());
        let manifest: Result<Manifest, _> = read_json(&folder.join(layout::MANIFEST));
        manifest.is_ok_and(|manifest| is_right(&folder, &manifest))
    }

    /// Fetches the build of `manifest`, unless it is here and right. It becomes visible when it is
    /// whole and checked; what an earlier attempt had of it is kept.
    pub(crate) async fn fetch(
        &self,
        store: &dyn Store,
        manifest: &Manifest,
    ) -> Result<Fetch, BaselineError> {
        let to = self.folder.join(manifest.build.to_string());
        if is_right(&to, manifest) {
            return Ok(Fetch::Kept);
        }
        let partial = self.folder.join(format!("{PARTIAL}{}", manifest.build));
        fs::create_dir_all(&partial).map_err(|source| self.write_error(source))?;
        for object in wanted(manifest) {
            let file = partial.join(&object.name);
            if is_object(&file, object) {
                continue;
            }
            let name = manifest.folder().object(&object.name);
            if !self.copy(store, &name, &file, object.size).await? {
                return Ok(Fetch::Broken(format!("its {} is gone", object.name)));
            }
            if !is_object(&file, object) {
                let reason = format!("its {} is not what its manifest says", object.name);
                return Ok(Fetch::Broken(reason));
            }
        }
        if let Err(error) = read_json::<Measurements>(&partial.join(layout::MEASUREMENTS)) {
            // Without the path, which is gone when somebody reads this.
            let why = error.reason();
            return Ok(Fetch::Broken(format!("its {}: {why}", layout::MEASUREMENTS)));
        }
        write_json_as_is(&partial.join(layout::MANIFEST), manifest).map_err(BaselineError::File)?;
        show(&partial, &to).map_err(|source| self.write_error(source))?;
        Ok(Fetch::Fetched)
    }

    /// Writes the index, and removes what is not in it: the baseline of an earlier attempt.
    pub(crate) fn index(&self, index: &BaselineIndex) -> Result<(), FileError> {
        write_json(&self.index_path(), index)?;
        for entry in fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let stale =
                layout::build_number(&name).is_some_and(|build| !index.builds.contains(&build));
            if stale || name.starts_with(PARTIAL) {
                // It is in no index: nobody reads it.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        Ok(())
    }

    fn index_path(&self) -> PathBuf {
        self.folder.join("index.json")
    }

    /// Copies an object, and at most one part more than it should have; false if it is not there.
    async fn copy(
        &self,
        store: &dyn Store,
        name: &str,
        to: &Path,
        size: u64,
    ) -> Result<bool, BaselineError> {
        let Some(mut opened) = store.open(name).await.map_err(BaselineError::Store)? else {
            return Ok(false);
        };
        let failed = |source| self.write_error(source);
        let mut file = tokio::fs::File::create(to).await.map_err(failed)?;
        let mut copied = 0;
        while let Some(part) = opened.parts.try_next().await.map_err(BaselineError::Store)? {
            file.write_all(&part).await.map_err(failed)?;
            copied += part.len() as u64;
            if copied > size {
                break;
            }
        }
        file.flush().await.map_err(failed)?;
        Ok(true)
    }

    fn write_error(&self, source: io::Error) -> BaselineError {
        BaselineError::File(FileError::Write { path: self.folder.clone(), source })
    }
}

/// What is fetched of a build.
fn wanted(manifest: &Manifest) -> impl Iterator<Item = &Object> {
    layout::BASELINE.iter().filter_map(|name| manifest.object(name))
}

/// Makes the folder visible, in place of one that is not right.
fn show(partial: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::rename(partial, to)
}

/// Whether `folder` holds what the same manifest said before.
fn is_right(folder: &Path, manifest: &Manifest) -> bool {
    let said: Result<Manifest, _> = read_json(&folder.join(layout::MANIFEST));
    said.is_ok_and(|said| said == *manifest)
        && wanted(manifest).all(|object| is_object(&folder.join(&object.name), object))
}

/// Whether `file` holds the bytes of `object`.
fn is_object(file: &Path, object: &Object) -> bool {
    inspect(file).is_ok_and(|seen| seen.digest == object.digest())
}
