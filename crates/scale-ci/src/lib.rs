//! Runs the whole pipeline on this machine.

mod announce;
mod cli;
mod dag;
mod death;
mod display;
mod entry;
mod error;
mod output;
mod run;
mod stages;
mod step;
mod summary;
mod tools;

pub use entry::main;
