//! The builds a test is compared with, as they were fetched.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use run_record::{FileError, Key, Measurements, read_json};

use crate::index::BaselineIndex;

/// A value and its unit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) value: f64,
    pub(crate) unit: String,
}

/// What a build measured.
pub(crate) type Readings = BTreeMap<Key, Reading>;

/// The builds a test is compared with.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// The builds that can be read, newest first.
    pub(crate) builds: Vec<(u64, Readings)>,
    /// Builds that were there and were passed over, with the reason.
    pub(crate) passed_over: Vec<String>,
}

impl History {
    /// Reads the builds that lie in `folder`; no folder or no list is no baseline.
    ///
    /// A build that cannot be read is passed over and named: one broken object in a bucket must not
    /// stop every later run.
    pub(crate) fn read(folder: &Path) -> Result<Self, FileError> {
        let index: BaselineIndex = match read_json(&folder.join("index.json")) {
            Ok(index) => index,
            Err(error) if error.is_missing() => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        let mut history = Self { builds: Vec::new(), passed_over: index.passed_over };
        // Newest first and each once, in whatever order they are listed.
        let builds: BTreeSet<u64> = index.builds.into_iter().collect();
        for build in builds.into_iter().rev() {
            let path = folder.join(build.to_string()).join("measurements.json");
            match read_json::<Measurements>(&path) {
                Ok(found) => history.builds.push((build, readings(&found))),
                Err(error) if error.is_missing() => {
                    history.passed_over.push(format!("build {build}: has no measurements.json"));
                }
                // Without the path, which differs from machine to machine.
                Err(error) => {
                    let reason = error.reason();
                    history
                        .passed_over
                        .push(format!("build {build}: its measurements.json: {reason}"));
                }
            }
        }
        Ok(history)
    }

    /// The values that the builds have for `key` in `unit`: one in another unit is no comparison.
    pub(crate) fn values(&self, key: &Key, unit: &str) -> Vec<f64> {
        let of = |(_, found): &(u64, Readings)| {
            found.get(key).filter(|reading| reading.unit == unit).map(|reading| reading.value)
        };
        self.builds.iter().filter_map(of).collect()
    }

    /// How many builds have `key`, in any unit.
    pub(crate) fn builds_with(&self, key: &Key) -> usize {
        self.builds.iter().filter(|(_, found)| found.contains_key(key)).count()
    }
}

/// The measurements by key.
pub(crate) fn readings(found: &Measurements) -> Readings {
    let reading = |measurement: &run_record::Measurement| Reading {
        value: measurement.value,
        unit: measurement.unit.clone(),
    };
    found.measurements.iter().map(|one| (one.key.clone(), reading(one))).collect()
}
