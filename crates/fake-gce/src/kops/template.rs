//! The template of a group's machines.

use serde_json::{Map, Value, json};

use super::{
    names,
    plan::{Plan, is_plane},
};
use crate::key::ROOT;

impl Plan<'_> {
    /// The properties of the machines of a group.
    pub(super) fn properties(
        &self,
        group: &Value,
        name: &str,
        network: &str,
        subnet: &str,
    ) -> Value {
        let (spec, plane) = (&group["spec"], is_plane(group));
        let image = spec["image"].as_str().unwrap_or_default();
        let (of, image) = image.split_once('/').unwrap_or((self.text("project"), image));
        let roles: &[&str] = if plane { &["control-plane", "master"] } else { &["node"] };
        let mut labels = Map::new();
        labels.insert("k8s-io-cluster-name".into(), names::safe(self.cluster).into());
        labels.insert("k8s-io-instance-group".into(), name.into());
        for role in roles {
            labels.insert(format!("k8s-io-role-{role}"), (*role).into());
        }
        for (key, value) in spec["cloudLabels"].as_object().into_iter().flatten() {
            labels.insert(key.clone(), value.clone());
        }
        let mut interface = json!({
            "kind": "compute#networkInterface",
            "network": self.link(&format!("global/networks/{network}")),
            "subnetwork": self.link(&format!("{}/subnetworks/{subnet}", self.region())),
            "stackType": "IPV4_ONLY",
        });
        let outside =
            spec["associatePublicIp"].as_bool().unwrap_or(self.text("topology") != "private");
        if outside {
            interface["accessConfigs"] = json!([{ "kind": "compute#accessConfig", "type": "ONE_TO_ONE_NAT", "networkTier": "PREMIUM" }]);
        }
        let role = if plane { "control-plane" } else { "node" };
        json!({
            "canIpForward": true,
            "machineType": spec["machineType"],
            "labels": labels,
            "tags": { "items": roles.iter().map(|role| names::tag(role, self.cluster)).collect::<Vec<_>>() },
            "networkInterfaces": [interface],
            "scheduling": { "automaticRestart": true, "onHostMaintenance": "MIGRATE", "provisioningModel": "STANDARD" },
            "serviceAccounts": [{ "email": self.account(role), "scopes": ["https://www.googleapis.com/auth/cloud-platform"] }],
            "disks": [{
                "kind": "compute#attachedDisk", "boot": true, "autoDelete": true, "mode": "READ_WRITE",
                "type": "PERSISTENT", "deviceName": "persistent-disks-0",
                "initializeParams": {
                    "sourceImage": format!("{ROOT}projects/{of}/global/images/{image}"),
                    "diskSizeGb": spec["rootVolumeSize"].as_u64().unwrap_or(64).to_string(),
                    "diskType": spec["rootVolumeType"].as_str().unwrap_or("pd-standard"),
                },
            }],
            "metadata": { "kind": "compute#metadata", "items": self.metadata(spec, name) },
        })
    }

    fn metadata(&self, spec: &Value, name: &str) -> Value {
        let joined = |value: &Value| -> String {
            let pairs = value.as_object().into_iter().flatten();
            let pairs =
                pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
            pairs.collect::<Vec<_>>().join(",")
        };
        let taints: Vec<&str> =
            spec["taints"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut environment =
            "AUTOSCALER_ENV_VARS: os_distribution=ubuntu;arch=amd64;os=linux".to_owned();
        for (key, value) in
            [("node_labels", joined(&spec["nodeLabels"])), ("node_taints", taints.join(","))]
        {
            if !value.is_empty() {
                environment += &format!(";{key}={value}");
            }
        }
        json!([
            { "key": "cluster-name", "value": self.cluster },
            { "key": "kops-k8s-io-instance-group-name", "value": name },
            { "key": "user-data", "value": format!("ConfigBase: {}\n", self.store.base(self.cluster)) },
            { "key": "kube-env", "value": environment },
        ])
    }
}
