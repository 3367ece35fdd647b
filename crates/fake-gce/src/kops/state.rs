//! The state store: the cluster and its groups of machines.

use serde_json::{Value, json};

use super::{
    argv::Argv,
    cloud::{Cloud, CloudError},
};

/// What the stand-in says and ends with.
#[derive(Debug, thiserror::Error)]
pub(super) enum KopsError {
    #[error("{0}")]
    Said(String),
    #[error(transparent)]
    Cloud(#[from] CloudError),
}

pub(super) fn said(text: impl Into<String>) -> KopsError {
    KopsError::Said(text.into())
}

/// A folder in a bucket.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) bucket: String,
    prefix: String,
}

impl Store {
    /// Of `--state`, or of the environment.
    pub(super) fn of(argv: &Argv) -> Result<Self, KopsError> {
        let given = argv.flag("state").map(str::to_owned);
        let given = given.or_else(|| std::env::var("KOPS_STATE_STORE").ok());
        let rest = given.as_deref().and_then(|given| given.strip_prefix("gs://"));
        let rest = rest.ok_or_else(|| said("State Store: Required value: Please set the --state flag or export KOPS_STATE_STORE."))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { bucket: bucket.into(), prefix })
    }

    /// The name of a file of a cluster.
    pub(super) fn file(&self, cluster: &str, name: &str) -> String {
        format!("{}{cluster}/{name}", self.prefix)
    }

    /// As machines find it.
    pub(super) fn base(&self, cluster: &str) -> String {
        format!("gs://{}/{}{cluster}", self.bucket, self.prefix)
    }

    pub(super) async fn read(
        &self,
        cloud: &Cloud,
        cluster: &str,
        name: &str,
    ) -> Result<Option<Value>, KopsError> {
        let text = cloud.read(&self.bucket, &self.file(cluster, name)).await?;
        let parsed = text.map(|text| serde_json::from_str(&text));
        parsed.transpose().map_err(|error| said(format!("error parsing {name}: {error}")))
    }

    pub(super) async fn write(
        &self,
        cloud: &Cloud,
        cluster: &str,
        name: &str,
        value: &Value,
    ) -> Result<(), KopsError> {
        Ok(cloud.write(&self.bucket, &self.file(cluster, name), &value.to_string()).await?)
    }

    /// The groups of a cluster, by name.
    pub(super) async fn groups(
        &self,
        cloud: &Cloud,
        cluster: &str,
    ) -> Result<Vec<Value>, KopsError> {
        let prefix = self.file(cluster, "instancegroup/");
        let mut groups = Vec::new();
        for name in cloud.objects(&self.bucket, &prefix).await? {
            let short = name.strip_prefix(&prefix).unwrap_or_default();
            groups.extend(self.read(cloud, cluster, &format!("instancegroup/{short}")).await?);
        }
        Ok(groups)
    }

    /// The cluster, which must be there.
    pub(super) async fn cluster(&self, cloud: &Cloud, name: &str) -> Result<Value, KopsError> {
        let found = self.read(cloud, name, "config").await?;
        found.ok_or_else(|| said(format!("cluster not found {name:?}")))
    }
}

/// The cluster that `create cluster` describes.
pub(super) fn cluster(name: &str, argv: &Argv) -> Result<Value, KopsError> {
    let zones: Vec<&str> = argv.flag("zones").unwrap_or_default().split(',').collect();
    let zone = zones.first().copied().filter(|zone| !zone.is_empty());
    let zone =
        zone.ok_or_else(|| said("must specify at least one zone for the cluster (use --zones)"))?;
    let region = crate::catalog::region_of(zone);
    let set = |key: &str| {
        let prefix = format!("{key}=");
        argv.all("set").iter().rev().find_map(|line| line.strip_prefix(&prefix)).map(str::to_owned)
    };
    Ok(json!({
        "apiVersion": "kops.k8s.io/v1alpha2",
        "kind": "Cluster",
        "metadata": { "name": name },
        "spec": {
            "project": argv.flag("project").unwrap_or_default(),
            "region": region,
            "zones": zones,
            "kubernetesVersion": argv.flag("kubernetes-version").unwrap_or("1.35.5"),
            "image": argv.flag("image").unwrap_or("ubuntu-os-cloud/ubuntu-2404-noble-amd64-v20260512"),
            "topology": argv.flag("topology").unwrap_or("public"),
            "serviceAccount": argv.flag("gce-service-account"),
            "cloudLabels": argv.flag("cloud-labels"),
            "cidr": set("spec.networking.subnets[0].cidr").unwrap_or_else(|| "10.0.16.0/20".into()),
        },
    }))
}

/// The groups that `create cluster` makes.
pub(super) fn first_groups(cluster: &Value, argv: &Argv) -> Vec<Value> {
    let spec = &cluster["spec"];
    let zones: Vec<&str> =
        spec["zones"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let of =
        argv.flag("control-plane-zones").map_or(zones.clone(), |zones| zones.split(',').collect());
    let count =
        |flag: &str, usual| argv.flag(flag).and_then(|count| count.parse().ok()).unwrap_or(usual);
    let machine = |flag: &str| argv.flag(flag).unwrap_or("e2-medium").to_owned();
    let planes = count("control-plane-count", 1_u64);
    let mut groups: Vec<Value> = (0..planes)
        .map(|at| {
            let zone = of[usize::try_from(at).unwrap_or(0) % of.len()];
            let suffix =
                if planes as usize > of.len() { format!("-{}", at + 1) } else { String::new() };
            let name = format!("control-plane-{zone}{suffix}");
            group(cluster, &name, "ControlPlane", zone, 1, &machine("control-plane-size"))
        })
        .collect();
    let nodes = count("node-count", zones.len() as u64);
    for (at, zone) in zones.iter().enumerate() {
        let more = u64::from((at as u64) < nodes % zones.len() as u64);
        let size = nodes / zones.len() as u64 + more;
        groups.push(group(
            cluster,
            &format!("nodes-{zone}"),
            "Node",
            zone,
            size,
            &machine("node-size"),
        ));
    }
    groups
}

/// A group as kops describes it.
pub(super) fn group(
    cluster: &Value,
    name: &str,
    role: &str,
    zone: &str,
    size: u64,
    machine: &str,
) -> Value {
    json!({
        "apiVersion": "kops.k8s.io/v1alpha2",
        "kind": "InstanceGroup",
        "metadata": { "name": name, "labels": { "kops.k8s.io/cluster": cluster["metadata"]["name"] } },
        "spec": {
            "role": role, "image": cluster["spec"]["image"], "machineType": machine,
            "minSize": size, "maxSize": size, "subnets": [cluster["spec"]["region"]], "zones": [zone],
        },
    })
}
