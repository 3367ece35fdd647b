//! The clusters that the cloud holds, as their machines show them.

use std::{
    collections::{BTreeMap, HashMap},
    net::Ipv4Addr,
};

use serde_json::Value;

use crate::{
    key::{Key, Scope},
    plan::NeverBoots,
    resource::Resource,
    world::World,
};

/// A cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct Cluster {
    pub(super) name: String,
    /// Where kops keeps it: `gs://bucket/prefix`.
    pub(super) base: String,
    /// Where its API is to be found from outside, and from inside.
    pub(super) addresses: Vec<String>,
    /// Machines that run and came up.
    pub(super) machines: Vec<Machine>,
}

/// A machine that came up.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub(super) name: String,
    pub(super) zone: String,
    pub(super) provider: String,
    pub(super) inside: String,
    pub(super) outside: Option<String>,
    pub(super) is_control_plane: bool,
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) image: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) taints: Vec<String>,
}

impl Cluster {
    /// Whether its control plane can be reached: a machine is up, and there is an address.
    pub(super) fn is_up(&self) -> bool {
        !self.addresses.is_empty() && self.machines.iter().any(|machine| machine.is_control_plane)
    }
}

/// Every cluster that has a machine, or a group that will make one again.
pub(super) fn clusters(world: &World) -> Vec<Cluster> {
    let mut clusters: BTreeMap<String, Cluster> = BTreeMap::new();
    for (_, group) in world.all("instanceGroupManagers").filter(|(_, g)| g.gone_at.is_none()) {
        if let Some(name) = cluster_of(world, group) {
            clusters.insert(name.clone(), Cluster { name, ..Cluster::default() });
        }
    }
    let mut seen: HashMap<&Key, usize> = HashMap::new();
    for (key, machine) in world.all("instances") {
        let Some(name) = machine.metadata("cluster-name") else { continue };
        let name = name.trim();
        let cluster = clusters.entry(name.to_owned()).or_default();
        cluster.name = name.to_owned();
        if let Some(base) = base(machine) {
            cluster.base = base;
        }
        let nth = machine.group.as_ref().map(|group| {
            let nth = seen.entry(group).or_default();
            *nth += 1;
            *nth
        });
        let runs = machine.gone_at.is_none() && machine.text("status") == "RUNNING";
        if runs && boots(world, key, nth.unwrap_or(1)) && reaches_store(world, machine) {
            cluster.machines.push(described(world, key, machine));
        }
    }
    for cluster in clusters.values_mut() {
        cluster.addresses = addresses(world, &cluster.name);
    }
    clusters.into_values().collect()
}

/// The cluster of a group, as its template says.
fn cluster_of(world: &World, group: &Resource) -> Option<String> {
    let template = world.get(&Key::linked(group.text("instanceTemplate"))?.1)?;
    let items = &template.body.get("properties")?["metadata"]["items"];
    let item = items.as_array()?.iter().find(|item| item["key"] == "cluster-name")?;
    Some(item["value"].as_str()?.trim().to_owned())
}

/// Where kops keeps a cluster: the script of its control plane says so.
fn base(machine: &Resource) -> Option<String> {
    let script = machine.metadata("user-data").or_else(|| machine.metadata("startup-script"))?;
    let line = script.lines().find_map(|line| line.strip_prefix("ConfigBase: "))?;
    Some(line.trim().trim_end_matches('/').to_owned())
}

fn boots(world: &World, key: &Key, nth: usize) -> bool {
    match &world.plan.never_boots {
        None => true,
        Some(NeverBoots::First(first)) => nth > *first,
        Some(NeverBoots::Named(part)) => !key.name.contains(part.as_str()),
    }
}

/// Whether a machine gets at the state store: by an address of its own, Private Google Access of its
/// subnet, or a NAT of its network. One that does not never finds out what it is to be.
fn reaches_store(world: &World, machine: &Resource) -> bool {
    let interfaces = machine.body.get("networkInterfaces").and_then(Value::as_array);
    interfaces.into_iter().flatten().any(|interface| {
        let has_address = interface["accessConfigs"][0]["natIP"].is_string();
        let network = linked(&interface["network"]);
        let subnet = linked(&interface["subnetwork"]);
        let region = subnet.as_ref().and_then(|subnet| subnet.scope.region().map(str::to_owned));
        let has_access =
            subnet.as_ref().and_then(|subnet| world.get(subnet)).is_some_and(|subnet| {
                subnet.body.get("privateIpGoogleAccess") == Some(&Value::Bool(true))
            });
        let has_nat = world.all("routers").any(|(key, router)| {
            let nats = router.body.get("nats").and_then(Value::as_array);
            nats.is_some_and(|nats| !nats.is_empty())
                && Key::linked(router.text("network")).map(|(_, key)| key) == network
                && key.scope.region().map(str::to_owned) == region
        });
        has_address || has_access || has_nat
    })
}

fn linked(link: &Value) -> Option<Key> {
    Some(Key::linked(link.as_str()?)?.1)
}

