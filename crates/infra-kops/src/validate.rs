//! Checks that the cluster is what was asked for, and says what it is.

use std::time::Duration;

use kube::Client;
use run_record::{KopsPlan, Plan};
use stage::Stage;
use tokio::time::timeout;

use crate::{
    ask::{nodes, version},
    book,
    build_error::BuildError,
    create::{guarded, look},
    flags,
    found::{self, Found},
    gce::Google,
    kops_step,
    readiness::{Readiness, is_control_plane},
    record::Validated,
    route,
};

/// Time for everything that is asked of Google here.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Longest wait for etcd's metrics.
const METRICS: Duration = Duration::from_secs(10);

/// Checks that the cluster is what was asked for.
pub(crate) async fn validate(
    stage: &Stage,
    plan: &Plan,
    kops: &KopsPlan,
) -> Result<Validated, BuildError> {
    let zone = found::zone(stage).ok_or(BuildError::NeverMade)?;
    let google = guarded(stage, Google::sign_in(&kops.project, LIMIT)).await?;
    let client = stage::client(&stage.run_dir).await?;
    let version = guarded(stage, version(&client)).await?;
    let nodes = guarded(stage, nodes(&client)).await?;

    let own = &plan.scenario.infra.kops.workers;
    let mut readiness = Readiness::of(plan.scenario.cluster.nodes, own.missing_per_mille);
    nodes.iter().for_each(|node| readiness.note(node));
    let there = guarded(stage, look(&google, plan, kops)).await?;
    let found = Found::of(&nodes).with_images(&there);
    found::cluster(stage, kops, &version, &zone)?;
    found.write(stage)?;
    book::note_made(&stage.run_dir, &there.labels())?;
    let mut faults = found.faults(kops);
    faults.extend(route::faults(&there, kops, plan));
    if !readiness.is_enough() {
        faults.push(readiness.to_string());
    }
    let asked = format!("v{}", kops.kubernetes);
    if version != asked {
        faults.push(format!("the API server is {version}, not {asked}"));
    }
    let control_planes = nodes.iter().filter(|node| is_control_plane(node)).count();
    let count = plan.scenario.infra.kops.control_plane.count;
    if control_planes != usize::try_from(count).unwrap_or(usize::MAX) {
        faults.push(format!("{control_planes} machines of the control plane, not {count}"));
    }
    if !faults.is_empty() {
        return Err(BuildError::Assumptions(faults));
    }
    let etcd_metrics = match plan.scenario.infra.kops.etcd.metrics {
        true => guarded(stage, async { Ok::<_, BuildError>(etcd_metrics(&client).await) }).await?,
        false => Vec::new(),
    };
    for what in &etcd_metrics {
        tracing::warn!("{what}");
    }
    // Its own view comes last and once: each costs hundreds of calls.
    kops_step::run(stage, plan, "validate the cluster", &flags::validate(plan, kops)).await?;
    Ok(Validated {
        zone,
        kubernetes: version,
        nodes: nodes.len(),
        workers: readiness.ready(),
        missing: (!readiness.is_complete()).then(|| readiness.to_string()),
        etcd_metrics,
    })
}

/// What keeps etcd's metrics from being read, each in a sentence; a warning, since a measurement that
/// lacks them says so itself and never passes.
async fn etcd_metrics(client: &Client) -> Vec<String> {
    let pods = kube::Api::<k8s_openapi::api::core::v1::Pod>::namespaced(client.clone(), SYSTEM);
    let named = kube::api::ListParams::default().labels("k8s-app=etcd-manager-main");
    let pods = match pods.list(&named).await {
        Ok(pods) => pods.items,
        Err(error) => return vec![format!("etcd's metrics cannot be looked at: {error}")],
    };
    if pods.is_empty() {
        return vec!["etcd's metrics cannot be looked at: the API server shows no etcd".into()];
    }
    let mut said = Vec::new();
    for name in pods.into_iter().filter_map(|pod| pod.metadata.name) {
        if let Err(why) = metrics_of(client, &name).await {
            said.push(format!("`{name}` shows no metrics of etcd: {why}"));
        }
    }
    said
}

/// Namespace of the control plane.
const SYSTEM: &str = "kube-system";

/// The port on which etcd shows its metrics.
const PORT: u16 = 2382;

async fn metrics_of(client: &Client, pod: &str) -> Result<(), String> {
    let path = format!("/api/v1/namespaces/{SYSTEM}/pods/{pod}:{PORT}/proxy/metrics");
    let request = http::Request::get(path).body(Vec::new()).map_err(|error| error.to_string())?;
    match timeout(METRICS, client.request_text(request)).await {
        Ok(Ok(text)) if text.contains("etcd_server_has_leader") => Ok(()),
        Ok(Ok(_)) => Err("what answers is not etcd".into()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer".into()),
    }
}
