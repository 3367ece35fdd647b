//! Answers, and refusals in Google's words.

use bytes::Bytes;
use serde_json::{Value, json};

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

/// An answer, or a refusal.
pub(crate) type Answered = Result<Answer, Answer>;

impl Answer {
    pub(crate) fn json(status: u16, value: &Value) -> Self {
        let headers = vec![("content-type".into(), "application/json; charset=UTF-8".into())];
        Self { status, headers, body: value.to_string().into() }
    }

    pub(crate) fn ok(value: &Value) -> Self {
        Self::json(200, value)
    }

    pub(crate) fn text(status: u16, text: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type".into(), "text/plain; charset=utf-8".into())];
        Self { status, headers, body: text.into() }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A refusal as Compute Engine and Cloud Storage say it.
    pub(crate) fn refuse(status: u16, reason: &str, message: &str) -> Self {
        let error = json!({ "domain": "global", "reason": reason, "message": message });
        let body = json!({ "code": status, "message": message, "errors": [error] });
        Self::json(status, &json!({ "error": body }))
    }

    /// A refusal as IAM and Resource Manager say it.
    pub(crate) fn refuse_with_status(code: u16, status: &str, message: &str) -> Self {
        Self::json(code, &json!({"error": {"code": code, "message": message, "status": status}}))
    }

    pub(crate) fn not_found(path: &str) -> Self {
        Self::refuse(404, "notFound", &format!("The resource '{path}' was not found"))
    }

    pub(crate) fn invalid(message: &str) -> Self {
        Self::refuse(400, "invalid", message)
    }

    /// The credential is no good.
    pub(crate) fn unauthorized() -> Self {
        let message = "Request had invalid authentication credentials. Expected OAuth 2 access \
                       token, login cookie or other valid authentication credential.";
        let error = json!({ "domain": "global", "reason": "authError", "message": message,
            "location": "Authorization", "locationType": "header" });
        let body = json!({ "code": 401, "message": message, "errors": [error], "status": "UNAUTHENTICATED" });
        Self::json(401, &json!({ "error": body }))
    }
}
