//! Why a program did not do what it was started for.

use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

/// Why a program did not do what it was started for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// The program could not be started or its log not be written.
    #[error("failed to start `{program}`")]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The program ended and said that it had failed.
    #[error("`{command}` ended with {status}{}", said(tail))]
    Status {
        /// The program and its arguments.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// Last lines of its log, redacted.
        tail: Vec<String>,
    },
    /// The deadline passed and the program was stopped.
    #[error("`{command}` was stopped after {}s{}", deadline.as_secs(), said(tail))]
    TimedOut {
        /// The program and its arguments.
        command: String,
        /// The deadline.
        deadline: Duration,
        /// Last lines of its log, redacted.
        tail: Vec<String>,
    },
    /// Somebody stopped the stage, which stopped the program.
    #[error("`{command}` was stopped since the step was cancelled")]
    Cancelled {
        /// The program and its arguments.
        command: String,
    },
}

impl ToolError {
    /// Whether the program was stopped since the step was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled { .. })
    }

    /// Whether the program ran into its deadline.
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        matches!(self, Self::TimedOut { .. })
    }
}

fn said(tail: &[String]) -> String {
    if tail.is_empty() { String::new() } else { format!("; it said: {}", tail.join(" | ")) }
}
