//! Writes `measurements.json` from the report of a test.

use std::fmt;

use run_record::{FileError, Format, Measurements, PlannedTest, RunDir, Unreadable, write_json};
use serde::Serialize;

use crate::{archive, profiles::Profiles, report, tsdb::Contents};

/// What was found in a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// Measurements in the report.
    pub measurements: usize,
    /// Files of the report that gave none.
    pub unreadable: usize,
    /// Those of them that are cut off or garbage.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub damaged: Vec<String>,
    /// Profiles, if any were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profiles: Option<Profiles>,
    /// What the archive of Prometheus' database holds that ClusterLoader2 itself made, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Contents>,
    /// Why that archive is of no use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot_fault: Option<String>,
}

/// Reads the report of `planned` and writes its `measurements.json`, empty if there is no report.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn measure(run_dir: &RunDir, planned: &PlannedTest) -> Result<Measured, FileError> {
    let test = &planned.test.test;
    let folder = run_dir.report(test);
    let mut report = report::read(&folder);
    let (mut snapshot, mut snapshot_fault) = (None, None);
    match archive::check(&folder) {
        Some(Ok(contents)) => snapshot = Some(contents),
        Some(Err(why)) => {
            let reason = stage::chain(&why).join(": ");
            snapshot_fault = Some(format!("`{}`: {reason}", archive::NAME));
            // It holds no measurement, so none is lost.
            report.unreadable.push(Unreadable {
                file: archive::NAME.into(),
                reason,
                damaged: false,
            });
        }
        None => {}
    }
    let is_damaged = |one: &&Unreadable| one.damaged;
    let damaged: Vec<String> =
        report.unreadable.iter().filter(is_damaged).map(|one| one.file.clone()).collect();
    for one in &report.unreadable {
        if one.damaged {
            tracing::warn!("`{}` cannot be read: {}", one.file, one.reason);
        } else {
            tracing::debug!("`{}` holds no measurement: {}", one.file, one.reason);
        }
    }
    let measured = Measured {
        measurements: report.measurements.len(),
        unreadable: report.unreadable.len(),
        damaged,
        profiles: Profiles::of(&report.measurements, &report.unreadable),
        snapshot,
        snapshot_fault,
    };
    measured.warn();
    let measurements = Measurements {
        format: Format,
        test: test.clone(),
        job: planned.job.clone(),
        measurements: report.measurements,
        unreadable: report.unreadable,
    };
    write_json(&run_dir.measurements_path(test), &measurements)?;
    Ok(measured)
}

impl Measured {
    fn warn(&self) {
        if let Some(profiles) = &self.profiles
            && profiles.failed() + profiles.unreadable > 0
        {
            tracing::warn!("{profiles}");
        }
        if let Some(fault) = &self.snapshot_fault {
            tracing::warn!("{fault}");
        }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} measurements", self.measurements)?;
        let without = self.unreadable - self.damaged.len();
        if without > 0 {
            write!(f, ", {without} files without any")?;
        }
        if !self.damaged.is_empty() {
            write!(f, ", {} files that cannot be read", self.damaged.len())?;
        }
        if let Some(profiles) = self.profiles.as_ref().filter(|profiles| profiles.failed() > 0) {
            write!(f, ", {profiles}")?;
        }
        Ok(())
    }
}
