//! One number read from a file of the report.

use std::collections::BTreeMap;

use crate::report::unit;

/// One number read from a file of the report.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// Measurement.
    pub(crate) measurement: String,
    /// Query of the measurement.
    pub(crate) query: String,
    /// Labels.
    pub(crate) labels: BTreeMap<String, String>,
    /// Canonical unit.
    pub(crate) unit: String,
    /// Value in that unit.
    pub(crate) value: f64,
}

impl Reading {
    /// `value`, which the file has in `unit`.
    pub(crate) fn new(measurement: &str, query: &str, unit: &str, value: f64) -> Self {
        let (unit, value) = unit::canonical(unit, value);
        Self {
            measurement: measurement.into(),
            query: query.into(),
            labels: BTreeMap::new(),
            unit: unit.into(),
            value,
        }
    }

    /// Adds a label.
    pub(crate) fn label(mut self, name: &str, value: &str) -> Self {
        self.labels.insert(name.into(), value.into());
        self
    }

    /// What readings of one file are sorted by: ClusterLoader2 writes them in random order.
    pub(crate) fn order(&self, other: &Self) -> std::cmp::Ordering {
        let key = |reading: &Self| {
            (reading.measurement.clone(), reading.query.clone(), reading.labels.clone())
        };
        key(self).cmp(&key(other)).then(self.value.total_cmp(&other.value))
    }
}
