//! Finds and ends every process of a run, by a mark in its environment.

use std::{
    collections::BTreeMap,
    fs, io,
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
    marked_runs().ok().and_then(|mut runs| runs.remove(run_id)).unwrap_or_default()
}

/// Every live process that carries the mark of a run, by run, apart from this one.
///
/// # Errors
/// The system does not tell which processes there are.
pub fn marked_runs() -> io::Result<BTreeMap<String, Vec<ProcessId>>> {
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    let mut runs: BTreeMap<String, Vec<ProcessId>> = BTreeMap::new();
    for entry in fs::read_dir("/proc")? {
        let pid = entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok());
        let Some(pid) = pid.filter(|pid| *pid != own) else { continue };
        // Processes of others and those that ended just now cannot be read: they are not ours.
        let Ok(environ) = fs::read(format!("/proc/{pid}/environ")) else { continue };
        let Some(run) = mark(&environ) else { continue };
        if let Some(process) = ProcessId::of(pid).ok().filter(ProcessId::is_alive) {
            runs.entry(run).or_default().push(process);
        }
    }
    Ok(runs)
}

/// The run whose mark an environment holds.
fn mark(environ: &[u8]) -> Option<String> {
    let mut entries = environ.split(|byte| *byte == 0);
    entries.find_map(|entry| {
        let run = entry.strip_prefix(MARKER.as_bytes())?.strip_prefix(b"=")?;
        Some(String::from_utf8_lossy(run).into_owned())
    })
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
