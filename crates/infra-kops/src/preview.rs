//! What kops says it would remove, before it does: it was seen to remove other people's things.

use crate::inventory::Inventory;

/// A thing that kops would remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// What it is, in kops' words.
    pub(crate) kind: String,
    /// Its name, behind its zone if it has one.
    pub(crate) id: String,
}

/// The kinds, and what the Compute API calls them.
const KINDS: [(&str, &str); 16] = [
    ("Instance", "instances"),
    ("InstanceTemplate", "instanceTemplates"),
    ("Disk", "disks"),
    ("InstanceGroupManager", "instanceGroupManagers"),
    ("TargetPool", "targetPools"),
    ("FirewallRule", "firewalls"),
    ("ForwardingRule", "forwardingRules"),
    ("HTTP HealthCheck", "httpHealthChecks"),
    ("HealthCheck", "healthChecks"),
    ("Address", "addresses"),
    ("Route", "routes"),
    ("Network", "networks"),
    ("Subnet", "subnetworks"),
    ("Router", "routers"),
    ("ServiceAccount", "serviceAccounts"),
    ("BackendService", "backendServices"),
];

/// Reads the table of `kops delete cluster` without `--yes`. `None` if it is not understood; empty if
/// kops finds nothing.
pub(crate) fn read(text: &str) -> Option<Vec<Listed>> {
    let mut lines = text.lines().skip_while(|line| !is_head(line)).skip(1);
    if !text.lines().any(is_head) {
        return text.contains("No cloud resources to delete").then(Vec::new);
    }
    let mut listed = Vec::new();
    for line in lines.by_ref().take_while(|line| !line.trim().is_empty()) {
        // The longer kind first: one has another one in it.
        let (kind, rest) = KINDS.iter().find_map(|(kind, _)| {
            let rest = line.trim_end().strip_prefix(kind)?;
            rest.starts_with(char::is_whitespace).then_some((*kind, rest))
        })?;
        let mut columns = rest.split_whitespace();
        let (_name, id) = (columns.next()?, columns.next()?);
        listed.push(Listed { kind: kind.into(), id: id.into() });
    }
    Some(listed)
}

fn is_head(line: &str) -> bool {
    line.split_whitespace().eq(["TYPE", "NAME", "ID"])
}

/// What of `listed` is not the cluster's, as far as we can tell.
pub(crate) fn foreign<'l>(listed: &'l [Listed], own: &Inventory) -> Vec<&'l Listed> {
    listed.iter().filter(|listed| !is_own(listed, own)).collect()
}

fn is_own(listed: &Listed, own: &Inventory) -> bool {
    let kind = KINDS.iter().find(|(kind, _)| *kind == listed.kind);
    let Some((_, collection)) = kind else { return false };
    let (zone, name) = match listed.id.rsplit_once('/') {
        Some((before, name)) => (before.rsplit('/').next(), name),
        None => (None, listed.id.as_str()),
    };
    if *collection == "serviceAccounts" {
        return own.accounts.iter().any(|account| account == name);
    }
    own.items.iter().any(|item| {
        let here = zone.is_none_or(|zone| item.scope.rsplit('/').next() == Some(zone));
        item.collection == *collection && item.name == name && here
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::gce::{Item, Store};

    const TABLE: &str = "\
I1127 20:00:00.000000       1 delete.go:1] Looking for cloud resources to delete
TYPE\t\t\tNAME\t\t\t\t\tID
BackendService\t\ttheirs\t\t\t\t\ttheirs
HTTP HealthCheck\tapi-a-k8s-local\t\t\t\tapi-a-k8s-local
Instance\t\tnodes-us-west1-a-1\t\t\tus-west1-a/nodes-us-west1-a-1
ServiceAccount\t\tnode-a-k8s-local@p.iam.gserviceaccount.com\tprojects/p/serviceAccounts/node-a-k8s-local@p.iam.gserviceaccount.com

Must specify --yes to delete cluster
";

    fn item(scope: &str, collection: &'static str, name: &str) -> Item {
        Item { scope: scope.into(), collection, name: name.into(), body: Value::Null }
    }

    #[test]
    fn what_is_not_the_cluster_s_is_found_in_kops_own_table() {
        let own = Inventory {
            items: vec![
                item("global", "httpHealthChecks", "api-a-k8s-local"),
                item("zones/us-west1-a", "instances", "nodes-us-west1-a-1"),
            ],
            bindings: Vec::new(),
            accounts: vec!["node-a-k8s-local@p.iam.gserviceaccount.com".into()],
            state: Store::at("gs://bucket").unwrap(),
            objects: Vec::new(),
        };

        let listed = read(TABLE).unwrap();

        assert_eq!(listed.len(), 4);
        let theirs = Listed { kind: "BackendService".into(), id: "theirs".into() };
        assert_eq!(foreign(&listed, &own), [&theirs]);
    }

    #[test]
    fn a_table_that_is_not_understood_is_no_table() {
        assert_eq!(read("No cloud resources to delete\n\nMust specify --yes").unwrap(), []);
        assert_eq!(read("TYPE NAME ID\nSomething new\tx\tx\n"), None);
        assert_eq!(read(""), None);
    }
}
