//! A control plane that was booted, and the nodes that its machines are.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures::{StreamExt, stream};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::{
    Api, Client, Config,
    api::{DeleteParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::Value;

use super::{
    clusters::{Cluster, Machine},
    keyset::{ClusterAuthority, KeysetError},
    node::{kubeconfig, node, pods},
    program::{Program, ProgramError},
};
use crate::shared::Shared;

/// Why a control plane did not boot.
#[derive(Debug, thiserror::Error)]
pub(super) enum BootError {
    #[error("`{0}` is not to be read")]
    Store(String),
    #[error(transparent)]
    Keyset(#[from] KeysetError),
    #[error(transparent)]
    Program(#[from] ProgramError),
    #[error("the API server cannot be asked")]
    Kubeconfig(#[from] kube::config::KubeconfigError),
    #[error("the API server cannot be asked")]
    Client(#[source] Box<kube::Error>),
    #[error("a kubeconfig could not be made")]
    Json(#[from] serde_json::Error),
}

/// Nodes that are made or deleted at the same time.
const AT_ONCE: usize = 16;

/// A control plane.
pub(super) struct ControlPlane {
    program: Program,
    client: Client,
    version: String,
    /// Nodes that are there, and their numbers.
    nodes: BTreeMap<String, u32>,
    numbers: u32,
}

impl ControlPlane {
    /// Boots the control plane of a cluster.
    pub(super) async fn boot(
        shared: Arc<Shared>,
        program: PathBuf,
        folder: PathBuf,
        cluster: Cluster,
    ) -> Result<Self, BootError> {
        let keyset = read(&shared, &cluster.base, "pki/private/kubernetes-ca/keyset.yaml").await?;
        let spec = read(&shared, &cluster.base, "cluster-completed.spec").await?;
        let authority = ClusterAuthority::read(&String::from_utf8_lossy(&keyset))?;
        let version = version(&String::from_utf8_lossy(&spec));
        let program = Program::start(&program, &folder, &cluster, &authority).await?;
        let client = authority.client()?;
        let kubeconfig = kubeconfig(
            &format!("https://{}", program.address),
            &format!("api.internal.{}", cluster.name),
            authority.certificate(),
            &client.certificate,
            &client.key,
        );
        let kubeconfig: Kubeconfig = serde_json::from_value(kubeconfig)?;
        let mut config =
            Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
        // It is on loopback: a proxy of the environment never knows it.
        config.proxy_url = None;
        let client =
            Client::try_from(config).map_err(|error| BootError::Client(Box::new(error)))?;
        Ok(Self { program, client, version, nodes: BTreeMap::new(), numbers: 0 })
    }

    pub(super) fn address(&self) -> std::net::SocketAddr {
        self.program.address
    }

    /// Makes nodes of machines that came up, and lets go of those that are no more. What does not
    /// work now is tried again the next time.
    pub(super) async fn keep_nodes(&mut self, machines: &[Machine]) {
        let api: Api<Node> = Api::all(self.client.clone());
        let gone: Vec<String> = self
            .nodes
            .keys()
            .filter(|name| !machines.iter().any(|machine| machine.name == **name))
            .cloned()
            .collect();
        let going = stream::iter(gone).map(|name| {
            let api = api.clone();
            async move { is_gone(api.delete(&name, &DeleteParams::default()).await).then_some(name) }
        });
        for name in going.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.into_iter().flatten()
        {
            self.nodes.remove(&name);
        }
        let mut wanted = Vec::new();
        for machine in machines.iter().filter(|machine| !self.nodes.contains_key(&machine.name)) {
            self.numbers += 1;
            let described = node(machine, &self.version, self.numbers, &self.program.node);
            wanted.push((machine.clone(), self.numbers, described));
        }
        let client = &self.client;
        let coming = stream::iter(wanted).map(|(machine, number, described)| async move {
            make(client, &machine, described).await.then_some((machine.name, number))
        });
        self.nodes.extend(
            coming.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.into_iter().flatten(),
        );
    }

    /// Ends it.
    pub(super) async fn stop(self) {
        self.program.stop().await;
    }
}

/// Makes a node, and the pods of a control plane on it; whether all is there.
async fn make(client: &Client, machine: &Machine, described: Value) -> bool {
    let nodes: Api<Node> = Api::all(client.clone());
    let Ok(node) = serde_json::from_value(described) else { return false };
    if !is_there(nodes.create(&PostParams::default(), &node).await) {
        return false;
    }
    let api: Api<Pod> = Api::namespaced(client.clone(), "kube-system");
    for pod in pods(&machine.name).filter(|_| machine.is_control_plane) {
        let Ok(pod) = serde_json::from_value(pod) else { return false };
        if !is_there(api.create(&PostParams::default(), &pod).await) {
            return false;
        }
    }
    true
}

fn is_there<T>(made: Result<T, kube::Error>) -> bool {
    match made {
        Ok(_) => true,
        Err(kube::Error::Api(status)) => status.is_already_exists(),
        Err(_) => false,
    }
}

fn is_gone<T>(deleted: Result<T, kube::Error>) -> bool {
    match deleted {
        Ok(_) => true,
        Err(kube::Error::Api(status)) => status.is_not_found(),
        Err(_) => false,
    }
}

/// Reads a file of a cluster in the state store.
async fn read(shared: &Shared, base: &str, file: &str) -> Result<Bytes, BootError> {
    let path = format!("{base}/{file}");
    let parts = path.strip_prefix("gs://").and_then(|rest| rest.split_once('/'));
    let found = match (parts, &shared.emulator) {
        (Some((bucket, name)), Some(emulator)) => emulator.read(bucket, name).await,
        (Some((bucket, name)), None) => {
            let world = shared.world();
            world.objects.get(bucket, name).ok().map(|object| object.content.clone())
        }
        (None, _) => None,
    };
    found.ok_or(BootError::Store(path))
}

/// The version of Kubernetes that a cluster is to have, as its kubelets would say it.
fn version(spec: &str) -> String {
    let line = spec.lines().find_map(|line| line.trim().strip_prefix("kubernetesVersion:"));
    format!(
        "v{}",
        line.map_or("unknown", |version| version.trim().trim_matches('"').trim_start_matches('v'))
    )
}

/// The folder of a cluster that boots for the n-th time.
pub(super) fn folder(root: &Path, cluster: &str, nth: u32) -> PathBuf {
    let name = if nth > 1 { format!("{cluster}-{nth}") } else { cluster.to_owned() };
    root.join("boot").join(name)
}
