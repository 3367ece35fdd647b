//! Keeps Prometheus' database in the run directory.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use redaction::scan_file;
use run_record::{PARTIAL, Plan, RunDir};
use scenario::Provider;
use serde::Serialize;
use stage::Stage;
use walkdir::WalkDir;

use crate::{
    archive,
    error::Error,
    prometheus::{Head, Prometheus},
    snapshot_error::{DEADLINE, SnapshotError},
    tsdb::{self, Contents, Opened},
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

/// Keeps Prometheus' database in the run directory and reads it through: a new snapshot where its disk is
/// of this machine, else the one that ClusterLoader2 brought from the cluster at the end of a test.
pub(crate) async fn take(stage: &Stage, plan: &Plan) -> Result<Taken, Error> {
    if plan.provider == Provider::Kops
        && let Some(archive) = newest_archive(&stage.run_dir, plan)
    {
        let run_dir = stage.run_dir.clone();
        let unpacking = tokio::task::spawn_blocking(move || from_archive(&archive, &run_dir));
        match unpacking.await.map_err(|error| Error::Snapshot(error.into()))? {
            // It came over a stream that may break.
            Err(error @ SnapshotError::Archive(_)) => {
                tracing::warn!("taking another snapshot: {}", stage::chain(&error).join(": "));
            }
            taken => return taken.map_err(Error::Snapshot),
        }
    }
    from_disk(stage).await
}

/// The archive of the last test that has one: it holds what the tests before it measured, too.
fn newest_archive(run_dir: &RunDir, plan: &Plan) -> Option<PathBuf> {
    let tests = plan.tests.iter().rev();
    tests
        .map(|test| run_dir.report(&test.test.test).join(archive::NAME))
        .find(|path| path.is_file())
}

fn from_archive(archive: &Path, run_dir: &RunDir) -> Result<Taken, SnapshotError> {
    let (_folder, blocks) = archive::unpack(archive, run_dir.root())?;
    // Prometheus went on after it was made: nobody knows how far it had to reach.
    let kept = keep(&blocks, &run_dir.prometheus(), Head { num_series: 0, max_time: 0 }, true)?;
    tracing::info!("kept {kept}");
    Ok(kept)
}

/// Takes a snapshot, copies it and reads it through.
async fn from_disk(stage: &Stage) -> Result<Taken, Error> {
    let client = stage::client(&stage.run_dir).await.map_err(Error::Cluster)?;
    let prometheus = Prometheus::new(client);
    let mut attempt = 1;
    loop {
        let last = attempt == ATTEMPTS;
        let taking = tokio::time::timeout(DEADLINE, take_once(&prometheus, &stage.run_dir, last));
        let taken = stage.cancel.guard(taking).await.ok_or(Error::Cancelled)?;
        match taken.unwrap_or(Err(Error::Snapshot(SnapshotError::TimedOut))) {
            Err(Error::Snapshot(error @ SnapshotError::Tsdb { .. })) if !last => {
                tracing::warn!("taking another snapshot: {}", stage::chain(&error).join(": "));
                attempt += 1;
            }
            result => return result,
        }
    }
}

async fn take_once(prometheus: &Prometheus, run_dir: &RunDir, last: bool) -> Result<Taken, Error> {
    let head = prometheus.head().await.map_err(Error::Prometheus)?;
    let folder = prometheus.folder().await.map_err(Error::Prometheus)?;
    let name = prometheus.snapshot().await.map_err(Error::Prometheus)?;
    let snapshot = PathBuf::from(folder).join("snapshots").join(name);
    let kept = keep(&snapshot, &run_dir.prometheus(), head, last);
    // It is copied, or of no use: what is left of it only fills the disk.
    let _ = fs::remove_dir_all(&snapshot);
    let kept = kept.map_err(Error::Snapshot)?;
    tracing::info!("kept {kept}");
    Ok(kept)
}

/// Copies `snapshot` beside `target`, checks it, and puts it in place of `target`. Of the `last` one
/// the whole blocks are kept even if others are not whole, unless a better one is there.
fn keep(snapshot: &Path, target: &Path, head: Head, last: bool) -> Result<Taken, SnapshotError> {
    let partial = target.with_file_name(format!("{PARTIAL}prometheus"));
    remove(&partial)?;
    let bytes = copy(snapshot, &partial)?;
    if let Err(error) = check_held(&partial) {
        remove(&partial)?;
        return Err(error);
    }
    let broken = |kept, source| SnapshotError::Tsdb { kept, source };
    let opened = tsdb::open(&partial).map_err(|source| broken(0, source))?;
    let (whole, damaged) = (opened.contents.blocks, names(&opened));
    match opened.whole().and_then(|contents| contents.reaches(head.max_time)) {
        Ok(contents) => {
            replace(&partial, target)?;
            Ok(Taken { contents, bytes, head_series: head.num_series })
        }
        Err(source) => {
            let is_kept = last && whole > 0 && !target.exists();
            for name in damaged {
                remove(&partial.join(name))?;
            }
            if is_kept {
                replace(&partial, target)?
            } else {
                remove(&partial)?
            }
            Err(broken(if is_kept { whole } else { 0 }, source))
        }
    }
}

/// The names of the blocks that are not whole, each of which is said.
fn names(opened: &Opened) -> Vec<String> {
    for (name, why) in &opened.damaged {
        tracing::warn!("block `{name}` of the snapshot: {}", stage::chain(why).join(": "));
    }
    opened.damaged.iter().map(|(name, _)| name.clone()).collect()
}

fn replace(partial: &Path, target: &Path) -> Result<(), SnapshotError> {
    remove(target)?;
    fs::rename(partial, target)
        .map_err(|source| SnapshotError::Copy { path: target.into(), source })
}

/// Makes sure that no label is a credential: the database is exported as it is.
fn check_held(folder: &Path) -> Result<(), SnapshotError> {
    for entry in WalkDir::new(folder).into_iter().filter_map(Result::ok) {
        let path = entry.path();
        if !entry.file_type().is_file() {
            continue;
        }
        let held =
            scan_file(path).map_err(|source| SnapshotError::Copy { path: path.into(), source })?;
        if let Some(held) = held {
            let file = path.strip_prefix(folder).unwrap_or(path).into();
            return Err(SnapshotError::Held { file, held });
        }
    }
    Ok(())
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
