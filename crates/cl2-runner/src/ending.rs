//! How a test ended: what ClusterLoader2's exit code does not tell apart.

use std::{os::unix::process::ExitStatusExt, path::Path, process::ExitStatus, time::Duration};

use stage::Finished;

use crate::{
    junit::{self, Failure},
    position::Position,
    signal_name::signal_name,
    test_error::TestError,
    watch::Watch,
    watchdog::Outage,
};

/// What ClusterLoader2 says before why a config is none.
const NOT_COMPILED: [&str; 2] = ["Test compilation failed: ", "Test context creation failed: "];

/// What it says before why Prometheus is not ready.
const NO_PROMETHEUS: [&str; 2] =
    ["Error while setting up prometheus stack: ", "Error while creating Prometheus Controller: "];

/// All that is known about the end of a test.
pub(crate) struct Ending<'e> {
    /// The test.
    pub(crate) test: &'e str,
    /// Its report.
    pub(crate) report: &'e Path,
    /// How ClusterLoader2 ended.
    pub(crate) finished: &'e Finished,
    /// What it said.
    pub(crate) watch: &'e Watch,
    /// When the API server was not there, if it was not.
    pub(crate) outage: Option<Outage>,
    /// Processes that the kernel killed for want of memory meanwhile.
    pub(crate) out_of_memory: u64,
    /// The deadline.
    pub(crate) deadline: Duration,
    /// Longest time without progress.
    pub(crate) stall: Duration,
}

impl Ending<'_> {
    /// What measurements of a test that ran to its end say went wrong; anything else is an error.
    ///
    /// ClusterLoader2 ends with 1 whatever happened: its log and its `junit.xml` tell, which it writes
    /// only if the test began.
    pub(crate) fn failures(&self) -> Result<Vec<Failure>, TestError> {
        let (test, position) = (self.test.to_owned(), self.watch.position());
        let status = match self.finished.ended {
            stage::Ended::Cancelled => return Err(TestError::Cancelled { test, position }),
            // A test without an API server cannot get on, and nothing else is to blame.
            stage::Ended::Stopped | stage::Ended::TimedOut if self.outage.is_some() => {
                return Err(self.lost(position));
            }
            stage::Ended::Stopped => return Err(self.stalled(position)),
            stage::Ended::TimedOut => {
                return Err(TestError::Deadline { test, deadline: self.deadline, position });
            }
            stage::Ended::Exited(status) => status,
        };
        match self.judged(status) {
            Ok(failures) if failures.is_empty() => Ok(failures),
            // Whatever else went wrong, went wrong since this did.
            _ if self.watch.is_disk_full() => {
                Err(TestError::DiskFull { test, position, report: self.report.into() })
            }
            Err(error @ (TestError::Killed { .. } | TestError::Crashed { .. })) => Err(error),
            _ if self.outage.is_some() => Err(self.lost(position)),
            result => result,
        }
    }

    fn judged(&self, status: ExitStatus) -> Result<Vec<Failure>, TestError> {
        let (test, position) = (self.test.to_owned(), self.watch.position());
        if let Some(signal) = status.signal() {
            let signal = signal_name(signal);
            return Err(TestError::Killed { test, signal, position, hint: self.killer() });
        }
        if let Some(reason) = self.watch.crash() {
            return Err(TestError::Crashed { test, position, reason });
        }
        match junit::failures(&self.report.join("junit.xml")) {
            Ok(Some(failures)) if failures.is_empty() && !status.success() => {
                Err(self.setup(status))
            }
            Ok(Some(failures)) => match failures.iter().find(|one| one.measurement.is_none()) {
                Some(one) => {
                    let reason = format!("{}: {}", one.step, one.message);
                    Err(TestError::Setup { test, reason })
                }
                None => Ok(failures),
            },
            Ok(None) => Err(self.setup(status)),
            Err(source) => Err(TestError::Junit { test, source }),
        }
    }

    /// Why the test never began, in ClusterLoader2's own words.
    fn setup(&self, status: ExitStatus) -> TestError {
        let test = self.test.to_owned();
        let last = || self.finished.tail.last().cloned();
        let said = self.watch.reason().or_else(last).filter(|line| !line.trim().is_empty());
        let reason = said.unwrap_or_else(|| format!("it ended with {status}"));
        let after = |heads: &[&str]| {
            heads.iter().find_map(|head| Some(reason.strip_prefix(head)?.to_owned()))
        };
        if let Some(reason) = after(&NOT_COMPILED) {
            TestError::Config { test, reason }
        } else if let Some(reason) = after(&NO_PROMETHEUS) {
            TestError::Prometheus { test, reason }
        } else {
            TestError::Setup { test, reason }
        }
    }

    fn lost(&self, position: Position) -> TestError {
        let outage = self.outage.clone();
        let (lasted, reason) = outage.map_or_else(Default::default, |one| (one.lasted, one.why));
        TestError::ApiServer { test: self.test.into(), lasted, position, reason }
    }

    fn stalled(&self, position: Position) -> TestError {
        let said = match self.watch.last() {
            _ if self.finished.left_out_bytes > 0 => "it flooded its log meanwhile".into(),
            "" => "it said nothing at all".into(),
            last => format!("the last new thing it said was `{last}`"),
        };
        TestError::Stalled { test: self.test.into(), stall: self.stall, position, said }
    }

    /// Who may have sent the signal.
    fn killer(&self) -> String {
        match self.out_of_memory {
            0 => "the kernel killed nothing for want of memory, so another program did it".into(),
            killed => format!(
                "this machine ran out of memory and the kernel killed {killed} processes meanwhile"
            ),
        }
    }
}
