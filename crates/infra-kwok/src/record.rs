//! What `infra-kwok` found or made.

use std::{fmt, path::PathBuf, time::Duration};

use run_record::{Class, Ledger, Outcome, Plan, Resource};
use serde::Serialize;
use stage::Reason;

/// What `infra-kwok` found or made.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Record {
    /// The control plane.
    Created(Created),
    /// The way to sign in.
    Connected(Connected),
    /// The worker nodes.
    NodesAdded(NodesAdded),
    /// That the cluster is as it should be.
    Validated(Validated),
    /// What there is of the cluster.
    Described(Described),
    /// That nothing is left, or what is.
    Deleted(Deleted),
    /// What dead runs had left.
    Reaped(Reaped),
    /// The tunnel was asked to stop.
    Stopped,
}

/// A control plane.
#[derive(Clone, Debug, Serialize)]
pub struct Created {
    /// Name of the cluster.
    pub cluster: String,
    /// Whether it was made now; else it was there already.
    pub new: bool,
    /// Seconds from the start of the step to ready.
    pub seconds: f64,
    /// Port of the API server on loopback.
    pub api: Option<u16>,
    /// Port of Prometheus on loopback.
    pub prometheus: Option<u16>,
}

impl Created {
    pub(crate) fn of(plan: &Plan, ledger: &Ledger, took: Duration, new: bool) -> Self {
        Self {
            cluster: plan.cluster.clone(),
            new,
            seconds: took.as_secs_f64(),
            api: port(ledger, "kube-apiserver"),
            prometheus: port(ledger, "prometheus"),
        }
    }
}

/// First port of a daemon.
pub(crate) fn port(ledger: &Ledger, name: &str) -> Option<u16> {
    ledger.resources.iter().find(|resource| resource.name == name)?.ports.first().copied()
}

/// The way to sign in.
#[derive(Clone, Debug, Serialize)]
pub struct Connected {
    /// The kubeconfig.
    pub kubeconfig: PathBuf,
}

/// Worker nodes that are ready.
#[derive(Clone, Debug, Serialize)]
pub struct NodesAdded {
    /// How many.
    pub nodes: usize,
    /// Seconds until all were ready.
    pub seconds: f64,
}

/// A cluster that is as it should be.
#[derive(Clone, Debug, Serialize)]
pub struct Validated {
    /// Daemons that are ready.
    pub daemons: usize,
    /// Worker nodes that are ready.
    pub nodes: usize,
}

/// What there is of a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Described {
    /// Name of the cluster.
    pub cluster: String,
    /// `up`, `gone since ...`, `never made` or what is wrong.
    pub state: String,
    /// How to use it, one command a line.
    pub how: Vec<String>,
    /// What the ledger says.
    pub resources: Vec<DescribedResource>,
}

/// A resource, and whether it is there now.
#[derive(Clone, Debug, Serialize)]
pub struct DescribedResource {
    /// What the ledger says.
    #[serde(flatten)]
    pub resource: Resource,
    /// Whether it is there now.
    pub alive: bool,
}

/// That nothing is left.
#[derive(Clone, Debug, Serialize)]
pub struct Deleted {
    /// Name of the cluster.
    pub cluster: String,
    /// What was there before.
    pub removed: Vec<String>,
}

/// What dead runs had left.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Reaped {
    /// Runs that were cleared.
    pub cleared: Vec<String>,
    /// Runs that were spared, with the reason.
    pub spared: Vec<String>,
    /// What could not be removed or looked at.
    pub left: Vec<String>,
}

impl Reason for Record {
    fn outcome(&self) -> Outcome {
        if self.left().is_empty() { Outcome::Done } else { Outcome::Failed }
    }

    fn class(&self) -> Option<Class> {
        (!self.left().is_empty()).then_some(Class::LeftBehind)
    }
}

impl Record {
    fn left(&self) -> &[String] {
        match self {
            Self::Reaped(reaped) => &reaped.left,
            _ => &[],
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created(made) => {
                let word = if made.new { "is ready" } else { "was there already and is ready," };
                write!(f, "the cluster `{}` {word} after {:.1}s", made.cluster, made.seconds)
            }
            Self::Connected(way) => write!(f, "export KUBECONFIG={}", way.kubeconfig.display()),
            Self::NodesAdded(added) => {
                write!(f, "{} nodes ready after {:.1}s", added.nodes, added.seconds)
            }
            Self::Validated(valid) => {
                write!(f, "{} daemons and {} nodes are ready", valid.daemons, valid.nodes)
            }
            Self::Described(described) => described.fmt(f),
            Self::Deleted(deleted) => deleted.fmt(f),
            Self::Reaped(reaped) => reaped.fmt(f),
            Self::Stopped => Ok(()),
        }
    }
}

impl fmt::Display for Described {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "cluster {}: {}", self.cluster, self.state)?;
        for line in &self.how {
            writeln!(f, "  {line}")?;
        }
        for described in &self.resources {
            let resource = &described.resource;
            let ports: Vec<String> = resource.ports.iter().map(u16::to_string).collect();
            let pid = resource.process.as_ref().map(|process| process.pid.to_string());
            let path = resource.path.as_ref().map(|path| path.display().to_string());
            writeln!(
                f,
                "  {:<24} {:<6} {:>8} {:<12} {}",
                resource.name,
                if described.alive { "there" } else { "gone" },
                pid.unwrap_or_default(),
                ports.join(" "),
                path.unwrap_or_default(),
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Deleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.removed.is_empty() {
            return write!(f, "nothing of the cluster `{}` was there", self.cluster);
        }
        let removed = self.removed.join(", ");
        write!(f, "nothing of the cluster `{}` is left: removed {removed}", self.cluster)
    }
}

impl fmt::Display for Reaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (word, what) in
            [("cleared", &self.cleared), ("spared", &self.spared), ("left", &self.left)]
        {
            for line in what {
                writeln!(f, "{word} {line}")?;
            }
        }
        if self.cleared.is_empty() && self.left.is_empty() {
            writeln!(f, "no dead run had left anything")?;
        }
        Ok(())
    }
}
