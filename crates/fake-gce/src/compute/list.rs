//! Listings, in pages.

use std::{collections::BTreeMap, time::Instant};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

use super::{filter::Filter, group, usage::singular};
use crate::{
    answer::{Answer, Answered},
    call::Call,
    catalog,
    key::{Key, Scope},
    resource::Resource,
    world::World,
};

/// Most that a page holds, and how many it holds unless asked.
const MOST: usize = 500;

/// What is listed, by the names that give the order.
pub(super) type Items = Vec<(String, Value)>;

/// A page: what is on it, and where the next one begins.
pub(super) fn page(call: &Call, all: Items) -> Result<(Items, Option<String>), Answer> {
    let filter = call.asked("filter").filter(|filter| !filter.is_empty());
    let filter = filter
        .map(|text| {
            Filter::parse(text).ok_or_else(|| {
                Answer::invalid(&format!(
                    "Invalid value for field 'filter': '{text}'. Invalid list filter expression."
                ))
            })
        })
        .transpose()?;
    let size = call.asked("maxResults").and_then(|size| size.parse().ok()).unwrap_or(MOST);
    let after = match call.asked("pageToken").filter(|token| !token.is_empty()) {
        Some(token) => {
            let name =
                BASE64_STANDARD.decode(token).ok().and_then(|name| String::from_utf8(name).ok());
            Some(name.ok_or_else(|| Answer::invalid("Invalid value for field 'pageToken'"))?)
        }
        None => None,
    };
    let mut rest = all.into_iter().filter(|(name, body)| {
        after.as_ref().is_none_or(|after| name > after)
            && filter.as_ref().is_none_or(|filter| filter.passes(body))
    });
    let items: Items = rest.by_ref().take(size.clamp(1, MOST)).collect();
    let more = rest.next().is_some();
    let next = items.last().filter(|_| more).map(|(name, _)| BASE64_STANDARD.encode(name));
    Ok((items, next))
}

/// The answer of a listing under `kind`.
pub(super) fn listing(call: &Call, kind: &str, items: Items, next: Option<String>) -> Answer {
    let items: Vec<Value> = items.into_iter().map(|(_, item)| item).collect();
    let link = format!("{}{}", crate::key::ROOT, call.segments[2..].join("/"));
    let mut body = json!({ "kind": format!("compute#{kind}List"), "id": call.segments[3..].join("/"), "selfLink": link });
    // Google leaves out what is empty.
    if !items.is_empty() {
        body["items"] = items.into();
    }
    if let Some(next) = next {
        body["nextPageToken"] = next.into();
    }
    Answer::ok(&body)
}

/// Lists a collection of one scope.
pub(super) fn list(
    world: &World,
    call: &Call,
    scope: &Scope,
    collection: &str,
    now: Instant,
) -> Answered {
    let here = world.all(collection).filter(|(key, _)| key.scope == *scope);
    let all = here.map(|(key, found)| (key.name.clone(), shown(world, key, found, now))).collect();
    let (items, next) = page(call, all)?;
    Ok(listing(call, singular(collection), items, next))
}

/// Lists a collection of all scopes together.
pub(super) fn aggregated(world: &World, call: &Call, collection: &str, now: Instant) -> Answered {
    let all = world.all(collection).map(|(key, found)| {
        (format!("{}/{}", key.scope.path(), key.name), shown(world, key, found, now))
    });
    let (items, next) = page(call, all.collect())?;
    let mut scopes: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, item) in items {
        let scope = name.rsplit_once('/').map_or("", |(scope, _)| scope).to_owned();
        scopes.entry(scope).or_default().push(item);
    }
    let mut map = Map::new();
    for (scope, items) in scopes {
        map.insert(scope, json!({ collection: items }));
    }
    // The scopes without any say so, on the first page.
    if call.asked("pageToken").is_none_or(str::is_empty) {
        let zones = catalog::zones().map(|zone| format!("zones/{zone}"));
        let regions = catalog::regions().map(|region| format!("regions/{region}"));
        for scope in zones.chain(regions).chain(["global".to_owned()]) {
            let message = format!("There are no results for scope '{scope}' on this page.");
            let warning =
                json!({ "warning": { "code": "NO_RESULTS_ON_PAGE", "message": message } });
            map.entry(scope).or_insert(warning);
        }
    }
    let mut body =
        json!({ "kind": format!("compute#{}AggregatedList", singular(collection)), "items": map });
    if let Some(next) = next {
        body["nextPageToken"] = next.into();
    }
    Ok(Answer::ok(&body))
}

/// A resource as the API shows it.
pub(super) fn shown(world: &World, key: &Key, resource: &Resource, now: Instant) -> Value {
    match key.collection.as_str() {
        "instanceGroupManagers" => group::shown(world, key, resource, now),
        "addresses" => {
            let mut body = resource.body.clone();
            let address = resource.text("address");
            let user =
                world.all("forwardingRules").find(|(_, rule)| rule.text("IPAddress") == address);
            if let Some((user, _)) = user {
                body.insert("status".into(), "IN_USE".into());
                body.insert("users".into(), json!([user.link(&world.project)]));
            }
            Value::Object(body)
        }
        "networks" => {
            let mut body = resource.body.clone();
            let link = key.link(&world.project);
            let subnets =
                world.all("subnetworks").filter(|(_, subnet)| subnet.text("network") == link);
            let subnets: Vec<Value> =
                subnets.map(|(key, _)| key.link(&world.project).into()).collect();
            if !subnets.is_empty() {
                body.insert("subnetworks".into(), subnets.into());
            }
            Value::Object(body)
        }
        _ => Value::Object(resource.body.clone()),
    }
}
