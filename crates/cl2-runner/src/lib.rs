//! Runs ClusterLoader2 for one test and keeps everything it measured.

mod error;
mod record;
mod run;
mod verb;

pub use error::Error;
pub use record::Record;
pub use run::main;
pub use verb::Verb;
