//! Makes resources.

use std::{net::Ipv4Addr, sync::LazyLock, time::Instant};

use regex::Regex;
use serde_json::{Map, Value, json};

use super::{
    address::{conflicts, free_external, free_in, range},
    finish::{fingerprint, operation},
    group, quota,
    usage::{check_links, singular},
};
use crate::{
    answer::{Answer, Answered},
    catalog,
    key::{Key, Scope},
    operation::OperationError,
    resource::Resource,
    world::World,
};

/// Makes a resource of `collection` in `scope`.
pub(super) fn insert(
    world: &mut World,
    scope: &Scope,
    collection: &str,
    body: Value,
    failing: Option<&OperationError>,
    now: Instant,
) -> Answered {
    let Value::Object(mut body) = body else {
        return Err(Answer::refuse(400, "parseError", "Parse Error"));
    };
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    check_name(&name)?;
    let key = Key::new(scope.clone(), collection, &name);
    if world.get(&key).is_some() {
        let path = key.path(&world.project);
        let message = format!("The resource '{path}' already exists");
        return Err(Answer::refuse(409, "alreadyExists", &message));
    }
    check_links(world, collection, &body, now)?;
    check_images(world, &body)?;
    quota::check(world, &key)?;
    if failing.is_some() {
        return Ok(operation(world, "insert", &key, now, failing));
    }
    body.values_mut().for_each(complete_links);
    let id = world.id();
    complete(world, &key, &mut body, id);
    particular(world, &key, &mut body)?;
    let ready_at = now + world.latency;
    world.resources.insert(key.clone(), Resource::new(body, ready_at));
    match collection {
        "networks" => default_route(world, &key, ready_at),
        "instanceGroupManagers" => group::fill(world, &key, now),
        _ => {}
    }
    Ok(operation(world, "insert", &key, now, None))
}

/// Links may be sent without their beginning; they are kept, and shown, as whole addresses.
pub(super) fn complete_links(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("projects/") && Key::linked(text).is_some() => {
            text.insert_str(0, "https://www.googleapis.com/compute/v1/");
        }
        Value::Array(items) => items.iter_mut().for_each(complete_links),
        Value::Object(map) => map.values_mut().for_each(complete_links),
        _ => {}
    }
}

/// Google's rule for names.
pub(super) fn check_name(name: &str) -> Result<(), Answer> {
    static NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$").ok());
    if NAME.as_ref().is_some_and(|pattern| pattern.is_match(name)) {
        return Ok(());
    }
    Err(Answer::invalid(&format!(
        "Invalid value for field 'resource.name': '{name}'. Must be a match of regex \
         '(?:[a-z](?:[-a-z0-9]{{0,61}}[a-z0-9])?)'"
    )))
}

/// Refuses a template with an image that is not there.
fn check_images(world: &World, body: &Map<String, Value>) -> Result<(), Answer> {
    let properties = body.get("properties").and_then(|properties| properties["disks"].as_array());
    let own = body.get("disks").and_then(Value::as_array);
    for disk in properties.or(own).into_iter().flatten() {
        let Some(link) = disk["initializeParams"]["sourceImage"].as_str() else { continue };
        let found = Key::linked(link).is_some_and(|(project, key)| {
            key.collection == "images" && has_image(world, &project.unwrap_or_default(), &key.name)
        });
        if !found {
            return Err(Answer::invalid(&format!(
                "Invalid value for field 'resource.properties.disks[0].initializeParams.\
                 sourceImage': '{link}'. The referenced image resource cannot be found."
            )));
        }
    }
    Ok(())
}

/// Whether there is such an image, as the plan has it.
pub(super) fn has_image(world: &World, project: &str, name: &str) -> bool {
    let full = format!("{project}/{name}");
    catalog::is_image(project, name)
        && !world.missing_images.iter().any(|pattern| pattern.is_match(&full))
}

/// What every resource has.
fn complete(world: &World, key: &Key, body: &mut Map<String, Value>, id: u64) {
    let scope = key.scope.link(&world.project);
    body.insert("id".into(), id.to_string().into());
    body.insert("kind".into(), format!("compute#{}", singular(&key.collection)).into());
    body.insert("selfLink".into(), key.link(&world.project).into());
    body.insert("creationTimestamp".into(), World::stamp().into());
    match &key.scope {
        Scope::Global => {}
        Scope::Region(_) => drop(body.insert("region".into(), scope.into())),
        Scope::Zone(_) => drop(body.insert("zone".into(), scope.into())),
    }
}

fn default(body: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    body.entry(key).or_insert_with(|| value.into());
}

