//! Operations: what a change is until it is done.

use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::key::{Key, ROOT, Scope};

/// A change, under way or done.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) scope: Scope,
    pub(crate) body: Map<String, Value>,
    pub(crate) done_at: Instant,
}

/// Why an operation failed.
#[derive(Clone, Debug)]
pub(crate) struct OperationError {
    pub(crate) code: String,
    pub(crate) message: String,
}

/// What an operation is about.
pub(crate) struct About<'a> {
    pub(crate) verb: &'a str,
    pub(crate) target: &'a Key,
    pub(crate) target_id: &'a str,
}

impl Operation {
    /// One that is done at `done_at`.
    pub(crate) fn new(
        project: &str,
        id: u64,
        about: &About<'_>,
        done_at: Instant,
        stamp: &str,
        failed: Option<&OperationError>,
    ) -> Self {
        let scope = about.target.scope.clone();
        let name = format!("operation-{id}");
        let link = format!("{ROOT}projects/{project}/{}/operations/{name}", scope.path());
        let mut body = json!({
            "kind": "compute#operation",
            "id": id.to_string(),
            "name": name,
            "operationType": about.verb,
            "targetLink": about.target.link(project),
            "targetId": about.target_id,
            "user": "tester@example.com",
            "insertTime": stamp,
            "startTime": stamp,
            "selfLink": link,
        });
        match &scope {
            Scope::Global => {}
            Scope::Region(_) => body["region"] = scope.link(project).into(),
            Scope::Zone(_) => body["zone"] = scope.link(project).into(),
        }
        if let Some(error) = failed {
            body["error"] = json!({ "errors": [{ "code": error.code, "message": error.message }] });
            let status = status_of(&error.code);
            body["httpErrorStatusCode"] = status.into();
            body["httpErrorMessage"] =
                if status == 503 { "SERVICE UNAVAILABLE" } else { "FORBIDDEN" }.into();
        }
        let body = match body {
            Value::Object(body) => body,
            _ => Map::new(),
        };
        Self { scope, body, done_at }
    }

    /// As the API shows it at `now`; an error shows only at the end.
    pub(crate) fn shown(&self, now: Instant) -> Value {
        let mut body = self.body.clone();
        if now >= self.done_at {
            body.insert("status".into(), "DONE".into());
            body.insert("progress".into(), 100.into());
            let end = body["startTime"].clone();
            body.insert("endTime".into(), end);
        } else {
            body.insert("status".into(), "RUNNING".into());
            body.insert("progress".into(), 0.into());
            for key in ["error", "httpErrorStatusCode", "httpErrorMessage"] {
                body.remove(key);
            }
        }
        Value::Object(body)
    }
}

impl OperationError {
    /// An error of this code, in these words or Google's usual ones.
    pub(crate) fn new(code: &str, message: Option<&str>) -> Self {
        let usual = match code {
            "ZONE_RESOURCE_POOL_EXHAUSTED" => {
                "The zone does not have enough resources available to fulfill the request.  Try a \
                 different zone, or try again later."
            }
            "QUOTA_EXCEEDED" => "Quota 'CPUS' exceeded.  Limit: 24.0 in region us-west1.",
            "PERMISSIONS_ERROR" => "Required permission is missing.",
            "RATE_LIMIT_EXCEEDED" => "Rate Limit Exceeded",
            "INTERNAL_ERROR" => "Internal error. Please try again or contact Google Support.",
            other => other,
        };
        Self { code: code.into(), message: message.unwrap_or(usual).into() }
    }
}

/// The HTTP status that Google gives an operation error.
fn status_of(code: &str) -> u16 {
    match code {
        "QUOTA_EXCEEDED" | "PERMISSIONS_ERROR" => 403,
        "RESOURCE_NOT_FOUND" => 404,
        "RESOURCE_ALREADY_EXISTS" => 409,
        "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE" | "RESOURCE_NOT_READY" | "INVALID_FIELD_VALUE" => 400,
        "RATE_LIMIT_EXCEEDED" => 429,
        "INTERNAL_ERROR" => 500,
        _ => 503,
    }
}
