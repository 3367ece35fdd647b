//! Runs the whole pipeline on this machine.

mod error;
mod record;
mod run;
mod verb;

pub use error::Error;
pub use record::Record;
pub use run::main;
pub use verb::Verb;
