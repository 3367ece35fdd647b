//! Makes what is missing: each task as soon as what it needs is there, and again if it fails.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    cloud::{Cloud, CloudError},
    plan::Plan,
    state::{KopsError, Store, said},
    tasks::{Task, What},
};
use crate::key::ROOT;

/// How long a task may go on failing: kops gives it ten minutes, and pauses ten seconds when nothing
/// goes on at all. `FAKE_KOPS_PATIENCE_MS` says something else.
const PATIENCE: Duration = Duration::from_millis(1500);
const PAUSE: Duration = Duration::from_millis(50);

/// Makes what is missing of a cluster.
pub(super) async fn apply(cloud: &Cloud, plan: &Plan<'_>) -> Result<(), KopsError> {
    let patience = std::env::var("FAKE_KOPS_PATIENCE_MS").ok().and_then(|ms| ms.parse().ok());
    let patience = patience.map_or(PATIENCE, Duration::from_millis);
    let tasks = plan.tasks();
    let total = tasks.len();
    let mut done: BTreeSet<String> = BTreeSet::new();
    let mut templates: BTreeMap<String, String> = BTreeMap::new();
    let mut since: BTreeMap<String, Instant> = BTreeMap::new();
    while done.len() < total {
        let ready: Vec<&Task> = tasks
            .iter()
            .filter(|task| !done.contains(&task.name))
            .filter(|task| task.needs.iter().all(|need| done.contains(need)))
            .collect();
        note(&format!("Tasks: {} done / {total} total; {} can run", done.len(), ready.len()));
        if ready.is_empty() {
            return Err(said("Unable to execute tasks (circular dependency)"));
        }
        let mut progress = false;
        for task in ready {
            match make(cloud, plan.store, plan.cluster, task, &mut templates).await {
                Ok(()) => {
                    progress = true;
                    done.insert(task.name.clone());
                }
                Err(error) => {
                    note(&format!("error running task \"{}\": {error}", task.name));
                    let since = since.entry(task.name.clone()).or_insert_with(Instant::now);
                    if since.elapsed() > patience {
                        let text = "error running tasks: deadline exceeded executing task";
                        return Err(said(format!("{text} {}. Example error: {error}", task.name)));
                    }
                }
            }
        }
        if !progress {
            note("No progress made, sleeping before retrying");
            sleep(PAUSE).await;
        }
    }
    note(&format!("Tasks: {total} done / {total} total; 0 can run"));
    Ok(())
}

/// Says something as kops logs it.
pub(super) fn note(text: &str) {
    // Whoever starts it may not listen.
    let _ = writeln!(io::stderr(), "I0101 00:00:00.000000       1 fake-kops:1] {text}");
}

async fn make(
    cloud: &Cloud,
    store: &Store,
    cluster: &str,
    task: &Task,
    templates: &mut BTreeMap<String, String>,
) -> Result<(), CloudError> {
    match &task.what {
        What::File { name, content } => {
            let file = store.file(cluster, name);
            if cloud.read(&store.bucket, &file).await?.as_ref() != Some(content) {
                cloud.write(&store.bucket, &file, content).await?;
            }
            Ok(())
        }
        What::Resource { collection, body, labels, address } => {
            resource(cloud, collection, body, labels.as_ref(), address.as_deref()).await
        }
        What::Account { email } => account(cloud, email).await,
        What::ProjectBinding { role, member } => {
            let url = format!(
                "https://cloudresourcemanager.googleapis.com/v1/projects/{}",
                cloud.project
            );
            let read = format!("{url}:getIamPolicy");
            let mut policy =
                cloud.ask(Method::POST, &read, Some(&json!({}))).await?.unwrap_or_default();
            if bind(&mut policy, role, member) {
                let body = json!({ "policy": policy });
                cloud.ask(Method::POST, &format!("{url}:setIamPolicy"), Some(&body)).await?;
            }
            Ok(())
        }
        What::BucketBinding { bucket, role, member } => {
            let url = format!("https://storage.googleapis.com/storage/v1/b/{bucket}/iam");
            let mut policy = cloud.ask(Method::GET, &url, None).await?.unwrap_or_default();
            if bind(&mut policy, role, member) {
                cloud.ask(Method::PUT, &url, Some(&policy)).await?;
            }
            Ok(())
        }
        What::PoolCheck { pool, check } => {
            let there = cloud.get(pool).await?.unwrap_or_default();
            if there["healthChecks"]
                .as_array()
                .is_some_and(|checks| checks.iter().any(|c| c == check))
            {
                return Ok(());
            }
            let body = json!({ "healthChecks": [{ "healthCheck": check }] });
            cloud.insert(&format!("{pool}/addHealthCheck"), &body).await
        }
        What::Template { prefix, properties } => {
            let start = format!("{prefix}-");
            let all = cloud.list("global/instanceTemplates", "items").await?;
            let found = all.iter().find(|template| {
                template["name"].as_str().is_some_and(|name| name.starts_with(&start))
                    && template["properties"] == *properties
            });
            let name = match found.and_then(|template| template["name"].as_str()) {
                Some(name) => name.to_owned(),
                None => {
                    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                    let name = format!("{start}{}", now.as_secs());
                    let body = json!({ "name": name, "properties": properties });
                    cloud.insert("global/instanceTemplates", &body).await?;
                    name
                }
            };
            templates.insert(task.name.clone(), name);
            Ok(())
        }
        What::Group { collection, body, template } => {
            let template = templates.get(template).cloned().unwrap_or_default();
            let link =
                format!("{ROOT}projects/{}/global/instanceTemplates/{template}", cloud.project);
            group(cloud, collection, body, &link).await
        }
    }
}

