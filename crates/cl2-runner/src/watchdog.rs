//! Looks after a test that runs: whether it gets on, and whether the API server is there.

use std::{
    fs,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kube::Client;
use tokio::time::{Instant, sleep};

use crate::api_server;

/// Time between two looks at what the test has said and written: nobody tells us that nothing
/// happens.
const LOOK: Duration = Duration::from_secs(1);

/// Time between two questions to the API server.
const ASK: Duration = Duration::from_secs(5);

/// Longest time without the API server: one that is started anew needs half of it. A test that goes
/// on without one only costs money.
const LOST: Duration = Duration::from_secs(60);

/// A time in which the API server did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    /// How long.
    pub(crate) lasted: Duration,
    /// What it said, or what the system said.
    pub(crate) why: String,
}

/// Looks after one test.
pub(crate) struct Watchdog<'t> {
    client: Client,
    report: &'t Path,
    news: Arc<AtomicU64>,
    stall: Duration,
    outage: Mutex<Option<Outage>>,
}

impl<'t> Watchdog<'t> {
    /// Looks after the test that writes into `report`, says `news` new things and may be silent for
    /// the time `stall`.
    pub(crate) fn new(
        client: Client,
        report: &'t Path,
        news: Arc<AtomicU64>,
        stall: Duration,
    ) -> Self {
        Self { client, report, news, stall, outage: Mutex::new(None) }
    }

    /// Waits until the test has to be stopped: it does not get on, or the API server is gone.
    pub(crate) async fn alarm(&self) {
        tokio::select! {
            () = self.stalled() => {}
            () = self.lost() => {}
        }
    }

    /// The longest time in which the API server did not answer, if it was missed more than once.
    pub(crate) fn outage(&self) -> Option<Outage> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn stalled(&self) {
        let mut last = self.progress();
        let mut since = Instant::now();
        while since.elapsed() < self.stall {
            sleep(LOOK).await;
            let now = self.progress();
            if now != last {
                (last, since) = (now, Instant::now());
            }
        }
    }

    /// What grows while the test gets on.
    fn progress(&self) -> (u64, usize) {
        let files = fs::read_dir(self.report).map_or(0, Iterator::count);
        (self.news.load(Ordering::Relaxed), files)
    }

    async fn lost(&self) {
        let mut since = None;
        loop {
            let asked = Instant::now();
            match api_server::ready(&self.client).await {
                Ok(()) => since = None,
                Err(why) => match since {
                    None => since = Some(asked),
                    Some(since) => {
                        let lasted = asked.duration_since(since);
                        self.note(lasted, why);
                        if lasted >= LOST {
                            return;
                        }
                    }
                },
            }
            sleep(ASK).await;
        }
    }

    fn note(&self, lasted: Duration, why: String) {
        let mut longest = self.outage.lock().unwrap_or_else(PoisonError::into_inner);
        if longest.as_ref().is_none_or(|longest| longest.lasted <= lasted) {
            *longest = Some(Outage { lasted, why });
        }
    }
}
