//! Adds the workers and watches until enough of them are ready.

use std::time::{Duration, Instant};

use futures::TryStreamExt;
use k8s_openapi::api::core::v1::Node;
use kube::{
    Api, Client,
    runtime::{
        WatchStreamExt,
        watcher::{self, Event, watcher},
    },
};
use run_record::{FileError, KopsPlan, Plan, write_json};
use stage::{Progress, Stage};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::{
    ask::nodes,
    book,
    build_error::BuildError,
    create::{groups, guarded, look},
    firewall, flags,
    found::{self, Found},
    gce::{Google, Machine, machines},
    kops_step,
    lease::Leases,
    readiness::Readiness,
    record::NodesAdded,
    route, way_in,
    workers::{self, GROUP},
};

/// Time for everything that is asked of Google here.
const LIMIT: Duration = Duration::from_secs(3 * 60 * 60);

/// Time between two looks at the machines: the watch says of nodes, this of machines that are none yet.
const LOOK_AT_MACHINES: Duration = Duration::from_secs(10);

/// Time for which enough ready workers are waited on for the rest.
const FOR_THE_REST: Duration = Duration::from_secs(60);

/// Adds the workers of the run.
pub(crate) async fn add_nodes(
    stage: &Stage,
    plan: &Plan,
    kops: &KopsPlan,
) -> Result<NodesAdded, BuildError> {
    let begun = Instant::now();
    let zone = found::zone(stage).ok_or(BuildError::NeverMade)?;
    let google = guarded(stage, Google::sign_in(&kops.project, LIMIT)).await?;
    let client = stage::client(&stage.run_dir).await?;
    Leases::at(&google, &kops.lease_store)?.renew(plan, kops, &[]).await?;
    let file = manifest(stage, plan, kops, &zone)?;
    kops_step::run(stage, plan, "describe the workers", &flags::replace(kops, &file)).await?;
    kops_step::run(stage, plan, "make the workers", &flags::update(plan, kops)).await?;
    guarded(stage, firewall::open(&google, plan, kops)).await?;
    let there = guarded(stage, look(&google, plan, kops)).await?;
    book::note_made(&stage.run_dir, &there.labels())?;
    let group = groups(&there, &zone).into_iter().find(|name| name.contains(GROUP));
    let group = group.ok_or(BuildError::NeverMade)?;
    let faults = route::faults(&there, kops, plan);
    if !faults.is_empty() {
        return Err(BuildError::Assumptions(faults));
    }
    let readiness = guarded(stage, watch(plan, &google, &client, &zone, &group)).await?;
    Found::of(&guarded(stage, nodes(&client)).await?).write(stage)?;
    Ok(NodesAdded {
        nodes: readiness.ready(),
        missing: (!readiness.is_complete()).then(|| readiness.to_string()),
        seconds: begun.elapsed().as_secs_f64(),
    })
}

/// The group of workers in a file that kops reads.
fn manifest(stage: &Stage, plan: &Plan, kops: &KopsPlan, zone: &str) -> Result<String, FileError> {
    let path = stage.run_dir.root().join("kops").join("workers.json");
    write_json(&path, &workers::manifest(plan, kops, zone))?;
    Ok(path.display().to_string())
}

/// Watches the nodes until enough are ready, and the machines meanwhile: one that cannot be made ends
/// it at once.
async fn watch(
    plan: &Plan,
    google: &Google,
    client: &Client,
    zone: &str,
    group: &str,
) -> Result<Readiness, BuildError> {
    /// The watcher tries again by itself; this many failures in a row are no hiccup.
    const FAILURES: usize = 20;
    let own = &plan.scenario.infra.kops.workers;
    let limit = Duration::from_secs(60 * u64::from(own.ready_minutes));
    let end = tokio::time::Instant::now() + limit;
    let mut readiness = Readiness::of(plan.scenario.cluster.nodes, own.missing_per_mille);
    let nodes: Api<Node> = Api::all(client.clone());
    let stream = watcher(nodes, watcher::Config::default()).default_backoff();
    let mut stream = std::pin::pin!(stream);
    let mut look = every(LOOK_AT_MACHINES);
    let (mut failures, mut enough) = (0, None);
    let progress = Progress::default();
    loop {
        let end = enough.map_or(end, |since: tokio::time::Instant| end.min(since + FOR_THE_REST));
        tokio::select! {
            event = stream.try_next() => match event {
                Ok(Some(Event::Apply(node) | Event::InitApply(node))) => {
                    failures = 0;
                    readiness.note(&node);
                }
                Ok(Some(Event::Delete(node))) => {
                    readiness.gone(node.metadata.name.as_deref().unwrap_or_default());
                }
                Ok(_) => {}
                Err(error) => {
                    failures += 1;
                    if failures == FAILURES {
                        let what = "watch the nodes";
                        return Err(BuildError::Api { what, source: Box::new(error) });
                    }
                }
            },
            _ = look.tick() => {
                let found = machines(google, zone, group).await?;
                let error = way_in::failed(&found, group, zone);
                if let Some(error) = error.filter(|_| !readiness.is_enough()) {
                    return Err(error);
                }
                readiness.machines(found.iter().filter(|machine| !machine.name.is_empty()).map(said));
            },
            () = tokio::time::sleep_until(end) => {
                if readiness.is_enough() {
                    return Ok(readiness);
                }
                let readiness = readiness.to_string();
                return Err(BuildError::NotReady { readiness, after: limit });
            }
        }
        progress.say(&readiness.to_string());
        if readiness.is_complete() {
            return Ok(readiness);
        }
        // A node that wavers may take it back again.
        enough = readiness.is_enough().then(|| enough.unwrap_or_else(tokio::time::Instant::now));
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn said(machine: &Machine) -> (String, String) {
    let why = match (&machine.failure, machine.status.as_str()) {
        (Some((_, said)), _) => said.clone(),
        (None, "RUNNING") => "its machine runs, and its kubelet has not registered it".into(),
        (None, "") => "its machine is being made".into(),
        (None, status) => format!("its machine is {}", status.to_lowercase()),
    };
    (machine.name.clone(), why)
}
