//! `tests/<test>/baseline/index.json`: which builds were fetched to compare with.

use run_record::Format;
use serde::{Deserialize, Serialize};

/// Which builds were fetched to compare with; `artifact-gcs fetch` writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineIndex {
    /// Version of this file's shape.
    pub format: Format,
    /// The builds, newest first; each lies in a folder of its own beside this file.
    pub builds: Vec<u64>,
    /// Builds that were there and were passed over, with the reason.
    #[serde(default)]
    pub passed_over: Vec<String>,
}
