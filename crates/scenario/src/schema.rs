//! The scenario's JSON schema, and what a value breaks of it.

use std::sync::LazyLock;

use jsonschema::{
    JsonType, ValidationError, Validator,
    error::{TypeKind, ValidationErrorKind},
};
use schemars::{Schema, schema_for};
use serde_json::Value;

use crate::{
    found::Found,
    nearest::nearest,
    pointer::below,
    scenario::Scenario,
    wording::{bound, hint, is_no, list, quoted},
};

/// The JSON schema of a scenario file.
pub(crate) fn schema() -> Schema {
    schema_for!(Scenario)
}

/// The schema as a value, and what holds a value to it: both take milliseconds to make.
static SCHEMA: LazyLock<(Value, Result<Validator, String>)> = LazyLock::new(|| {
    let schema = schema().to_value();
    let validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string());
    (schema, validator)
});

/// Faults after which no more are looked for.
const MOST: usize = 1000;

/// Everything in `value` that is not as the schema says.
pub(crate) fn faults(value: &Value) -> Vec<Found> {
    match &SCHEMA.1 {
        Ok(validator) => {
            validator.iter_errors(value).take(MOST).flat_map(|error| explain(&error)).collect()
        }
        Err(error) => vec![Found::new("", format!("the schema of scenarios is broken: {error}"))],
    }
}

/// One fault for each key or value that `error` is about.
fn explain(error: &ValidationError<'_>) -> Vec<Found> {
    let pointer = error.instance_path().as_str();
    let value = error.instance();
    let about = |what: String| vec![Found::new(pointer, what)];
    let with_hint = |what: String| about(what + &hint(description(error)));
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = known_keys(error);
            let unknown = |key: &String| {
                let hint = match nearest(key, &known) {
                    Some(near) => format!(" (hint: `{near}`?)"),
                    None if known.is_empty() => String::new(),
                    None => format!(" (hint: it may be {})", list(&known)),
                };
                Found::new(below(pointer, key), format!("unknown key{hint}"))
            };
            unexpected.iter().map(unknown).collect()
        }
        ValidationErrorKind::AnyOf { context } => {
            meant(context).into_iter().flatten().flat_map(explain).collect()
        }
        ValidationErrorKind::OneOfNotValid { .. } | ValidationErrorKind::Enum { .. } => {
            let words = words(error);
            let what = format!("{} is none of {}", quoted(value), list(&words));
            match value.as_str().and_then(|word| nearest(word, &words)) {
                Some(near) => about(format!("{what} (hint: `{near}`?)")),
                None => with_hint(what),
            }
        }
        ValidationErrorKind::Required { property } => {
            let key = property.as_str().unwrap_or_default();
            let of_key = parent(error).and_then(|found| found.pointer(&below("/properties", key)));
            let hint = hint(of_key.and_then(|found| found["description"].as_str()));
            vec![Found::new(below(pointer, key), format!("is missing{hint}"))]
        }
        ValidationErrorKind::Type { kind } => {
            let wanted: Vec<JsonType> = match kind {
                TypeKind::Single(wanted) => vec![*wanted],
                TypeKind::Multiple(wanted) => wanted.iter().collect(),
            };
            if wanted.contains(&JsonType::String) && (value.is_number() || value.is_boolean()) {
                return about(format!("{value} is no text (hint: put it in quotes)"));
            }
            if value.is_null() {
                return with_hint("is empty".into());
            }
            with_hint(is_no(value, &wanted))
        }
        ValidationErrorKind::Minimum { limit } => {
            with_hint(format!("{} is less than {}", quoted(value), bound(limit)))
        }
        ValidationErrorKind::Maximum { limit } => {
            with_hint(format!("{} is more than {}", quoted(value), bound(limit)))
        }
        ValidationErrorKind::MaxLength { limit } => {
            with_hint(format!("{} has more than {limit} characters", quoted(value)))
        }
        ValidationErrorKind::MinLength { .. } | ValidationErrorKind::MinItems { .. } => {
            with_hint("is empty".into())
        }
        ValidationErrorKind::Pattern { .. } => {
            with_hint(format!("{} does not have the right form", quoted(value)))
        }
        _ => about(error.to_string()),
    }
}

/// The choice that was most likely meant: the one whose faults lie deepest. A key that may be left
/// out is a choice between its type and nothing.
fn meant<'e, 'i>(context: &'e [Vec<ValidationError<'i>>]) -> Option<&'e Vec<ValidationError<'i>>> {
    context.iter().max_by_key(|errors| {
        let depth =
            |error: &ValidationError<'_>| error.instance_path().as_str().matches('/').count();
        let of_nothing = errors.iter().any(|error| {
            matches!(
                error.kind(),
                ValidationErrorKind::Type { kind: TypeKind::Single(JsonType::Null) }
            )
        });
        (errors.iter().map(depth).max(), !of_nothing)
    })
}

/// Pointers of what holds a number or boolean where the schema wants text.
pub(crate) fn wants_text(value: &Value) -> Vec<String> {
    let Ok(validator) = &SCHEMA.1 else { return Vec::new() };
    let mut pointers = Vec::new();
    for error in validator.iter_errors(value) {
        text_wanted(&error, &mut pointers);
    }
    pointers
}

fn text_wanted(error: &ValidationError<'_>, pointers: &mut Vec<String>) {
    match error.kind() {
        ValidationErrorKind::AnyOf { context } => {
            context.iter().flatten().for_each(|error| text_wanted(error, pointers));
        }
        ValidationErrorKind::Type { kind } => {
            let text = match kind {
                TypeKind::Single(wanted) => *wanted == JsonType::String,
                TypeKind::Multiple(wanted) => wanted.contains(JsonType::String),
            };
            if text {
                pointers.push(error.instance_path().as_str().to_owned());
            }
        }
        _ => {}
    }
}

/// The part of the schema that `error` is about.
fn parent(error: &ValidationError<'_>) -> Option<&'static Value> {
    let (parent, _) = error.schema_path().as_str().rsplit_once('/')?;
    resolve(&SCHEMA.0, parent)
}

/// What the schema says of the value that `error` is about.
fn description(error: &ValidationError<'_>) -> Option<&'static str> {
    parent(error)?["description"].as_str()
}

/// The keys that the place of `error` may have.
fn known_keys(error: &ValidationError<'_>) -> Vec<String> {
    let properties = parent(error).and_then(|found| found["properties"].as_object());
    properties.into_iter().flat_map(|map| map.keys().cloned()).collect()
}

/// The words that the place of `error` may hold.
fn words(error: &ValidationError<'_>) -> Vec<String> {
    let Some(found) = parent(error) else { return Vec::new() };
    let choices = found["oneOf"].as_array().into_iter().flatten().map(|choice| &choice["const"]);
    let choices = choices.chain(found["enum"].as_array().into_iter().flatten());
    choices.filter_map(|word| word.as_str().map(str::to_owned)).collect()
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
