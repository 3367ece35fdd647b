//! An answer of one of Google's APIs.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use jiff::{Timestamp, fmt::rfc2822};
use serde_json::Value;

use super::trouble::Trouble;

/// An answer that is a success.
#[derive(Debug)]
pub(crate) struct Answer {
    /// What it holds; null if nothing.
    pub(crate) body: Value,
    /// When the server sent it, by its own clock.
    pub(crate) date: Option<Timestamp>,
}

/// Why there is no such answer.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) trouble: Trouble,
    pub(super) said: String,
    /// How long the server asks to be left alone.
    pub(super) after: Duration,
}

impl Failure {
    pub(super) fn new(trouble: Trouble, said: impl ToString) -> Self {
        Self { trouble, said: said.to_string(), after: Duration::ZERO }
    }
}

/// Reads an answer.
pub(super) fn read(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    text: bool,
) -> Result<Answer, Failure> {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    if status.is_success() && text {
        let body = String::from_utf8_lossy(body).into_owned().into();
        return Ok(Answer { body, date: date(headers) });
    }
    if status.is_success() {
        // What is cut, or comes from something in between, is no JSON: again may help.
        let whole = json.or_else(|| body.is_empty().then_some(Value::Null));
        let body = whole.ok_or_else(|| Failure::new(Trouble::Lost, "the answer is cut off"))?;
        return Ok(Answer { body, date: date(headers) });
    }
    let error = json.as_ref().map(|json| &json["error"]).unwrap_or(&Value::Null);
    let reasons = reasons(error);
    let message = error["message"].as_str().map_or_else(|| plain(body), str::to_owned);
    let reasons: Vec<&str> = reasons.iter().map(String::as_str).collect();
    let trouble = Trouble::of_answer(status.as_u16(), &reasons, &message);
    let said = if message.is_empty() { status.to_string() } else { format!("{status}: {message}") };
    Err(Failure { trouble, said, after: retry_after(headers) })
}

/// The reasons in an error: the old form has a list of them, the new one a status and details.
fn reasons(error: &Value) -> Vec<String> {
    let lists = ["errors", "details"].iter().filter_map(|key| error[*key].as_array());
    let reasons = lists.flatten().filter_map(|entry| entry["reason"].as_str());
    reasons.chain(error["status"].as_str()).map(str::to_owned).collect()
}

/// The words of something that is no answer of Google's, short enough for an error.
fn plain(body: &[u8]) -> String {
    const MOST: usize = 300;
    String::from_utf8_lossy(body).trim().chars().take(MOST).collect()
}

/// Longest time that a server can ask for: more is past every deadline, and would be past the end of
/// the clock too.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

fn retry_after(headers: &HeaderMap) -> Duration {
    let now = date(headers).unwrap_or_else(Timestamp::now);
    stage::retry_after(headers, now, LONGEST).unwrap_or_default()
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    Some(rfc2822::parse(text.trim()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: u16, headers: &[(header::HeaderName, &str)], body: &str) -> Failure {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
        let status = StatusCode::from_u16(code).unwrap();
        read(status, &headers.collect(), body.as_bytes(), false).unwrap_err()
    }

    #[test]
    fn both_forms_of_an_error_are_understood() {
        let old = r#"{"error":{"code":403,"message":"Quota 'CPUS' exceeded","errors":[{"reason":"quotaExceeded"}]}}"#;
        let new = r#"{"error":{"code":403,"message":"x","status":"PERMISSION_DENIED","details":[{"reason":"SERVICE_DISABLED"}]}}"#;

        assert_eq!(failure(403, &[], old).trouble, Trouble::Quota);
        assert_eq!(failure(403, &[], old).said, "403 Forbidden: Quota 'CPUS' exceeded");
        assert_eq!(failure(403, &[], new).trouble, Trouble::Project);
        assert_eq!(failure(502, &[], "<html>bad").trouble, Trouble::Lost);
    }

    #[test]
    fn a_server_says_when_to_come_back_by_its_own_clock() {
        let dates = [
            (header::DATE, "Wed, 21 Oct 2015 07:28:00 GMT"),
            (header::RETRY_AFTER, "Wed, 21 Oct 2015 07:28:30 GMT"),
        ];

        assert_eq!(failure(429, &dates, "").after, Duration::from_secs(30));
        assert_eq!(failure(429, &[(header::RETRY_AFTER, "7")], "").after, Duration::from_secs(7));
        assert_eq!(failure(429, &[(header::RETRY_AFTER, "soon")], "").after, Duration::ZERO);
    }

    #[test]
    fn an_answer_that_is_cut_is_lost() {
        let cut = read(StatusCode::OK, &HeaderMap::new(), b"{\"items\":[", false).unwrap_err();

        assert_eq!(cut.trouble, Trouble::Lost);
    }
}
