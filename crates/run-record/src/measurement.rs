//! `tests/<test>/measurements.json`: what ClusterLoader2 measured, one key, one unit, one value.

use std::{collections::BTreeMap, fmt};

use scenario::TestName;
use serde::{Deserialize, Serialize};

use crate::format::Format;

/// What ClusterLoader2 measured in one test, sorted by key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurements {
    /// Version of this file's shape.
    pub format: Format,
    /// The test.
    pub test: TestName,
    /// Series the results belong to.
    pub job: String,
    /// The measurements, sorted by key; no key stands twice.
    pub measurements: Vec<Measurement>,
    /// Files of the report that could not be read, each with the reason.
    pub unreadable: Vec<Unreadable>,
}

/// One named number with a unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// What it is a measurement of.
    pub key: Key,
    /// Canonical unit: `ms`, `s`, `bytes`, `cores`, `count`, `1/s`, `percent`, or as the file has it.
    pub unit: String,
    /// The value; a missing, infinite or undefined one is left out of the list instead.
    pub value: f64,
    /// File of the report it comes from.
    pub file: String,
}

/// What a measurement is of. Together with the job it names one series.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Name of the ClusterLoader2 config.
    pub config: String,
    /// Measurement, such as `PodStartupLatency_CreatePhase` or the metric name of a query.
    pub measurement: String,
    /// Query, such as `Perc99`.
    pub query: String,
    /// Labels, such as `Resource=pods`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Which one it is when one report holds the key more than once, from 1.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub occurrence: u32,
}

fn first() -> u32 {
    1
}

fn is_first(occurrence: &u32) -> bool {
    *occurrence == 1
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.measurement, self.query)?;
        if !self.labels.is_empty() {
            let labels: Vec<String> =
                self.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            write!(f, " {{{}}}", labels.join(","))?;
        }
        if self.occurrence > 1 {
            write!(f, " #{}", self.occurrence)?;
        }
        Ok(())
    }
}

/// A file of the report, or a part of it, that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unreadable {
    /// The file.
    pub file: String,
    /// Why.
    pub reason: String,
    /// Whether it is cut off or garbage, and what it held is lost: such a test never passes.
    #[serde(default, skip_serializing_if = "is_false")]
    pub damaged: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}
