//! `--set key=value`: one value of the scenario replaced for one run.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    faults::Fault,
    source::{Source, escape},
};

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

    /// Puts the value in its place, as the number, boolean or list that it looks like.
    pub(crate) fn apply(&self, source: &mut Source) -> Result<(), Fault> {
        let value = serde_json::from_str(&self.value);
        self.put(source, value.unwrap_or_else(|_| Value::String(self.value.clone())))
    }

    /// Puts the value in its place as text: `1.27` is a version as well as a number.
    pub(crate) fn apply_text(&self, source: &mut Source) -> Result<(), Fault> {
        self.put(source, Value::String(self.value.clone()))
    }

    fn put(&self, source: &mut Source, value: Value) -> Result<(), Fault> {
        let fault = |what: &str| Fault {
            place: format!("--set {self}"),
            key: self.key.clone(),
            what: what.into(),
        };
        let mut pointer = String::new();
        let mut at = &mut source.value;
        for segment in segments(&self.key) {
            pointer.push('/');
            pointer.push_str(&escape(&segment));
            at = match at {
                Value::Array(items) => segment
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get_mut(index))
                    .ok_or_else(|| {
                        fault("the list has no such entry (hint: the first one is 0)")
                    })?,
                Value::Object(map) => map.entry(segment).or_insert(Value::Null),
                Value::Null => {
                    *at = Value::Object(Map::new());
                    match at {
                        Value::Object(map) => map.entry(segment).or_insert(Value::Null),
                        _ => return Err(fault("cannot be set")),
                    }
                }
                _ => return Err(fault("is below a plain value")),
            };
        }
        *at = value;
        source.overridden(&pointer);
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
        match text.split_once('=') {
            Some((key, value)) if segments(key).iter().all(|segment| !segment.is_empty()) => {
                Ok(Self { key: key.into(), value: value.into() })
            }
            _ => Err(format!("`{text}` is no override (hint: `cluster.nodes=5`)")),
        }
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
    use super::*;

    #[test]
    fn an_override_makes_the_maps_on_its_way_and_keeps_its_type() {
        let mut source = Source::parse("f.yaml", "a: {b: 1}\nlist: [x]\n").unwrap();

        for text in ["a.b=2", "c.d.\"e.f\"=yes please", "list.0=true"] {
            text.parse::<Override>().unwrap().apply(&mut source).unwrap();
        }

        assert_eq!(
            source.value,
            serde_json::json!({"a": {"b": 2}, "list": [true], "c": {"d": {"e.f": "yes please"}}})
        );
    }

    #[test]
    fn an_override_of_a_missing_entry_is_a_fault_that_names_it() {
        let mut source = Source::parse("f.yaml", "list: [x]\n").unwrap();

        let fault = "list.1=y".parse::<Override>().unwrap().apply(&mut source).unwrap_err();

        assert!(
            fault.to_string().starts_with("--set list.1=y: `list.1`: the list has no such entry")
        );
    }
}
