//! A client of the run's cluster.

use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use run_record::RunDir;

/// Why the run's cluster cannot be talked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// There is no way to sign in.
    #[error(
        "failed to read the kubeconfig of the run (hint: run the `connect` verb of its infra stage)"
    )]
    Kubeconfig(#[source] kube::config::KubeconfigError),
    /// The client could not be made.
    #[error("failed to make a client of the run's cluster")]
    Client(#[source] Box<kube::Error>),
}

/// A client of the run's cluster, signed in as its `run.private/kubeconfig` says.
///
/// # Errors
/// The kubeconfig is missing or malformed.
pub async fn client(run_dir: &RunDir) -> Result<Client, ClusterError> {
    let kubeconfig =
        Kubeconfig::read_from(run_dir.kubeconfig()).map_err(ClusterError::Kubeconfig)?;
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .map_err(ClusterError::Kubeconfig)?;
    // The cluster may be on loopback: a proxy of the environment never knows it.
    config.proxy_url = None;
    Client::try_from(config).map_err(|source| ClusterError::Client(Box::new(source)))
}
