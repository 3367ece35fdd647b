//! Who may do what: a policy with an etag, of a project or a bucket.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// A policy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    bindings: Vec<Value>,
    version: u64,
    edition: u64,
}

/// Somebody else changed it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stale;

impl Policy {
    /// As the API shows it.
    pub(crate) fn shown(&self) -> Value {
        let mut shown = json!({ "version": self.version.max(1), "etag": self.etag() });
        if !self.bindings.is_empty() {
            shown["bindings"] = self.bindings.clone().into();
        }
        shown
    }

    fn etag(&self) -> String {
        BASE64_STANDARD.encode(format!("policy-{:06}", self.edition))
    }

    /// Puts another in its place; one with an etag must be made of the present one.
    pub(crate) fn set(&mut self, wanted: &Value) -> Result<(), Stale> {
        let etag = wanted["etag"].as_str().filter(|etag| !etag.is_empty());
        if etag.is_some_and(|etag| etag != self.etag()) {
            return Err(Stale);
        }
        let bindings = wanted["bindings"].as_array().cloned().unwrap_or_default();
        self.bindings =
            bindings.into_iter().filter(|binding| !members(binding).is_empty()).collect();
        self.version = wanted["version"].as_u64().unwrap_or(1);
        self.edition += 1;
        Ok(())
    }

    /// Adds a member.
    pub(crate) fn bind(&mut self, role: &str, member: &str) {
        let found = self.bindings.iter_mut().find(|binding| binding["role"] == role);
        match found.and_then(|binding| binding["members"].as_array_mut()) {
            Some(members) => members.push(member.into()),
            None => self.bindings.push(json!({ "role": role, "members": [member] })),
        }
        self.edition += 1;
    }

    /// Each role with each of its members.
    pub(crate) fn entries(&self) -> Vec<(String, String)> {
        let entries = self.bindings.iter().flat_map(|binding| {
            let role = binding["role"].as_str().unwrap_or_default();
            members(binding).into_iter().map(move |member| (role.to_owned(), member))
        });
        entries.collect()
    }

    /// Renames a member, as happens to an account that is deleted.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        for binding in &mut self.bindings {
            for member in binding["members"].as_array_mut().into_iter().flatten() {
                if member == from {
                    *member = to.into();
                    self.edition += 1;
                }
            }
        }
    }
}

/// The members of a binding.
pub(crate) fn members(binding: &Value) -> Vec<String> {
    let members = binding["members"].as_array().into_iter().flatten();
    members.filter_map(|member| Some(member.as_str()?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_made_of_an_older_one_is_stale() {
        let mut policy = Policy::default();
        let read = policy.shown();

        policy.bind("roles/viewer", "user:a@example.com");
        let stale = policy.set(&read);
        let fresh = policy.set(&policy.clone().shown());

        assert_eq!((stale, fresh), (Err(Stale), Ok(())));
        assert_eq!(policy.entries().len(), 1);
    }

    #[test]
    fn a_policy_without_an_etag_wins_and_empty_bindings_go() {
        let mut policy = Policy::default();
        policy.bind("roles/viewer", "user:a@example.com");

        policy.set(&json!({ "bindings": [{ "role": "roles/viewer", "members": [] }] })).unwrap();

        assert!(policy.entries().is_empty());
        assert_eq!(policy.shown().get("bindings"), None);
    }
}
