//! What a cluster is made for, and what its things are called.

use serde_json::{Value, json};

use super::{names, state::Store};
use crate::key::ROOT;

/// What everything is made for.
pub(super) struct Plan<'a> {
    pub(super) cluster: &'a str,
    pub(super) spec: &'a Value,
    pub(super) groups: &'a [Value],
    pub(super) store: &'a Store,
    /// The keyset of the authority, unless there is one.
    pub(super) keyset: Option<String>,
}

impl Plan<'_> {
    pub(super) fn text(&self, key: &str) -> &str {
        self.spec[key].as_str().unwrap_or_default()
    }

    pub(super) fn region(&self) -> String {
        format!("regions/{}", self.text("region"))
    }

    pub(super) fn link(&self, path: &str) -> String {
        format!("{ROOT}projects/{}/{path}", self.text("project"))
    }

    pub(super) fn name(&self, object: &str) -> String {
        names::object(object, self.cluster)
    }

    pub(super) fn labels(&self, name: &str) -> Value {
        json!({ "k8s-io-cluster-name": names::safe(self.cluster), "name": name })
    }

    pub(super) fn account(&self, role: &str) -> String {
        let shared = self.spec["serviceAccount"].as_str().map(str::to_owned);
        shared.unwrap_or_else(|| names::account(role, self.cluster, self.text("project")))
    }
}

/// Whether a group is one of the control plane.
pub(super) fn is_plane(group: &Value) -> bool {
    group["spec"]["role"] == "ControlPlane"
}
