//! Asks the store.

use http::{
    HeaderValue, Request, Response, StatusCode, Uri,
    header::{CONNECTION, HOST, LOCATION, TRANSFER_ENCODING, UPGRADE},
    uri::{Authority, PathAndQuery, Scheme},
};
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use crate::{
    answer::refuse,
    body::{Body, Cut},
    log::Ticket,
};

/// The way to the store.
#[derive(Debug)]
pub(crate) struct Store {
    client: Client<HttpConnector, Body>,
    /// Where the store is.
    upstream: Authority,
    /// Where the proxy is.
    own: Authority,
}

impl Store {
    /// The store at `upstream`, behind the proxy at `own`.
    pub(crate) fn new(upstream: Authority, own: Authority) -> Self {
        let mut connector = HttpConnector::new();
        // Head and body go out as two small packets: without it, the second one waits 40 ms for the
        // answer to the first.
        connector.set_nodelay(true);
        Self { client: Client::builder(TokioExecutor::new()).build(connector), upstream, own }
    }

    /// Where the proxy is.
    pub(crate) fn own(&self) -> &Authority {
        &self.own
    }

    /// Asks the store. What cannot be asked is answered as a gateway does, unless it was cut on
    /// purpose.
    pub(crate) async fn ask(
        &self,
        mut request: Request<Body>,
        ticket: &Ticket,
    ) -> Result<Response<Body>, Cut> {
        let address = request.uri().path_and_query().cloned();
        let address = address.unwrap_or_else(|| PathAndQuery::from_static("/"));
        let uri = Uri::builder().scheme(Scheme::HTTP).authority(self.upstream.clone());
        *request.uri_mut() = uri.path_and_query(address).build().unwrap_or_default();
        let headers = request.headers_mut();
        for name in [CONNECTION, TRANSFER_ENCODING, UPGRADE] {
            headers.remove(name);
        }
        // The store builds the address of a resumable upload from it: it is to lead back here.
        if let Ok(own) = HeaderValue::try_from(self.own.as_str()) {
            headers.insert(HOST, own);
        }
        let mut response = match self.client.request(request).await {
            Ok(response) => response.map(|body| body.map_err(Into::into).boxed_unsync()),
            Err(error) if is_cut(&error) => return Err(Cut),
            Err(error) => return Ok(refuse(StatusCode::BAD_GATEWAY, &error.to_string())),
        };
        ticket.store(response.status().as_u16());
        for name in [CONNECTION, TRANSFER_ENCODING] {
            response.headers_mut().remove(name);
        }
        self.lead_back(&mut response);
        Ok(response)
    }

    /// Makes an address of the store one of the proxy.
    fn lead_back(&self, response: &mut Response<Body>) {
        let theirs = format!("http://{}", self.upstream);
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let Some(rest) = location.and_then(|location| location.strip_prefix(&theirs)) else {
            return;
        };
        if let Ok(ours) = HeaderValue::try_from(format!("http://{}{rest}", self.own)) {
            response.headers_mut().insert(LOCATION, ours);
        }
    }
}

/// Whether the cause of an error is that the plan cut something.
fn is_cut(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.any(<dyn std::error::Error>::is::<Cut>)
}
