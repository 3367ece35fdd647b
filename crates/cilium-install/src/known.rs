//! The values that a chart knows: its defaults, its schema, and what its templates read.

use std::{collections::BTreeMap, fs, io, path::Path, path::PathBuf, sync::LazyLock};

use regex::Regex;
use serde_json::Value;
use walkdir::WalkDir;

use crate::yaml::{YamlError, document};

/// Why it is not known what a chart knows.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KnownError {
    /// A file of the chart cannot be read.
    #[error("failed to read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The defaults are not understood.
    #[error("failed to understand `{path}`")]
    Values {
        /// The file.
        path: PathBuf,
        /// Why.
        source: YamlError,
    },
    /// The schema is not understood.
    #[error("failed to understand `{path}`")]
    Schema {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

/// What a chart knows below one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Anything: the chart hands it on as it is, or says nothing about it.
    Anything,
    /// One value, and no key below it.
    OneValue,
    /// These keys.
    Keys(BTreeMap<String, Self>),
}

impl Known {
    /// What the chart at `folder` knows.
    pub(crate) fn of_chart(folder: &Path) -> Result<Self, KnownError> {
        let path = folder.join("values.yaml");
        let defaults = document(&read(&path)?)
            .map_err(|source| KnownError::Values { path: path.clone(), source })?;
        let mut known = Self::of_defaults(&defaults);
        let path = folder.join("values.schema.json");
        // Charts before 1.16 have none.
        if path.is_file() {
            let schema: Value = serde_json::from_str(&read(&path)?)
                .map_err(|source| KnownError::Schema { path: path.clone(), source })?;
            known.add_schema(&schema);
        }
        for entry in WalkDir::new(folder.join("templates")).into_iter().flatten() {
            if entry.file_type().is_file() {
                known.add_template(&read(entry.path())?);
            }
        }
        Ok(known)
    }

    /// What is known below the key at `path`.
    pub(crate) fn at<'k>(&self, path: impl IntoIterator<Item = &'k str>) -> Option<&Self> {
        let mut at = self;
        for key in path {
            match at {
                Self::Anything => return Some(at),
                Self::OneValue => return None,
                Self::Keys(keys) => at = keys.get(key)?,
            }
        }
        Some(at)
    }

    pub(crate) fn of_defaults(value: &Value) -> Self {
        match value {
            Value::Object(map) if !map.is_empty() => Self::Keys(
                map.iter().map(|(key, value)| (key.clone(), Self::of_defaults(value))).collect(),
            ),
            // An empty group, a list or no default at all says nothing about what may stand there.
            Value::Object(_) | Value::Array(_) | Value::Null => Self::Anything,
            Value::Bool(_) | Value::Number(_) | Value::String(_) => Self::OneValue,
        }
    }

    pub(crate) fn add_schema(&mut self, schema: &Value) {
        let may_be_group = match &schema["type"] {
            Value::String(name) => name == "object",
            Value::Array(names) => names.iter().any(|name| name == "object"),
            // One of several shapes.
            _ => schema["type"].is_null() && schema["enum"].is_null(),
        };
        match (schema["properties"].as_object(), &mut *self) {
            (Some(properties), Self::Keys(keys)) => {
                for (key, below) in properties {
                    keys.entry(key.clone()).or_insert(Self::Anything).add_schema(below);
                }
            }
            (None, Self::OneValue) if may_be_group => *self = Self::Anything,
            _ => {}
        }
    }

    /// Adds what a template reads: some values have no default, and stand commented out in
    /// `values.yaml`.
    pub(crate) fn add_template(&mut self, template: &str) {
        for (pattern, anything) in [(&READ, false), (&HANDED_ON, true)] {
            for found in pattern.iter().flat_map(|pattern| pattern.captures_iter(template)) {
                self.put(&found[1], anything);
            }
        }
    }

    /// Makes the key at `path` known; as one below which anything may stand, if `anything`.
    fn put(&mut self, path: &str, anything: bool) {
        let mut at = self;
        for key in path.split('.') {
            let Self::Keys(keys) = at else { return };
            at = keys.entry(key.into()).or_insert(Self::Anything);
        }
        if anything {
            *at = Self::Anything;
        }
    }
}

/// A value that a template reads: `.Values.hubble.export.fileMaxBackups`.
static READ: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\.Values\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)").ok());

/// A value that a template hands on as it is: `with .Values.affinity }} ... {{ toYaml .`, so that
/// what may stand there is Kubernetes' word and not the chart's.
static HANDED_ON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"with \.Values\.([A-Za-z0-9_.]+) *-?\}\}[^{]*\{\{-? *toYaml \.[ )|]").ok()
});

fn read(path: &Path) -> Result<String, KnownError> {
    fs::read_to_string(path).map_err(|source| KnownError::Read { path: path.into(), source })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known() -> Known {
        let mut known = Known::of_defaults(&json!({
            "debug": { "enabled": false, "verbose": null },
            "nodeSelector": { "kubernetes.io/os": "linux" },
            "port": 1,
            "labels": {},
        }));
        known.add_schema(&json!({ "type": "object", "properties": {
            "global": { "type": "object" },
            "port": { "type": ["integer", "object"] },
        } }));
        known.add_template("{{ if .Values.debug.depth }}x{{ end }}\n{{- with .Values.nodeSelector }}\n  nodeSelector:\n  {{- toYaml . | nindent 8 }}\n");
        known
    }

    #[test]
    fn a_key_with_a_default_a_schema_or_a_reader_is_known() {
        for key in ["debug.enabled", "debug.verbose.any", "debug.depth", "global.x", "labels.a"] {
            assert!(known().at(key.split('.')).is_some(), "{key}");
        }
        for key in ["debugg", "debug.enabled.x", "debug.enbaled"] {
            assert!(known().at(key.split('.')).is_none(), "{key}");
        }
    }

    #[test]
    fn what_a_template_hands_on_may_hold_anything() {
        assert_eq!(known().at(["nodeSelector"]), Some(&Known::Anything));
        assert_eq!(known().at(["port"]), Some(&Known::Anything));
    }
}
