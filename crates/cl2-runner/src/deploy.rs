//! Lets ClusterLoader2 deploy its Prometheus into a cluster that has none yet.

use std::fs;

use k8s_openapi::api::core::v1::Service;
use kube::{Api, Client};
use run_record::Plan;
use stage::Stage;

use crate::{
    cl2,
    error::Error,
    prometheus::{NAMESPACE, SERVICE},
};

/// A test without a step: what ClusterLoader2 does before it is all that is wanted.
const CONFIG: &str = "name: prometheus\nnamespace:\n  number: 1\nsteps: []\n";

/// Deploys Prometheus unless its service is there, from an earlier attempt or by somebody's hand.
pub(crate) async fn if_missing(stage: &Stage, plan: &Plan, client: &Client) -> Result<(), Error> {
    let services: Api<Service> = Api::namespaced(client.clone(), NAMESPACE);
    let there = services.get_opt(SERVICE).await.map_err(|source| Error::Object {
        what: format!("look for the service `{NAMESPACE}/{SERVICE}`"),
        source: Box::new(source),
    })?;
    if there.is_some() {
        tracing::info!("Prometheus is in the cluster already");
        return Ok(());
    }
    let program = stage.toolbox.find(cl2::NAME).await.map_err(Error::Toolbox)?;
    let folder = tempfile::tempdir().map_err(Error::Folder)?;
    let config = folder.path().join("config.yaml");
    fs::write(&config, CONFIG).map_err(Error::Folder)?;
    let deploying = cl2::deploy(stage, plan, &program, &config, folder.path());
    deploying.await.map(drop).map_err(Error::Deploy)
}
