//! Issues tokens that end before they say so.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use http::{HeaderMap, Response, StatusCode, header::AUTHORIZATION};
use serde_json::json;

use crate::{
    answer::{answer_json, refuse},
    body::Body,
    plan::Tokens,
};

/// The tokens that were issued, with the requests that each is still good for.
#[derive(Debug, Default)]
pub(crate) struct Issued {
    left: Mutex<HashMap<String, u64>>,
}

/// What a token claims to be good for, in seconds. Clients renew one before it ends by its own word.
const CLAIMED: u32 = 3600;

impl Issued {
    /// A new token, as Google's token services answer, for users and for other people's identities.
    pub(crate) fn issue(&self, tokens: Option<Tokens>) -> Response<Body> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let token = format!("token-{}", left.len() + 1);
        left.insert(token.clone(), tokens.map_or(u64::MAX, |tokens| tokens.uses));
        let answer = json!({
            "access_token": token,
            "expires_in": CLAIMED,
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "token_type": "Bearer",
        });
        answer_json(StatusCode::OK, &answer)
    }

    /// Takes one use of the token of a request; a refusal comes back if it has none.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Option<Response<Body>> {
        let sent = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = sent.and_then(|sent| sent.strip_prefix("Bearer "));
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        match token.and_then(|token| left.get_mut(token)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                None
            }
            _ => Some(refuse(StatusCode::UNAUTHORIZED, "Invalid Credentials")),
        }
    }
}
