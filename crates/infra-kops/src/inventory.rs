//! What there is of a cluster, in every collection that kops and this stage put something into.

use std::collections::BTreeSet;

use futures::future::try_join_all;

use crate::{
    gce::{CallError, Google, Holder, Item, Store, account, bindings, list},
    names::Names,
    own::own,
};

/// Every collection, and whether it has one list for the whole project.
const COLLECTIONS: [(&str, bool); 15] = [
    ("networks", true),
    ("firewalls", true),
    ("routes", true),
    ("instanceTemplates", true),
    ("httpHealthChecks", true),
    ("subnetworks", false),
    ("routers", false),
    ("addresses", false),
    ("forwardingRules", false),
    ("targetPools", false),
    ("backendServices", false),
    ("healthChecks", false),
    ("instanceGroupManagers", false),
    ("instances", false),
    ("disks", false),
];

/// What there is of a cluster.
#[derive(Debug)]
pub(crate) struct Inventory {
    /// Of Compute Engine.
    pub(crate) items: Vec<Item>,
    /// Who of it may do what: holder, role, member.
    pub(crate) bindings: Vec<(Holder, String, String)>,
    /// Its service accounts.
    pub(crate) accounts: Vec<String>,
    /// Where kops keeps its state of it.
    pub(crate) state: Store,
    /// The objects there.
    pub(crate) objects: Vec<String>,
}

impl Inventory {
    /// The names of all of it, as in the ledger.
    pub(crate) fn labels(&self) -> BTreeSet<String> {
        let items = self.items.iter().map(Item::label);
        let bindings =
            self.bindings.iter().map(|(holder, role, member)| holder.label(role, member));
        let accounts = self.accounts.iter().map(|account| account_label(account));
        let state = (!self.objects.is_empty()).then(|| self.state_label());
        items.chain(bindings).chain(accounts).chain(state).collect()
    }

    /// The name of kops' state.
    pub(crate) fn state_label(&self) -> String {
        format!("storage/{}", self.state.address(""))
    }
}

/// The name of a service account in the ledger.
pub(crate) fn account_label(account: &str) -> String {
    format!("iam/serviceAccounts/{account}")
}

/// Looks for everything of a cluster; `state` is kops' store. What cannot be looked at is a failure:
/// nobody could say that nothing is left.
pub(crate) async fn look(
    google: &Google,
    names: &Names,
    state: &Store,
) -> Result<Inventory, CallError> {
    let emails = names.accounts();
    let holders = [Holder::Project, Holder::Bucket(state.bucket.clone())];
    let state = state.folder(&names.cluster);
    let lists = try_join_all(COLLECTIONS.map(|(name, global)| list(google, name, global)));
    let rights = try_join_all(holders.iter().map(|holder| bindings(google, holder, &emails)));
    let accounts = try_join_all(emails.iter().map(|email| account::is_there(google, email)));
    let (lists, rights, there, objects) =
        tokio::try_join!(lists, rights, accounts, state.list(google))?;
    let bindings = holders.into_iter().zip(rights).flat_map(|(holder, rights)| {
        rights.into_iter().map(move |(role, member)| (holder.clone(), role, member))
    });
    let bindings = bindings.collect();
    let accounts = emails.into_iter().zip(there).filter(|(_, there)| *there);
    Ok(Inventory {
        items: own(lists.into_iter().flatten().collect(), names),
        bindings,
        accounts: accounts.map(|(email, _)| email).collect(),
        state,
        objects,
    })
}
