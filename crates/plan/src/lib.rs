//! Reads the scenario, fixes what the run is, and writes the run directory.

mod error;
mod record;
mod run;
mod verb;

pub use error::Error;
pub use record::Record;
pub use run::main;
pub use verb::Verb;
