//! The proxy between a small client and a small store: each fault is seen by the client.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
mod connections;
mod content;
mod program;
mod rules;
mod store;
mod uploads;
