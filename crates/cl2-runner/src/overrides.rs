//! The file of a test's overrides, in which the caller's environment has the last word.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use run_record::{FileError, write_whole};
use scenario::OverrideValue;
use serde::Serialize;

/// What begins the environment variables that ClusterLoader2 takes as values of its variables.
pub(crate) const PREFIX: &str = "CL2_";

/// What became of a test's overrides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Overrides {
    /// The file that ClusterLoader2 is given; none if nothing is overridden.
    #[serde(skip)]
    pub(crate) file: Option<PathBuf>,
    /// Overrides of the scenario that the environment replaced.
    pub replaced: Vec<String>,
}

/// Writes `overrides` to `file`, without those that the environment sets too.
///
/// ClusterLoader2 ends with a "merge conflict" if a variable is set in both places, even to the same
/// value, since the environment has whole numbers where the file has fractions.
pub(crate) fn write(
    file: &Path,
    overrides: &BTreeMap<String, OverrideValue>,
) -> Result<Overrides, FileError> {
    let from_env: BTreeSet<String> = env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with(PREFIX))
        .collect();
    let (replaced, kept): (Vec<_>, Vec<_>) =
        overrides.iter().partition(|(name, _)| from_env.contains(*name));
    let text = yaml(&kept);
    let written = Overrides {
        file: (!text.is_empty()).then(|| file.into()),
        replaced: replaced.into_iter().map(|(name, _)| name.clone()).collect(),
    };
    // ClusterLoader2 refuses an empty file.
    if written.file.is_some() {
        write_whole(file, text.as_bytes())?;
    }
    for name in &written.replaced {
        tracing::info!("{name} of the environment wins over the scenario's");
    }
    Ok(written)
}

/// One line each; JSON's way to write a value is YAML's too.
fn yaml(overrides: &[(&String, &OverrideValue)]) -> String {
    let mut text = String::new();
    for (name, value) in overrides {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}: {}", value.0);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;
    use tempfile::TempDir;

    use super::*;

    fn overrides(pairs: &[(&str, serde_json::Value)]) -> BTreeMap<String, OverrideValue> {
        pairs.iter().map(|(name, value)| ((*name).into(), OverrideValue(value.clone()))).collect()
    }

    #[test]
    fn values_keep_their_kind() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("out/overrides.yaml");
        let overrides = overrides(&[
            ("CL2_QPS", json!(50)),
            ("PODS_PER_NODE", json!("30")),
            ("PROMETHEUS_SCRAPE_KUBE_PROXY", json!(false)),
        ]);

        let written = write(&file, &overrides).unwrap();

        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            "CL2_QPS: 50\nPODS_PER_NODE: \"30\"\nPROMETHEUS_SCRAPE_KUBE_PROXY: false\n"
        );
        assert_eq!(written, Overrides { file: Some(file), ..Overrides::default() });
    }

    #[test]
    fn nothing_overridden_is_no_file() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("overrides.yaml");

        let written = write(&file, &BTreeMap::new()).unwrap();

        assert_eq!(written, Overrides::default());
        assert!(!file.exists());
    }
}
