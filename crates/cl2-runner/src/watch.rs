//! Follows a test by the lines that ClusterLoader2 logs.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, LazyLock, atomic::AtomicU64},
};

use regex::Regex;
use run_record::read_whole;
use stage::Progress;

use crate::{position::Position, pulse::Pulse};

/// Lines of what ClusterLoader2 said at its end that are kept: its errors may be lists of hundreds.
const LONGEST_REASON: usize = 10;

/// Characters of the last line that are kept: some lines hold whole objects.
const LONGEST_LINE: usize = 200;

/// How Go begins to say that a program is at fault.
const CRASHES: [&str; 6] =
    ["panic: ", "fatal error: ", "SIGSEGV: ", "SIGABRT: ", "SIGBUS: ", "unexpected fault address "];

/// What the system says where there is no room.
const DISK_FULL: &str = "no space left on device";

/// The head of a line of klog: level, date, time, process, place.
static HEAD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^([IWEF])\d{4} [0-9:.]+ +\d+ [^\]]+\] ?(.*)$").ok());

/// The beginning of a step.
static STEP: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^Step "\[step: (\d+)\] (.*)" started$"#).ok());

/// Pods of one object that is waited for.
static PODS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(.*): Pods: \d+ created, (\d+) desired, (\d+) running").ok());

/// What follows the name of an object whose pods are about to be waited for.
const WAITING: &str = ": starting with timeout: ";

/// Objects whose pods are counted: some thousand in the largest test there is.
const MOST_OWNERS: usize = 100_000;

/// Longest name of such an object, with its namespace.
const LONGEST_OWNER: usize = 1024;

/// What comes before the path of the config that will run.
const DUMPED: &str = "Test config successfully dumped to: ";

/// Follows a test by the lines that ClusterLoader2 logs.
#[derive(Debug)]
pub(crate) struct Watch {
    test: String,
    progress: Progress,
    position: Position,
    pods: BTreeMap<String, (u32, u32)>,
    reason: Vec<String>,
    in_reason: bool,
    is_crash: bool,
    is_disk_full: bool,
    pulse: Pulse,
    last: String,
}

impl Watch {
    /// Follows `test`, and says how far it is when that changes.
    pub(crate) fn new(test: &str) -> Self {
        Self {
            test: test.into(),
            progress: Progress::default(),
            position: Position::default(),
            pods: BTreeMap::new(),
            reason: Vec::new(),
            in_reason: false,
            is_crash: false,
            is_disk_full: false,
            pulse: Pulse::default(),
            last: String::new(),
        }
    }

    /// The number of new things said so far, for whoever watches.
    pub(crate) fn news(&self) -> Arc<AtomicU64> {
        self.pulse.news()
    }

    /// What was said last that had not been said before; empty if nothing was.
    pub(crate) fn last(&self) -> &str {
        &self.last
    }

    /// Why ClusterLoader2 crashed, in the words of Go; nothing if it did not.
    pub(crate) fn crash(&self) -> Option<String> {
        self.reason().filter(|_| self.is_crash)
    }

    /// Whether something could not be written for want of room.
    pub(crate) fn is_disk_full(&self) -> bool {
        self.is_disk_full
    }

    /// How far the test has come.
    pub(crate) fn position(&self) -> Position {
        self.position.clone()
    }

    /// Why ClusterLoader2 gave up, in its own words; nothing if it did not.
    pub(crate) fn reason(&self) -> Option<String> {
        (!self.reason.is_empty()).then(|| self.reason.join(" | "))
    }

    /// Reads one line of the log.
    pub(crate) fn line(&mut self, line: &str) {
        self.is_disk_full |= line.contains(DISK_FULL);
        let Some(head) = HEAD.as_ref().and_then(|head| head.captures(line)) else {
            self.note(line);
            if CRASHES.iter().any(|head| line.starts_with(head)) && !self.is_crash {
                (self.in_reason, self.is_crash) = (true, true);
                self.reason.clear();
            }
            if self.in_reason && self.reason.len() < LONGEST_REASON && !line.trim().is_empty() {
                self.reason.push(line.trim().to_owned());
            }
            return;
        };
        let message = head.get(2).map_or("", |message| message.as_str());
        self.note(message);
        self.in_reason = &head[1] == "F";
        if self.in_reason {
            self.reason = vec![message.trim().to_owned()];
        } else {
            self.follow(message);
        }
    }

    /// Remembers `said` if it is new.
    fn note(&mut self, said: &str) {
        if self.pulse.beat(said) {
            self.last = said.trim().chars().take(LONGEST_LINE).collect();
        }
    }

    /// Follows what `message` says about the test.
    fn follow(&mut self, message: &str) {
        if let Some(path) = message.strip_prefix(DUMPED) {
            self.position.steps = steps_in(Path::new(path.trim()));
        } else if let Some(step) = STEP.as_ref().and_then(|step| step.captures(message)) {
            self.position.step = step[1].parse().unwrap_or_default();
            self.position.name = step[2].to_owned();
            // There are few steps, and each one is said, however quickly they follow each other.
            tracing::info!(target: "progress", "{}", self.position.line(&self.test));
        } else if let Some(pods) = PODS.as_ref().and_then(|pods| pods.captures(message)) {
            let number = |at: usize| pods[at].parse().unwrap_or_default();
            self.count(&pods[1], number(2), number(3));
            self.progress.say(&self.position.line(&self.test));
        } else if let Some((owner, _)) = message.split_once(WAITING) {
            // Pods that are gone before they are looked at are never counted again.
            self.count(owner, 0, 0);
        }
    }

