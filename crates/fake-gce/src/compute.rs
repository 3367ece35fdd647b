//! Compute Engine.

mod address;
mod change;
mod collections;
mod delete;
mod filter;
mod finish;
mod group;
mod insert;
mod links;
mod list;
mod quota;
mod remove;
mod serve;
mod settle;
mod spawn;
mod usage;

pub(crate) use serve::serve;
pub(crate) use settle::settle;
