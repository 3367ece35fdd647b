//! What `infra-kwok` can be told to do.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::tunnel::TunnelArgs;

/// What `infra-kwok` can be told to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Start a real control plane for the run: etcd, API server, scheduler, controllers, kwok and
    /// Prometheus, all on loopback.
    ///
    /// What is about to be made is written into `infra.json` first. On a cluster that is there and
    /// healthy nothing is done.
    Create(CreateArgs),
    /// Write the kubeconfig of the run anew.
    Connect,
    /// Add the worker nodes of the scenario and wait until all are ready.
    AddNodes,
    /// Check that the control plane answers and that all nodes are ready.
    Validate,
    /// Show what there is of the cluster, and how to use it.
    Describe,
    /// End and remove everything of the run, and check that nothing is left. A second time is no
    /// fault.
    Delete,
    /// Remove what dead runs of this machine left, and spare live and kept ones.
    ///
    /// A run is dead when the process that owned it is no more. Runs whose stages were started by
    /// hand have no owner: they are dead when they are old.
    Reap(ReapArgs),
    /// Lead the API server to Prometheus. Started by `create`.
    #[command(hide = true)]
    Tunnel(TunnelArgs),
}

/// By whom the cluster is to be trusted.
#[derive(Clone, Debug, Default, Args)]
pub struct CreateArgs {
    /// Certificate and key (PKCS 8) of the authority that signs every certificate of the cluster, in
    /// one file of PEM; without it the run has an authority of its own.
    #[arg(long, value_name = "FILE")]
    pub authority: Option<PathBuf>,
    /// Another name or address under which the API server is called.
    #[arg(long, value_name = "NAME")]
    pub server_name: Vec<String>,
}

/// Which runs are dead.
#[derive(Clone, Debug, Args)]
pub struct ReapArgs {
    /// Folder of run directories to look at besides the runs that this machine remembers.
    #[arg(long, value_name = "DIR")]
    pub runs: Option<PathBuf>,
    /// A run without an owner is dead after so many minutes.
    #[arg(long, value_name = "MINUTES", default_value_t = 360)]
    pub older_than: u32,
}

impl stage::Verb for Verb {
    fn is_recorded(&self) -> bool {
        match self {
            Self::Create(_) | Self::AddNodes | Self::Validate | Self::Delete => true,
            Self::Connect | Self::Describe | Self::Reap(_) | Self::Tunnel(_) => false,
        }
    }

    fn makes_run_dir(&self) -> bool {
        matches!(self, Self::Reap(_) | Self::Tunnel(_))
    }

    fn minds_other_runs(&self) -> bool {
        !matches!(self, Self::Delete | Self::Reap(_) | Self::Tunnel(_))
    }
}
