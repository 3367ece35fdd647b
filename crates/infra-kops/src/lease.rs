//! The lease of a cluster: who has it and until when, kept apart from kops' own state.
//!
//! It is written before anything is made and removed when nothing is left, so what kops forgets is
//! still known. Every time in it and every comparison is by the clock of the bucket.

use jiff::{SignedDuration, Timestamp};
use run_record::{Format, KopsPlan, Plan};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::gce::{CallError, Google, Store};

/// How long after its end a lease still counts: the answers of a bucket come from many machines,
/// whose clocks differ a little, and a run may be about to renew it.
const MARGIN: SignedDuration = SignedDuration::from_mins(15);

/// Readings of a lease after which its change is given up: each lost against somebody else.
const MOST_READINGS: u32 = 5;

/// Who has a cluster, and until when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lease {
    /// Version of this file's shape.
    pub(crate) format: Format,
    /// The run that has it.
    pub(crate) run_id: String,
    /// Page of the workflow run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) run_url: Option<String>,
    /// Name of the cluster.
    pub(crate) cluster: String,
    /// Project of Google Cloud.
    pub(crate) project: String,
    /// Region of the cluster.
    pub(crate) region: String,
    /// Zones it may be in.
    pub(crate) zones: Vec<String>,
    /// When it was taken.
    pub(crate) created: Timestamp,
    /// When it ends unless it is renewed.
    pub(crate) expires: Timestamp,
    /// Where kops keeps its state of the cluster.
    pub(crate) state_store: String,
    /// Version of kops.
    pub(crate) kops: String,
    /// Everything that is about to be made, as far as it was known.
    pub(crate) names: Vec<String>,
    /// Since when somebody removes what it stands for: then it cannot be renewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reaped: Option<Timestamp>,
}

/// Why a lease cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LeaseError {
    /// The bucket.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The address is none of Google's.
    #[error("`{address}` is no folder of Google Cloud Storage (hint: `gs://bucket/folder`)")]
    Address {
        /// The address.
        address: String,
    },
    /// It is not understood.
    #[error(
        "the lease `{address}` is not understood (hint: another version of this program wrote it, or a person)"
    )]
    Malformed {
        /// Where it is.
        address: String,
        /// Why.
        source: serde_json::Error,
    },
    /// Another run has the cluster.
    #[error(
        "the cluster `{cluster}` belongs to the run `{run_id}` until {expires} (hint: `infra-kops reap` removes what dead runs left)"
    )]
    Taken {
        /// The cluster.
        cluster: String,
        /// The run.
        run_id: String,
        /// Until when.
        expires: Timestamp,
    },
    /// It ended, and what it stands for is being removed.
    #[error(
        "the lease of the cluster `{cluster}` ended at {expires} and the cluster is being removed"
    )]
    Ended {
        /// The cluster.
        cluster: String,
        /// When it ended.
        expires: Timestamp,
    },
    /// It is gone.
    #[error("the cluster `{cluster}` has no lease any more: somebody removed it")]
    Gone {
        /// The cluster.
        cluster: String,
    },
    /// The bucket does not say what time it is.
    #[error("the bucket does not say what time it is, so nobody can say which leases have ended")]
    NoTime,
    /// Others changed it each time.
    #[error("the lease of the cluster `{cluster}` is changed by others all the time")]
    Contended {
        /// The cluster.
        cluster: String,
    },
}

/// A lease as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// What it says.
    pub(crate) lease: Lease,
    /// Which version of the object it is.
    pub(crate) generation: u64,
}

impl Lease {
    /// Whether it has ended for sure.
    pub(crate) fn has_ended(&self, now: Timestamp) -> bool {
        self.reaped.is_some() || now.duration_since(self.expires) > MARGIN
    }
}

/// The leases of a store.
#[derive(Clone, Debug)]
pub(crate) struct Leases<'g> {
    google: &'g Google,
    store: Store,
}

impl<'g> Leases<'g> {
    /// Those at `address`, which is `gs://bucket/folder`.
    pub(crate) fn at(google: &'g Google, address: &str) -> Result<Self, LeaseError> {
        let store =
            Store::at(address).ok_or_else(|| LeaseError::Address { address: address.into() })?;
        Ok(Self { google, store })
    }

    /// Takes the lease of the run's cluster, before anything is made for it; a second time it is
    /// renewed. `names` is what is about to be made, `kops` the version that makes it.
    pub(crate) async fn take(
        &self,
        plan: &Plan,
        kops_plan: &KopsPlan,
        kops: &str,
        names: &[String],
    ) -> Result<Held, LeaseError> {
        for _ in 0..MOST_READINGS {
            let there = self.read(&plan.cluster).await?;
            let now = self.google.now().ok_or(LeaseError::NoTime)?;
            let over = there.as_ref().map_or(0, |there| there.generation);
            let created = there.as_ref().map_or(now, |there| there.lease.created);
            if let Some(there) = there {
                mine(&there.lease, &plan.run_id)?;
            }
            let lease = Lease {
                format: Format,
                run_id: plan.run_id.clone(),
                run_url: plan.trigger.run_url.clone(),
                cluster: plan.cluster.clone(),
                project: kops_plan.project.clone(),
                region: kops_plan.region.clone(),
                zones: kops_plan.zones.clone(),
                created,
                expires: end(now, kops_plan),
                state_store: kops_plan.state_store.clone(),
                kops: kops.into(),
                names: names.to_vec(),
                reaped: None,
            };
            if let Some(held) = self.write(lease, over).await? {
                return Ok(held);
            }
        }
        Err(LeaseError::Contended { cluster: plan.cluster.clone() })
    }

