//! `sysdump/index.json`: what was kept of the cluster's state, what was cut and what failed.

use std::fmt;

use run_record::Format;
use serde::Serialize;

/// What was kept of the cluster's state.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Index {
    /// Version of this file's shape.
    pub format: Format,
    /// Version of the API server, if it said one.
    pub kubernetes: Option<String>,
    /// Each part, in the order in which it was taken.
    pub parts: Vec<Entry>,
}

/// One part of the cluster's state.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    /// Name of the part.
    pub part: String,
    /// File in the folder of the sysdump, if one was written.
    pub file: Option<String>,
    /// Objects that were read.
    pub objects: usize,
    /// Size of the file, in bytes.
    pub bytes: usize,
    /// Why not all of it was kept.
    pub cut: Option<String>,
    /// Why nothing of it was kept.
    pub failed: Option<String>,
}

impl Index {
    /// Whether nothing at all was kept, and the first reason for that.
    pub(crate) fn nothing_kept(&self) -> Option<&str> {
        let all_failed = self.parts.iter().all(|entry| entry.file.is_none());
        let first = self.parts.iter().find_map(|entry| entry.failed.as_deref());
        all_failed.then(|| first.unwrap_or("nothing was asked for"))
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.parts.iter().filter(|entry| entry.file.is_some()).count();
        let objects: usize = self.parts.iter().map(|entry| entry.objects).sum();
        let kib = self.parts.iter().map(|entry| entry.bytes).sum::<usize>() / 1024;
        write!(f, "kept {kept} parts of the cluster's state: {objects} objects, {kib} KiB")?;
        for entry in &self.parts {
            if let Some(why) = &entry.cut {
                write!(f, "\n  {} is cut: {why}", entry.part)?;
            }
            if let Some(why) = &entry.failed {
                write!(f, "\n  {} is missing: {why}", entry.part)?;
            }
        }
        Ok(())
    }
}
