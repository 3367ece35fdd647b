//! Reads a scenario file: shape, overrides and meaning, all faults at once.

use std::collections::BTreeSet;

use crate::{
    check,
    faults::{Fault, Faults},
    found::Found,
    overrides::Override,
    pointer::dotted,
    position::Position,
    scenario::Scenario,
    schema,
    source::Source,
};

/// A scenario, and where in its file each value stands.
#[derive(Debug)]
pub struct ScenarioFile {
    /// The scenario.
    pub scenario: Scenario,
    origin: Origin,
}

/// Where each value comes from.
#[derive(Debug)]
struct Origin {
    file: String,
    source: Source,
    overrides: Vec<Override>,
}

/// Reads the scenario in `text`, which is called `file` in faults, with `overrides` applied in
/// order.
///
/// # Errors
/// Everything that is wrong, in the file's order, each with its line or its override.
pub fn parse(file: &str, text: &str, overrides: &[Override]) -> Result<Scenario, Faults> {
    Ok(ScenarioFile::parse(file, text.as_bytes(), overrides)?.scenario)
}

impl ScenarioFile {
    /// Reads the scenario in `text` as [`parse`] does, and remembers where everything stands.
    ///
    /// # Errors
    /// Everything that is wrong, in the file's order, each with its line or its override.
    pub fn parse(file: &str, text: &[u8], overrides: &[Override]) -> Result<Self, Faults> {
        let (mut source, mut found) = Source::parse(text);
        let origin = |source| Origin { file: file.into(), source, overrides: overrides.to_vec() };
        if source.is_cut {
            return Err(origin(source).faults(found));
        }
        found.extend(overrides.iter().filter_map(|change| change.apply(&mut source.value).err()));
        if !overrides.is_empty() {
            let text = schema::wants_text(&source.value);
            for change in overrides.iter().filter(|change| text.contains(&change.pointer())) {
                found.extend(change.apply_text(&mut source.value).err());
            }
        }
        // One fault of its shape for each value: a second one follows from the first.
        let mut seen: BTreeSet<String> = found.iter().map(|one| one.pointer.clone()).collect();
        let of_shape = schema::faults(&source.value).into_iter();
        found.extend(of_shape.filter(|one| seen.insert(one.pointer.clone())));
        found.extend(check::check(&source.value));
        if found.is_empty() {
            match serde_json::from_value(source.value.clone()) {
                Ok(scenario) => return Ok(Self { scenario, origin: origin(source) }),
                Err(error) => found.push(Found::new("", format!("does not fit: {error}"))),
            }
        }
        Err(origin(source).faults(found))
    }

    /// What the caller found wrong, each with the JSON pointer of the value, as `/suite/0/config`.
    #[must_use]
    pub fn faults(&self, found: Vec<(String, String)>) -> Faults {
        self.origin.faults(found.into_iter().map(|(pointer, what)| Found::new(pointer, what)))
    }
}

impl Origin {
    /// Each fault with its place, in the file's order; what overrides say comes last.
    fn faults(&self, found: impl IntoIterator<Item = Found>) -> Faults {
        let mut placed: Vec<_> = found.into_iter().map(|one| self.place(one)).collect();
        placed.sort_by_key(|(change, at, _)| (*change, *at));
        Faults(placed.into_iter().map(|(.., fault)| fault).collect())
    }

    fn place(&self, found: Found) -> (Option<usize>, Position, Fault) {
        let at = found.at.unwrap_or_else(|| self.source.places.position(&found.pointer));
        let guilty = self.overrides.iter().rposition(|change| change.is_above(&found.pointer));
        let place = match guilty {
            Some(change) => format!("--set {}", self.overrides[change]),
            None => format!("{}:{at}", self.file),
        };
        (guilty, at, Fault { place, key: dotted(&found.pointer), what: found.what })
    }
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
