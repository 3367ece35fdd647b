//! Progress of long work: said when it changes, and not more often than a reader can follow.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

/// Shortest time between two lines of progress.
const PACE: Duration = Duration::from_millis(500);

/// One line of progress, said when it changes.
#[derive(Debug, Default)]
pub struct Progress {
    last: Mutex<Option<(Instant, String)>>,
}

impl Progress {
    /// Says `line`, unless it was said before or another one was said just now.
    pub fn say(&self, line: &str) {
        let Ok(mut last) = self.last.lock() else { return };
        let now = Instant::now();
        let due =
            last.as_ref().is_none_or(|(at, said)| now.duration_since(*at) >= PACE && said != line);
        if due {
            tracing::info!(target: "progress", "{line}");
            *last = Some((now, line.to_owned()));
        }
    }
}
