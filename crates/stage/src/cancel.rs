//! Cancellation: the first signal asks the stage to stop, the second one hurries it.

use std::sync::{
    Arc,
    atomic::{AtomicI32, Ordering},
};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Whether somebody asked this process to stop, and how urgently.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    asked: CancellationToken,
    hurried: CancellationToken,
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
    fn note(&self, number: i32) {
        if self.asked.is_cancelled() {
            self.hurried.cancel();
        } else {
            self.signal.store(number, Ordering::SeqCst);
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

    /// Waits until a second signal comes.
    pub async fn hurried(&self) {
        self.hurried.cancelled().await;
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
