//! Lets time take its effect.

use std::time::Instant;

use super::{group::fill, remove::finish};
use crate::{key::Key, world::World};

/// Does what is due at `now`: machines run, what was deleted is gone, groups make good their losses.
pub(crate) fn settle(world: &mut World, now: Instant) {
    let gone: Vec<Key> = due(world, |resource| resource.gone_at.is_some_and(|at| at <= now));
    for key in gone {
        finish(world, &key);
    }
    for (key, resource) in &mut world.resources {
        let starts = key.collection == "instances" && resource.text("status") == "PROVISIONING";
        if starts && resource.ready_at <= now {
            resource.body.insert("status".into(), "RUNNING".into());
        }
    }
    let short = due(world, |resource| {
        resource.repair_at.is_some_and(|at| at <= now) || !resource.failed.is_empty()
    });
    for key in short {
        fill(world, &key, now);
    }
}

fn due(world: &World, is_due: impl Fn(&crate::resource::Resource) -> bool) -> Vec<Key> {
    let due = world.resources.iter().filter(|(_, resource)| is_due(resource));
    due.map(|(key, _)| key.clone()).collect()
}
