//! Everything there is in the cloud.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::Timestamp;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use regex::Regex;
use serde_json::{Map, Value};

use crate::{
    key::Key, objects::Objects, operation::Operation, plan::FaultPlan, policy::Policy,
    resource::Resource,
};

/// Everything there is in the cloud.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) project: String,
    pub(crate) resources: BTreeMap<Key, Resource>,
    pub(crate) operations: BTreeMap<String, Operation>,
    /// Service accounts by their address.
    pub(crate) accounts: BTreeMap<String, Map<String, Value>>,
    pub(crate) policy: Policy,
    pub(crate) bucket_policies: BTreeMap<String, Policy>,
    pub(crate) objects: Objects,
    pub(crate) plan: FaultPlan,
    pub(crate) missing_images: Vec<Regex>,
    /// How long operations take.
    pub(crate) latency: Duration,
    ids: u64,
    chance: StdRng,
}

/// The number of the one project there is.
pub(crate) const PROJECT_NUMBER: u64 = 123_456_789_012;

/// Names of the characters that a group adds to the name of a virtual machine.
const SUFFIX: &[u8] = b"bcdfghjklmnpqrstvwxz0123456789";

impl World {
    pub(crate) fn new(project: &str, latency: Duration) -> Self {
        Self {
            project: project.into(),
            resources: BTreeMap::new(),
            operations: BTreeMap::new(),
            accounts: BTreeMap::new(),
            policy: Policy::default(),
            bucket_policies: BTreeMap::new(),
            objects: Objects::default(),
            plan: FaultPlan::default(),
            missing_images: Vec::new(),
            latency,
            ids: 4_000_000_000_000_000_000,
            chance: StdRng::seed_from_u64(1),
        }
    }

    /// A number that nothing else has.
    pub(crate) fn id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    /// Four characters, as groups add them to names.
    pub(crate) fn suffix(&mut self) -> String {
        (0..4).map(|_| char::from(SUFFIX[self.chance.random_range(0..SUFFIX.len())])).collect()
    }

    /// The resource, unless it is on its way out.
    pub(crate) fn get(&self, key: &Key) -> Option<&Resource> {
        self.resources.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &Key) -> Option<&mut Resource> {
        self.resources.get_mut(key)
    }

    /// Resources of a collection, wherever they are.
    pub(crate) fn all<'a>(
        &'a self,
        collection: &'a str,
    ) -> impl Iterator<Item = (&'a Key, &'a Resource)> {
        self.resources.iter().filter(move |(key, _)| key.collection == collection)
    }

    /// Every address in use or reserved.
    pub(crate) fn addresses(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for (key, resource) in &self.resources {
            match key.collection.as_str() {
                "addresses" => drop(all.insert(resource.text("address").to_owned())),
                "forwardingRules" => drop(all.insert(resource.text("IPAddress").to_owned())),
                "instances" => {
                    let interfaces = resource.body.get("networkInterfaces");
                    for interface in interfaces.and_then(Value::as_array).into_iter().flatten() {
                        let own = interface["networkIP"].as_str();
                        let nat = interface["accessConfigs"][0]["natIP"].as_str();
                        all.extend(own.into_iter().chain(nat).map(str::to_owned));
                    }
                }
                _ => {}
            }
        }
        all
    }

    /// The time, as Compute Engine writes it.
    pub(crate) fn stamp() -> String {
        Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.000+00:00").to_string()
    }

    /// Every resource by its name in the ledger, with the bindings of policies.
    pub(crate) fn names(&self) -> Vec<String> {
        let resources = self.resources.iter().filter(|(_, resource)| !resource.implied);
        let mut names: Vec<String> = resources.map(|(key, _)| key.to_string()).collect();
        names.extend(self.accounts.keys().map(|email| format!("iam/serviceAccounts/{email}")));
        let entries = self.policy.entries().into_iter();
        names.extend(entries.map(|(role, member)| format!("iam/bindings/{role}/{member}")));
        for (bucket, policy) in &self.bucket_policies {
            let entries = policy.entries().into_iter();
            names.extend(
                entries.map(|(role, member)| format!("storage/{bucket}/bindings/{role}/{member}")),
            );
        }
        names.sort();
        names
    }
}
