//! `baseline/index.json`: which builds were fetched to compare with, and what was seen of others.

use std::collections::BTreeMap;

use run_record::Format;
use serde::{Deserialize, Serialize};

/// Which builds were fetched to compare with. `verdict` reads the builds and what was passed over;
/// the rest is for the next fetch.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct BaselineIndex {
    /// Version of this file's shape.
    pub(crate) format: Format,
    /// The builds, newest first.
    pub(crate) builds: Vec<u64>,
    /// Builds that were there and were passed over, with the reason.
    pub(crate) passed_over: Vec<String>,
    /// The bucket they are from.
    #[serde(default)]
    pub(crate) bucket: Option<String>,
    /// What was seen of each build, where the bucket counts how often an object was written: as long
    /// as the count is the same, nothing of the build need be asked for again.
    #[serde(default)]
    pub(crate) seen: BTreeMap<u64, Seen>,
}

/// What was seen of a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// Which writing of its manifest this was.
    pub(crate) generation: u64,
    /// Why it is of no use; none if it is of use.
    pub(crate) passed_over: Option<String>,
}
