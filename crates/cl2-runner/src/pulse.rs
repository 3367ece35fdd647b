//! Whether ClusterLoader2 gets on: what it says that it has not said before.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use regex::Regex;

/// Most lines that are remembered. A test that says more different things does get on.
const REMEMBERED: usize = 1 << 16;

/// What differs whenever a line is said again: lengths of time, moments, ports, addresses in memory.
static VOLATILE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"\d{4}-\d{2}-\d{2}[T ][0-9:.]+(Z|[+-][0-9:]+)?|(\d+(\.\d+)?(h|ms|m|s|us|µs|ns))+\b|:\d{4,5}->|0x[0-9a-f]+",
    )
    .ok()
});

/// Counts what is new.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    seen: HashSet<u64>,
    news: Arc<AtomicU64>,
}

impl Pulse {
    /// The number of new things said so far, for whoever watches.
    pub(crate) fn news(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.news)
    }

    /// Takes what was said, without the time at which it was; returns whether it is new.
    pub(crate) fn beat(&mut self, said: &str) -> bool {
        let same = VOLATILE.as_ref().map(|volatile| volatile.replace_all(said, "#"));
        let mut hasher = DefaultHasher::new();
        same.as_deref().unwrap_or(said).hash(&mut hasher);
        if self.seen.len() == REMEMBERED {
            self.seen.clear();
        }
        let is_new = self.seen.insert(hasher.finish());
        if is_new {
            self.news.fetch_add(1, Ordering::Relaxed);
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(lines: &[&str]) -> u64 {
        let mut pulse = Pulse::default();
        for line in lines {
            pulse.beat(line);
        }
        pulse.news().load(Ordering::Relaxed)
    }

    #[test]
    fn the_same_line_at_another_time_is_nothing_new() {
        assert_eq!(news(&["d-0: 3 of 20 running", "d-0: 3 of 20 running"]), 1);
        assert_eq!(news(&["waited 1m30.5s for x", "waited 2m for x"]), 1);
        assert_eq!(
            news(&[
                "read tcp 127.0.0.1:41234->127.0.0.1:6443: reset at 2026-11-23T21:30:00Z",
                "read tcp 127.0.0.1:51235->127.0.0.1:6443: reset at 2026-11-23T21:31:00+02:00",
            ]),
            1
        );
    }

    #[test]
    fn another_count_is_something_new() {
        assert_eq!(news(&["d-0: 3 of 20 running", "d-0: 4 of 20 running"]), 2);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut pulse = Pulse::default();
        for number in 0..3 * REMEMBERED {
            pulse.beat(&format!("object {number}"));
        }

        assert!(pulse.seen.len() <= REMEMBERED);
    }
}
