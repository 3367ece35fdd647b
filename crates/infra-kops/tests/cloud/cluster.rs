//! What kops makes for a cluster of one control plane and some nodes, call by call, in its order as it
//! was recorded: so that a create can be cut at any call without kops.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::cloud::{Cloud, PROJECT, STATE};

const COMPUTE: &str = "https://compute.googleapis.com/compute/v1/projects/p";

/// Time without an answer after which a call is lost.
const PATIENCE: Duration = Duration::from_secs(2);

/// One call that changes something.
pub(crate) struct Call {
    url: String,
    body: Value,
}

/// The name of a cluster as it stands in names.
pub(crate) fn safe(cluster: &str) -> String {
    cluster.replace('.', "-")
}

/// The service accounts of a cluster with a short name.
fn accounts(cluster: &str) -> [String; 2] {
    ["control-plane", "node"].map(|role| format!("{role}-{}", safe(cluster)))
}

fn email(account: &str) -> String {
    format!("{account}@{PROJECT}.iam.gserviceaccount.com")
}

/// Every call of `kops create cluster --yes`, in order, with a rule of ours at the end.
pub(crate) fn calls(cluster: &str, zone: &str) -> Vec<Call> {
    let safe = safe(cluster);
    let named = |object: &str| format!("{object}-{safe}");
    let link = |path: &str, name: &str| format!("{COMPUTE}/{path}/{name}");
    let network = link("global/networks", &safe);
    let subnet = link("regions/us-west1/subnetworks", &named("us-west1"));
    let disks = format!("zones/{zone}/disks");
    let groups = format!("zones/{zone}/instanceGroupManagers");
    let letter = zone.rsplit('-').next().unwrap();
    let label = json!({ "labels": { "k8s-io-cluster-name": safe } });
    let mut calls = Vec::new();
    let mut post = |path: &str, body: Value| {
        let url = match path.starts_with("https") {
            true => path.to_owned(),
            false => format!("{COMPUTE}/{path}"),
        };
        calls.push(Call { url, body });
    };

    post("regions/us-west1/addresses", json!({ "name": named("api") }));
    post("global/networks", json!({ "name": safe, "autoCreateSubnetworks": false }));
    for etcd in ["main", "events"] {
        let name = named(&format!("{letter}-etcd-{etcd}"));
        post(&disks, json!({ "name": name, "sizeGb": "20" }));
        post(&format!("{disks}/{name}/setLabels"), label.clone());
    }
    post("regions/us-west1/healthChecks", json!({ "name": named("api"), "type": "TCP" }));
    post("global/httpHealthChecks", json!({ "name": named("api") }));
    for account in accounts(cluster) {
        let url = format!("https://iam.googleapis.com/v1/projects/{PROJECT}/serviceAccounts");
        post(&url, json!({ "accountId": account, "serviceAccount": {} }));
    }
    for rule in ["node-to-node", "node-to-master", "https-api", "ssh-external-to-master-ipv6"] {
        let tags = json!([format!("{safe}-k8s-io-role-node")]);
        post(
            "global/firewalls",
            json!({ "name": named(rule), "network": network, "targetTags": tags }),
        );
    }
    post("regions/us-west1/targetPools", json!({ "name": named("api") }));
    post(
        "regions/us-west1/subnetworks",
        json!({ "name": named("us-west1"), "network": network, "ipCidrRange": cidr(cluster) }),
    );
    post("policy", json!({}));
    post("bucket-policy", json!({}));
    post(
        "regions/us-west1/addresses",
        json!({ "name": named("api-us-west1"), "addressType": "INTERNAL", "subnetwork": subnet }),
    );
    let check = link("global/httpHealthChecks", &named("api"));
    let pool = named("api");
    post(
        &format!("regions/us-west1/targetPools/{pool}/addHealthCheck"),
        json!({ "healthChecks": [{ "healthCheck": check }] }),
    );
    let rule =
        |name: String, key: &str, to: String| json!({ "name": name, key: to, "portRange": "443" });
    let target = link("regions/us-west1/targetPools", &pool);
    post("regions/us-west1/forwardingRules", rule(named("api"), "target", target));
    for group in ["control-plane", "nodes"] {
        let name = format!("{group}-{zone}");
        let template = format!("{}-1764000000", &named(&name)[..named(&name).len().min(32)]);
        let image = "https://www.googleapis.com/compute/v1/projects/ubuntu-os-cloud/global/images/ubuntu-2404-noble-amd64-v20260512";
        post(
            "global/instanceTemplates",
            json!({ "name": template, "properties": {
            "machineType": "n2-standard-4",
            "metadata": { "items": [{ "key": "cluster-name", "value": cluster }] },
            "disks": [{ "boot": true, "autoDelete": true, "initializeParams": { "sourceImage": image } }],
            "networkInterfaces": [{ "network": network, "subnetwork": subnet }],
        } }),
        );
    }
    for group in ["control-plane", "nodes"] {
        let name = format!("{group}-{zone}");
        let template = format!("{}-1764000000", &named(&name)[..named(&name).len().min(32)]);
        let pools = if group == "nodes" {
            json!([])
        } else {
            json!([link("regions/us-west1/targetPools", &pool)])
        };
        post(
            &groups,
            json!({
                "name": named(&format!("{letter}-{name}")), "baseInstanceName": name, "targetSize": 2,
                "instanceTemplate": link("global/instanceTemplates", &template), "targetPools": pools,
            }),
        );
    }
    let group = link(
        &format!("zones/{zone}/instanceGroups"),
        &named(&format!("{letter}-control-plane-{zone}")),
    );
    let check = link("regions/us-west1/healthChecks", &named("api"));
    post(
        "regions/us-west1/backendServices",
        json!({ "name": named("api"), "backends": [{ "group": group }], "healthChecks": [check] }),
    );
    let service = link("regions/us-west1/backendServices", &named("api"));
    for name in ["api-us-west1", "kops-controller-us-west1"] {
        let mut body = rule(named(name), "backendService", service.clone());
        body["subnetwork"] = subnet.clone().into();
        post("regions/us-west1/forwardingRules", body);
        let rule = named(name);
        post(&format!("regions/us-west1/forwardingRules/{rule}/setLabels"), label.clone());
    }
    post("global/firewalls", json!({ "name": named("pod-cidrs-to-node"), "network": network }));
    calls
}

