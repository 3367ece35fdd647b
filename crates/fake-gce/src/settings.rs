//! What a fake is started with.

use std::{path::PathBuf, time::Duration};

use crate::plan::FaultPlan;

/// What a fake is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where its certificate, its credentials and its log are put; made if it is not there.
    pub folder: PathBuf,
    /// The one project there is.
    pub project: String,
    /// Where objects are.
    pub storage: Storage,
    /// What is to go wrong.
    pub plan: FaultPlan,
    /// How long operations take. With none they are done when they are answered.
    pub latency: Duration,
    /// A program that boots control planes; without one, no virtual machine ever becomes a node.
    pub boot: Option<PathBuf>,
}

/// Where objects are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// In a fake-gcs-server that runs, at an address as `http://127.0.0.1:4443`.
    Emulator(String),
    /// In memory, in these buckets; more can be made.
    BuiltIn(Vec<String>),
}
