//! Values of JSON: text in them, and what is secret for its name.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::{
    encoded::hide_encoded,
    key_value::{is_harmless, is_secret_name},
    secrets::hide_secrets,
    text::redact,
};

/// What stands where a secret stood.
const HIDDEN: &str = "***";

/// `value` without secrets, terminal control sequences and workflow commands.
#[must_use]
pub fn redact_json(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(object(map)),
        Value::Array(items) => Value::Array(array(items)),
        Value::String(text) => Value::String(string(text)),
        other => other,
    }
}

fn string(text: String) -> String {
    match redact(&text) {
        Cow::Owned(changed) => changed,
        Cow::Borrowed(_) => text,
    }
}

fn object(map: Map<String, Value>) -> Map<String, Value> {
    let named = name_of(&map).map(str::to_owned);
    map.into_iter()
        .map(|(key, value)| {
            let name = if key == "value" { named.as_deref() } else { None };
            let value = match value {
                Value::String(text) if is_hidden(name.unwrap_or(&key), &text) => HIDDEN.into(),
                value => redact_json(value),
            };
            (string(key), value)
        })
        .collect()
}

fn array(items: Vec<Value>) -> Vec<Value> {
    let mut is_value = false;
    let one = |item: Value| match item {
        // The value of `--password` is the argument behind it.
        Value::String(text) if is_value && !text.starts_with('-') => {
            is_value = false;
            Value::String(HIDDEN.into())
        }
        Value::String(text) => {
            is_value = text.starts_with('-') && is_secret_name(&text);
            Value::String(string(text))
        }
        item => redact_json(item),
    };
    items.into_iter().map(one).collect()
}

/// What the `value` of an object is called where it is no key, as in a container's environment.
fn name_of(map: &Map<String, Value>) -> Option<&str> {
    ["name", "key", "path"].iter().find_map(|key| map.get(*key)?.as_str())
}

fn is_hidden(name: &str, text: &str) -> bool {
    is_secret_name(name) && !is_harmless(text)
}

/// Where the first secret of `value` stands, as `cilium.values.password`.
#[must_use]
pub fn first_secret(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => map.iter().find_map(|(key, value)| {
            let name = if key == "value" { name_of(map) } else { None };
            match value {
                Value::String(text) if is_hidden(name.unwrap_or(key), text) => {
                    Some(name.unwrap_or(key).to_owned())
                }
                value => first_secret(value).map(|below| join(key, &below)),
            }
        }),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(at, item)| first_secret(item).map(|below| join(&at.to_string(), &below))),
        Value::String(text) => {
            let is_secret = matches!(hide_secrets(text), Cow::Owned(_))
                || matches!(hide_encoded(text).0, Cow::Owned(_));
            is_secret.then(String::new)
        }
        _ => None,
    }
}

fn join(key: &str, below: &str) -> String {
    if below.is_empty() { key.to_owned() } else { format!("{key}.{below}") }
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
            "args": ["--token", "abc", "--token=abc", "--v=2"],
            "data": { "key": "-----BEGIN KEY-----\nabcd\n-----END KEY-----" },
            "enabled": { "token": false, "secret": { "secretName": "x" } },
        });

        let kept = redact_json(pod);

        assert_eq!(kept["password"], "***");
        assert_eq!(kept["env"][0]["value"], "***");
        assert_eq!(kept["env"][1]["value"], "fast");
        assert_eq!(kept["args"], json!(["--token", "***", "--token=***", "--v=2"]));
        assert_eq!(kept["data"]["key"], "***");
        assert_eq!(kept["enabled"], json!({ "token": false, "secret": { "secretName": "x" } }));
    }

    #[test]
    fn names_are_text_too() {
        let kept = redact_json(json!({ "\u{1b}[31mghp_aaaaaaaaaaaaaaaaaaaaaaaa": 1 }));

        assert_eq!(kept, json!({ "***": 1 }));
    }

    #[test]
    fn a_secret_is_named_by_its_path() {
        let found = |value: Value| first_secret(&value);

        assert_eq!(found(json!({ "a": [{ "password": "x" }] })).unwrap(), "a.0.password");
        assert_eq!(found(json!({ "a": { "b": "https://u:p@h" } })).unwrap(), "a.b");
        assert_eq!(found(json!([{ "key": "x.token", "value": "y" }])).unwrap(), "0.x.token");
        assert_eq!(found(json!({ "secretName": "x", "token": true, "line": "::x" })), None);
    }
}
