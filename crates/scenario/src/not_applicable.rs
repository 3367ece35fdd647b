//! What a provider cannot measure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A measurement that a provider cannot make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NotApplicable {
    /// ClusterLoader2's method or identifier of the measurement, such as `TestMetrics`.
    pub measurement: String,
    /// Why it cannot be made here.
    pub reason: String,
}
