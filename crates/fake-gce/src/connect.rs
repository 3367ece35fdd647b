//! The proxy: who is played, who is led through, who is refused.

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn, upgrade};
use hyper_util::rt::TokioIo;
use tokio::{io::copy_bidirectional, net::TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::{
    admin,
    answer::Answer,
    hosts::Host,
    log::Ticket,
    serve::{Cut, response, serve},
    shared::Shared,
};

/// The port of everything that is played or led through.
const HTTPS: u16 = 443;

/// Answers what is asked of the proxy itself.
pub(crate) async fn proxy(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let host = request.uri().host().unwrap_or_default().to_owned();
    if request.method() != Method::CONNECT {
        if host.is_empty() {
            return admin::serve(&shared, request).await;
        }
        let path = request.uri().path().to_owned();
        let ticket = shared.log.arrived(request.method().as_str(), &host, &path, None);
        return Ok(refuse(&ticket, &host));
    }
    let port = request.uri().port_u16().unwrap_or(HTTPS);
    if let Some(played) = Host::named(&host).filter(|_| port == HTTPS) {
        let Ok(server) = shared.authority.server(&host) else { return Err(Cut) };
        tokio::spawn(async move {
            let Ok(stream) = upgrade::on(request).await else { return };
            let accepting = TlsAcceptor::from(server).accept(TokioIo::new(stream));
            let Ok(stream) = accepting.await else { return };
            let service = service_fn(move |request| {
                let (shared, host) = (shared.clone(), host.clone());
                async move { serve(shared, played, &host, request).await }
            });
            // An error is a cut, or a client that left.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
        return Ok(Response::default());
    }
    let ticket = shared.log.arrived("CONNECT", &host, &format!("{host}:{port}"), None);
    let tunnel = shared.tunnels().get(&host).copied().filter(|_| port == HTTPS);
    match tunnel {
        Some(address) => lead(request, address, ticket).await,
        // The address is there, and nobody answers: a machine that is not up yet.
        None if port == HTTPS && shared.is_api_address(&host) => {
            ticket.status(502);
            Ok(response(Answer::text(502, "no route to host\n")))
        }
        None => Ok(refuse(&ticket, &host)),
    }
}

fn refuse(ticket: &Ticket, host: &str) -> Response<Full<Bytes>> {
    /// As if there were no such host.
    const STATUS: u16 = 404;
    ticket.refused(STATUS);
    response(Answer::text(STATUS, format!("fake-gce does not play `{host}`\n")))
}

/// Leads bytes through to an API server.
async fn lead(
    request: Request<Incoming>,
    address: SocketAddr,
    ticket: Ticket,
) -> Result<Response<Full<Bytes>>, Cut> {
    let Ok(mut server) = TcpStream::connect(address).await else {
        ticket.status(502);
        return Ok(response(Answer::text(502, "connection refused\n")));
    };
    ticket.status(200);
    tokio::spawn(async move {
        if let Ok(client) = upgrade::on(request).await {
            // Either side may leave at any time.
            let _ = copy_bidirectional(&mut TokioIo::new(client), &mut server).await;
        }
    });
    Ok(Response::default())
}
