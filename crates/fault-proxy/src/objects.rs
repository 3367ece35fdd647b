//! Looks into an emulator, past the proxy: what is really there.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header::CONTENT_TYPE};
use http_body_util::BodyExt;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;

use crate::{
    body::{BoxError, whole},
    emulator::Emulator,
    sums::read,
};

/// An object as the emulator keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Object {
    /// Its bytes.
    pub bytes: Bytes,
    /// Which writing of it this is.
    pub generation: String,
}

/// Why an emulator did not do what a test wants.
#[derive(Debug, thiserror::Error)]
#[error("the emulator did not {act}")]
pub struct ObjectsError {
    act: String,
    source: BoxError,
}

#[derive(Deserialize)]
struct Listing {
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    name: String,
    generation: String,
}

impl Emulator {
    /// Makes a bucket.
    ///
    /// # Errors
    /// The emulator refuses.
    pub async fn create_bucket(&self, bucket: &str) -> Result<(), ObjectsError> {
        let body = json!({"name": bucket}).to_string();
        let done = self.ask(Method::POST, "/storage/v1/b?project=test", body.into()).await;
        done.map(drop).map_err(failed(format!("make bucket `{bucket}`")))
    }

    /// Writes an object, in place of one that is there.
    ///
    /// # Errors
    /// The emulator refuses.
    pub async fn put(
        &self,
        bucket: &str,
        name: &str,
        bytes: impl Into<Bytes>,
    ) -> Result<(), ObjectsError> {
        let path =
            format!("/upload/storage/v1/b/{bucket}/o?uploadType=media&name={}", encoded(name));
        let done = self.ask(Method::POST, &path, bytes.into()).await;
        done.map(drop).map_err(failed(format!("write `{name}`")))
    }

    /// Removes an object.
    ///
    /// # Errors
    /// It is not there.
    pub async fn remove(&self, bucket: &str, name: &str) -> Result<(), ObjectsError> {
        let path = format!("/storage/v1/b/{bucket}/o/{}", encoded(name));
        let done = self.ask(Method::DELETE, &path, Bytes::new()).await;
        done.map(drop).map_err(failed(format!("remove `{name}`")))
    }

    /// Every object of a bucket, by its name.
    ///
    /// # Errors
    /// There is no such bucket.
    pub async fn objects(&self, bucket: &str) -> Result<BTreeMap<String, Object>, ObjectsError> {
        let all = async {
            let path = format!("/storage/v1/b/{bucket}/o");
            let listing = self.ask(Method::GET, &path, Bytes::new()).await?;
            let listing: Listing = serde_json::from_slice(&listing)?;
            let mut objects = BTreeMap::new();
            for Item { name, generation } in listing.items {
                let path = format!("/storage/v1/b/{bucket}/o/{}?alt=media", encoded(&name));
                let bytes = self.ask(Method::GET, &path, Bytes::new()).await?;
                objects.insert(name, Object { bytes, generation });
            }
            Ok(objects)
        };
        all.await.map_err(failed(format!("give out bucket `{bucket}`")))
    }

    async fn ask(&self, method: Method, path: &str, body: Bytes) -> Result<Bytes, BoxError> {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.url()));
        let request = request.header(CONTENT_TYPE, "application/json").body(whole(body))?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (head, body) = client.request(request).await?.into_parts();
        let bytes = read(body.map_err(Into::into).boxed_unsync()).await?;
        match head.status {
            StatusCode::OK | StatusCode::NO_CONTENT => Ok(bytes),
            status => Err(status.to_string().into()),
        }
    }
}

fn encoded(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

fn failed(act: String) -> impl FnOnce(BoxError) -> ObjectsError {
    move |source| ObjectsError { act, source }
}
