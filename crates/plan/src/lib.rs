//! Reads the scenario, fixes what the run is, and writes the run directory.

mod builds;
mod configs;
mod dag;
mod error;
mod names;
mod record;
mod run;
mod verb;

pub use dag::steps;
pub use error::Error;
pub use record::Record;
pub use run::main;
pub use verb::{PlanArgs, Verb};
