//! The text of a scenario file.

use std::{fs::File, io::Read, path::Path};

use scenario::ScenarioFile;

use crate::error::Error;

/// The text of the scenario at `path`; of one that is too large, no more than shows that.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Read { path: path.into(), source };
    let mut text = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(scenario::LARGEST as u64 + 1).read_to_end(&mut text).map_err(failed)?;
    Ok(text)
}

/// Worker nodes that the `text` of the scenario at `path` asks for by itself; 0 if it has faults.
pub(crate) fn usual_nodes(path: &Path, text: &[u8]) -> u32 {
    let file = ScenarioFile::parse(&path.display().to_string(), text, &[]);
    file.map_or(0, |file| file.scenario.cluster.nodes)
}
