//! Tokens: what they are given for, and who has none.

use serde_json::json;

use crate::{answer::Answer, call::Call};

/// The token that is given.
const TOKEN: &str = "fake-gce-token";

/// How long a token says it is good for, in seconds.
const LIFETIME: u32 = 3600;

/// Answers the token endpoint.
pub(crate) fn issue(expired: bool) -> Answer {
    if expired {
        let body = json!({
            "error": "invalid_grant", "error_description": "Token has been expired or revoked.",
        });
        return Answer::json(400, &body);
    }
    Answer::ok(&json!({
        "access_token": TOKEN, "expires_in": LIFETIME, "token_type": "Bearer",
        "scope": "https://www.googleapis.com/auth/cloud-platform",
    }))
}

/// What is known of a token.
pub(crate) fn info() -> Answer {
    Answer::ok(&json!({
        "email": "tester@example.com", "expires_in": LIFETIME, "verified_email": true,
        "scope": "https://www.googleapis.com/auth/cloud-platform",
    }))
}

/// Refuses who brings no token.
pub(crate) fn check(call: &Call, expired: bool) -> Result<(), Answer> {
    let given = call.headers.get("authorization").and_then(|value| value.to_str().ok());
    let is_token = given.is_some_and(|given| given.starts_with("Bearer "));
    if is_token && !expired { Ok(()) } else { Err(Answer::unauthorized()) }
}
