//! Machines as nodes: what a kubelet and kops would say of them.

use serde_json::{Map, Value, json};

use super::clusters::Machine;

/// Pods of a node get their addresses from here: 100.96.0.0/11 is kops' own choice.
const PODS: std::net::Ipv4Addr = std::net::Ipv4Addr::new(100, 96, 0, 0);

/// The pods by which kops knows a control plane.
const CONTROL_PLANE: [&str; 3] = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/// The node of a machine; `number` is one that no other node of the cluster has.
pub(super) fn node(machine: &Machine, version: &str, number: u32, patch: &Value) -> Value {
    let region = machine.zone.rsplit_once('-').map_or("", |(region, _)| region);
    let pods = std::net::Ipv4Addr::from_bits(PODS.to_bits() + number * 256);
    let mut labels = json!({
        "kubernetes.io/hostname": machine.name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "beta.kubernetes.io/arch": "amd64",
        "node.kubernetes.io/instance-type": machine.kind,
        "beta.kubernetes.io/instance-type": machine.kind,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": machine.zone,
        "topology.gke.io/zone": machine.zone,
        "kops.k8s.io/instancegroup": machine.group,
    });
    let mut taints: Vec<Value> = machine.taints.iter().filter_map(|text| taint(text)).collect();
    if machine.is_control_plane {
        for role in ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/api-server"]
        {
            labels[role] = "".into();
        }
        labels["kops.k8s.io/kops-controller-pki"] = "".into();
        labels["node.kubernetes.io/exclude-from-external-load-balancers"] = "".into();
        taints.push(
            json!({ "key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule" }),
        );
    } else {
        labels["node-role.kubernetes.io/node"] = "".into();
    }
    for (key, value) in &machine.labels {
        labels[key] = value.clone().into();
    }
    let mut addresses = vec![json!({ "type": "InternalIP", "address": machine.inside })];
    addresses.extend(
        machine.outside.iter().map(|outside| json!({ "type": "ExternalIP", "address": outside })),
    );
    addresses.push(json!({ "type": "Hostname", "address": machine.name }));
    let processors = crate::catalog::machine(&machine.kind).unwrap_or((2, 4096));
    let capacity = json!({
        "cpu": processors.0.to_string(), "memory": format!("{}Mi", processors.1), "pods": "110",
        "ephemeral-storage": "50Gi",
    });
    let system = system(&machine.image);
    let mut node = json!({
        "metadata": {
            "name": machine.name,
            // This is how kwok knows its own.
            "annotations": { "kwok.x-k8s.io/node": "fake" },
            "labels": labels,
        },
        "spec": {
            "providerID": machine.provider,
            "podCIDR": format!("{pods}/24"),
            "podCIDRs": [format!("{pods}/24")],
            "taints": taints,
        },
        "status": {
            "addresses": addresses,
            "capacity": capacity,
            "allocatable": capacity,
            "nodeInfo": {
                "architecture": "amd64",
                "operatingSystem": "linux",
                "osImage": system.0,
                "kernelVersion": system.1,
                "kubeletVersion": version,
                "kubeProxyVersion": "",
                "containerRuntimeVersion": "containerd://2.1.5",
                "machineID": machine.name,
                "systemUUID": machine.name,
                "bootID": machine.name,
            },
        },
    });
    merge(&mut node, patch);
    node
}

/// The pods of a control plane on a node.
pub(super) fn pods(node: &str) -> impl Iterator<Item = Value> {
    CONTROL_PLANE.into_iter().map(move |name| {
        json!({
            "metadata": {
                "name": format!("{name}-{node}"),
                "namespace": "kube-system",
                "labels": { "k8s-app": name },
            },
            "spec": {
                "nodeName": node,
                "hostNetwork": true,
                "priorityClassName": "system-cluster-critical",
                "automountServiceAccountToken": false,
                "containers": [{ "name": name, "image": format!("registry.k8s.io/{name}") }],
                "tolerations": [{ "operator": "Exists" }],
            },
        })
    })
}

