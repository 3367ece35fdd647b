//! A stand-in of kops for fast lanes: the calls that kops 1.36.1 was seen to make, in the same order,
//! with its discovery and its leaks, and with short pauses.

mod apply;
mod argv;
mod cloud;
mod discover;
mod entry;
mod names;
mod plan;
mod remove;
mod rules;
mod state;
mod tasks;
mod template;

pub use entry::main as kops_main;
