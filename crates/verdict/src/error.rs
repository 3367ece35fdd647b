//! Why `verdict` could not do its work.

use run_record::{Class, FileError, Outcome};
use scenario::TestName;
use stage::Reason;

/// Why `verdict` could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The run directory does not say what to do.
    #[error("failed to read the plan of the run")]
    Plan(#[source] FileError),
    /// The plan has no such test.
    #[error("the suite has no test `{test}` (hint: it has {known})")]
    NoSuchTest {
        /// Test asked for.
        test: TestName,
        /// Tests of the suite.
        known: String,
    },
    /// The measurements are there and cannot be read.
    #[error("failed to read the measurements of test `{test}`")]
    Measurements {
        /// The test.
        test: TestName,
        /// Why.
        source: FileError,
    },
    /// The list of baseline builds is there and cannot be read.
    #[error("failed to read the baseline of test `{test}`")]
    Baseline {
        /// The test.
        test: TestName,
        /// Why.
        source: FileError,
    },
    /// The judgement could not be put into words.
    #[error("failed to write the judgement of test `{test}` as JUnit")]
    Junit {
        /// The test.
        test: TestName,
        /// Why.
        source: std::io::Error,
    },
    /// A result could not be written.
    #[error("failed to write what was found")]
    Write(#[source] FileError),
    /// The summary of the GitHub job could not be written.
    #[error("failed to write the summary of the job")]
    Summary(#[source] std::io::Error),
    /// What was found cannot be written without secrets.
    #[error("failed to take secrets out of the result")]
    Redact(#[source] serde_json::Error),
    /// Two runs have nothing in common.
    #[error("the two runs have no test in common (hint: compare runs of one scenario)")]
    NothingInCommon,
}

impl Reason for Error {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Plan(_) | Self::NoSuchTest { .. } | Self::NothingInCommon => Outcome::Misuse,
            Self::Measurements { .. }
            | Self::Baseline { .. }
            | Self::Junit { .. }
            | Self::Write(_)
            | Self::Summary(_)
            | Self::Redact(_) => Outcome::Failed,
        }
    }

    fn class(&self) -> Option<Class> {
        Some(match self {
            Self::Plan(_)
            | Self::NoSuchTest { .. }
            | Self::NothingInCommon
            | Self::Measurements { .. }
            | Self::Baseline { .. } => Class::Input,
            Self::Junit { .. } | Self::Write(_) | Self::Summary(_) | Self::Redact(_) => {
                Class::Internal
            }
        })
    }
}
