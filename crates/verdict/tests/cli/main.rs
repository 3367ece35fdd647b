//! Drives the real binary on run directories made by hand.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod concluding;
mod github;
mod judging;
mod made_run;
mod reporting;
