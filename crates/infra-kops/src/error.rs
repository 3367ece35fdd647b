//! Why a cluster could not be made, checked or removed, and the exit code.

use run_record::{Class, FileError, Outcome};
use stage::Reason;

use crate::{build_error::BuildError, delete::DeleteError, lease::LeaseError, reap::ReapError};

/// Why a cluster could not be made, checked or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the run cannot be read or written.
    #[error("failed to read or write a file of the run")]
    File(#[from] FileError),
    /// The run has no cluster of kops.
    #[error(
        "the run `{run_id}` was not planned for kops (hint: `scale-ci stage infra-kwok` serves it)"
    )]
    Provider {
        /// The run.
        run_id: String,
    },
    /// It cannot be said that nothing of the cluster is left.
    #[error("failed to remove the cluster `{cluster}`, which may go on costing money")]
    Delete {
        /// The cluster.
        cluster: String,
        /// Why.
        source: Box<DeleteError>,
    },
    /// Nobody can say which runs are dead.
    #[error("failed to look for dead runs")]
    Reap(#[from] ReapError),
    /// The cluster could not be built or is not as it was asked for.
    #[error("failed to {verb} the cluster `{cluster}`")]
    Build {
        /// What was to be done.
        verb: &'static str,
        /// The cluster.
        cluster: String,
        /// Why.
        source: Box<BuildError>,
    },
}

impl Reason for Error {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Provider { .. } => Outcome::Misuse,
            Self::Build { source, .. } => source.outcome(),
            Self::File(_) => Outcome::Failed,
            Self::Delete { source, .. } => match &**source {
                DeleteError::Call(error) => error.trouble.outcome(),
                DeleteError::Lease(error) => of_lease(error).0,
                DeleteError::State(_) => Outcome::Misuse,
                DeleteError::Left { .. } => Outcome::Failed,
            },
            Self::Reap(error) => match error {
                ReapError::Call(error) => error.trouble.outcome(),
                ReapError::Lease(error) => of_lease(error).0,
                ReapError::State(_) => Outcome::Misuse,
            },
        }
    }

    fn class(&self) -> Option<Class> {
        Some(match self {
            Self::Provider { .. } => Class::Input,
            Self::Build { source, .. } => source.class(),
            Self::File(error) if error.is_malformed() => Class::Input,
            Self::File(_) => Class::Internal,
            Self::Delete { source, .. } => match &**source {
                DeleteError::Call(error) => error.trouble.class(),
                DeleteError::Lease(error) => of_lease(error).1,
                DeleteError::State(_) => Class::Input,
                DeleteError::Left { .. } => Class::LeftBehind,
            },
            Self::Reap(error) => match error {
                ReapError::Call(error) => error.trouble.class(),
                ReapError::Lease(error) => of_lease(error).1,
                ReapError::State(_) => Class::Input,
            },
        })
    }
}

/// How a step ends that has no lease, and who has to look at it.
fn of_lease(error: &LeaseError) -> (Outcome, Class) {
    match error {
        LeaseError::Call(error) => (error.trouble.outcome(), error.trouble.class()),
        LeaseError::Address { .. } | LeaseError::Taken { .. } => (Outcome::Misuse, Class::Input),
        LeaseError::Malformed { .. } => (Outcome::Misuse, Class::Input),
        LeaseError::Ended { .. }
        | LeaseError::Gone { .. }
        | LeaseError::NoTime
        | LeaseError::Contended { .. } => (Outcome::Failed, Class::Cluster),
    }
}
