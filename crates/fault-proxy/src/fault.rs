//! What can be done to a request.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// What can be done to a request, or to its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// It is answered without the store being asked.
    Answer(Answer),
    /// The store does it, and its answer is lost: the connection is cut in its place.
    LoseAnswer,
    /// The connection is cut after so many bytes of the request's body, or before its last part if
    /// it has fewer: the store never sees it whole.
    CutRequest {
        /// Bytes that get through at most.
        after: u64,
    },
    /// The connection is cut after so many bytes of the answer's body.
    CutAnswer {
        /// Bytes that get through at most.
        after: u64,
    },
    /// The answer states another checksum than the store's: `crc32c` in JSON, `x-goog-hash`.
    WrongChecksum,
    /// One bit of the answer's body is another one.
    FlipByte {
        /// Offset of the byte in which it is.
        at: u64,
    },
    /// The request is held back for a time before the store sees it.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// The bodies of the request and of the answer pass slowly.
    Throttle {
        /// Bytes a second, in each direction.
        bytes_per_second: u64,
    },
    /// Nothing is ever answered; it ends when the client goes.
    Hang,
    /// The store does it, and its answer is held back until later ones have gone out.
    Hold {
        /// Answers that go out first.
        answers: u64,
        /// Milliseconds after which it goes out all the same.
        #[serde(default = "at_most")]
        at_most_ms: u64,
    },
}

/// An answer that is not the store's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Its body; without one, the JSON with which Google says this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// Longer than any answer of an emulator on the same machine takes, shorter than a client's
/// patience.
const fn at_most() -> u64 {
    2000
}

impl Fault {
    /// The answer `status` in Google's words.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer(Answer { status, headers: BTreeMap::new(), body: None })
    }

    /// The answer `status`, which asks the client to come again in `seconds`.
    #[must_use]
    pub fn again_in(status: u16, seconds: u64) -> Self {
        let headers = BTreeMap::from([("retry-after".into(), seconds.to_string())]);
        Self::Answer(Answer { status, headers, body: None })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(answer) => write!(f, "answer {}", answer.status),
            Self::LoseAnswer => f.write_str("lose-answer"),
            Self::CutRequest { after } => write!(f, "cut-request after {after}"),
            Self::CutAnswer { after } => write!(f, "cut-answer after {after}"),
            Self::WrongChecksum => f.write_str("wrong-checksum"),
            Self::FlipByte { at } => write!(f, "flip-byte at {at}"),
            Self::Delay { ms } => write!(f, "delay {ms} ms"),
            Self::Throttle { bytes_per_second } => write!(f, "throttle {bytes_per_second} B/s"),
            Self::Hang => f.write_str("hang"),
            Self::Hold { answers, .. } => write!(f, "hold {answers} answers"),
        }
    }
}
