//! A stage that is part of a run is asked to stop when whoever started it is killed.

use rustix::process::{Signal, getppid, set_parent_process_death_signal};

use crate::cancel::Cancel;

/// Environment variable that names the process which waits for a program: what that one started to
/// outlive it is not given it.
pub(crate) const PARENT: &str = "PERF_SCALE_PARENT";

/// Takes the death of the process that waits for this one for a request to stop. Without it a stage
/// would go on alone for as long as its test takes, and would end with nothing kept.
pub(crate) fn follow(cancel: &Cancel) -> std::io::Result<()> {
    let Some(parent) = std::env::var(PARENT).ok().and_then(|pid| pid.parse::<i32>().ok()) else {
        return Ok(());
    };
    let is_there = || getppid().is_some_and(|pid| pid.as_raw_nonzero().get() == parent);
    // A program in between, as a shell is, may live on: then nobody knows.
    if is_there() {
        set_parent_process_death_signal(Some(Signal::TERM))?;
        // It may have died just before.
        if !is_there() {
            cancel.note(Signal::TERM.as_raw());
        }
    }
    Ok(())
}
