//! What an answer of Google Cloud Storage means for whoever asked.

use std::{error::Error, fmt, time::Duration};

use google_cloud_gax::error::{Error as Gax, rpc::StatusDetails};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::json;

/// What an answer means for whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It may go well the next time, not before this time has passed.
    Again(Option<Duration>),
    /// Nothing moved for too long.
    Stalled,
    /// The deadline of all of it passed.
    Late,
    /// The server does not know who asks, any more.
    SignIn,
    /// Who asks may not.
    Denied,
    /// It is not there.
    Missing,
    /// Something is there already.
    There,
    /// The server holds other bytes than were sent, by its own words.
    Sum,
    /// The file is not what it was.
    Changed,
    /// It will never go well.
    Final,
}

/// Why something was not done.
#[derive(Debug)]
pub(super) struct Failure {
    /// What it means.
    pub(super) trouble: Trouble,
    /// What was said.
    pub(super) source: Box<dyn Error + Send + Sync>,
}

impl Failure {
    pub(super) fn new(trouble: Trouble, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { trouble, source: source.into() }
    }

    /// The failure behind an error of Google's library.
    pub(super) fn of(error: Gax) -> Self {
        Self::new(Trouble::of(&error), error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl Trouble {
    /// What an error of Google's library means.
    pub(super) fn of(error: &Gax) -> Self {
        if let Some(code) = error.http_status_code() {
            let none = HeaderMap::new();
            let headers = error.http_headers().unwrap_or(&none);
            return Self::of_answer(code, headers, &body_of(error));
        }
        let lost = error.is_transient_and_before_rpc()
            || error.is_io()
            || error.is_timeout()
            || error.is_connect()
            || error.is_transport();
        if error.is_authentication() {
            Self::SignIn
        } else if lost {
            Self::Again(None)
        } else if error.is_serialization() {
            // What is sent is in order, so this is the library's word for a checksum that differs.
            Self::Sum
        } else if error.is_deserialization() {
            // An answer that was cut, or one of something in between that is not Google.
            Self::Again(None)
        } else {
            Self::Final
        }
    }

    /// What an answer with this status means.
    ///
    /// Source: <https://cloud.google.com/storage/docs/json_api/v1/status-codes>.
    pub(super) fn of_answer(code: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        let says = |words: &str| String::from_utf8_lossy(body).contains(words);
        match code {
            // A slow down that is dressed as a refusal.
            403 if says("ateLimitExceeded") => Self::Again(retry_after(headers)),
            // The bytes were hurt on their way: the server did not take them.
            400 if says("doesn't match calculated") => Self::Again(None),
            401 => Self::SignIn,
            403 => Self::Denied,
            404 | 410 => Self::Missing,
            412 => Self::There,
            308 | 408 | 429 | 500..600 => Self::Again(retry_after(headers)),
            _ => Self::Final,
        }
    }

    /// What it means that no answer came to a request of our own.
    pub(super) fn of_request(error: &reqwest::Error) -> Self {
        if error.is_builder() || error.is_redirect() { Self::Final } else { Self::Again(None) }
    }
}

/// Longest time that a server can ask for: more is past every deadline, and would be past the end of
/// the clock too.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long the server asks to be left alone.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    stage::retry_after(headers, Timestamp::now(), LONGEST)
}

/// Reads `data` as an answer: its status and `Retry-After` are the first two lines.
#[cfg(any(test, feature = "fuzzing"))]
pub(super) fn read_as_answer(data: &[u8]) {
    let mut lines = data.splitn(3, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (code, after, body) = (line(), line(), line());
    let code: u16 = String::from_utf8_lossy(code).parse().unwrap_or(429);
    let after = http::HeaderValue::from_bytes(after).into_iter();
    let headers = HeaderMap::from_iter(after.map(|after| (http::header::RETRY_AFTER, after)));
    if let Trouble::Again(Some(pause)) = Trouble::of_answer(code, &headers, body) {
        assert!(std::time::Instant::now().checked_add(pause).is_some());
    }
    if let Ok(status) = StatusCode::from_u16(code) {
        assert!(words(status, body).chars().count() < 400);
    }
}

/// The body of an answer that Google's library took for an error. Of one in Google's own form, the
/// library keeps the parts alone.
pub(super) fn body_of(error: &Gax) -> Vec<u8> {
    let Some(status) = error.status() else {
        return error.http_payload().map(|body| body.to_vec()).unwrap_or_default();
    };
    let reasons = status.details.iter().filter_map(|detail| match detail {
        StatusDetails::ErrorInfo(info) => Some(json!({"reason": info.reason})),
        _ => None,
    });
    let reasons: Vec<_> = reasons.collect();
    json!({"error": {"message": status.message, "errors": reasons}}).to_string().into_bytes()
}

/// The words of an answer that is no success, short enough for an error.
pub(super) fn words(status: StatusCode, body: &[u8]) -> String {
    /// More than Google's own sentences, less than a page of HTML.
    const MOST: usize = 300;
    let text = String::from_utf8_lossy(body);
    let said: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    let message = said.as_ref().and_then(|said| said["error"]["message"].as_str());
    let message: String = message.unwrap_or(&text).chars().take(MOST).collect();
    match message.trim() {
        "" => status.to_string(),
        message => format!("{status}: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use http::header::RETRY_AFTER;

    use super::*;

    fn of(code: u16, body: &str) -> Trouble {
        Trouble::of_answer(code, &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn each_status_has_its_class() {
        for code in [308, 408, 429, 500, 502, 503, 504] {
            assert_eq!(of(code, ""), Trouble::Again(None), "{code}");
        }
        assert_eq!(of(401, ""), Trouble::SignIn);
        assert_eq!(of(403, "forbidden"), Trouble::Denied);
        assert_eq!(of(403, r#"{"reason":"userRateLimitExceeded"}"#), Trouble::Again(None));
        assert_eq!(of(404, ""), Trouble::Missing);
        assert_eq!(of(412, ""), Trouble::There);
        assert_eq!(of(400, "bad request"), Trouble::Final);
        let hurt = "Provided CRC32C \"x\" doesn't match calculated CRC32C \"y\".";
        assert_eq!(of(400, hurt), Trouble::Again(None));
    }

    #[test]
    fn a_server_may_say_when_to_come_back() {
        let after = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            Trouble::of_answer(429, &headers, b"")
        };

        assert_eq!(after("7"), Trouble::Again(Some(Duration::from_secs(7))));
        assert_eq!(after("soon"), Trouble::Again(None));
        let Trouble::Again(Some(wait)) = after("Mon, 21 Oct 2199 07:28:00 GMT") else { panic!() };
        assert!(wait > Duration::from_secs(1_000_000));
        assert_eq!(after("18446744073709551615"), Trouble::Again(Some(LONGEST)));
        assert_eq!(after("Wed, 21 Oct 2015 07:28:00 GMT"), Trouble::Again(None));
    }

    #[test]
    fn google_s_own_sentence_is_what_is_said() {
        let body = br#"{"error":{"code":404,"message":"The specified bucket does not exist."}}"#;

        assert_eq!(
            words(StatusCode::NOT_FOUND, body),
            "404 Not Found: The specified bucket does not exist."
        );
        assert_eq!(words(StatusCode::BAD_GATEWAY, b""), "502 Bad Gateway");
    }
}