/// Operating system and kernel of an image.
fn system(image: &str) -> (&'static str, &'static str) {
    // An image has one kernel; the series move on, so what is not known gets that of a late one.
    let known = [
        ("2204-jammy-v20221206", ("Ubuntu 22.04.1 LTS", "5.15.0-1025-gcp")),
        ("2404-noble-amd64-v20250606", ("Ubuntu 24.04.2 LTS", "6.11.0-1015-gcp")),
        ("2204", ("Ubuntu 22.04.5 LTS", "6.8.0-1041-gcp")),
        ("2404", ("Ubuntu 24.04.4 LTS", "6.14.0-1021-gcp")),
        ("debian-12", ("Debian GNU/Linux 12 (bookworm)", "6.1.0-40-cloud-amd64")),
        ("debian-13", ("Debian GNU/Linux 13 (trixie)", "6.12.48+deb13-cloud-amd64")),
        ("cos-", ("Container-Optimized OS from Google", "6.6.105+")),
    ];
    let found = known.iter().find(|(part, _)| image.contains(part));
    found.map_or(("unknown", "unknown"), |(_, system)| *system)
}

/// A taint as kops writes it: `key=value:effect`, or without a value.
fn taint(text: &str) -> Option<Value> {
    let (key, effect) = text.rsplit_once(':')?;
    Some(match key.split_once('=') {
        Some((key, value)) => json!({ "key": key, "value": value, "effect": effect }),
        None => json!({ "key": key, "effect": effect }),
    })
}

/// Merges what is given into what is there; lists are joined.
fn merge(into: &mut Value, patch: &Value) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(patch)) => into.extend(patch.iter().cloned()),
        (_, Value::Null) => {}
        (into, patch) => *into = patch.clone(),
    }
}

/// The kubeconfig of somebody who signs in with a certificate.
pub(super) fn kubeconfig(
    server: &str,
    name: &str,
    authority: &str,
    certificate: &str,
    key: &str,
) -> Value {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let data = |pem: &str| Value::from(BASE64_STANDARD.encode(pem));
    let user: Map<String, Value> =
        [("client-certificate-data", certificate), ("client-key-data", key)]
            .into_iter()
            .map(|(field, pem)| (field.to_owned(), data(pem)))
            .collect();
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{ "name": "c", "cluster": {
            "server": server, "tls-server-name": name, "certificate-authority-data": data(authority),
        } }],
        "users": [{ "name": "u", "user": user }],
        "contexts": [{ "name": "c", "context": { "cluster": "c", "user": "u" } }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(is_control_plane: bool) -> Machine {
        Machine {
            name: "nodes-x".into(),
            zone: "us-west1-a".into(),
            provider: "gce://p/us-west1-a/nodes-x".into(),
            inside: "10.0.16.2".into(),
            outside: None,
            is_control_plane,
            group: "nodes".into(),
            kind: "n2-standard-4".into(),
            image: "ubuntu-2404-noble-amd64-v20260512".into(),
            labels: [("a".to_owned(), "b".to_owned())].into(),
            taints: vec!["x=y:NoSchedule".into(), "z:NoExecute".into()],
        }
    }

    #[test]
    fn a_node_says_what_its_machine_is() {
        let patch = json!({ "spec": { "taints": [{ "key": "t", "effect": "NoExecute" }] } });

        let node = node(&machine(false), "v1.35.4", 7, &patch);

        assert_eq!(node["spec"]["providerID"], "gce://p/us-west1-a/nodes-x");
        assert_eq!(node["spec"]["podCIDR"], "100.96.7.0/24");
        assert_eq!(node["status"]["nodeInfo"]["osImage"], "Ubuntu 24.04.4 LTS");
        assert_eq!(node["status"]["capacity"]["cpu"], "4");
        assert_eq!(node["metadata"]["labels"]["a"], "b");
        assert_eq!(node["metadata"]["labels"]["kops.k8s.io/instancegroup"], "nodes");
        let keys: Vec<&Value> =
            node["spec"]["taints"].as_array().unwrap().iter().map(|taint| &taint["key"]).collect();
        assert_eq!(keys, ["x", "z", "t"]);
    }

    #[test]
    fn a_control_plane_is_known_by_its_label_and_its_pods() {
        let node = node(&machine(true), "v1.35.4", 0, &Value::Null);
        let apps: Vec<Value> =
            pods("nodes-x").map(|pod| pod["metadata"]["labels"]["k8s-app"].clone()).collect();

        assert_eq!(node["metadata"]["labels"]["node-role.kubernetes.io/control-plane"], "");
        assert_eq!(apps, ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]);
    }
}
