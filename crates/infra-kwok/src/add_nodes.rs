//! Adds the worker nodes and watches until all are ready.

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, Instant},
};

use futures::TryStreamExt;
use k8s_openapi::api::core::v1::Node;
use kube::{
    Api, Client,
    runtime::{WatchStreamExt, watcher},
};
use run_record::Plan;
use stage::{Progress, Stage};

use crate::{
    found,
    nodes::{self, NodesError},
    record::NodesAdded,
};

/// Why the nodes are not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddNodesError {
    /// They could not be made.
    #[error(transparent)]
    Make(#[from] NodesError),
    /// They are not ready.
    #[error("no other node became ready for {}s: {readiness}", seconds.as_secs())]
    NotReady {
        /// Which are and which are not.
        readiness: Readiness,
        /// How long was waited for one more.
        seconds: Duration,
    },
    /// The API server stopped telling about them.
    #[error("failed to watch the nodes")]
    Watch(#[source] Box<watcher::Error>),
    /// What was found could not be written down.
    #[error(transparent)]
    Found(#[from] found::FoundError),
    /// The step was cancelled.
    #[error("stopped since the step was cancelled")]
    Cancelled,
}

/// Longest wait for one more node: on an idle machine 100 take some seconds in all.
const STALL_DEADLINE: Duration = Duration::from_secs(120);

/// Adds the worker nodes and watches until all are ready.
pub(crate) async fn add_nodes(stage: &Stage, plan: &Plan) -> Result<NodesAdded, AddNodesError> {
    let begun = Instant::now();
    let client = stage::client(&stage.run_dir).await.map_err(NodesError::Client)?;
    let work = async {
        nodes::create_workers(&client, plan).await?;
        tracing::info!("{} nodes made", plan.scenario.cluster.nodes);
        wait_ready(&client, plan).await
    };
    let nodes = stage.cancel.guard(work).await.ok_or(AddNodesError::Cancelled)??;
    found::nodes(stage, nodes.iter())?;
    Ok(NodesAdded { nodes: nodes.len(), seconds: begun.elapsed().as_secs_f64() })
}

/// Watches the nodes until all are ready or nothing moves any more.
async fn wait_ready(client: &Client, plan: &Plan) -> Result<Vec<Node>, AddNodesError> {
    /// The watcher tries again by itself; this many failures in a row are no hiccup.
    const FAILURES: usize = 10;
    let progress = Progress::default();
    let mut readiness = Readiness::of(nodes::workers(plan));
    let nodes: Api<Node> = Api::all(client.clone());
    let stream = watcher(nodes, watcher::Config::default()).default_backoff().applied_objects();
    let mut stream = std::pin::pin!(stream);
    let mut seen = BTreeMap::new();
    let (mut failures, mut moved) = (0, Instant::now());
    loop {
        let left = STALL_DEADLINE.saturating_sub(moved.elapsed());
        let Ok(event) = tokio::time::timeout(left, stream.try_next()).await else {
            return Err(AddNodesError::NotReady { readiness, seconds: STALL_DEADLINE });
        };
        match event {
            Ok(Some(node)) => {
                failures = 0;
                let before = readiness.ready();
                if let Some(name) = readiness.note(&node) {
                    seen.insert(name, node);
                }
                if readiness.is_complete() {
                    return Ok(seen.into_values().collect());
                }
                if readiness.ready() > before {
                    moved = Instant::now();
                }
                progress.say(&readiness.to_string());
            }
            Ok(None) => {}
            Err(error) => {
                failures += 1;
                if failures == FAILURES {
                    return Err(AddNodesError::Watch(Box::new(error)));
                }
            }
        }
    }
}

/// Which nodes are ready, and why the others are not.
#[derive(Clone, Debug)]
pub struct Readiness {
    /// Why a node is not ready; nothing if it is.
    waiting: BTreeMap<String, Option<String>>,
}

impl Readiness {
    pub(crate) fn of(names: Vec<String>) -> Self {
        let unseen = |name| (name, Some("the API server does not know it".to_owned()));
        Self { waiting: names.into_iter().map(unseen).collect() }
    }

    /// Notes a node; its name, if it is one of those waited for.
    pub(crate) fn note(&mut self, node: &Node) -> Option<String> {
        let name = node.metadata.name.clone()?;
        *self.waiting.get_mut(&name)? = missing(node);
        Some(name)
    }

    pub(crate) fn ready(&self) -> usize {
        self.waiting.values().filter(|why| why.is_none()).count()
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.waiting.values().all(Option::is_none)
    }
}

impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} nodes ready", self.ready(), self.waiting.len())?;
        let left = self.waiting.iter();
        stage::waiting(f, left.filter_map(|(name, why)| Some((name.as_str(), why.as_deref()?))))
    }
}

/// What keeps a node from taking pods: it is not ready, or a taint keeps them off.
fn missing(node: &Node) -> Option<String> {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    let ready = conditions.into_iter().flatten().find(|condition| condition.type_ == "Ready");
    match ready {
        None => return Some("its kubelet says nothing".into()),
        Some(ready) if ready.status != "True" => {
            return Some(ready.message.clone().unwrap_or_else(|| "it is not ready".into()));
        }
        Some(_) => {}
    }
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_ref());
    let taint = taints.and_then(|taints| taints.first())?;
    Some(format!("the taint `{}` is on it", taint.key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn node(name: &str, ready: &str, taint: Option<&str>) -> Node {
        let taints: Vec<_> =
            taint.iter().map(|key| json!({"key": key, "effect": "NoSchedule"})).collect();
        serde_json::from_value(json!({
            "metadata": { "name": name },
            "spec": { "taints": taints },
            "status": { "conditions": [
                { "type": "Ready", "status": ready, "message": "no network" },
            ] },
        }))
        .unwrap()
    }

    #[test]
    fn progress_says_how_many_are_ready_and_who_is_waited_for() {
        let mut readiness = Readiness::of(["a", "b", "c", "d", "e"].map(str::to_owned).into());
        assert_eq!(
            readiness.to_string(),
            "0/5 nodes ready, waiting for: a, b, c and 2 more (the API server does not know it)"
        );

        readiness.note(&node("a", "True", None));
        readiness.note(&node("b", "False", None));
        readiness.note(&node("c", "True", Some("x")));
        readiness.note(&node("other", "False", None));

        assert_eq!(readiness.ready(), 1);
        assert_eq!(
            readiness.to_string(),
            "1/5 nodes ready, waiting for: b, c, d and 1 more (no network)"
        );
    }

    #[test]
    fn a_node_with_a_taint_is_waited_for() {
        let mut readiness = Readiness::of(vec!["a".into()]);

        readiness.note(&node("a", "True", Some("x")));
        let tainted = readiness.is_complete();
        readiness.note(&node("a", "True", None));

        assert!(!tainted && readiness.is_complete());
    }
}