    fn count(&mut self, owner: &str, wanted: u32, running: u32) {
        // Real names have some hundred characters; a log that floods must not fill the memory.
        if self.pods.len() >= MOST_OWNERS || owner.len() > LONGEST_OWNER {
            return;
        }
        let (before, now) =
            (self.pods.insert(owner.to_owned(), (wanted, running)), (wanted, running));
        let (wanted, running) = before.unwrap_or_default();
        let put =
            |sum: &mut u32, old: u32, new: u32| *sum = sum.saturating_sub(old).saturating_add(new);
        put(&mut self.position.wanted, wanted, now.0);
        put(&mut self.position.running, running, now.1);
    }
}

/// Steps of the config that ClusterLoader2 wrote down before it began: items of the list `steps`,
/// which its YAML library does not indent.
fn steps_in(generated: &Path) -> Option<u32> {
    // The path stands in a log: it may be anything.
    generated.is_file().then_some(())?;
    let text = String::from_utf8(read_whole(generated).ok()?).ok()?;
    let steps = text
        .lines()
        .skip_while(|line| *line != "steps:")
        .skip(1)
        .take_while(|line| line.starts_with(['-', ' ']))
        .filter(|line| line.starts_with('-'))
        .count();
    u32::try_from(steps).ok().filter(|steps| *steps > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTED: &str = r#"I1123 21:55:13.123456   12345 simple_test_executor.go:149] Step "[step: 03] Wait for 'pods'" started"#;

    fn pods(owner: &str, wanted: u32, running: u32) -> String {
        format!(
            "I1123 21:55:14.000001 12345 wait_for_pods.go:122] WaitForControlledPodsRunning: namespace(test-a-1), controlledBy({owner}): Pods: 20 created, {wanted} desired, {running} running ({running} updated), 0 pending scheduled"
        )
    }

    #[test]
    fn steps_and_pods_are_followed() {
        let mut watch = Watch::new("load");

        watch.line(STARTED);
        watch.line(&pods("d-0", 20, 3));
        watch.line(&pods("d-1", 20, 5));
        watch.line(&pods("d-0", 20, 10));

        let position = watch.position();
        assert_eq!((position.step, position.name.as_str()), (3, "Wait for 'pods'"));
        assert_eq!((position.running, position.wanted), (15, 40));
        assert_eq!(watch.reason(), None);
    }

    #[test]
    fn pods_that_are_waited_for_anew_are_counted_anew() {
        let mut watch = Watch::new("load");
        watch.line(&pods("d-0", 20, 20));

        watch.line("I1123 21:56:00.000001 12345 wait_for_pods.go:64] WaitForControlledPodsRunning: namespace(test-a-1), controlledBy(d-0): starting with timeout: 4m59s");

        assert_eq!((watch.position().running, watch.position().wanted), (0, 0));
    }

    #[test]
    fn numbers_past_all_measure_and_a_flood_of_names_are_no_fault() {
        let mut watch = Watch::new("load");

        watch.line(&pods("d-0", u32::MAX, u32::MAX));
        watch.line(&pods("d-1", u32::MAX, 1));
        watch.line(&pods(&"x".repeat(LONGEST_OWNER), 1, 1));

        assert_eq!((watch.position().running, watch.position().wanted), (u32::MAX, u32::MAX));
        assert_eq!(watch.pods.len(), 2);
    }

    #[test]
    fn the_number_of_steps_is_that_of_the_generated_config() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/load-100/generatedConfig_load.yaml");
        let mut watch = Watch::new("load");

        watch.line(&format!(
            "I1123 21:54:13.123456   12345 clusterloader.go:494] {DUMPED}{}",
            path.display()
        ));

        assert_eq!(watch.position().steps, Some(29));
    }

    #[test]
    fn the_last_fatal_line_and_what_follows_it_is_the_reason() {
        let mut watch = Watch::new("load");

        watch.line("E1123 21:54:13.1 1 a.go:1] something minor");
        watch.line("F1123 21:54:13.2 1 clusterloader.go:400] Test compilation failed: [config reading error");
        watch.line("yaml: line 3]");
        watch.line("");

        let reason = "Test compilation failed: [config reading error | yaml: line 3]";
        assert_eq!(watch.reason().as_deref(), Some(reason));
        assert_eq!(watch.crash(), None);
    }

    #[test]
    fn a_panic_is_a_reason_too() {
        let mut watch = Watch::new("load");

        watch.line("panic: interface conversion: interface {} is string, not bool");
        watch.line("");
        watch.line("goroutine 1 [running]:");

        assert!(watch.reason().unwrap().starts_with("panic: interface conversion"));
        assert_eq!(watch.crash(), watch.reason());
    }
}
