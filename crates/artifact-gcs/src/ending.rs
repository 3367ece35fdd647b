//! When a test or a run began, when and how it ended.

use jiff::Timestamp;
use run_record::{Class, Outcome, Plan, PlannedTest, RunDir, Verdict};

use crate::reports;

/// When a test or a run began, when and how it ended. All of it is read from files, so that it is
/// the same whenever it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// When it began.
    pub(crate) started: Timestamp,
    /// When it ended.
    pub(crate) ended: Timestamp,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// What kind of thing went wrong.
    pub(crate) class: Option<Class>,
    /// The verdict of a test.
    pub(crate) verdict: Option<Verdict>,
}

impl Ending {
    /// The ending of a test: that of ClusterLoader2's run.
    pub(crate) fn of_test(run_dir: &RunDir, plan: &Plan, test: &PlannedTest) -> Self {
        let verdict = reports::judgement(run_dir, test).map(|judgement| judgement.verdict);
        match reports::record(run_dir, "cl2-runner", "run", Some(&test.test.test)) {
            Some(record) => Self {
                started: record.started,
                ended: record.ended,
                outcome: record.outcome,
                class: record.class,
                verdict,
            },
            None => Self { verdict, ..Self::unknown(plan) },
        }
    }

    /// The ending of the run.
    pub(crate) fn of_run(run_dir: &RunDir, plan: &Plan) -> Self {
        match reports::conclusion(run_dir) {
            Some(conclusion) => Self {
                ended: conclusion.concluded,
                outcome: conclusion.outcome,
                ..Self::unknown(plan)
            },
            None => Self::unknown(plan),
        }
    }

    /// A step that left nothing behind was ended from outside.
    fn unknown(plan: &Plan) -> Self {
        Self {
            started: plan.created,
            ended: plan.created,
            outcome: Outcome::Failed,
            class: None,
            verdict: None,
        }
    }

    /// Whether all was as it should be: no doubt is left and nothing is missing.
    pub(crate) fn passed(&self) -> bool {
        let good = matches!(self.verdict, Some(Verdict::Pass | Verdict::Improved));
        self.outcome == Outcome::Done && good
    }
}
