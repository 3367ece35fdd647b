//! Operations that answer a change.

use std::time::Instant;

use serde_json::Value;

use crate::{
    answer::Answer,
    key::Key,
    operation::{About, Operation, OperationError},
    world::World,
};

/// The operation of a change to `target`, done after the latency of the world.
pub(super) fn operation(
    world: &mut World,
    verb: &str,
    target: &Key,
    now: Instant,
    failed: Option<&OperationError>,
) -> Answer {
    let id = world.id();
    let target_id = world.get(target).map(|resource| resource.text("id").to_owned());
    let about = About { verb, target, target_id: &target_id.unwrap_or_default() };
    let done_at = now + world.latency;
    let made = Operation::new(&world.project, id, &about, done_at, &World::stamp(), failed);
    let shown = made.shown(now);
    let name = shown["name"].as_str().unwrap_or_default().to_owned();
    world.operations.insert(name, made);
    Answer::ok(&shown)
}

/// A fingerprint, which tells whether somebody changed a thing in between.
pub(super) fn fingerprint(edition: u64) -> Value {
    use base64::{Engine, prelude::BASE64_STANDARD};
    BASE64_STANDARD.encode(edition.to_be_bytes()).into()
}
