//! What a run is asked to do: the scenario file, its overrides and its faults.

mod check;
mod cilium;
mod cluster;
mod faults;
mod file;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod infra;
mod overrides;
mod rule;
mod scenario;
mod schema;
mod source;
mod suite;

pub use cilium::Cilium;
pub use cluster::{Cluster, Monitoring};
pub use faults::{Fault, Faults};
pub use file::{Override, parse, schema_json, to_yaml};
pub use infra::{Infra, Kops, Kwok, NotApplicable, Provider};
pub use rule::{Better, Policy, Rule};
pub use scenario::{About, Baseline, BaselineNeed, Scenario};
pub use suite::{After, Before, ConfigPath, OverrideValue, Test, TestName};
