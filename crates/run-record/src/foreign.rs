//! Files of another run in a run directory.

use std::{fmt, fs, path::PathBuf};

use serde::Deserialize;

use crate::{file::read_json, run_dir::RunDir};

/// A file that says it is of another run than the plan beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The file.
    pub path: PathBuf,
    /// The run it is of.
    pub of: String,
    /// The run that the directory is of.
    pub run_id: String,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, of, run_id } = self;
        write!(
            f,
            "`{}` is of the run `{of}`, but the plan beside it is of `{run_id}` (hint: a run directory holds one run: take the file out, or plan a new run)",
            path.display()
        )
    }
}

/// What a file says of its run, whatever else it holds.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    run_id: Option<String>,
}

impl RunDir {
    /// The first file that says it is of another run than the plan, if there is one. A file that cannot
    /// be read is for those to name who need it.
    #[must_use]
    pub fn foreign(&self) -> Option<Foreign> {
        let run_id = self.run_id()?;
        let records = fs::read_dir(self.records()).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = records.map(|record| record.path()).collect();
        paths.sort();
        paths.extend([self.ledger_path(), self.metadata_path(), self.conclusion_path()]);
        paths.into_iter().find_map(|path| {
            let of = read_json::<Head>(&path).ok()?.run_id?;
            (of != run_id).then(|| Foreign { path, of, run_id: run_id.clone() })
        })
    }
}
