//! What the fake is asked about itself, by `fake-gce` and by scripts: not through the proxy, at its own
//! address.

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde_json::{Map, Value, json};

use crate::{
    answer::Answer,
    choose::Chooser,
    key::Key,
    plan::FaultPlan,
    resource::Resource,
    serve::{Cut, response},
    shared::Shared,
    world::World,
};

/// Answers a question about the fake.
pub(crate) async fn serve(
    shared: &Shared,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let body = request.into_body().collect().await.map_err(|_| Cut)?.to_bytes();
    let answer = match (&method, path.as_str()) {
        (&Method::GET, "/resources") => {
            let mut world = shared.world();
            crate::compute::settle(&mut world, std::time::Instant::now());
            Answer::ok(&json!(world.names()))
        }
        (&Method::GET, "/requests") => Answer::ok(&json!(shared.log.requests())),
        (&Method::GET, "/mutations") => Answer::ok(&json!(shared.log.mutations())),
        (&Method::GET, "/plan") => Answer::ok(&json!(shared.world().plan)),
        (&Method::PUT, "/plan") => match serde_json::from_slice(&body) {
            Ok(plan) => match set_plan(shared, plan) {
                Ok(()) => Answer::ok(&json!({})),
                Err(error) => Answer::text(400, format!("{error}\n")),
            },
            Err(error) => Answer::text(400, format!("{error}\n")),
        },
        (&Method::PUT, path) if path.starts_with("/resources/") => {
            let body = serde_json::from_slice(&body).unwrap_or_default();
            match put(&mut shared.world(), &path["/resources/".len()..], body) {
                true => Answer::ok(&json!({})),
                false => Answer::text(400, "no such name of a resource\n"),
            }
        }
        _ => Answer::text(404, "not found\n"),
    };
    Ok(response(answer))
}

/// Puts another plan in place; what its rules counted is forgotten.
pub(crate) fn set_plan(shared: &Shared, plan: FaultPlan) -> Result<(), regex::Error> {
    let chooser = Chooser::new(&plan)?;
    let images = plan.missing_images.iter().map(|pattern| regex::Regex::new(pattern));
    let images = images.collect::<Result<Vec<_>, _>>()?;
    let mut world = shared.world();
    world.missing_images = images;
    world.plan = plan;
    drop(world);
    *shared.chooser() = chooser;
    Ok(())
}

/// Puts a resource there as if somebody had made it, unchecked; whether the name is one.
pub(crate) fn put(world: &mut World, name: &str, body: Value) -> bool {
    let mut parts = name.splitn(4, '/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("iam"), Some("serviceAccounts"), Some(email), None) => {
            let mut account = body.as_object().cloned().unwrap_or_default();
            let id = world.id().to_string();
            let full = format!("projects/{}/serviceAccounts/{email}", world.project);
            for (key, value) in [("name", full.as_str()), ("email", email), ("uniqueId", &id)] {
                account.entry(key).or_insert_with(|| value.into());
            }
            world.accounts.insert(email.into(), account);
            return true;
        }
        (Some("iam"), Some("bindings"), Some(_), Some(_)) => {
            let rest = name.trim_start_matches("iam/bindings/");
            return bind(rest, |role, member| world.policy.bind(role, member));
        }
        (Some("storage"), Some(bucket), Some("bindings"), Some(rest)) => {
            let policy = world.bucket_policies.entry(bucket.into()).or_default();
            return bind(rest, |role, member| policy.bind(role, member));
        }
        (Some("storage"), Some(bucket), None, None) => {
            world.objects.make(bucket);
            return true;
        }
        _ => {}
    }
    let Some(key) = Key::named(name) else { return false };
    let mut full = Map::new();
    let id = world.id().to_string();
    let link = key.link(&world.project);
    for (field, value) in [("name", key.name.as_str()), ("id", &id), ("selfLink", &link)] {
        full.insert(field.into(), value.into());
    }
    full.insert("creationTimestamp".into(), World::stamp().into());
    let scope = key.scope.link(&world.project);
    match key.scope {
        crate::key::Scope::Global => {}
        crate::key::Scope::Region(_) => drop(full.insert("region".into(), scope.into())),
        crate::key::Scope::Zone(_) => drop(full.insert("zone".into(), scope.into())),
    }
    full.extend(body.as_object().cloned().unwrap_or_default());
    world.resources.insert(key, Resource::new(full, std::time::Instant::now()));
    true
}

/// Binds `roles/x/member`; a role has one slash, or two when it is of a project.
fn bind(rest: &str, bind: impl FnOnce(&str, &str)) -> bool {
    let Some(at) = rest.find(':').and_then(|colon| rest[..colon].rfind('/')) else {
        return false;
    };
    bind(&rest[..at], &rest[at + 1..]);
    true
}
