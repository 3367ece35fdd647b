//! What `cl2-runner` did.

use std::fmt;

use run_record::{Class, Outcome};
use serde::Serialize;
use stage::Reason;

use crate::{
    measure::Measured,
    monitor::Monitored,
    snapshot::Taken,
    test::{Ended, Ran},
};

/// What `cl2-runner` did.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Record {
    /// Prometheus is reachable.
    Monitor(Monitored),
    /// A test ran.
    Run(Ran),
    /// Prometheus' database is kept.
    Snapshot(Taken),
    /// A report was read.
    Measure(Measured),
}

impl Reason for Record {
    fn outcome(&self) -> Outcome {
        Outcome::Done
    }

    fn class(&self) -> Option<Class> {
        match self {
            Self::Run(ran) if ran.ended == Ended::Violated => Some(Class::Violation),
            Self::Run(_) | Self::Monitor(_) | Self::Snapshot(_) | Self::Measure(_) => None,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Monitor(monitored) => monitored.fmt(f),
            Self::Run(ran) => ran.fmt(f),
            Self::Snapshot(taken) => taken.fmt(f),
            Self::Measure(measured) => measured.fmt(f),
        }
    }
}
