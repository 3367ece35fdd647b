//! The token that a registry wants to be shown, also by somebody without a name.
//!
//! Source: <https://distribution.github.io/distribution/spec/auth/token/>.

use http::{
    HeaderMap, Uri,
    header::WWW_AUTHENTICATE,
    uri::{Authority, Scheme},
};
use reqwest::Client;
use serde::Deserialize;

use crate::{
    answer::{Seen, body, trouble, understood},
    image::is_loopback,
};

/// Where a token is given, and for what.
struct Wanted {
    realm: String,
    query: Vec<(&'static str, String)>,
}

#[derive(Default, Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// Gets the token that an answer with these `headers` wants to be shown.
pub(crate) async fn new_token(client: &Client, headers: &HeaderMap) -> Result<String, Seen> {
    let Some(wanted) = wanted(headers) else {
        return Err(Seen::Denied("refused: the registry wants a name and a password".into()));
    };
    if !is_safe(&wanted.realm) {
        return Err(Seen::Denied("refused: the registry gives its tokens without TLS".into()));
    }
    let asked = client.get(&wanted.realm).query(&wanted.query).send().await;
    let answer = match understood(asked.map_err(trouble)?) {
        Err(Seen::NotYet) => return Err(Seen::Trouble("the registry's tokens are gone".into())),
        other => other?,
    };
    let token: Token = serde_json::from_value(body(answer).await?).unwrap_or_default();
    let token = [token.token, token.access_token].into_iter().flatten().next();
    token.ok_or_else(|| Seen::Trouble("the registry gave no token".into()))
}

/// Reads the challenges of an answer; nothing if no token would do.
fn wanted(headers: &HeaderMap) -> Option<Wanted> {
    headers.get_all(WWW_AUTHENTICATE).iter().find_map(|text| {
        let challenges = http_auth::parse_challenges(text.to_str().ok()?).ok()?;
        let bearer = challenges.iter().find(|one| one.scheme.eq_ignore_ascii_case("bearer"))?;
        let param = |name: &str| {
            let mut params = bearer.params.iter();
            let (_, value) = params.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
            Some(value.to_unescaped())
        };
        let query = ["service", "scope"].into_iter();
        let query = query.filter_map(|name| Some((name, param(name)?))).collect();
        Some(Wanted { realm: param("realm")?, query })
    })
}

/// Whether nobody in between can read or change what comes from `realm`.
fn is_safe(realm: &str) -> bool {
    let Ok(uri) = realm.parse::<Uri>() else { return false };
    uri.scheme() == Some(&Scheme::HTTPS)
        || uri.authority().map(Authority::as_str).is_some_and(is_loopback)
}

/// Reads `headers` as those of an answer that wants a token.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read_as_challenge(headers: &HeaderMap) {
    let _ = wanted(headers).map(|wanted| is_safe(&wanted.realm));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted_of(texts: &[&str]) -> Option<Wanted> {
        let mut headers = HeaderMap::new();
        for text in texts {
            headers.append(WWW_AUTHENTICATE, text.parse().unwrap());
        }
        wanted(&headers)
    }

    #[test]
    fn a_challenge_says_where_a_token_is_and_for_what() {
        let quay = r#"Bearer realm="https://quay.io/v2/auth",service="quay.io",scope="repository:a/b:pull,push",error="x""#;

        let wanted = wanted_of(&["Basic realm=\"x\"", quay]).unwrap();

        assert_eq!(wanted.realm, "https://quay.io/v2/auth");
        let query = [("service", "quay.io"), ("scope", "repository:a/b:pull,push")];
        assert_eq!(wanted.query, query.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn a_registry_that_wants_a_password_offers_no_token() {
        for text in ["Basic realm=\"x\"", "Bearer service=\"x\"", "", "=,="] {
            assert!(wanted_of(&[text]).is_none(), "{text}");
        }
    }

    #[test]
    fn a_token_comes_over_tls_or_from_this_machine() {
        assert!(is_safe("https://auth.docker.io/token") && is_safe("http://127.0.0.1:5000/token"));
        assert!(!is_safe("http://auth.docker.io/token") && !is_safe("/token"));
    }
}
