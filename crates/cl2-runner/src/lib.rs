//! Runs ClusterLoader2 for one test and keeps everything it measured.

mod cl2;
mod config;
mod crds;
mod earlier;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod junit;
mod measure;
mod monitor;
mod namespaces;
mod overrides;
mod position;
mod prometheus;
mod record;
mod report;
mod run;
mod snapshot;
mod snapshot_error;
mod stand_in;
mod test;
mod tsdb;
mod verb;
mod watch;

pub use config::ConfigError;
pub use crds::CrdsError;
pub use error::Error;
pub use junit::{Failure, JunitError};
pub use measure::Measured;
pub use monitor::Monitored;
pub use position::Position;
pub use prometheus::PrometheusError;
pub use record::Record;
pub use run::main;
pub use snapshot::Taken;
pub use snapshot_error::SnapshotError;
pub use test::{Ended, Ran};
pub use tsdb::{Contents, TsdbError};
pub use verb::Verb;
