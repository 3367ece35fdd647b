//! Deletes resources that nobody uses.

use std::time::Instant;

use super::{
    finish::operation,
    group::{lost, members},
    remove::{begin, remove_machine},
    usage::check_unused,
};
use crate::{
    answer::{Answer, Answered},
    key::Key,
    operation::OperationError,
    world::World,
};

/// Deletes a resource.
pub(super) fn delete(
    world: &mut World,
    key: &Key,
    failing: Option<&OperationError>,
    now: Instant,
) -> Answered {
    let path = key.path(&world.project);
    let found = world.get(key).ok_or_else(|| Answer::not_found(&path))?;
    if found.gone_at.is_some() || now < found.ready_at {
        let message = format!("The resource '{path}' is not ready");
        return Err(Answer::refuse(400, "resourceNotReady", &message));
    }
    let group = found.group.clone();
    // A group takes its machines along: only others count.
    check_unused(world, key)?;
    if failing.is_some() {
        return Ok(operation(world, "delete", key, now, failing));
    }
    let answer = operation(world, "delete", key, now, None);
    match key.collection.as_str() {
        "instances" => remove_machine(world, key, now),
        "instanceGroupManagers" => {
            for machine in members(world, key) {
                remove_machine(world, &machine, now);
            }
            begin(world, key, now);
        }
        _ => begin(world, key, now),
    }
    if let Some(group) = group {
        lost(world, &group, now);
    }
    Ok(answer)
}
