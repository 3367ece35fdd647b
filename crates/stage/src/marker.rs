//! Finds and ends every process of a run, by a mark in its environment.

use std::{
    fs,
    time::{Duration, Instant},
};

use run_record::ProcessId;
use rustix::process::{Pid, Signal, kill_process};

/// Environment variable that every program started for a run carries: the run's name. It outlives
/// the process that started the program, and reaches the program's own children.
pub const MARKER: &str = "PERF_SCALE_RUN";

/// Every live process that carries the mark of `run_id`, apart from this one.
#[must_use]
pub fn marked(run_id: &str) -> Vec<ProcessId> {
    let wanted = format!("{MARKER}={run_id}");
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| *pid != own)
        .filter(|pid| {
            fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environ| {
                environ.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes())
            })
        })
        .filter_map(|pid| ProcessId::of(pid).ok())
        .filter(ProcessId::is_alive)
        .collect()
}

/// Ends `processes`: SIGTERM, and SIGKILL for those that are still there after `grace`.
/// Returns those that are there even then.
pub async fn end_all(processes: &[ProcessId], grace: Duration) -> Vec<ProcessId> {
    /// Longest wait after SIGKILL: only a process stuck in the kernel needs it.
    const AFTER_KILL: Duration = Duration::from_secs(5);
    let mut left: Vec<ProcessId> =
        processes.iter().filter(|process| process.is_alive()).cloned().collect();
    for (signal, patience) in [(Signal::TERM, grace), (Signal::KILL, AFTER_KILL)] {
        for process in &left {
            send(process, signal);
        }
        left = wait_gone(left, patience).await;
    }
    left
}

fn send(process: &ProcessId, signal: Signal) {
    if process.is_alive()
        && let Some(pid) = Pid::from_raw(process.pid)
    {
        // It may have ended just now: that is what was wanted.
        let _ = kill_process(pid, signal);
    }
}

/// Waits until `processes` are gone. They are not our children, so the system does not tell us
/// when they end: it must be asked.
async fn wait_gone(mut processes: Vec<ProcessId>, patience: Duration) -> Vec<ProcessId> {
    /// Short beside the time a server needs to stop, long beside the look itself.
    const LOOK: Duration = Duration::from_millis(20);
    let end = Instant::now() + patience;
    loop {
        processes.retain(ProcessId::is_alive);
        if processes.is_empty() || Instant::now() >= end {
            return processes;
        }
        tokio::time::sleep(LOOK).await;
    }
}
