//! `conclusion.json`: the one word for the run.

use jiff::Timestamp;
use scenario::TestName;
use serde::{Deserialize, Serialize};

use crate::{
    format::Format,
    judgement::Verdict,
    kops_plan::Cost,
    outcome::{Class, Outcome},
};

/// The one word for the run, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conclusion {
    /// Version of this file's shape.
    pub format: Format,
    /// The run.
    pub run_id: String,
    /// The word.
    pub outcome: Outcome,
    /// What decided it: each names a step, a resource, a test or a measurement.
    pub because: Vec<String>,
    /// The tests.
    pub tests: Vec<ConcludedTest>,
    /// The steps that did not end well, or were not taken.
    pub steps: Vec<ConcludedStep>,
    /// What its cluster cost, if it was one that is paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// When the run was concluded.
    pub concluded: Timestamp,
}

/// What became of a test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConcludedTest {
    /// The test.
    pub test: TestName,
    /// Series its results belong to.
    pub job: String,
    /// Its build in that series.
    pub build: u64,
    /// Its verdict; none if it was not judged.
    pub verdict: Option<Verdict>,
    /// Builds it was compared with.
    pub baseline: usize,
    /// What decided the verdict, worst first.
    pub because: Vec<String>,
}

/// A step that did not end well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConcludedStep {
    /// Name of the step.
    pub id: String,
    /// How it ended; none if it was not taken.
    pub outcome: Option<Outcome>,
    /// What kind of thing went wrong.
    pub class: Option<Class>,
    /// What went wrong, from the outside in.
    pub errors: Vec<String>,
}
