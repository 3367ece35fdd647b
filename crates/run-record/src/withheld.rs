//! `tests/<test>/withheld.json`: files that ClusterLoader2 wrote and that are not kept.

use serde::{Deserialize, Serialize};

use crate::format::Format;

/// Files that ClusterLoader2 wrote into the report of a test and that are not kept in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// Version of this file's shape.
    pub format: Format,
    /// The files.
    pub files: Vec<WithheldFile>,
}

/// One file that is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithheldFile {
    /// Its name in the report, without secrets.
    pub name: String,
    /// Why, in half a sentence.
    pub reason: String,
}
