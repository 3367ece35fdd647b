//! Why a cluster could not be made, checked or removed, and the exit code.

use jiff::Timestamp;
use run_record::{Class, FileError, Outcome};
use stage::Reason;

use crate::{
    add_nodes::AddNodesError, create::CreateError, found::FoundError, nodes::NodesError,
    probe::ProbeError, reap::ReapError, registry::RegistryError,
};

/// Why a cluster could not be made, checked or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the run cannot be read or written.
    #[error("failed to read or write a file of the run")]
    File(#[from] FileError),
    /// The cluster could not be started.
    #[error("failed to create the cluster `{cluster}`")]
    Create {
        /// The cluster.
        cluster: String,
        /// Why.
        source: Box<CreateError>,
    },
    /// The nodes could not be added.
    #[error("failed to add nodes to the cluster `{cluster}`")]
    AddNodes {
        /// The cluster.
        cluster: String,
        /// Why.
        source: Box<AddNodesError>,
    },
    /// The cluster was never made.
    #[error("the run `{run_id}` has no cluster (hint: `infra-kwok create` makes it)")]
    NeverMade {
        /// The run.
        run_id: String,
    },
    /// The cluster was removed.
    #[error("the cluster of run `{run_id}` is gone since {since}")]
    Gone {
        /// The run.
        run_id: String,
        /// When it was removed.
        since: Timestamp,
    },
    /// The cluster is on another machine, or this one was started again.
    #[error(
        "the cluster of run `{run_id}` does not live on this machine, or no longer (hint: a kwok cluster can be used only where it was created)"
    )]
    Elsewhere {
        /// The run.
        run_id: String,
    },
    /// The cluster is not as it should be.
    #[error("the cluster `{cluster}` is not as it should be: {}", faults.join("; "))]
    Unhealthy {
        /// The cluster.
        cluster: String,
        /// Each names a daemon or a node.
        faults: Vec<String>,
    },
    /// The nodes cannot be asked for.
    #[error("failed to ask for the nodes of the cluster `{cluster}`")]
    Nodes {
        /// The cluster.
        cluster: String,
        /// Why.
        source: Box<NodesError>,
    },
    /// Something of the cluster is still there.
    #[error("{} of the cluster `{cluster}` could not be removed (hint: `delete` again, or end it by hand)", left.join(", "))]
    LeftBehind {
        /// The cluster.
        cluster: String,
        /// What is left, each by its name.
        left: Vec<String>,
    },
    /// Somebody stopped the step.
    #[error("stopped since the step was cancelled")]
    Cancelled,
    /// What dead runs left could not be looked at.
    #[error("failed to look for dead runs")]
    Reap(#[from] ReapError),
    /// The run could not be struck out.
    #[error("failed to forget the run on this machine")]
    Registry(#[from] RegistryError),
    /// The tunnel could not be served.
    #[error("failed to serve the tunnel to Prometheus")]
    Tunnel(#[source] std::io::Error),
}

impl Reason for Error {
    fn outcome(&self) -> Outcome {
        match self {
            Self::NeverMade { .. } | Self::Elsewhere { .. } => Outcome::Misuse,
            Self::Create { source, .. } => match **source {
                CreateError::Ready(ProbeError::TimedOut { .. }) => Outcome::TimedOut,
                CreateError::Ready(ProbeError::Cancelled) => Outcome::Cancelled,
                _ => Outcome::Failed,
            },
            Self::AddNodes { source, .. } => match **source {
                AddNodesError::NotReady { .. } => Outcome::TimedOut,
                AddNodesError::Cancelled => Outcome::Cancelled,
                AddNodesError::Make(NodesError::Range(_)) => Outcome::Misuse,
                _ => Outcome::Failed,
            },
            Self::Cancelled => Outcome::Cancelled,
            Self::File(_)
            | Self::Gone { .. }
            | Self::LeftBehind { .. }
            | Self::Unhealthy { .. }
            | Self::Nodes { .. }
            | Self::Reap(_)
            | Self::Registry(_)
            | Self::Tunnel(_) => Outcome::Failed,
        }
    }

    fn is_kept(&self) -> bool {
        // Somebody looked at a cluster that is not there: that is no step of the run.
        !matches!(self, Self::Gone { .. } | Self::Elsewhere { .. })
    }

    fn class(&self) -> Option<Class> {
        Some(match self {
            Self::LeftBehind { .. } => Class::LeftBehind,
            Self::Cancelled => Class::Cancel,
            Self::NeverMade { .. } | Self::Elsewhere { .. } => Class::Input,
            Self::Create { source, .. } => match **source {
                CreateError::Toolbox(_) | CreateError::Start(_) => Class::Tool,
                CreateError::LeftBehind(_) => Class::LeftBehind,
                CreateError::Ready(ProbeError::Cancelled) => Class::Cancel,
                _ => Class::Cluster,
            },
            Self::AddNodes { source, .. } => match **source {
                AddNodesError::Cancelled => Class::Cancel,
                AddNodesError::Make(NodesError::Range(_)) => Class::Input,
                AddNodesError::Found(FoundError::File(_)) => Class::Internal,
                _ => Class::Cluster,
            },
            Self::Gone { .. } | Self::Unhealthy { .. } | Self::Nodes { .. } => Class::Cluster,
            Self::File(error) if error.is_malformed() => Class::Input,
            Self::File(_) | Self::Registry(_) | Self::Tunnel(_) => Class::Internal,
            Self::Reap(_) => Class::LeftBehind,
        })
    }
}
