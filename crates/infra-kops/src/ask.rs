//! What the API server says of itself and of its nodes.

use k8s_openapi::api::core::v1::Node;
use kube::{Api, Client, api::ListParams};

use crate::build_error::BuildError;

/// Its version, as `v1.35.5`.
pub(crate) async fn version(client: &Client) -> Result<String, BuildError> {
    let version = client.apiserver_version().await;
    version
        .map(|version| version.git_version)
        .map_err(|error| failed("ask the API server for its version", error))
}

/// All nodes.
pub(crate) async fn nodes(client: &Client) -> Result<Vec<Node>, BuildError> {
    let nodes: Api<Node> = Api::all(client.clone());
    let nodes = nodes.list(&ListParams::default()).await;
    nodes.map(|list| list.items).map_err(|error| failed("list the nodes", error))
}

fn failed(what: &'static str, error: kube::Error) -> BuildError {
    BuildError::Api { what, source: Box::new(error) }
}
