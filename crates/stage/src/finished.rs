//! How a program ended, and what it said.

use std::process::ExitStatus;

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself.
    Exited(ExitStatus),
    /// It was stopped when its deadline passed.
    TimedOut,
    /// It was stopped because the step was cancelled.
    Cancelled,
    /// It was stopped because the caller, who watched it, asked for it.
    Stopped,
}

/// A program that ended.
#[derive(Debug)]
pub struct Finished {
    /// How.
    pub ended: Ended,
    /// What it wrote to stdout, if that was asked for; not redacted.
    pub stdout: String,
    /// Last lines of its log, redacted.
    pub tail: Vec<String>,
    /// Bytes that it said and its log does not hold, since it would have become too large.
    pub left_out_bytes: u64,
}
