//! The Cilium that is installed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The Cilium that is installed: exactly one of `version`, `sha` and `chart`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Cilium {
    /// A released version, as `1.20.2`.
    #[schemars(regex(pattern = r"^1\.[0-9]+\.[0-9]+(-[0-9a-z.]+)?$"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// A commit of cilium/cilium, 40 hexadecimal digits.
    #[schemars(regex(pattern = r"^[0-9a-f]{40}$"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha: Option<String>,
    /// A chart on this machine, relative to the scenario file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart: Option<String>,
    /// Helm values, as in the chart's `values.yaml`.
    #[schemars(with = "std::collections::BTreeMap<String, Value>")]
    pub values: Map<String, Value>,
    /// Minutes that images which are not there yet are waited for, before anything is paid for; 0 asks
    /// once.
    #[schemars(range(min = 0, max = 90))]
    pub image_minutes: u32,
}

impl Default for Cilium {
    fn default() -> Self {
        Self {
            version: None,
            sha: None,
            chart: None,
            values: Map::new(),
            // Cilium's own workflows came from 10 by 30 to this.
            image_minutes: 45,
        }
    }
}

impl Cilium {
    /// The branch a result belongs to: `v1.18` for version `1.18.3`, else `main`.
    #[must_use]
    pub fn branch(&self) -> String {
        let minor = self.version.as_deref().and_then(|version| version.rsplit_once('.'));
        let stable = self.version.as_deref().is_some_and(|version| !version.contains('-'));
        match minor {
            Some((minor, _)) if stable => format!("v{minor}"),
            _ => "main".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_belongs_to_its_minor_branch_and_all_else_to_main() {
        let version = |version: &str| Cilium { version: Some(version.into()), ..Cilium::default() };

        assert_eq!(version("1.20.2").branch(), "v1.20");
        assert_eq!(version("1.21.0-pre.1").branch(), "main");
        assert_eq!(Cilium { sha: Some("a".repeat(40)), ..Cilium::default() }.branch(), "main");
    }
}
