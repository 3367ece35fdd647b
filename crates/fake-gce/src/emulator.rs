//! The emulator that objects may be in: fake-gcs-server, on this machine.

use bytes::Bytes;
use http::{Request, Uri, header::HOST, uri::Authority};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use crate::{answer::Answer, call::Call};

/// The way to the emulator.
#[derive(Debug)]
pub(crate) struct Emulator {
    client: Client<HttpConnector, Full<Bytes>>,
    authority: Authority,
}

impl Emulator {
    /// The emulator at an address as `http://127.0.0.1:4443`.
    pub(crate) fn at(url: &str) -> Option<Self> {
        let authority = url.strip_prefix("http://")?.trim_end_matches('/').parse().ok()?;
        Some(Self { client: Client::builder(TokioExecutor::new()).build_http(), authority })
    }

    /// Asks it what was asked of Cloud Storage.
    pub(crate) async fn ask(&self, call: &Call) -> Answer {
        let uri = Uri::builder().scheme("http").authority(self.authority.clone());
        let Ok(uri) = uri.path_and_query(call.target.as_str()).build() else {
            return Answer::refuse(400, "invalid", "Bad Request");
        };
        let mut request = Request::new(Full::new(call.body.clone()));
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = uri;
        for (name, value) in &call.headers {
            let is_hop = ["connection", "transfer-encoding", "content-length", "accept-encoding"]
                .contains(&name.as_str());
            if !is_hop && name != HOST {
                request.headers_mut().append(name, value.clone());
            }
        }
        if let Ok(host) = call.host.parse() {
            request.headers_mut().insert(HOST, host);
        }
        let response = match self.client.request(request).await {
            Ok(response) => response,
            Err(error) => return Answer::refuse(502, "backendError", &error.to_string()),
        };
        let status = response.status().as_u16();
        let headers = response.headers().iter().filter(|(name, _)| {
            !["connection", "transfer-encoding", "content-length"].contains(&name.as_str())
        });
        let headers = headers
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect();
        match response.into_body().collect().await {
            Ok(body) => Answer { status, headers, body: body.to_bytes() },
            Err(error) => Answer::refuse(502, "backendError", &error.to_string()),
        }
    }

    /// The content of an object, if it is there.
    pub(crate) async fn read(&self, bucket: &str, name: &str) -> Option<Bytes> {
        let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        let uri = format!("/storage/v1/b/{bucket}/o/{name}?alt=media").parse().ok()?;
        let call = Call::new(
            "storage.googleapis.com",
            http::Method::GET,
            &uri,
            http::HeaderMap::new(),
            Bytes::new(),
        );
        let answer = self.ask(&call).await;
        (answer.status == 200).then_some(answer.body)
    }
}
