//! What a resource refers to.

use serde_json::{Map, Value};

use super::collections::COLLECTIONS;
use crate::key::{Key, Scope};

/// Fields that hold links and do not use what they lead to: the resource itself, what it is for
/// others, what is said about it.
const NO_USE: [&str; 12] = [
    "selfLink",
    "metadata",
    "description",
    "labels",
    "users",
    "zone",
    "region",
    "instanceGroup",
    "subnetworks",
    "machineType",
    "sourceImage",
    "status",
];

/// A link: the field that has it, and where it leads.
pub(super) type Link = (String, Key);

/// Everything that a resource of `collection` uses, in `project`.
pub(super) fn links(project: &str, collection: &str, body: &Map<String, Value>) -> Vec<Link> {
    let mut found = Vec::new();
    for (field, value) in body {
        // A pool names its machines, and does not mind when they go.
        let names_only = collection == "targetPools" && field == "instances";
        // The subnets of a NAT are used, those that a network lists are not.
        let of_nat = collection == "routers" && field == "nats";
        if (NO_USE.contains(&field.as_str()) || names_only) && !of_nat {
            continue;
        }
        walk(project, field, value, &mut found);
    }
    found
}

fn walk(project: &str, field: &str, value: &Value, found: &mut Vec<Link>) {
    match value {
        Value::String(text) => found.extend(used(project, text).map(|key| (field.to_owned(), key))),
        Value::Array(items) => items.iter().for_each(|item| walk(project, field, item, found)),
        Value::Object(map) => {
            for (inner, value) in map {
                let is_nat = field == "nats" && inner == "subnetworks";
                if is_nat || !NO_USE.contains(&inner.as_str()) {
                    walk(project, &format!("{field}.{inner}"), value, found);
                }
            }
        }
        _ => {}
    }
}

/// Where a text leads, if it is a link to something of this project that others can use.
fn used(project: &str, text: &str) -> Option<Key> {
    let (of, mut key) = Key::linked(text)?;
    if of.is_some_and(|of| of != project) {
        return None;
    }
    // The group that a manager keeps has its name.
    if key.collection == "instanceGroups" {
        key.collection = "instanceGroupManagers".into();
    }
    // A shared path of both, by their own names.
    if key.collection == "globalAddresses" {
        key = Key::new(Scope::Global, "addresses", &key.name);
    }
    COLLECTIONS.contains(&key.collection.as_str()).then_some(key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(collection: &str, body: &Value) -> Vec<String> {
        let links = links("p", collection, body.as_object().unwrap());
        links.into_iter().map(|(field, key)| format!("{field} {key}")).collect()
    }

    #[test]
    fn links_are_found_at_any_depth_and_what_is_only_said_is_none() {
        let template = json!({
            "selfLink": "projects/p/global/instanceTemplates/t",
            "properties": {
                "networkInterfaces": [{
                    "network": "https://www.googleapis.com/compute/v1/projects/p/global/networks/n",
                    "subnetwork": "regions/us-west1/subnetworks/s",
                }],
                "metadata": { "items": [{ "value": "global/networks/other" }] },
            },
        });

        assert_eq!(
            found("instanceTemplates", &template),
            [
                "properties.networkInterfaces.network global/networks/n",
                "properties.networkInterfaces.subnetwork us-west1/subnetworks/s",
            ]
        );
    }

    #[test]
    fn a_backend_uses_the_manager_of_its_group_and_a_pool_does_not_use_its_machines() {
        let group = "https://compute.googleapis.com/compute/v1/projects/p/zones/us-west1-a/instanceGroups/g";

        let service = found("backendServices", &json!({ "backends": [{ "group": group }] }));
        let pool = found("targetPools", &json!({ "instances": ["zones/us-west1-a/instances/i"] }));

        assert_eq!(service, ["backends.group us-west1-a/instanceGroupManagers/g"]);
        assert!(pool.is_empty());
    }

    #[test]
    fn what_belongs_to_another_project_is_not_looked_for() {
        assert!(
            found("instances", &json!({ "network": "projects/q/global/networks/n" })).is_empty()
        );
    }
}
