//! Removes everything of a run, by kops and by our own sweep, and looks whether anything is left.

use std::{collections::BTreeSet, fs, io, time::Duration};

use jiff::Timestamp;
use run_record::{Kind, KopsPlan, Ledger, Plan, RunDir, State};
use stage::{Ended, Stage, Tool, ToolError, ToolboxError, end_all, marked};

use crate::{
    firewall,
    gce::{CallError, Google, Item, Store, delete as remove, project},
    inventory::{Inventory, look},
    kops::kops,
    lease::{LeaseError, Leases},
    names::Names,
    preview::{foreign, read},
    record::Deleted,
    sweep::sweep,
};

/// Longest time for all of it: of 100 nodes it takes some five minutes.
const DEADLINE: Duration = Duration::from_secs(40 * 60);

/// Longest time that kops is left at it; what it has not done then, the sweep does.
const KOPS_DEADLINE: Duration = Duration::from_secs(15 * 60);

/// The same, in kops' own words, with time for it to say so.
const KOPS_WAIT: &str = "12m";

/// Longest time for kops to list what it would remove.
const PREVIEW_DEADLINE: Duration = Duration::from_secs(3 * 60);

/// Time between asking a program of the run to stop and ending it.
const GRACE: Duration = Duration::from_secs(2);

/// Why it cannot be said that nothing is left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeleteError {
    /// Google.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The lease.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// The plan's address of kops' state.
    #[error("`{0}` is no address of kops' state (hint: `gs://bucket`)")]
    State(String),
    /// This is left.
    #[error("{} left: {}", count(left), left.join("; "))]
    Left {
        /// Each with its name and the reason.
        left: Vec<String>,
    },
}

fn count(left: &[String]) -> String {
    if left.len() == 1 { "one thing is".into() } else { format!("{} things are", left.len()) }
}

/// Removes everything of the run. A first cancel does not stop it, a second one stops kops.
pub(crate) async fn delete(
    stage: &Stage,
    plan: &Plan,
    on_kops: &KopsPlan,
) -> Result<Deleted, DeleteError> {
    end_programs(&plan.run_id).await?;
    let google = Google::sign_in(&on_kops.project, DEADLINE).await?;
    project(&google).await?;
    let names = Names::of(&plan.cluster, &on_kops.project);
    let state = Store::at(&on_kops.state_store)
        .ok_or_else(|| DeleteError::State(on_kops.state_store.clone()))?;
    let leases = Leases::at(&google, &on_kops.lease_store)?;
    let held = leases.read(&plan.cluster).await?;
    if let Some(held) = held.as_ref().filter(|held| held.lease.run_id != plan.run_id) {
        let (run_id, expires) = (held.lease.run_id.clone(), held.lease.expires);
        return Err(LeaseError::Taken { cluster: plan.cluster.clone(), run_id, expires }.into());
    }

    let there = look(&google, &names, &state).await?;
    let mut removed = there.labels();
    let kops_did = by_kops(stage, plan, on_kops, &google, &there, &names).await?;
    let swept = sweep(&google, &names, &state).await?;
    removed.extend(swept.removed.iter().cloned());
    if !swept.left.is_empty() {
        let left = swept.left.into_iter().map(|(label, why)| format!("`{label}` ({why})"));
        return Err(DeleteError::Left { left: left.collect() });
    }
    forget(&stage.run_dir, &plan.run_id)?;
    if let Some(held) = held
        && !leases.remove(&held).await?
    {
        let why = "it was renewed while the cluster was removed: a step of the run may be at work";
        return Err(DeleteError::Left {
            left: vec![format!("`{}` ({why})", leases.label(&plan.cluster))],
        });
    }
    let swept = if kops_did { swept.removed } else { BTreeSet::new() };
    Ok(Deleted {
        cluster: plan.cluster.clone(),
        removed: removed.into_iter().collect(),
        swept: swept.into_iter().collect(),
    })
}

/// Ends what still works for the run, kops above all: it would make what is removed.
async fn end_programs(run_id: &str) -> Result<(), DeleteError> {
    let left = end_all(&marked(run_id), GRACE).await;
    if left.is_empty() {
        return Ok(());
    }
    let left = left.iter().map(|process| format!("process {}", process.pid));
    Err(DeleteError::Left { left: left.collect() })
}

