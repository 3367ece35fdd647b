//! A bucket of Google Cloud Storage, or a folder in one.

mod attempts;
mod client;
mod objects;
mod trouble;
mod upload;

use std::{path::Path, sync::Arc, time::Duration};

use futures::{FutureExt, StreamExt, stream};
use google_cloud_gax::{backoff_policy::BackoffPolicy, retry_policy::RetryPolicy};
use google_cloud_storage::{
    read_object::ReadObjectResponse,
    read_resume_policy::{ReadResumePolicyExt, Recommended},
};
use tokio::{sync::Mutex, time::Instant};

use self::{
    attempts::{Attempts, Limits},
    client::{Client, RESUMABLE},
    trouble::{Failure, Trouble},
    upload::{Target, upload},
};
use crate::{
    access::{Access, Server},
    digest::{Digest, Head},
    store::{Later, Listing, Opened, Put, Store, StoreError, Under},
};

/// Cuts in the middle of one object after which reading it is given up.
const MOST_CUTS: u32 = 8;

/// Times that one thing signs in anew: once for a credential that ran out, once for bad luck.
const MOST_SIGN_INS: u32 = 2;

/// A bucket of Google Cloud Storage, or a folder in one.
#[derive(Debug)]
pub(crate) struct GcsStore {
    bucket: String,
    prefix: String,
    server: Server,
    limits: Limits,
    deadline: Duration,
    client: Mutex<Option<Arc<Client>>>,
}

/// What is done to which object, in the words of an error.
#[derive(Clone, Copy, Debug)]
struct Act<'a> {
    verb: &'static str,
    name: &'a str,
    /// What the account must be allowed for it.
    permission: &'static str,
}

/// Reads `data` as each kind of answer that a server gives.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read_as_answers(data: &[u8]) {
    trouble::read_as_answer(data);
    objects::read_as_each(data);
}

impl GcsStore {
    /// The `bucket`, of which `prefix` is used: empty, or with a slash at its end.
    pub(crate) fn new(bucket: String, prefix: String, access: &Access) -> Self {
        let limits = Limits { end: Instant::now() + access.deadline(), stall: access.stall() };
        let (server, deadline) = (access.server(), access.deadline());
        Self { bucket, prefix, server, limits, deadline, client: Mutex::new(None) }
    }

