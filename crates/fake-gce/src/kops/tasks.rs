//! What a cluster is made of, and what needs what: as kops 1.36.1 was seen to make it.

use serde_json::{Value, json};

use super::{
    names,
    plan::{Plan, is_plane},
    rules::rules,
};

/// One thing that is made, once all that it needs is there.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) name: String,
    pub(super) needs: Vec<String>,
    pub(super) what: What,
}

/// What a task makes.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// A file in the state store.
    File { name: String, content: String },
    /// A resource, and its labels, which are set when it is there. `address` is where its address is
    /// taken from.
    Resource { collection: String, body: Value, labels: Option<Value>, address: Option<String> },
    /// A service account.
    Account { email: String },
    /// A member of the policy of the project.
    ProjectBinding { role: String, member: String },
    /// A member of the policy of a bucket.
    BucketBinding { bucket: String, role: String, member: String },
    /// A health check of a pool.
    PoolCheck { pool: String, check: String },
    /// A template, whose name ends in the time.
    Template { prefix: String, properties: Value },
    /// A managed instance group of the template of this task.
    Group { collection: String, body: Value, template: String },
}

/// Files of the state store beside the cluster and its groups; the authority is one of them.
const FILES: [&str; 12] = [
    "cluster-completed.spec",
    "kops-version.txt",
    "addons/bootstrap-channel.yaml",
    "backups/etcd/main/control/etcd-cluster-spec",
    "backups/etcd/events/control/etcd-cluster-spec",
    "manifests/etcd/main.yaml",
    "pki/private/etcd-clients-ca/keyset.yaml",
    "pki/private/service-account/keyset.yaml",
    "secrets/admin",
    "secrets/kube",
    "secrets/kubelet",
    "secrets/kube-proxy",
];

