//! `tests/<test>/baseline/index.json`: which builds were fetched to compare with.

use run_record::Format;
use serde::Deserialize;

/// Which builds were fetched to compare with; `artifact-gcs fetch` writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct BaselineIndex {
    /// Version of this file's shape.
    #[serde(rename = "format")]
    pub(crate) _format: Format,
    /// The builds, newest first; each lies in a folder of its own beside this file.
    pub(crate) builds: Vec<u64>,
    /// Builds that were there and were passed over, with the reason.
    #[serde(default)]
    pub(crate) passed_over: Vec<String>,
}
