//! Which images a run's Cilium needs, and which of them may not be there yet.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    installed::parts,
    yaml::{YamlError, document},
};

/// Keys below which an object lists containers.
const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// The images of every container in the objects that `rendered` holds: of jobs and hooks too.
pub(crate) fn of(rendered: &str) -> Result<BTreeSet<String>, YamlError> {
    let mut found = BTreeSet::new();
    for part in parts(rendered) {
        collect(&document(&part)?, &mut found);
    }
    Ok(found)
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let containers = value.as_array().filter(|_| CONTAINERS.contains(&key.as_str()));
                let images = containers.into_iter().flatten();
                found.extend(images.filter_map(|one| one["image"].as_str().map(str::to_owned)));
                collect(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

/// `values` without what they say about images; nothing if they say nothing.
///
/// The chart calls everything about an image `image`, wherever it stands.
pub(crate) fn not_overridden(values: &Map<String, Value>) -> Option<Map<String, Value>> {
    let mut without = values.clone();
    strip(&mut without).then_some(without)
}

/// Takes every `image` out of `values`. Returns whether there was one.
fn strip(values: &mut Map<String, Value>) -> bool {
    let mut any = values.remove("image").is_some();
    for value in values.values_mut() {
        let maps: Vec<&mut Map<String, Value>> = match value {
            Value::Object(map) => vec![map],
            Value::Array(values) => values.iter_mut().filter_map(Value::as_object_mut).collect(),
            _ => Vec::new(),
        };
        for map in maps {
            any |= strip(map);
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn images_of_every_kind_of_object_are_found_once() {
        let rendered = "kind: DaemonSet\nspec: {template: {spec: {initContainers: [{image: a:1}], containers: [{image: b:1}, {name: x}]}}}\n---\n\
            kind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{image: c:1}, {image: b:1}]}}}}}\n---\n\
            kind: ConfigMap\ndata: {image: d:1}\n";

        let found = of(rendered).unwrap();

        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a:1", "b:1", "c:1"]);
    }

    #[test]
    fn what_is_said_about_images_is_told_from_the_rest() {
        let values = json!({
            "debug": { "enabled": true },
            "operator": { "replicas": 2, "image": { "tag": "x" } },
            "extraContainers": [{ "name": "a", "image": "b" }],
        });
        let Value::Object(values) = values else { panic!() };

        let without = not_overridden(&values).unwrap();

        let expected = json!({ "debug": { "enabled": true }, "operator": { "replicas": 2 }, "extraContainers": [{ "name": "a" }] });
        assert_eq!(Value::Object(without.clone()), expected);
        assert_eq!(not_overridden(&without), None);
    }
}
