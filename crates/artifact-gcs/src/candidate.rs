//! Whether an earlier build can be a baseline, as far as its manifest tells.

use run_record::Outcome;
use scenario::Override;

use crate::{layout, manifest::Manifest};

/// Why the build of `manifest` cannot be compared with a run that has the overrides `own`; nothing
/// if it can.
pub(crate) fn why_not(manifest: &Manifest, own: &[Override]) -> Option<String> {
    if manifest.outcome != Outcome::Done {
        return Some(manifest.outcome.to_string());
    }
    let theirs = conditions(&manifest.overrides);
    if !theirs.is_empty() && theirs != conditions(own) {
        // An experiment must not become what the plain scenario is measured by.
        let list: Vec<String> = theirs.iter().map(ToString::to_string).collect();
        return Some(format!("ran with `--set {}`", list.join(" --set ")));
    }
    if manifest.object(layout::MEASUREMENTS).is_none() {
        return Some(format!("has no {}", layout::MEASUREMENTS));
    }
    None
}

/// The overrides that change what a result means.
fn conditions(overrides: &[Override]) -> Vec<&Override> {
    overrides.iter().filter(|change| !change.chooses_cilium()).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use run_record::Format;

    use super::*;
    use crate::{digest::Digest, manifest::Object};

    fn overrides(texts: &[&str]) -> Vec<Override> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn manifest(outcome: Outcome, changes: &[&str]) -> Manifest {
        let digest = Digest { size: 0, crc32c: String::new(), sha256: String::new() };
        Manifest {
            format: Format,
            job: "j".into(),
            build: 1,
            run_id: "r-1".into(),
            test: None,
            suite_job: "s".into(),
            suite_build: 1,
            started: Timestamp::UNIX_EPOCH,
            ended: Timestamp::UNIX_EPOCH,
            outcome,
            class: None,
            verdict: None,
            overrides: overrides(changes),
            objects: vec![Object::new(layout::MEASUREMENTS.into(), digest)],
            withheld: Vec::new(),
            missing: Vec::new(),
        }
    }

    #[test]
    fn only_a_build_that_ended_well_can_be_compared_with() {
        assert_eq!(why_not(&manifest(Outcome::Done, &[]), &[]), None);
        let reason = why_not(&manifest(Outcome::TimedOut, &[]), &[]);
        assert_eq!(reason.as_deref(), Some("timed out"));
        let empty = Manifest { objects: Vec::new(), ..manifest(Outcome::Done, &[]) };
        assert_eq!(why_not(&empty, &[]).as_deref(), Some("has no measurements.json"));
    }

    #[test]
    fn an_experiment_is_a_baseline_for_the_same_experiment_alone() {
        let slow = "infra.kwok.pod-ready-delay-ms=1000";
        let experiment = manifest(Outcome::Done, &[slow]);

        let reason = why_not(&experiment, &[]);

        assert_eq!(reason, Some(format!("ran with `--set {slow}`")));
        assert_eq!(why_not(&experiment, &overrides(&[slow])), None);
        assert_eq!(why_not(&manifest(Outcome::Done, &[]), &overrides(&[slow])), None);
    }

    #[test]
    fn another_cilium_is_what_builds_are_compared_for() {
        let older = manifest(Outcome::Done, &["cilium.version=1.20.1"]);

        assert_eq!(why_not(&older, &overrides(&["cilium.version=1.20.2"])), None);
        assert_eq!(why_not(&older, &[]), None);
    }
}
