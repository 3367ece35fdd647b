//! Reads a scenario file: shape, overrides and meaning, all faults at once.

pub use crate::overrides::Override;

use crate::{
    check,
    faults::{Fault, Faults},
    scenario::Scenario,
    schema,
    source::{Source, dotted},
};

/// Largest scenario file that is read, in bytes; a real one has a few thousand.
const LARGEST: usize = 1 << 20;

/// Reads the scenario in `text`, which is called `file` in faults, with `overrides` applied in
/// order.
///
/// # Errors
/// Everything that is wrong, each with its line or its override: the shape first, then, if the
/// shape is right, the meaning.
pub fn parse(file: &str, text: &str, overrides: &[Override]) -> Result<Scenario, Faults> {
    let whole = |what: String| Faults(vec![Fault { place: file.into(), key: String::new(), what }]);
    if text.len() > LARGEST {
        return Err(whole(format!("is larger than {LARGEST} bytes")));
    }
    let mut source = Source::parse(file, text)?;
    let mut faults: Vec<Fault> =
        overrides.iter().filter_map(|change| change.apply(&mut source).err()).collect();
    let text = schema::wants_text(&source);
    for change in overrides.iter().filter(|change| text.contains(&change.key().to_owned())) {
        faults.extend(change.apply_text(&mut source).err());
    }
    faults.extend(schema::faults(&source).into_iter().map(|fault| blame(fault, overrides)));
    if !faults.is_empty() {
        return Err(Faults(faults));
    }
    let scenario: Scenario =
        serde_json::from_value(source.value.clone()).map_err(|error| whole(error.to_string()))?;
    let found = check::check(&scenario);
    if found.is_empty() {
        return Ok(scenario);
    }
    let fault = |(pointer, what): (String, String)| {
        blame(Fault { place: source.place(&pointer), key: dotted(&pointer), what }, overrides)
    };
    Err(Faults(found.into_iter().map(fault).collect()))
}

/// Names the override that a fault comes from, in place of the file's line.
fn blame(mut fault: Fault, overrides: &[Override]) -> Fault {
    let guilty = overrides.iter().rev().find(|change| {
        fault.key == change.key() || fault.key.starts_with(&format!("{}.", change.key()))
    });
    if let Some(change) = guilty {
        fault.place = format!("--set {change}");
    }
    fault
}

/// The JSON schema of a scenario file, for editors and for the reference page.
#[must_use]
pub fn schema_json() -> serde_json::Value {
    schema::schema().to_value()
}

/// The scenario as YAML text. JSON is YAML, so the text can be read again by [`parse`].
///
/// # Errors
/// The scenario holds a number that JSON cannot say.
pub fn to_yaml(scenario: &Scenario) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(scenario)? + "\n")
}
