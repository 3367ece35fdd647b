//! `--set key=value`: one value of the scenario replaced for one run.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{found::Found, pointer::below, yaml::DEEPEST};

/// One value of the scenario replaced for one run, as `cluster.nodes=5` or `suite.0.test=load`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Override {
    key: String,
    value: String,
}

impl Override {
    /// The key whose value is replaced, as `cluster.nodes`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether it says which Cilium is tested: to differ in it is what builds are compared for.
    #[must_use]
    pub fn chooses_cilium(&self) -> bool {
        matches!(self.key(), "cilium.version" | "cilium.sha" | "cilium.chart")
    }

    /// The place whose value is replaced, as `/cluster/nodes`.
    pub(crate) fn pointer(&self) -> String {
        segments(&self.key).iter().fold(String::new(), |above, segment| below(&above, segment))
    }

    /// Whether the value at `pointer` is the one that is replaced, or a part of it.
    pub(crate) fn is_above(&self, pointer: &str) -> bool {
        let rest = pointer.strip_prefix(self.pointer().as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Puts the value in its place, as the number, boolean or list that it looks like.
    pub(crate) fn apply(&self, scenario: &mut Value) -> Result<(), Found> {
        let value = serde_json::from_str(&self.value);
        self.put(scenario, value.unwrap_or_else(|_| Value::String(self.value.clone())))
    }

    /// Puts the value in its place as text: `1.27` is a version as well as a number.
    pub(crate) fn apply_text(&self, scenario: &mut Value) -> Result<(), Found> {
        self.put(scenario, Value::String(self.value.clone()))
    }

    fn put(&self, scenario: &mut Value, value: Value) -> Result<(), Found> {
        let fault = |what: &str| Found::new(self.pointer(), what);
        let mut at = scenario;
        for segment in segments(&self.key) {
            if at.is_null() {
                *at = Value::Object(Map::new());
            }
            at = match at {
                Value::Array(items) => segment
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get_mut(index))
                    .ok_or_else(|| {
                        fault("the list has no such entry (hint: the first one is 0)")
                    })?,
                Value::Object(map) => map.entry(segment).or_insert(Value::Null),
                _ => return Err(fault("is below a plain value (hint: set that one)")),
            };
        }
        *at = value;
        Ok(())
    }
}

/// The segments of `a.b."c.d"`: a segment with dots in it stands in quotes.
fn segments(key: &str) -> Vec<String> {
    let mut segments = vec![String::new()];
    let mut quoted = false;
    for c in key.chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => segments.push(String::new()),
            c => {
                if let Some(last) = segments.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    segments
}

impl fmt::Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

impl FromStr for Override {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = |what: &str| Err(format!("`{text}` {what} (hint: `cluster.nodes=5`)"));
        let Some((key, value)) = text.split_once('=') else {
            return refused("is no override: it has no `=`");
        };
        let segments = segments(key);
        if key.matches('"').count() % 2 == 1 {
            return refused("is no override: a quote is not closed");
        }
        if segments.iter().any(String::is_empty) {
            return refused("is no override: a part of its key is empty");
        }
        if segments.len() > DEEPEST {
            return refused("is no override: its key has too many parts");
        }
        Ok(Self { key: key.into(), value: value.into() })
    }
}

impl TryFrom<String> for Override {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Override> for String {
    fn from(value: Override) -> Self {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_override_makes_the_maps_on_its_way_and_keeps_its_type() {
        let mut scenario = json!({"a": {"b": 1}, "list": ["x"]});

        for text in ["a.b=2", "c.d.\"e.f\"=yes please", "list.0=true"] {
            text.parse::<Override>().unwrap().apply(&mut scenario).unwrap();
        }

        assert_eq!(
            scenario,
            json!({"a": {"b": 2}, "list": [true], "c": {"d": {"e.f": "yes please"}}})
        );
    }

    #[test]
    fn an_override_of_a_missing_entry_is_a_fault_that_names_it() {
        let one = "list.1=y".parse::<Override>().unwrap();

        let found = one.apply(&mut json!({"list": ["x"]})).unwrap_err();

        assert_eq!(found.pointer, "/list/1");
        assert!(found.what.starts_with("the list has no such entry"));
        assert!(one.is_above("/list/1/a") && !one.is_above("/list/10"));
    }

    #[test]
    fn what_is_no_override_says_why() {
        let deep = format!("{}=1", ["a"; DEEPEST + 1].join("."));
        for (text, why) in [
            ("nodes", "has no `=`"),
            ("=5", "a part of its key is empty"),
            ("a..b=5", "a part of its key is empty"),
            ("a.\"b=5", "a quote is not closed"),
            (&deep, "too many parts"),
        ] {
            let said = text.parse::<Override>().unwrap_err();

            assert!(said.contains(why) && said.ends_with("(hint: `cluster.nodes=5`)"), "{said}");
        }
    }
}
