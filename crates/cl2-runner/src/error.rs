//! Why `cl2-runner` did not do what it was told to.

use std::{io, path::PathBuf, time::Duration};

use run_record::{Class, FileError, Outcome};
use stage::{ClusterError, Reason, ToolError, ToolboxError};
use thiserror::Error;

use crate::{
    config::ConfigError, crds::CrdsError, junit::JunitError, position::Position,
    prometheus::PrometheusError, snapshot_error::SnapshotError,
};

/// Why `cl2-runner` did not do what it was told to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The run directory does not say what to do.
    #[error("failed to read the plan of the run")]
    Plan(#[source] FileError),
    /// The suite has no such test.
    #[error("the suite has no test `{test}` (hint: it has {})", known.join(", "))]
    UnknownTest {
        /// What was asked for.
        test: String,
        /// The tests of the suite.
        known: Vec<String>,
    },
    /// The test's config cannot be had.
    #[error("failed to find the config of test `{test}`")]
    Config {
        /// The test.
        test: String,
        /// Why.
        source: ConfigError,
    },
    /// ClusterLoader2's own files cannot be had.
    #[error("failed to get ClusterLoader2's own files")]
    Source(#[source] ToolboxError),
    /// ClusterLoader2 cannot be had.
    #[error("failed to find ClusterLoader2")]
    Toolbox(#[source] ToolboxError),
    /// ClusterLoader2 could not be started.
    #[error("failed to start test `{test}`")]
    Start {
        /// The test.
        test: String,
        /// What the system said.
        source: ToolError,
    },
    /// What an earlier attempt wrote is in the way.
    #[error("failed to move the earlier report `{path}` aside")]
    Earlier {
        /// The report.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the run directory could not be written.
    #[error("failed to keep what was measured")]
    Write(#[source] FileError),
    /// ClusterLoader2 could not run the test.
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
    /// The test took too long.
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
    /// Somebody stopped the test.
    #[error("test `{test}` was cancelled {position}")]
    TestCancelled {
        /// The test.
        test: String,
        /// How far it had come.
        position: Position,
    },
    /// Somebody stopped the step.
    #[error("the step was cancelled")]
    Cancelled,
    /// The cluster cannot be talked to.
    #[error("failed to reach the cluster")]
    Cluster(#[source] ClusterError),
    /// The cluster refused what Prometheus needs.
    #[error("failed to {what}")]
    Object {
        /// What was being done.
        what: String,
        /// What the cluster said.
        source: Box<kube::Error>,
    },
    /// The kinds of Prometheus' objects could not be made.
    #[error("failed to make the kinds of Prometheus' objects")]
    Crds(#[source] CrdsError),
    /// Prometheus cannot be asked.
    #[error("failed to ask Prometheus")]
    Prometheus(#[source] PrometheusError),
    /// Prometheus did not become ready.
    #[error("Prometheus was not ready after {}s: {waiting_for}", deadline.as_secs())]
    NotReady {
        /// The deadline.
        deadline: Duration,
        /// What was missing at the end.
        waiting_for: String,
    },
    /// Prometheus' database could not be kept.
    #[error("failed to keep Prometheus' database")]
    Snapshot(#[source] SnapshotError),
}

impl Reason for Error {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Plan(_) | Self::UnknownTest { .. } => Outcome::Misuse,
            Self::Config { source, .. } if source.is_misuse() => Outcome::Misuse,
            Self::Deadline { .. } | Self::NotReady { .. } => Outcome::TimedOut,
            Self::Cancelled | Self::TestCancelled { .. } => Outcome::Cancelled,
            Self::Config { .. }
            | Self::Source(_)
            | Self::Toolbox(_)
            | Self::Crds(_)
            | Self::Start { .. }
            | Self::Earlier { .. }
            | Self::Write(_)
            | Self::Setup { .. }
            | Self::Junit { .. }
            | Self::Cluster(_)
            | Self::Object { .. }
            | Self::Prometheus(_)
            | Self::Snapshot(_) => Outcome::Failed,
        }
    }

    fn class(&self) -> Option<Class> {
        Some(match self {
            Self::Plan(_) | Self::UnknownTest { .. } => Class::Input,
            Self::Config { source, .. } if source.is_misuse() => Class::Input,
            Self::Config { .. } | Self::Source(_) | Self::Toolbox(_) | Self::Start { .. } => {
                Class::Tool
            }
            Self::Earlier { .. } | Self::Write(_) => Class::Internal,
            Self::Setup { .. } | Self::Junit { .. } => Class::TestSetup,
            Self::Deadline { .. } => Class::Deadline,
            Self::Cancelled | Self::TestCancelled { .. } => Class::Cancel,
            Self::Cluster(_)
            | Self::Object { .. }
            | Self::Crds(_)
            | Self::Prometheus(_)
            | Self::NotReady { .. }
            | Self::Snapshot(_) => Class::Cluster,
        })
    }
}
