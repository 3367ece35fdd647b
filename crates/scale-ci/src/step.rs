//! One step as a process of its own: its signals, its exit code, its log.

use std::{env, time::Duration};

use jiff::Timestamp;
use run_record::{Outcome, RunDir, Step};
use stage::{Cancel, Ended, Tool, ToolError};

use crate::{dag, death, display::Line};

/// Time a step has to keep what it has when the run is cancelled. A runner gives 10 s in all; here
/// nobody hurries us but a second Ctrl-C.
const GRACE: Duration = Duration::from_secs(60);

/// Signals that do not end a look at the cluster: the one that cancels.
const LOOK_SPARES: u32 = 1;

/// Signals that do not end an export: also the one that hurries, since nothing is lost by it.
const EXPORT_SPARES: u32 = 2;

/// How often a step that keeps results or removes the cluster is taken when somebody kills it.
const ATTEMPTS: u32 = 2;

/// Takes `step` and says how it ended.
pub(crate) async fn take(
    step: &Step,
    run_dir: &RunDir,
    run_id: &str,
    cancel: &Cancel,
    line: &Line,
) -> Result<Outcome, ToolError> {
    let mut attempt = 1;
    loop {
        let started = Timestamp::now();
        let ended = start(step, run_dir, run_id, cancel, line)?.finish().await?.ended;
        if let Ended::Exited(status) = ended
            && let Some(code) = status.code()
        {
            return Ok(Outcome::from_exit_code(code));
        }
        let outcome = death::settle(step, run_dir, run_id, started, ended).await;
        // Nobody here wanted it to end: results or a cluster would be left.
        let unasked = matches!(ended, Ended::Exited(_)) && dag::outlives_cancel(step);
        if !unasked || attempt == ATTEMPTS {
            return Ok(outcome);
        }
        tracing::warn!("step `{}` was killed and is taken again", step.id);
        attempt += 1;
    }
}

/// The process that takes `step`.
fn start<'l>(
    step: &Step,
    run_dir: &RunDir,
    run_id: &str,
    cancel: &Cancel,
    line: &'l Line,
) -> Result<Tool<'l>, ToolError> {
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
    Ok(if !dag::outlives_cancel(step) {
        tool.cancel(cancel).grace(GRACE)
    } else if dag::is_never_stopped(step) {
        tool
    } else {
        // Whatever hangs, the teardown that is still to come must come.
        tool.hurry(cancel, if dag::only_looks(step) { LOOK_SPARES } else { EXPORT_SPARES })
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