impl Plan<'_> {
    /// Everything, in the order in which kops was seen to make it.
    pub(super) fn tasks(&self) -> Vec<Task> {
        let region = self.region();
        let network = names::network(self.cluster);
        let subnet = self.name(self.text("region"));
        let mut tasks = Vec::new();
        let mut add = |name: &str, needs: &[&str], what: What| {
            let needs = needs.iter().map(|need| (*need).to_owned()).collect();
            tasks.push(Task { name: name.into(), needs, what });
        };
        let resource = |collection: &str, body: Value| What::Resource {
            collection: collection.into(),
            body,
            labels: None,
            address: None,
        };
        for name in FILES {
            let content = match name {
                "cluster-completed.spec" => {
                    format!("kubernetesVersion: {}\n", self.text("kubernetesVersion"))
                }
                _ => format!("{name}\n"),
            };
            add(name, &[], What::File { name: name.into(), content });
        }
        if let Some(keyset) = &self.keyset {
            let name = "pki/private/kubernetes-ca/keyset.yaml";
            add(name, &[], What::File { name: name.into(), content: keyset.clone() });
        }
        add(
            "address",
            &[],
            resource(&format!("{region}/addresses"), json!({ "name": self.name("api") })),
        );
        add(
            "network",
            &[],
            resource("global/networks", json!({ "name": network, "autoCreateSubnetworks": false })),
        );
        for (name, task) in self.disks() {
            add(&name, &[], task);
        }
        let check = json!({ "name": self.name("api"), "type": "TCP", "tcpHealthCheck": { "port": 443 }, "region": self.text("region") });
        add("check", &[], resource(&format!("{region}/healthChecks"), check));
        let check = json!({ "name": self.name("api"), "port": 3990, "requestPath": "/healthz" });
        add("http-check", &[], resource("global/httpHealthChecks", check));
        let own_accounts = self.spec["serviceAccount"].is_null();
        for role in ["control-plane", "node"].into_iter().filter(|_| own_accounts) {
            add(&format!("account-{role}"), &[], What::Account { email: self.account(role) });
        }
        let link = self.link(&format!("global/networks/{network}"));
        for (name, body) in rules(self.cluster, &link) {
            add(name, &["network"], resource("global/firewalls", body));
        }
        add(
            "pool",
            &["http-check"],
            resource(&format!("{region}/targetPools"), json!({ "name": self.name("api") })),
        );
        let body = json!({
            "name": subnet, "ipCidrRange": self.text("cidr"), "stackType": "IPV4_ONLY",
            "network": self.link(&format!("global/networks/{network}")),
        });
        add("subnet", &["network"], resource(&format!("{region}/subnetworks"), body));
        if own_accounts {
            let member = format!("serviceAccount:{}", self.account("control-plane"));
            let role = "roles/container.serviceAgent".to_owned();
            add(
                "project-binding",
                &["account-control-plane"],
                What::ProjectBinding { role, member: member.clone() },
            );
            let (bucket, role) =
                (self.store.bucket.clone(), "roles/storage.objectAdmin".to_owned());
            add(
                "bucket-binding",
                &["account-control-plane"],
                What::BucketBinding { bucket, role, member },
            );
        }
        let pool = format!("{region}/targetPools/{}", self.name("api"));
        let check = self.link(&format!("global/httpHealthChecks/{}", self.name("api")));
        add("pool-check", &["pool", "http-check"], What::PoolCheck { pool: pool.clone(), check });
        let inner = format!("api-{}", self.text("region"));
        let body = json!({
            "name": self.name(&inner), "addressType": "INTERNAL", "purpose": "SHARED_LOADBALANCER_VIP",
            "subnetwork": self.link(&format!("{region}/subnetworks/{subnet}")),
        });
        add("inner-address", &["subnet"], resource(&format!("{region}/addresses"), body));
        if self.text("topology") == "private" {
            let body = json!({
                "name": self.name("nat"), "network": self.link(&format!("global/networks/{network}")),
                "nats": [{
                    "name": self.name("nat"), "natIpAllocateOption": "AUTO_ONLY",
                    "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
                    "subnetworks": [{
                        "name": self.link(&format!("{region}/subnetworks/{subnet}")),
                        "sourceIpRangesToNat": ["ALL_IP_RANGES"],
                    }],
                }],
            });
            add("nat", &["subnet"], resource(&format!("{region}/routers"), body));
        }
        let body = json!({
            "name": self.name("api"), "IPProtocol": "TCP", "portRange": "443-443",
            "loadBalancingScheme": "EXTERNAL", "target": self.link(&pool),
        });
        let rule = What::Resource {
            collection: format!("{region}/forwardingRules"),
            body,
            labels: Some(self.labels("api")),
            address: Some(format!("{region}/addresses/{}", self.name("api"))),
        };
        add("rule", &["address", "pool"], rule);
        self.machines(&mut add, &network, &subnet);
        self.inner(&mut add, &network, &subnet, &inner);
        tasks
    }

    /// Disks of etcd, one of each for every control-plane group.
    fn disks(&self) -> Vec<(String, What)> {
        let planes = self.groups.iter().filter(|group| group["spec"]["role"] == "ControlPlane");
        let disks = planes.flat_map(|group| {
            let zone = group["spec"]["zones"][0].as_str().unwrap_or_default().to_owned();
            let letter = zone.rsplit('-').next().unwrap_or_default().to_owned();
            ["events", "main"].map(|of| {
                let name = format!("{letter}-etcd-{of}");
                let labels = json!({
                    "k8s-io-cluster-name": names::safe(self.cluster),
                    format!("k8s-io-etcd-{of}"): format!("{letter}-2f{letter}"),
                    "k8s-io-role-master": "master",
                });
                let kind = self.link(&format!("zones/{zone}/diskTypes/pd-ssd"));
                let body = json!({ "name": self.name(&name), "sizeGb": "20", "type": kind });
                let collection = format!("zones/{zone}/disks");
                (name, What::Resource { collection, body, labels: Some(labels), address: None })
            })
        });
        disks.collect()
    }

    /// Templates, and their groups.
    fn machines(&self, add: &mut impl FnMut(&str, &[&str], What), network: &str, subnet: &str) {
        for group in self.groups {
            let name = group["metadata"]["name"].as_str().unwrap_or_default();
            let properties = self.properties(group, name, network, subnet);
            let prefix = names::template_prefix(name, self.cluster);
            let template = format!("template-{name}");
            let mut needs = vec!["network", "subnet", "inner-address"];
            if self.spec["serviceAccount"].is_null() {
                needs.push(if is_plane(group) { "account-control-plane" } else { "account-node" });
            }
            add(&template, &needs, What::Template { prefix, properties });
        }
        for group in self.groups {
            let name = group["metadata"]["name"].as_str().unwrap_or_default();
            let zones: Vec<&str> = group["spec"]["zones"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let size = group["spec"]["minSize"].as_u64().unwrap_or(1);
            for (at, zone) in zones.iter().enumerate() {
                let more = u64::from((at as u64) < size % zones.len() as u64);
                let mut body = json!({
                    "name": names::manager(name, zone, self.cluster),
                    "baseInstanceName": name,
                    "targetSize": size / zones.len() as u64 + more,
                    "listManagedInstancesResults": "PAGINATED",
                    "updatePolicy": { "minimalAction": "REPLACE", "type": "OPPORTUNISTIC" },
                });
                if is_plane(group) {
                    let pool = format!("{}/targetPools/{}", self.region(), self.name("api"));
                    body["targetPools"] = json!([self.link(&pool)]);
                }
                let template = format!("template-{name}");
                let needs = [template.as_str(), "pool"];
                let collection = format!("zones/{zone}/instanceGroupManagers");
                let task = What::Group { collection, body, template: template.clone() };
                add(&format!("group-{name}-{zone}"), &needs, task);
            }
        }
    }

    /// The balancer that nodes go through.
    fn inner(
        &self,
        add: &mut impl FnMut(&str, &[&str], What),
        network: &str,
        subnet: &str,
        inner: &str,
    ) {
        let region = self.region();
        let planes: Vec<(String, String)> = self
            .groups
            .iter()
            .filter(|group| is_plane(group))
            .map(|group| {
                let name = group["metadata"]["name"].as_str().unwrap_or_default();
                let zone = group["spec"]["zones"][0].as_str().unwrap_or_default();
                let group = format!(
                    "zones/{zone}/instanceGroups/{}",
                    names::manager(name, zone, self.cluster)
                );
                (format!("group-{name}-{zone}"), self.link(&group))
            })
            .collect();
        let backends: Vec<Value> =
            planes.iter().map(|(_, group)| json!({ "group": group })).collect();
        let mut needs: Vec<&str> = planes.iter().map(|(task, _)| task.as_str()).collect();
        needs.push("check");
        let body = json!({
            "name": self.name("api"), "protocol": "TCP", "loadBalancingScheme": "INTERNAL", "backends": backends,
            "healthChecks": [self.link(&format!("{region}/healthChecks/{}", self.name("api")))],
        });
        let collection = format!("{region}/backendServices");
        add("backend", &needs, What::Resource { collection, body, labels: None, address: None });
        for (object, port) in [
            (inner.to_owned(), "443"),
            (format!("kops-controller-{}", self.text("region")), "3988"),
        ] {
            let body = json!({
                "name": self.name(&object), "IPProtocol": "TCP", "ports": [port], "loadBalancingScheme": "INTERNAL",
                "backendService": self.link(&format!("{region}/backendServices/{}", self.name("api"))),
                "network": self.link(&format!("global/networks/{network}")),
                "subnetwork": self.link(&format!("{region}/subnetworks/{subnet}")),
            });
            let rule = What::Resource {
                collection: format!("{region}/forwardingRules"),
                body,
                labels: Some(self.labels(&object)),
                address: Some(format!("{region}/addresses/{}", self.name(inner))),
            };
            add(&format!("rule-{object}"), &["backend", "inner-address"], rule);
        }
    }
}
