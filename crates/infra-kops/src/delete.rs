//! Removes everything of a run, by kops and by our own sweep, and looks whether anything is left.

use std::{collections::BTreeSet, fs, io, time::Duration};

use jiff::Timestamp;
use run_record::{Kind, KopsPlan, Ledger, Plan, RunDir, State};
use stage::{Stage, end_all, marked};

use crate::{
    by_kops::{Place, by_kops},
    gce::{CallError, Google, Store, project},
    inventory::look,
    lease::{LeaseError, Leases},
    names::Names,
    record::Deleted,
    sweep::sweep,
};

/// Longest time for all of it: of 100 nodes it takes some five minutes.
const DEADLINE: Duration = Duration::from_secs(40 * 60);

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
    let place = Place { google: &google, names: &names, state: &state };
    let kops_did = by_kops(stage, plan, &place, &there).await;
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
