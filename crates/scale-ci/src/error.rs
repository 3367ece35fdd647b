//! Why the pipeline could not be taken, and the exit code.

use std::{io, path::PathBuf};

use run_record::{FileError, Outcome};
use stage::{Reason, ToolError, ToolboxError};

/// Why the pipeline could not be taken. A step that fails is no such reason: it is concluded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is no scenario and no earlier run.
    #[error("there is nothing to run (hint: name a scenario, such as `scenarios/smoke.yaml`)")]
    Nothing,
    /// Another process takes the steps of the run.
    #[error(
        "another process works on the run in `{path}` (hint: wait until it has ended, or stop it)"
    )]
    InUse {
        /// The run directory.
        path: PathBuf,
    },
    /// There is no such stage.
    #[error("there is no stage `{name}` (hint: it is {})", crate::stages::names().join(", "))]
    NoStage {
        /// What was asked for.
        name: String,
    },
    /// There is no such step.
    #[error("the run has no step `{name}` (hint: it is {})", known.join(", "))]
    NoStep {
        /// What was asked for.
        name: String,
        /// The steps of the run.
        known: Vec<String>,
    },
    /// The plan could not be made; the reason is on stderr.
    #[error("the run could not be planned")]
    Plan(Outcome),
    /// The run directory cannot be read.
    #[error("failed to read the run directory")]
    RunDir(#[source] FileError),
    /// A step could not be started at all.
    #[error("failed to start step `{step}`")]
    Start {
        /// The step.
        step: String,
        /// Why.
        source: ToolError,
    },
    /// A program cannot be had.
    #[error("failed to get the tools")]
    Tools(#[source] ToolboxError),
    /// The system does not let us do the simplest things.
    #[error("failed to use `{path}`")]
    System {
        /// What.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl Reason for Error {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Nothing | Self::InUse { .. } | Self::NoStage { .. } | Self::NoStep { .. } => {
                Outcome::Misuse
            }
            Self::RunDir(error) if error.is_missing() || error.is_malformed() => Outcome::Misuse,
            Self::Tools(error) if error.is_misuse() => Outcome::Misuse,
            Self::Plan(outcome) => *outcome,
            Self::RunDir(_) | Self::Start { .. } | Self::Tools(_) | Self::System { .. } => {
                Outcome::Failed
            }
        }
    }
}
