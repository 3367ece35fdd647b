//! Makes a virtual machine of a template, with its disk.

use std::{collections::BTreeSet, time::Instant};

use serde_json::{Map, Value, json};

use super::address::{free_external, free_in};
use crate::{
    key::{Key, ROOT},
    resource::Resource,
    world::{PROJECT_NUMBER, World},
};

/// Makes the machine `key` for `group`; `taken` are the addresses in use.
pub(super) fn spawn(
    world: &mut World,
    key: &Key,
    group: &Key,
    properties: &Value,
    taken: &mut BTreeSet<String>,
    now: Instant,
) {
    let (id, stamp) = (world.id(), World::stamp());
    let project = world.project.clone();
    let ready_at = now + world.latency;
    let zone = key.scope.link(&project);
    let disks = disks(world, key, properties, ready_at);
    let interfaces = interfaces(world, properties, taken);
    let template = world.get(group).map(|group| group.text("instanceTemplate").to_owned());
    let template = template.unwrap_or_default();
    let template = template.rsplit('/').next().unwrap_or_default();
    let mut items = properties["metadata"]["items"].as_array().cloned().unwrap_or_default();
    let of = format!("projects/{PROJECT_NUMBER}/");
    items.push(json!({ "key": "instance-template", "value": format!("{of}global/instanceTemplates/{template}") }));
    let by = format!("{of}{}/instanceGroupManagers/{}", key.scope.path(), group.name);
    items.push(json!({ "key": "created-by", "value": by }));
    let machine = properties["machineType"].as_str().unwrap_or_default();
    let machine = machine.rsplit('/').next().unwrap_or_default();
    let body = json!({
        "kind": "compute#instance",
        "id": id.to_string(),
        "name": key.name,
        "selfLink": key.link(&project),
        "zone": zone,
        "creationTimestamp": stamp,
        "status": if now < ready_at { "PROVISIONING" } else { "RUNNING" },
        "machineType": format!("{zone}/machineTypes/{machine}"),
        "canIpForward": properties["canIpForward"],
        "disks": disks,
        "networkInterfaces": interfaces,
        "metadata": { "kind": "compute#metadata", "items": items, "fingerprint": super::finish::fingerprint(id) },
        "labels": properties["labels"],
        "labelFingerprint": super::finish::fingerprint(id),
        "tags": properties["tags"],
        "serviceAccounts": properties["serviceAccounts"],
        "scheduling": properties["scheduling"],
    });
    let mut machine = Resource::new(kept(body), ready_at);
    machine.group = Some(group.clone());
    world.resources.insert(key.clone(), machine);
}

fn kept(body: Value) -> Map<String, Value> {
    let Value::Object(mut body) = body else { return Map::new() };
    body.retain(|_, value| !value.is_null());
    body
}

/// The disks of a template, made.
fn disks(world: &mut World, machine: &Key, properties: &Value, ready_at: Instant) -> Vec<Value> {
    let project = world.project.clone();
    let wanted = properties["disks"].as_array().cloned().unwrap_or_default();
    let mut made = Vec::new();
    for (index, disk) in wanted.into_iter().enumerate() {
        let name = match index {
            0 => machine.name.clone(),
            more => format!("{}-{more}", machine.name),
        };
        let key = Key::new(machine.scope.clone(), "disks", &name);
        let id = world.id();
        let initial = &disk["initializeParams"];
        let size = initial["diskSizeGb"].as_str().map_or_else(|| "10".to_owned(), str::to_owned);
        let zone = machine.scope.link(&project);
        let kind = initial["diskType"].as_str().unwrap_or("pd-standard");
        let kind = kind.rsplit('/').next().unwrap_or_default();
        let body = json!({
            "kind": "compute#disk",
            "id": id.to_string(),
            "name": name,
            "selfLink": key.link(&project),
            "zone": zone,
            "creationTimestamp": World::stamp(),
            "status": "READY",
            "sizeGb": size,
            "type": format!("{zone}/diskTypes/{kind}"),
            "sourceImage": initial["sourceImage"],
            "labels": initial["labels"],
            "users": [machine.link(&project)],
        });
        world.resources.insert(key.clone(), Resource::new(kept(body), ready_at));
        made.push(json!({
            "kind": "compute#attachedDisk",
            "type": "PERSISTENT",
            "mode": "READ_WRITE",
            "index": index,
            "boot": disk["boot"].as_bool().unwrap_or(index == 0),
            "autoDelete": disk["autoDelete"].as_bool().unwrap_or(false),
            "deviceName": disk["deviceName"],
            "source": key.link(&project),
        }));
    }
    made
}

/// The network interfaces of a template, with addresses.
fn interfaces(world: &World, properties: &Value, taken: &mut BTreeSet<String>) -> Vec<Value> {
    let wanted = properties["networkInterfaces"].as_array().cloned().unwrap_or_default();
    let interfaces = wanted.into_iter().enumerate().map(|(index, mut interface)| {
        let subnet = interface["subnetwork"].as_str().unwrap_or_default().to_owned();
        let address = free_in(world, &subnet, taken);
        taken.insert(address.clone());
        interface["name"] = format!("nic{index}").into();
        interface["networkIP"] = address.into();
        if let Some(configs) = interface["accessConfigs"].as_array_mut() {
            for config in configs {
                let address = free_external(taken);
                taken.insert(address.clone());
                config["natIP"] = address.into();
                config["name"] = "external-nat".into();
            }
        }
        interface
    });
    interfaces.collect()
}

/// The properties of a template by its link.
pub(super) fn template(world: &World, link: &str) -> Option<Value> {
    let key = Key::linked(link.trim_start_matches(ROOT))?.1;
    world.get(&key)?.body.get("properties").cloned()
}
