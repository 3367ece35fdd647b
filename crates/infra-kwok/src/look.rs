//! Looks at a cluster: whether it is there, how it is used, and whether it is as it should be.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Node;
use kube::{Api, api::ListParams};
use run_record::{Kind, Ledger, Plan, ProcessId};
use stage::{Progress, Stage};

use crate::{
    add_nodes::Readiness,
    component::Component,
    error::Error,
    kubeconfig,
    nodes::{self, NodesError},
    private::Private,
    probe::Asker,
    record::{Connected, Described, DescribedResource, Validated, port},
};

/// Writes the kubeconfig of the run anew.
pub(crate) fn connect(stage: &Stage, plan: &Plan) -> Result<Connected, Error> {
    let ledger = ledger(stage, plan)?;
    let private = Private::of(&stage.run_dir, &plan.run_id);
    let api = port(&ledger, Component::Api.name());
    let (Some(api), true) = (api, alive(&ledger) && private.pki("admin.key").is_file()) else {
        return Err(Error::Elsewhere { run_id: plan.run_id.clone() });
    };
    kubeconfig::write_admin(&stage.run_dir, &private, &plan.cluster, api)?;
    Ok(Connected { kubeconfig: stage.run_dir.kubeconfig() })
}

/// Checks that every daemon is ready and that all nodes are.
pub(crate) async fn validate(stage: &Stage, plan: &Plan) -> Result<Validated, Error> {
    let ledger = ledger(stage, plan)?;
    if !alive(&ledger) {
        return Err(Error::Elsewhere { run_id: plan.run_id.clone() });
    }
    let faults = daemon_faults(&ledger, plan, stage).await;
    if !faults.is_empty() {
        return Err(Error::Unhealthy { cluster: plan.cluster.clone(), faults });
    }
    let waiting = stage.cancel.guard(settled(stage, plan)).await.ok_or(Error::Cancelled)?;
    let readiness = waiting.map_err(|source| Error::Nodes {
        cluster: plan.cluster.clone(),
        source: Box::new(source),
    })?;
    if !readiness.is_complete() {
        let faults = vec![readiness.to_string()];
        return Err(Error::Unhealthy { cluster: plan.cluster.clone(), faults });
    }
    Ok(Validated { daemons: Component::ALL.len(), nodes: readiness.ready() })
}

/// Says what there is of the cluster.
pub(crate) async fn describe(stage: &Stage, plan: &Plan) -> Described {
    let private = Private::of(&stage.run_dir, &plan.run_id);
    let mut described = Described {
        cluster: plan.cluster.clone(),
        state: String::new(),
        how: Vec::new(),
        resources: Vec::new(),
    };
    let ledger = match ledger(stage, plan) {
        Ok(ledger) => ledger,
        Err(error) => {
            described.state = stage::chain(&error).join(": ");
            return described;
        }
    };
    let faults = daemon_faults(&ledger, plan, stage).await;
    described.state = if faults.is_empty() { "up".into() } else { faults.join("; ") };
    described.how = vec![format!("export KUBECONFIG={}", stage.run_dir.kubeconfig().display())];
    if let Some(port) = port(&ledger, Component::Prometheus.name()) {
        described.how.push(format!("Prometheus is at http://127.0.0.1:{port}"));
    }
    described.how.push(format!("logs are in {}", private.root().join("logs").display()));
    let root = stage.run_dir.root().display();
    described.how.push(format!("infra-kwok delete --run-dir {root}"));
    described.resources = ledger
        .resources
        .into_iter()
        .map(|resource| DescribedResource {
            alive: match resource.kind {
                Kind::Process => resource.process.as_ref().is_some_and(ProcessId::is_alive),
                Kind::Folder => resource.path.as_ref().is_some_and(|path| path.exists()),
                // Never of this stage.
                Kind::Cloud => false,
            },
            resource,
        })
        .collect();
    described
}

/// The ledger of a cluster that was not removed.
fn ledger(stage: &Stage, plan: &Plan) -> Result<Ledger, Error> {
    let run_id = plan.run_id.clone();
    let ledger = stage.run_dir.ledger().map_err(|error| {
        if error.is_missing() {
            Error::NeverMade { run_id: run_id.clone() }
        } else {
            Error::File(error)
        }
    })?;
    match ledger.closed {
        Some(since) => Err(Error::Gone { run_id, since }),
        None => Ok(ledger),
    }
}

/// Whether any of it is on this machine.
fn alive(ledger: &Ledger) -> bool {
    let mut processes = ledger.resources.iter().filter_map(|resource| resource.process.as_ref());
    processes.any(ProcessId::is_alive)
}

async fn daemon_faults(ledger: &Ledger, plan: &Plan, stage: &Stage) -> Vec<String> {
    let asker = Asker::new(&Private::of(&stage.run_dir, &plan.run_id), plan);
    let asked = Component::ALL.map(async |component| {
        let name = component.name();
        let Some(resource) = ledger.resources.iter().find(|resource| resource.name == name) else {
            return Some(format!("`{name}` is not in the ledger"));
        };
        if !resource.process.as_ref().is_some_and(ProcessId::is_alive) {
            return Some(format!("`{name}` does not run"));
        }
        match component.probe(resource) {
            Some(probe) if asker.is_ready(&probe).await => None,
            _ => Some(format!("`{name}` runs and does not answer that it is ready")),
        }
    });
    futures::future::join_all(asked).await.into_iter().flatten().collect()
}

/// Which nodes are ready, once all are or none of the rest will be.
///
/// A controller manager that is short of time acts on what it saw before: it may put the taint of a
/// node that was just not ready back, and takes it off again when it sees more.
async fn settled(stage: &Stage, plan: &Plan) -> Result<Readiness, NodesError> {
    /// Longest time for which a node is taken to waver: the controller looks every 5 s.
    const WAVERS: Duration = Duration::from_secs(15);
    const LOOK: Duration = Duration::from_millis(250);
    let end = Instant::now() + WAVERS;
    let progress = Progress::default();
    loop {
        let readiness = readiness(stage, plan).await?;
        if readiness.is_complete() || Instant::now() >= end {
            return Ok(readiness);
        }
        progress.say(&readiness.to_string());
        tokio::time::sleep(LOOK).await;
    }
}

async fn readiness(stage: &Stage, plan: &Plan) -> Result<Readiness, NodesError> {
    let client = stage::client(&stage.run_dir).await?;
    let found: Api<Node> = Api::all(client);
    let found = found
        .list(&ListParams::default())
        .await
        .map_err(|source| NodesError::List(Box::new(source)))?;
    let mut readiness = Readiness::of(nodes::workers(plan));
    for node in &found.items {
        readiness.note(node);
    }
    Ok(readiness)
}
