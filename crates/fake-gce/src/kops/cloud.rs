//! Google's APIs, asked as kops asks them.

use std::{env, fs};

use reqwest::Method;
use serde_json::{Map, Value};

use crate::client;

const COMPUTE: &str = "https://compute.googleapis.com/compute/v1";
const STORAGE: &str = "https://storage.googleapis.com";

/// Why something could not be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum CloudError {
    #[error("googleapi: Error {status}: {message}, {reason}")]
    Refused { status: u16, reason: String, message: String },
    /// kops keeps the message of an operation, and not its code.
    #[error("googleapi: Error {status}: {message}")]
    Operation { status: u64, message: String },
    #[error("oauth2: cannot fetch token: {0}")]
    Token(String),
    #[error("{0}")]
    Way(String),
    #[error(transparent)]
    Http(#[from] reqwest::Error),
}

impl CloudError {
    /// Whether something is still in use.
    pub(super) fn is_dependency(&self) -> bool {
        matches!(self, Self::Refused { reason, .. } if reason == "resourceInUseByAnotherResource")
    }
}

/// The cloud that the environment leads to.
#[derive(Debug)]
pub(super) struct Cloud {
    client: reqwest::Client,
    token: String,
    pub(super) project: String,
}

impl Cloud {
    /// Signs in. kops signs in anew for each API; once does here.
    pub(super) async fn sign_in(project: &str) -> Result<Self, CloudError> {
        let variable = |name: &str| {
            env::var(name).map_err(|_| CloudError::Way(format!("credentials: `{name}` is not set")))
        };
        let (proxy, file) = (variable("HTTPS_PROXY")?, variable("SSL_CERT_FILE")?);
        variable("GOOGLE_APPLICATION_CREDENTIALS")?;
        let pem = fs::read(&file).map_err(|error| CloudError::Way(format!("`{file}`: {error}")))?;
        let client = client::client(&proxy, &pem)?;
        let sent =
            client.post("https://oauth2.googleapis.com/token").body("grant_type=refresh_token");
        let answer = sent.send().await?;
        let status = answer.status();
        let body: Value = answer.json().await.unwrap_or_default();
        let token = body["access_token"].as_str().filter(|_| status.is_success());
        let token = token.ok_or_else(|| CloudError::Token(format!("{status}: {body}")))?.to_owned();
        Ok(Self { client, token, project: project.into() })
    }

    /// A request.
    async fn send(
        &self,
        method: Method,
        url: &str,
        body: Option<&Value>,
    ) -> Result<Value, CloudError> {
        let request = self.client.request(method, url).bearer_auth(&self.token);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await?;
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if (200..300).contains(&status) { Ok(body) } else { Err(refused(status, &body)) }
    }

    fn compute(&self, path: &str) -> String {
        format!("{COMPUTE}/projects/{}/{path}", self.project)
    }

    pub(super) async fn get(&self, path: &str) -> Result<Option<Value>, CloudError> {
        found(self.send(Method::GET, &self.compute(path), None).await)
    }

    /// Everything of a listing.
    pub(super) async fn list(&self, path: &str, items: &str) -> Result<Vec<Value>, CloudError> {
        let (mut all, mut token) = (Vec::new(), String::new());
        loop {
            let sign = if path.contains('?') { '&' } else { '?' };
            let url = self.compute(&format!("{path}{sign}pageToken={token}"));
            let method = if items == "managedInstances" { Method::POST } else { Method::GET };
            let page = self.send(method, &url, None).await?;
            all.extend(page[items].as_array().cloned().unwrap_or_default());
            match page["nextPageToken"].as_str() {
                Some(next) => token = next.to_owned(),
                None => return Ok(all),
            }
        }
    }