/// Lets kops remove what it knows of, if there is anything that it knows of and all of that is the
/// cluster's. Whether it was let and said that it was done.
async fn by_kops(
    stage: &Stage,
    plan: &Plan,
    on_kops: &KopsPlan,
    google: &Google,
    there: &Inventory,
    names: &Names,
) -> Result<bool, DeleteError> {
    // Without its own file on the cluster it says "not found" and removes nothing.
    if !there.objects.iter().any(|object| object == "config") {
        return Ok(false);
    }
    // To build it takes minutes in which the cluster costs money, and the sweep does without.
    if !stage.toolbox.is_at_hand("kops").await {
        tracing::info!("kops is not built here, the sweep removes the cluster without it");
        return Ok(false);
    }
    match try_kops(stage, plan, on_kops, google, there, names).await {
        Ok(done) => Ok(done),
        Err(error) => {
            let said = stage::chain(&error).join(": ");
            tracing::warn!("kops did not remove the cluster, the sweep does: {said}");
            Ok(false)
        }
    }
}

/// Why kops did not remove the cluster.
#[derive(Debug, thiserror::Error)]
enum KopsError {
    #[error("kops cannot be had")]
    Toolbox(#[from] ToolboxError),
    #[error(transparent)]
    Tool(#[from] ToolError),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("what kops would remove is not understood")]
    Preview,
    #[error("kops would remove what is not the cluster's: {}", .0.join(", "))]
    Foreign(Vec<String>),
}

async fn try_kops(
    stage: &Stage,
    plan: &Plan,
    on_kops: &KopsPlan,
    google: &Google,
    there: &Inventory,
    names: &Names,
) -> Result<bool, KopsError> {
    // kops waits until its patience ends for a network that a rule of ours is still in.
    for item in there.items.iter().filter(|item| is_extra(item, names)) {
        remove(google, item).await?;
    }
    let command = async |more: &[&str], deadline| -> Result<Tool<'_>, ToolboxError> {
        let base = ["delete", "cluster", "--name", &plan.cluster, "--state", &on_kops.state_store];
        let tool = kops(stage, plan, base.iter().chain(more).map(ToString::to_string)).await?;
        // More signals than there were tell it to hurry; then the sweep does the rest.
        Ok(tool.deadline(deadline).hurry(&stage.cancel, 1))
    };
    let preview = command(&[], PREVIEW_DEADLINE).await?.keep_stdout().run().await?;
    let listed = read(&preview.stdout).ok_or(KopsError::Preview)?;
    // What was made in the meantime is the cluster's, too.
    let there = look(google, names, &kops_store(there)).await?;
    let foreign = foreign(&listed, &there);
    if !foreign.is_empty() {
        let names = foreign.iter().map(|listed| format!("{} `{}`", listed.kind, listed.id));
        return Err(KopsError::Foreign(names.collect()));
    }
    let args = ["--yes", "--wait", KOPS_WAIT, "--interval", "5s"];
    let finished = command(&args, KOPS_DEADLINE).await?.finish().await?;
    match finished.ended {
        Ended::Exited(status) if status.success() => Ok(true),
        _ => {
            let said = finished.tail.join(" | ");
            tracing::warn!("kops did not finish, the sweep goes on: {said}");
            Ok(false)
        }
    }
}

/// kops' store, of which an inventory knows the cluster's folder.
fn kops_store(there: &Inventory) -> Store {
    let mut store = there.state.clone();
    let above = store.prefix.trim_end_matches('/').rsplit_once('/').map(|(above, _)| above);
    store.prefix = above.map_or_else(String::new, |above| format!("{above}/"));
    store
}

/// Whether it is a firewall rule that kops did not make, which it does not know of.
fn is_extra(item: &Item, names: &Names) -> bool {
    item.collection == "firewalls" && names.is_one_of(&item.name, &[firewall::OF_PODS])
}

/// Notes in the ledger that nothing is left, and removes the credentials.
fn forget(run_dir: &RunDir, run_id: &str) -> Result<(), DeleteError> {
    let left = |what: String| DeleteError::Left { left: vec![what] };
    let private = run_dir.private();
    match fs::remove_dir_all(&private) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(left(format!("folder `{}` ({error})", private.display())));
        }
        _ => {}
    }
    run_dir.forget_processes();
    let ledger = run_dir.ledger().ok().filter(|ledger| ledger.run_id == run_id);
    let Some(mut ledger) = ledger else { return Ok(()) };
    close(&mut ledger);
    let path = run_dir.ledger_path();
    run_dir
        .write_ledger(&ledger)
        .map_err(|error| left(format!("`{}` is not up to date ({error})", path.display())))
}

fn close(ledger: &mut Ledger) {
    for resource in &mut ledger.resources {
        if matches!(resource.kind, Kind::Cloud | Kind::Folder) {
            resource.state = State::Gone;
        }
    }
    ledger.closed.get_or_insert_with(Timestamp::now);
}
