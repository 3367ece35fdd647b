//! What the nodes report, and whether it is what was asked for.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Node;
use run_record::{FileError, KopsPlan};
use stage::Stage;

use crate::{inventory::Inventory, readiness::is_worker};

/// What all nodes of a cluster run: each part with its values, and how many nodes have each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    parts: BTreeMap<&'static str, BTreeMap<String, u32>>,
    workers: u32,
}

impl Found {
    /// What `nodes` report.
    pub(crate) fn of<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> Self {
        let mut found = Self::default();
        for node in nodes {
            found.workers += u32::from(is_worker(node));
            let labels = node.metadata.labels.as_ref();
            if let Some(zone) = labels.and_then(|labels| labels.get(ZONE_LABEL)) {
                found.note(ZONE, zone);
            }
            let info = node.status.as_ref().and_then(|status| status.node_info.as_ref());
            let Some(info) = info else { continue };
            for (part, value) in [
                ("kubelet", &info.kubelet_version),
                ("kernel", &info.kernel_version),
                ("os", &info.os_image),
                ("container-runtime", &info.container_runtime_version),
            ] {
                found.note(part, value);
            }
        }
        found
    }

    /// The same, with the images that the machines' volumes were made from.
    pub(crate) fn with_images(mut self, there: &Inventory) -> Self {
        for disk in there.items.iter().filter(|item| item.collection == "disks") {
            // That of etcd was made from none.
            let image = disk.text("sourceImage").rsplit_once("/projects/");
            if let Some((_, image)) = image {
                self.note(IMAGE, &image.replace("/global/images/", "/"));
            }
        }
        self
    }

    fn note(&mut self, part: &'static str, value: &str) {
        *self.parts.entry(part).or_default().entry(value.into()).or_default() += 1;
    }

    /// What of it is not as it was asked for, each in a sentence.
    pub(crate) fn faults(&self, asked: &KopsPlan) -> Vec<String> {
        let mut faults: Vec<String> = self
            .parts
            .iter()
            .filter(|(_, values)| values.len() > 1)
            .map(|(part, values)| format!("the nodes are not alike in `{part}`: {}", said(values)))
            .collect();
        let mut differ = |part: &str, asked: &str, is_asked: &dyn Fn(&str) -> bool, hint: &str| {
            let values = self.parts.get(part).into_iter().flatten();
            let others: BTreeMap<String, u32> = values
                .filter(|(value, _)| !is_asked(value))
                .map(|(value, count)| (value.clone(), *count))
                .collect();
            if !others.is_empty() {
                faults.push(format!("`{part}` is {}, not {asked} (hint: {hint})", said(&others)));
            }
        };
        let version = format!("v{}", asked.kubernetes);
        differ("kubelet", &version, &|value| value == version, "what nodeup installed");
        if !asked.kernel.is_empty() {
            let (dot, dash) = (format!("{}.", asked.kernel), format!("{}-", asked.kernel));
            let is_asked = |value: &str| value.starts_with(&dot) || value.starts_with(&dash);
            differ("kernel", &asked.kernel, &is_asked, "`infra.kops.kernel`, or another image");
        }
        differ(IMAGE, &asked.image, &|value| value == asked.image, "`infra.kops.image`");
        let os = system(&asked.os);
        differ("os", &asked.os, &|value| value.to_lowercase().starts_with(&os), "`infra.kops.os`");
        faults
    }

    /// Writes it down.
    pub(crate) fn write(&self, stage: &Stage) -> Result<(), FileError> {
        stage.run_dir.update_metadata(|metadata| {
            metadata.nodes_found = Some(self.workers);
            for (part, values) in &self.parts {
                let entry = metadata.versions.0.entry((*part).into()).or_default();
                entry.found.clone_from(values);
            }
        })
    }
}

/// What the metadata calls the zone.
const ZONE: &str = "zone";

/// What the metadata calls the image of the machines.
const IMAGE: &str = "image";

/// Label by which a node says in which zone its machine is.
const ZONE_LABEL: &str = "topology.kubernetes.io/zone";

