//! What was installed: the part of the rendered chart that a cluster can be held to.

use std::collections::BTreeMap;

use run_record::Format;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::yaml::{YamlError, document};

/// Namespace that Cilium is installed in.
pub(crate) const NAMESPACE: &str = "kube-system";

/// The ConfigMap that every agent and operator reads.
pub(crate) const CONFIG: &str = "cilium-config";

/// The DaemonSet of the agents.
pub(crate) const AGENT: &str = "cilium";

/// The agent's container.
const AGENT_CONTAINER: &str = "cilium-agent";

/// `cilium/installed.json`: what was installed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Installed {
    /// Version of this file's shape.
    pub(crate) format: Format,
    /// Version of the chart.
    pub(crate) version: String,
    /// The values that were installed: ours, and over them the scenario's.
    pub(crate) values: Map<String, Value>,
    /// The keys of `cilium-config`.
    pub(crate) config: BTreeMap<String, String>,
    /// What runs pods.
    pub(crate) workloads: Vec<Workload>,
}

/// A DaemonSet or Deployment of the chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Workload {
    /// Which of the two it is.
    pub(crate) kind: Kind,
    /// Its name.
    pub(crate) name: String,
    /// Labels of its pods.
    pub(crate) labels: BTreeMap<String, String>,
    /// Image of each container, init containers included.
    pub(crate) images: BTreeMap<String, String>,
}

/// What runs pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// One pod on each node.
    DaemonSet,
    /// A number of pods.
    Deployment,
}

/// A rendered chart.
pub(crate) struct Manifest {
    /// The objects but for the Secrets: the chart generates keys.
    pub(crate) text: String,
    /// The keys of `cilium-config`.
    pub(crate) config: BTreeMap<String, String>,
    /// What runs pods.
    pub(crate) workloads: Vec<Workload>,
}

impl Manifest {
    /// Reads what `helm get manifest` prints.
    pub(crate) fn read(rendered: &str) -> Result<Self, YamlError> {
        let mut manifest =
            Self { text: String::new(), config: BTreeMap::new(), workloads: Vec::new() };
        for part in parts(rendered) {
            let object = document(&part)?;
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            match (object["kind"].as_str().unwrap_or_default(), name) {
                ("" | "Secret", _) => continue,
                ("ConfigMap", CONFIG) => manifest.config = texts(&object["data"]),
                ("DaemonSet", _) => manifest.workloads.push(workload(Kind::DaemonSet, &object)),
                ("Deployment", _) => manifest.workloads.push(workload(Kind::Deployment, &object)),
                _ => {}
            }
            manifest.text.push_str("---\n");
            manifest.text.push_str(&stage::redact(&part));
        }
        Ok(manifest)
    }
}

/// The documents of a YAML text, as text.
pub(crate) fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in text.lines() {
        if line.trim_end() == "---" {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    parts
}

fn workload(kind: Kind, object: &Value) -> Workload {
    let pod = &object["spec"]["template"]["spec"];
    let containers = ["initContainers", "containers"]
        .into_iter()
        .flat_map(|list| pod[list].as_array().into_iter().flatten());
    Workload {
        kind,
        name: object["metadata"]["name"].as_str().unwrap_or_default().into(),
        labels: texts(&object["spec"]["selector"]["matchLabels"]),
        images: containers
            .filter_map(|one| Some((one["name"].as_str()?.into(), one["image"].as_str()?.into())))
            .collect(),
    }
}

/// A group of texts.
fn texts(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.into()))).collect()
}

impl Workload {
    /// The image of the container that the workload is there for: the agent's has a name of its own,
    /// the others' are called as the workload is.
    pub(crate) fn main_image(&self) -> Option<&str> {
        self.images.get(self.main_container()).map(String::as_str)
    }

    /// The container that the workload is there for.
    pub(crate) fn main_container(&self) -> &str {
        if self.name == AGENT { AGENT_CONTAINER } else { &self.name }
    }
}

impl Installed {
    /// The workload called `name`.
    pub(crate) fn workload(&self, name: &str) -> Option<&Workload> {
        self.workloads.iter().find(|workload| workload.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RENDERED: &str = r#"---
# Source: cilium/templates/cilium-ca-secret.yaml
apiVersion: v1
kind: Secret
metadata: { name: cilium-ca }
data: { ca.key: c2VjcmV0 }
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: cilium-config
data:
  debug: "false"
---
kind: DaemonSet
metadata: { name: cilium }
spec:
  selector: { matchLabels: { k8s-app: cilium } }
  template:
    spec:
      initContainers: [{ name: config, image: "a:v1" }]
      containers: [{ name: cilium-agent, image: "b:v1@sha256:0" }]
"#;

    #[test]
    fn a_manifest_is_read_and_its_secrets_are_not_kept() {
        let manifest = Manifest::read(RENDERED).unwrap();

        assert_eq!(manifest.config["debug"], "false");
        assert_eq!(manifest.workloads[0].labels["k8s-app"], "cilium");
        assert_eq!(manifest.workloads[0].images["config"], "a:v1");
        assert_eq!(manifest.workloads[0].images["cilium-agent"], "b:v1@sha256:0");
        assert!(manifest.text.contains("DaemonSet") && !manifest.text.contains("c2VjcmV0"));
    }
}
