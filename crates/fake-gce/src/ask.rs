//! Asks a cloud that runs about itself.

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;

/// Why a cloud did not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error("no cloud runs in `{folder}`")]
    Folder { folder: PathBuf, source: io::Error },
    #[error("failed to ask the cloud at `{address}`")]
    Ask { address: String, source: Box<dyn Error + Send + Sync> },
    #[error("the cloud refused: {0}")]
    Refused(String),
}

/// File with the address of the cloud.
pub(crate) const ADDRESS: &str = "address";

/// Asks the cloud of a folder.
pub(crate) async fn ask(
    folder: &Path,
    method: &str,
    path: &str,
    body: Option<String>,
) -> Result<Value, AskError> {
    let address = fs::read_to_string(folder.join(ADDRESS))
        .map_err(|source| AskError::Folder { folder: folder.to_owned(), source })?;
    let failed =
        |source: Box<dyn Error + Send + Sync>| AskError::Ask { address: address.clone(), source };
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap_or_default())
        .uri(format!("{address}/{path}"))
        .body(Full::new(Bytes::from(body.unwrap_or_default())));
    let request = request.map_err(|error| failed(error.into()))?;
    let response = client.request(request).await.map_err(|error| failed(error.into()))?;
    let is_well = response.status().is_success();
    let body = response.into_body().collect().await.map_err(|error| failed(error.into()))?;
    let body = body.to_bytes();
    if !is_well {
        return Err(AskError::Refused(String::from_utf8_lossy(&body).trim().to_owned()));
    }
    serde_json::from_slice(&body).map_err(|error| failed(error.into()))
}
