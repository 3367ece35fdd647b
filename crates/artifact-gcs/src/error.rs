//! Why files could not be exported, fetched or listed, and the exit code.

use run_record::{BucketAddressError, Class, FileError, Outcome};
use stage::Reason;
use tokio::task::JoinError;

use crate::{
    contents::ContentsError, inspect::InspectError, manifest::ManifestError, store::StoreError,
    turn::TurnError,
};

/// Why files could not be exported, fetched or listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The run directory does not say what to do.
    #[error("failed to read the plan of the run")]
    Plan(#[source] FileError),
    /// The suite has no such test.
    #[error("the suite has no test `{test}` (hint: it has {known})")]
    Test {
        /// The test that was asked for.
        test: String,
        /// The tests there are.
        known: String,
    },
    /// The bucket cannot be one.
    #[error(transparent)]
    Address(BucketAddressError),
    /// The files of the run could not be gathered.
    #[error("failed to gather the files of the build")]
    Contents(#[source] ContentsError),
    /// A file of the run could not be read.
    #[error(transparent)]
    Inspect(InspectError),
    /// The build is finished and holds something else.
    #[error(
        "`{build}` is finished and its `{differs}` is not that of this run (hint: a finished build is never changed; plan a new run)"
    )]
    Finished {
        /// The build.
        build: String,
        /// The first object that differs.
        differs: String,
    },
    /// An object of the build is not what it should be.
    #[error(
        "`{name}` {found} (hint: no object is ever overwritten; find out who wrote it, then plan a new run)"
    )]
    Wrong {
        /// The object.
        name: String,
        /// What is there.
        found: String,
    },
    /// A manifest could not be read or written.
    #[error(transparent)]
    Manifest(ManifestError),
    /// The bucket failed.
    #[error(transparent)]
    Store {
        /// What it said.
        source: StoreError,
    },
    /// The run directory could not be written.
    #[error("failed to write the baseline into the run directory")]
    Baseline(#[source] FileError),
    /// Another export of the run directory is under way.
    #[error(transparent)]
    Turn(TurnError),
    /// GitHub's file of outputs could not be written.
    #[error("failed to set an output of the step")]
    Output(#[source] std::io::Error),
    /// Work was stopped from within.
    #[error("failed to finish reading")]
    Stopped(#[source] JoinError),
    /// Somebody stopped the step.
    #[error("stopped since the step was cancelled")]
    Cancelled,
}

impl Reason for Error {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Plan(_)
            | Self::Test { .. }
            | Self::Address(_)
            | Self::Finished { .. }
            | Self::Wrong { .. } => Outcome::Misuse,
            Self::Store { source } | Self::Manifest(ManifestError::Store { source, .. }) => {
                source.outcome()
            }
            Self::Turn(TurnError::Late { .. }) => Outcome::TimedOut,
            Self::Contents(_)
            | Self::Inspect(_)
            | Self::Manifest(_)
            | Self::Baseline(_)
            | Self::Turn(_)
            | Self::Output(_)
            | Self::Stopped(_) => Outcome::Failed,
            Self::Cancelled => Outcome::Cancelled,
        }
    }

    fn class(&self) -> Option<Class> {
        Some(match self {
            Self::Plan(_) | Self::Test { .. } | Self::Address(_) => Class::Input,
            Self::Finished { .. } | Self::Wrong { .. } | Self::Manifest(_) | Self::Store { .. } => {
                Class::Bucket
            }
            Self::Contents(_)
            | Self::Inspect(_)
            | Self::Baseline(_)
            | Self::Turn(_)
            | Self::Output(_)
            | Self::Stopped(_) => Class::Internal,
            Self::Cancelled => Class::Cancel,
        })
    }
}
