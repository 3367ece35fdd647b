//! `records/<stage>-<verb>[-<test>].json`: what a stage wrote about itself.

use std::path::PathBuf;

use jiff::Timestamp;
use scenario::TestName;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    format::Format,
    outcome::{Class, Outcome},
};

/// What a stage wrote about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Version of this file's shape.
    pub format: Format,
    /// The run, as its plan names it; none in what earlier versions wrote, and where there was no plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The stage.
    pub stage: String,
    /// What it was told to do.
    pub verb: String,
    /// The test it did it for.
    pub test: Option<TestName>,
    /// Version of the stage's program.
    pub version: String,
    /// How the last attempt ended.
    pub outcome: Outcome,
    /// What kind of thing went wrong.
    pub class: Option<Class>,
    /// When the last attempt began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// The attempts before the last one.
    pub attempts: Vec<Attempt>,
    /// Programs that were used.
    pub tools: Vec<ToolUsed>,
    /// What went wrong, from the outside in.
    pub errors: Vec<String>,
    /// What the stage found or made, in words of its own.
    pub facts: Value,
}

/// An earlier attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// How it ended.
    pub outcome: Outcome,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
}

/// A program that was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolUsed {
    /// Its name, as `clusterloader2`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Where it was found: `environment`, `path`, `cache` or `built`.
    pub source: String,
}
