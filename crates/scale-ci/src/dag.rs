//! Which step is taken next, by what became of the steps before it.

use std::collections::BTreeMap;

use run_record::{Outcome, Step, When};

/// What became of the steps so far: none for a step that was skipped.
pub(crate) type Ended = BTreeMap<String, Option<Outcome>>;

/// How urgently a run is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Haste {
    /// Nobody stopped it.
    None,
    /// It was cancelled: what was measured is kept, and so is what the cluster can tell.
    Cancelled,
    /// It was cancelled twice: what was measured is kept, and the cluster goes.
    Hurried,
}

/// Whether `step` is taken.
pub(crate) fn is_taken(step: &Step, ended: &Ended, haste: Haste) -> bool {
    let cancelled = haste != Haste::None;
    if haste == Haste::Hurried && only_looks(step) {
        return false;
    }
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

/// Whether `step` only looks at the cluster: its results are of use, and no test's.
pub(crate) fn only_looks(step: &Step) -> bool {
    matches!(step.verb.as_str(), "snapshot" | "sysdump")
}

/// Whether nothing but its own end may end `step`: whatever the haste, the cluster must go, and a
/// reader must find how the run ended.
pub(crate) fn is_never_stopped(step: &Step) -> bool {
    matches!(step.verb.as_str(), "delete" | "conclude")
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
        for (before, haste, expected) in [
            (Some(Done), Haste::None, [true, true, true, true]),
            (Some(Failed), Haste::None, [false, true, true, true]),
            (Some(Cancelled), Haste::Cancelled, [false, false, true, true]),
            (Some(Done), Haste::Hurried, [false, false, true, true]),
            (None, Haste::None, [false, false, false, true]),
        ] {
            let ended = Ended::from([("before".into(), before)]);
            let taken = [When::Success, When::Settled, When::Begun, When::Always]
                .map(|when| is_taken(&step(when), &ended, haste));
            assert_eq!(taken, expected, "{before:?} {haste:?}");
        }
    }

    #[test]
    fn in_haste_the_cluster_is_not_looked_at_any_more() {
        let ended = Ended::from([("before".into(), Some(Outcome::Done))]);
        for (verb, expected) in [("snapshot", false), ("sysdump", false), ("export", true)] {
            let step = Step { verb: verb.into(), ..step(When::Begun) };
            assert!(is_taken(&step, &ended, Haste::Cancelled), "{verb}");
            assert_eq!(is_taken(&step, &ended, Haste::Hurried), expected, "{verb}");
        }
    }
}