/// What a resource of one collection has, and no other.
fn particular(world: &mut World, key: &Key, body: &mut Map<String, Value>) -> Result<(), Answer> {
    let project = world.project.clone();
    let id = world.id();
    match key.collection.as_str() {
        "networks" => {
            default(body, "autoCreateSubnetworks", true);
            default(body, "routingConfig", json!({ "routingMode": "REGIONAL" }));
        }
        "subnetworks" => {
            let cidr = body.get("ipCidrRange").and_then(Value::as_str).unwrap_or_default();
            let (first, _) = range(cidr).ok_or_else(|| {
                Answer::invalid(&format!(
                    "Invalid value for field 'resource.ipCidrRange': '{cidr}'. Must be a CIDR range."
                ))
            })?;
            if let Some(other) = conflicts(world, body) {
                return Err(Answer::invalid(&format!(
                    "Invalid IPCidrRange: {cidr} conflicts with existing subnetwork '{}' in region \
                     '{}'.",
                    other.name,
                    other.scope.name()
                )));
            }
            default(body, "gatewayAddress", Ipv4Addr::from_bits(first + 1).to_string());
            default(body, "privateIpGoogleAccess", false);
            default(body, "purpose", "PRIVATE");
            default(body, "stackType", "IPV4_ONLY");
            default(body, "fingerprint", fingerprint(id));
        }
        "firewalls" => {
            default(body, "direction", "INGRESS");
            default(body, "priority", 1000);
            default(body, "disabled", false);
        }
        "addresses" => {
            default(body, "addressType", "EXTERNAL");
            body.insert("status".into(), "RESERVED".into());
            let taken = world.addresses();
            let given =
                body.get("address").and_then(Value::as_str).filter(|given| !given.is_empty());
            if let Some(given) = given {
                if taken.contains(given) {
                    let message = format!("IP address '{given}' is already being used");
                    return Err(Answer::refuse(400, "resourceInUseByAnotherResource", &message));
                }
                return Ok(());
            }
            let address = match body.get("subnetwork").and_then(Value::as_str) {
                Some(link) => free_in(world, link, &taken),
                None => free_external(&taken),
            };
            body.insert("address".into(), address.into());
            default(body, "labelFingerprint", fingerprint(id));
        }
        "forwardingRules" => {
            default(body, "labelFingerprint", fingerprint(id));
            default(body, "loadBalancingScheme", "EXTERNAL");
            default(body, "networkTier", "PREMIUM");
            if body.get("IPAddress").and_then(Value::as_str).is_none_or(str::is_empty) {
                let taken = world.addresses();
                let address = match body.get("subnetwork").and_then(Value::as_str) {
                    Some(link) => free_in(world, link, &taken),
                    None => free_external(&taken),
                };
                body.insert("IPAddress".into(), address.into());
            }
        }
        "disks" => {
            default(body, "status", "READY");
            default(body, "labelFingerprint", fingerprint(id));
            default(body, "sizeGb", "500");
        }
        "instanceGroupManagers" => {
            let group = Key::new(key.scope.clone(), "instanceGroups", &key.name);
            body.insert("instanceGroup".into(), group.link(&project).into());
            default(body, "baseInstanceName", key.name.as_str());
            default(body, "targetSize", 0);
            default(body, "fingerprint", fingerprint(id));
            let template = body.get("instanceTemplate").cloned().unwrap_or_default();
            default(body, "versions", json!([{ "instanceTemplate": template }]));
        }
        "backendServices" | "targetPools" => default(body, "sessionAffinity", "NONE"),
        "healthChecks" | "httpHealthChecks" => {
            default(body, "checkIntervalSec", 5);
            default(body, "timeoutSec", 5);
        }
        _ => {}
    }
    Ok(())
}

/// The way to the internet that comes and goes with a network.
fn default_route(world: &mut World, network: &Key, ready_at: Instant) {
    let id = world.id();
    let key = Key::new(Scope::Global, "routes", &format!("default-route-{id:x}"));
    let mut body = Map::new();
    complete(world, &key, &mut body, id);
    body.insert("name".into(), key.name.clone().into());
    body.insert("network".into(), network.link(&world.project).into());
    body.insert("destRange".into(), "0.0.0.0/0".into());
    body.insert("priority".into(), 1000.into());
    let gateway = format!(
        "{}projects/{}/global/gateways/default-internet-gateway",
        crate::key::ROOT,
        world.project
    );
    body.insert("nextHopGateway".into(), gateway.into());
    let mut route = Resource::new(body, ready_at);
    route.implied = true;
    world.resources.insert(key, route);
}
