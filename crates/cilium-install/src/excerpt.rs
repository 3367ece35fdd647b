//! An object as it is kept: without secrets and without what nobody reads.

use redaction::redact_json;
use serde_json::{Map, Value};

/// Longest text that is kept whole, in bytes: a hundred screens.
const LONGEST_TEXT: usize = 256 << 10;

/// `value` as it is kept.
pub(crate) fn excerpt(value: Value) -> Value {
    shortened(redact_json(without_unread(value)))
}

/// `value` without who wrote which field, and what was written the time before: half of an object's
/// size, and the second one hides secrets in a text of its own.
fn without_unread(value: Value) -> Value {
    const UNREAD: [&str; 2] = ["managedFields", "kubectl.kubernetes.io/last-applied-configuration"];
    each(value, &|map| map.into_iter().filter(|(key, _)| !UNREAD.contains(&key.as_str())).collect())
}

/// `value` with `change` made to each object in it.
fn each(value: Value, change: &impl Fn(Map<String, Value>) -> Map<String, Value>) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            change(map).into_iter().map(|(key, value)| (key, each(value, change))).collect(),
        ),
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| each(item, change)).collect())
        }
        other => other,
    }
}

/// `value` with every text cut to what is kept.
fn shortened(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key, shortened(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(shortened).collect()),
        Value::String(text) => Value::String(shorten(&text)),
        other => other,
    }
}

fn shorten(text: &str) -> String {
    if text.len() <= LONGEST_TEXT {
        return text.to_owned();
    }
    let end = (0..=LONGEST_TEXT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    format!("{}... ({} bytes in all)", &text[..end], text.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_hidden_by_what_they_are_and_by_what_they_are_called() {
        let pod = json!({
            "password": "abc",
            "env": [{ "name": "API_TOKEN", "value": "abc" }, { "name": "MODE", "value": "fast" }],
            "data": { "key": format!("-----BEGIN KEY-----\n{}\n-----END KEY-----", "aBc4".repeat(16)) },
        });

        let kept = excerpt(pod);

        assert_eq!(kept["password"], "***");
        assert_eq!(kept["env"][0]["value"], "***");
        assert_eq!(kept["env"][1]["value"], "fast");
        assert_eq!(kept["data"]["key"], "***");
    }

    #[test]
    fn what_nobody_reads_is_left_out_and_long_text_is_cut() {
        let kept = excerpt(json!({ "managedFields": [1], "text": "é".repeat(LONGEST_TEXT) }));

        assert!(kept.get("managedFields").is_none());
        assert!(kept["text"].as_str().unwrap().len() < LONGEST_TEXT + 100);
    }
}
