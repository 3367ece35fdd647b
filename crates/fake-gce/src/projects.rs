//! Resource Manager: the project and its policy.

use http::Method;
use serde_json::{Value, json};

use crate::{
    answer::{Answer, Answered},
    call::Call,
    policies,
    world::{PROJECT_NUMBER, World},
};

/// Answers a request of Resource Manager.
pub(crate) fn serve(world: &mut World, call: &Call) -> Answered {
    let parts = call.parts();
    let ["v1" | "v3", "projects", named] = parts[..] else {
        return Err(Answer::refuse_with_status(404, "NOT_FOUND", "Method not found."));
    };
    let (project, verb) = named.split_once(':').unwrap_or((named, ""));
    if project != world.project {
        let message = "The caller does not have permission";
        return Err(Answer::refuse_with_status(403, "PERMISSION_DENIED", message));
    }
    match (&call.method, verb) {
        (&Method::GET, "") => Ok(Answer::ok(&json!({
            "projectId": project, "projectNumber": PROJECT_NUMBER.to_string(), "name": project,
            "lifecycleState": "ACTIVE", "state": "ACTIVE",
        }))),
        (&Method::POST, "getIamPolicy") => policies::project(world, None),
        (&Method::POST, "setIamPolicy") => {
            let body = call.json()?;
            policies::project(world, Some(&body["policy"]))
        }
        (&Method::POST, "testIamPermissions") => {
            let body: Value = call.json()?;
            Ok(Answer::ok(&json!({ "permissions": body["permissions"] })))
        }
        _ => Err(Answer::refuse_with_status(404, "NOT_FOUND", "Method not found.")),
    }
}
