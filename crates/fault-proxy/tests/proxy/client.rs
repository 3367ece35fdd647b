//! A client that says what it got, and how far.

use bytes::Bytes;
use fault_proxy::{Plan, Proxy, Rule};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client as Hyper, connect::HttpConnector},
    rt::TokioExecutor,
};

use crate::store::Store;

/// What came of a request.
#[derive(Debug, Default)]
pub(crate) struct Got {
    /// None if no answer came.
    pub(crate) status: Option<u16>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether the answer was cut.
    pub(crate) cut: bool,
}

/// A store, a proxy in front of it, and a client.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) proxy: Proxy,
    client: Hyper<HttpConnector, Full<Bytes>>,
}

impl Bench {
    pub(crate) async fn of(plan: Plan) -> Self {
        let store = Store::start().await;
        let proxy = Proxy::start(&store.url, plan).await.unwrap();
        let client = Hyper::builder(TokioExecutor::new()).build_http();
        Self { store, proxy, client }
    }

    pub(crate) async fn rule(rule: Rule) -> Self {
        Self::of(Plan::of([rule])).await
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.send("GET", path, &[], "").await
    }

    pub(crate) async fn put(&self, path: &str, body: impl Into<Bytes>) -> Got {
        self.send("PUT", path, &[], body).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Got {
        let uri = format!("{}{path}", self.proxy.url());
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).unwrap();
        let Ok(response) = self.client.request(request).await else { return Got::default() };
        let (head, mut body) = response.into_parts();
        let mut got =
            Got { status: Some(head.status.as_u16()), headers: head.headers, ..Got::default() };
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => got.body.extend(frame.into_data().unwrap_or_default()),
                Err(_) => got.cut = true,
            }
            if got.cut {
                break;
            }
        }
        got
    }
}
