//! Answers that are not the store's.

use http::{HeaderName, HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::{
    body::{Body, whole},
    fault::Answer,
};

/// An answer of JSON.
pub(crate) fn answer_json(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(whole(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A refusal as Google says it.
pub(crate) fn refuse(status: StatusCode, message: &str) -> Response<Body> {
    let reason = reason(status);
    let errors = [json!({"domain": "global", "reason": reason, "message": message})];
    let code = status.as_u16();
    answer_json(status, &json!({"error": {"code": code, "message": message, "errors": errors}}))
}

/// The answer that a plan wants. A status or a header that cannot be is the fault of the plan, and
/// is left out.
pub(crate) fn planned(answer: &Answer) -> Response<Body> {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match &answer.body {
        Some(body) => {
            let mut response = Response::new(whole(body.clone()));
            *response.status_mut() = status;
            response
        }
        None => refuse(status, status.canonical_reason().unwrap_or("as the plan says")),
    };
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Google's word for a status, as its JSON API gives it.
fn reason(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authError",
        403 => "forbidden",
        404 => "notFound",
        408 => "requestTimeout",
        409 => "conflict",
        410 => "gone",
        412 => "conditionNotMet",
        429 => "rateLimitExceeded",
        500 => "internalError",
        503 => "backendError",
        _ => "invalid",
    }
}
