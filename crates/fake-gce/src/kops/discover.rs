//! What kops takes for a cluster's: found through its instance templates, with all that follows.
//!
//! Source: `pkg/resources/gce/gce.go` of kops 1.36.1. Its faults are played as they are: a network that
//! is in no template is not found, a backend service without backends is everybody's.

use serde_json::Value;

use super::{
    cloud::{Cloud, CloudError},
    names,
};

/// A thing to delete.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// In kops' words.
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) name: String,
    /// Where it is deleted.
    pub(super) path: String,
    /// What cannot be deleted before this is.
    pub(super) blocks: Vec<String>,
    /// What must be deleted before this.
    pub(super) blocked: Vec<String>,
}

impl Found {
    fn new(kind: &'static str, id: &str, path: String) -> Self {
        let name = id.rsplit('/').next().unwrap_or_default().to_owned();
        Self { kind, id: id.into(), name, path, blocks: Vec::new(), blocked: Vec::new() }
    }

    pub(super) fn key(&self) -> String {
        format!("{}:{}", self.kind, self.id)
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn last(link: &str) -> &str {
    link.rsplit('/').next().unwrap_or_default()
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

/// Everything that kops would delete.
pub(super) async fn discover(
    cloud: &Cloud,
    cluster: &str,
    region: &str,
) -> Result<Vec<Found>, CloudError> {
    let zones = cloud.list("zones", "items").await?;
    let zones: Vec<String> = zones
        .iter()
        .filter(|zone| last(text(zone, "region")) == region)
        .map(|zone| text(zone, "name").to_owned())
        .collect();
    let mut found = Vec::new();
    let templates = cloud.list("global/instanceTemplates", "items").await?;
    let templates: Vec<Value> =
        templates.into_iter().filter(|template| is_of(template, cluster)).collect();
    let interfaces: Vec<&Value> = templates
        .iter()
        .flat_map(|template| items(&template["properties"], "networkInterfaces"))
        .collect();
    for template in &templates {
        let name = text(template, "name");
        let mut one =
            Found::new("InstanceTemplate", name, format!("global/instanceTemplates/{name}"));
        let subnets = items(&template["properties"], "networkInterfaces");
        one.blocks.extend(subnets.map(|i| format!("Subnet:{}", last(text(i, "subnetwork")))));
        found.push(one);
    }
    let mut managers = Vec::new();
    for zone in &zones {
        for group in cloud.list(&format!("zones/{zone}/instanceGroupManagers"), "items").await? {
            let link = text(&group, "instanceTemplate");
            if !templates.iter().any(|template| text(template, "selfLink") == link) {
                continue;
            }
            let name = text(&group, "name").to_owned();
            let path = format!("zones/{zone}/instanceGroupManagers/{name}");
            let mut one =
                Found::new("InstanceGroupManager", &format!("{zone}/{name}"), path.clone());
            one.blocks.push(format!("InstanceTemplate:{}", last(link)));
            found.push(one);
            managers.push(name);
            let listed =
                cloud.list(&format!("{path}/listManagedInstances"), "managedInstances").await?;
            for machine in listed {
                let name = last(text(&machine, "instance"));
                let path = format!("zones/{zone}/instances/{name}");
                found.push(Found::new("Instance", &format!("{zone}/{name}"), path));
            }
        }
    }
    balancers(cloud, cluster, region, &mut found).await?;
    firewalls(cloud, cluster, &mut found).await?;
    disks(cloud, cluster, &mut found).await?;
    for (kind, collection) in [("Address", "addresses"), ("Router", "routers")] {
        for item in cloud.list(&format!("regions/{region}/{collection}"), "items").await? {
            let name = text(&item, "name");
            if names::matches(name, cluster, 8) {
                found.push(Found::new(kind, name, format!("regions/{region}/{collection}/{name}")));
            }
        }
    }
    for item in cloud.list(&format!("regions/{region}/subnetworks"), "items").await? {
        let (name, link) = (text(&item, "name"), text(&item, "selfLink"));
        if names::matches(name, cluster, 8)
            && interfaces.iter().any(|i| text(i, "subnetwork") == link)
        {
            let mut one =
                Found::new("Subnet", name, format!("regions/{region}/subnetworks/{name}"));
            one.blocks.push(format!("Network:{}", last(text(&item, "network"))));
            found.push(one);
        }
    }
    for item in cloud.list("global/networks", "items").await? {
        let (name, link) = (text(&item, "name"), text(&item, "selfLink"));
        if name == names::network(cluster) && interfaces.iter().any(|i| text(i, "network") == link)
        {
            found.push(Found::new("Network", name, format!("global/networks/{name}")));
        }
    }
    accounts(cloud, cluster, &mut found).await?;
    for item in cloud.list(&format!("regions/{region}/backendServices"), "items").await? {
        let mut groups = items(&item, "backends").map(|backend| last(text(backend, "group")));
        if groups.all(|group| managers.iter().any(|manager| manager == group)) {
            let name = text(&item, "name");
            found.push(Found::new(
                "BackendService",
                name,
                format!("regions/{region}/backendServices/{name}"),
            ));
            for check in items(&item, "healthChecks") {
                let name = last(check.as_str().unwrap_or_default());
                found.push(Found::new(
                    "HealthCheck",
                    name,
                    format!("regions/{region}/healthChecks/{name}"),
                ));
            }
        }
    }
    // Asked for, and of the clusters that are played here there are none.
    cloud.list("global/routes", "items").await?;
    found.sort_by_key(Found::key);
    found.dedup_by_key(|one| one.key());
    Ok(found)
}

fn is_of(template: &Value, cluster: &str) -> bool {
    let mut names = items(&template["properties"]["metadata"], "items");
    names.any(|item| item["key"] == "cluster-name" && text(item, "value").trim() == cluster)
}

async fn balancers(
    cloud: &Cloud,
    cluster: &str,
    region: &str,
    found: &mut Vec<Found>,
) -> Result<(), CloudError> {
    for pool in cloud.list(&format!("regions/{region}/targetPools"), "items").await? {
        let name = text(&pool, "name");
        if !names::matches(name, cluster, 8) {
            continue;
        }
        let one = Found::new("TargetPool", name, format!("regions/{region}/targetPools/{name}"));
        for check in items(&pool, "healthChecks") {
            let check = last(check.as_str().unwrap_or_default());
            let path = format!("global/httpHealthChecks/{check}");
            let mut check = Found::new("HTTP HealthCheck", check, path);
            check.blocked.push(one.key());
            found.push(check);
        }
        found.push(one);
    }
    for rule in cloud.list(&format!("regions/{region}/forwardingRules"), "items").await? {
        let name = text(&rule, "name");
        if names::matches(name, cluster, 8) {
            let mut one = Found::new(
                "ForwardingRule",
                name,
                format!("regions/{region}/forwardingRules/{name}"),
            );
            let target = text(&rule, "target");
            if !target.is_empty() {
                one.blocks.push(format!("TargetPool:{}", last(target)));
            }
            one.blocks.push(format!("Address:{}", text(&rule, "IPAddress")));
            found.push(one);
        }
    }
    Ok(())
}

async fn firewalls(cloud: &Cloud, cluster: &str, found: &mut Vec<Found>) -> Result<(), CloudError> {
    for rule in cloud.list("global/firewalls", "items").await? {
        let name = text(&rule, "name");
        let tags: Vec<&Value> = items(&rule, "targetTags").collect();
        let own = tags.iter().all(|tag| names::is_tag(tag.as_str().unwrap_or_default(), cluster));
        if names::matches(name, cluster, 5) && own && !tags.is_empty() {
            let mut one = Found::new("FirewallRule", name, format!("global/firewalls/{name}"));
            one.blocks.push(format!("Network:{}", last(text(&rule, "network"))));
            found.push(one);
        }
    }
    Ok(())
}

async fn disks(cloud: &Cloud, cluster: &str, found: &mut Vec<Found>) -> Result<(), CloudError> {
    let all = cloud.get("aggregated/disks").await?.unwrap_or_default();
    for (scope, list) in all["items"].as_object().into_iter().flatten() {
        for disk in items(list, "disks") {
            if disk["labels"]["k8s-io-cluster-name"] != names::safe(cluster) {
                continue;
            }
            let name = text(disk, "name");
            let mut one = Found::new("Disk", name, format!("{scope}/disks/{name}"));
            let users = items(disk, "users").filter_map(Value::as_str);
            one.blocked
                .extend(users.map(|user| format!("Instance:{}/{}", last(scope), last(user))));
            found.push(one);
        }
    }
    Ok(())
}

async fn accounts(cloud: &Cloud, cluster: &str, found: &mut Vec<Found>) -> Result<(), CloudError> {
    let url = format!("https://iam.googleapis.com/v1/projects/{}/serviceAccounts", cloud.project);
    let mut token = String::new();
    loop {
        let page =
            cloud.ask(reqwest::Method::GET, &format!("{url}?pageToken={token}"), None).await?;
        let page = page.unwrap_or_default();
        for account in items(&page, "accounts") {
            let email = text(account, "email");
            let roles = ["control-plane", "bastion", "node"];
            if roles.iter().any(|role| names::account(role, cluster, &cloud.project) == email) {
                let id = text(account, "name");
                found.push(Found::new("ServiceAccount", id, format!("{url}/{email}")));
            }
        }
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => return Ok(()),
        }
    }
}
