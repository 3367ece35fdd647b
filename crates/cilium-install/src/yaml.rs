//! YAML as JSON values: what charts, manifests and CRD files are read as.

use std::collections::BTreeMap;

use saphyr::{LoadableYamlNode, Scalar, ScanError, Yaml};
use saphyr_parser::{Event, Parser};
use serde_json::{Map, Number, Value};

/// Why a text is not the YAML that it should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum YamlError {
    /// It is not YAML.
    #[error("not YAML: line {}: {}", .0.marker().line(), .0.info())]
    Syntax(ScanError),
    /// It holds what JSON cannot say.
    #[error("not JSON in the form of YAML: {0}")]
    NotJson(&'static str),
}

/// Deepest nesting that is read: a CRD's schema has some thirty levels.
const DEEPEST: usize = 128;

/// Most that aliases may add to a text, in bytes: charts hardly use them.
const MOST_ADDED: usize = 16 << 20;

/// Refuses what would take its reader's stack or memory: what is nested without end, and aliases of
/// aliases, which make gigabytes of a few lines.
fn check(text: &str) -> Result<(), YamlError> {
    let mut sizes = BTreeMap::new();
    // What is open: its anchor, and its size so far.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut added: usize = 0;
    for event in Parser::new_from_str(text) {
        let closed = match event.map_err(YamlError::Syntax)?.0 {
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                open.push((anchor, NODE));
                if open.len() > DEEPEST {
                    return Err(YamlError::NotJson("it is nested too deeply"));
                }
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop(),
            Event::Scalar(text, _, anchor, _) => Some((anchor, NODE + text.len())),
            Event::Alias(anchor) => {
                let size = sizes.get(&anchor).copied().unwrap_or(NODE);
                added = added.saturating_add(size);
                Some((0, size))
            }
            _ => None,
        };
        let Some((anchor, size)) = closed else { continue };
        sizes.insert(anchor, size);
        if let Some((_, above)) = open.last_mut() {
            *above = above.saturating_add(size);
        }
        if added > MOST_ADDED {
            return Err(YamlError::NotJson("its aliases make it too large"));
        }
    }
    Ok(())
}

/// Bytes that a value takes beside its text.
const NODE: usize = 64;

/// Every document of `text` that is not empty.
pub(crate) fn documents(text: &str) -> Result<Vec<Value>, YamlError> {
    check(text)?;
    let documents = Yaml::load_from_str(text).map_err(YamlError::Syntax)?;
    let values: Result<Vec<Value>, YamlError> = documents.iter().map(value).collect();
    Ok(values?.into_iter().filter(|value| !value.is_null()).collect())
}

/// The one document of `text`; null if there is none.
pub(crate) fn document(text: &str) -> Result<Value, YamlError> {
    Ok(documents(text)?.into_iter().next().unwrap_or_default())
}

fn value(node: &Yaml<'_>) -> Result<Value, YamlError> {
    Ok(match node {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => Value::Bool(*value),
        Yaml::Value(Scalar::Integer(value)) => Value::Number((*value).into()),
        Yaml::Value(Scalar::FloatingPoint(value)) => Number::from_f64(value.into_inner())
            .map(Value::Number)
            .ok_or(YamlError::NotJson("a number is not finite"))?,
        Yaml::Value(Scalar::String(value)) => Value::String(value.to_string()),
        Yaml::Sequence(items) => Value::Array(items.iter().map(value).collect::<Result<_, _>>()?),
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, entry) in entries {
                map.insert(name(key)?, value(entry)?);
            }
            Value::Object(map)
        }
        Yaml::Tagged(_, inner) => value(inner)?,
        Yaml::Representation(text, ..) => Value::String(text.to_string()),
        Yaml::Alias(_) | Yaml::BadValue => return Err(YamlError::NotJson("a node has no value")),
    })
}

/// A key as text: CRD files have unquoted numbers among theirs.
fn name(key: &Yaml<'_>) -> Result<String, YamlError> {
    match value(key)? {
        Value::String(text) => Ok(text),
        scalar @ (Value::Bool(_) | Value::Number(_)) => Ok(scalar.to_string()),
        _ => Err(YamlError::NotJson("a key is not text")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_are_read_and_empty_ones_are_not() {
        let text = "---\n# nothing\n---\na: {b: [1, 2.5, ~, \"x\"]}\n---\nc: |\n  line\n";

        let read = documents(text).unwrap();

        assert_eq!(read, [json!({ "a": { "b": [1, 2.5, null, "x"] } }), json!({ "c": "line\n" })]);
    }

    #[test]
    fn what_would_fill_the_stack_or_the_memory_is_refused() {
        let laughs: String = (1..12)
            .map(|at| format!("a{at}: &a{at} [{}]\n", format!("*a{}, ", at - 1).repeat(10)))
            .collect();
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), "*a, ".repeat(1000));
        for (text, why) in [
            (format!("a0: &a0 x\n{laughs}"), "its aliases make it too large"),
            (long, "its aliases make it too large"),
            ("- ".repeat(100_000), "it is nested too deeply"),
        ] {
            let refused = documents(&text).unwrap_err().to_string();

            assert!(refused.ends_with(why), "{refused}");
        }
    }

    #[test]
    fn what_is_not_yaml_is_refused_with_its_line() {
        let refused = documents("a: 1\nb: [\n").unwrap_err();

        assert!(refused.to_string().starts_with("not YAML: line "), "{refused}");
    }
}
