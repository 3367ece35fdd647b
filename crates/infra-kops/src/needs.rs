//! What a cluster needs, looked for before anything is paid for: each that is missing in one
//! sentence, all of them at once.

use std::collections::BTreeMap;

use futures::future::join_all;
use run_record::{KopsPlan, Plan};
use scenario::Route;
use serde_json::Value;

use crate::{
    build_error::BuildError,
    gce::{CallError, Google, Trouble, account, bucket_is_there, get, image},
    quota::{Need, lacking},
};

/// One thing that is missing, and what kind of trouble that is.
type Fault = (Trouble, String);

/// Looks for everything that the cluster of `plan` needs; the zones that can have it come back, in
/// the order in which they are preferred.
pub(crate) async fn check(
    google: &Google,
    plan: &Plan,
    kops: &KopsPlan,
) -> Result<Vec<String>, BuildError> {
    // The region first: a project that is not there, or is not ours, would be said by all of them.
    let region = match get(google, &format!("regions/{}", kops.region)).await {
        Ok(region) => region,
        Err(error) if is_unknown(&error) => {
            let what = format!("there is no region `{}` (hint: `cluster.zones`)", kops.region);
            return Err(BuildError::Needs { faults: vec![what], trouble: Trouble::Refused });
        }
        Err(error) => return Err(error.into()),
    };
    let zones = join_all(kops.zones.iter().map(|zone| in_zone(google, plan, zone)));
    let (zones, image, stores, account) = tokio::join!(
        zones,
        of_image(google, &kops.image),
        of_stores(google, kops),
        of_account(google, plan),
    );
    let mut faults: Vec<Fault> = image?.into_iter().chain(stores?).chain(account?).collect();
    let (mut usable, mut processors) = (Vec::new(), BTreeMap::new());
    let mut passed_over = Vec::new();
    for (name, zone) in kops.zones.iter().zip(zones) {
        match zone? {
            Ok(found) => {
                processors.extend(found);
                usable.push(name.clone());
            }
            Err(what) => passed_over.push(what),
        }
    }
    if usable.is_empty() {
        faults.push((Trouble::Refused, passed_over.join(", ")));
    } else {
        passed_over.iter().for_each(|what| tracing::warn!("{what}"));
        let quotas = lacking(&region, &needs(plan, &processors));
        faults.extend(quotas.into_iter().map(|what| (Trouble::Quota, what)));
    }
    // Misuse first: with more quota it would still not go well.
    faults.sort_by_key(|(trouble, _)| *trouble == Trouble::Quota);
    match faults.first() {
        None => Ok(usable),
        Some((trouble, _)) => Err(BuildError::Needs {
            trouble: *trouble,
            faults: faults.iter().map(|(_, what)| what.clone()).collect(),
        }),
    }
}

/// Whether a place is not there: Google says so with 404, or with 400 and these words.
fn is_unknown(error: &CallError) -> bool {
    error.trouble == Trouble::NotFound || error.said.contains("Unknown ")
}

/// What all machines of the cluster take of the region's quotas.
fn needs(plan: &Plan, processors: &BTreeMap<String, u32>) -> Need {
    let (cluster, own) = (&plan.scenario.cluster, &plan.scenario.infra.kops);
    let groups = [
        (&cluster.control_plane_machine_type, own.control_plane.count),
        (&own.system_nodes.machine_type, own.system_nodes.count),
        (&cluster.machine_type, cluster.nodes),
    ];
    let mut need = Need::default();
    for (machine, count) in groups {
        let each = processors.get(machine).copied().unwrap_or_default();
        need.machines(machine, each, count);
        if own.workers.route == Route::ExternalAddress {
            need.addresses(count);
        }
    }
    need.volumes("pd-standard", own.control_plane.volume_gib, own.control_plane.count);
    need.volumes("pd-standard", own.system_nodes.volume_gib, own.system_nodes.count);
    need.volumes(&own.workers.volume_type, cluster.volume_gib, cluster.nodes);
    need.volumes(&own.etcd.volume_type, own.etcd.volume_gib, 2 * own.control_plane.count);
    need
}

