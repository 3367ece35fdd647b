//! The daemons of a cluster: what each is started with, and how it is asked whether it is ready.

use std::path::PathBuf;

use run_record::{Kind, Resource, State};
use scenario::Scenario;

use crate::{control_plane, kwok, ports::Ports, private::Private, prometheus};

/// A daemon of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Component {
    Etcd,
    Tunnel,
    Api,
    Scheduler,
    ControllerManager,
    Kwok,
    Prometheus,
}

/// How a daemon is asked whether it is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    /// HTTPS on this port, answered by the certificate of the run.
    Https(u16, &'static str),
    /// HTTP on this port.
    Http(u16, &'static str),
    /// It listens on this socket.
    Socket(PathBuf),
}

impl Component {
    /// In the order in which they are started: the first three need nobody.
    pub(crate) const ALL: [Self; 7] = [
        Self::Etcd,
        Self::Tunnel,
        Self::Api,
        Self::ControllerManager,
        Self::Scheduler,
        Self::Kwok,
        Self::Prometheus,
    ];

    /// What is started first. The rest ask the API server as soon as they start, and some give up
    /// when it does not answer.
    pub(crate) const FIRST: usize = 3;

    /// Its name in the ledger, in logs and in the toolbox.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::Tunnel => "tunnel",
            Self::Api => "kube-apiserver",
            Self::Scheduler => "kube-scheduler",
            Self::ControllerManager => "kube-controller-manager",
            Self::Kwok => "kwok",
            Self::Prometheus => "prometheus",
        }
    }

    /// The daemon of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|component| component.name() == name)
    }

    fn ports(self, ports: Ports) -> Vec<u16> {
        match self {
            Self::Etcd => vec![ports.etcd, ports.etcd_peer],
            Self::Tunnel => Vec::new(),
            Self::Api => vec![ports.api],
            Self::Scheduler => vec![ports.scheduler],
            Self::ControllerManager => vec![ports.controllers],
            Self::Kwok => vec![ports.kwok],
            Self::Prometheus => vec![ports.prometheus],
        }
    }

    /// What the ledger says of it before it is started.
    pub(crate) fn planned(self, private: &Private, ports: Ports) -> Resource {
        Resource {
            kind: Kind::Process,
            name: self.name().into(),
            state: State::Planned,
            process: None,
            ports: self.ports(ports),
            path: match self {
                Self::Etcd | Self::Prometheus => Some(private.data(self.name())),
                Self::Tunnel => Some(private.tunnel()),
                _ => None,
            },
        }
    }

    /// What it is started with.
    pub(crate) fn args(self, private: &Private, ports: Ports, scenario: &Scenario) -> Vec<String> {
        match self {
            Self::Etcd => control_plane::etcd(private, ports, scenario),
            Self::Tunnel => vec![
                "tunnel".into(),
                format!("--socket={}", private.tunnel().display()),
                format!("--prometheus={}", ports.prometheus),
            ],
            Self::Api => control_plane::api(private, ports),
            Self::Scheduler => control_plane::scheduler(private, ports),
            Self::ControllerManager => control_plane::controller_manager(private, ports),
            Self::Kwok => kwok::args(private, ports),
            Self::Prometheus => prometheus::args(private, ports),
        }
    }

    /// How it is asked whether it is ready, by what the ledger knows of it.
    pub(crate) fn probe(self, resource: &Resource) -> Option<Probe> {
        let port = resource.ports.first().copied();
        Some(match self {
            Self::Etcd => Probe::Http(port?, "/readyz"),
            Self::Tunnel => Probe::Socket(resource.path.clone()?),
            Self::Api => Probe::Https(port?, "/readyz"),
            Self::Scheduler | Self::ControllerManager => Probe::Https(port?, "/healthz"),
            Self::Kwok => Probe::Http(port?, "/healthz"),
            Self::Prometheus => Probe::Http(port?, "/-/ready"),
        })
    }
}
