//! What becomes of one request.

use std::{
    fs,
    future::pending,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

use crate::{
    accounts,
    answer::{Answer, Answered},
    call::Call,
    compute,
    fault::{Fault, Moment, SignalName},
    files,
    hosts::Host,
    log::Ticket,
    operation::OperationError,
    projects,
    shared::Shared,
    storage, tokens,
};

/// The connection is cut on purpose, or its client left.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut")]
pub(crate) struct Cut;

/// How long the verb `wait` of operations waits at most, as Google does.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Answers a request to one of the hosts that the fake plays; an error cuts the connection.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    host: Host,
    name: &str,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let call = Call::new(name, head.method, &head.uri, head.headers, body);
    let class = call.class();
    let ticket = shared.log.arrived(call.method.as_str(), name, &call.target, Some(class));
    let fault = shared.chooser().choose(&call);
    if let Some(fault) = &fault {
        ticket.fault(fault.to_string());
    }
    let answer = match &fault {
        Some(Fault::Answer { status, reason, message, retry_after }) => {
            let answer = refusal(*status, reason.as_deref(), message.as_deref());
            match retry_after {
                Some(seconds) => answer.with("retry-after", &seconds.to_string()),
                None => answer,
            }
        }
        Some(Fault::Hang) => return pending().await,
        Some(Fault::CutBefore) => return Err(Cut),
        Some(Fault::CutAfter) => {
            perform(&shared, host, &call, None).await;
            return Err(Cut);
        }
        Some(Fault::Delay { ms }) => {
            sleep(Duration::from_millis(*ms)).await;
            perform(&shared, host, &call, None).await
        }
        Some(Fault::Operation { code, message }) => {
            let failing = OperationError::new(code, message.as_deref());
            perform(&shared, host, &call, Some(&failing)).await
        }
        Some(Fault::Signal { pid_file, signal, at: Moment::Before }) => {
            send(&ticket, pid_file, *signal);
            if *signal == SignalName::Kill {
                return Err(Cut);
            }
            perform(&shared, host, &call, None).await
        }
        Some(Fault::Signal { pid_file, signal, at: Moment::After }) => {
            let answer = perform(&shared, host, &call, None).await;
            send(&ticket, pid_file, *signal);
            if *signal == SignalName::Kill {
                return Err(Cut);
            }
            answer
        }
        None => perform(&shared, host, &call, None).await,
    };
    ticket.status(answer.status);
    Ok(response(answer))
}

/// Does what a request asks.
async fn perform(
    shared: &Shared,
    host: Host,
    call: &Call,
    failing: Option<&OperationError>,
) -> Answer {
    let expired = shared.world().plan.expired_credential;
    let path = call.segments.first().map_or("", String::as_str);
    let needs_token = match host {
        Host::Compute | Host::Iam | Host::ResourceManager => true,
        Host::Www => path == "compute",
        Host::Storage => !storage::is_public(call),
        Host::Tokens | Host::Files | Host::Registry => false,
    };
    if needs_token && let Err(refused) = tokens::check(call, expired) {
        return refused;
    }
    let answered: Answered = match (host, path) {
        (Host::Compute, _) | (Host::Www, "compute") => {
            return compute_engine(shared, call, failing).await;
        }
        (Host::Storage, _) | (Host::Www, "storage" | "upload" | "download") => {
            return match &shared.emulator {
                Some(emulator) if !storage::is_policy(call) => emulator.ask(call).await,
                _ => storage::serve(&mut shared.world(), call).unwrap_or_else(|refused| refused),
            };
        }
        (Host::Iam, _) => accounts::serve(&mut shared.world(), call),
        (Host::ResourceManager, _) => projects::serve(&mut shared.world(), call),
        (Host::Tokens, "token") => Ok(tokens::issue(expired)),
        (Host::Tokens, "tokeninfo") | (Host::Www, "oauth2") if !expired => Ok(tokens::info()),
        (Host::Files, _) => files::serve(call),
        _ => Err(Answer::text(404, "not found\n")),
    };
    answered.unwrap_or_else(|refused| refused)
}

async fn compute_engine(shared: &Shared, call: &Call, failing: Option<&OperationError>) -> Answer {
    if let [.., "operations", name, "wait"] = call.parts()[..] {
        let left = {
            let world = shared.world();
            let done_at = world.operations.get(name).map(|operation| operation.done_at);
            done_at.map(|done_at| done_at.saturating_duration_since(Instant::now()))
        };
        sleep(left.unwrap_or_default().min(LONGEST_WAIT)).await;
    }
    let mut world = shared.world();
    let now = Instant::now();
    compute::settle(&mut world, now);
    compute::serve(&mut world, call, failing, now).unwrap_or_else(|refused| refused)
}

/// A refusal by plan, in Google's words.
fn refusal(status: u16, reason: Option<&str>, message: Option<&str>) -> Answer {
    let (usual_reason, usual_message) = match status {
        401 => return Answer::unauthorized(),
        403 => ("forbidden", "Required permission is missing."),
        404 => ("notFound", "The resource was not found"),
        409 => ("conflict", "The request conflicts with another one."),
        412 => ("conditionNotMet", "A condition does not hold."),
        429 => ("rateLimitExceeded", "Rate Limit Exceeded"),
        500 => ("internalError", "Internal Error"),
        503 => ("backendError", "Backend Error"),
        _ => ("invalid", "Bad Request"),
    };
    Answer::refuse(status, reason.unwrap_or(usual_reason), message.unwrap_or(usual_message))
}

/// Sends a signal to the process of a file, and notes if there is none.
fn send(ticket: &Ticket, file: &std::path::Path, signal: SignalName) {
    let text = fs::read_to_string(file).unwrap_or_default();
    let process = text.trim().parse().ok().and_then(Pid::from_raw);
    let number = match signal {
        SignalName::Kill => Signal::KILL,
        SignalName::Interrupt => Signal::INT,
        SignalName::Terminate => Signal::TERM,
    };
    let sent = process.is_some_and(|process| kill_process(process, number).is_ok());
    if !sent {
        ticket.fault(format!("{signal:?}: no process in `{}`", file.display()));
    }
}

/// The answer as it is sent.
pub(crate) fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
