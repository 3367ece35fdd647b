//! What is in effect, compared with what was asked for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    installed::{AGENT, CONFIG, Installed, Workload},
    values::same,
};

/// Everything that is in effect and was not asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differences(pub Vec<Difference>);

/// One thing that is not as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What: `cilium-config: debug`.
    pub what: String,
    /// What was asked for.
    pub asked: Option<String>,
    /// What is in effect.
    pub found: Option<String>,
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// More are in nobody's head.
        const SHOWN: usize = 5;
        let shown: Vec<String> = self.0.iter().take(SHOWN).map(Difference::to_string).collect();
        f.write_str(&shown.join("; "))?;
        match self.0.len().checked_sub(SHOWN) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "; and {more} more"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_nothing = |text: &Option<String>| match text {
            Some(text) => format!("`{text}`"),
            None => "nothing".into(),
        };
        let (found, asked) = (or_nothing(&self.found), or_nothing(&self.asked));
        write!(f, "{} is {found} and not {asked}", self.what)
    }
}

/// Nothing if there is no difference.
pub(crate) fn none_of(differences: Vec<Difference>) -> Result<(), Differences> {
    if differences.is_empty() { Ok(()) } else { Err(Differences(differences)) }
}

/// The values that helm says it took.
pub(crate) fn values(asked: &Map<String, Value>, found: &Value) -> Vec<Difference> {
    let nothing = Map::new();
    let found = found.as_object().unwrap_or(&nothing);
    let shown = |value: Option<&Value>| value.map(Value::to_string);
    let keys: BTreeSet<&String> = asked.keys().chain(found.keys()).collect();
    keys.into_iter()
        .filter(|key| {
            let get = |map: &Map<String, Value>| map.get(*key).cloned().unwrap_or_default();
            !same(&get(asked), &get(found))
        })
        .map(|key| Difference {
            what: format!("value {key}"),
            asked: shown(asked.get(key)),
            found: shown(found.get(key)),
        })
        .collect()
}

/// The keys of `cilium-config`.
pub(crate) fn config(
    asked: &BTreeMap<String, String>,
    found: &BTreeMap<String, String>,
) -> Vec<Difference> {
    texts(&format!("{CONFIG}: "), asked, found)
}

/// The images of a workload.
pub(crate) fn images(
    workload: &str,
    asked: &BTreeMap<String, String>,
    found: &BTreeMap<String, String>,
) -> Vec<Difference> {
    texts(&format!("image of {workload}: "), asked, found)
}

/// Whether the agent's image has the chart's version, where the scenario names no image itself.
pub(crate) fn version(installed: &Installed) -> Vec<Difference> {
    if installed.values.contains_key("image") {
        return Vec::new();
    }
    let image = installed.workload(AGENT).and_then(Workload::main_image);
    let found = image.map(tag);
    let asked = format!("v{}", installed.version);
    if found == Some(asked.as_str()) {
        return Vec::new();
    }
    let found = found.map(str::to_owned);
    vec![Difference { what: "version of the agent's image".into(), asked: Some(asked), found }]
}

/// The tag of an image; the image itself if it has none.
pub(crate) fn tag(image: &str) -> &str {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    // A colon before a slash is that of a port.
    match name.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => tag,
        _ => name,
    }
}

fn texts(
    what: &str,
    asked: &BTreeMap<String, String>,
    found: &BTreeMap<String, String>,
) -> Vec<Difference> {
    let keys: BTreeSet<&String> = asked.keys().chain(found.keys()).collect();
    keys.into_iter()
        .filter(|key| asked.get(*key) != found.get(*key))
        .map(|key| Difference {
            what: format!("{what}{key}"),
            asked: asked.get(key).cloned(),
            found: found.get(key).cloned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
    }

    #[test]
    fn a_changed_a_missing_and_an_added_key_are_named() {
        let asked = map(&[("debug", "false"), ("ipam", "cluster-pool"), ("same", "1")]);
        let found = map(&[("debug", "true"), ("extra", "x"), ("same", "1")]);

        let differences = Differences(config(&asked, &found));

        assert_eq!(
            differences.to_string(),
            "cilium-config: debug is `true` and not `false`; \
             cilium-config: extra is `x` and not nothing; \
             cilium-config: ipam is nothing and not `cluster-pool`"
        );
    }

    #[test]
    fn the_tag_of_an_image_is_found_beside_ports_and_digests() {
        assert_eq!(tag("quay.io/cilium/cilium:v1.20.2@sha256:ab"), "v1.20.2");
        assert_eq!(tag("localhost:5000/cilium"), "localhost:5000/cilium");
    }
}
