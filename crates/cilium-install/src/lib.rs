//! Installs one exact Cilium, waits for it, resets it between tests, and dumps its state.

mod error;
mod record;
mod run;
mod verb;

pub use error::Error;
pub use record::Record;
pub use run::main;
pub use verb::Verb;
