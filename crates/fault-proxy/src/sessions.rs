//! Resumable uploads as Google keeps them, for emulators that cannot continue one.
//!
//! fake-gcs-server takes the question how much is there for the end of the upload, and appends
//! bytes wherever they belong. So the proxy keeps the bytes, and the store gets them at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex as StdMutex, PoisonError},
};

use http::{
    HeaderValue, Request, Response, StatusCode, Uri,
    header::{CONTENT_LENGTH, CONTENT_RANGE, LOCATION, RANGE},
};
use tokio::sync::Mutex;

use crate::{
    answer::refuse,
    body::{Body, BoxError, whole},
    forward::Store,
    log::Ticket,
    session::{ContentRange, Finished, Session},
    sums::read,
};

/// The resumable uploads that were begun, by their id.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    begun: StdMutex<HashMap<String, Arc<Mutex<Session>>>>,
}

impl Sessions {
    /// Remembers the upload that the store has just begun.
    pub(crate) fn begin(&self, response: &Response<Body>) -> Result<(), BoxError> {
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let Some(uri) = location.and_then(|location| location.parse::<Uri>().ok()) else {
            return Ok(());
        };
        if let (Some(id), Some(address)) = (id(&uri), uri.path_and_query()) {
            let session = Arc::new(Mutex::new(Session::new(address.to_string())?));
            self.begun.lock().unwrap_or_else(PoisonError::into_inner).insert(id, session);
        }
        Ok(())
    }

    /// The upload that a request belongs to.
    pub(crate) fn of(&self, uri: &Uri) -> Option<Arc<Mutex<Session>>> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.get(&id(uri)?).cloned()
    }
}

fn id(uri: &Uri) -> Option<String> {
    let mut pairs = uri.query()?.split('&');
    pairs.find_map(|pair| pair.strip_prefix("upload_id=")).map(Into::into)
}

/// Does what a request asks of an upload.
pub(crate) async fn serve(
    session: &Mutex<Session>,
    request: Request<Body>,
    store: &Store,
    ticket: &Ticket,
) -> Result<Response<Body>, BoxError> {
    let mut session = session.lock().await;
    if let Some(finished) = &session.finished {
        return Ok(again(finished));
    }
    let (head, body) = request.into_parts();
    let range = head.headers.get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
    let Some(range) = ContentRange::of(range) else {
        return Ok(refuse(StatusCode::BAD_REQUEST, "Failed to parse Content-Range header."));
    };
    let at_end = match range.start {
        Some(start) if start > session.received => {
            return Ok(refuse(StatusCode::BAD_REQUEST, "Bytes before these are missing."));
        }
        Some(start) => {
            session.take(start, body).await?;
            match (range.total, range.last) {
                (Some(total), _) => session.received == total,
                (None, last) => last.is_none(),
            }
        }
        None => range.total == Some(session.received),
    };
    if !at_end {
        return Ok(incomplete(session.received));
    }
    let bytes = session.bytes().await?;
    let mut request = Request::from_parts(head, bytes);
    *request.uri_mut() = session.address.parse()?;
    request.headers_mut().remove(CONTENT_RANGE);
    request.headers_mut().insert(CONTENT_LENGTH, session.received.into());
    let (head, body) = store.ask(request, ticket).await?.into_parts();
    let mut headers = head.headers;
    headers.remove(CONTENT_LENGTH);
    let finished = (head.status, headers, read(body).await?);
    let answer = again(&finished);
    if !head.status.is_server_error() {
        session.finished = Some(finished);
    }
    Ok(answer)
}

fn again((status, headers, body): &Finished) -> Response<Body> {
    let mut response = Response::new(whole(body.clone()));
    *response.status_mut() = *status;
    *response.headers_mut() = headers.clone();
    response
}

/// Says how much is there.
fn incomplete(received: u64) -> Response<Body> {
    let mut response = Response::new(whole(""));
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    if let Some(last) = received.checked_sub(1)
        && let Ok(range) = HeaderValue::try_from(format!("bytes=0-{last}"))
    {
        response.headers_mut().insert(RANGE, range);
    }
    response
}
