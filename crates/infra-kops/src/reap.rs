//! Removes what dead runs left in a project, and spares live ones.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use stage::Stage;

use crate::{
    gce::{CallError, Google, Store, list, project},
    inventory::look,
    lease::{Held, LeaseError, Leases},
    names::Names,
    record::{Reaped, Row},
    sweep::sweep,
    verb::ReapArgs,
};

/// Longest time for all of it.
const DEADLINE: Duration = Duration::from_secs(60 * 60);

/// What kops writes first of a cluster, below its name.
const CONFIG: &str = "/config";

/// The end of the names of our clusters.
const GOSSIP: &str = "-k8s-local";

/// Why nobody can say which runs are dead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReapError {
    /// Google.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The leases.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// The address of kops' state.
    #[error("`{0}` is no address of kops' state (hint: `gs://bucket`)")]
    State(String),
}

/// Removes what dead runs left, goes on past failures, and says what was done and what is left.
pub(crate) async fn reap(stage: &Stage, args: &ReapArgs) -> Result<Reaped, ReapError> {
    let google = Google::sign_in(&args.project, DEADLINE).await?;
    project(&google).await?;
    let leases = Leases::at(&google, &args.lease_store)?;
    let state =
        Store::at(&args.state_store).ok_or_else(|| ReapError::State(args.state_store.clone()))?;
    let mut reaped = Reaped { dry_run: args.dry_run, rows: Vec::new() };
    let mut clusters: Vec<String> = leases.clusters().await?;
    clusters.sort();
    for cluster in &clusters {
        let row = match stage.cancel.is_asked() {
            true => Row::left(cluster, "not looked at: the step was cancelled"),
            false => match leased(&google, &leases, args, cluster).await {
                Ok(Some(row)) => row,
                // Somebody else removed it just now.
                Ok(None) => continue,
                Err(error) => Row::left(cluster, &stage::chain(&error).join(": ")),
            },
        };
        tracing::info!("{row}");
        reaped.rows.push(row);
    }
    for (cluster, since) in unleased(&google, &state).await? {
        if clusters.contains(&cluster) {
            continue;
        }
        let row = match orphan(&google, &leases, &state, args, &cluster, since).await {
            Ok(row) => row,
            Err(error) => Row::left(&cluster, &stage::chain(&error).join(": ")),
        };
        tracing::info!("{row}");
        reaped.rows.push(row);
    }
    Ok(reaped)
}

/// Removes a cluster whose lease has ended.
async fn leased(
    google: &Google,
    leases: &Leases<'_>,
    args: &ReapArgs,
    cluster: &str,
) -> Result<Option<Row>, ReapError> {
    let Some(held) = leases.read(cluster).await? else { return Ok(None) };
    let now = google.now().ok_or(LeaseError::NoTime)?;
    let (run_id, expires) = (held.lease.run_id.clone(), held.lease.expires);
    if !held.lease.has_ended(now) {
        return Ok(Some(Row::spared(
            cluster,
            &format!("the run `{run_id}` has it until {expires}"),
        )));
    }
    if held.lease.project != args.project {
        let project = &held.lease.project;
        return Ok(Some(Row::spared(cluster, &format!("it is in the project `{project}`"))));
    }
    let Some(state) = Store::at(&held.lease.state_store) else {
        return Err(ReapError::State(held.lease.state_store));
    };
    let names = Names::of(cluster, &args.project);
    if args.dry_run {
        let there = look(google, &names, &state).await?.labels();
        let why = format!("the lease of the run `{run_id}` ended at {expires}");
        return Ok(Some(Row::dead(cluster, &why, there.into_iter().collect())));
    }
    let Some(held) = leases.claim(held, now).await? else {
        return Ok(Some(Row::spared(cluster, "its lease was renewed just now")));
    };
    clear(google, leases, &names, &state, Some(held)).await.map(Some)
}

/// Removes everything of a cluster, then its lease.
async fn clear(
    google: &Google,
    leases: &Leases<'_>,
    names: &Names,
    state: &Store,
    held: Option<Held>,
) -> Result<Row, ReapError> {
    let swept = sweep(google, names, state).await?;
    if !swept.left.is_empty() {
        let left: Vec<String> =
            swept.left.iter().map(|(label, why)| format!("`{label}` ({why})")).collect();
        return Ok(Row::left(&names.cluster, &left.join("; ")));
    }
    if let Some(held) = held
        && !leases.remove(&held).await?
    {
        return Ok(Row::left(&names.cluster, "its lease was changed while it was removed"));
    }
    Ok(Row::cleared(&names.cluster, swept.removed.into_iter().collect()))
}

/// Clusters by what there is of them, with the time since which it is there: from the metadata of
/// templates, from networks, and from kops' state.
async fn unleased(
    google: &Google,
    state: &Store,
) -> Result<BTreeMap<String, Option<Timestamp>>, ReapError> {
    let mut found: BTreeMap<String, Option<Timestamp>> = BTreeMap::new();
    let mut note = |cluster: String, since: Option<Timestamp>| {
        let known = found.entry(cluster).or_default();
        // The youngest part counts: what is still being made is not dead.
        *known = (*known).max(since);
    };
    for object in state.list(google).await? {
        if let Some(cluster) = object.strip_suffix(CONFIG).filter(|name| !name.contains('/')) {
            note(cluster.into(), None);
        }
    }
    for network in list(google, "networks", true).await? {
        if let Some(head) = network.name.strip_suffix(GOSSIP) {
            note(format!("{head}.k8s.local"), network.text("creationTimestamp").parse().ok());
        }
    }
    for template in list(google, "instanceTemplates", true).await? {
        let items = template.body["properties"]["metadata"]["items"].as_array();
        let entry = items.into_iter().flatten().find(|entry| entry["key"] == "cluster-name");
        if let Some(cluster) = entry.and_then(|entry| entry["value"].as_str()) {
            note(cluster.trim().into(), template.text("creationTimestamp").parse().ok());
        }
    }
    Ok(found)
}

/// Removes a cluster without a lease, if it is old and we were told whose such clusters are.
async fn orphan(
    google: &Google,
    leases: &Leases<'_>,
    state: &Store,
    args: &ReapArgs,
    cluster: &str,
    since: Option<Timestamp>,
) -> Result<Row, ReapError> {
    let ours = args.prefix.iter().any(|prefix| cluster.starts_with(prefix.as_str()));
    if !ours {
        return Ok(Row::spared(
            cluster,
            "it has no lease (hint: `--prefix` says which names are ours)",
        ));
    }
    let now = google.now().ok_or(LeaseError::NoTime)?;
    let Some(since) = since else {
        return Ok(Row::spared(cluster, "it has no lease and nothing that says how old it is"));
    };
    let age = now.duration_since(since);
    if age < SignedDuration::from_mins(args.older_than.into()) {
        let age = age.as_mins();
        return Ok(Row::spared(
            cluster,
            &format!("it has no lease, but is only {age} minutes old"),
        ));
    }
    let names = Names::of(cluster, &args.project);
    if args.dry_run {
        let there = look(google, &names, state).await?.labels();
        return Ok(Row::dead(cluster, "it has no lease and is old", there.into_iter().collect()));
    }
    // A run may have taken it in the meantime.
    if leases.read(cluster).await?.is_some() {
        return Ok(Row::spared(cluster, "a run took it just now"));
    }
    clear(google, leases, &names, state, None).await
}
