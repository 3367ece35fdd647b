//! What the answers of a registry mean.

use std::{fmt, time::Duration};

use http::HeaderMap;
use jiff::Timestamp;
use reqwest::Response;
use serde_json::Value;

/// What a registry says about an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It is there.
    There(Found),
    /// Nobody pushed it yet.
    NotYet,
    /// It is not for us; what was said.
    Denied(String),
    /// We asked too often, and may be told when to ask again.
    Throttled(Option<Duration>),
    /// The registry is in trouble; what was said.
    Trouble(String),
}

/// An image that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its digest, if the registry says it.
    pub(crate) digest: Option<String>,
    /// What it is built for, as `linux/amd64`; none if it is one image and not a list of them.
    pub(crate) platforms: Vec<String>,
}

impl Found {
    /// Whether it says what it is built for, and not `platform`.
    pub(crate) fn lacks(&self, platform: &str) -> bool {
        !self.platforms.is_empty() && self.platforms.iter().all(|one| one != platform)
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::There(_) => f.write_str("there"),
            Self::NotYet => f.write_str("not there yet"),
            Self::Denied(why) => f.write_str(why),
            Self::Throttled(None) => f.write_str("throttled by the registry"),
            Self::Throttled(Some(after)) => {
                write!(f, "throttled by the registry for {}s", after.as_secs())
            }
            Self::Trouble(why) => write!(f, "not to be had: {why}"),
        }
    }
}

/// Longest list or token that is read; lists are some kB.
const MOST_BYTES: usize = 4 << 20;

/// Longest time that a registry can ask for: more is past every deadline, and would be past the end of
/// the clock too.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The answer, if it is the one that was asked for.
///
/// quay.io says 401 of a repository that does not exist, too: only its owner may know.
pub(crate) fn understood(answer: Response) -> Result<Response, Seen> {
    let status = answer.status();
    let after = retry_after(answer.headers());
    match status.as_u16() {
        200..300 => Ok(answer),
        404 => Err(Seen::NotYet),
        401 | 403 => Err(Seen::Denied(format!("refused: the registry said {status}"))),
        429 => Err(Seen::Throttled(after)),
        // One that is being looked after says when it will be back.
        503 if after.is_some() => Err(Seen::Throttled(after)),
        _ => Err(Seen::Trouble(format!("the registry said {status}"))),
    }
}

/// What it means that no answer came.
pub(crate) fn trouble(error: reqwest::Error) -> Seen {
    // Whoever reads this knows the image: its address says nothing more.
    Seen::Trouble(stage::chain(&error.without_url()).join(": "))
}

/// The JSON of an answer.
pub(crate) async fn body(mut answer: Response) -> Result<Value, Seen> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(trouble)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_BYTES {
            return Err(Seen::Trouble("the registry's answer does not end".into()));
        }
    }
    let value = serde_json::from_slice(&bytes);
    value.map_err(|_| Seen::Trouble("the registry's answer is no JSON".into()))
}

/// How long the registry asks to be left alone.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    stage::retry_after(headers, Timestamp::now(), LONGEST)
}

#[cfg(test)]
mod tests {
    use http::header::RETRY_AFTER;

    use super::*;

    #[test]
    fn a_registry_asks_for_patience_in_seconds_or_until_a_date() {
        let after =
            |text: &str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]));

        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after("Fri, 31 Dec 2100 23:59:59 GMT"), Some(LONGEST));
        assert_eq!(after(&u64::MAX.to_string()), Some(LONGEST));
        assert_eq!(after("Fri, 31 Dec 1999 23:59:59 GMT"), None);
        assert_eq!(after("soon"), None);
    }
}
