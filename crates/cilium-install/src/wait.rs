//! Waits until Cilium is ready, by watching the cluster.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use kube::Client;
use run_record::{Plan, read_json};
use scenario::Provider;
use stage::{Progress, Stage};

use crate::{
    cluster::connect,
    effective::{none_of, tag},
    error::Error,
    installed::{AGENT, Installed},
    ready,
    record::{NotChecked, ReadyRecord},
    view::{Seen, View, Watching},
};

/// Longest time until Cilium is ready: a hundred nodes that pull their images from one registry
/// need up to ten minutes.
const DEADLINE: Duration = Duration::from_secs(15 * 60);

/// Waits until Cilium is ready on every node of the plan, and writes down what runs.
pub(crate) async fn wait(stage: &Stage, plan: &Plan) -> Result<ReadyRecord, Error> {
    let installed = installed(stage)?;
    let client = connect(stage).await?;
    until_ready(stage, plan, &client, &installed).await
}

/// What was installed in this run.
pub(crate) fn installed(stage: &Stage) -> Result<Installed, Error> {
    read_json(&stage.run_dir.cilium().join("installed.json")).map_err(|error| {
        if error.is_missing() { Error::NotInstalled(error) } else { Error::File(error) }
    })
}

/// Waits until Cilium is ready, as `wait` does.
pub(crate) async fn until_ready(
    stage: &Stage,
    plan: &Plan,
    client: &Client,
    installed: &Installed,
) -> Result<ReadyRecord, Error> {
    let begun = Instant::now();
    let mut missing = vec!["a first look at the cluster".to_owned()];
    let watching = watch(client, installed, plan.scenario.cluster.nodes, &mut missing);
    let view = match stage.cancel.guard(tokio::time::timeout(DEADLINE, watching)).await {
        None => return Err(Error::Cancelled),
        Some(Ok(view)) => view?,
        Some(Err(_)) => return Err(Error::NotReady { deadline: DEADLINE, missing }),
    };
    let found = images(installed, &view);
    note(stage, &found)?;
    Ok(ReadyRecord {
        nodes: view.nodes.len(),
        waited_ms: begun.elapsed().as_millis(),
        images: found,
        not_checked: not_checked(plan.provider),
    })
}

/// Watches until nothing is missing.
async fn watch(
    client: &Client,
    installed: &Installed,
    nodes: u32,
    missing: &mut Vec<String>,
) -> Result<Box<View>, Error> {
    /// Progress holds back a line that follows another one too soon: it is said this much later.
    const AGAIN: Duration = Duration::from_secs(1);
    let progress = Progress::default();
    let mut watching = Watching::begin(client);
    loop {
        match tokio::time::timeout(AGAIN, watching.next()).await {
            Ok(Some(Seen::All(view))) => {
                // Nobody but us may change it, so no wait would set it right.
                none_of(ready::config(installed, &view)).map_err(Error::Effective)?;
                *missing = ready::missing(installed, nodes, &view);
                if missing.is_empty() {
                    return Ok(view);
                }
            }
            Ok(Some(Seen::Partly(Some(why)))) => {
                *missing = vec![format!("the API server's answer: {why}")];
            }
            Ok(Some(Seen::Partly(None))) | Err(_) => {}
            Ok(None) => return Err(Error::WatchEnded),
        }
        progress.say(&format!("waiting for Cilium: {}", missing.join("; ")));
    }
}

/// Pods by image, by workload.
fn images(installed: &Installed, view: &View) -> BTreeMap<String, BTreeMap<String, u32>> {
    let mut found = BTreeMap::new();
    for workload in &installed.workloads {
        let of: &mut BTreeMap<String, u32> = found.entry(workload.name.clone()).or_default();
        for pod in ready::pods_of(workload, view) {
            if let Some(image) = ready::running_image(pod, workload) {
                *of.entry(image).or_default() += 1;
            }
        }
    }
    found
}

/// Writes down which images run, and which versions of Cilium that means.
fn note(stage: &Stage, images: &BTreeMap<String, BTreeMap<String, u32>>) -> Result<(), Error> {
    let change = |metadata: &mut run_record::Metadata| {
        let versions = &mut metadata.versions.0;
        for (workload, images) in images {
            versions.entry(format!("{workload}-image")).or_default().found = images.clone();
        }
        let mut found = BTreeMap::new();
        for (image, pods) in images.get(AGENT).into_iter().flatten() {
            *found.entry(tag(image).trim_start_matches('v').to_owned()).or_default() += pods;
        }
        versions.entry("cilium".into()).or_default().found = found;
    };
    stage.run_dir.update_metadata(change).map_err(Error::File)
}

/// What belongs to the rule of readiness and is not looked at.
fn not_checked(provider: Provider) -> Vec<NotChecked> {
    let why = match provider {
        Provider::Kwok => "no agent runs on simulated nodes",
        Provider::Kops => "this version does not look at it",
    };
    vec![NotChecked { what: "one CiliumNode for each node", why }]
}
