//! Looks at processes and sends them signals.

use std::{
    fs,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// Sends `signal`; a process that ended just now is no fault.
pub(crate) fn send(pid: i32, signal: Signal) {
    let _ = kill_process(Pid::from_raw(pid).unwrap(), signal);
}

/// The children of a process.
pub(crate) fn children(pid: i32) -> Vec<i32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    tasks
        .filter_map(|task| fs::read_to_string(task.path().join("children")).ok())
        .flat_map(|text| {
            text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()
        })
        .collect()
}

/// A process and all that came of it and still belongs to it.
pub(crate) fn tree(pid: i32) -> Vec<i32> {
    let mut all = vec![pid];
    for child in children(pid) {
        all.extend(tree(child));
    }
    all
}

/// What a process was started with, its own name left out.
pub(crate) fn arguments(pid: i32) -> Vec<String> {
    let text = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let mut args = text.split(|byte| *byte == 0).map(|arg| String::from_utf8_lossy(arg).into());
    args.next();
    args.collect()
}

/// Whether a process looks at SIGINT, SIGTERM and SIGHUP itself by now.
pub(crate) fn listens(pid: i32) -> bool {
    /// Their bits in the masks of the system.
    const ALL: u64 = 1 << 1 | 1 << 14 | 1;
    let caught = field(pid, "SigCgt:").and_then(|mask| u64::from_str_radix(&mask, 16).ok());
    caught.is_some_and(|mask| mask & ALL == ALL)
}

/// Whether a process stands still after SIGSTOP.
pub(crate) fn is_stopped(pid: i32) -> bool {
    field(pid, "State:").is_some_and(|state| state.starts_with('T'))
}

/// Whether a signal waits for a process to go on.
pub(crate) fn has_pending(pid: i32) -> bool {
    field(pid, "ShdPnd:").is_none_or(|mask| mask.chars().any(|digit| digit != '0'))
}

/// Whether a process has ended, or is about to with nothing left to do.
pub(crate) fn is_gone(pid: i32) -> bool {
    field(pid, "State:").is_none_or(|state| state.starts_with('Z') || state.starts_with('X'))
}

fn field(pid: i32, name: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
}

/// Looks until `found` has something, for at most `patience`. The looks are short and close together:
/// some steps take milliseconds.
pub(crate) fn look<T>(patience: Duration, mut found: impl FnMut() -> Option<T>) -> Option<T> {
    const PAUSE: Duration = Duration::from_micros(500);
    let end = Instant::now() + patience;
    loop {
        if let Some(found) = found() {
            return Some(found);
        }
        if Instant::now() >= end {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
}
