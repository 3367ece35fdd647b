//! Creates, checks and deletes a cluster on Google Compute Engine, by kops.

mod add_nodes;
mod ask;
mod book;
mod build_error;
mod by_kops;
mod connect;
mod create;
mod delete;
mod describe;
mod error;
mod firewall;
mod flags;
mod found;
mod gce;
mod inventory;
mod kops;
mod kops_step;
mod lease;
#[cfg(test)]
mod made;
mod names;
mod needs;
mod own;
mod preview;
mod quota;
mod readiness;
mod reap;
mod record;
mod route;
mod run;
mod sweep;
mod validate;
mod verb;
mod way_in;
mod workers;

pub use build_error::BuildError;
pub use error::Error;
pub use record::Record;
pub use run::main;
pub use verb::Verb;
