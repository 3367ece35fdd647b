//! Keeps Prometheus' database in the run directory.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use run_record::{PARTIAL, Plan, RunDir};
use serde::Serialize;
use stage::Stage;
use walkdir::WalkDir;

use crate::{
    error::Error,
    prometheus::{Head, Prometheus},
    snapshot_error::{DEADLINE, SnapshotError},
    tsdb::{self, Contents},
};

/// How often a snapshot is taken: a second time if the first one is cut off.
const ATTEMPTS: u32 = 2;

/// A database that is kept.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Taken {
    /// What it holds.
    pub contents: Contents,
    /// Its size in bytes.
    pub bytes: u64,
    /// Series that Prometheus had in memory when the snapshot was taken.
    pub head_series: u64,
}

/// Takes a snapshot, copies it into the run directory and reads it through.
pub(crate) async fn take(stage: &Stage, _plan: &Plan) -> Result<Taken, Error> {
    let client = stage::client(&stage.run_dir).await.map_err(Error::Cluster)?;
    let prometheus = Prometheus::new(client);
    let mut attempt = 1;
    loop {
        let taking = tokio::time::timeout(DEADLINE, take_once(&prometheus, &stage.run_dir));
        let taken = stage.cancel.guard(taking).await.ok_or(Error::Cancelled)?;
        match taken.unwrap_or(Err(Error::Snapshot(SnapshotError::TimedOut))) {
            Err(Error::Snapshot(error @ SnapshotError::Tsdb(_))) if attempt < ATTEMPTS => {
                tracing::warn!("taking another snapshot: {}", stage::chain(&error).join(": "));
                attempt += 1;
            }
            result => return result,
        }
    }
}

async fn take_once(prometheus: &Prometheus, run_dir: &RunDir) -> Result<Taken, Error> {
    let head = prometheus.head().await.map_err(Error::Prometheus)?;
    let folder = prometheus.folder().await.map_err(Error::Prometheus)?;
    let name = prometheus.snapshot().await.map_err(Error::Prometheus)?;
    let snapshot = PathBuf::from(folder).join("snapshots").join(name);
    let kept = keep(&snapshot, &run_dir.prometheus(), head).map_err(Error::Snapshot)?;
    // It is copied: what is left of it only fills the disk.
    let _ = fs::remove_dir_all(&snapshot);
    tracing::info!("kept {kept}");
    Ok(kept)
}

/// Copies `snapshot` beside `target`, checks it, and puts it in place of `target`.
fn keep(snapshot: &Path, target: &Path, head: Head) -> Result<Taken, SnapshotError> {
    let partial = target.with_file_name(format!("{PARTIAL}prometheus"));
    remove(&partial)?;
    let bytes = copy(snapshot, &partial)?;
    let contents = tsdb::open(&partial)
        .and_then(|contents| contents.reaches(head.max_time))
        .map_err(SnapshotError::Tsdb)?;
    remove(target)?;
    fs::rename(&partial, target)
        .map_err(|source| SnapshotError::Copy { path: target.into(), source })?;
    Ok(Taken { contents, bytes, head_series: head.num_series })
}

fn remove(folder: &Path) -> Result<(), SnapshotError> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(SnapshotError::Copy { path: folder.into(), source })
        }
        _ => Ok(()),
    }
}

fn copy(from: &Path, to: &Path) -> Result<u64, SnapshotError> {
    let failed = |path: &Path, source| SnapshotError::Copy { path: path.into(), source };
    let mut bytes = 0;
    for entry in WalkDir::new(from) {
        let entry = entry.map_err(|error| failed(from, error.into()))?;
        let path = entry.path();
        let target = to.join(path.strip_prefix(from).unwrap_or(path));
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target).map_err(|source| failed(&target, source))?;
        } else {
            bytes += fs::copy(path, &target).map_err(|source| failed(path, source))?;
        }
    }
    Ok(bytes)
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Contents { blocks, series, samples, .. } = self.contents;
        write!(
            f,
            "{samples} samples of {series} series in {blocks} blocks, {:.1} MiB",
            mebibytes(self.bytes)
        )
    }
}

/// For people: the last digits do not matter.
#[expect(clippy::cast_precision_loss, reason = "it is shown with one digit")]
fn mebibytes(bytes: u64) -> f64 {
    /// Bytes in a MiB.
    const MIB: f64 = 1_048_576.0;
    bytes as f64 / MIB
}
