//! Profiles that could not be taken: they are counted and shown, and decide nothing unless asked.

use run_record::{Key, Unreadable, Violation};

use crate::{
    baseline::Readings,
    quantity::{counted, quantity},
};

/// Measurements of ClusterLoader2 that do nothing but take profiles.
const METHODS: [&str; 4] = ["PodPeriodicCommand", "CPUProfile", "MemoryProfile", "BlockProfile"];

/// The measurement that takes profiles of the control plane among other things.
const BUNDLE: &str = "TestMetrics";

/// What stands between the action and the part of it that failed.
const PART: &str = " failed for ";

/// The counters of commands in pods: how many were run, and how they failed.
const STATS: &str = "PodPeriodicCommand-stats";
const EXECS: &str = "execs";
const FAILED: [(&str, &str); 3] = [
    ("execErrors", "could not be run"),
    ("timeouts", "took too long"),
    ("nonZeroRCs", "failed by themselves"),
];

/// Whether `violation` says no more than that a profile could not be taken.
pub(crate) fn is_profile(violation: &Violation) -> bool {
    if violation.measurement == BUNDLE {
        let mut parts = violation.message.split(PART).skip(1).peekable();
        let name = |part: &str| part.split(' ').next().unwrap_or_default().to_owned();
        return parts.peek().is_some() && parts.all(|part| name(part).ends_with("Profile"));
    }
    METHODS.contains(&violation.measurement.as_str())
}

/// How many profiles could not be taken, in one sentence; none if all could.
pub(crate) fn not_taken(measured: &Readings) -> Option<String> {
    let count = |query: &str| -> f64 {
        let of = |key: &Key| key.measurement == STATS && key.query == query;
        measured.iter().filter(|(key, _)| of(key)).map(|(_, reading)| reading.value).sum()
    };
    let failed: Vec<String> = FAILED
        .iter()
        .map(|(query, how)| (count(query), how))
        .filter(|(number, _)| *number > 0.0)
        .map(|(number, how)| format!("{} {how}", quantity(number, "")))
        .collect();
    let all: f64 = FAILED.iter().map(|(query, _)| count(query)).sum();
    let execs = quantity(count(EXECS), "");
    let all = quantity(all, "");
    (!failed.is_empty())
        .then(|| format!("{all} of {execs} profiles could not be taken: {}", failed.join(", ")))
}

/// How many files of profiles cannot be read, in one sentence; none if all can.
pub(crate) fn unreadable(files: &[Unreadable]) -> Option<String> {
    let bad = files.iter().filter(|one| one.file.starts_with(METHODS[0])).count();
    (bad > 0).then(|| format!("{} of profiles cannot be read", counted(bad, "file")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violation(measurement: &str, message: &str) -> Violation {
        Violation {
            measurement: measurement.into(),
            identifier: "x".into(),
            message: message.into(),
        }
    }

    #[test]
    fn a_bundle_is_about_profiles_only_if_all_of_it_is() {
        let cpu = "[action gather failed for CPUProfile measurement: no ssh]";
        let both = "[action gather failed for CPUProfile measurement: no ssh action gather failed for SchedulingMetrics measurement: no ssh]";

        assert!(is_profile(&violation("PodPeriodicCommand", "hit timeout of 25s")));
        assert!(is_profile(&violation("TestMetrics", cpu)));
        assert!(!is_profile(&violation("TestMetrics", both)));
        assert!(!is_profile(&violation("TestMetrics", "something else")));
        assert!(!is_profile(&violation("PodStartupLatency", cpu)));
    }
}
