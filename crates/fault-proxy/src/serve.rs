//! What becomes of one request.

use std::{future::pending, sync::Arc, time::Duration};

use http::{HeaderValue, Request, Response, header::CONTENT_LENGTH};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use tokio::time::{sleep, timeout};

use crate::{
    answer::planned,
    body::{Body, BoxError, Cut, Passage, pass, whole},
    fault::Fault,
    kind::Kind,
    log::Ticket,
    pages, sessions,
    shared::Shared,
    sums::falsify,
};

/// Answers a request as the plan says; an error cuts the connection.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Body>, BoxError> {
    let (method, uri) = (request.method(), request.uri());
    let kind = Kind::of(method, uri, request.headers());
    let ticket = Arc::new(shared.log.arrived(kind, method, uri));
    let fault = shared.choose(kind, method, uri);
    if let Some(fault) = &fault {
        ticket.fault(fault);
    }

    let request = incoming(request, fault.as_ref(), &ticket)?;
    match &fault {
        Some(Fault::Hang) => return pending().await,
        Some(Fault::Delay { ms }) => sleep(Duration::from_millis(*ms)).await,
        Some(Fault::Answer(answer)) => {
            // A client that still sends when the connection closes may never see the answer.
            drain(request.into_body()).await?;
            return Ok(outgoing(planned(answer), None, ticket));
        }
        _ => {}
    }
    let response = answer(shared, kind, request, &ticket).await?;
    let response = match &fault {
        Some(Fault::LoseAnswer) => {
            drain(response.into_body()).await?;
            return Err(Cut.into());
        }
        Some(Fault::WrongChecksum) => falsify(response).await?,
        Some(Fault::Hold { answers, at_most_ms }) => {
            let _ = timeout(Duration::from_millis(*at_most_ms), ticket.let_pass(*answers)).await;
            response
        }
        _ => response,
    };
    Ok(outgoing(response, fault.as_ref(), ticket))
}

/// The answer of whoever is asked.
async fn answer(
    shared: Arc<Shared>,
    kind: Kind,
    mut request: Request<Body>,
    ticket: &Ticket,
) -> Result<Response<Body>, BoxError> {
    let plan = shared.plan();
    if kind == Kind::Token {
        drain(request.into_body()).await?;
        return Ok(shared.issued.issue(plan.tokens));
    }
    if plan.tokens.is_some()
        && let Some(refusal) = shared.issued.check(request.headers())
    {
        drain(request.into_body()).await?;
        return Ok(refusal);
    }
    match (kind, plan.pages) {
        (Kind::List, Some(sized)) => {
            let wanted = pages::take(&mut request, sized)?;
            let listing = shared.store.ask(request, ticket).await?;
            pages::page(listing, sized, &wanted).await
        }
        (Kind::Begin, _) => {
            let begun = shared.store.ask(request, ticket).await?;
            shared.sessions.begin(&begun)?;
            Ok(begun)
        }
        (Kind::Part | Kind::Status, _) => match shared.sessions.of(request.uri()) {
            Some(session) => sessions::serve(&session, request, &shared.store, ticket).await,
            None => Ok(shared.store.ask(request, ticket).await?),
        },
        _ => Ok(shared.store.ask(request, ticket).await?),
    }
}

/// The request with its body as the fault lets it through.
fn incoming(
    request: Request<Incoming>,
    fault: Option<&Fault>,
    ticket: &Arc<Ticket>,
) -> Result<Request<Body>, Cut> {
    let passage = match fault {
        Some(Fault::CutRequest { after }) => {
            if *after == 0 || request.body().is_end_stream() {
                return Err(Cut);
            }
            Passage { cut: Some(*after), ..Passage::default() }
        }
        Some(Fault::Throttle { bytes_per_second }) => {
            Passage { rate: Some(*bytes_per_second), ..Passage::default() }
        }
        _ => Passage::default(),
    };
    let ticket = ticket.clone();
    Ok(request.map(|body| match body.is_end_stream() {
        true => whole(""),
        false => pass(body, passage, move |bytes| ticket.came(bytes)),
    }))
}

/// The answer with its body as the fault lets it through.
fn outgoing(
    mut response: Response<Body>,
    fault: Option<&Fault>,
    ticket: Arc<Ticket>,
) -> Response<Body> {
    let passage = match fault {
        Some(Fault::CutAnswer { after }) => Passage { cut: Some(*after), ..Passage::default() },
        Some(Fault::FlipByte { at }) => Passage { flip: Some(*at), ..Passage::default() },
        Some(Fault::Throttle { bytes_per_second }) => {
            Passage { rate: Some(*bytes_per_second), ..Passage::default() }
        }
        _ => Passage::default(),
    };
    ticket.answer(response.status().as_u16());
    let size = response.body().size_hint().exact();
    if let Some(size) = size
        && !response.headers().contains_key(CONTENT_LENGTH)
    {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(size));
    }
    if size == Some(0) && passage.cut.is_none() {
        return response;
    }
    response.map(|body| pass(body, passage, move |bytes| ticket.went(bytes)))
}

/// Reads a body that nobody wants, to its end.
async fn drain(mut body: Body) -> Result<(), BoxError> {
    while let Some(frame) = body.frame().await {
        frame?;
    }
    Ok(())
}
