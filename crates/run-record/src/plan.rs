//! `plan.json`: what the run is, fixed before anything is made.

use jiff::Timestamp;
use scenario::{Override, Provider, Scenario, TestName};
use serde::{Deserialize, Serialize};

use crate::{format::Format, kops_plan::KopsPlan, step::Step};

/// What the run is, fixed before anything is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of this file's shape.
    pub format: Format,
    /// Name of the run: lower-case letters, digits and dashes, unique on this machine.
    pub run_id: String,
    /// Which attempt at the run this is, from 1.
    pub attempt: u32,
    /// When the plan was made.
    pub created: Timestamp,
    /// Version of the program that made it.
    pub planned_by: String,
    /// Who or what asked for the run.
    pub trigger: Trigger,
    /// Who provides the cluster.
    pub provider: Provider,
    /// Name of the cluster, and prefix of everything made for it.
    pub cluster: String,
    /// What holds on kops alone; there exactly when kops provides the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kops: Option<KopsPlan>,
    /// Branch the results belong to: `main`, `v1.18`, or `main-pr-12345` for a pull request.
    pub branch: String,
    /// Where results go: `gs://name/prefix` or `file:///folder`.
    pub bucket: String,
    /// Where baselines come from, first one first; the bucket itself unless said otherwise.
    pub baseline_buckets: Vec<String>,
    /// Job of the suite's own files.
    pub suite_job: String,
    /// Build of the suite's own files: epoch seconds, made unique.
    pub suite_build: u64,
    /// The tests, in order.
    pub tests: Vec<PlannedTest>,
    /// What was overridden in the scenario, in order.
    pub overrides: Vec<Override>,
    /// The scenario after overrides.
    pub scenario: Scenario,
    /// The steps of the DAG, in an order in which they can be taken.
    pub steps: Vec<Step>,
}

impl Plan {
    /// The planned test of this name.
    #[must_use]
    pub fn test(&self, name: &TestName) -> Option<&PlannedTest> {
        self.tests.iter().find(|test| &test.test.test == name)
    }
}

/// A test of the suite and where its results go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedTest {
    /// The test as the scenario has it.
    pub test: scenario::Test,
    /// Series its results belong to.
    pub job: String,
    /// Series it is compared with: its own, or that of the branch for a pull request.
    pub baseline_job: String,
    /// Its build in that series.
    pub build: u64,
}

/// Who or what asked for the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Trigger {
    /// `manual`, `schedule`, `workflow_dispatch`, `pull_request`, ...
    pub event: String,
    /// Repository, as `cilium/cilium`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Commit under test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha: Option<String>,
    /// Commit it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_sha: Option<String>,
    /// Pull request under test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<u64>,
    /// Page of the workflow run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_url: Option<String>,
}
