//! Reads the scenario, fixes what the run is, and writes the run directory.

mod bucket;
mod builds;
mod configs;
mod dag;
mod due;
mod due_args;
mod due_record;
mod error;
mod kops;
mod kops_matrix;
mod listed_build;
mod names;
mod overrides;
mod prices;
mod record;
mod releases;
mod run;
mod scenario_text;
mod surroundings;
mod verb;
mod wanted_builds;

pub use bucket::BucketError;
pub use dag::steps;
pub use due_args::DueArgs;
pub use due_record::{Due, Standing};
pub use error::Error;
pub use listed_build::{Question, Unlisted};
pub use record::{Planned, Record};
pub use releases::ReleasesError;
pub use run::{main, main_with};
pub use verb::{PlanArgs, Verb};
