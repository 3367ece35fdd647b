//! The binary on Google Cloud Storage: a real emulator, behind a proxy that injects faults.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cloud;
mod credentials;
mod exactly_once;
mod faults;
mod fetching;
#[path = "../cli/hand_made.rs"]
mod hand_made;
mod listings;
mod random_plans;
mod refusals;
mod resumable;
mod same_bytes;
