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
    /// The files of the GitHub job could not be written.
    #[error("failed to tell the workflow how the run ended")]
    Workflow(#[source] std::io::Error),
    /// GitHub did not do what it was asked.
    #[error("failed to {what}{}", hint(source))]
    GitHub {
        /// What was asked.
        what: &'static str,
        /// What it said.
        source: Box<octocrab::Error>,
    },
    /// Somebody stopped the step.
    #[error("stopped before GitHub was told, since the step was cancelled")]
    Cancelled,
    /// What was found cannot be written without secrets.
    #[error("failed to take secrets out of the result")]
    Redact(#[source] serde_json::Error),
    /// Two runs have nothing in common.
    #[error("the two runs have no test in common (hint: compare runs of one scenario)")]
    NothingInCommon,
}

impl Error {
    pub(crate) fn github(what: &'static str, source: octocrab::Error) -> Self {
        Self::GitHub { what, source: Box::new(source) }
    }
}

/// Whether asking again will not help.
fn is_refused(error: &octocrab::Error) -> bool {
    let octocrab::Error::GitHub { source, .. } = error else { return false };
    matches!(source.status_code.as_u16(), 401 | 403 | 404 | 422)
}

fn hint(error: &octocrab::Error) -> &'static str {
    if is_refused(error) {
        " (hint: the job needs `statuses: write`, and `pull-requests: write` for a comment)"
    } else {
        ""
    }
}

impl Reason for Error {
    fn outcome(&self) -> Outcome {
        match self {
            Self::GitHub { source, .. } if is_refused(source) => Outcome::Misuse,
            Self::Plan(_) | Self::NoSuchTest { .. } | Self::NothingInCommon => Outcome::Misuse,
            Self::Cancelled => Outcome::Cancelled,
            Self::Measurements { .. }
            | Self::Baseline { .. }
            | Self::Junit { .. }
            | Self::Write(_)
            | Self::Workflow(_)
            | Self::GitHub { .. }
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
            Self::GitHub { .. } => return None,
            Self::Cancelled => Class::Cancel,
            Self::Junit { .. } | Self::Write(_) | Self::Workflow(_) | Self::Redact(_) => {
                Class::Internal
            }
        })
    }
}