    /// Lets the lease last for the whole time from now on; `names` is added to what is made.
    pub(crate) async fn renew(
        &self,
        plan: &Plan,
        kops_plan: &KopsPlan,
        names: &[String],
    ) -> Result<Held, LeaseError> {
        let cluster = || plan.cluster.clone();
        for _ in 0..MOST_READINGS {
            let there = self.read(&plan.cluster).await?;
            let there = there.ok_or_else(|| LeaseError::Gone { cluster: cluster() })?;
            mine(&there.lease, &plan.run_id)?;
            let now = self.google.now().ok_or(LeaseError::NoTime)?;
            let mut lease = Lease { expires: end(now, kops_plan), ..there.lease };
            for name in names {
                if !lease.names.contains(name) {
                    lease.names.push(name.clone());
                }
            }
            if let Some(held) = self.write(lease, there.generation).await? {
                return Ok(held);
            }
        }
        Err(LeaseError::Contended { cluster: cluster() })
    }

    /// Marks a lease that has ended: from now on nobody can renew it. `None` if it is another one
    /// by now.
    pub(crate) async fn claim(
        &self,
        held: Held,
        now: Timestamp,
    ) -> Result<Option<Held>, LeaseError> {
        if held.lease.reaped.is_some() {
            return Ok(Some(held));
        }
        self.write(Lease { reaped: Some(now), ..held.lease }, held.generation).await
    }

    /// The lease of a cluster, if it has one.
    pub(crate) async fn read(&self, cluster: &str) -> Result<Option<Held>, LeaseError> {
        let name = file(cluster);
        let Some(object) = self.store.read(self.google, &name).await? else { return Ok(None) };
        let address = || self.store.address(&name);
        let lease = serde_json::from_str(&object.text)
            .map_err(|source| LeaseError::Malformed { address: address(), source })?;
        Ok(Some(Held { lease, generation: object.generation }))
    }

    /// The clusters that have a lease.
    pub(crate) async fn clusters(&self) -> Result<Vec<String>, LeaseError> {
        let names = self.store.list(self.google).await?;
        let files = names.iter().filter(|name| !name.contains('/'));
        Ok(files.filter_map(|name| name.strip_suffix(END)).map(str::to_owned).collect())
    }

    /// Gives a lease back; `false` if it is another one by now.
    pub(crate) async fn remove(&self, held: &Held) -> Result<bool, LeaseError> {
        let name = file(&held.lease.cluster);
        if self.store.remove(self.google, &name, Some(held.generation)).await? {
            return Ok(true);
        }
        // Of one that is gone, a store may say that its generation is another.
        Ok(self.read(&held.lease.cluster).await?.is_none())
    }

    /// Name of a lease in a ledger.
    pub(crate) fn label(&self, cluster: &str) -> String {
        format!("leases/{}", self.store.address(&file(cluster)))
    }

    async fn write(&self, lease: Lease, over: u64) -> Result<Option<Held>, LeaseError> {
        let name = file(&lease.cluster);
        let written = self.store.write(self.google, &name, &json!(lease), over).await?;
        Ok(written.map(|generation| Held { lease, generation }))
    }
}

/// End of the name of a lease.
const END: &str = ".json";

fn file(cluster: &str) -> String {
    format!("{cluster}{END}")
}

fn end(now: Timestamp, plan: &KopsPlan) -> Timestamp {
    now + SignedDuration::from_mins(plan.lease_minutes.into())
}

fn mine(lease: &Lease, run_id: &str) -> Result<(), LeaseError> {
    let (cluster, expires) = (lease.cluster.clone(), lease.expires);
    if lease.run_id != run_id {
        return Err(LeaseError::Taken { cluster, run_id: lease.run_id.clone(), expires });
    }
    if lease.reaped.is_some() {
        return Err(LeaseError::Ended { cluster, expires });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(expires: &str) -> Lease {
        Lease {
            format: Format,
            run_id: "r".into(),
            run_url: None,
            cluster: "c.k8s.local".into(),
            project: "p".into(),
            region: "us-west1".into(),
            zones: vec!["us-west1-a".into()],
            created: expires.parse().unwrap(),
            expires: expires.parse().unwrap(),
            state_store: "gs://state".into(),
            kops: "1.36.1".into(),
            names: Vec::new(),
            reaped: None,
        }
    }

    #[test]
    fn ten_minutes_between_two_clocks_end_no_lease() {
        let lease = lease("2026-01-01T12:00:00Z");
        let ended = |now: &str| lease.has_ended(now.parse().unwrap());

        assert!(!ended("2026-01-01T11:59:00Z"));
        assert!(!ended("2026-01-01T12:10:00Z"));
        assert!(ended("2026-01-01T12:16:00Z"));
    }

    #[test]
    fn who_has_it_may_renew_it_until_it_is_reaped_and_nobody_else_may() {
        let lease = lease("2026-01-01T12:00:00Z");
        let reaped = Lease { reaped: Some(lease.expires), ..lease.clone() };

        mine(&lease, "r").unwrap();
        assert!(matches!(mine(&lease, "s"), Err(LeaseError::Taken { .. })));
        assert!(matches!(mine(&reaped, "r"), Err(LeaseError::Ended { .. })));
        assert!(reaped.has_ended("2026-01-01T11:00:00Z".parse().unwrap()));
    }
}
