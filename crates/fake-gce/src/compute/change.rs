//! Changes resources that are there.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::{
    finish::{fingerprint, operation},
    group::{fill, lost, members, resize},
    insert::complete_links,
    remove::remove_machine,
    usage::check_links,
};
use crate::{
    answer::{Answer, Answered},
    call::Call,
    key::Key,
    operation::OperationError,
    world::World,
};

/// Fields that only the cloud sets.
const OWN: [&str; 8] =
    ["id", "kind", "selfLink", "creationTimestamp", "zone", "region", "name", "instanceGroup"];

/// `PATCH` puts fields in place, `PUT` puts a whole resource in place.
pub(super) fn change(
    world: &mut World,
    key: &Key,
    wanted: &Map<String, Value>,
    whole: bool,
    failing: Option<&OperationError>,
    now: Instant,
) -> Answered {
    ready(world, key, now)?;
    check_links(world, &key.collection, wanted, now)?;
    let current = world.get(key).map(|found| found.body.get("fingerprint").cloned());
    if let (Some(Some(current)), Some(given)) = (current, wanted.get("fingerprint"))
        && current != *given
    {
        return Err(stale("fingerprint"));
    }
    if failing.is_some() {
        return Ok(operation(world, "patch", key, now, failing));
    }
    let edition = world.id();
    if let Some(found) = world.get_mut(key) {
        let mut body = if whole {
            let own = found.body.iter().filter(|(field, _)| OWN.contains(&field.as_str()));
            own.map(|(field, value)| (field.clone(), value.clone())).collect()
        } else {
            found.body.clone()
        };
        for (field, value) in wanted.iter().filter(|(field, _)| !OWN.contains(&field.as_str())) {
            let mut value = value.clone();
            complete_links(&mut value);
            body.insert(field.clone(), value);
        }
        if found.body.contains_key("fingerprint") {
            body.insert("fingerprint".into(), fingerprint(edition));
        }
        found.body = body;
    }
    Ok(operation(world, if whole { "update" } else { "patch" }, key, now, None))
}

/// The verbs that collections have of their own.
pub(super) fn special(
    world: &mut World,
    key: &Key,
    verb: &str,
    call: &Call,
    failing: Option<&OperationError>,
    now: Instant,
) -> Answered {
    ready(world, key, now)?;
    let body = call.json()?;
    if failing.is_some() {
        return Ok(operation(world, verb, key, now, failing));
    }
    match (key.collection.as_str(), verb) {
        (_, "setLabels") => set_labels(world, key, &body)?,
        ("instances", "setMetadata") => put(world, key, "metadata", body),
        ("instances", "setTags") => put(world, key, "tags", body),
        ("instances", "reset" | "start") => {}
        ("instances", "attachDisk") => attach(world, key, body)?,
        ("subnetworks", "setPrivateIpGoogleAccess") => {
            let access = body["privateIpGoogleAccess"].clone();
            put(world, key, "privateIpGoogleAccess", access);
        }
        ("targetPools", "addHealthCheck" | "removeHealthCheck") => {
            members_of_pool(world, key, &body, "healthChecks", "healthCheck", verb, now)?;
        }
        ("targetPools", "addInstance" | "removeInstance") => {
            members_of_pool(world, key, &body, "instances", "instance", verb, now)?;
        }
        ("instanceGroupManagers", "resize") => {
            let size =
                call.asked("size").and_then(|size| size.parse().ok()).filter(|size| *size >= 0);
            let size = size.ok_or_else(|| Answer::invalid("Invalid value for field 'size'"))?;
            resize(world, key, size, now);
        }
        ("instanceGroupManagers", "setTargetPools") => {
            put(world, key, "targetPools", body["targetPools"].clone());
        }
        ("instanceGroupManagers", "setInstanceTemplate") => {
            let wanted = json!({ "instanceTemplate": body["instanceTemplate"] });
            check_links(world, &key.collection, wanted.as_object().unwrap_or(&Map::new()), now)?;
            put(world, key, "versions", json!([wanted]));
            put(world, key, "instanceTemplate", body["instanceTemplate"].clone());
        }
        ("instanceGroupManagers", "recreateInstances" | "deleteInstances") => {
            let named = body["instances"].as_array().into_iter().flatten();
            let named: Vec<Key> =
                named.filter_map(|link| Some(Key::linked(link.as_str()?)?.1)).collect();
            let own: Vec<Key> =
                members(world, key).into_iter().filter(|member| named.contains(member)).collect();
            for member in &own {
                remove_machine(world, member, now);
            }
            if verb == "deleteInstances" {
                let left = i64::try_from(members(world, key).len()).unwrap_or(0);
                resize(world, key, left, now);
            } else {
                lost(world, key, now);
                fill(world, key, now);
            }
        }
        _ => return Err(Answer::refuse(404, "notFound", &format!("no method `{verb}`"))),
    }
    Ok(operation(world, verb, key, now, None))
}

fn ready(world: &World, key: &Key, now: Instant) -> Result<(), Answer> {
    let path = key.path(&world.project);
    let found = world.get(key).ok_or_else(|| Answer::not_found(&path))?;
    if found.gone_at.is_some() || now < found.ready_at {
        let message = format!("The resource '{path}' is not ready");
        return Err(Answer::refuse(400, "resourceNotReady", &message));
    }
    Ok(())
}

fn stale(field: &str) -> Answer {
    let message = format!("{field} either invalid or resource labels have changed");
    Answer::refuse(412, "conditionNotMet", &message)
}

fn put(world: &mut World, key: &Key, field: &str, value: Value) {
    if let Some(found) = world.get_mut(key) {
        found.body.insert(field.into(), value);
    }
}

fn set_labels(world: &mut World, key: &Key, body: &Value) -> Result<(), Answer> {
    let current = world.get(key).and_then(|found| found.body.get("labelFingerprint").cloned());
    let given = body["labelFingerprint"].clone();
    if current.is_some_and(|current| !given.is_null() && given != "" && given != current) {
        return Err(stale("Labels fingerprint"));
    }
    let edition = fingerprint(world.id());
    put(world, key, "labels", body["labels"].clone());
    put(world, key, "labelFingerprint", edition);
    Ok(())
}

fn attach(world: &mut World, key: &Key, disk: Value) -> Result<(), Answer> {
    let source = disk["source"].as_str().and_then(|link| Some(Key::linked(link)?.1));
    let source = source.filter(|source| world.get(source).is_some());
    let source =
        source.ok_or_else(|| Answer::invalid("Invalid value for field 'resource.source'"))?;
    let machine = key.link(&world.project);
    push(world, &source, "users", machine.into());
    push(world, key, "disks", disk);
    Ok(())
}

fn push(world: &mut World, key: &Key, field: &str, value: Value) {
    if let Some(found) = world.get_mut(key) {
        let list = found.body.entry(field).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(value);
        }
    }
}

fn members_of_pool(
    world: &mut World,
    key: &Key,
    body: &Value,
    list: &str,
    each: &str,
    verb: &str,
    now: Instant,
) -> Result<(), Answer> {
    let named = body[list].as_array().into_iter().flatten();
    let named: Vec<Value> = named.map(|entry| entry[each].clone()).collect();
    if verb.starts_with("add") {
        let wanted = json!({ list: named });
        check_links(world, &key.collection, wanted.as_object().unwrap_or(&Map::new()), now)?;
        for link in named {
            push(world, key, list, link);
        }
    } else if let Some(found) = world.get_mut(key)
        && let Some(current) = found.body.get_mut(list).and_then(Value::as_array_mut)
    {
        current.retain(|link| !named.contains(link));
    }
    Ok(())
}
