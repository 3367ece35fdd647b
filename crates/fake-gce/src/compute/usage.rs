//! Who uses what: nothing that is in use can go.

use serde_json::Value;

use super::links::links;
use crate::{answer::Answer, key::Key, world::World};

/// Refuses what refers to something that is not there, or not ready.
pub(super) fn check_links(
    world: &World,
    collection: &str,
    body: &serde_json::Map<String, Value>,
    now: std::time::Instant,
) -> Result<(), Answer> {
    for (field, key) in links(&world.project, collection, body) {
        let path = key.path(&world.project);
        match world.get(&key) {
            None => {
                let kind = singular(&key.collection);
                return Err(Answer::invalid(&format!(
                    "Invalid value for field 'resource.{field}': '{}'. The referenced {kind} \
                     resource cannot be found.",
                    key.link(&world.project)
                )));
            }
            Some(resource) if now < resource.ready_at || resource.gone_at.is_some() => {
                let message = format!("The resource '{path}' is not ready");
                return Err(Answer::refuse(400, "resourceNotReady", &message));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Refuses to let go of what somebody uses.
pub(super) fn check_unused(world: &World, key: &Key) -> Result<(), Answer> {
    let Some(user) = user(world, key) else { return Ok(()) };
    let message = format!(
        "The {} resource '{}' is already being used by '{}'",
        singular(&key.collection),
        key.path(&world.project),
        user.path(&world.project),
    );
    Err(Answer::refuse(400, "resourceInUseByAnotherResource", &message))
}

fn user(world: &World, key: &Key) -> Option<Key> {
    if key.collection == "instances" {
        return None;
    }
    let address = (key.collection == "addresses")
        .then(|| world.get(key).map(|address| address.text("address").to_owned()))
        .flatten();
    let found = world.resources.iter().find(|(user, resource)| {
        if *user == key || resource.implied {
            return false;
        }
        if let Some(address) = &address {
            return user.collection != "addresses" && has_address(resource, address);
        }
        links(&world.project, &user.collection, &resource.body).iter().any(|(_, used)| used == key)
    });
    found.map(|(user, _)| user.clone())
}

fn has_address(resource: &crate::resource::Resource, address: &str) -> bool {
    let interface = resource.body.get("networkInterfaces").map(|interfaces| &interfaces[0]);
    let nat = interface.and_then(|interface| interface["accessConfigs"][0]["natIP"].as_str());
    let own = interface.and_then(|interface| interface["networkIP"].as_str());
    resource.text("IPAddress") == address || nat == Some(address) || own == Some(address)
}

/// The kind of one of a collection: `addresses` hold an `address`.
pub(super) fn singular(collection: &str) -> &str {
    match collection {
        "addresses" => "address",
        other => other.strip_suffix('s').unwrap_or(other),
    }
}
