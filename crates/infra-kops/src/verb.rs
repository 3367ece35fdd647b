//! What `infra-kops` can be told to do.

use clap::{Args, Subcommand};

/// What `infra-kops` can be told to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Create the cluster of the run: control plane, network, firewall.
    ///
    /// A lease is written before anything is made, so that `delete` and `reap` find all of it. On a
    /// cluster that is there and healthy nothing is done.
    Create,
    /// Write the kubeconfig of the run anew.
    Connect,
    /// Add the worker nodes of the scenario and wait until they are ready.
    AddNodes,
    /// Check that the cluster is what was asked for, and that all nodes are ready.
    Validate,
    /// Show what there is of the cluster, and how to use it.
    Describe,
    /// Remove everything of the run, and check that nothing is left. A second time is no fault.
    Delete,
    /// Remove what dead runs left in a project, and spare live ones.
    ///
    /// A run is dead when its lease has ended, by the clock of the bucket. A cluster without a lease
    /// is removed only if its name is one of ours and it is old.
    Reap(ReapArgs),
}

/// Where dead runs are looked for, and which ones are dead.
#[derive(Clone, Debug, Args)]
pub struct ReapArgs {
    /// Project of Google Cloud.
    #[arg(long, value_name = "PROJECT", env = "PERF_SCALE_GCP_PROJECT")]
    pub project: String,
    /// Where the leases are: `gs://bucket/folder`.
    #[arg(long, value_name = "ADDRESS", env = "PERF_SCALE_LEASE_STORE")]
    pub lease_store: String,
    /// Where kops keeps its state: `gs://bucket`.
    #[arg(long, value_name = "ADDRESS", env = "PERF_SCALE_STATE_STORE")]
    pub state_store: String,
    /// Clusters whose names begin so are ours, even without a lease; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub prefix: Vec<String>,
    /// What is ours and has no lease is dead after so many minutes.
    #[arg(long, value_name = "MINUTES", default_value_t = 720)]
    pub older_than: u32,
    /// Say what would be removed, and remove nothing.
    #[arg(long)]
    pub dry_run: bool,
}

impl stage::Verb for Verb {
    fn is_recorded(&self) -> bool {
        match self {
            Self::Create | Self::AddNodes | Self::Validate | Self::Delete => true,
            Self::Connect | Self::Describe | Self::Reap(_) => false,
        }
    }

    fn makes_run_dir(&self) -> bool {
        matches!(self, Self::Reap(_))
    }

    fn minds_other_runs(&self) -> bool {
        !matches!(self, Self::Delete | Self::Reap(_))
    }
}
