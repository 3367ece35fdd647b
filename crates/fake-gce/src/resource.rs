//! A resource as it is kept.

use std::time::Instant;

use serde_json::{Map, Value};

use crate::key::Key;

/// A resource: what the API shows of it, and what only the fake knows.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) body: Map<String, Value>,
    /// When it can be used.
    pub(crate) ready_at: Instant,
    /// When it is gone, once somebody deleted it.
    pub(crate) gone_at: Option<Instant>,
    /// Whether Google made it along with another one, and takes it along.
    pub(crate) implied: bool,
    /// The group that keeps this virtual machine.
    pub(crate) group: Option<Key>,
    /// Of a group: what it could not make, and why.
    pub(crate) failed: Vec<Failed>,
    /// Of a group: when it looks for what it lost.
    pub(crate) repair_at: Option<Instant>,
}

/// A virtual machine that a group could not make.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) name: String,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Resource {
    pub(crate) fn new(body: Map<String, Value>, ready_at: Instant) -> Self {
        Self {
            body,
            ready_at,
            gone_at: None,
            implied: false,
            group: None,
            failed: Vec::new(),
            repair_at: None,
        }
    }

    /// A text of the body; empty if it has none.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.body.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// An item of its metadata.
    pub(crate) fn metadata(&self, key: &str) -> Option<&str> {
        let items = self.body.get("metadata")?.get("items")?.as_array()?;
        items.iter().find(|item| item["key"] == key)?["value"].as_str()
    }
}
