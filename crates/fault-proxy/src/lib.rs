//! Stands in front of an object store emulator and does to requests what networks and servers do.

mod answer;
mod body;
mod choose;
mod cli;
mod emulator;
mod fault;
mod forward;
mod kind;
mod log;
mod objects;
mod pages;
mod plan;
mod proxy;
mod random;
mod serve;
mod session;
mod sessions;
mod shared;
mod sums;
mod tokens;

pub use cli::main;
pub use emulator::{Emulator, EmulatorError};
pub use fault::{Answer, Fault};
pub use kind::Kind;
pub use log::Entry;
pub use objects::{Object, ObjectsError};
pub use plan::{Often, Pages, Plan, Rule, Tokens, When};
pub use proxy::{Proxy, ProxyError};
