//! The cluster as it is now: watched, never asked twice.

use std::{fmt, sync::Arc};

use futures::{
    StreamExt,
    stream::{BoxStream, SelectAll},
};
use k8s_openapi::api::{
    apps::v1::{DaemonSet, Deployment},
    core::v1::{ConfigMap, Node, Pod},
};
use kube::{
    Api, Client, Resource, ResourceExt,
    runtime::{
        WatchStreamExt,
        reflector::{self, Store},
        watcher::{self, Event},
    },
};
use serde::de::DeserializeOwned;

use crate::installed::{CONFIG, NAMESPACE};

/// What is known of the cluster at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// Every node.
    pub(crate) nodes: Vec<Arc<Node>>,
    /// Every pod of Cilium's namespace.
    pub(crate) pods: Vec<Arc<Pod>>,
    /// Every DaemonSet of Cilium's namespace.
    pub(crate) daemon_sets: Vec<Arc<DaemonSet>>,
    /// Every Deployment of Cilium's namespace.
    pub(crate) deployments: Vec<Arc<Deployment>>,
    /// `cilium-config`.
    pub(crate) config: Option<Arc<ConfigMap>>,
}

/// Something happened to the view.
enum Change {
    /// The first look at one kind is over.
    Listed,
    /// Something changed.
    Changed,
    /// The API server did not answer.
    Silent(String),
}

type Changes = SelectAll<BoxStream<'static, Change>>;

/// Watches the cluster.
pub(crate) struct Watching {
    changes: Changes,
    unlisted: usize,
    nodes: Store<Node>,
    pods: Store<Pod>,
    daemon_sets: Store<DaemonSet>,
    deployments: Store<Deployment>,
    configs: Store<ConfigMap>,
}

/// What was seen.
pub(crate) enum Seen {
    /// The cluster, as it is now.
    All(Box<View>),
    /// Not all of it yet; why not, if the API server said.
    Partly(Option<String>),
}

/// Changes that are looked at together: a hundred pods that become ready at once are one change.
const TOGETHER: usize = 256;

impl Watching {
    /// Begins to watch.
    pub(crate) fn begin(client: &Client) -> Self {
        let mut changes = SelectAll::new();
        let all = watcher::Config::default();
        let config = watcher::Config::default().fields(&format!("metadata.name={CONFIG}"));
        let nodes = watch(Api::all(client.clone()), all.clone(), &mut changes);
        let pods = watch(Api::namespaced(client.clone(), NAMESPACE), all.clone(), &mut changes);
        let daemon_sets =
            watch(Api::namespaced(client.clone(), NAMESPACE), all.clone(), &mut changes);
        let deployments = watch(Api::namespaced(client.clone(), NAMESPACE), all, &mut changes);
        let configs = watch(Api::namespaced(client.clone(), NAMESPACE), config, &mut changes);
        let unlisted = changes.len();
        Self { changes, unlisted, nodes, pods, daemon_sets, deployments, configs }
    }

    /// Waits until something changes; nothing if the watch is over.
    pub(crate) async fn next(&mut self) -> Option<Seen> {
        let changes = (&mut self.changes).ready_chunks(TOGETHER).next().await?;
        let mut silent = None;
        for change in changes {
            match change {
                Change::Listed => self.unlisted = self.unlisted.saturating_sub(1),
                Change::Changed => {}
                Change::Silent(why) => silent = Some(why),
            }
        }
        Some(match self.unlisted {
            0 => Seen::All(Box::new(self.view())),
            _ => Seen::Partly(silent),
        })
    }

    fn view(&self) -> View {
        View {
            nodes: self.nodes.state(),
            pods: self.pods.state(),
            daemon_sets: self.daemon_sets.state(),
            deployments: self.deployments.state(),
            config: self.configs.state().into_iter().next(),
        }
    }
}

fn watch<K>(api: Api<K>, config: watcher::Config, changes: &mut Changes) -> Store<K>
where
    K: Resource<DynamicType = ()>
        + ResourceExt
        + Clone
        + fmt::Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static,
{
    let (store, writer) = reflector::store();
    let mut listed = false;
    let stream = watcher::watcher(api, config)
        // Who wrote which field is half of an object's size, and never looked at.
        .modify(|object| object.managed_fields_mut().clear())
        .default_backoff()
        .reflect(writer)
        .map(move |event| match event {
            Ok(Event::InitDone) if !listed => {
                listed = true;
                Change::Listed
            }
            Ok(_) => Change::Changed,
            Err(error) => Change::Silent(error.to_string()),
        });
    changes.push(stream.boxed());
    store
}
