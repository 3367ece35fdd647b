//! YAML as JSON values: what charts, manifests and CRD files are read as.

use saphyr::{LoadableYamlNode, Scalar, ScanError, Yaml};
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

/// Every document of `text` that is not empty.
pub(crate) fn documents(text: &str) -> Result<Vec<Value>, YamlError> {
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
    fn what_is_not_yaml_is_refused_with_its_line() {
        let refused = documents("a: 1\nb: [\n").unwrap_err();

        assert!(refused.to_string().starts_with("not YAML: line "), "{refused}");
    }
}
