//! Why a test did not run to its end.

use std::{path::PathBuf, time::Duration};

use run_record::{Class, Outcome};

use crate::{junit::JunitError, position::Position};

/// Why a test did not run to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestError {
    /// Its config is no config.
    #[error("the config of test `{test}` does not compile: {reason}")]
    Config {
        /// The test.
        test: String,
        /// What ClusterLoader2 said.
        reason: String,
    },
    /// ClusterLoader2 did not find Prometheus ready.
    #[error("Prometheus did not come up for test `{test}`: {reason}")]
    Prometheus {
        /// The test.
        test: String,
        /// What ClusterLoader2 said.
        reason: String,
    },
    /// ClusterLoader2 could not run it.
    #[error("ClusterLoader2 could not run test `{test}`: {reason}")]
    Setup {
        /// The test.
        test: String,
        /// What it said.
        reason: String,
    },
    /// What ClusterLoader2 says went wrong cannot be read.
    #[error("failed to learn how test `{test}` ended")]
    Junit {
        /// The test.
        test: String,
        /// Why.
        source: JunitError,
    },
    /// It took too long.
    #[error(
        "test `{test}` was stopped after {} min {position} (hint: `deadline-minutes` of the test is its limit)",
        deadline.as_secs() / 60
    )]
    Deadline {
        /// The test.
        test: String,
        /// The deadline.
        deadline: Duration,
        /// How far it had come.
        position: Position,
    },
    /// It did not get on.
    #[error(
        "test `{test}` was stopped since it made no progress for {} s {position}; {said} (hint: `stall-seconds` of the test is its limit)",
        stall.as_secs()
    )]
    Stalled {
        /// The test.
        test: String,
        /// How long it may be silent.
        stall: Duration,
        /// How far it had come.
        position: Position,
        /// What it said last.
        said: String,
    },
    /// The API server was gone while it ran.
    #[error(
        "the API server was lost while test `{test}` ran, {position}; it gave no answer for {} s or more: {reason}",
        lasted.as_secs()
    )]
    ApiServer {
        /// The test.
        test: String,
        /// How long it is known to have been gone.
        lasted: Duration,
        /// How far the test had come.
        position: Position,
        /// What it said, or what the system said.
        reason: String,
    },
    /// Another program, or the kernel, ended ClusterLoader2.
    #[error(
        "ClusterLoader2 was killed by {signal} while test `{test}` ran, {position} (hint: {hint})"
    )]
    Killed {
        /// The test.
        test: String,
        /// Name of the signal.
        signal: String,
        /// How far the test had come.
        position: Position,
        /// Who may have done it.
        hint: String,
    },
    /// ClusterLoader2 itself is at fault.
    #[error("ClusterLoader2 crashed while test `{test}` ran, {position}: {reason}")]
    Crashed {
        /// The test.
        test: String,
        /// How far the test had come.
        position: Position,
        /// What it said.
        reason: String,
    },
    /// There was no room for its report.
    #[error(
        "the disk was full while test `{test}` ran, {position}: not all of the report in `{report}` could be written (hint: make room there)"
    )]
    DiskFull {
        /// The test.
        test: String,
        /// How far the test had come.
        position: Position,
        /// The folder of the report.
        report: PathBuf,
    },
    /// Somebody stopped it.
    #[error("test `{test}` was cancelled {position}")]
    Cancelled {
        /// The test.
        test: String,
        /// How far it had come.
        position: Position,
    },
}

impl TestError {
    /// How the step ended.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            // Again will not help.
            Self::Config { .. } => Outcome::Misuse,
            Self::ApiServer { .. } => Outcome::Infrastructure,
            Self::Deadline { .. } | Self::Stalled { .. } => Outcome::TimedOut,
            Self::Cancelled { .. } => Outcome::Cancelled,
            Self::Prometheus { .. }
            | Self::Setup { .. }
            | Self::Junit { .. }
            | Self::Killed { .. }
            | Self::Crashed { .. }
            | Self::DiskFull { .. } => Outcome::Failed,
        }
    }

    /// What kind of thing went wrong.
    pub(crate) fn class(&self) -> Class {
        match self {
            Self::Config { .. } | Self::Setup { .. } | Self::Junit { .. } => Class::TestSetup,
            Self::Prometheus { .. } | Self::ApiServer { .. } => Class::Cluster,
            Self::Deadline { .. } => Class::Deadline,
            Self::Stalled { .. } => Class::Stall,
            Self::Killed { .. } | Self::Crashed { .. } => Class::Crash,
            Self::DiskFull { .. } => Class::Disk,
            Self::Cancelled { .. } => Class::Cancel,
        }
    }
}
