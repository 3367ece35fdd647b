//! Which request of Compute Engine means what.

use std::time::Instant;

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    change::{change, special},
    collections::COLLECTIONS,
    delete::delete,
    group, insert, list, quota,
};
use crate::{
    answer::{Answer, Answered},
    call::Call,
    catalog,
    key::{Key, ROOT, Scope},
    operation::OperationError,
    world::{PROJECT_NUMBER, World},
};

/// Answers a request of Compute Engine.
pub(crate) fn serve(
    world: &mut World,
    call: &Call,
    failing: Option<&OperationError>,
    now: Instant,
) -> Answered {
    let parts = call.parts();
    let unknown = || Answer::not_found(&call.segments.join("/"));
    let ["compute", "v1", "projects", project, rest @ ..] = &parts[..] else {
        return Err(unknown());
    };
    if let ["global", "images", rest @ ..] = rest {
        return images(world, project, rest);
    }
    if *project != world.project {
        return Err(Answer::not_found(&format!("projects/{project}")));
    }
    match rest {
        [] => Ok(Answer::ok(&project_shown(world))),
        ["zones"] => {
            let all = catalog::zones().map(|zone| (zone.clone(), zone_shown(world, &zone)));
            let (items, next) = list::page(call, all.collect())?;
            Ok(list::listing(call, "zone", items, next))
        }
        ["zones", zone] if catalog::is_zone(zone) => Ok(Answer::ok(&zone_shown(world, zone))),
        ["regions"] => {
            let all = catalog::regions().map(|region| (region.into(), region_shown(world, region)));
            let (items, next) = list::page(call, all.collect())?;
            Ok(list::listing(call, "region", items, next))
        }
        ["regions", region] if catalog::is_region(region) => {
            Ok(Answer::ok(&region_shown(world, region)))
        }
        ["aggregated", collection] if COLLECTIONS.contains(collection) => {
            list::aggregated(world, call, collection, now)
        }
        ["global", rest @ ..] => scoped(world, call, &Scope::Global, rest, failing, now),
        ["zones", zone, rest @ ..] => {
            if !catalog::is_zone(zone) {
                let message = format!("Invalid value for field 'zone': '{zone}'. Unknown zone.");
                return Err(Answer::invalid(&message));
            }
            scoped(world, call, &Scope::Zone((*zone).into()), rest, failing, now)
        }
        ["regions", region, rest @ ..] => {
            if !catalog::is_region(region) {
                let message =
                    format!("Invalid value for field 'region': '{region}'. Unknown region.");
                return Err(Answer::invalid(&message));
            }
            scoped(world, call, &Scope::Region((*region).into()), rest, failing, now)
        }
        _ => Err(unknown()),
    }
}

fn scoped(
    world: &mut World,
    call: &Call,
    scope: &Scope,
    rest: &[&str],
    failing: Option<&OperationError>,
    now: Instant,
) -> Answered {
    let unknown = || Answer::not_found(&call.segments.join("/"));
    let key = |collection: &str, name: &str| Key::new(scope.clone(), collection, name);
    match (&call.method, rest) {
        (&Method::GET, ["operations"]) => operations(world, call, scope, now),
        (_, ["operations", name, ..]) => {
            let found = world.operations.get(*name).filter(|found| found.scope == *scope);
            Ok(Answer::ok(&found.ok_or_else(unknown)?.shown(now)))
        }
        (&Method::GET, ["machineTypes"]) => {
            let all = catalog::LISTED_MACHINES
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), machine_shown(world, scope, name)?)));
            let (items, next) = list::page(call, all.collect())?;
            Ok(list::listing(call, "machineType", items, next))
        }
        (&Method::GET, ["machineTypes", name]) => {
            let shown = machine_shown(world, scope, name);
            let path = key("machineTypes", name).path(&world.project);
            Ok(Answer::ok(&shown.ok_or_else(|| Answer::not_found(&path))?))
        }
        (&Method::GET, ["instanceGroups", name]) => {
            let manager = key("instanceGroupManagers", name);
            let group = key("instanceGroups", name);
            let path = group.path(&world.project);
            world.get(&manager).ok_or_else(|| Answer::not_found(&path))?;
            let size = group::members(world, &manager).len();
            Ok(Answer::ok(&json!({
                "kind": "compute#instanceGroup", "name": name, "size": size,
                "selfLink": group.link(&world.project), "zone": scope.link(&world.project),
            })))
        }
        (_, [collection, ..]) if !COLLECTIONS.contains(collection) => Err(unknown()),
        (&Method::GET, [collection]) => list::list(world, call, scope, collection, now),
        (&Method::POST, [collection]) => {
            insert::insert(world, scope, collection, call.json()?, failing, now)
        }
        (&Method::GET, [collection, name]) => {
            let key = key(collection, name);
            let path = key.path(&world.project);
            let found = world.get(&key).ok_or_else(|| Answer::not_found(&path))?;
            Ok(Answer::ok(&list::shown(world, &key, found, now)))
        }
        (&Method::DELETE, [collection, name]) => {
            delete(world, &key(collection, name), failing, now)
        }
        (&Method::PATCH | &Method::PUT, [collection, name]) => {
            let wanted = call.json()?;
            let wanted = wanted.as_object().cloned().unwrap_or_default();
            let whole = call.method == Method::PUT;
            change(world, &key(collection, name), &wanted, whole, failing, now)
        }
        (&Method::POST, ["instanceGroupManagers", name, "listManagedInstances"]) => {
            let key = key("instanceGroupManagers", name);
            let path = key.path(&world.project);
            world.get(&key).ok_or_else(|| Answer::not_found(&path))?;
            paged(call, "managedInstances", group::managed(world, &key, now))
        }
        (&Method::GET, ["instanceGroupManagers", name, "listErrors"]) => {
            let key = key("instanceGroupManagers", name);
            let path = key.path(&world.project);
            world.get(&key).ok_or_else(|| Answer::not_found(&path))?;
            paged(call, "items", group::errors(world, &key))
        }
        (&Method::GET, ["instances", name, "serialPort"]) => {
            let key = key("instances", name);
            let path = key.path(&world.project);
            let found = world.get(&key).ok_or_else(|| Answer::not_found(&path))?;
            Ok(Answer::ok(&json!({
                "kind": "compute#serialPortOutput", "selfLink": key.link(&world.project),
                "contents": format!("{name} is {}\n", found.text("status")), "start": "0", "next": "0",
            })))
        }
        (&Method::POST, [collection, name, verb]) => {
            special(world, &key(collection, name), verb, call, failing, now)
        }
        _ => Err(unknown()),
    }
}

