//! How faults are put into words.

use jsonschema::JsonType;
use serde_json::Value;

/// Longest value that is shown whole, in characters: a line of a terminal has room for it.
const LONGEST: usize = 60;

/// The value as it may be shown: with quotes if it is text, and cut if it is long.
pub(crate) fn quoted(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "a group of keys".into(),
        Value::Null => "nothing".into(),
        value => {
            let text = value.to_string();
            match text.char_indices().nth(LONGEST) {
                Some((end, _)) => format!("{}...", &text[..end]),
                None => text,
            }
        }
    }
}

/// Says that `value` has none of the types `wanted`.
pub(crate) fn is_no(value: &Value, wanted: &[JsonType]) -> String {
    let words = wanted.iter().filter_map(|wanted| match wanted {
        JsonType::Array => Some("list"),
        JsonType::Boolean => Some("`true` or `false`"),
        JsonType::Integer => Some("whole number"),
        JsonType::Null => None,
        JsonType::Number => Some("number"),
        JsonType::Object => Some("group of keys"),
        JsonType::String => Some("text"),
    });
    let words: Vec<&str> = words.collect();
    match words.as_slice() {
        [word @ "`true` or `false`"] => format!("{} is not {word}", quoted(value)),
        words => format!("{} is no {}", quoted(value), words.join(" or ")),
    }
}

/// A bound as people write it.
pub(crate) fn bound(limit: &Value) -> String {
    limit.as_f64().map_or_else(|| limit.to_string(), |limit| limit.to_string())
}

/// What the schema says of a value, as a hint.
pub(crate) fn hint(description: Option<&str>) -> String {
    let Some(text) = description else { return " (hint: see docs/reference/scenario.md)".into() };
    let text = text.replace('\n', " ");
    let text = text.split(". ").next().unwrap_or_default().trim_end_matches('.');
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    // A name keeps its capitals.
    let is_name = letters.clone().next().is_some_and(char::is_uppercase)
        || text.starts_with("Kubernetes")
        || text.starts_with("Cilium")
        || text.starts_with("ClusterLoader2");
    if is_name {
        format!(" (hint: {text})")
    } else {
        format!(" (hint: {first}{})", letters.as_str())
    }
}

/// Words one after the other.
pub(crate) fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}