    /// A change of Compute Engine, with its operation.
    pub(super) async fn change(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<(), CloudError> {
        let body = (!body.is_null()).then_some(body);
        self.wait(self.send(method, &self.compute(path), body).await?).await
    }

    pub(super) async fn insert(&self, collection: &str, body: &Value) -> Result<(), CloudError> {
        self.change(Method::POST, collection, body).await
    }

    /// Deletes what may be gone already.
    pub(super) async fn delete(&self, path: &str) -> Result<(), CloudError> {
        match found(self.send(Method::DELETE, &self.compute(path), None).await)? {
            Some(operation) => self.wait(operation).await,
            None => Ok(()),
        }
    }

    async fn wait(&self, mut operation: Value) -> Result<(), CloudError> {
        while operation["status"] != "DONE" {
            let link = operation["selfLink"].as_str().unwrap_or_default();
            let url = link.replace("https://www.googleapis.com", "https://compute.googleapis.com");
            operation = self.send(Method::POST, &format!("{url}/wait"), None).await?;
        }
        let error = &operation["error"]["errors"][0];
        if error.is_null() {
            return Ok(());
        }
        let message = error["message"].as_str().unwrap_or_default().to_owned();
        let status = operation["httpErrorStatusCode"].as_u64().unwrap_or(0);
        Err(CloudError::Operation { status, message })
    }

    /// A request of another API.
    pub(super) async fn ask(
        &self,
        method: Method,
        url: &str,
        body: Option<&Value>,
    ) -> Result<Option<Value>, CloudError> {
        found(self.send(method, url, body).await)
    }

    /// The content of an object.
    pub(super) async fn read(
        &self,
        bucket: &str,
        name: &str,
    ) -> Result<Option<String>, CloudError> {
        let url = format!("{}?alt=media", object(bucket, name));
        let answer = self.client.get(url).bearer_auth(&self.token).send().await?;
        match answer.status().as_u16() {
            200 => Ok(Some(answer.text().await?)),
            404 => Ok(None),
            status => Err(refused(status, &answer.json().await.unwrap_or_default())),
        }
    }

    pub(super) async fn write(
        &self,
        bucket: &str,
        name: &str,
        content: &str,
    ) -> Result<(), CloudError> {
        let name = percent(name);
        let url = format!("{STORAGE}/upload/storage/v1/b/{bucket}/o?uploadType=media&name={name}");
        let sent = self.client.post(url).bearer_auth(&self.token).body(content.to_owned()).send();
        let answer = sent.await?;
        match answer.status().as_u16() {
            200 => Ok(()),
            status => Err(refused(status, &answer.json().await.unwrap_or_default())),
        }
    }

    /// Names of objects.
    pub(super) async fn objects(
        &self,
        bucket: &str,
        prefix: &str,
    ) -> Result<Vec<String>, CloudError> {
        let (mut all, mut token) = (Vec::new(), String::new());
        loop {
            let prefix = percent(prefix);
            let url =
                format!("{STORAGE}/storage/v1/b/{bucket}/o?prefix={prefix}&pageToken={token}");
            let page = self.send(Method::GET, &url, None).await?;
            let items = page["items"].as_array().cloned().unwrap_or_default();
            all.extend(items.iter().filter_map(|item| Some(item["name"].as_str()?.to_owned())));
            match page["nextPageToken"].as_str() {
                Some(next) => token = next.to_owned(),
                None => return Ok(all),
            }
        }
    }

    pub(super) async fn remove(&self, bucket: &str, name: &str) -> Result<(), CloudError> {
        self.send(Method::DELETE, &object(bucket, name), None).await.map(drop)
    }
}

/// What is not there is nothing.
fn found(answer: Result<Value, CloudError>) -> Result<Option<Value>, CloudError> {
    match answer {
        Err(CloudError::Refused { status: 404, .. }) => Ok(None),
        other => other.map(Some),
    }
}

fn object(bucket: &str, name: &str) -> String {
    format!("{STORAGE}/storage/v1/b/{bucket}/o/{}", percent(name))
}

fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn refused(status: u16, body: &Value) -> CloudError {
    let error = body["error"].as_object().cloned().unwrap_or_else(Map::new);
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let reason = error.get("errors").map(|errors| errors[0]["reason"].clone());
    CloudError::Refused {
        status,
        reason: text(reason.as_ref()),
        message: text(error.get("message")),
    }
}
