//! A store that keeps what it is sent.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::LOCATION};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// What it says of every object that it keeps.
pub(crate) const KEPT: &str = r#"{"crc32c":"4waSgw=="}"#;

/// A store that keeps what it is sent. It ends with the runtime of the test.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) url: String,
    kept: Arc<Mutex<BTreeMap<String, Bytes>>>,
}

impl Store {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let store = Self { url, kept: Arc::default() };
        let serving = store.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let store = serving.clone();
                let service = service_fn(move |request| serve(store.clone(), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        store
    }

    /// Keeps an object.
    pub(crate) fn keep(&self, path: &str, bytes: impl Into<Bytes>) {
        self.kept.lock().unwrap().insert(path.into(), bytes.into());
    }

    /// The object at `path`.
    pub(crate) fn kept(&self, path: &str) -> Option<Bytes> {
        self.kept.lock().unwrap().get(path).cloned()
    }
}

async fn serve(
    store: Store,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let path = head.uri.to_string();
    let mut response = Response::new(Full::default());
    if head.method == "POST" && path.contains("uploadType=resumable") {
        let host = head.headers["host"].to_str().unwrap();
        let location = format!("http://{host}{path}&upload_id=7");
        response.headers_mut().insert(LOCATION, location.parse().unwrap());
    } else if head.method == "GET" {
        match store.kept(&path) {
            Some(bytes) => {
                response.headers_mut().insert("x-goog-hash", "crc32c=4waSgw==".parse().unwrap());
                *response.body_mut() = bytes.into();
            }
            None => *response.status_mut() = StatusCode::NOT_FOUND,
        }
    } else {
        store.keep(&path, body);
        *response.body_mut() = KEPT.into();
    }
    Ok(response)
}
