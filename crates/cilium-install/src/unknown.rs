//! Values that the chart does not know: Helm takes them in silence.

use std::fmt;

use serde_json::{Map, Value};

use crate::known::Known;

/// Values that the chart does not know, all of them at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown(pub Vec<UnknownValue>);

/// One value that the chart does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownValue {
    /// Path of its key: `operator.replcias`.
    pub key: String,
    /// What is wrong with it.
    pub what: &'static str,
    /// What may be meant.
    pub hint: Option<String>,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, value) in self.0.iter().enumerate() {
            write!(f, "{}`{}` {}", if at == 0 { "" } else { "; " }, value.key, value.what)?;
            if let Some(hint) = &value.hint {
                write!(f, " (hint: {hint})")?;
            }
        }
        Ok(())
    }
}

const NO_KEY: &str = "is no key of it";
const NO_GROUP: &str = "takes one value and no keys below it";
const NO_VALUE: &str = "has keys below it and takes no value";

/// What `values` asks for that `known` does not have.
pub(crate) fn unknown(values: &Map<String, Value>, known: &Known) -> Result<(), Unknown> {
    let mut found = Vec::new();
    look(values, known, known, &mut Vec::new(), &mut found);
    if found.is_empty() { Ok(()) } else { Err(Unknown(found)) }
}

fn look<'v>(
    values: &'v Map<String, Value>,
    known: &Known,
    all: &Known,
    path: &mut Vec<&'v str>,
    found: &mut Vec<UnknownValue>,
) {
    let Known::Keys(keys) = known else { return };
    for (key, value) in values {
        path.push(key);
        let mut say = |what, hint| found.push(UnknownValue { key: path.join("."), what, hint });
        match (keys.get(key), value) {
            (None, _) => say(NO_KEY, hint(path, keys.keys(), all)),
            (Some(Known::OneValue), Value::Object(_)) => say(NO_GROUP, None),
            (Some(below @ Known::Keys(_)), Value::Object(map)) => {
                look(map, below, all, path, found);
            }
            (Some(Known::Keys(_)), value) if !value.is_null() => say(NO_VALUE, None),
            _ => {}
        }
        path.pop();
    }
}

/// What may be meant by the last key of `path`.
fn hint<'k>(
    path: &[&str],
    siblings: impl Iterator<Item = &'k String>,
    all: &Known,
) -> Option<String> {
    /// Below this likeness two keys have little in common; `enabled` and `enable` have 0.97.
    const ALIKE: f64 = 0.9;
    let (key, above) = path.split_last()?;
    if key.contains('.') && all.at(key.split('.')).is_some() {
        let closed = " }".repeat(key.matches('.').count());
        return Some(format!("nest it: `{}: ...{closed}`", key.replace('.', ": { ")));
    }
    let likeness = |other: &str| strsim::jaro_winkler(&other.to_lowercase(), &key.to_lowercase());
    let nearest = siblings
        .map(|sibling| (likeness(sibling), sibling))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((_, nearest)) = nearest {
        return Some(format!("`{}`", [above, &[nearest.as_str()]].concat().join(".")));
    }
    let elsewhere = elsewhere(all, key);
    (!elsewhere.is_empty()).then(|| elsewhere.join(" or "))
}

/// Paths of the keys called `key`, the shortest ones first.
fn elsewhere(all: &Known, key: &str) -> Vec<String> {
    /// More would not be a hint.
    const SHOWN: usize = 3;
    let mut paths = Vec::new();
    collect(all, key, "", &mut paths);
    paths.sort_by_key(|path| (path.matches('.').count(), path.clone()));
    paths.truncate(SHOWN);
    paths
}

fn collect(known: &Known, key: &str, above: &str, paths: &mut Vec<String>) {
    let Known::Keys(keys) = known else { return };
    for (name, below) in keys {
        let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        if name == key {
            paths.push(format!("`{path}`"));
        }
        collect(below, key, &path, paths);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn keys(keys: &[(&str, Known)]) -> Known {
        Known::Keys(
            keys.iter()
                .map(|(key, known)| ((*key).into(), known.clone()))
                .collect::<BTreeMap<_, _>>(),
        )
    }

    fn faults(values: Value) -> Vec<String> {
        let known = keys(&[
            ("kubeProxyReplacement", Known::OneValue),
            ("labels", Known::Anything),
            ("operator", keys(&[("replicas", Known::OneValue)])),
        ]);
        let Value::Object(values) = values else { panic!("values are a group") };
        match unknown(&values, &known) {
            Ok(()) => Vec::new(),
            Err(unknown) => {
                unknown.0.iter().map(|one| Unknown(vec![one.clone()]).to_string()).collect()
            }
        }
    }

    #[test]
    fn values_that_the_chart_knows_are_taken() {
        let values = json!({ "operator": { "replicas": 1 }, "labels": { "a.b/c": { "d": 1 } }, "kubeProxyReplacement": true });

        assert!(faults(values).is_empty());
    }

    #[test]
    fn a_mistyped_value_is_named_with_what_is_meant() {
        let faults = faults(json!({
            "kubeProxyReplacment": true,
            "replicas": 1,
            "operator.replicas": 1,
            "operator": { "relpicas": 2 },
            "quite-another-thing": 3,
        }));

        assert_eq!(
            faults,
            [
                "`kubeProxyReplacment` is no key of it (hint: `kubeProxyReplacement`)",
                "`replicas` is no key of it (hint: `operator.replicas`)",
                "`operator.replicas` is no key of it (hint: nest it: `operator: { replicas: ... }`)",
                "`operator.relpicas` is no key of it (hint: `operator.replicas`)",
                "`quite-another-thing` is no key of it",
            ]
        );
    }

    #[test]
    fn a_group_in_place_of_a_value_is_a_fault_and_so_is_the_reverse() {
        let faults = faults(json!({ "kubeProxyReplacement": { "enabled": true }, "operator": 1 }));

        assert_eq!(
            faults,
            [
                "`kubeProxyReplacement` takes one value and no keys below it",
                "`operator` has keys below it and takes no value",
            ]
        );
    }
}
