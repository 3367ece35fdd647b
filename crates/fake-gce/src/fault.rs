//! What can be done to a request.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

/// What can be done to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// It is refused, and nothing changes.
    Answer {
        /// Status of the refusal.
        status: u16,
        /// Google's word for why, as `quotaExceeded`; without it the usual one for the status.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// What is said; without it something that fits the status.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Seconds of the header `retry-after`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u32>,
    },
    /// It is accepted, and its operation fails: nothing changes.
    Operation {
        /// As `ZONE_RESOURCE_POOL_EXHAUSTED`.
        code: String,
        /// What is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// Nothing is ever answered and nothing changes; it ends when the client goes.
    Hang,
    /// The connection is cut, and nothing changes.
    CutBefore,
    /// It takes effect, and the connection is cut in place of the answer.
    CutAfter,
    /// A process gets a signal, most often the one that asks; the request then takes its course.
    Signal {
        /// File with the number of the process.
        pid_file: PathBuf,
        /// Which signal.
        signal: SignalName,
        /// Whether before the request takes effect, or after.
        at: Moment,
    },
    /// The answer is held back for a time.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
}

/// A signal that ends a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignalName {
    /// The process is gone at once.
    #[serde(rename = "SIGKILL")]
    Kill,
    /// As from the keyboard.
    #[serde(rename = "SIGINT")]
    Interrupt,
    /// The usual one.
    #[serde(rename = "SIGTERM")]
    Terminate,
}

/// When something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// The request has not changed anything, and never will if a signal kills who asks.
    Before,
    /// The request has taken effect, and nothing was answered yet.
    After,
}

impl Fault {
    /// A refusal with this status, in Google's usual words.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer { status, reason: None, message: None, retry_after: None }
    }

    /// A quota is used up.
    #[must_use]
    pub fn quota() -> Self {
        let message = "Quota 'NETWORKS' exceeded.  Limit: 5.0 globally.".into();
        let reason = Some("quotaExceeded".into());
        Self::Answer { status: 403, reason, message: Some(message), retry_after: None }
    }

    /// The operation fails with this code.
    #[must_use]
    pub fn operation(code: &str) -> Self {
        Self::Operation { code: code.into(), message: None }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer { status, reason: Some(reason), .. } => {
                write!(f, "answer {status} {reason}")
            }
            Self::Answer { status, .. } => write!(f, "answer {status}"),
            Self::Operation { code, .. } => write!(f, "operation {code}"),
            Self::Hang => f.write_str("hang"),
            Self::CutBefore => f.write_str("cut-before"),
            Self::CutAfter => f.write_str("cut-after"),
            Self::Signal { signal, at, .. } => write!(f, "{signal:?} {at:?}"),
            Self::Delay { ms } => write!(f, "delay {ms} ms"),
        }
    }
}
