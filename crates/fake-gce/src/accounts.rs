//! IAM: service accounts.

use std::sync::LazyLock;

use http::Method;
use regex::Regex;
use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, Answered},
    call::Call,
    world::World,
};

/// Answers a request of IAM.
pub(crate) fn serve(world: &mut World, call: &Call) -> Answered {
    let parts = call.parts();
    let ["v1", "projects", project, "serviceAccounts", rest @ ..] = &parts[..] else {
        return Err(Answer::refuse_with_status(404, "NOT_FOUND", "Method not found."));
    };
    if *project != world.project && *project != "-" {
        let message = format!("Permission denied on resource project {project}.");
        return Err(Answer::refuse_with_status(403, "PERMISSION_DENIED", &message));
    }
    match (&call.method, rest) {
        (&Method::GET, []) => list(world, call),
        (&Method::POST, []) => create(world, &call.json()?),
        (&Method::GET, [email]) => {
            let found = world.accounts.get(*email).ok_or_else(|| unknown(email))?;
            Ok(Answer::ok(&Value::Object(found.clone())))
        }
        (&Method::PUT | &Method::PATCH, [email]) => {
            let wanted = call.json()?;
            let found = world.accounts.get_mut(*email).ok_or_else(|| unknown(email))?;
            for key in ["displayName", "description"] {
                if let Some(value) = wanted.get(key) {
                    found.insert(key.into(), value.clone());
                }
            }
            Ok(Answer::ok(&Value::Object(found.clone())))
        }
        (&Method::DELETE, [email]) => {
            let gone = world.accounts.remove(*email).ok_or_else(|| unknown(email))?;
            forget(world, email, gone["uniqueId"].as_str().unwrap_or_default());
            Ok(Answer::ok(&json!({})))
        }
        _ => Err(Answer::refuse_with_status(404, "NOT_FOUND", "Method not found.")),
    }
}

fn unknown(email: &str) -> Answer {
    let message = format!("Unknown service account: {email}");
    Answer::refuse_with_status(404, "NOT_FOUND", &message)
}

fn list(world: &World, call: &Call) -> Answered {
    let size = call.asked("pageSize").and_then(|size| size.parse().ok()).unwrap_or(20);
    let after = call.asked("pageToken").unwrap_or_default();
    let mut rest = world.accounts.iter().filter(|(email, _)| email.as_str() > after);
    let page: Vec<_> = rest.by_ref().take(size).collect();
    let mut body = json!({});
    if let Some((last, _)) = page.last()
        && rest.next().is_some()
    {
        body["nextPageToken"] = (*last).clone().into();
    }
    if !page.is_empty() {
        body["accounts"] =
            page.iter().map(|(_, account)| Value::Object((*account).clone())).collect();
    }
    Ok(Answer::ok(&body))
}

fn create(world: &mut World, body: &Value) -> Answered {
    static NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("^[a-z]([-a-z0-9]{4,28}[a-z0-9])$").ok());
    let name = body["accountId"].as_str().unwrap_or_default();
    if !NAME.as_ref().is_some_and(|pattern| pattern.is_match(name)) {
        let message = "Service account IDs must be between 6 and 30 characters: lower case letters, \
                       digits and hyphens.";
        return Err(Answer::refuse_with_status(400, "INVALID_ARGUMENT", message));
    }
    let project = world.project.clone();
    let email = format!("{name}@{project}.iam.gserviceaccount.com");
    if world.accounts.contains_key(&email) {
        let message =
            format!("Service account {name} already exists within project projects/{project}.");
        return Err(Answer::refuse_with_status(409, "ALREADY_EXISTS", &message));
    }
    let id = world.id().to_string();
    let given = &body["serviceAccount"];
    let account = json!({
        "name": format!("projects/{project}/serviceAccounts/{email}"),
        "projectId": project, "uniqueId": id, "oauth2ClientId": id, "email": email, "etag": "MDEwMjE5MjA=",
        "displayName": given["displayName"], "description": given["description"],
    });
    let account: Map<String, Value> = account.as_object().cloned().unwrap_or_default();
    let account: Map<String, Value> =
        account.into_iter().filter(|(_, value)| !value.is_null()).collect();
    world.accounts.insert(email, account.clone());
    Ok(Answer::ok(&Value::Object(account)))
}

/// An account that is gone stays in the policies, under the name of the dead.
fn forget(world: &mut World, email: &str, id: &str) {
    let (alive, dead) =
        (format!("serviceAccount:{email}"), format!("deleted:serviceAccount:{email}?uid={id}"));
    world.policy.rename(&alive, &dead);
    for policy in world.bucket_policies.values_mut() {
        policy.rename(&alive, &dead);
    }
}
