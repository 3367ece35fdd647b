//! The proxy: listens, and forgets its connections when it is dropped.

use std::{
    io::{self, Write},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use http::uri::Authority;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpSocket},
    task::{JoinHandle, JoinSet},
    time::sleep,
};

use crate::{
    forward::Store,
    log::{Entry, Log},
    plan::Plan,
    serve::serve,
    shared::Shared,
};

/// Why there is no proxy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// The store cannot be there.
    #[error("`{0}` is no address of a store (hint: `http://127.0.0.1:4443`)")]
    Upstream(String),
    /// It cannot listen.
    #[error("failed to listen on `{address}`")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// A proxy in front of a store. It is gone, with its connections, when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port of this machine, in front of the store at `upstream`, an address as
    /// `http://127.0.0.1:4443`.
    ///
    /// # Errors
    /// The address is none, or it cannot listen.
    pub async fn start(upstream: &str, plan: Plan) -> Result<Self, ProxyError> {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        Self::listen(address, upstream, plan, None).await
    }

    /// Listens on `address`; each request becomes a line of JSON in `log` when it is over.
    ///
    /// # Errors
    /// The address of the store is none, or it cannot listen.
    pub async fn listen(
        address: SocketAddr,
        upstream: &str,
        plan: Plan,
        log: Option<Box<dyn Write + Send>>,
    ) -> Result<Self, ProxyError> {
        let store = upstream.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let store = store.and_then(|store| store.parse::<Authority>().ok());
        let store = store.ok_or_else(|| ProxyError::Upstream(upstream.into()))?;
        let failed = |source| ProxyError::Listen { address, source };
        let listener = bind(address).map_err(failed)?;
        let own = listener.local_addr().map_err(failed)?.to_string();
        let own = own.parse().map_err(|_| failed(io::ErrorKind::AddrNotAvailable.into()))?;
        let shared = Arc::new(Shared::new(Store::new(store, own), Log::new(log), plan));
        let accepting = tokio::spawn(accept(listener, shared.clone()));
        Ok(Self { shared, accepting })
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.shared.store.own())
    }

    /// Puts another plan in the place of the one it has; what the rules counted is forgotten.
    pub fn set_plan(&self, plan: Plan) {
        self.shared.set_plan(plan);
    }

    /// Every request so far, in the order of arrival.
    #[must_use]
    pub fn log(&self) -> Vec<Entry> {
        self.shared.log.entries()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Listens with small buffers: else the system takes megabytes of a body that is to pass slowly.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    /// Bytes that the system takes before they are read.
    const BUFFER: u32 = 128 * 1024;
    /// Connections that wait to be accepted.
    const WAITING: u32 = 1024;
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.set_recv_buffer_size(BUFFER)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// Pause after a connection could not be accepted, so that a lack of descriptors is no busy loop.
const RECOVERY: Duration = Duration::from_millis(10);

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // What cannot be accepted is gone, or descriptors are short: the next may be well.
                let Ok((stream, _)) = accepted else {
                    sleep(RECOVERY).await;
                    continue;
                };
                let _ = stream.set_nodelay(true);
                let shared = shared.clone();
                connections.spawn(async move {
                    let service = service_fn(move |request| serve(shared.clone(), request));
                    let serving = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                    // An error is a cut, or a client that left.
                    let _ = serving.await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
