//! Creates, checks and deletes a cluster on Google Compute Engine, by kops.

mod delete;
mod error;
#[expect(dead_code, reason = "`create` changes things with it, and comes next")]
mod gce;
mod inventory;
mod kops;
#[expect(dead_code, reason = "`create` takes leases, and comes next")]
mod lease;
mod names;
mod own;
mod preview;
mod reap;
mod record;
mod run;
mod sweep;
mod verb;

pub use error::Error;
pub use record::Record;
pub use run::main;
pub use verb::Verb;
