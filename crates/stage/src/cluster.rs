//! A client of the run's cluster.

use std::net::IpAddr;

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
    // A proxy of the environment leads out, and never knows what is on this machine.
    if is_here(config.cluster_url.host().unwrap_or_default()) {
        config.proxy_url = None;
    }
    Client::try_from(config).map_err(|source| ClusterError::Client(Box::new(source)))
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_asked_for_what_is_elsewhere_alone() {
        for here in ["localhost", "127.0.0.1", "127.8.9.1", "[::1]"] {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in ["34.1.2.3", "api.internal.a.k8s.local", "localhost.example", ""] {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }
}
