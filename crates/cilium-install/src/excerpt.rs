//! An object as it is kept: without secrets and without what nobody reads.

use serde_json::{Map, Value};
use stage::redact;

/// Longest text that is kept whole, in bytes: a hundred screens.
const LONGEST_TEXT: usize = 256 << 10;

/// `value` as it is kept.
pub(crate) fn excerpt(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(object(map)),
        Value::Array(items) => Value::Array(items.into_iter().map(excerpt).collect()),
        Value::String(text) => Value::String(shorten(&redact(&text))),
        other => other,
    }
}

fn object(map: Map<String, Value>) -> Map<String, Value> {
    /// Who wrote which field, and what was written the time before: half of an object's size.
    const UNREAD: [&str; 2] = ["managedFields", "kubectl.kubernetes.io/last-applied-configuration"];
    // A container's environment has the name beside the value and not above it.
    let name = map.get("name").and_then(Value::as_str).map(str::to_owned);
    map.into_iter()
        .filter(|(key, _)| !UNREAD.contains(&key.as_str()))
        .map(|(key, value)| {
            let named = if key == "value" { name.as_deref() } else { None };
            let value = match value {
                Value::String(text) if is_secret(named.unwrap_or(&key), &text) => {
                    Value::String("***".into())
                }
                value => excerpt(value),
            };
            (key, value)
        })
        .collect()
}

/// Whether `text` is hidden for what it is called.
fn is_secret(name: &str, text: &str) -> bool {
    /// A text that hides nothing by itself.
    const PLAIN: &str = "plain";
    !text.is_empty() && redact(&format!("{name}: {PLAIN}")) != format!("{name}: {PLAIN}")
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
            "data": { "key": "-----BEGIN KEY-----\nabc\n-----END KEY-----" },
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
