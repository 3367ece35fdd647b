//! The simulated nodes: what they look like, and how they are made.

use std::net::Ipv4Addr;

use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::core::v1::Node;
use kube::{Api, Client, api::PostParams};
use run_record::Plan;
use serde_json::{Value, json};
use stage::{ClusterError, Stage};

use crate::cilium_stand_in;

/// Why nodes could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodesError {
    /// There is no way to the API server.
    #[error(transparent)]
    Client(#[from] ClusterError),
    /// The scenario's range of addresses cannot be used.
    #[error(
        "`cluster.node-cidr` is `{0}`, which is no range of IPv4 addresses with room for the nodes"
    )]
    Range(String),
    /// A node was not made.
    #[error("failed to make the node `{name}`")]
    Make {
        /// The node.
        name: String,
        /// What the API server said.
        source: Box<kube::Error>,
    },
    /// The nodes could not be listed.
    #[error("failed to list the nodes")]
    List(#[source] Box<kube::Error>),
    /// What would be sent is no node.
    #[error("failed to describe the node `{name}`")]
    Describe {
        /// The node.
        name: String,
        /// Why.
        source: serde_json::Error,
    },
}

/// Label and taint of the node that carries what watches the test, and no pod of the test.
pub(crate) const INFRA: &str = "node-role.kubernetes.io/infra";

/// Requests for nodes that are under way at the same time.
const AT_ONCE: usize = 16;

/// Room between the first address of the range and that of the first node, as a cloud keeps it.
const FIRST_ADDRESS: u32 = 10;

/// Pods get their addresses from here, 256 for each node.
const POD_RANGE: Ipv4Addr = Ipv4Addr::new(10, 128, 0, 0);

/// What a simulated node offers: more than 110 pods of any test ask for.
const CAPACITY: [(&str, &str); 4] =
    [("cpu", "32"), ("memory", "256Gi"), ("pods", "110"), ("ephemeral-storage", "100Gi")];

/// Names of the worker nodes, in order.
pub(crate) fn workers(plan: &Plan) -> Vec<String> {
    (1..=plan.scenario.cluster.nodes)
        .map(|number| format!("{}-node-{number:04}", plan.cluster))
        .collect()
}

/// Makes the node that carries what watches the test.
pub(crate) async fn create_infra(stage: &Stage, plan: &Plan) -> Result<(), NodesError> {
    let client = stage::client(&stage.run_dir).await?;
    let name = format!("{}-infra", plan.cluster);
    let mut node = describe(plan, &name, 0)?;
    node["metadata"]["labels"][INFRA] = "".into();
    let taint = json!({ "key": INFRA, "effect": "NoSchedule" });
    match node["spec"]["taints"].as_array_mut() {
        Some(taints) => taints.push(taint),
        None => node["spec"]["taints"] = json!([taint]),
    }
    make(&client, name, node).await
}

/// Makes the worker nodes, several at the same time.
pub(crate) async fn create_workers(client: &Client, plan: &Plan) -> Result<(), NodesError> {
    let nodes = workers(plan).into_iter().zip(1..).map(async |(name, number)| {
        let mut node = describe(plan, &name, number)?;
        node["metadata"]["labels"]["node-role.kubernetes.io/node"] = "".into();
        make(client, name, node).await
    });
    stream::iter(nodes).buffer_unordered(AT_ONCE).try_collect().await
}

async fn make(client: &Client, name: String, node: Value) -> Result<(), NodesError> {
    let node: Node = serde_json::from_value(node)
        .map_err(|source| NodesError::Describe { name: name.clone(), source })?;
    let nodes: Api<Node> = Api::all(client.clone());
    match nodes.create(&PostParams::default(), &node).await {
        // An earlier attempt made it.
        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
        Err(source) => Err(NodesError::Make { name, source: Box::new(source) }),
        Ok(_) => Ok(()),
    }
}

/// A simulated node as its kubelet would register it.
fn describe(plan: &Plan, name: &str, number: u32) -> Result<Value, NodesError> {
    let range = &plan.scenario.cluster.node_cidr;
    let address = address(range, number).ok_or_else(|| NodesError::Range(range.clone()))?;
    let pods = Ipv4Addr::from_bits(POD_RANGE.to_bits() + number * 256);
    let kwok = stage::PINS.iter().find(|pin| pin.name == "kwok");
    let kwok = format!("kwok-v{}", kwok.map_or("", |pin| pin.module.version()));
    let capacity: serde_json::Map<String, Value> =
        CAPACITY.iter().map(|(what, much)| ((*what).into(), (*much).into())).collect();
    let mut node = json!({
        "metadata": {
            "name": name,
            // This is how kwok knows its own.
            "annotations": { "kwok.x-k8s.io/node": "fake" },
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "node.kubernetes.io/instance-type": "simulated",
                "topology.kubernetes.io/region": "local",
                "topology.kubernetes.io/zone": "local",
            },
        },
        "spec": {
            "providerID": format!("kwok://{name}"),
            "podCIDR": format!("{pods}/24"),
            "podCIDRs": [format!("{pods}/24")],
        },
        "status": {
            "addresses": [
                { "type": "InternalIP", "address": address },
                { "type": "Hostname", "address": name },
            ],
            "capacity": capacity,
            "allocatable": capacity,
            "nodeInfo": {
                "architecture": "amd64",
                "operatingSystem": "linux",
                "osImage": kwok,
                "kernelVersion": kwok,
                "kubeletVersion": kwok,
                "kubeProxyVersion": "",
                "containerRuntimeVersion": kwok,
                "machineID": name,
                "systemUUID": name,
                "bootID": name,
            },
        },
    });
    if plan.scenario.cilium.is_some() {
        node["spec"]["taints"] =
            json!([{ "key": cilium_stand_in::TAINT, "effect": "NoExecute", "value": "true" }]);
        node["status"]["conditions"] = json!([cilium_stand_in::no_network()]);
    }
    Ok(node)
}

/// The address of a node in the range, if there is room for it.
fn address(range: &str, number: u32) -> Option<Ipv4Addr> {
    let (first, length) = range.split_once('/')?;
    let first: Ipv4Addr = first.parse().ok()?;
    let length: u32 = length.parse().ok().filter(|length| *length <= 32)?;
    let room = u32::MAX.checked_shr(length).unwrap_or(0);
    let offset = number.checked_add(FIRST_ADDRESS).filter(|offset| *offset < room)?;
    Some(Ipv4Addr::from_bits(first.to_bits().checked_add(offset)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_get_addresses_of_their_own_while_the_range_has_room() {
        assert_eq!(address("10.16.0.0/16", 0), Some(Ipv4Addr::new(10, 16, 0, 10)));
        assert_eq!(address("10.16.0.0/16", 5000), Some(Ipv4Addr::new(10, 16, 19, 146)));
        assert_eq!(address("10.16.0.0/24", 244), Some(Ipv4Addr::new(10, 16, 0, 254)));
        assert_eq!(address("10.16.0.0/24", 245), None);
        assert_eq!(address("10.16.0.0/32", 0), None);
        assert_eq!(address("everywhere", 0), None);
    }
}
