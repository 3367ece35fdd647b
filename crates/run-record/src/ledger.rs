//! `infra.json`: every resource a run made or meant to make, written before it is made.

use std::path::PathBuf;

use jiff::Timestamp;
use scenario::Provider;
use serde::{Deserialize, Serialize};

use crate::{format::Format, process::ProcessId};

/// Every resource a run made or meant to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Version of this file's shape.
    pub format: Format,
    /// The run.
    pub run_id: String,
    /// Who provides the resources.
    pub provider: Provider,
    /// When the first resource was written down.
    pub opened: Timestamp,
    /// When nothing was left, if that is so.
    pub closed: Option<Timestamp>,
    /// The process that owns the run while it lasts: while it lives, the run is not dead.
    pub owner: Option<ProcessId>,
    /// The resources, in the order in which they are made.
    pub resources: Vec<Resource>,
}

/// One resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// What it is.
    pub kind: Kind,
    /// Its name, unique in the ledger together with its kind.
    pub name: String,
    /// Whether it is there.
    pub state: State,
    /// The process, once it was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessId>,
    /// Loopback ports it listens on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<u16>,
    /// The folder, or the folder it works in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
}

/// What a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A process of this machine.
    Process,
    /// A folder of this machine.
    Folder,
    /// Something in a cloud. Its name is `<scope>/<collection>/<name>` as in the paths of the Compute
    /// API, `iam/serviceAccounts/<email>`, or `storage/` or `leases/` and an address.
    Cloud,
}

/// Whether a resource is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is about to be made; it may or may not be there.
    Planned,
    /// It was made.
    Made,
    /// It was removed, and was looked for and not found.
    Gone,
}
