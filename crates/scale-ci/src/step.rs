//! One step as a process of its own: its signals, its exit code, its log.

use std::{env, time::Duration};

use run_record::{Outcome, RunDir, Step};
use stage::{Cancel, Ended, Tool, ToolError};

use crate::{dag, display::Line};

/// Time a step has to keep what it has when the run is cancelled. A runner gives 10 s in all; here
/// nobody hurries us but a second Ctrl-C.
const GRACE: Duration = Duration::from_secs(60);

/// Takes `step` and says how it ended.
pub(crate) async fn take(
    step: &Step,
    run_dir: &RunDir,
    run_id: &str,
    cancel: &Cancel,
    line: &Line,
) -> Result<Outcome, ToolError> {
    let mut tool = myself()?
        .args(["stage", &step.stage, &step.verb])
        .args(step.args.iter())
        .arg("--run-dir")
        .arg(run_dir.root())
        .of_run(run_dir, run_id)
        .log(run_dir.logs().join(format!("step-{}.log", step.id)))
        .on_line(|text| line.progress(text));
    if let Some(test) = &step.test {
        tool = tool.args(["--test", test.as_str()]);
    }
    // A cancel between two steps leaves no record: the conclusion must be told.
    if cancel.is_asked() && step.verb == "conclude" {
        tool = tool.arg("--cancelled");
    }
    if !dag::outlives_cancel(step) {
        tool = tool.cancel(cancel).grace(GRACE);
    } else if step.verb != "delete" {
        // Whatever hangs, the teardown that is still to come must come.
        tool = tool.hurry(cancel);
    }
    Ok(match tool.finish().await?.ended {
        Ended::Exited(status) => status.code().map_or(Outcome::Failed, Outcome::from_exit_code),
        Ended::TimedOut => Outcome::TimedOut,
        Ended::Cancelled => Outcome::Cancelled,
    })
}

/// This program again, with the whole of the caller's environment.
pub(crate) fn myself<'l>() -> Result<Tool<'l>, ToolError> {
    let program = env::current_exe()
        .map_err(|source| ToolError::Start { program: "scale-ci".into(), source })?;
    // What a step says is redacted and shown as progress, so the runner's commands would be lost in
    // it: the run says them itself at its end.
    Ok(Tool::new("scale-ci", program).pass("").without("GITHUB_ACTIONS"))
}
