//! Decides pass or regression per measurement, per test and for the run.

mod error;
mod record;
mod run;
mod verb;

pub use error::Error;
pub use record::Record;
pub use run::main;
pub use verb::Verb;
