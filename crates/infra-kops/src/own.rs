//! Which of the things in a project are a cluster's: by its label, by what kops wrote into them, or by
//! a name that kops gives to nothing else.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{gce::Item, names::Names};

/// The label that kops puts on what can have one.
const LABEL: &str = "k8s-io-cluster-name";

/// The same among the metadata of machines.
const METADATA: &str = "cluster-name";

/// The roles of machines.
const ROLES: [&str; 4] = ["control-plane", "node", "apiserver", "bastion"];

/// What kops calls what leads to the API server; the region may stand behind it.
const ENTRANCES: [&str; 3] = ["api", "kops-controller", "cilium-etcd"];

/// The clusters of etcd.
const ETCD: [&str; 3] = ["-etcd-main", "-etcd-events", "-etcd-cilium"];

/// What of `all` is the cluster's.
///
/// That a name ends like the cluster's proves nothing (`api-b-a` may be `api` of `b-a`), so there must
/// be a label, metadata, a network of its own, or one of the few names that kops gives.
pub(crate) fn own(all: Vec<Item>, names: &Names) -> Vec<Item> {
    let known = Known::of(&all, names);
    all.into_iter().filter(|item| known.owns(item)).collect()
}

/// What is known of the cluster before its parts are looked at.
struct Known<'n> {
    names: &'n Names,
    network: String,
    templates: BTreeSet<String>,
    boot_disks: BTreeSet<String>,
}

impl<'n> Known<'n> {
    fn of(all: &[Item], names: &'n Names) -> Self {
        let network = format!("projects/{}/global/networks/{}", names.project, names.network());
        let mut known =
            Self { names, network, templates: BTreeSet::new(), boot_disks: BTreeSet::new() };
        let of =
            |collection: &'static str| all.iter().filter(move |item| item.collection == collection);
        known.templates = of("instanceTemplates")
            .filter(|item| known.owns(item))
            .map(|item| item.name.clone())
            .collect();
        let machines = of("instances").filter(|item| known.owns(item));
        known.boot_disks = machines
            .flat_map(|machine| each(&machine.body["disks"]))
            .filter(|disk| disk["boot"] == true)
            .filter_map(|disk| disk["source"].as_str())
            .filter_map(|source| Some(source.rsplit_once("/projects/")?.1.to_owned()))
            .collect();
        known
    }

    fn owns(&self, item: &Item) -> bool {
        if let Some(label) = item.body["labels"][LABEL].as_str() {
            return label == self.names.safe;
        }
        let name = item.name.as_str();
        let region = item.scope.rsplit('/').next().unwrap_or_default();
        match item.collection {
            "networks" => name == self.names.network(),
            "subnetworks" | "routers" => self.is_inside(item) && self.carries(name),
            "firewalls" => {
                self.is_inside(item) && (self.carries(name) || self.is_for_our_machines(item))
            }
            "routes" => self.is_inside(item) && name.starts_with(&format!("{}-", self.names.safe)),
            "instanceTemplates" => self.says(&item.body["properties"]["metadata"]),
            "instances" => self.says(&item.body["metadata"]),
            "instanceGroupManagers" => {
                let versions =
                    each(&item.body["versions"]).map(|version| &version["instanceTemplate"]);
                let links = versions.chain([&item.body["instanceTemplate"]]);
                let mut templates = links.filter_map(Value::as_str).map(last);
                templates.any(|template| self.templates.contains(template))
            }
            "disks" => self.is_disk(item),
            "addresses" | "forwardingRules" | "backendServices" | "healthChecks"
            | "httpHealthChecks" | "targetPools" => ENTRANCES.into_iter().any(|entrance| {
                let regional = format!("{entrance}-{region}");
                self.names.is_one_of(name, &[entrance, &regional])
            }),
            _ => false,
        }
    }