    /// The whole name of an object.
    fn whole(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The address of an object.
    fn object(&self, name: &str) -> String {
        format!("gs://{}/{}", self.bucket, self.whole(name))
    }

    /// Does `work`, as often as it may help. Google's library and [`objects`] try again by
    /// themselves; what is begun anew here needs another client or another connection.
    async fn act<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        act: Act<'_>,
        work: impl Fn(Arc<Client>, Arc<Attempts>) -> F,
    ) -> Result<T, (Failure, u32)> {
        let attempts = Attempts::new(&format!("{} `{}`", act.verb, act.name), self.limits);
        let mut sign_ins = 0;
        loop {
            let client = self.client().await.map_err(|failure| (failure, 1))?;
            let done = attempts.watch(work(client.clone(), attempts.clone())).await;
            let failure = match done {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            let anew = match failure.trouble {
                Trouble::SignIn => {
                    sign_ins += 1;
                    self.forget(&client).await;
                    sign_ins <= MOST_SIGN_INS
                }
                trouble => trouble == Trouble::Stalled,
            };
            match anew.then(|| attempts.fail(failure.trouble, &failure.to_string())).flatten() {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err((failure, attempts.failures().max(1))),
            }
        }
    }

    async fn client(&self) -> Result<Arc<Client>, Failure> {
        let mut client = self.client.lock().await;
        if let Some(client) = &*client {
            return Ok(client.clone());
        }
        let made = Arc::new(Client::connect(&self.server).await?);
        *client = Some(made.clone());
        Ok(made)
    }

    /// Makes the next one sign in anew, unless another one has seen to it already.
    async fn forget(&self, old: &Arc<Client>) {
        let mut client = self.client.lock().await;
        if client.as_ref().is_some_and(|client| Arc::ptr_eq(client, old)) {
            *client = None;
        }
    }

    fn error(&self, act: Act<'_>, (failure, attempts): (Failure, u32)) -> StoreError {
        let (bucket, object) = (self.address(), self.object(act.name));
        let (verb, source) = (act.verb, failure.source);
        match failure.trouble {
            Trouble::Missing => StoreError::NoBucket { bucket, source },
            Trouble::SignIn => StoreError::SignIn { bucket, source },
            Trouble::Denied => {
                StoreError::Denied { verb, object, permission: act.permission, source }
            }
            Trouble::Late => StoreError::Late { verb, object, seconds: self.deadline.as_secs() },
            Trouble::Again(_)
            | Trouble::Stalled
            | Trouble::There
            | Trouble::Sum
            | Trouble::Changed
            | Trouble::Final => StoreError::Service { verb, object, attempts, source },
        }
    }

    async fn send(&self, name: &str, from: &Path, expected: &Digest) -> Result<Put, StoreError> {
        let act = Act { verb: "write", name, permission: "storage.objects.create" };
        let whole = self.whole(name);
        let to = Target { bucket: &self.bucket, name: &whole };
        let mut lost = false;
        loop {
            let sent = self.act(act, |client, attempts| async move {
                upload(&client, &attempts, to, from, expected).await
            });
            let failed = match sent.await {
                Ok(()) => return Ok(Put::Written),
                Err(failed) => failed,
            };
            match failed.0.trouble {
                Trouble::There => return Ok(Put::There),
                Trouble::Changed => return Err(StoreError::Changed { path: from.into() }),
                // The answer may be what was hurt, not the object: it is asked once more.
                Trouble::Sum => return self.look(name, expected).await,
                // The server forgets an upload that was cut long ago: it is begun anew, once.
                Trouble::Missing if !lost && expected.size >= RESUMABLE as u64 => lost = true,
                _ => return Err(self.error(act, failed)),
            }
        }
    }

    /// Whether an object that was just written holds what was sent.
    async fn look(&self, name: &str, expected: &Digest) -> Result<Put, StoreError> {
        match self.head(name).await? {
            Some(head) if expected.is_of(&head) => Ok(Put::Written),
            found => Err(StoreError::Sum {
                object: self.object(name),
                sent: expected.crc32c.clone(),
                stored: found.map(|head| head.crc32c).unwrap_or_default(),
            }),
        }
    }

    async fn found(&self, prefix: &str, folders: bool) -> Result<objects::Found, StoreError> {
        let act = Act { verb: "list", name: prefix, permission: "storage.objects.list" };
        let whole = &self.whole(prefix);
        let listed = self.act(act, |client, attempts| async move {
            objects::below(&client, &attempts, &self.bucket, whole, folders).await
        });
        listed.await.map_err(|failed| self.error(act, failed))
    }

    async fn begin(&self, name: &str) -> Result<Option<ReadObjectResponse>, StoreError> {
        let act = Act { verb: "read", name, permission: "storage.objects.get" };
        let (bucket, whole) = (format!("projects/_/buckets/{}", self.bucket), self.whole(name));
        let begun = self.act(act, |client, attempts| {
            let retries: Arc<dyn RetryPolicy> = attempts.clone();
            let pauses: Arc<dyn BackoffPolicy> = attempts;
            let reading = client
                .storage
                .read_object(&bucket, &whole)
                .with_retry_policy(retries)
                .with_backoff_policy(pauses)
                .with_read_resume_policy(Recommended.with_attempt_limit(MOST_CUTS));
            reading.send().map(|begun| begun.map_err(Failure::of))
        });
        match begun.await {
            Ok(response) => Ok(Some(response)),
            Err((failure, _)) if failure.trouble == Trouble::Missing => Ok(None),
            Err(failed) => Err(self.error(act, failed)),
        }
    }

    /// The next part of an object that is being read.
    async fn next(
        &self,
        name: &str,
        response: &mut ReadObjectResponse,
    ) -> Option<Result<bytes::Bytes, StoreError>> {
        let act = Act { verb: "read", name, permission: "storage.objects.get" };
        let attempts = Attempts::new(&format!("read `{name}`"), self.limits);
        let part = attempts.watch(async { Ok(response.next().await) }).await;
        let failure = match part {
            Ok(part) => match part?.map_err(Failure::of) {
                Ok(part) => return Some(Ok(part)),
                Err(failure) => failure,
            },
            Err(failure) => failure,
        };
        Some(Err(self.error(act, (failure, MOST_CUTS))))
    }
}

impl Store for GcsStore {
    fn address(&self) -> String {
        format!("gs://{}/{}", self.bucket, self.prefix).trim_end_matches('/').to_owned()
    }

    fn put<'a>(&'a self, name: &'a str, from: &'a Path, expected: &'a Digest) -> Later<'a, Put> {
        self.send(name, from, expected).boxed()
    }

    fn open<'a>(&'a self, name: &'a str) -> Later<'a, Option<Opened<'a>>> {
        async move {
            let Some(response) = self.begin(name).await? else { return Ok(None) };
            let generation = u64::try_from(response.object().generation).ok();
            let parts = stream::unfold(Some(response), async move |response| {
                let mut response = response?;
                let part = self.next(name, &mut response).await?;
                let more = part.is_ok().then_some(response);
                Some((part, more))
            });
            Ok(Some(Opened { generation, parts: parts.boxed() }))
        }
        .boxed()
    }

    fn head<'a>(&'a self, name: &'a str) -> Later<'a, Option<Head>> {
        async move {
            let act = Act { verb: "look at", name, permission: "storage.objects.get" };
            let whole = &self.whole(name);
            let asked = self.act(act, |client, attempts| async move {
                objects::head(&client, &attempts, &self.bucket, whole).await
            });
            asked.await.map_err(|failed| self.error(act, failed))
        }
        .boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Later<'a, Listing> {
        async move {
            let found = self.found(prefix, true).await?;
            let whole = self.whole(prefix);
            let below = |name: &str| Some(name.strip_prefix(&whole)?.trim_end_matches('/').into());
            let mut listing = Listing {
                folders: found.prefixes.iter().filter_map(|name| below(name)).collect(),
                objects: found.objects.iter().filter_map(|(name, _)| below(name)).collect(),
            };
            listing.folders.sort();
            listing.folders.dedup();
            listing.objects.sort();
            Ok(listing)
        }
        .boxed()
    }

    fn under<'a>(&'a self, prefix: &'a str) -> Later<'a, Under> {
        async move {
            let found = self.found(prefix, false).await?;
            let whole = self.whole(prefix);
            let below =
                |(name, head): (String, Head)| Some((name.strip_prefix(&whole)?.to_owned(), head));
            Ok(found.objects.into_iter().filter_map(below).collect())
        }
        .boxed()
    }
}
