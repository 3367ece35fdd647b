//! How a step or a run ended: one vocabulary for records, exit codes and pages.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a step or a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// What was asked for is done.
    Done,
    /// A tool or the cloud failed; again may help.
    Failed,
    /// What was asked for cannot be done; again will not help.
    Misuse,
    /// A measurement is worse than it may be.
    Regressed,
    /// Data is missing that used to be there, or a required baseline is absent.
    Inconclusive,
    /// No capacity, no quota.
    Infrastructure,
    /// A deadline passed.
    TimedOut,
    /// Somebody stopped it.
    Cancelled,
}

impl Outcome {
    /// Every outcome, in the order of the exit codes.
    pub const ALL: [Self; 8] = [
        Self::Done,
        Self::Failed,
        Self::Misuse,
        Self::Regressed,
        Self::Inconclusive,
        Self::Infrastructure,
        Self::TimedOut,
        Self::Cancelled,
    ];

    /// The exit code. A cancelled program ends with 130 after SIGINT; after SIGTERM it is 143, after SIGHUP 129,
    /// which only the program itself knows.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Misuse => 2,
            Self::Regressed => 10,
            Self::Inconclusive => 11,
            Self::Infrastructure => 12,
            Self::TimedOut => 13,
            Self::Cancelled => 130,
        }
    }

    /// The outcome that a program said with its exit code.
    #[must_use]
    pub fn from_exit_code(code: i32) -> Self {
        match code {
            129 | 143 => Self::Cancelled,
            code => Self::ALL
                .into_iter()
                .find(|outcome| i32::from(outcome.exit_code()) == code)
                .unwrap_or(Self::Failed),
        }
    }

    /// Which of several outcomes is the word for all of them: the greatest.
    #[must_use]
    pub fn weight(self) -> u8 {
        match self {
            Self::Cancelled => 7,
            Self::Infrastructure => 6,
            Self::Misuse => 5,
            Self::Failed => 4,
            Self::TimedOut => 3,
            Self::Regressed => 2,
            Self::Inconclusive => 1,
            Self::Done => 0,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Misuse => "misuse",
            Self::Regressed => "regressed",
            Self::Inconclusive => "inconclusive",
            Self::Infrastructure => "infrastructure",
            Self::TimedOut => "timed out",
            Self::Cancelled => "cancelled",
        })
    }
}

/// What kind of thing went wrong, finer than the outcome: who has to look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The scenario, the run directory or the arguments.
    Input,
    /// A program could not be found or built.
    Tool,
    /// The cluster is not as it was asked for.
    Cluster,
    /// Cilium is not as it was asked for.
    Cilium,
    /// ClusterLoader2 could not run the test.
    TestSetup,
    /// ClusterLoader2 ran the test and a threshold of its own was broken.
    Violation,
    /// ClusterLoader2 ran into the deadline.
    Deadline,
    /// ClusterLoader2 stopped making progress.
    Stall,
    /// ClusterLoader2 was killed or crashed.
    Crash,
    /// The disk is full.
    Disk,
    /// Prometheus' database is not whole.
    Snapshot,
    /// The bucket.
    Bucket,
    /// The registry of images.
    Registry,
    /// Somebody stopped it.
    Cancel,
    /// Something is left that could not be removed.
    LeftBehind,
    /// A fault of this program.
    Internal,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_is_known_by_its_exit_code() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_exit_code(outcome.exit_code().into()), outcome);
        }
        assert_eq!([129, 143].map(Outcome::from_exit_code), [Outcome::Cancelled; 2]);
        assert_eq!(Outcome::from_exit_code(101), Outcome::Failed);
    }
}
