//! What a registry is asked about an image.
//!
//! Source: <https://github.com/opencontainers/distribution-spec/blob/main/spec.md>.

use std::time::Duration;

use http::{Method, StatusCode, header};
use reqwest::{Client, Response};
use serde_json::Value;

use crate::{
    answer::{Found, Seen, body, trouble, understood},
    image::Image,
    token::new_token,
};

/// Lists of images, one a platform, and then images alone: everything that a node can pull. Who does not
/// say them gets an image of the old form, or none.
const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// How the media types of lists end.
const LISTS: [&str; 2] = ["image.index.v1+json", "manifest.list.v2+json"];

/// Longest time that one question takes; registries answer within a second.
const ANSWER: Duration = Duration::from_secs(20);

/// Header with the digest of a manifest.
const DIGEST: &str = "docker-content-digest";

/// Asks about one image; remembers the token that it was given.
pub(crate) struct Asking<'c> {
    client: &'c Client,
    image: &'c Image,
    token: Option<String>,
}

/// A client that asks registries.
pub(crate) fn client() -> Result<Client, reqwest::Error> {
    let agent = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    stage::http_client().timeout(ANSWER).user_agent(agent).build()
}

impl<'c> Asking<'c> {
    /// Nothing was asked yet.
    pub(crate) fn new(client: &'c Client, image: &'c Image) -> Self {
        Self { client, image, token: None }
    }

    /// Asks once.
    pub(crate) async fn ask(&mut self) -> Seen {
        self.found().await.map_or_else(|seen| seen, Seen::There)
    }

    async fn found(&mut self) -> Result<Found, Seen> {
        let answer = self.signed_in(Method::HEAD).await?;
        let header = |name: &str| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
        let digest = header(DIGEST);
        let media_type = header(header::CONTENT_TYPE.as_str()).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        let platforms = match LISTS.iter().any(|list| media_type.ends_with(list)) {
            true => platforms(&body(self.signed_in(Method::GET).await?).await?),
            false => Vec::new(),
        };
        Ok(Found { digest, platforms })
    }

    /// Asks for the manifest; if a token is wanted, with one.
    async fn signed_in(&mut self, method: Method) -> Result<Response, Seen> {
        let answer = self.send(method.clone()).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return understood(answer);
        }
        // Tokens end after minutes: the one that was shown is no better than none.
        self.token = Some(new_token(self.client, answer.headers()).await?);
        understood(self.send(method).await?)
    }

    async fn send(&self, method: Method) -> Result<Response, Seen> {
        let request = self.client.request(method, self.image.manifest());
        let request = request.header(header::ACCEPT, ACCEPT);
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request.send().await.map_err(trouble)
    }
}

/// What the images of a list are built for. What is only attached to them is built for nothing that is
/// known.
pub(crate) fn platforms(list: &Value) -> Vec<String> {
    let images = list["manifests"].as_array().into_iter().flatten();
    let mut names: Vec<String> = images
        .filter_map(|image| {
            let text = |key: &str| image["platform"][key].as_str();
            Some((text("os").filter(|os| *os != "unknown")?, text("architecture")?))
        })
        .map(|(os, architecture)| format!("{os}/{architecture}"))
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_platforms_of_a_list_are_those_of_its_images() {
        let of = |os: &str, arch: &str| json!({ "platform": { "os": os, "architecture": arch } });
        let list =
            [of("linux", "arm64"), of("unknown", "unknown"), of("linux", "amd64"), json!({})];

        assert_eq!(platforms(&json!({ "manifests": list })), ["linux/amd64", "linux/arm64"]);
    }
}
