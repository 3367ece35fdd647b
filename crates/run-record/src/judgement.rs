//! `tests/<test>/judgement.json`: the verdict of one test and what it rests on.

use std::fmt;

use scenario::{Better, Policy, TestName};
use serde::{Deserialize, Serialize};

use crate::{format::Format, measurement::Key};

/// The verdict of one test and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// Version of this file's shape.
    pub format: Format,
    /// The test.
    pub test: TestName,
    /// Series its results belong to.
    pub job: String,
    /// Its build in that series.
    pub build: u64,
    /// The verdict.
    pub verdict: Verdict,
    /// What decided it, worst first, one sentence each.
    pub because: Vec<String>,
    /// The builds it was compared with.
    pub baseline: Baseline,
    /// Every measurement that a rule speaks of, worst first.
    pub measurements: Vec<Judged>,
    /// Thresholds of ClusterLoader2 itself that were broken and count.
    pub violations: Vec<Violation>,
    /// What went wrong and decides nothing, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What was not measured, with the reason.
    pub not_run: Vec<NotRun>,
    /// How many measurements no rule speaks of.
    pub unjudged: usize,
}

/// The builds a test was compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The builds, newest first.
    pub builds: Vec<u64>,
    /// Builds that were there and were passed over, with the reason.
    pub passed_over: Vec<String>,
}

/// One measurement and its verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// What it is a measurement of.
    pub key: Key,
    /// Unit of `value`, `median` and `limit`.
    pub unit: String,
    /// The value of this run; none if it is missing.
    pub value: Option<f64>,
    /// Median of the baseline.
    pub median: Option<f64>,
    /// Builds of the baseline that have the measurement.
    pub builds: usize,
    /// Percent against the median; above zero is more, not worse.
    pub change_percent: Option<f64>,
    /// Change for the worse that is allowed, in percent.
    pub threshold_percent: Option<f64>,
    /// Value that must not be passed.
    pub limit: Option<f64>,
    /// Which direction is better.
    pub better: Better,
    /// What a broken rule does.
    pub policy: Policy,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub reason: String,
}

/// What a value says about the tested Cilium.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As good as it should be.
    Pass,
    /// Better than the baseline by more than the threshold.
    Improved,
    /// Worse than it may be.
    Regressed,
    /// Maybe worse; a second run is asked for.
    Suspect,
    /// Data is missing.
    Inconclusive,
}

impl Verdict {
    /// How bad it is: the worst measurement gives the word for a test.
    #[must_use]
    pub fn badness(self) -> u8 {
        match self {
            Self::Improved => 0,
            Self::Pass => 1,
            Self::Suspect => 2,
            Self::Inconclusive => 3,
            Self::Regressed => 4,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Improved => "improved",
            Self::Regressed => "regressed",
            Self::Suspect => "suspect",
            Self::Inconclusive => "inconclusive",
        })
    }
}

/// A threshold of ClusterLoader2 itself that was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Violation {
    /// Method of the measurement, such as `APIResponsivenessPrometheus`.
    pub measurement: String,
    /// Identifier of the measurement in the config.
    pub identifier: String,
    /// What ClusterLoader2 said.
    pub message: String,
}

/// Something that was not measured here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotRun {
    /// Method or identifier of the measurement.
    pub measurement: String,
    /// Why not.
    pub reason: String,
}
