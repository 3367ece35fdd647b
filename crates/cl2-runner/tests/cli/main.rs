//! Drives the real binary on run directories made by hand, with stand-ins for ClusterLoader2.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api_server;
mod crashes;
mod disk;
mod hangs;
mod made_run;
mod measure;
mod report_faults;
mod run;
mod setup_faults;
mod small_disk;
mod snapshot;
mod stand_in;
