//! A cloud, asked as a client of Google's asks.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cloud;
mod compute;
mod faults;
mod others;
