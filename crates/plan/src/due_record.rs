//! What `plan due` says: how each release stands.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::wanted_builds::State;

/// How the releases stand.
#[derive(Debug, Serialize)]
pub struct Due {
    /// Versions that are to be tested now, oldest release first.
    pub due: Vec<String>,
    /// Every release that was looked at, oldest first.
    pub releases: Vec<Standing>,
    /// Lines that GitHub's runner shows on the page of the run.
    #[serde(skip)]
    pub(crate) notices: Vec<String>,
}

/// How one release stands.
#[derive(Debug, Serialize)]
pub struct Standing {
    /// Its version.
    pub version: String,
    /// When it was published.
    pub published: Timestamp,
    /// `tested`, `due`, `later`, `young` or `given-up`.
    pub(crate) state: State,
    /// Why it stands so.
    pub why: String,
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.releases.is_empty() {
            return write!(f, "no release was published in these days");
        }
        let width = self.releases.iter().map(|release| release.version.len()).max();
        let width = width.unwrap_or_default().max("RELEASE".len());
        writeln!(f, "{:width$}  {:10}  {:8}  WHY", "RELEASE", "PUBLISHED", "STATE")?;
        for Standing { version, published, state, why } in &self.releases {
            let (day, state) = (published.strftime("%Y-%m-%d"), state.word());
            writeln!(f, "{version:width$}  {day:10}  {state:8}  {why}")?;
        }
        Ok(())
    }
}