async fn resource(
    cloud: &Cloud,
    collection: &str,
    body: &Value,
    labels: Option<&Value>,
    address: Option<&str>,
) -> Result<(), CloudError> {
    let path = format!("{collection}/{}", body["name"].as_str().unwrap_or_default());
    let there = cloud.get(&path).await?;
    if let Some(there) = &there {
        // kops sets a firewall rule back that somebody changed.
        let is_other = collection == "global/firewalls" && there["allowed"] != body["allowed"];
        if is_other {
            cloud.change(Method::PUT, &path, body).await?;
        }
    } else {
        let mut body = body.clone();
        if let Some(address) = address {
            let found = cloud.get(address).await?.unwrap_or_default();
            body["IPAddress"] = found["address"].clone();
        }
        cloud.insert(collection, &body).await?;
    }
    let Some(labels) = labels else { return Ok(()) };
    if there.as_ref().is_some_and(|there| there["labels"] == *labels) {
        return Ok(());
    }
    let there = cloud.get(&path).await?.unwrap_or_default();
    let body = json!({ "labels": labels, "labelFingerprint": there["labelFingerprint"] });
    cloud.insert(&format!("{path}/setLabels"), &body).await
}

async fn account(cloud: &Cloud, email: &str) -> Result<(), CloudError> {
    let url = format!("https://iam.googleapis.com/v1/projects/{}/serviceAccounts", cloud.project);
    if cloud.ask(Method::GET, &format!("{url}/{email}"), None).await?.is_some() {
        return Ok(());
    }
    let id = email.split('@').next().unwrap_or_default();
    let body = json!({ "accountId": id, "serviceAccount": { "displayName": id } });
    cloud.ask(Method::POST, &url, Some(&body)).await?;
    Ok(())
}

async fn group(
    cloud: &Cloud,
    collection: &str,
    body: &Value,
    template: &str,
) -> Result<(), CloudError> {
    let path = format!("{collection}/{}", body["name"].as_str().unwrap_or_default());
    let Some(there) = cloud.get(&path).await? else {
        let mut body = body.clone();
        body["instanceTemplate"] = template.into();
        return cloud.insert(collection, &body).await;
    };
    if there["instanceTemplate"] != template {
        let body = json!({ "instanceTemplate": template });
        cloud.insert(&format!("{path}/setInstanceTemplate"), &body).await?;
    }
    if there["targetSize"] != body["targetSize"] {
        let resize = format!("{path}/resize?size={}", body["targetSize"]);
        cloud.insert(&resize, &Value::Null).await?;
    }
    Ok(())
}

/// Adds a member to a policy; whether it was not there.
fn bind(policy: &mut Value, role: &str, member: &str) -> bool {
    if !policy["bindings"].is_array() {
        policy["bindings"] = json!([]);
    }
    let Some(bindings) = policy["bindings"].as_array_mut() else { return false };
    match bindings.iter_mut().find(|binding| binding["role"] == role) {
        Some(binding) => match binding["members"].as_array_mut() {
            Some(members) if members.iter().any(|there| there == member) => false,
            Some(members) => {
                members.push(member.into());
                true
            }
            None => false,
        },
        None => {
            bindings.push(json!({ "role": role, "members": [member] }));
            true
        }
    }
}
