//! Creates, checks and deletes a real control plane with simulated nodes on this machine.

mod add_nodes;
mod book;
mod cilium_stand_in;
mod component;
mod control_plane;
mod create;
mod delete;
mod error;
mod found;
mod kubeconfig;
mod kwok;
mod look;
mod nodes;
mod pki;
mod ports;
mod private;
mod probe;
mod prometheus;
mod reap;
mod record;
mod registry;
mod run;
mod tunnel;
mod verb;

pub use error::Error;
pub use record::Record;
pub use run::main;
pub use verb::Verb;
