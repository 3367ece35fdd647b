//! The attempts at one thing: how often, after which pause, and when it is enough.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use google_cloud_gax::{
    backoff_policy::BackoffPolicy, error::Error as Gax, retry_policy::RetryPolicy,
    retry_result::RetryResult, retry_state::RetryState,
};
use http::StatusCode;
use rand::RngExt;
use tokio::time::{Instant, sleep, sleep_until};

use super::trouble::{self, Failure, Trouble};

/// Failures of one thing after which it is given up: with the pauses between them some two minutes,
/// longer than Google's servers are away when one of them is replaced.
const MOST_FAILURES: u32 = 12;

/// Pause after the first failure; each later one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Longest pause that is not asked for by the server.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Limits of everything that is asked of one store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// When all of it is given up.
    pub(super) end: Instant,
    /// Time without a byte after which a request is begun anew.
    pub(super) stall: Duration,
}

/// The attempts at one thing.
#[derive(Debug)]
pub(super) struct Attempts {
    what: String,
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    failures: u32,
    /// Until when nothing need move.
    quiet: Instant,
    pause: Duration,
    changed: bool,
}

impl Attempts {
    /// No attempt yet at `what`, as an error would say it.
    pub(super) fn new(what: &str, limits: Limits) -> Arc<Self> {
        let state = State {
            failures: 0,
            quiet: Instant::now() + limits.stall,
            pause: Duration::ZERO,
            changed: false,
        };
        Arc::new(Self { what: what.into(), limits, state: Mutex::new(state) })
    }

    /// Attempts that failed.
    pub(super) fn failures(&self) -> u32 {
        self.state().failures
    }

    /// Notes that something moved.
    pub(super) fn moved(&self) {
        self.state().quiet = Instant::now() + self.limits.stall;
    }

    /// Notes that the file is not what it was: then another attempt is no use.
    pub(super) fn changed(&self) {
        self.state().changed = true;
    }

    /// Counts a failure. The pause until the next attempt comes back, or nothing if it is enough.
    pub(super) fn fail(&self, trouble: Trouble, said: &str) -> Option<Duration> {
        let mut state = self.state();
        state.failures += 1;
        let now = Instant::now();
        let asked = match trouble {
            Trouble::Again(asked) => asked.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        let pause = asked.max(jittered(state.failures));
        if state.failures >= MOST_FAILURES || now + pause >= self.limits.end {
            return None;
        }
        state.quiet = now + pause + self.limits.stall;
        state.pause = pause;
        let (what, number) = (&self.what, state.failures);
        let pause_s = pause.as_secs_f64();
        tracing::warn!(
            "attempt {number} of {MOST_FAILURES} to {what}: {said}; again in {pause_s:.1} s"
        );
        Some(pause)
    }

    /// Does `work`, unless nothing moves for too long or the deadline passes first.
    pub(super) async fn watch<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let stall = self.limits.stall.as_secs();
        self.moved();
        tokio::select! {
            done = work => done.map_err(|failure| match self.state().changed {
                true => Failure { trouble: Trouble::Changed, ..failure },
                false => failure,
            }),
            () = self.stalled() => {
                Err(Failure::new(Trouble::Stalled, format!("no byte moved for {stall} s")))
            }
            () = sleep_until(self.limits.end) => {
                Err(Failure::new(Trouble::Late, "the deadline passed"))
            }
        }
    }

    /// Does `work` until it goes well, or until another attempt is no use.
    pub(super) async fn retry<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        work: impl Fn() -> F,
    ) -> Result<T, Failure> {
        loop {
            let failure = match work().await {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            if !matches!(failure.trouble, Trouble::Again(_)) {
                return Err(failure);
            }
            match self.fail(failure.trouble, &failure.to_string()) {
                Some(pause) => sleep(pause).await,
                None => return Err(failure),
            }
        }
    }

    async fn stalled(&self) {
        loop {
            let quiet = self.state().quiet;
            if Instant::now() >= quiet {
                return;
            }
            sleep_until(quiet).await;
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Google's library asks after each failure whether it is to try again, then how long to wait.
impl RetryPolicy for Attempts {
    fn on_error(&self, _: &RetryState, error: Gax) -> RetryResult {
        let trouble = Trouble::of(&error);
        if self.state().changed || !matches!(trouble, Trouble::Again(_)) {
            return RetryResult::Permanent(error);
        }
        match self.fail(trouble, &words(&error)) {
            Some(_) => RetryResult::Continue(error),
            None => RetryResult::Exhausted(error),
        }
    }
}

impl BackoffPolicy for Attempts {
    fn on_failure(&self, _: &RetryState) -> Duration {
        self.state().pause
    }
}

/// What lies under an error of Google's library: the layers above it repeat the address three times.
fn words(error: &Gax) -> String {
    let bottom = stage::chain(error).pop().unwrap_or_default();
    match error.http_status_code() {
        Some(code) => StatusCode::from_u16(code)
            .map_or(bottom, |status| trouble::words(status, &trouble::body_of(error))),
        None => bottom,
    }
}

/// The pause after so many failures: between a half and the whole of the step, so that those who
/// failed together do not return together.
fn jittered(failures: u32) -> Duration {
    let step = FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(16));
    step.min(LONGEST_PAUSE).mul_f64(rand::rng().random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(seconds: u64) -> Arc<Attempts> {
        let end = Instant::now() + Duration::from_secs(seconds);
        Attempts::new("read `x`", Limits { end, stall: Duration::from_secs(60) })
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_that_may_pass_is_tried_again_until_it_is_enough() {
        let attempts = attempts(3600);

        let done: Result<(), _> =
            attempts.retry(|| async { Err(Failure::new(Trouble::Again(None), "busy")) }).await;

        assert_eq!(done.unwrap_err().trouble, Trouble::Again(None));
        assert_eq!(attempts.failures(), MOST_FAILURES);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_asks_for_more_time_than_there_is_is_not_waited_for() {
        let attempts = attempts(100);
        let begun = Instant::now();

        let wait = Trouble::Again(Some(Duration::from_secs(101)));
        assert_eq!(attempts.fail(wait, "slow down"), None);
        let wait = Trouble::Again(Some(Duration::from_secs(9)));
        assert_eq!(attempts.fail(wait, "slow down"), Some(Duration::from_secs(9)));

        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_move_is_ended_and_what_moves_is_not() {
        let attempts = attempts(600);
        let moving = async {
            for _ in 0..5 {
                sleep(Duration::from_secs(50)).await;
                attempts.moved();
            }
            Ok(())
        };

        attempts.watch(moving).await.unwrap();
        let stuck = attempts.watch(std::future::pending::<Result<(), Failure>>()).await;

        assert_eq!(stuck.unwrap_err().trouble, Trouble::Stalled);
    }

    #[test]
    fn the_page_says_how_often() {
        let page = include_str!("../../../../docs/running.md");

        assert!(page.contains(&format!("tried again up to {MOST_FAILURES} times")));
    }

    #[test]
    fn pauses_grow_to_a_bound() {
        assert!(jittered(1) <= FIRST_PAUSE && jittered(1) >= FIRST_PAUSE / 2);
        assert!(jittered(100) <= LONGEST_PAUSE && jittered(100) >= LONGEST_PAUSE / 2);
    }
}
