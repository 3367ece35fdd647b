//! What goes, and what goes along with it.

use std::time::Instant;

use serde_json::Value;

use crate::{key::Key, resource::Resource, world::World};

/// Begins to remove a resource; it is gone after the latency of the world.
pub(super) fn begin(world: &mut World, key: &Key, now: Instant) {
    let gone_at = now + world.latency;
    if let Some(resource) = world.get_mut(key) {
        resource.gone_at = Some(gone_at);
    }
    if gone_at <= now {
        finish(world, key);
    }
}

/// Begins to remove a virtual machine.
pub(super) fn remove_machine(world: &mut World, key: &Key, now: Instant) {
    if let Some(machine) = world.get_mut(key) {
        machine.body.insert("status".into(), "STOPPING".into());
    }
    begin(world, key, now);
}

/// Removes a resource, and what it takes along.
pub(super) fn finish(world: &mut World, key: &Key) {
    let Some(gone) = world.resources.remove(key) else { return };
    match key.collection.as_str() {
        "instances" => release_disks(world, key, &gone),
        "networks" => {
            let link = key.link(&world.project);
            world.resources.retain(|key, route| {
                !(key.collection == "routes" && route.implied && route.text("network") == link)
            });
        }
        _ => {}
    }
}

/// The disks of a machine go with it, or are free again.
fn release_disks(world: &mut World, machine: &Key, gone: &Resource) {
    let link = machine.link(&world.project);
    for disk in gone.body.get("disks").and_then(Value::as_array).into_iter().flatten() {
        let source = disk["source"].as_str().unwrap_or_default();
        let Some((_, key)) = Key::linked(source) else { continue };
        if disk["autoDelete"] == true {
            world.resources.remove(&key);
        } else if let Some(disk) = world.get_mut(&key)
            && let Some(users) = disk.body.get_mut("users").and_then(Value::as_array_mut)
        {
            users.retain(|user| *user != link);
        }
    }
}
