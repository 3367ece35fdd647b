//! What all connections of a proxy share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{Method, Uri};

use crate::{
    choose::Chooser, fault::Fault, forward::Store, kind::Kind, log::Log, plan::Plan,
    sessions::Sessions, tokens::Issued,
};

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) log: Arc<Log>,
    pub(crate) issued: Issued,
    pub(crate) sessions: Sessions,
    rules: Mutex<(Plan, Chooser)>,
}

impl Shared {
    /// The beginning: nothing was asked yet.
    pub(crate) fn new(store: Store, log: Arc<Log>, plan: Plan) -> Self {
        let chooser = Chooser::new(&plan.rules, plan.seed);
        let rules = Mutex::new((plan, chooser));
        Self { store, log, issued: Issued::default(), sessions: Sessions::default(), rules }
    }

    /// Puts another plan in place; what the rules counted is forgotten.
    pub(crate) fn set_plan(&self, plan: Plan) {
        let chooser = Chooser::new(&plan.rules, plan.seed);
        *self.rules() = (plan, chooser);
    }

    /// The plan of this moment.
    pub(crate) fn plan(&self) -> Plan {
        self.rules().0.clone()
    }

    /// The fault of a request.
    pub(crate) fn choose(&self, kind: Kind, method: &Method, uri: &Uri) -> Option<Fault> {
        self.rules().1.choose(kind, method, uri)
    }

    fn rules(&self) -> MutexGuard<'_, (Plan, Chooser)> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("store", &self.store).finish_non_exhaustive()
    }
}