/// A page of a list that has no kind; kops asks for pages, others need not.
fn paged(call: &Call, field: &str, all: Vec<Value>) -> Answered {
    let all = all.into_iter().enumerate().map(|(at, item)| (format!("{at:08}"), item)).collect();
    let (items, next) = list::page(call, all)?;
    let mut body = Map::new();
    if !items.is_empty() {
        body.insert(field.into(), items.into_iter().map(|(_, item)| item).collect());
    }
    if let Some(next) = next {
        body.insert("nextPageToken".into(), next.into());
    }
    Ok(Answer::ok(&Value::Object(body)))
}

fn operations(world: &World, call: &Call, scope: &Scope, now: Instant) -> Answered {
    let here = world.operations.iter().filter(|(_, operation)| operation.scope == *scope);
    let all = here.map(|(name, operation)| (name.clone(), operation.shown(now))).collect();
    let (items, next) = list::page(call, all)?;
    Ok(list::listing(call, "operation", items, next))
}

fn project_shown(world: &World) -> Value {
    json!({
        "kind": "compute#project", "id": PROJECT_NUMBER.to_string(), "name": world.project,
        "selfLink": format!("{ROOT}projects/{}", world.project),
        "defaultServiceAccount": format!("{PROJECT_NUMBER}-compute@developer.gserviceaccount.com"),
        "quotas": quota::shown(world, None), "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
    })
}

fn zone_shown(world: &World, zone: &str) -> Value {
    let region = Scope::Region(catalog::region_of(zone).into());
    json!({
        "kind": "compute#zone", "name": zone, "status": "UP", "region": region.link(&world.project),
        "selfLink": Scope::Zone(zone.into()).link(&world.project),
    })
}

fn region_shown(world: &World, region: &str) -> Value {
    let zones = catalog::zones().filter(|zone| catalog::region_of(zone) == region);
    let zones: Vec<String> = zones.map(|zone| Scope::Zone(zone).link(&world.project)).collect();
    json!({
        "kind": "compute#region", "name": region, "status": "UP", "zones": zones,
        "selfLink": Scope::Region(region.into()).link(&world.project),
        "quotas": quota::shown(world, Some(region)),
    })
}

fn machine_shown(world: &World, scope: &Scope, name: &str) -> Option<Value> {
    let (processors, memory) =
        catalog::machine(name).filter(|_| matches!(scope, Scope::Zone(_)))?;
    Some(json!({
        "kind": "compute#machineType", "name": name, "guestCpus": processors, "memoryMb": memory,
        "zone": scope.name(),
        "selfLink": Key::new(scope.clone(), "machineTypes", name).link(&world.project),
    }))
}

/// Images of Google's public projects.
fn images(world: &World, project: &str, rest: &[&str]) -> Answered {
    let (name, family) = match rest {
        ["family", family] => (catalog::image_of_family(project, family), Some(*family)),
        [name] => (Some(*name), None),
        _ => return Err(Answer::not_found(&format!("projects/{project}/global/images"))),
    };
    let path = match family {
        Some(family) => format!("projects/{project}/global/images/family/{family}"),
        None => format!("projects/{project}/global/images/{}", name.unwrap_or_default()),
    };
    let name = name.filter(|name| insert::has_image(world, project, name));
    let name = name.ok_or_else(|| Answer::not_found(&path))?;
    let link = Key::new(Scope::Global, "images", name).link(project);
    Ok(Answer::ok(&catalog::image(project, name, &link)))
}
