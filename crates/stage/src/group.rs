//! The process group of a program.

use rustix::process::{Pid, Signal, kill_process_group};

/// The process group of a child, which is ended as a whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group(pub(crate) Option<u32>);

impl Group {
    /// Sends `signal` to every process of the group.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(pid) = self.0.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw) {
            // It may have ended just now: that is what was wanted.
            let _ = kill_process_group(pid, signal);
        }
    }
}
