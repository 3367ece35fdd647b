//! The clients that speak to Google Cloud Storage: Google's library for data, JSON for the rest.

use std::time::Duration;

use google_cloud_auth::credentials::{Builder, CacheableResource, Credentials, anonymous};
use google_cloud_storage::client::Storage;
use http::{Extensions, HeaderMap};

use super::trouble::{Failure, Trouble, words};
use crate::access::Server;

/// Files of this many bytes and more are sent so that a cut connection loses little of them. Google
/// advises the same: below it, the one more request costs more than it saves.
pub(super) const RESUMABLE: usize = 8 << 20;

/// Longest time that signing in may take. Where there are no credentials, a server of Google's own
/// machines is asked for them, which nobody else ever hears of.
const SIGN_IN: Duration = Duration::from_secs(20);

/// What reads and writes objects, signed in.
#[derive(Debug)]
pub(super) struct Client {
    /// Google's library.
    pub(super) storage: Storage,
    http: reqwest::Client,
    credentials: Credentials,
    endpoint: String,
}

impl Client {
    /// Signs in and makes the clients; the bucket is not asked for yet.
    pub(super) async fn connect(server: &Server) -> Result<Self, Failure> {
        stage::use_ring();
        let (endpoint, credentials) = match server {
            Server::Emulator(url) => (url.clone(), anonymous::Builder::new().build()),
            Server::Google(url) => {
                let credentials = Builder::default()
                    .with_scopes(["https://www.googleapis.com/auth/devstorage.read_write"])
                    .build()
                    .map_err(|error| Failure::new(Trouble::SignIn, error))?;
                (url.clone(), credentials)
            }
        };
        let signed_in = tokio::time::timeout(SIGN_IN, credentials.headers(Extensions::new())).await;
        let late = |_| Failure::new(Trouble::SignIn, "nobody here gives out credentials");
        signed_in.map_err(late)?.map_err(|error| Failure::new(Trouble::SignIn, error))?;
        let storage = Storage::builder()
            .with_endpoint(&endpoint)
            .with_credentials(credentials.clone())
            .with_resumable_upload_threshold(RESUMABLE)
            .build()
            .await
            .map_err(|error| Failure::new(Trouble::Final, error))?;
        let mut http = stage::http_client();
        if matches!(server, Server::Emulator(_)) {
            // It is on this machine or beside it: a proxy of the environment never knows it.
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| Failure::new(Trouble::Final, error))?;
        Ok(Self { storage, http, credentials, endpoint })
    }

    /// Asks the JSON API for what lies at `path`, which begins with a slash.
    pub(super) async fn json<T: serde::de::DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Failure> {
        let request = self.http.get(self.url(path)?).query(query).headers(self.headers().await?);
        let lost = |error: reqwest::Error| Failure::new(Trouble::of_request(&error), error);
        let answer = request.send().await.map_err(lost)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.map_err(lost)?;
        if !status.is_success() {
            let trouble = Trouble::of_answer(status.as_u16(), &headers, &body);
            return Err(Failure::new(trouble, words(status, &body)));
        }
        // What is cut, or comes from something in between, is no JSON: again may help.
        serde_json::from_slice(&body).map_err(|error| Failure::new(Trouble::Again(None), error))
    }

    fn url(&self, path: &[&str]) -> Result<reqwest::Url, Failure> {
        let bad = || Failure::new(Trouble::Final, format!("`{}` is no URL", self.endpoint));
        let mut url: reqwest::Url = self.endpoint.parse().map_err(|_| bad())?;
        url.path_segments_mut().map_err(|()| bad())?.pop_if_empty().extend(path);
        Ok(url)
    }

    async fn headers(&self) -> Result<HeaderMap, Failure> {
        match self.credentials.headers(Extensions::new()).await {
            Ok(CacheableResource::New { data, .. }) => Ok(data),
            // Only who names what it has is told that nothing is new.
            Ok(CacheableResource::NotModified) => Ok(HeaderMap::new()),
            Err(error) => Err(Failure::new(Trouble::SignIn, error)),
        }
    }
}
