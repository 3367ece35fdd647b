//! Exports the files of a run in perfdash's layout and fetches baselines.

mod access;
mod baseline;
mod baseline_index;
mod bucket;
mod build;
mod candidate;
mod contents;
mod digest;
mod ending;
mod error;
mod export;
mod fetch;
mod file_store;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod gcs;
mod inspect;
mod layout;
mod list;
mod manifest;
mod prow;
mod record;
mod reports;
mod run;
mod size;
mod snapshot;
mod store;
mod suite_contents;
mod test_contents;
mod turn;
mod verb;

pub use access::Access;
pub use contents::ContentsError;
pub use error::Error;
pub use inspect::InspectError;
pub use list::list;
pub use manifest::ManifestError;
pub use record::{Exported, Fetched, Listed, ListedBuild, Record};
pub use run::main;
pub use store::StoreError;
pub use turn::TurnError;
pub use verb::{Verb, What};
