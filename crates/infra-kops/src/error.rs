//! Why a cluster could not be made, checked or removed, and the exit code.

use run_record::{Class, FileError, Outcome};
use stage::Reason;

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
    /// This version cannot do it.
    #[error("this version of `infra-kops` does not know `{verb}` yet")]
    Missing {
        /// The verb.
        verb: &'static str,
    },
}

impl Reason for Error {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Provider { .. } | Self::Missing { .. } => Outcome::Misuse,
            Self::File(_) => Outcome::Failed,
        }
    }

    fn class(&self) -> Option<Class> {
        Some(match self {
            Self::Provider { .. } | Self::Missing { .. } => Class::Input,
            Self::File(error) if error.is_malformed() => Class::Input,
            Self::File(_) => Class::Internal,
        })
    }
}
