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
}

/// That nothing is left.
#[derive(Clone, Debug, Serialize)]
pub struct Deleted {
    /// Name of the cluster.
    pub cluster: String,
    /// What the sweep had to remove, after kops.
    pub swept: Vec<String>,
    /// What is left: nothing.
    pub left: Vec<String>,
}

impl Reason for Record {
    fn outcome(&self) -> Outcome {
        Outcome::Done
    }

    fn class(&self) -> Option<Class> {
        None
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deleted(deleted) => deleted.fmt(f),
        }
    }
}

impl fmt::Display for Deleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing of the cluster `{}` is left", self.cluster)?;
        if !self.swept.is_empty() {
            write!(f, ": kops had left {}", self.swept.join(", "))?;
        }
        Ok(())
    }
}
