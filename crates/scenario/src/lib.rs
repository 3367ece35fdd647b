//! What a run is asked to do: the scenario file, its overrides and its faults.

mod check;
mod cilium;
mod cluster;
mod faults;
mod file;
mod found;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod infra;
mod kops;
mod nearest;
mod not_applicable;
mod overrides;
mod places;
mod pointer;
mod position;
mod rule;
mod scenario;
mod schema;
mod source;
mod suite;
mod variables;
mod wording;
mod yaml;

pub use cilium::Cilium;
pub use cluster::{Cluster, Monitoring};
pub use faults::{Fault, Faults};
pub use file::{ScenarioFile, parse, schema_json, to_yaml};
pub use infra::{Infra, Kwok, Provider};
pub use kops::{ControlPlane, Etcd, Firewall, Kops, Route, SystemNodes, Workers};
pub use nearest::nearest;
pub use not_applicable::NotApplicable;
pub use overrides::Override;
pub use rule::{Better, Policy, Rule};
pub use scenario::{About, Baseline, BaselineNeed, Scenario};
pub use source::LARGEST;
pub use suite::{After, Before, ConfigPath, OverrideValue, Test, TestName};
pub use variables::{is_of_manifests, variables};
