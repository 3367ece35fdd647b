//! The plan of a run that nobody planned.

use jiff::Timestamp;
use run_record::{Format, Plan, Trigger};
use scenario::{Provider, Scenario};

/// A plan for `scenario` on kwok, with no test and no step in it yet: a test changes what it is about.
#[must_use]
pub fn plan(scenario: Scenario) -> Plan {
    Plan {
        format: Format,
        run_id: "made-1".into(),
        attempt: 1,
        created: Timestamp::UNIX_EPOCH,
        planned_by: "a test".into(),
        trigger: Trigger::default(),
        provider: Provider::Kwok,
        cluster: "made-1".into(),
        kops: None,
        branch: "main".into(),
        bucket: "file:///nowhere".into(),
        baseline_buckets: Vec::new(),
        suite_job: "made-suite-kwok-main".into(),
        suite_build: 1,
        tests: Vec::new(),
        overrides: Vec::new(),
        scenario,
        steps: Vec::new(),
    }
}
