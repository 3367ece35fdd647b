//! The scenario's JSON schema, and what a value breaks of it.

use jsonschema::{
    JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind},
};
use schemars::{Schema, schema_for};
use serde_json::Value;

use crate::{
    faults::Fault,
    scenario::Scenario,
    source::{Source, dotted},
};

/// The JSON schema of a scenario file.
pub(crate) fn schema() -> Schema {
    schema_for!(Scenario)
}

/// Everything in `source` that is not as the schema says.
pub(crate) fn faults(source: &Source) -> Vec<Fault> {
    let schema = schema();
    match jsonschema::validator_for(schema.as_value()) {
        Ok(validator) => {
            validator.iter_errors(&source.value).flat_map(|error| explain(source, &error)).collect()
        }
        Err(error) => vec![Fault {
            place: source.place(""),
            key: String::new(),
            what: format!("the schema of scenarios is broken: {error}"),
        }],
    }
}

/// One fault for each key or value that `error` is about.
fn explain(source: &Source, error: &ValidationError<'_>) -> Vec<Fault> {
    let pointer = error.instance_path().to_string();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = known_keys(error);
            unexpected
                .iter()
                .map(|key| {
                    let place = format!("{pointer}/{}", crate::source::escape(key));
                    let hint = match nearest(key, &known) {
                        Some(near) => format!(" (hint: `{near}`?)"),
                        None if known.is_empty() => String::new(),
                        None => format!(" (hint: it may be {})", known.join(", ")),
                    };
                    Fault {
                        place: source.place(&place),
                        key: dotted(&place),
                        what: format!("unknown key{hint}"),
                    }
                })
                .collect()
        }
        ValidationErrorKind::AnyOf { context } => meant(context)
            .map(|errors| errors.iter().flat_map(|error| explain(source, error)).collect())
            .unwrap_or_default(),
        _ => vec![Fault {
            place: source.place(&pointer),
            key: dotted(&pointer),
            what: error.to_string(),
        }],
    }
}

/// The choice that was most likely meant: the one whose faults lie deepest. A key that may be left
/// out is a choice between its type and nothing.
fn meant<'e, 'i>(context: &'e [Vec<ValidationError<'i>>]) -> Option<&'e Vec<ValidationError<'i>>> {
    context.iter().max_by_key(|errors| {
        let depth =
            |error: &ValidationError<'_>| error.instance_path().as_str().matches('/').count();
        let shallow =
            errors.iter().any(|error| matches!(error.kind(), ValidationErrorKind::Type { .. }));
        (errors.iter().map(depth).max(), !shallow)
    })
}

/// The keys that hold a number or boolean where the schema wants text.
pub(crate) fn wants_text(source: &Source) -> Vec<String> {
    let schema = schema();
    let Ok(validator) = jsonschema::validator_for(schema.as_value()) else { return Vec::new() };
    let mut keys = Vec::new();
    for error in validator.iter_errors(&source.value) {
        text_wanted(&error, &mut keys);
    }
    keys
}

fn text_wanted(error: &ValidationError<'_>, keys: &mut Vec<String>) {
    match error.kind() {
        ValidationErrorKind::AnyOf { context } => {
            context.iter().flatten().for_each(|error| text_wanted(error, keys));
        }
        ValidationErrorKind::Type { kind } => {
            let text = match kind {
                TypeKind::Single(wanted) => *wanted == JsonType::String,
                TypeKind::Multiple(wanted) => wanted.contains(JsonType::String),
            };
            if text {
                keys.push(dotted(error.instance_path().as_str()));
            }
        }
        _ => {}
    }
}

/// The keys that the place of `error` may have.
fn known_keys(error: &ValidationError<'_>) -> Vec<String> {
    let path = error.schema_path().to_string();
    let Some(parent) = path.strip_suffix("/additionalProperties") else { return Vec::new() };
    let schema = schema();
    let properties = resolve(schema.as_value(), parent).and_then(|found| found.get("properties"));
    let Some(Value::Object(map)) = properties else { return Vec::new() };
    map.keys().cloned().collect()
}

/// The part of `schema` at `path`, following references on the way.
fn resolve<'s>(schema: &'s Value, path: &str) -> Option<&'s Value> {
    let mut at = schema;
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        if segment == "$ref" {
            let reference = at.get("$ref")?.as_str()?;
            at = schema.pointer(reference.strip_prefix('#')?)?;
        } else {
            at = match at {
                Value::Array(items) => items.get(segment.parse::<usize>().ok()?)?,
                other => other.get(segment)?,
            };
        }
    }
    Some(at)
}

/// The known key that was most likely meant.
fn nearest<'k>(key: &str, known: &'k [String]) -> Option<&'k String> {
    /// Below this likeness a hint would be a guess.
    const ALIKE: f64 = 0.75;
    known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(key, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
