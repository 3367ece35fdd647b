//! Why Cilium is not as it was asked for.

use std::time::Duration;

use run_record::{Class, FileError, Outcome};
use scenario::TestName;
use stage::{ClusterError, Reason};

use crate::{
    chart::ChartError, conntrack::ConntrackError, crds::CrdError, effective::Differences,
    helm::HelmError, known::KnownError, unknown::Unknown, waiting::ImagesError, yaml::YamlError,
};

/// Why Cilium is not as it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The run directory does not say what to do.
    #[error("failed to read the plan of the run")]
    Plan(#[source] FileError),
    /// The scenario installs no Cilium.
    #[error("the scenario installs no Cilium (hint: give it `cilium: {{ version: ... }}`)")]
    NoCilium,
    /// The suite has no such test.
    #[error("the suite has no test `{test}` (hint: it has {has})")]
    NoTest {
        /// The test.
        test: TestName,
        /// The tests that there are.
        has: String,
    },
    /// There is no chart.
    #[error("failed to find the chart")]
    Chart(#[source] ChartError),
    /// The chart is not understood.
    #[error("failed to read which values the chart of Cilium {version} knows")]
    Known {
        /// Version of the chart.
        version: String,
        /// Why.
        source: KnownError,
    },
    /// A value is asked for that the chart does not know.
    #[error("the chart of Cilium {version} does not know every value of the scenario: {unknown}")]
    Values {
        /// Version of the chart.
        version: String,
        /// The values.
        unknown: Unknown,
    },
    /// Helm does not render the chart.
    #[error("failed to render the chart of Cilium {version}")]
    Render {
        /// Version of the chart.
        version: String,
        /// Why.
        source: HelmError,
    },
    /// Not every image is there.
    #[error("failed to find the images of Cilium {version}")]
    Images {
        /// Version of the chart.
        version: String,
        /// Why.
        source: ImagesError,
    },
    /// A file of the run cannot be written or read.
    #[error("failed to keep a file of the run")]
    File(#[source] FileError),
    /// Nothing was installed.
    #[error("no Cilium was installed in this run (hint: run `cilium-install install` first)")]
    NotInstalled(#[source] FileError),
    /// There is no way to the cluster.
    #[error("failed to sign in to the run's cluster")]
    Cluster(#[source] ClusterError),
    /// The cluster does not answer.
    #[error("the API server of the run's cluster does not answer after {}s", deadline.as_secs())]
    Silent {
        /// How long it was waited for.
        deadline: Duration,
    },
    /// The cluster refused.
    #[error("failed to {what}")]
    Api {
        /// What was being done.
        what: &'static str,
        /// What the API server said.
        source: Box<kube::Error>,
    },
    /// Cilium's CRDs are not served.
    #[error("failed to serve the CRDs of Cilium {version}")]
    Crds {
        /// Version of the chart.
        version: String,
        /// Why.
        source: CrdError,
    },
    /// Helm failed.
    #[error("failed to install Cilium {version}")]
    Helm {
        /// Version of the chart.
        version: String,
        /// Why.
        source: HelmError,
    },
    /// What helm made is not understood.
    #[error("failed to understand what helm installed")]
    Manifest(#[source] YamlError),
    /// What is in effect was not asked for.
    #[error("what is installed is not what was asked for: {0}")]
    Effective(Differences),
    /// Cilium did not become ready.
    #[error("Cilium is not ready after {}s: {}", deadline.as_secs(), missing.join("; "))]
    NotReady {
        /// How long it was waited for.
        deadline: Duration,
        /// What is missing.
        missing: Vec<String>,
    },
    /// The watch of the cluster ended.
    #[error("the watch of the cluster ended (hint: take the step again)")]
    WatchEnded,
    /// Connection tracking could not be reset.
    #[error("failed to reset connection tracking")]
    Conntrack(#[from] ConntrackError),
    /// No part of the cluster's state could be had.
    #[error("no part of the cluster's state could be had: {0}")]
    NoSysdump(String),
    /// Somebody stopped it.
    #[error("stopped since the step was cancelled")]
    Cancelled,
}

impl Reason for Error {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Plan(_)
            | Self::NoCilium
            | Self::NoTest { .. }
            | Self::Values { .. }
            | Self::NotInstalled(_) => Outcome::Misuse,
            Self::Conntrack(ConntrackError::Tool(error)) if error.is_cancelled() => {
                Outcome::Cancelled
            }
            Self::Conntrack(ConntrackError::Tool(error)) if error.is_timed_out() => {
                Outcome::TimedOut
            }
            Self::Conntrack(_) => Outcome::Failed,
            Self::Chart(source) => match source {
                ChartError::Source { .. } => Outcome::Failed,
                _ => Outcome::Misuse,
            },
            Self::Images { source, .. } => match source {
                ImagesError::NeverCame { .. } => Outcome::TimedOut,
                ImagesError::Client(_) | ImagesError::Registry { .. } => Outcome::Failed,
                ImagesError::Name(_) | ImagesError::Refused(_) => Outcome::Misuse,
            },
            Self::Helm { source, .. } | Self::Render { source, .. } if source.is_cancelled() => {
                Outcome::Cancelled
            }
            Self::Helm { source, .. } | Self::Render { source, .. } if source.is_timed_out() => {
                Outcome::TimedOut
            }
            Self::Crds { source: CrdError::NotEstablished { .. }, .. }
            | Self::NotReady { .. }
            | Self::Silent { .. } => Outcome::TimedOut,
            Self::Known { .. }
            | Self::File(_)
            | Self::Cluster(_)
            | Self::Api { .. }
            | Self::Crds { .. }
            | Self::Helm { .. }
            | Self::Render { .. }
            | Self::Manifest(_)
            | Self::Effective(_)
            | Self::WatchEnded
            | Self::NoSysdump(_) => Outcome::Failed,
            Self::Cancelled => Outcome::Cancelled,
        }
    }

    fn class(&self) -> Option<Class> {
        Some(match self {
            Self::Plan(_)
            | Self::NoCilium
            | Self::NoTest { .. }
            | Self::Values { .. }
            | Self::NotInstalled(_) => Class::Input,
            Self::Conntrack(ConntrackError::Toolbox(_)) => Class::Tool,
            Self::Conntrack(ConntrackError::Tool(error)) if error.is_cancelled() => Class::Cancel,
            Self::Conntrack(_) => Class::Cluster,
            Self::Chart(source) => match source {
                ChartError::Source { .. } => Class::Tool,
                _ => Class::Input,
            },
            Self::Images { source, .. } => match source {
                ImagesError::NeverCame { .. } => Class::Cilium,
                ImagesError::Registry { .. } => Class::Registry,
                ImagesError::Client(_) => Class::Internal,
                ImagesError::Name(_) | ImagesError::Refused(_) => Class::Input,
            },
            Self::Helm { source, .. } | Self::Render { source, .. } if source.is_cancelled() => {
                Class::Cancel
            }
            Self::Helm { source: HelmError::Toolbox(_), .. }
            | Self::Render { source: HelmError::Toolbox(_), .. } => Class::Tool,
            Self::Known { .. }
            | Self::Crds { .. }
            | Self::Helm { .. }
            | Self::Render { .. }
            | Self::Manifest(_)
            | Self::Effective(_)
            | Self::NotReady { .. } => Class::Cilium,
            Self::Cluster(_) | Self::Silent { .. } | Self::Api { .. } | Self::WatchEnded => {
                Class::Cluster
            }
            Self::NoSysdump(_) => Class::Cluster,
            Self::File(_) => Class::Internal,
            Self::Cancelled => Class::Cancel,
        })
    }
}
