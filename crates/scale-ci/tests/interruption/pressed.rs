//! What is sent, and to whom.

use std::{fmt, str::FromStr};

/// What is sent, and to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pressed {
    /// One SIGINT to `scale-ci`: Ctrl-C.
    Int,
    /// Two of them.
    IntInt,
    /// Three of them.
    IntIntInt,
    /// SIGTERM to `scale-ci`.
    Term,
    /// SIGKILL to `scale-ci`.
    Kill,
    /// What GitHub's runner does: SIGINT, after 7.5 s SIGTERM, after 2.5 s SIGKILL to `scale-ci` and
    /// all that it started.
    Runner,
    /// SIGINT to the process of the step.
    StageInt,
    /// SIGTERM to it.
    StageTerm,
    /// SIGKILL to it, as the system does when memory is short.
    StageKill,
}

impl Pressed {
    pub(crate) const ALL: [Self; 9] = [
        Self::Int,
        Self::IntInt,
        Self::IntIntInt,
        Self::Term,
        Self::Kill,
        Self::Runner,
        Self::StageInt,
        Self::StageTerm,
        Self::StageKill,
    ];

    /// Whether it is another thing at `step` than what stands before it: a third signal is for
    /// exports.
    pub(crate) fn matters_at(self, step: &str) -> bool {
        self != Self::IntIntInt || step.starts_with("export")
    }

    /// Its name in the table and in the environment.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Int => "INT",
            Self::IntInt => "INT-INT",
            Self::IntIntInt => "INT-INT-INT",
            Self::Term => "TERM",
            Self::Kill => "KILL",
            Self::Runner => "runner",
            Self::StageInt => "step-INT",
            Self::StageTerm => "step-TERM",
            Self::StageKill => "step-KILL",
        }
    }
}

impl fmt::Display for Pressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Pressed {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|pressed| pressed.name() == name);
        found.ok_or_else(|| format!("no signal is called `{name}`"))
    }
}
