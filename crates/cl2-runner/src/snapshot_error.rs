//! Why a snapshot could not be kept.

use std::{io, path::PathBuf, time::Duration};

use crate::tsdb::TsdbError;

/// Longest time one snapshot may take: 300 MB took 5 s. A teardown waits behind it.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// Why a snapshot could not be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// A file could not be copied.
    #[error("failed to copy `{path}`")]
    Copy {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Prometheus cannot be reached, or does not come to an end.
    #[error("Prometheus gave no snapshot within {} s (hint: the pod `prometheus-k8s` must be ready)", DEADLINE.as_secs())]
    TimedOut,
    /// The copy is no whole database.
    #[error("the snapshot is not whole")]
    Tsdb(#[source] TsdbError),
}
