//! Which word and exit code each interruption must end with.

use run_record::Outcome;

use crate::{
    pressed::Pressed,
    steps::{OUTLIVING, has_results},
};

/// What a run may end with: exit code, and the word of the conclusion.
type Ending = (i32, Option<Outcome>);

/// What may come of `pressed` in the middle of `step`; `killed` says that `scale-ci` itself was, and
/// that the run was taken up again.
pub(crate) fn endings(step: &str, pressed: Pressed, killed: bool) -> Vec<Ending> {
    use Outcome::{Cancelled, Done, Failed};
    let concluded = ["conclude", "export-suite"].contains(&step);
    if killed {
        // The word is that of the step; one that was killed before it could say any has failed.
        let mut endings = vec![(130, Some(Cancelled)), (1, Some(Failed))];
        if step != "run-brief" {
            endings.push((0, Some(Done)));
        }
        return endings;
    }
    match pressed {
        Pressed::Int
        | Pressed::IntInt
        | Pressed::IntIntInt
        | Pressed::Term
        | Pressed::Kill
        | Pressed::Runner => {
            let code = if pressed == Pressed::Term { 143 } else { 130 };
            match step {
                "plan" => vec![(code, None)],
                // The conclusion was there before, or was being drawn.
                _ if concluded => vec![(code, Some(Cancelled)), (code, Some(Done))],
                _ => vec![(code, Some(Cancelled))],
            }
        }
        Pressed::StageInt | Pressed::StageTerm => {
            let cancelled = (130, Some(Cancelled));
            match step {
                "plan" => vec![(130, None), (0, Some(Done))],
                "create" | "install" | "run-brief" => vec![cancelled],
                // It may be at its end, and some have nothing that is worth stopping.
                _ => vec![cancelled, (0, Some(Done))],
            }
        }
        Pressed::StageKill => match step {
            "plan" => vec![(1, None)],
            _ if OUTLIVING.contains(&step) => vec![(0, Some(Done))],
            _ => vec![(1, Some(Failed))],
        },
    }
}

/// Whether an export may be unfinished when the run has ended: it was what hung.
pub(crate) fn may_be_unfinished(step: &str, pressed: Pressed) -> bool {
    pressed == Pressed::IntIntInt && step.starts_with("export")
}

/// The step from which a run is taken up again that was killed at `step`.
pub(crate) fn taken_up_from(step: &str) -> &'static str {
    let exported = ["reset-brief", "snapshot", "sysdump", "delete", "conclude", "export-suite"];
    match step {
        step if exported.contains(&step) => "conclude",
        step if has_results(step) => "export-brief",
        _ => "conclude",
    }
}
