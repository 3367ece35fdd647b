//! Free ports on loopback.

use std::{
    fs, io,
    net::{Ipv4Addr, TcpListener, TcpStream},
    ops::Range,
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

/// Ports that are tried for one that is free, before the system is asked for any.
const TRIES: usize = 100;

/// How many ports below those of outgoing connections are ours to choose from: enough that two runs
/// which start together seldom meet, and well above the ports of known services.
const CHOICE: u16 = 12_000;

impl Ports {
    /// Ports that nobody listens on. All are held until all are known, so that they differ; another
    /// program may still take one before ours does, which the caller must expect.
    pub(crate) fn free() -> io::Result<Self> {
        let range = choice(&fs::read_to_string(OUTGOING).unwrap_or_default());
        let held: Vec<TcpListener> = (0..7).map(|_| hold(&range)).collect::<io::Result<_>>()?;
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

/// Which ports the system gives to outgoing connections. The port that the system itself would
/// give for listening is one of them, and the many connections of a starting API server would
/// take it now and then before its owner is started.
const OUTGOING: &str = "/proc/sys/net/ipv4/ip_local_port_range";

/// The ports just below those of outgoing connections; none if there is no room.
fn choice(outgoing: &str) -> Option<Range<u16>> {
    let first: u16 = outgoing.split_whitespace().next()?.parse().ok()?;
    let lowest = first.checked_sub(CHOICE).filter(|lowest| *lowest >= CHOICE)?;
    Some(lowest..first)
}

fn hold(range: &Option<Range<u16>>) -> io::Result<TcpListener> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let chosen = range
        .iter()
        .flat_map(|range| std::iter::repeat_with(|| rand::random_range(range.clone())).take(TRIES));
    chosen.map(bind).find_map(Result::ok).map_or_else(|| bind(0), Ok)
}

/// Whether anybody listens on `port`.
pub(crate) fn is_taken(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_outgoing_connections_are_left_to_them() {
        assert_eq!(choice("32768\t60999\n"), Some(20_768..32_768));
        assert_eq!(choice("1024\t65535\n"), None);
        assert_eq!(choice(""), None);
    }

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
