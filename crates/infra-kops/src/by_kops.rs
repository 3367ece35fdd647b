//! Lets kops remove a cluster, where all that it would remove is the cluster's.

use std::time::Duration;

use run_record::Plan;
use stage::{Ended, Stage, Tool, ToolError, ToolboxError};

use crate::{
    firewall,
    gce::{CallError, Google, Item, Store, delete as remove},
    inventory::{Inventory, look},
    kops::kops,
    names::Names,
    preview::{foreign, read},
};

/// Longest time that kops is left at it; what it has not done then, the sweep does.
const KOPS_DEADLINE: Duration = Duration::from_secs(15 * 60);

/// The same, in kops' own words, with time for it to say so.
const KOPS_WAIT: &str = "12m";

/// Rounds in a row that remove nothing, after which kops gives up: then something else is in the way.
const KOPS_IDLE: &str = "10";

/// Longest time for kops to list what it would remove.
const PREVIEW_DEADLINE: Duration = Duration::from_secs(3 * 60);

/// Where a cluster is, and what it is called there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'p> {
    /// The project.
    pub(crate) google: &'p Google,
    /// The names.
    pub(crate) names: &'p Names,
    /// kops' store.
    pub(crate) state: &'p Store,
}

/// Lets kops remove what it knows of, if there is anything that it knows of and all of that is the
/// cluster's. Whether it was let and said that it was done.
pub(crate) async fn by_kops(
    stage: &Stage,
    plan: &Plan,
    place: &Place<'_>,
    there: &Inventory,
) -> bool {
    // Without its own file on the cluster it says "not found" and removes nothing.
    if !there.objects.iter().any(|object| object == "config") {
        return false;
    }
    // To build it takes minutes in which the cluster costs money, and the sweep does without.
    if !stage.toolbox.is_at_hand("kops").await {
        tracing::info!("kops is not built here, the sweep removes the cluster without it");
        return false;
    }
    match try_kops(stage, plan, place, there).await {
        Ok(done) => done,
        Err(error) => {
            let said = stage::chain(&error).join(": ");
            tracing::warn!("kops did not remove the cluster, the sweep does: {said}");
            false
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
    place: &Place<'_>,
    there: &Inventory,
) -> Result<bool, KopsError> {
    let Place { google, names, state } = *place;
    let address = state.address("");
    // kops waits until its patience ends for a network that a rule of ours is still in.
    for item in there.items.iter().filter(|item| is_extra(item, names)) {
        remove(google, item).await?;
    }
    let command = async |more: &[&str], deadline| -> Result<Tool<'_>, ToolboxError> {
        let base = [
            "delete",
            "cluster",
            "--name",
            &plan.cluster,
            "--state",
            address.trim_end_matches('/'),
        ];
        let tool = kops(stage, plan, base.iter().chain(more).map(ToString::to_string)).await?;
        // More signals than there were tell it to hurry; then the sweep does the rest.
        Ok(tool.deadline(deadline).hurry(&stage.cancel, 1))
    };
    let preview = command(&[], PREVIEW_DEADLINE).await?.keep_stdout().run().await?;
    let listed = read(&preview.stdout).ok_or(KopsError::Preview)?;
    // What was made in the meantime is the cluster's, too.
    let there = look(google, names, state).await?;
    let foreign = foreign(&listed, &there);
    if !foreign.is_empty() {
        let names = foreign.iter().map(|listed| format!("{} `{}`", listed.kind, listed.id));
        return Err(KopsError::Foreign(names.collect()));
    }
    let args = ["--yes", "--wait", KOPS_WAIT, "--count", KOPS_IDLE, "--interval", "5s"];
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

/// Whether it is a firewall rule that kops did not make, which it does not know of.
fn is_extra(item: &Item, names: &Names) -> bool {
    item.collection == "firewalls" && names.is_one_of(&item.name, &[firewall::OF_PODS])
}
