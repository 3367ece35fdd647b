//! Which step is taken next, by what became of the steps before it.

use std::collections::BTreeMap;

use run_record::{Outcome, Step, When};

/// What became of the steps so far: none for a step that was skipped.
pub(crate) type Ended = BTreeMap<String, Option<Outcome>>;

/// Whether `step` is taken.
pub(crate) fn is_taken(step: &Step, ended: &Ended, cancelled: bool) -> bool {
    let outcome = |id: &String| ended.get(id).copied().flatten();
    match step.when {
        When::Success => {
            !cancelled && step.needs.iter().all(|id| outcome(id) == Some(Outcome::Done))
        }
        When::Settled => !cancelled && step.needs.iter().all(|id| outcome(id).is_some()),
        When::Begun => step.needs.iter().all(|id| outcome(id).is_some()),
        When::Always => true,
    }
}

/// Whether `step` does its work even when the run is cancelled while it is taken.
pub(crate) fn outlives_cancel(step: &Step) -> bool {
    matches!(step.when, When::Begun | When::Always)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(when: When) -> Step {
        Step {
            id: "s".into(),
            stage: "x".into(),
            verb: "y".into(),
            test: None,
            args: Vec::new(),
            needs: vec!["before".into()],
            when,
            title: String::new(),
        }
    }

    #[test]
    fn each_condition_is_held_to_its_table() {
        use Outcome::{Cancelled, Done, Failed};
        for (before, cancelled, expected) in [
            (Some(Done), false, [true, true, true, true]),
            (Some(Failed), false, [false, true, true, true]),
            (Some(Cancelled), true, [false, false, true, true]),
            (Some(Done), true, [false, false, true, true]),
            (None, false, [false, false, false, true]),
        ] {
            let ended = Ended::from([("before".into(), before)]);
            let taken = [When::Success, When::Settled, When::Begun, When::Always]
                .map(|when| is_taken(&step(when), &ended, cancelled));
            assert_eq!(taken, expected, "{before:?} cancelled: {cancelled}");
        }
    }
}
