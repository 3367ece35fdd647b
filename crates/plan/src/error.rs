//! Why a run cannot be planned, or nobody can say what is due, and the exit code.

use std::{io, path::PathBuf};

use run_record::{Class, FileError, Outcome};
use scenario::Faults;
use stage::Reason;

use crate::{
    bucket::BucketError, builds::BuildsError, configs::ConfigsError, listed_build::Unlisted,
    releases::ReleasesError,
};

/// Why a run cannot be planned, or nobody can say what is due.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The scenario cannot be read.
    #[error("failed to read the scenario `{path}` (hint: the scenarios are in `scenarios/`)")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The scenario is not as it should be: every fault on a line of its own.
    #[error("the scenario cannot be run:\n{0}")]
    Faults(Faults),
    /// The arguments contradict each other or the scenario.
    #[error("{0}")]
    Arguments(String),
    /// The run directory belongs to a run already.
    #[error("`{path}` is the run directory of another run (hint: give another `--run-dir`)")]
    Taken {
        /// The run directory.
        path: PathBuf,
    },
    /// Something else stands where the run directory is or would be.
    #[error(
        "`{path}` cannot be a run directory: `{there}` is no folder (hint: give another `--run-dir`)"
    )]
    NoFolder {
        /// The run directory.
        path: PathBuf,
        /// What stands in the way.
        there: PathBuf,
    },
    /// Results could not go where they are to go.
    #[error(transparent)]
    Bucket(BucketError),
    /// What is asked for holds a secret, and all of it is exported.
    #[error(
        "`{path}` is a secret, and what a run was asked for is exported for everybody (hint: name a Secret of the cluster in its place)"
    )]
    Secret {
        /// Where it stands in the plan.
        path: String,
    },
    /// A test's config cannot be copied.
    #[error("failed to take the config of test `{test}`")]
    Configs {
        /// The test.
        test: String,
        /// Why.
        source: ConfigsError,
    },
    /// No number could be had for the builds.
    #[error("failed to number the builds of the run")]
    Builds(#[source] BuildsError),
    /// The run directory cannot be written.
    #[error("failed to write the run directory")]
    Write(#[source] FileError),
    /// The scenario cannot be written down.
    #[error("failed to write the scenario down")]
    Scenario(#[source] serde_json::Error),
    /// GitHub did not tell its releases.
    #[error(transparent)]
    Releases(ReleasesError),
    /// Nobody can tell what a bucket holds.
    #[error("failed to see which releases are tested")]
    Unlisted(#[source] Unlisted),
    /// The file that says what the bucket holds is of no use.
    #[error("failed to read the list of builds (hint: `artifact-gcs list --json` writes it)")]
    ReadBuilds(#[source] FileError),
    /// The list of builds is not understood.
    #[error("failed to understand the list of builds in `{bucket}`")]
    Listing {
        /// The bucket.
        bucket: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// Somebody stopped the step.
    #[error("stopped since the step was cancelled")]
    Cancelled,
}

impl Error {
    /// What the step gives to the steps after it cannot be written.
    pub(crate) fn output(source: io::Error) -> Self {
        Self::Write(FileError::Write { path: "GITHUB_OUTPUT".into(), source })
    }
}

impl Reason for Error {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Read { .. }
            | Self::Faults(_)
            | Self::Arguments(_)
            | Self::Taken { .. }
            | Self::NoFolder { .. }
            | Self::Bucket(_)
            | Self::Secret { .. }
            | Self::Configs { .. }
            | Self::ReadBuilds(_) => Outcome::Misuse,
            Self::Builds(_) | Self::Write(_) | Self::Scenario(_) | Self::Listing { .. } => {
                Outcome::Failed
            }
            Self::Releases(source) => source.outcome(),
            Self::Unlisted(source) => source.outcome,
            Self::Cancelled => Outcome::Cancelled,
        }
    }

    fn is_kept(&self) -> bool {
        // The run directory is another run's, and so is its record.
        !matches!(self, Self::Taken { .. })
    }

    fn class(&self) -> Option<Class> {
        Some(match self {
            Self::Builds(_) | Self::Write(_) | Self::Scenario(_) | Self::Listing { .. } => {
                Class::Internal
            }
            Self::Bucket(_) => Class::Bucket,
            Self::Releases(_) => return None,
            Self::Unlisted(source) => return source.class,
            Self::Cancelled => Class::Cancel,
            _ => Class::Input,
        })
    }
}
