//! Processes of this machine, told apart from later ones with the same number.

use std::{fs, io};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::format::Format;

/// A process: its number alone may be somebody else's tomorrow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessId {
    /// Process number, which is also its group's.
    pub pid: i32,
    /// When it started, in clock ticks since the machine did.
    pub start_ticks: u64,
    /// Which start of the machine that was.
    pub boot_id: String,
}

impl ProcessId {
    /// The process with this number, as it runs now.
    ///
    /// # Errors
    /// There is none, or the system does not tell.
    pub fn of(pid: i32) -> io::Result<Self> {
        let boot_id = fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned();
        Ok(Self { pid, start_ticks: start_ticks(pid)?, boot_id })
    }

    /// When it started, by the clock of this machine.
    ///
    /// # Errors
    /// The system does not tell when it was started itself.
    pub fn started(&self) -> io::Result<Timestamp> {
        /// Clock ticks in a second, as Linux tells them to programs on every common processor.
        const TICKS: u64 = 100;
        let stat = fs::read_to_string("/proc/stat")?;
        stat.lines()
            .find_map(|line| line.strip_prefix("btime ")?.trim().parse::<u64>().ok())
            .and_then(|booted| i64::try_from(booted + self.start_ticks / TICKS).ok())
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or_else(|| io::Error::other("/proc/stat is not as expected"))
    }

    /// Whether this very process still runs; one that ended and was not yet collected does not.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        Self::of(self.pid).is_ok_and(|now| now == *self) && !is_zombie(self.pid)
    }
}

/// Field 22 of `/proc/PID/stat`; the name in field 2 may hold spaces and brackets.
fn start_ticks(pid: i32) -> io::Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    stat.rsplit_once(')')
        .and_then(|(_, fields)| fields.split_whitespace().nth(19)?.parse().ok())
        .ok_or_else(|| io::Error::other("/proc/PID/stat is not as expected"))
}

/// Whether all that is left of the process is the note for its parent. While other threads end,
/// the first one looks like that already, but files and ports are still open.
fn is_zombie(pid: i32) -> bool {
    let noted = fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        stat.rsplit_once(')').is_some_and(|(_, fields)| fields.trim_start().starts_with('Z'))
    });
    let threads = || fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
    noted && threads() <= 1
}

/// `processes/<program>-<pid>.json`: a child process, so that another process can end it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessFile {
    /// Version of this file's shape.
    pub format: Format,
    /// Program, as `clusterloader2`.
    pub program: String,
    /// The process.
    pub process: ProcessId,
    /// When it was started.
    pub started: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_one_that_started_at_another_time_is_not() {
        let own = ProcessId::of(i32::try_from(std::process::id()).unwrap()).unwrap();

        assert!(own.is_alive());
        assert!(!ProcessId { start_ticks: own.start_ticks + 1, ..own }.is_alive());
    }
}
