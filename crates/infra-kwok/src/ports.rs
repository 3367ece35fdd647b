//! Free ports on loopback.

use std::{
    io,
    net::{Ipv4Addr, TcpListener, TcpStream},
};

/// The ports of a control plane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) etcd: u16,
    pub(crate) etcd_peer: u16,
    pub(crate) api: u16,
    pub(crate) controllers: u16,
    pub(crate) scheduler: u16,
    pub(crate) kwok: u16,
    pub(crate) prometheus: u16,
}

impl Ports {
    /// Ports that nobody listens on. All are held until all are known, so that they differ; another
    /// program may still take one before ours does, which the caller must expect.
    pub(crate) fn free() -> io::Result<Self> {
        let held: Vec<TcpListener> = (0..7)
            .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .collect::<io::Result<_>>()?;
        let ports: Vec<u16> = held
            .iter()
            .map(|listener| Ok(listener.local_addr()?.port()))
            .collect::<io::Result<_>>()?;
        let [etcd, etcd_peer, api, controllers, scheduler, kwok, prometheus] = ports[..] else {
            return Err(io::Error::other("the system gave too few ports"));
        };
        Ok(Self { etcd, etcd_peer, api, controllers, scheduler, kwok, prometheus })
    }
}

/// Whether anybody listens on `port`.
pub(crate) fn is_taken(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ_and_are_free() {
        let ports = Ports::free().unwrap();

        let mut all = vec![
            ports.etcd,
            ports.etcd_peer,
            ports.api,
            ports.controllers,
            ports.scheduler,
            ports.kwok,
            ports.prometheus,
        ];
        assert!(all.iter().all(|port| !is_taken(*port)));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 7);
    }
}
