//! Why a snapshot could not be kept.

use std::{io, path::PathBuf, time::Duration};

use redaction::Held;
use run_record::Class;

use crate::{archive::ArchiveError, tsdb::TsdbError};

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
    /// What ClusterLoader2 brought from the cluster is of no use.
    #[error("failed to unpack the snapshot that ClusterLoader2 took")]
    Archive(#[from] ArchiveError),
    /// Nobody can say how the unpacking ended.
    #[error("the unpacking of the snapshot did not end by itself")]
    Stopped(#[from] tokio::task::JoinError),
    /// Prometheus cannot be reached, or does not come to an end.
    #[error("Prometheus gave no snapshot within {} s (hint: the pod `prometheus-k8s` must be ready)", DEADLINE.as_secs())]
    TimedOut,
    /// A label of it is a credential.
    #[error("`{file}` of the snapshot is not kept: {held}")]
    Held {
        /// The file.
        file: PathBuf,
        /// What is in it.
        held: Held,
    },
    /// The copy is no whole database.
    #[error("the snapshot is not whole{}", rest(*kept))]
    Tsdb {
        /// Whole blocks that are kept all the same.
        kept: u64,
        /// What is wrong.
        source: TsdbError,
    },
}

fn rest(kept: u64) -> String {
    if kept == 0 { String::new() } else { format!(" (its {kept} whole blocks are kept)") }
}

impl SnapshotError {
    /// What kind of thing went wrong.
    pub(crate) fn class(&self) -> Class {
        match self {
            Self::Copy { source, .. } if source.kind() == io::ErrorKind::StorageFull => Class::Disk,
            Self::Copy { .. }
            | Self::Archive(_)
            | Self::Stopped(_)
            | Self::Held { .. }
            | Self::Tsdb { .. } => Class::Snapshot,
            Self::TimedOut => Class::Cluster,
        }
    }
}
