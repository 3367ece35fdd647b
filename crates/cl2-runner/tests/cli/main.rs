//! Drives the real binary on run directories made by hand, with stand-ins for ClusterLoader2.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod made_run;
mod measure;
mod run;
