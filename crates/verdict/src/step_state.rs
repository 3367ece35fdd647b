//! What became of each step of the plan.

use run_record::{Outcome, Plan, Record, RunDir, Step, When};
use stage::chain;

/// What became of a step.
#[derive(Clone, Debug)]
pub(crate) enum StepState {
    /// It left a record.
    Taken(Box<Record>),
    /// It left a record that cannot be read: why.
    Unreadable(Vec<String>),
    /// It was its turn, and it was not taken.
    Forgotten,
    /// It was not its turn: what it needs did not come about, or the run was cancelled.
    Skipped,
}

impl StepState {
    /// Whether the step was begun and ended, however.
    fn is_taken(&self) -> bool {
        matches!(self, Self::Taken(_) | Self::Unreadable(_))
    }

    fn is_done(&self) -> bool {
        matches!(self, Self::Taken(record) if record.outcome == Outcome::Done)
    }
}

/// Every step before the conclusion, and those behind it that were taken already, each with what
/// became of it. `cancelled` says that somebody stopped the run, whether or not a record says so.
pub(crate) fn step_states<'p>(
    run_dir: &RunDir,
    plan: &'p Plan,
    cancelled: bool,
) -> Vec<(&'p Step, StepState)> {
    let concluding = plan.steps.iter().position(is_conclude).unwrap_or(plan.steps.len());
    let read: Vec<(usize, &Step, Option<StepState>)> = plan
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| !is_conclude(step))
        .map(|(at, step)| (at, step, recorded(run_dir, step)))
        .collect();
    let cancelled = cancelled
        || read.iter().any(|(.., state)| {
            matches!(state, Some(StepState::Taken(record)) if record.outcome == Outcome::Cancelled)
        });
    let mut states: Vec<(&Step, StepState)> = Vec::new();
    for (at, step, state) in read {
        let state = match state {
            Some(state) => state,
            // Its turn comes after this one.
            None if at > concluding => continue,
            // The cluster was left on purpose.
            None if step.verb == "delete" && run_dir.kept_path().exists() => StepState::Skipped,
            None if is_turn(step, &states, cancelled) => StepState::Forgotten,
            None => StepState::Skipped,
        };
        states.push((step, state));
    }
    states
}

fn is_conclude(step: &Step) -> bool {
    step.stage == "verdict" && step.verb == "conclude"
}

fn recorded(run_dir: &RunDir, step: &Step) -> Option<StepState> {
    match run_dir.record(&step.stage, &step.verb, step.test.as_ref()) {
        Ok(record) => Some(StepState::Taken(Box::new(record?))),
        Err(error) => Some(StepState::Unreadable(chain(&error))),
    }
}

/// Whether a step that left no record ought to have been taken. A step needs steps before it only,
/// as the plan's order can be taken.
fn is_turn(step: &Step, before: &[(&Step, StepState)], cancelled: bool) -> bool {
    let mut needed = step
        .needs
        .iter()
        .map(|id| before.iter().find(|(step, _)| step.id == *id).map(|(_, state)| state));
    match step.when {
        When::Always => true,
        When::Begun => needed.all(|state| state.is_some_and(StepState::is_taken)),
        When::Settled => !cancelled && needed.all(|state| state.is_some_and(StepState::is_taken)),
        When::Success => !cancelled && needed.all(|state| state.is_some_and(StepState::is_done)),
    }
}
