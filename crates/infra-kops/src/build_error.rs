//! Why a cluster could not be built or is not as it was asked for.

use std::time::Duration;

use run_record::{Class, FileError, Outcome};
use stage::{ClusterError, ToolError, ToolboxError};

use crate::{
    gce::{CallError, Trouble},
    lease::LeaseError,
};

/// Why a cluster could not be built or is not as it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Google.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The lease.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// A program cannot be had.
    #[error(transparent)]
    Toolbox(#[from] ToolboxError),
    /// A file of the run cannot be read or written.
    #[error("failed to read or write a file of the run")]
    File(#[from] FileError),
    /// What the cluster needs is not there. Nothing was made.
    #[error("nothing was made, since {}", faults.join("; "))]
    Needs {
        /// What is missing, each with a hint.
        faults: Vec<String>,
        /// What the worst of them is.
        trouble: Trouble,
    },
    /// kops failed.
    #[error("kops failed to {what}{}", trouble.map(|trouble| format!(": {}", trouble.words())).unwrap_or_default())]
    Kops {
        /// What it was to do.
        what: &'static str,
        /// What its words mean, if they mean something known.
        trouble: Option<Trouble>,
        /// How it ended.
        source: Box<ToolError>,
    },
    /// Machines could not be made.
    #[error("no machine of `{group}` in {zone}: {said}; {}", trouble.words())]
    Machines {
        /// The group.
        group: String,
        /// The zone.
        zone: String,
        /// What it means.
        trouble: Trouble,
        /// What Google said.
        said: String,
    },
    /// No zone had room.
    #[error("no zone had room: {}", zones.join("; "))]
    NoZone {
        /// Each zone and why.
        zones: Vec<String>,
    },
    /// What was made in a zone that is given up could not be removed.
    #[error("failed to remove what was made in {zone}: {} (hint: `infra-kops delete`)", left.join(", "))]
    LeftBehind {
        /// The zone.
        zone: String,
        /// What is left.
        left: Vec<String>,
    },
    /// The API server does not answer.
    #[error("the API server did not answer within {} minutes: {last}", minutes)]
    NoApi {
        /// The deadline.
        minutes: u32,
        /// What was found last.
        last: String,
    },
    /// Nodes are missing.
    #[error("{readiness} after {}s", after.as_secs())]
    NotReady {
        /// Which are ready and which are not.
        readiness: String,
        /// The deadline.
        after: Duration,
    },
    /// The cluster is not what was asked for.
    #[error("the cluster is not what was asked for: {}", .0.join("; "))]
    Assumptions(Vec<String>),
    /// The run has no cluster.
    #[error("the run has no cluster (hint: `infra-kops create` makes it)")]
    NeverMade,
    /// There is no way to the API server.
    #[error(transparent)]
    Client(#[from] ClusterError),
    /// The API server did not do what it was asked.
    #[error("failed to {what}")]
    Api {
        /// What it was asked.
        what: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The step was cancelled.
    #[error(
        "stopped since the step was cancelled (hint: `infra-kops delete` removes what was made)"
    )]
    Cancelled,
}

impl BuildError {
    /// What trouble of Google's it is, if it is one.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Call(error) | Self::Lease(LeaseError::Call(error)) => Some(error.trouble),
            Self::Needs { trouble, .. } | Self::Machines { trouble, .. } => Some(*trouble),
            Self::Kops { trouble, .. } => *trouble,
            _ => None,
        }
    }

    /// Whether another zone may have what this one has not.
    pub(crate) fn is_of_zone(&self) -> bool {
        self.trouble() == Some(Trouble::StockOut)
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Cancelled => Outcome::Cancelled,
            Self::NoZone { .. } => Outcome::Infrastructure,
            Self::NoApi { .. } | Self::NotReady { .. } => Outcome::TimedOut,
            Self::NeverMade => Outcome::Misuse,
            Self::Kops { source, .. } if source.is_timed_out() => Outcome::TimedOut,
            Self::Kops { source, .. } if source.is_cancelled() => Outcome::Cancelled,
            Self::Lease(LeaseError::Taken { .. } | LeaseError::Address { .. }) => Outcome::Misuse,
            other => other.trouble().map_or(Outcome::Failed, Trouble::outcome),
        }
    }

    pub(crate) fn class(&self) -> Class {
        match self {
            Self::Cancelled => Class::Cancel,
            Self::Kops { source, .. } if source.is_cancelled() => Class::Cancel,
            Self::LeftBehind { .. } => Class::LeftBehind,
            Self::Toolbox(_) => Class::Tool,
            Self::NeverMade => Class::Input,
            Self::File(error) if error.is_malformed() => Class::Input,
            Self::File(_) => Class::Internal,
            other => other.trouble().map_or(Class::Cluster, Trouble::class),
        }
    }
}
