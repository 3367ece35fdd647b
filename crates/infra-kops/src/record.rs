//! What `infra-kops` found or made.

use std::{fmt, path::PathBuf};

use run_record::{Class, Outcome};
use serde::Serialize;
use stage::Reason;

/// What `infra-kops` found or made.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Record {
    /// That the control plane is ready.
    Created(Created),
    /// How the cluster is used.
    Connected(Connected),
    /// That the workers are ready.
    NodesAdded(NodesAdded),
    /// That the cluster is what was asked for.
    Validated(Validated),
    /// What there is.
    Described(Described),
    /// That nothing is left.
    Deleted(Deleted),
    /// What became of the clusters of a project.
    Reaped(Reaped),
}

/// That the control plane is ready.
#[derive(Clone, Debug, Serialize)]
pub struct Created {
    /// Name of the cluster.
    pub cluster: String,
    /// The zone it is in.
    pub zone: String,
    /// Zones that were preferred and had no room, each with the reason.
    pub passed_over: Vec<String>,
    /// How long it took.
    pub seconds: f64,
    /// Whether it was made now.
    pub new: bool,
}

/// How the cluster is used.
#[derive(Clone, Debug, Serialize)]
pub struct Connected {
    /// The way in.
    pub kubeconfig: PathBuf,
    /// Version of the API server.
    pub kubernetes: String,
}

/// That the workers are ready.
#[derive(Clone, Debug, Serialize)]
pub struct NodesAdded {
    /// Workers that are ready.
    pub nodes: usize,
    /// Those that are allowed to be missing and are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// How long it took.
    pub seconds: f64,
}

/// That the cluster is what was asked for.
#[derive(Clone, Debug, Serialize)]
pub struct Validated {
    /// The zone it is in.
    pub zone: String,
    /// Version of the API server.
    pub kubernetes: String,
    /// Nodes in all.
    pub nodes: usize,
    /// Workers that are ready.
    pub workers: usize,
    /// Those that are allowed to be missing and are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// What keeps etcd's metrics from being read; a warning.
    pub etcd_metrics: Vec<String>,
}

/// What there is.
#[derive(Clone, Debug, Serialize)]
pub struct Described {
    /// Name of the cluster.
    pub cluster: String,
    /// The project.
    pub project: String,
    /// The zone; empty if none is known.
    pub zone: String,
    /// How it is, in words.
    pub state: String,
    /// How it is used.
    pub how: Vec<String>,
    /// Each resource.
    pub resources: Vec<DescribedResource>,
}

/// One resource.
#[derive(Clone, Debug, Serialize)]
pub struct DescribedResource {
    /// Its name, as in the ledger.
    pub name: String,
    /// Whether it is there.
    pub state: &'static str,
}

/// That nothing is left.
#[derive(Clone, Debug, Serialize)]
pub struct Deleted {
    /// Name of the cluster.
    pub cluster: String,
    /// What was there before.
    pub removed: Vec<String>,
    /// What of it kops had left when it said that it was done.
    pub swept: Vec<String>,
}

/// What became of the clusters of a project.
#[derive(Clone, Debug, Serialize)]
pub struct Reaped {
    /// Whether nothing was to be removed.
    pub dry_run: bool,
    /// One for each cluster.
    pub rows: Vec<Row>,
}

/// What became of a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its name.
    pub cluster: String,
    /// What became of it.
    pub fate: Fate,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// What was removed, or would be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub what: Vec<String>,
}

/// What became of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Nothing of it is left.
    Cleared,
    /// It was left alone.
    Spared,
    /// It is dead, and nothing was to be removed.
    Dead,
    /// Something of it is left, or it could not be looked at.
    Left,
}

impl Row {
    fn of(cluster: &str, fate: Fate, why: &str, what: Vec<String>) -> Self {
        Self { cluster: cluster.into(), fate, why: why.into(), what }
    }

    pub(crate) fn cleared(cluster: &str, what: Vec<String>) -> Self {
        Self::of(cluster, Fate::Cleared, "", what)
    }

    pub(crate) fn spared(cluster: &str, why: &str) -> Self {
        Self::of(cluster, Fate::Spared, why, Vec::new())
    }

    pub(crate) fn dead(cluster: &str, why: &str, what: Vec<String>) -> Self {
        Self::of(cluster, Fate::Dead, why, what)
    }

    pub(crate) fn left(cluster: &str, why: &str) -> Self {
        Self::of(cluster, Fate::Left, why, Vec::new())
    }
}

impl Reason for Record {
    fn outcome(&self) -> Outcome {
        if self.has_left() { Outcome::Failed } else { Outcome::Done }
    }

    fn class(&self) -> Option<Class> {
        self.has_left().then_some(Class::LeftBehind)
    }
}

impl Record {
    fn has_left(&self) -> bool {
        match self {
            Self::Reaped(reaped) => reaped.rows.iter().any(|row| row.fate == Fate::Left),
            _ => false,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created(made) => made.fmt(f),
            Self::Connected(way) => write!(f, "export KUBECONFIG={}", way.kubeconfig.display()),
            Self::NodesAdded(added) => {
                write!(f, "{} workers ready after {:.1}s", added.nodes, added.seconds)?;
                added.missing.iter().try_for_each(|missing| write!(f, "; {missing}"))
            }
            Self::Validated(valid) => {
                let (nodes, workers) = (valid.nodes, valid.workers);
                write!(f, "{nodes} nodes, {workers} workers ready, Kubernetes {}", valid.kubernetes)
            }
            Self::Described(described) => described.fmt(f),
            Self::Deleted(deleted) => deleted.fmt(f),
            Self::Reaped(reaped) => reaped.fmt(f),
        }
    }
}

impl fmt::Display for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.new { "is ready" } else { "was there already and is ready," };
        let (cluster, zone) = (&self.cluster, &self.zone);
        write!(f, "the cluster `{cluster}` {word} in {zone} after {:.1}s", self.seconds)?;
        self.passed_over.iter().try_for_each(|zone| write!(f, "; no room in {zone}"))
    }
}

impl fmt::Display for Described {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cluster, project, zone) = (&self.cluster, &self.project, &self.zone);
        writeln!(f, "cluster {cluster} in {project} {zone}: {}", self.state)?;
        for line in &self.how {
            writeln!(f, "  {line}")?;
        }
        for resource in &self.resources {
            writeln!(f, "  {:<8} {}", resource.state, resource.name)?;
        }
        Ok(())
    }
}

impl fmt::Display for Deleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cluster, removed) = (&self.cluster, self.removed.len());
        if removed == 0 {
            return write!(f, "nothing of the cluster `{cluster}` was there");
        }
        write!(f, "nothing of the cluster `{cluster}` is left: removed {removed} things")?;
        if !self.swept.is_empty() {
            write!(f, ", of which kops had left {}", self.swept.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cleared => "cleared",
            Self::Spared => "spared",
            Self::Dead => "dead",
            Self::Left => "left",
        })
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {:<40}", self.fate, self.cluster)?;
        if !self.why.is_empty() {
            write!(f, " {}", self.why)?;
        }
        match self.what.len() {
            0 => Ok(()),
            count => write!(f, " ({count} things)"),
        }
    }
}

impl fmt::Display for Reaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows.is_empty() {
            return writeln!(f, "there is no cluster in the project");
        }
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}
