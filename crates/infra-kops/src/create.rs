//! Builds the cluster: assumptions, lease, ledger, kops, firewall, a way in; another zone where one
//! has no room.

use std::time::{Duration, Instant};

use kube::Client;
use run_record::{KopsPlan, Plan};
use stage::Stage;

use crate::{
    ask::{nodes, version},
    book,
    build_error::BuildError,
    firewall, flags,
    found::{self, Found},
    gce::{Google, Store, Trouble},
    inventory::{self, Inventory},
    kops_step,
    lease::Leases,
    names::Names,
    needs,
    record::Created,
    sweep::sweep,
    way_in,
};

/// Time for everything that is asked of Google here, beside the deadline of the API server: kops has
/// deadlines of its own.
const LIMIT: Duration = Duration::from_secs(3 * 60 * 60);

/// Builds the cluster of the run.
pub(crate) async fn create(
    stage: &Stage,
    plan: &Plan,
    kops: &KopsPlan,
) -> Result<Created, BuildError> {
    let begun = Instant::now();
    let made = |zone, passed_over, new| {
        let seconds = begun.elapsed().as_secs_f64();
        Created { cluster: plan.cluster.clone(), zone, passed_over, seconds, new }
    };
    let google = guarded(stage, Google::sign_in(&kops.project, LIMIT)).await?;
    if let Some(zone) = standing(stage).await {
        return Ok(made(zone, Vec::new(), false));
    }
    let zones = guarded(stage, needs::check(&google, plan, kops)).await?;
    stage.toolbox.find("kops").await?;
    let (zone, passed_over) = in_some_zone(stage, plan, kops, &google, &zones).await?;
    Ok(made(zone, passed_over, true))
}

/// Does `work` unless the step is cancelled first. What kops does is not to be dropped like that: it
/// is asked to stop.
pub(crate) async fn guarded<T, E: Into<BuildError>>(
    stage: &Stage,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, BuildError> {
    match stage.cancel.guard(work).await {
        Some(done) => done.map_err(Into::into),
        None => Err(BuildError::Cancelled),
    }
}

/// The zone of the cluster, if its API server answers.
async fn standing(stage: &Stage) -> Option<String> {
    let zone = found::zone(stage)?;
    let client = stage::client(&stage.run_dir).await.ok()?;
    client.apiserver_version().await.ok()?;
    Some(zone)
}

fn version_of_kops(stage: &Stage) -> String {
    let used = stage.toolbox.used().into_iter().find(|tool| tool.name == "kops");
    used.map_or_else(|| "unknown".into(), |tool| tool.version)
}

/// The first zone that has room, and those that had not, each with the reason.
async fn in_some_zone(
    stage: &Stage,
    plan: &Plan,
    kops: &KopsPlan,
    google: &Google,
    zones: &[String],
) -> Result<(String, Vec<String>), BuildError> {
    let mut passed_over = Vec::new();
    for zone in zones {
        match in_zone(stage, plan, kops, google, zone).await {
            Ok(()) => return Ok((zone.clone(), passed_over)),
            Err(error) if error.is_of_zone() => {
                tracing::warn!("{zone} has no room: {error}");
                passed_over.push(format!("{zone}: {error}"));
                // Nothing of it may stay: the names in the next zone are the same.
                let names = Names::of(&plan.cluster, &kops.project);
                let swept = sweep(google, &names, &store(kops)?).await?;
                if !swept.left.is_empty() {
                    let left = swept.left.into_keys().collect();
                    return Err(BuildError::LeftBehind { zone: zone.clone(), left });
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(BuildError::NoZone { zones: passed_over })
}

async fn in_zone(
    stage: &Stage,
    plan: &Plan,
    kops: &KopsPlan,
    google: &Google,
    zone: &str,
) -> Result<(), BuildError> {
    let planned = book::planned(plan, kops, zone);
    let leases = Leases::at(google, &kops.lease_store)?;
    book::write_down(&stage.run_dir, plan, &[leases.label(&plan.cluster)])?;
    leases.take(plan, kops, &version_of_kops(stage), &planned).await?;
    book::write_down(&stage.run_dir, plan, &planned)?;

    configure(stage, plan, kops, google, zone).await?;
    kops_step::run(stage, plan, "make the cluster", &flags::update(plan, kops)).await?;
    guarded(stage, firewall::open(google, plan, kops)).await?;
    let there = guarded(stage, look(google, plan, kops)).await?;
    book::note_made(&stage.run_dir, &there.labels())?;
    way_in::write(stage, plan, kops).await?;
    let minutes = plan.scenario.infra.kops.control_plane.create_minutes;
    let client = way_in::wait(stage, google, zone, &groups(&there, zone), minutes).await?;
    first_nodes(stage, kops, &there, &client, zone).await
}

/// Writes the configuration into the state store, unless an earlier attempt did.
async fn configure(
    stage: &Stage,
    plan: &Plan,
    kops: &KopsPlan,
    google: &Google,
    zone: &str,
) -> Result<(), BuildError> {
    let own = store(kops)?.folder(&plan.cluster);
    // kops writes it before the groups of machines, so a configuration without groups is of a `create`
    // that was cut.
    let there = own.list(google).await?;
    let (config, groups) = ("config", "instancegroup/");
    if there.iter().any(|name| name == config) {
        if there.iter().filter(|name| name.starts_with(groups)).count() >= GROUPS {
            return Ok(());
        }
        for name in &there {
            own.remove(google, name, None).await?;
        }
    }
    kops_step::run(stage, plan, "configure the cluster", &flags::create(plan, kops, zone)).await?;
    Ok(())
}

/// Groups of machines that the configuration of a new cluster has at least: control plane and system.
const GROUPS: usize = 2;

/// kops' state store.
fn store(kops: &KopsPlan) -> Result<Store, BuildError> {
    Store::at(&kops.state_store).ok_or_else(|| BuildError::Needs {
        faults: vec![format!("`{}` is no bucket of Google's", kops.state_store)],
        trouble: Trouble::Refused,
    })
}

/// What there is of the cluster.
pub(crate) async fn look(
    google: &Google,
    plan: &Plan,
    kops: &KopsPlan,
) -> Result<Inventory, BuildError> {
    let names = Names::of(&plan.cluster, &kops.project);
    Ok(inventory::look(google, &names, &store(kops)?).await?)
}

/// The groups of machines in `zone`.
pub(crate) fn groups(there: &Inventory, zone: &str) -> Vec<String> {
    let of_zone = there.items.iter().filter(|item| {
        item.collection == "instanceGroupManagers" && item.scope.ends_with(&format!("/{zone}"))
    });
    of_zone.map(|item| item.name.clone()).collect()
}

/// What the first nodes run is what all the others will: whatever is wrong with it is said before
/// they are paid for.
async fn first_nodes(
    stage: &Stage,
    kops: &KopsPlan,
    there: &Inventory,
    client: &Client,
    zone: &str,
) -> Result<(), BuildError> {
    found::cluster(stage, kops, &version(client).await?, zone)?;
    let faults = Found::of(&nodes(client).await?).with_images(there).faults(kops);
    if faults.is_empty() { Ok(()) } else { Err(BuildError::Assumptions(faults)) }
}
