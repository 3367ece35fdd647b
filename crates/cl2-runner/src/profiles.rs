//! The profiles that were asked for while a test ran, and those that could not be taken.

use std::fmt;

use run_record::{Measurement, Unreadable};
use serde::Serialize;

/// What ClusterLoader2 counts the commands by that it runs in pods.
const STATS: &str = "PodPeriodicCommand-stats";

/// What begins the files of those commands.
const FILES: &str = "PodPeriodicCommand";

/// The profiles that were asked for while a test ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Profiles {
    /// Commands that were run to take them.
    pub execs: u64,
    /// Those that could not be started or lost their pod.
    pub exec_errors: u64,
    /// Those that took too long.
    pub timeouts: u64,
    /// Those that said that they had failed.
    pub non_zero_rcs: u64,
    /// Files that cannot be read.
    pub unreadable: u64,
}

impl Profiles {
    /// Adds up what a report says; nothing if no profile was asked for.
    pub(crate) fn of(measurements: &[Measurement], unreadable: &[Unreadable]) -> Option<Self> {
        let mut profiles = Self::default();
        let mut asked = false;
        for one in measurements.iter().filter(|one| one.key.measurement == STATS) {
            asked = true;
            let counter = match one.key.query.as_str() {
                "execs" => &mut profiles.execs,
                "execErrors" => &mut profiles.exec_errors,
                "timeouts" => &mut profiles.timeouts,
                "nonZeroRCs" => &mut profiles.non_zero_rcs,
                _ => continue,
            };
            *counter += whole(one.value);
        }
        let unreadable = unreadable.iter().filter(|one| one.file.starts_with(FILES)).count();
        profiles.unreadable = unreadable as u64;
        (asked || unreadable > 0).then_some(profiles)
    }

    /// Those that could not be taken.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.exec_errors + self.timeouts + self.non_zero_rcs
    }
}

/// A counter, which is written as any number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a counter is no fraction, and `as` keeps within the bounds"
)]
fn whole(value: f64) -> u64 {
    value as u64
}

impl fmt::Display for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} profiles could not be taken", self.failed(), self.execs)?;
        if self.unreadable > 0 {
            write!(f, ", {} of their files cannot be read", self.unreadable)?;
        }
        Ok(())
    }
}
