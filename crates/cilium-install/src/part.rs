//! One part of the cluster's state, read page by page.

use std::collections::BTreeMap;

use kube::{Client, api::ListParams, core::Request};
use redaction::redact_json;
use run_record::Format;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{excerpt::excerpt, installed::NAMESPACE};

/// One part of the cluster's state.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Its name, which is its file's too.
    pub(crate) name: String,
    path: String,
    keep: Keep,
}

/// What is kept of the objects of a part.
#[derive(Clone, Copy, Debug)]
enum Keep {
    /// Each object.
    Objects,
    /// How many there are, by namespace and by what stands at this pointer.
    Counts(&'static str),
    /// Name and status of each.
    Status,
}

/// What was read of a part.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Content {
    /// Version of this file's shape.
    format: Format,
    /// Objects that were read.
    #[serde(rename = "objects-read")]
    pub(crate) read: usize,
    /// Why not all were read.
    pub(crate) cut: Option<String>,
    /// The objects, or their counts.
    pub(crate) items: Value,
}

/// Objects that the API server is asked for at a time, as kubectl does.
const PAGE: u32 = 500;

/// Most objects of one part: the pods of the largest cluster of today's suite are a third of it.
const MOST_OBJECTS: usize = 100_000;

/// Most of one part, in bytes: what a person still opens in an editor.
const MOST_BYTES: usize = 16 << 20;

impl Part {
    /// The parts that every cluster has. No Secrets, ever.
    pub(crate) fn all() -> Vec<Self> {
        let kube_system =
            |group: &str, kind: &str| format!("{group}/namespaces/{NAMESPACE}/{kind}");
        [
            ("nodes", "/api/v1/nodes".into(), Keep::Objects),
            ("pods", kube_system("/api/v1", "pods"), Keep::Objects),
            ("events", "/api/v1/events".into(), Keep::Objects),
            ("configmaps", kube_system("/api/v1", "configmaps"), Keep::Objects),
            ("daemonsets", "/apis/apps/v1/daemonsets".into(), Keep::Objects),
            ("deployments", kube_system("/apis/apps/v1", "deployments"), Keep::Objects),
            ("pod-counts", "/api/v1/pods".into(), Keep::Counts("/status/phase")),
            ("service-counts", "/api/v1/services".into(), Keep::Counts("/spec/type")),
            ("deployment-counts", "/apis/apps/v1/deployments".into(), Keep::Counts("/kind")),
        ]
        .into_iter()
        .map(|(name, path, keep)| Self { name: name.into(), path, keep })
        .collect()
    }

    /// The CRDs, by which the parts of a Cilium are known.
    pub(crate) fn crds() -> Self {
        let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions".into();
        Self { name: "crds".into(), path, keep: Keep::Status }
    }

    /// The objects of each CRD of Cilium among `crds`.
    pub(crate) fn of_crds(crds: &Value) -> Vec<Self> {
        let crds = crds.as_array().into_iter().flatten();
        crds.filter_map(|crd| {
            let name = crd["metadata"]["name"].as_str()?;
            let (plural, group) = name.split_once('.')?;
            let stored = crd["status"]["storedVersions"].as_array()?.last()?.as_str()?;
            // It becomes the name of a file.
            let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
            (is_name && (group == "cilium.io" || group.ends_with(".cilium.io"))).then(|| Self {
                name: name.into(),
                path: format!("/apis/{group}/{stored}/{plural}"),
                keep: Keep::Objects,
            })
        })
        .collect()
    }

    /// Reads it.
    pub(crate) async fn read(&self, client: &Client) -> Result<Content, kube::Error> {
        let mut kept = Kept::default();
        let mut page = ListParams::default().limit(PAGE);
        let mut read = 0;
        let cut = loop {
            let request =
                Request::new(self.path.clone()).list(&page).map_err(kube::Error::BuildRequest)?;
            let mut list: Value = client.request(request).await?;
            let Value::Array(items) = list["items"].take() else { break None };
            read += items.len();
            for item in items {
                kept.add(self.keep, item);
            }
            let Some(token) = list["metadata"]["continue"].as_str().filter(|it| !it.is_empty())
            else {
                break None;
            };
            if read >= MOST_OBJECTS || kept.bytes >= MOST_BYTES {
                let rest = list["metadata"]["remainingItemCount"].as_i64().unwrap_or_default();
                break Some(format!("{rest} more objects are there"));
            }
            page = page.continue_token(token);
        };
        Ok(Content { format: Format, read, cut, items: kept.into_items(self.keep) })
    }
}

/// What is kept of the pages so far.
#[derive(Default)]
struct Kept {
    items: Vec<Value>,
    counts: BTreeMap<String, BTreeMap<String, usize>>,
    bytes: usize,
}

impl Kept {
    fn add(&mut self, keep: Keep, item: Value) {
        let item = match keep {
            Keep::Objects => excerpt(item),
            Keep::Status => {
                let name = &item["metadata"]["name"];
                excerpt(json!({ "metadata": { "name": name }, "status": item["status"] }))
            }
            Keep::Counts(pointer) => {
                let text = |pointer| item.pointer(pointer).and_then(Value::as_str);
                let namespace = text("/metadata/namespace").unwrap_or_default();
                let of = self.counts.entry(namespace.into()).or_default();
                *of.entry(text(pointer).unwrap_or("all").into()).or_default() += 1;
                return;
            }
        };
        self.bytes += item.to_string().len();
        self.items.push(item);
    }

    fn into_items(self, keep: Keep) -> Value {
        match keep {
            Keep::Counts(_) => redact_json(json!(self.counts)),
            Keep::Objects | Keep::Status => Value::Array(self.items),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_is_of_secrets() {
        assert!(Part::all().iter().all(|part| !part.path.contains("secret")));
    }

    #[test]
    fn the_custom_resources_of_cilium_are_parts_and_others_are_not() {
        let crd = |name: &str| json!({ "metadata": { "name": name }, "status": { "storedVersions": ["v2"] } });

        let parts = Part::of_crds(&json!([
            crd("ciliumnodes.cilium.io"),
            crd("x.example.com"),
            crd("../x.cilium.io")
        ]));

        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].path, "/apis/cilium.io/v2/ciliumnodes");
    }

    #[test]
    fn counts_are_by_namespace_and_by_word() {
        let pod = |namespace: &str, phase: &str| json!({ "metadata": { "namespace": namespace }, "status": { "phase": phase } });
        let mut kept = Kept::default();

        for (namespace, phase) in
            [("a", "Running"), ("a", "Running"), ("a", "Pending"), ("b", "Failed")]
        {
            kept.add(Keep::Counts("/status/phase"), pod(namespace, phase));
        }

        let items = kept.into_items(Keep::Counts("/status/phase"));
        assert_eq!(items, json!({ "a": { "Pending": 1, "Running": 2 }, "b": { "Failed": 1 } }));
    }
}