/// Addresses of the API: those of forwarding rules, and of addresses that kops reserved for it.
fn addresses(world: &World, cluster: &str) -> Vec<String> {
    let safe = cluster.replace('.', "-");
    let is_api = |key: &Key, resource: &Resource| {
        let label = resource.body.get("labels").map(|labels| &labels["k8s-io-cluster-name"]);
        key.name.starts_with("api-")
            && (label.is_some_and(|label| *label == safe) || key.name.ends_with(&safe))
    };
    let rules = world.all("forwardingRules").filter(|(key, rule)| is_api(key, rule));
    let mut all: Vec<String> = rules.map(|(_, rule)| rule.text("IPAddress").to_owned()).collect();
    let reserved = world.all("addresses").filter(|(key, address)| is_api(key, address));
    all.extend(reserved.map(|(_, address)| address.text("address").to_owned()));
    all.sort_by_key(|address| address.parse::<Ipv4Addr>().map(Ipv4Addr::to_bits).unwrap_or(0));
    all.dedup();
    all
}

fn described(world: &World, key: &Key, machine: &Resource) -> Machine {
    let label = |name: &str| {
        machine.body.get("labels").and_then(|labels| labels[name].as_str()).map(str::to_owned)
    };
    let interface = machine.body.get("networkInterfaces").map(|interfaces| &interfaces[0]);
    let address = |value: Option<&Value>| Some(value?.as_str()?.to_owned());
    let zone = match &key.scope {
        Scope::Zone(zone) => zone.clone(),
        other => other.name().to_owned(),
    };
    let last = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    let disk = machine.body.get("disks").and_then(|disks| disks[0]["source"].as_str());
    let disk = disk.and_then(|link| world.get(&Key::linked(link)?.1));
    let image = disk.map(|disk| last(disk.text("sourceImage"))).unwrap_or_default();
    let (labels, taints) = machine.metadata("kube-env").map(node_settings).unwrap_or_default();
    Machine {
        name: key.name.clone(),
        provider: format!("gce://{}/{zone}/{}", world.project, key.name),
        zone,
        inside: address(interface.map(|interface| &interface["networkIP"])).unwrap_or_default(),
        outside: address(interface.map(|interface| &interface["accessConfigs"][0]["natIP"])),
        is_control_plane: label("k8s-io-role-control-plane")
            .or(label("k8s-io-role-master"))
            .is_some(),
        group: machine
            .metadata("kops-k8s-io-instance-group-name")
            .map_or_else(|| label("k8s-io-instance-group").unwrap_or_default(), str::to_owned),
        kind: last(machine.text("machineType")),
        image,
        labels,
        taints,
    }
}

/// Labels and taints of nodes, as kops leaves them for the autoscaler.
fn node_settings(text: &str) -> (BTreeMap<String, String>, Vec<String>) {
    let variables = text.trim().trim_start_matches("AUTOSCALER_ENV_VARS:").trim();
    let of = |name: &str| {
        let found = variables.split(';').find_map(|part| part.strip_prefix(name));
        found.map(|list| list.split(',').map(str::to_owned).collect::<Vec<_>>()).unwrap_or_default()
    };
    let labels = of("node_labels=").into_iter().filter_map(|label| {
        let (key, value) = label.split_once('=')?;
        Some((key.to_owned(), value.to_owned()))
    });
    (labels.collect(), of("node_taints="))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::admin;

    #[test]
    fn labels_and_taints_of_a_group_reach_its_nodes() {
        let text = "AUTOSCALER_ENV_VARS: os_distribution=ubuntu;arch=amd64;os=linux;node_labels=a=b,c/d=;node_taints=x=y:NoSchedule";

        let (labels, taints) = node_settings(text);

        assert_eq!(
            labels.into_iter().collect::<Vec<_>>(),
            [("a".into(), "b".into()), ("c/d".into(), String::new())]
        );
        assert_eq!(taints, ["x=y:NoSchedule"]);
    }

    /// A world with one machine, which has a subnet and no address of its own.
    fn world() -> World {
        let mut world = World::new("p", std::time::Duration::ZERO);
        let mut put = |name: &str, body: Value| assert!(admin::put(&mut world, name, body));
        put("global/networks/n", json!({}));
        put("us-west1/subnetworks/s", json!({ "network": "global/networks/n" }));
        let machine = json!({
            "status": "RUNNING",
            "metadata": { "items": [{ "key": "cluster-name", "value": "c.k8s.local" }] },
            "networkInterfaces": [{
                "network": "global/networks/n", "subnetwork": "regions/us-west1/subnetworks/s",
            }],
        });
        put("us-west1-a/instances/nodes-1", machine);
        world
    }

    fn up(world: &World) -> usize {
        clusters(world)[0].machines.len()
    }

    #[test]
    fn a_machine_without_a_way_to_the_state_store_never_comes_up() {
        let nat = json!({ "network": "global/networks/n", "nats": [{ "name": "nat" }] });
        let mut other = world();
        assert!(admin::put(&mut other, "us-east1/routers/r", nat.clone()));
        let mut natted = world();
        assert!(admin::put(&mut natted, "us-west1/routers/r", nat));
        let mut private = world();
        let subnet = json!({ "network": "global/networks/n", "privateIpGoogleAccess": true });
        assert!(admin::put(&mut private, "us-west1/subnetworks/s", subnet));

        assert_eq!((up(&world()), up(&other), up(&natted), up(&private)), (0, 0, 1, 1));
    }
}
