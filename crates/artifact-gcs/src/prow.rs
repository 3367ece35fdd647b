//! `started.json` and `finished.json`, in Prow's form.

use std::collections::BTreeMap;

use jiff::Timestamp;
use run_record::{Outcome, Plan};
use serde::Serialize;

use crate::ending::Ending;

/// Prow's note that a build began.
#[derive(Debug, Serialize)]
pub(crate) struct Started {
    /// Seconds since 1970.
    timestamp: i64,
    /// Commit under test.
    #[serde(rename = "repo-commit", skip_serializing_if = "Option::is_none")]
    repo_commit: Option<String>,
    /// Pull request under test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pull: Option<String>,
    /// Where the build comes from, in words of our own.
    metadata: BTreeMap<&'static str, String>,
}

/// Prow's note of how a build ended.
#[derive(Debug, Serialize)]
pub(crate) struct Finished {
    /// Seconds since 1970.
    timestamp: i64,
    /// Whether all was as it should be.
    passed: bool,
    /// `SUCCESS`, `FAILURE` or `ABORTED`.
    result: &'static str,
    /// More, in words of our own.
    metadata: BTreeMap<&'static str, String>,
}

impl Started {
    /// The note for a build of `plan`.
    pub(crate) fn of(plan: &Plan, ending: &Ending) -> Self {
        Self {
            timestamp: seconds(ending.started),
            repo_commit: plan.trigger.sha.clone(),
            pull: plan.trigger.pull_request.map(|number| number.to_string()),
            metadata: provenance(plan),
        }
    }
}

impl Finished {
    /// The note for a build of `plan`, which `passed` or not.
    pub(crate) fn of(plan: &Plan, ending: &Ending, passed: bool) -> Self {
        let mut metadata = provenance(plan);
        metadata.insert("outcome", ending.outcome.to_string());
        if let Some(verdict) = ending.verdict {
            metadata.insert("verdict", verdict.to_string());
        }
        let result = match (ending.outcome, passed) {
            (Outcome::Cancelled, _) => "ABORTED",
            (_, true) => "SUCCESS",
            (_, false) => "FAILURE",
        };
        Self { timestamp: seconds(ending.ended), passed, result, metadata }
    }
}

/// Which run a build is of, and who or what asked for it.
fn provenance(plan: &Plan) -> BTreeMap<&'static str, String> {
    let trigger = &plan.trigger;
    let known = [
        ("run-id", Some(plan.run_id.clone())),
        ("attempt", Some(plan.attempt.to_string())),
        ("suite-job", Some(plan.suite_job.clone())),
        ("suite-build", Some(plan.suite_build.to_string())),
        ("event", Some(trigger.event.clone())),
        ("repository", trigger.repository.clone()),
        ("actor", trigger.actor.clone()),
        ("pull-request", trigger.pull_request.map(|number| number.to_string())),
        ("sha", trigger.sha.clone()),
        ("base-sha", trigger.base_sha.clone()),
        ("run-url", trigger.run_url.clone()),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn seconds(time: Timestamp) -> i64 {
    time.as_second()
}
