//! Cancellation: the first signal asks the stage to stop, the second one hurries it.

use std::sync::{
    Arc,
    atomic::{AtomicI32, Ordering},
};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

/// The signal that hurries.
const SECOND: u32 = 2;

/// Whether somebody asked this process to stop, and how urgently.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    asked: CancellationToken,
    count: watch::Sender<u32>,
    signal: Arc<AtomicI32>,
}

impl Cancel {
    /// A cancellation that SIGINT, SIGTERM and SIGHUP ask for.
    ///
    /// # Errors
    /// The system does not let this process listen to signals.
    pub fn on_signals() -> std::io::Result<Self> {
        let cancel = Self::default();
        for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
            let mut stream = signal(kind)?;
            let cancel = cancel.clone();
            tokio::spawn(async move {
                while stream.recv().await.is_some() {
                    cancel.note(kind.as_raw_value());
                }
            });
        }
        Ok(cancel)
    }

    /// Notes one signal.
    pub(crate) fn note(&self, number: i32) {
        if self.asked.is_cancelled() {
            self.count.send_modify(|count| *count = (*count + 1).max(SECOND));
        } else {
            self.signal.store(number, Ordering::SeqCst);
            self.count.send_modify(|count| *count += 1);
            self.asked.cancel();
        }
    }

    /// Asks for cancellation from within, as a deadline of the whole run does.
    pub fn ask(&self) {
        self.asked.cancel();
    }

    /// Whether cancellation was asked for.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.asked.is_cancelled()
    }

    /// Waits until cancellation is asked for.
    pub async fn asked(&self) {
        self.asked.cancelled().await;
    }

    /// Does `work`; nothing comes back if cancellation is asked for first.
    pub async fn guard<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.asked.run_until_cancelled(work).await
    }

    /// How many signals came so far.
    #[must_use]
    pub fn signals(&self) -> u32 {
        *self.count.borrow()
    }

    /// Whether a second signal came.
    #[must_use]
    pub fn is_hurried(&self) -> bool {
        self.signals() >= SECOND
    }

    /// Waits until a second signal comes.
    pub async fn hurried(&self) {
        self.hurried_beyond(0).await;
    }

    /// Waits for the second signal or, where it was one of the `seen` ones, for the next: each ends
    /// what is being done then, and nothing that is begun later.
    pub async fn hurried_beyond(&self, seen: u32) {
        let mut count = self.count.subscribe();
        // It ends in an error only if nobody can send any more, and this very value can.
        let _ = count.wait_for(|count| *count >= SECOND && *count > seen).await;
    }

    /// The exit code of a process that was cancelled: 130 after SIGINT, 143 after SIGTERM.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        /// Shells add this to the number of the signal that ended a program.
        const SIGNALLED: i32 = 128;
        match self.signal.load(Ordering::SeqCst) {
            0 => 130,
            number => u8::try_from(SIGNALLED + number).unwrap_or(130),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_signal_hurries_what_is_done_then_and_the_third_what_comes_next() {
        let cancel = Cancel::default();
        cancel.note(2);
        let first = cancel.is_hurried();
        cancel.note(15);
        cancel.hurried_beyond(1).await;

        let seen = cancel.signals();
        let next = cancel.clone();
        let waiting = tokio::spawn(async move { next.hurried_beyond(seen).await });
        tokio::task::yield_now().await;
        let waits = !waiting.is_finished();
        cancel.note(2);

        assert!(!first && waits && cancel.is_hurried());
        waiting.await.unwrap();
        assert_eq!(cancel.exit_code(), 130);
    }
}
