//! Overrides that a ClusterLoader2 config does not read: it would ignore them without a word, and
//! measure something else.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use run_record::read_whole;
use scenario::{OverrideValue, is_of_manifests, nearest, variables};
use walkdir::WalkDir;

/// Those of `overrides` that no file beside `config` reads, each with the variable that was most
/// likely meant.
#[must_use]
pub fn unread(
    config: &Path,
    overrides: &BTreeMap<String, OverrideValue>,
) -> Vec<(String, Option<String>)> {
    let mut read = BTreeSet::new();
    // ClusterLoader2 reads no file outside the folder of the config.
    let folder = config.parent().unwrap_or(Path::new("."));
    for entry in WalkDir::new(folder).into_iter().flatten() {
        if entry.file_type().is_file()
            && let Ok(text) = read_whole(entry.path())
        {
            variables(&String::from_utf8_lossy(&text), &mut read);
        }
    }
    overrides
        .keys()
        .filter(|name| !read.contains(*name) && !is_of_manifests(name))
        .map(|name| (name.clone(), nearest(name, &read).cloned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_module_reads_is_read_and_the_rest_is_named_with_what_was_meant() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.yaml");
        fs::write(&config, "# PODS\n{{$QPS := DefaultParam .CL2_QPS 10}}\n").unwrap();
        fs::create_dir(folder.path().join("modules")).unwrap();
        fs::write(folder.path().join("modules/a.yaml"), "{{.PODS_PER_NODE}}").unwrap();
        let overrides = ["CL2_QPS", "PODS_PER_NODE", "PODS_PER", "PROMETHEUS_SCRAPE_ETCD", "XYZ"]
            .map(|name| (name.to_owned(), OverrideValue(json!(1))));

        let unread = unread(&config, &overrides.into());

        let meant = Some("PODS_PER_NODE".into());
        assert_eq!(unread, [("PODS_PER".into(), meant), ("XYZ".into(), None)]);
    }
}
