//! Writes down what was found: versions of the control plane, the nodes, this machine.

use std::{collections::BTreeMap, fs};

use k8s_openapi::api::core::v1::Node;
use run_record::{FileError, Ledger};
use stage::{ClusterError, Stage};

/// Why what was found could not be written down.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FoundError {
    /// There is no way to the API server.
    #[error(transparent)]
    Client(#[from] ClusterError),
    /// The API server did not say its version.
    #[error("failed to ask the API server for its version")]
    Version(#[source] Box<kube::Error>),
    /// The file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Writes down the versions of the control plane and what this machine is.
pub(crate) async fn control_plane(stage: &Stage, ledger: &Ledger) -> Result<(), FoundError> {
    let client = stage::client(&stage.run_dir).await?;
    let version = client.apiserver_version().await;
    let version = version.map_err(|source| FoundError::Version(Box::new(source)))?.git_version;
    let mut versions = vec![("kubernetes", version.trim_start_matches('v').to_owned())];
    versions.extend(etcd_version(ledger).await.map(|version| ("etcd", version)));
    for tool in stage.toolbox.used() {
        match tool.name.as_str() {
            "kwok" => versions.push(("kwok", tool.version)),
            "prometheus" => versions.push(("prometheus", tool.version)),
            _ => {}
        }
    }
    stage.run_dir.update_metadata(|metadata| {
        for (part, version) in versions {
            metadata.versions.0.entry(part.into()).or_default().found =
                BTreeMap::from([(version, 1)]);
        }
        metadata.machine.extend(machine());
    })?;
    Ok(())
}

/// Writes down what the nodes say that they run.
pub(crate) fn nodes<'n>(
    stage: &Stage,
    nodes: impl ExactSizeIterator<Item = &'n Node>,
) -> Result<(), FoundError> {
    let count = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
    let mut found: BTreeMap<&str, BTreeMap<String, u32>> = BTreeMap::new();
    for node in nodes {
        let Some(info) = node.status.as_ref().and_then(|status| status.node_info.as_ref()) else {
            continue;
        };
        for (part, value) in [
            ("kubelet", &info.kubelet_version),
            ("kernel", &info.kernel_version),
            ("os", &info.os_image),
            ("container-runtime", &info.container_runtime_version),
        ] {
            *found.entry(part).or_default().entry(value.clone()).or_default() += 1;
        }
    }
    stage.run_dir.update_metadata(|metadata| {
        metadata.nodes_found = Some(count);
        for (part, values) in found {
            metadata.versions.0.entry(part.into()).or_default().found = values;
        }
    })?;
    Ok(())
}

async fn etcd_version(ledger: &Ledger) -> Option<String> {
    let etcd = ledger.resources.iter().find(|resource| resource.name == "etcd")?;
    let url = format!("http://127.0.0.1:{}/version", etcd.ports.first()?);
    let client = stage::http_client().no_proxy().build().ok()?;
    let answer: serde_json::Value = client.get(url).send().await.ok()?.json().await.ok()?;
    answer["etcdserver"].as_str().map(str::to_owned)
}

/// Processors, memory, kernel and load of this machine: what a reader of a slow run asks first.
fn machine() -> BTreeMap<String, String> {
    let mut machine = BTreeMap::new();
    if let Ok(processors) = std::thread::available_parallelism() {
        machine.insert("processors".into(), processors.to_string());
    }
    let mut note = |name: &str, path: &str, line: fn(&str) -> Option<&str>| {
        let text = fs::read_to_string(path).unwrap_or_default();
        if let Some(value) = line(&text) {
            machine.insert(name.into(), value.trim().into());
        }
    };
    note("kernel", "/proc/sys/kernel/osrelease", |text| text.lines().next());
    note("load-1m", "/proc/loadavg", |text| text.split(' ').next());
    note("memory", "/proc/meminfo", |text| text.lines().next()?.strip_prefix("MemTotal:"));
    machine
}
