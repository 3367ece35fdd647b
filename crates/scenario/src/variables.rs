//! The variables that a ClusterLoader2 config reads.

use std::collections::BTreeSet;

/// What begins the variables that no config names: the manifests inside ClusterLoader2 use them.
const OF_MANIFESTS: [&str; 3] = ["PROMETHEUS_", "CL2_PROMETHEUS_", "CL2_WINDOWS_"];

/// Whether the manifests inside ClusterLoader2 may read the variable `name`, which then stands in no
/// file of a config.
#[must_use]
pub fn is_of_manifests(name: &str) -> bool {
    OF_MANIFESTS.iter().any(|prefix| name.starts_with(prefix))
}

/// Adds the variables that the template `text` reads to `read`: `.NAME`, or `"NAME"` where one is
/// looked up by `index`.
pub fn variables(text: &str, read: &mut BTreeSet<String>) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for (at, mark) in text.match_indices(['.', '"']) {
        let name = &text[at + mark.len()..];
        let end = name.find(|c: char| !is_name(c)).unwrap_or(name.len());
        // `a.NAME` is a field of something else.
        let alone = mark == "\"" || !text[..at].ends_with(is_name);
        if alone && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            read.insert(name[..end].to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_read_by_its_whole_name() {
        let text = "# PODS of a node\n{{$QPS := DefaultParam .CL2_QPS (DefaultParam $.QPS 10)}}\n\
                    {{index . \"ZONE\"}} {{$x.FIELD}} version: 1.5 file.yaml";
        let mut read = BTreeSet::new();

        variables(text, &mut read);

        for name in ["CL2_QPS", "QPS", "ZONE"] {
            assert!(read.contains(name), "{name}: {read:?}");
        }
        for name in ["PODS", "FIELD", "CL2", "5", "yaml"] {
            assert!(!read.contains(name), "{name}: {read:?}");
        }
    }
}
