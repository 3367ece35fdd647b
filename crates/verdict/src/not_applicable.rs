//! What the provider cannot measure, and what that excuses.

use run_record::Violation;
use scenario::{NotApplicable, Rule};

/// Whether `listed` names what ClusterLoader2 complains about: its method or its identifier, to the
/// letter.
pub(crate) fn excuses(listed: &[NotApplicable], violation: &Violation) -> bool {
    listed.iter().any(|entry| {
        entry.measurement == violation.measurement || entry.measurement == violation.identifier
    })
}

/// Whether `listed` names the measurement that `measurement` is, to the letter.
pub(crate) fn lists(listed: &[NotApplicable], measurement: &str) -> bool {
    listed.iter().any(|entry| entry.measurement == measurement)
}

/// Whether `listed` explains that no measurement ever matched `rule`.
///
/// Measurements are named by method, by identifier or by both as `METHOD_IDENTIFIER`. Nothing was
/// ever measured that this could hide, so either half is enough.
pub(crate) fn explains(listed: &[NotApplicable], rule: &Rule) -> bool {
    let name = rule.measurement.trim_matches('*').trim_matches('_');
    listed.iter().any(|entry| {
        let entry = entry.measurement.as_str();
        name == entry
            || name.strip_prefix(entry).is_some_and(|rest| rest.starts_with('_'))
            || name.strip_suffix(entry).is_some_and(|rest| rest.ends_with('_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(measurement: &str) -> Vec<NotApplicable> {
        vec![NotApplicable { measurement: measurement.into(), reason: "simulated".into() }]
    }

    #[test]
    fn a_violation_is_excused_by_its_method_or_its_identifier_to_the_letter() {
        let violation = Violation {
            measurement: "APIResponsivenessPrometheus".into(),
            identifier: "APIResponsivenessPrometheusSimple".into(),
            message: String::new(),
        };

        for (name, excused) in [
            ("APIResponsivenessPrometheus", true),
            ("APIResponsivenessPrometheusSimple", true),
            ("APIResponsiveness", false),
            ("", false),
        ] {
            assert_eq!(excuses(&listed(name), &violation), excused, "{name}");
        }
    }

    #[test]
    fn a_rule_is_explained_by_either_half_of_its_measurement() {
        let rule = |measurement: &str| -> Rule {
            serde_json::from_value(
                serde_json::json!({"measurement": measurement, "better": "lower"}),
            )
            .unwrap()
        };

        for (name, measurement, explained) in [
            ("PodStartupLatency", "PodStartupLatency_Create*", true),
            ("Create", "PodStartupLatency_Create", true),
            ("SchedulingMetrics", "SchedulingMetrics*", true),
            ("Scheduling", "SchedulingMetrics", false),
            ("TestMetrics", "*", false),
        ] {
            assert_eq!(explains(&listed(name), &rule(measurement)), explained, "{name}");
        }
    }
}
