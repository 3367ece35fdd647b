//! `meta.json` of a block.

use std::{fs, path::Path};

use serde::Deserialize;

use crate::tsdb::TsdbError;

/// What a block says it holds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Meta {
    /// Time of the oldest sample, in milliseconds since 1970.
    pub(crate) min_time: i64,
    /// Time after the newest sample.
    pub(crate) max_time: i64,
    /// How much it holds.
    #[serde(default)]
    pub(crate) stats: Stats,
}

/// How much a block holds; what is zero is not written.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Stats {
    /// Samples.
    pub(crate) num_samples: u64,
    /// Series.
    pub(crate) num_series: u64,
    /// Chunks.
    pub(crate) num_chunks: u64,
}

/// Reads `meta.json` of the block called `name` in `folder`.
pub(crate) fn read(folder: &Path, name: &str) -> Result<Meta, TsdbError> {
    let path = format!("{name}/meta.json");
    let text = fs::read(folder.join("meta.json"))
        .map_err(|source| TsdbError::Read { path: path.clone(), source })?;
    serde_json::from_slice(&text)
        .map_err(|error| TsdbError::Damaged { path, what: error.to_string() })
}