    /// Whether it is in the cluster's own network, in which nobody else has anything.
    fn is_inside(&self, item: &Item) -> bool {
        let rest = item.text("network").strip_suffix(self.network.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    }

    /// Whether the name ends like the cluster's.
    fn carries(&self, name: &str) -> bool {
        self.names.objects(name).next().is_some()
    }

    /// Whether a firewall rule is for machines of the cluster alone, as those that Kubernetes makes
    /// for a load balancer are.
    fn is_for_our_machines(&self, item: &Item) -> bool {
        let ours = ROLES.map(|role| self.names.tag(role));
        let tags: Vec<&str> = each(&item.body["targetTags"]).filter_map(Value::as_str).collect();
        !tags.is_empty() && tags.iter().all(|tag| ours.iter().any(|own| own == tag))
    }

    fn says(&self, metadata: &Value) -> bool {
        let mut entries = each(&metadata["items"]).filter(|entry| entry["key"] == METADATA);
        entries.any(|entry| entry["value"].as_str().map(str::trim) == Some(&self.names.cluster))
    }

    /// A disk gets its label after it was made, so one without is known by its name: the member of
    /// etcd, which is called after the zone, and the cluster of etcd.
    fn is_disk(&self, item: &Item) -> bool {
        let path = format!("{}/{}/disks/{}", self.names.project, item.scope, item.name);
        if self.boot_disks.contains(&path) {
            return true;
        }
        let zone = item.scope.rsplit('/').next().unwrap_or_default();
        let mut members = self
            .names
            .objects(&item.name)
            .filter_map(|object| ETCD.iter().find_map(|etcd| object.strip_suffix(etcd)));
        members.any(|member| is_member(member, zone))
    }
}

/// Whether kops calls a member of etcd so: `a`, `a-1`, `d1` or the whole zone.
fn is_member(member: &str, zone: &str) -> bool {
    let is_short = |text: &str| (1..=2).contains(&text.len()) && !text.contains('-');
    let numbered = member.split_once('-').is_some_and(|(letter, number)| {
        letter.len() == 1 && number.len() <= 2 && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    is_short(member) || numbered || member == zone
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn last(link: &str) -> &str {
    link.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const A: &str = "a.k8s.local";

    fn item(scope: &str, collection: &'static str, name: &str, mut body: Value) -> Item {
        body["name"] = name.into();
        Item { scope: scope.into(), collection, name: name.into(), body }
    }

    fn owned(cluster: &str, all: &[Item]) -> Vec<String> {
        own(all.to_vec(), &Names::of(cluster, "p")).iter().map(Item::label).collect()
    }

    fn network(name: &str) -> Value {
        json!({ "network": format!("https://www.googleapis.com/compute/v1/projects/p/global/networks/{name}") })
    }

    #[test]
    fn a_cluster_whose_name_is_an_end_or_a_beginning_of_another_s_leaves_it_alone() {
        let clusters = ["a.k8s.local", "a-b.k8s.local", "b-a.k8s.local", "api-a.k8s.local"];
        let of = |cluster: &str| {
            let names = Names::of(cluster, "p");
            let tag = json!({ "labels": { LABEL: names.safe } });
            let inside = || network(&names.network());
            [
                item("global", "networks", &names.network(), json!({})),
                item("regions/us-west1", "subnetworks", &names.suffixed("us-west1"), inside()),
                item("global", "firewalls", &names.suffixed("node-to-node"), inside()),
                item("regions/us-west1", "addresses", &names.suffixed("api"), json!({})),
                item("regions/us-west1", "addresses", &names.suffixed("api-us-west1"), json!({})),
                item("regions/us-west1", "healthChecks", &names.suffixed("api"), json!({})),
                item("global", "httpHealthChecks", &names.suffixed("api"), json!({})),
                item("zones/us-west1-a", "disks", &names.suffixed("a-etcd-main"), tag),
                item("zones/us-west1-a", "disks", &names.suffixed("d1-etcd-events"), json!({})),
            ]
        };
        let all: Vec<Item> = clusters.iter().flat_map(|cluster| of(cluster)).collect();

        for cluster in clusters {
            let expected: Vec<String> = of(cluster).iter().map(Item::label).collect();
            assert_eq!(owned(cluster, &all), expected, "{cluster}");
        }
    }

    #[test]
    fn machines_are_known_by_what_kops_wrote_into_them_and_their_disks_by_them() {
        let says = |cluster: &str| json!({ "items": [{ "key": METADATA, "value": cluster }] });
        let template = |cluster: &str| json!({ "properties": { "metadata": says(cluster) } });
        let group = |name: &str| json!({ "instanceTemplate": format!("https://x/global/instanceTemplates/{name}") });
        let source =
            "https://www.googleapis.com/compute/v1/projects/p/zones/us-west1-a/disks/nodes-1";
        let machine = json!({ "metadata": says(A), "disks": [{ "boot": true, "source": source }] });
        let all = [
            item("global", "instanceTemplates", "t-1", template(A)),
            item("global", "instanceTemplates", "t-2", template("b.k8s.local")),
            item("zones/us-west1-a", "instanceGroupManagers", "g-1", group("t-1")),
            item("zones/us-west1-a", "instanceGroupManagers", "g-2", group("t-2")),
            item("zones/us-west1-a", "instances", "nodes-1", machine),
            item(
                "zones/us-west1-a",
                "instances",
                "nodes-2",
                json!({ "metadata": says("b.k8s.local") }),
            ),
            item("zones/us-west1-a", "disks", "nodes-1", json!({})),
            item("zones/us-west1-b", "disks", "nodes-1", json!({})),
        ];

        assert_eq!(
            owned(A, &all),
            [
                "global/instanceTemplates/t-1",
                "us-west1-a/instanceGroupManagers/g-1",
                "us-west1-a/instances/nodes-1",
                "us-west1-a/disks/nodes-1",
            ]
        );
    }

    #[test]
    fn a_label_decides_before_the_name_does() {
        let theirs = json!({ "labels": { LABEL: "b-k8s-local" } });
        let all = [
            item("zones/us-west1-a", "disks", "a-etcd-main-a-k8s-local", theirs),
            item("zones/us-west1-a", "disks", "x", json!({ "labels": { LABEL: "a-k8s-local" } })),
        ];

        assert_eq!(owned(A, &all), ["us-west1-a/disks/x"]);
    }

    #[test]
    fn somebody_else_s_things_stay_even_in_the_cluster_s_own_network() {
        let mut balancer = network("a-k8s-local");
        balancer["targetTags"] = json!(["a-k8s-local-k8s-io-role-node"]);
        let mut mixed = network("a-k8s-local");
        mixed["targetTags"] = json!(["a-k8s-local-k8s-io-role-node", "theirs"]);
        let all = [
            item("global", "firewalls", "k8s-fw-x", balancer),
            item("global", "firewalls", "mixed", mixed),
            item("global", "firewalls", "theirs", network("a-k8s-local")),
            item("global", "firewalls", "node-to-node-a-k8s-local", network("default")),
            item("regions/us-west1", "backendServices", "theirs", json!({})),
            item("regions/us-west1", "healthChecks", "theirs", json!({})),
        ];

        assert_eq!(owned(A, &all), ["global/firewalls/k8s-fw-x"]);
    }
}
