//! What `infra-kops` found or made.

use std::fmt;

use run_record::{Class, Outcome};
use serde::Serialize;
use stage::Reason;

/// What `infra-kops` found or made.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Record {
    /// That nothing is left.
    Deleted(Deleted),
    /// What became of the clusters of a project.
    Reaped(Reaped),
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
            Self::Deleted(_) => false,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deleted(deleted) => deleted.fmt(f),
            Self::Reaped(reaped) => reaped.fmt(f),
        }
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
