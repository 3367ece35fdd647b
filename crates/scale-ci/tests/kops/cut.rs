//! One cut: who is killed, at which call, and what is left.

use std::{fmt, time::Instant};

use fake_gce::{Fault, FaultPlan, Moment, Rule, SignalName};

use crate::cloud::Cloud;

/// Who is cut, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Victim {
    /// kops, by SIGKILL.
    Kops,
    /// kops, as by a person.
    KopsAsked,
    /// The stage, by SIGKILL.
    Stage,
}

/// What is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum During {
    Create,
    Delete,
}

/// Who cleans up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cleaner {
    /// `infra-kops delete`.
    Ours,
    /// `kops delete cluster`, and nothing else.
    Bare,
}

/// One cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) during: During,
    pub(crate) victim: Victim,
    /// At which call that changes the cloud, from 1.
    pub(crate) nth: usize,
    pub(crate) cleaner: Cleaner,
}

/// What came of a cut.
pub(crate) struct Outcome {
    pub(crate) cut: Cut,
    /// The call.
    pub(crate) call: String,
    /// Exit code of the clean-up.
    pub(crate) code: Option<i32>,
    /// What is still there.
    pub(crate) left: Vec<String>,
    pub(crate) seconds: f64,
    /// What the clean-up said.
    pub(crate) said: String,
}

impl Cut {
    /// Makes a cloud, cuts, cleans up once and counts. Nothing comes back if there is no such call.
    pub(crate) fn make(self) -> Option<Outcome> {
        let begun = Instant::now();
        let cloud = Cloud::new();
        cloud.plan(&[]);
        if self.during == During::Delete {
            let made = cloud.stage(&["infra-kops", "create"]);
            assert!(!cloud.left().is_empty(), "{}", made.said);
        }
        let before = cloud.fake().mutations();
        let (pid_file, signal) = match self.victim {
            Victim::Kops => (cloud.kops_pid(), SignalName::Kill),
            Victim::KopsAsked => (cloud.kops_pid(), SignalName::Interrupt),
            Victim::Stage => (cloud.stage_pid(), SignalName::Kill),
        };
        let fault = Fault::Signal { pid_file, signal, at: Moment::After };
        let nth = u64::try_from(self.nth).unwrap();
        cloud.fake().set_plan(FaultPlan::of([Rule::mutation(nth, fault)]));
        let verb = if self.during == During::Create { "create" } else { "delete" };
        cloud.stage(&["infra-kops", verb]);
        if cloud.fake().mutations() < before + self.nth {
            return None;
        }
        let call = cloud.call(before + self.nth);
        cloud.fake().set_plan(FaultPlan::default());
        let ended = match self.cleaner {
            Cleaner::Ours => cloud.stage(&["infra-kops", "delete"]),
            Cleaner::Bare => cloud.bare_delete(),
        };
        let mut left = cloud.left();
        if self.cleaner == Cleaner::Bare {
            // Our own lease is nothing that kops knows.
            left.retain(|name| !name.contains("perf-scale-leases"));
        }
        let seconds = begun.elapsed().as_secs_f64();
        Some(Outcome {
            cut: self,
            call,
            code: ended.status.code(),
            left,
            seconds,
            said: ended.said,
        })
    }
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kops => "kops, SIGKILL",
            Self::KopsAsked => "kops, SIGINT",
            Self::Stage => "infra-kops, SIGKILL",
        })
    }
}