/// A range of the cluster's own.
fn cidr(cluster: &str) -> String {
    let sum: u32 = cluster.bytes().map(u32::from).sum();
    format!("10.{}.{}.0/20", sum % 250, (sum / 250) % 16 * 16)
}

impl Cloud {
    /// Makes these calls, as kops does.
    pub(crate) async fn take(&self, cluster: &str, calls: &[Call]) {
        self.try_take(cluster, calls).await.unwrap();
    }

    /// Makes these calls up to the first that does not go well.
    pub(crate) async fn try_take(&self, cluster: &str, calls: &[Call]) -> Result<(), String> {
        let client = self.fake.client().unwrap();
        let send = async |method: Method, url: &str, body: &Value| -> Result<Value, String> {
            let request = client.request(method, url).bearer_auth("t").json(body);
            let answer =
                request.timeout(PATIENCE).send().await.map_err(|error| error.to_string())?;
            let status = answer.status();
            let body = answer.text().await.map_err(|error| error.to_string())?;
            if !status.is_success() {
                return Err(format!("{url}: {status} {body}"));
            }
            serde_json::from_str(&body).map_err(|error| error.to_string())
        };
        for call in calls {
            if call.url.ends_with("/bucket-policy") {
                let url = format!("https://storage.googleapis.com/storage/v1/b/{STATE}/iam");
                let mut policy = send(Method::GET, &url, &Value::Null).await?;
                for account in accounts(cluster) {
                    bind(&mut policy, "roles/storage.objectViewer", &account);
                }
                send(Method::PUT, &url, &policy).await?;
            } else if call.url.ends_with("/policy") {
                let url =
                    format!("https://cloudresourcemanager.googleapis.com/v1/projects/{PROJECT}");
                let mut policy =
                    send(Method::POST, &format!("{url}:getIamPolicy"), &json!({})).await?;
                bind(&mut policy, "roles/container.serviceAgent", &accounts(cluster)[0]);
                send(Method::POST, &format!("{url}:setIamPolicy"), &json!({ "policy": policy }))
                    .await?;
            } else if let Some(labelled) = call.url.strip_suffix("/setLabels") {
                let there = send(Method::GET, labelled, &Value::Null).await?;
                let mut body = call.body.clone();
                body["labelFingerprint"] = there["labelFingerprint"].clone();
                send(Method::POST, &call.url, &body).await?;
            } else {
                send(Method::POST, &call.url, &call.body).await?;
            }
        }
        Ok(())
    }

    /// Puts an object into the bucket.
    pub(crate) async fn put_object(&self, name: &str, body: &Value) {
        let url = format!("https://storage.googleapis.com/upload/storage/v1/b/{STATE}/o");
        let query = [("uploadType", "media"), ("name", name)];
        let client = self.fake.client().unwrap();
        let sent = client.post(url).query(&query).bearer_auth("t").json(body).send().await.unwrap();
        assert!(sent.status().is_success());
    }

    /// All of a cluster, with some of kops' state.
    pub(crate) async fn make(&self, cluster: &str, zone: &str) {
        self.put_object(&format!("{cluster}/instancegroup/nodes"), &json!({})).await;
        self.take(cluster, &calls(cluster, zone)).await;
    }
}

fn bind(policy: &mut Value, role: &str, account: &str) {
    let binding =
        json!({ "role": role, "members": [format!("serviceAccount:{}", email(account))] });
    match policy["bindings"].as_array_mut() {
        Some(bindings) => bindings.push(binding),
        None => policy["bindings"] = json!([binding]),
    }
}