/// The processors of each machine type that is asked for, if the zone has them all.
async fn in_zone(
    google: &Google,
    plan: &Plan,
    zone: &str,
) -> Result<Result<BTreeMap<String, u32>, String>, CallError> {
    let found = match get(google, &format!("zones/{zone}")).await {
        Ok(found) => found,
        Err(error) if is_unknown(&error) => {
            return Ok(Err(format!("there is no zone `{zone}` (hint: `cluster.zones`)")));
        }
        Err(error) => return Err(error),
    };
    if found["status"].as_str().is_some_and(|status| status != "UP") {
        return Ok(Err(format!("the zone `{zone}` is down (hint: `cluster.zones`)")));
    }
    let cluster = &plan.scenario.cluster;
    let system = &plan.scenario.infra.kops.system_nodes.machine_type;
    let mut processors = BTreeMap::new();
    for machine in [&cluster.control_plane_machine_type, system, &cluster.machine_type] {
        if processors.contains_key(machine) {
            continue;
        }
        match get(google, &format!("zones/{zone}/machineTypes/{machine}")).await {
            Ok(found) => {
                let count = found["guestCpus"].as_u64().and_then(|count| count.try_into().ok());
                processors.insert(machine.clone(), count.unwrap_or_default());
            }
            Err(error) if error.trouble == Trouble::NotFound => {
                let what = "(hint: `cluster.machine-type` and its like, or `cluster.zones`)";
                return Ok(Err(format!("the zone `{zone}` has no `{machine}` {what}")));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Ok(processors))
}

async fn of_image(google: &Google, name: &str) -> Result<Option<Fault>, CallError> {
    let hint = "(hint: `infra.kops.image` of the scenario)";
    let found = image(google, name).await?;
    let state = found.as_ref().and_then(|image| image["deprecated"]["state"].as_str());
    Ok(match (&found, state) {
        (None, _) | (_, Some("DELETED")) => {
            Some((Trouble::BadImage, format!("there is no image `{name}` {hint}")))
        }
        (_, Some("OBSOLETE")) => {
            Some((Trouble::BadImage, format!("the image `{name}` is obsolete {hint}")))
        }
        (Some(image), _) if not_ready(image) => {
            Some((Trouble::BadImage, format!("the image `{name}` is not ready {hint}")))
        }
        (_, Some(state)) => {
            tracing::warn!("the image `{name}` is {} and may go soon", state.to_lowercase());
            None
        }
        _ => None,
    })
}

fn not_ready(image: &Value) -> bool {
    image["status"].as_str().is_some_and(|status| status != "READY")
}

async fn of_stores(google: &Google, kops: &KopsPlan) -> Result<Vec<Fault>, CallError> {
    let bucket = |address: &str| {
        address.trim_start_matches("gs://").split('/').next().unwrap_or_default().to_owned()
    };
    let mut buckets = vec![bucket(&kops.state_store), bucket(&kops.lease_store)];
    buckets.dedup();
    let mut faults = Vec::new();
    for bucket in buckets {
        if !bucket_is_there(google, &bucket).await? {
            let what = format!("there is no bucket `{bucket}` (hint: `infra.kops.state-store`)");
            faults.push((Trouble::Refused, what));
        }
    }
    Ok(faults)
}

/// An account that is not there costs ten minutes of kops' attempts.
async fn of_account(google: &Google, plan: &Plan) -> Result<Option<Fault>, CallError> {
    let Some(email) = &plan.scenario.infra.kops.service_account else { return Ok(None) };
    let there = account::is_there(google, email).await?;
    let what =
        || format!("there is no service account `{email}` (hint: `infra.kops.service-account`)");
    Ok((!there).then(|| (Trouble::Permission, what())))
}
