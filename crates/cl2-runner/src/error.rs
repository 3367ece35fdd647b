//! Why `cl2-runner` did not do what it was told to.

use std::{io, path::PathBuf, time::Duration};

use run_record::{Class, FileError, Outcome};
use stage::{ClusterError, Reason, ToolError, ToolboxError};
use thiserror::Error;

use crate::{
    config::ConfigError, crds::CrdsError, prometheus::PrometheusError,
    snapshot_error::SnapshotError, test_error::TestError,
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
    /// ClusterLoader2 could not deploy its Prometheus.
    #[error("failed to deploy Prometheus")]
    Deploy(#[source] ToolError),
    /// There is no room for what deploys Prometheus.
    #[error("failed to write the config that deploys Prometheus")]
    Folder(#[source] std::io::Error),
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
    /// The test did not run to its end.
    #[error(transparent)]
    Test(TestError),
    /// The scenario sets variables that the config does not read.
    #[error("test `{test}` overrides what its config `{config}` does not read: {}", listed(unread))]
    Overrides {
        /// The test.
        test: String,
        /// The config.
        config: String,
        /// The variables, each with the one that was most likely meant.
        unread: Vec<(String, Option<String>)>,
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

fn listed(unread: &[(String, Option<String>)]) -> String {
    let one = |(name, meant): &(String, Option<String>)| match meant {
        Some(meant) => format!("`{name}` (hint: `{meant}`?)"),
        None => format!("`{name}`"),
    };
    unread.iter().map(one).collect::<Vec<_>>().join(", ")
}

impl Reason for Error {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Plan(_) | Self::UnknownTest { .. } | Self::Overrides { .. } => Outcome::Misuse,
            Self::Config { source, .. } if source.is_misuse() => Outcome::Misuse,
            Self::Test(error) => error.outcome(),
            Self::NotReady { .. } => Outcome::TimedOut,
            Self::Deploy(error) if error.is_timed_out() => Outcome::TimedOut,
            Self::Deploy(_) => Outcome::Failed,
            Self::Cancelled => Outcome::Cancelled,
            Self::Config { .. }
            | Self::Source(_)
            | Self::Toolbox(_)
            | Self::Crds(_)
            | Self::Start { .. }
            | Self::Folder(_)
            | Self::Earlier { .. }
            | Self::Write(_)
            | Self::Cluster(_)
            | Self::Object { .. }
            | Self::Prometheus(_)
            | Self::Snapshot(_) => Outcome::Failed,
        }
    }

    fn class(&self) -> Option<Class> {
        Some(match self {
            Self::Plan(_) | Self::UnknownTest { .. } | Self::Overrides { .. } => Class::Input,
            Self::Config { source, .. } if source.is_misuse() => Class::Input,
            Self::Config { .. } | Self::Source(_) | Self::Toolbox(_) | Self::Start { .. } => {
                Class::Tool
            }
            Self::Write(error) if error.is_full() => Class::Disk,
            Self::Earlier { .. } | Self::Write(_) | Self::Folder(_) => Class::Internal,
            Self::Deploy(_) => Class::Cluster,
            Self::Test(error) => error.class(),
            Self::Cancelled => Class::Cancel,
            Self::Snapshot(error) => error.class(),
            Self::Cluster(_)
            | Self::Object { .. }
            | Self::Crds(_)
            | Self::Prometheus(_)
            | Self::NotReady { .. } => Class::Cluster,
        })
    }
}
