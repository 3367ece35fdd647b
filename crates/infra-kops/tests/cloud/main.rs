//! The `infra-kops` binary in a cloud of our own making: what it leaves, and what it leaves alone.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chance;
mod cloud;
mod cluster;
mod cuts;
mod killed;
mod kops;
mod leaks;
mod left;
mod needs;
mod reaping;
mod refused;
mod run;
mod table;
mod terraform;
mod two;
