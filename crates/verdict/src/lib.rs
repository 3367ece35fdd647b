//! Decides pass or regression per measurement, per test and for the run.

mod baseline;
mod cl2_junit;
mod compare;
mod comparison_page;
mod conclude;
mod conclusion_page;
mod cost;
mod error;
mod evidence;
mod failure_text;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod index;
mod judge_measurement;
mod judge_test;
mod judgement_junit;
mod judgement_page;
mod markdown;
mod median;
mod missing;
mod not_applicable;
mod outputs;
mod profiles;
mod quantity;
mod record;
mod report;
mod run;
mod step_state;
mod verb;
mod yardstick;

pub use compare::{ComparedTest, Comparison, Row};
pub use error::Error;
pub use record::Record;
pub use report::Reported;
pub use run::main;
pub use verb::{ReportArgs, Verb};
