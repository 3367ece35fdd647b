//! Exports the files of a run in perfdash's layout and fetches baselines.

mod error;
mod record;
mod run;
mod verb;

pub use error::Error;
pub use record::Record;
pub use run::main;
pub use verb::Verb;
