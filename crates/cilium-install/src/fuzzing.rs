//! Doors to the parsers for the fuzzer: any bytes in, no panic out.

use std::collections::BTreeMap;

use http::{
    HeaderMap,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde_json::{Map, Value};

use crate::{
    answer, effective, excerpt::excerpt, image::Image, images, installed, known::Known, registry,
    token, unknown::unknown, values::merged, yaml,
};

/// Reads `data` as the YAML of a chart, and what it says as values, defaults and schema.
pub fn chart(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut known = Known::Keys(BTreeMap::new());
    known.add_template(&text);
    for value in yaml::documents(&text).unwrap_or_default() {
        known.add_schema(&value);
        let defaults = Known::of_defaults(&value);
        let Value::Object(asked) = value else { continue };
        let _ = unknown(&asked, &known);
        assert!(unknown(&asked, &defaults).is_ok(), "defaults know themselves");
        let merged = merged(&asked, None, &known);
        assert!(effective::values(&merged, &Value::Object(merged.clone())).is_empty());
    }
}

/// Reads `data` as what `helm get manifest` prints. No Secret is kept.
pub fn helm_manifest(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for name in images::of(&text).unwrap_or_default() {
        let _ = name.parse::<Image>().map(|image| image.manifest());
    }
    let Ok(manifest) = installed::Manifest::read(&text) else { return };
    for object in yaml::documents(&manifest.text).unwrap_or_default() {
        assert!(object["kind"] != "Secret", "a Secret is kept");
    }
    for workload in &manifest.workloads {
        let _ = workload.main_image().map(effective::tag);
    }
}

/// Reads `data` as the values that helm says it took, and as an object of the API server.
pub fn helm_values(data: &[u8]) {
    let Ok(found) = serde_json::from_slice::<Value>(data) else { return };
    let _ = effective::values(&Map::new(), &found);
    let _ = excerpt(found);
}

/// Reads the first line of `data` as a header of a registry, and the rest as its list of images.
pub fn registry(data: &[u8]) {
    let (header, list) = data.split_at(data.iter().position(|b| *b == b'\n').unwrap_or(data.len()));
    if let Ok(header) = http::HeaderValue::from_bytes(header) {
        let both = [WWW_AUTHENTICATE, RETRY_AFTER].map(|name| (name, header.clone()));
        let headers = HeaderMap::from_iter(both);
        token::read_as_challenge(&headers);
        let _ = answer::retry_after(&headers);
    }
    let platforms = registry::platforms(&serde_json::from_slice(list).unwrap_or_default());
    assert!(platforms.is_sorted_by(|one, next| one < next), "a platform stands twice");
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_doors_open() {
        corpus::replay("chart", super::chart);
        corpus::replay("helm_manifest", super::helm_manifest);
        corpus::replay("helm_values", super::helm_values);
        corpus::replay("registry", super::registry);
    }
}
