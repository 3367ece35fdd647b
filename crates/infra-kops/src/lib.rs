//! Creates, checks and deletes a cluster on Google Compute Engine, by kops.

mod error;
#[expect(dead_code, reason = "the verbs that run it come next")]
mod kops;
mod record;
mod run;
mod verb;

pub use error::Error;
pub use record::Record;
pub use run::main;
pub use verb::Verb;
