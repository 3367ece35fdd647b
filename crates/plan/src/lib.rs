//! Reads the scenario, fixes what the run is, and writes the run directory.

mod bucket;
mod builds;
mod configs;
mod dag;
mod error;
mod kops;
mod kops_matrix;
mod names;
mod prices;
mod record;
mod run;
mod surroundings;
mod verb;

pub use bucket::BucketError;
pub use dag::steps;
pub use error::Error;
pub use record::Record;
pub use run::main;
pub use verb::{PlanArgs, Verb};
