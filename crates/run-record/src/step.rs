//! One step of the DAG.

use scenario::TestName;
use serde::{Deserialize, Serialize};

/// One step of the DAG: a verb of a stage, for the run or for one test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Name of the step, unique in the run: `run-load`.
    pub id: String,
    /// The stage: `cl2-runner`.
    pub stage: String,
    /// What the stage is told to do: `run`.
    pub verb: String,
    /// The test it is done for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<TestName>,
    /// More arguments, as `--suite`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Steps that `when` speaks of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// When it is taken.
    pub when: When,
    /// What it does, for people.
    pub title: String,
}

/// When a step is taken. A step that was never taken, because what it needs was not, is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// All it needs is done, and nobody cancelled the run.
    Success,
    /// All it needs was taken, however that ended, and nobody cancelled the run.
    Settled,
    /// All it needs was taken, however that ended, cancelled or not.
    Begun,
    /// Always.
    Always,
}