/// Writes down what is known of the cluster itself.
pub(crate) fn cluster(
    stage: &Stage,
    kops: &KopsPlan,
    kubernetes: &str,
    zone: &str,
) -> Result<(), FileError> {
    let tool = stage.toolbox.used().into_iter().find(|tool| tool.name == "kops");
    stage.run_dir.update_metadata(|metadata| {
        let mut note = |part: &str, asked: Option<&str>, found: Option<String>| {
            let entry = metadata.versions.0.entry(part.into()).or_default();
            if let Some(asked) = asked {
                entry.asked = Some(asked.into());
            }
            if let Some(found) = found {
                entry.found = BTreeMap::from([(found, 1)]);
            }
        };
        note("kubernetes", None, Some(kubernetes.trim_start_matches('v').into()));
        note(ZONE, kops.zones.first().map(String::as_str), Some(zone.into()));
        // Of which they really are, their volumes say.
        note(IMAGE, Some(&kops.image), None);
        note("kops", None, tool.map(|tool| tool.version));
    })
}

/// The zone that the cluster is in, once it was made.
pub(crate) fn zone(stage: &Stage) -> Option<String> {
    let metadata = stage.run_dir.metadata().ok()?;
    metadata.versions.0.get(ZONE)?.found.keys().next().cloned()
}

/// `ubuntu-24.04` as a node says it: `Ubuntu 24.04.2 LTS`.
fn system(os: &str) -> String {
    os.replacen('-', " ", 1).to_lowercase()
}

fn said(values: &BTreeMap<String, u32>) -> String {
    let values: Vec<String> =
        values.iter().map(|(value, count)| format!("{value} ({count} nodes)")).collect();
    values.join(", ")
}

#[cfg(test)]
mod tests {
    use run_record::Cost;
    use serde_json::json;

    use super::*;

    fn node(kernel: &str, kubelet: &str) -> Node {
        serde_json::from_value(json!({
            "metadata": { "name": "a", "labels": {
                "kops.k8s.io/instancegroup": "workers", ZONE_LABEL: "us-west1-a",
            } },
            "status": { "nodeInfo": {
                "architecture": "amd64", "bootID": "", "containerRuntimeVersion": "containerd://2.1.4",
                "kernelVersion": kernel, "kubeProxyVersion": "", "kubeletVersion": kubelet,
                "machineID": "", "operatingSystem": "linux", "osImage": "Ubuntu 24.04.2 LTS",
                "systemUUID": "",
            } },
        }))
        .unwrap()
    }

    fn asked() -> KopsPlan {
        KopsPlan {
            project: "p".into(),
            state_store: "gs://s".into(),
            lease_store: "gs://s/leases".into(),
            zones: vec!["us-west1-a".into()],
            region: "us-west1".into(),
            kubernetes: "1.35.5".into(),
            os: "ubuntu-24.04".into(),
            kernel: "6.11".into(),
            image: "ubuntu-os-cloud/ubuntu-2404-noble-amd64-v20250606".into(),
            lease_minutes: 60,
            estimate: Cost { usd_per_hour: 1.0, hours: 1.0, usd: 1.0, prices: String::new() },
        }
    }

    #[test]
    fn nodes_that_are_what_was_asked_for_have_no_faults() {
        let nodes = [node("6.11.0-1015-gcp", "v1.35.5"), node("6.11.0-1015-gcp", "v1.35.5")];

        assert_eq!(Found::of(&nodes).faults(&asked()), [""; 0]);
    }

    #[test]
    fn a_mixed_set_and_a_kernel_that_nobody_asked_for_are_said() {
        let nodes = [node("6.11.0-1015-gcp", "v1.35.5"), node("6.110.0-1", "v1.35.4")];

        let said = Found::of(&nodes).faults(&asked()).join("\n");

        for what in [
            "the nodes are not alike in `kernel`: 6.11.0-1015-gcp (1 nodes), 6.110.0-1 (1 nodes)",
            "the nodes are not alike in `kubelet`",
            "`kubelet` is v1.35.4 (1 nodes), not v1.35.5",
            "`kernel` is 6.110.0-1 (1 nodes), not 6.11 (hint: `infra.kops.kernel`",
        ] {
            assert!(said.contains(what), "{said}");
        }
    }
}
