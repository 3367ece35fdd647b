//! Writes `measurements.json` from the report of a test.

use std::fmt;

use run_record::{FileError, Format, Measurements, PlannedTest, RunDir, write_json};
use serde::Serialize;

use crate::report;

/// What was found in a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// Measurements in the report.
    pub measurements: usize,
    /// Files of the report that could not be read.
    pub unreadable: usize,
}

/// Reads the report of `planned` and writes its `measurements.json`, empty if there is no report.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn measure(run_dir: &RunDir, planned: &PlannedTest) -> Result<Measured, FileError> {
    let test = &planned.test.test;
    let report = report::read(&run_dir.report(test));
    for one in &report.unreadable {
        tracing::debug!("`{}` holds no measurement: {}", one.file, one.reason);
    }
    let measured =
        Measured { measurements: report.measurements.len(), unreadable: report.unreadable.len() };
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

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} measurements", self.measurements)?;
        if self.unreadable > 0 {
            write!(f, ", {} files without any", self.unreadable)?;
        }
        Ok(())
    }
}
