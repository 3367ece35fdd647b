//! Removes whatever there is of a cluster, by name and label, in the order in which it can go, and
//! looks again until nothing is left.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures::{StreamExt, stream};
use stage::Progress;
use tokio::time::sleep;

use crate::{
    gce::{CallError, Google, Store, account, delete, unbind},
    inventory::{Inventory, account_label, look},
    names::Names,
};

/// What can go at the same time, in the order in which nothing needs what goes: a rule before what it
/// leads to, what checks machines and what they are made from after the machines, the network last.
const WAVES: [&[&str]; 7] = [
    &["forwardingRules"],
    &["backendServices"],
    &[GROUPS],
    &["instances"],
    &["targetPools", "instanceTemplates", "disks", "addresses", "routers", "routes", "firewalls"],
    &["healthChecks", "httpHealthChecks", "subnetworks"],
    &["networks"],
];

/// What takes machines along when it goes.
const GROUPS: &str = "instanceGroupManagers";

/// Removals at the same time: well below Google's limit of 20 changes a second.
const AT_ONCE: usize = 16;

/// Rounds in a row that remove nothing, after which what is left is left: with the pauses between
/// them half a minute, in which whatever was being done to it has ended.
const MOST_IDLE: u32 = 5;

/// Pause before the second such round; each later one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// What a sweep did.
#[derive(Debug, Default)]
pub(crate) struct Swept {
    /// What it removed.
    pub(crate) removed: BTreeSet<String>,
    /// What is left, and why.
    pub(crate) left: BTreeMap<String, String>,
}

/// Removes everything of the cluster. `state` is kops' store.
///
/// Fails where it cannot look: then nobody can say what is left.
pub(crate) async fn sweep(
    google: &Google,
    names: &Names,
    state: &Store,
) -> Result<Swept, CallError> {
    let progress = Progress::default();
    let mut swept = Swept::default();
    let mut before = BTreeSet::new();
    let mut idle = 0;
    loop {
        let there = look(google, names, state).await?;
        let labels = there.labels();
        swept.removed.extend(before.difference(&labels).cloned());
        swept.left.retain(|label, _| labels.contains(label));
        if labels.is_empty() {
            return Ok(swept);
        }
        idle = if labels == before { idle + 1 } else { 0 };
        if idle == MOST_IDLE {
            let unsaid = labels.into_iter().filter(|label| !swept.left.contains_key(label));
            let unsaid: Vec<String> = unsaid.collect();
            swept.left.extend(unsaid.into_iter().map(|label| (label, "it stays".into())));
            return Ok(swept);
        }
        if idle > 0 {
            // Whatever uses it is being removed by somebody else, or Google is not done with it.
            sleep(FIRST_PAUSE * (1 << (idle - 1))).await;
        }
        progress.say(&format!("removing what is left of `{}`: {}", names.cluster, labels.len()));
        before = labels;
        round(google, names, &there, &mut swept).await?;
    }
}

/// Tries to remove each thing once.
async fn round(
    google: &Google,
    names: &Names,
    there: &Inventory,
    swept: &mut Swept,
) -> Result<(), CallError> {
    for wave in WAVES {
        let items = there.items.iter().filter(|item| wave.contains(&item.collection));
        let removals = items.map(|item| async { (item.label(), delete(google, item).await) });
        let done: Vec<_> = stream::iter(removals).buffer_unordered(AT_ONCE).collect().await;
        let went = done.iter().any(|(_, removed)| removed.is_ok());
        note(done, swept)?;
        if went && wave.contains(&GROUPS) {
            // Its machines and their disks went with it: a thousand need not be asked one by one.
            return Ok(());
        }
    }
    // Before the accounts: the roles of an account that is gone are under another name.
    let accounts = names.accounts();
    let holders: BTreeMap<String, _> = there
        .bindings
        .iter()
        .map(|(holder, role, member)| (holder.label(role, member), holder))
        .collect();
    let mut done = Vec::new();
    for (label, holder) in holders {
        if !done.contains(&holder) {
            note(vec![(label, unbind(google, holder, &accounts).await)], swept)?;
            done.push(holder);
        }
    }
    for account in &there.accounts {
        note(vec![(account_label(account), account::remove(google, account).await)], swept)?;
    }
    // Last: as long as a control plane lives, it writes there.
    let removals = there.objects.iter().map(|object| async {
        let removed = there.state.remove(google, object, None).await;
        (there.state_label(), removed.map(|_| ()))
    });
    note(stream::iter(removals).buffer_unordered(AT_ONCE).collect().await, swept)
}

/// Notes why something was not removed. Ends the sweep if nothing else would be either.
fn note(done: Vec<(String, Result<(), CallError>)>, swept: &mut Swept) -> Result<(), CallError> {
    for (label, removed) in done {
        match removed {
            Ok(()) => {
                swept.left.remove(&label);
            }
            Err(error) if error.trouble.is_for_all() => return Err(error),
            Err(error) => {
                swept.left.insert(label, error.to_string());
            }
        }
    }
    Ok(())
}
