//! Managed instance groups: as many virtual machines as they are asked for.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{
    quota,
    remove::remove_machine,
    spawn::{spawn, template},
};
use crate::{
    key::Key,
    resource::{Failed, Resource},
    world::World,
};

/// How long a group takes to see that it lost a machine, beside the latency of operations.
const REPAIR: Duration = Duration::from_secs(1);

/// The machines of a group that are not on their way out.
pub(super) fn members(world: &World, group: &Key) -> Vec<Key> {
    let all = world.all("instances");
    let own = all
        .filter(|(_, machine)| machine.group.as_ref() == Some(group) && machine.gone_at.is_none());
    own.map(|(key, _)| key.clone()).collect()
}

/// Makes what is missing, and drops what is too much.
pub(super) fn fill(world: &mut World, group: &Key, now: Instant) {
    let Some(found) = world.get(group).filter(|found| found.gone_at.is_none()) else { return };
    let target = usize::try_from(size(found)).unwrap_or(0);
    let base = found.text("baseInstanceName").to_owned();
    let link = found.text("instanceTemplate").to_owned();
    let properties = template(world, &link).unwrap_or_default();
    let machine = properties["machineType"].as_str().unwrap_or_default().to_owned();
    let members = members(world, group);
    for key in members.iter().skip(target) {
        remove_machine(world, key, now);
    }
    let missing = target.saturating_sub(members.len());
    let mut failed = match world.get_mut(group) {
        Some(found) => std::mem::take(&mut found.failed),
        None => return,
    };
    failed.truncate(missing);
    let mut names: Vec<String> = failed.drain(..).map(|failed| failed.name).collect();
    while names.len() < missing {
        names.push(format!("{base}-{}", world.suffix()));
    }
    let mut taken = world.addresses();
    for name in names {
        let key = Key::new(group.scope.clone(), "instances", &name);
        match refused(world, group, &machine) {
            Some((code, message)) => failed.push(Failed { name, code, message }),
            None => spawn(world, &key, group, &properties, &mut taken, now),
        }
    }
    if let Some(found) = world.get_mut(group) {
        found.failed = failed;
        found.repair_at = None;
    }
}

/// Why no machine of this type can be had here now.
fn refused(world: &World, group: &Key, machine: &str) -> Option<(&'static str, String)> {
    let zone = group.scope.name();
    if world.plan.stock_out.iter().any(|out| out == zone) {
        let message = format!(
            "The zone '{}' does not have enough resources available to fulfill the request.  Try a \
             different zone, or try again later.",
            group.scope.link(&world.project).trim_start_matches(crate::key::ROOT)
        );
        return Some(("ZONE_RESOURCE_POOL_EXHAUSTED", message));
    }
    let region = group.scope.region().unwrap_or_default();
    Some(("QUOTA_EXCEEDED", quota::refuses_machine(world, region, machine)?))
}

/// The size that a group is asked for.
fn size(group: &Resource) -> i64 {
    let size = group.body.get("targetSize");
    size.and_then(|size| size.as_i64().or_else(|| size.as_str()?.parse().ok())).unwrap_or(0)
}

/// Asks a group for another size.
pub(super) fn resize(world: &mut World, group: &Key, size: i64, now: Instant) {
    if let Some(found) = world.get_mut(group) {
        found.body.insert("targetSize".into(), size.into());
    }
    fill(world, group, now);
}

/// A machine of a group is gone: the group will see.
pub(super) fn lost(world: &mut World, group: &Key, now: Instant) {
    let at = now + world.latency + REPAIR;
    if let Some(found) = world.get_mut(group).filter(|found| found.gone_at.is_none()) {
        found.repair_at = Some(at);
    }
}

/// The machines of a group, with what could not be made.
pub(super) fn managed(world: &World, group: &Key, now: Instant) -> Vec<Value> {
    let Some(found) = world.get(group) else { return Vec::new() };
    let version = json!({ "instanceTemplate": found.text("instanceTemplate") });
    let machines = world.all("instances").filter(|(_, m)| m.group.as_ref() == Some(group));
    let mut managed: Vec<Value> = machines
        .map(|(key, machine)| {
            let action = match machine.gone_at {
                Some(_) => "DELETING",
                None if now < machine.ready_at => "CREATING",
                None => "NONE",
            };
            json!({
                "instance": key.link(&world.project),
                "id": machine.text("id"),
                "instanceStatus": machine.text("status"),
                "currentAction": action,
                "version": version,
            })
        })
        .collect();
    managed.extend(found.failed.iter().map(|failed| {
        let key = Key::new(group.scope.clone(), "instances", &failed.name);
        json!({
            "instance": key.link(&world.project),
            "currentAction": "CREATING",
            "version": version,
            "lastAttempt": { "errors": { "errors": [error(failed)] } },
        })
    }));
    managed
}

/// What a group could not make, and why.
pub(super) fn errors(world: &World, group: &Key) -> Vec<Value> {
    let Some(found) = world.get(group) else { return Vec::new() };
    let errors = found.failed.iter().map(|failed| {
        let key = Key::new(group.scope.clone(), "instances", &failed.name);
        json!({
            "error": error(failed),
            "instanceActionDetails": {
                "action": "CREATING",
                "instance": key.link(&world.project),
                "version": { "instanceTemplate": found.text("instanceTemplate") },
            },
            "timestamp": World::stamp(),
        })
    });
    errors.collect()
}

fn error(failed: &Failed) -> Value {
    json!({ "code": failed.code, "message": failed.message })
}

/// A group as the API shows it, with what it does.
pub(super) fn shown(world: &World, key: &Key, group: &Resource, now: Instant) -> Value {
    let machines = world.all("instances").filter(|(_, m)| m.group.as_ref() == Some(key));
    let (mut none, mut creating, mut deleting) = (0, group.failed.len(), 0);
    for (_, machine) in machines {
        match machine.gone_at {
            Some(_) => deleting += 1,
            None if now < machine.ready_at => creating += 1,
            None => none += 1,
        }
    }
    let mut body = group.body.clone();
    let actions = json!({
        "none": none, "creating": creating, "deleting": deleting, "abandoning": 0,
        "creatingWithoutRetries": 0, "recreating": 0, "refreshing": 0, "restarting": 0,
        "verifying": 0,
    });
    body.insert("currentActions".into(), actions);
    let is_stable = creating + deleting == 0;
    body.insert("status".into(), json!({ "isStable": is_stable }));
    Value::Object(body)
}
