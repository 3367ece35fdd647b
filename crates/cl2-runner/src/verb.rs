//! What `cl2-runner` can be told to do.

use clap::Subcommand;
use scenario::TestName;

/// What `cl2-runner` can be told to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Make the cluster's Prometheus reachable where ClusterLoader2 looks for it, and wait until it
    /// scrapes everything.
    ///
    /// Done before the nodes join, so that their start is measured too. Again does no harm.
    Monitor,
    /// Run one test and keep what it measured.
    ///
    /// Thresholds of ClusterLoader2 itself that were broken are kept for `verdict judge` and do not
    /// fail the step. What an earlier attempt wrote is moved to `tests/<test>/earlier/`.
    /// `CL2_*` environment variables win over the scenario's overrides.
    Run {
        /// The test, as the suite calls it.
        #[arg(long, value_name = "NAME")]
        test: TestName,
    },
    /// Keep Prometheus' database in the run directory, and check it by reading it.
    Snapshot,
    /// Read a report that is already there, and write `measurements.json` anew; needs no cluster.
    Measure {
        /// The test, as the suite calls it.
        #[arg(long, value_name = "NAME")]
        test: TestName,
    },
}

impl stage::Verb for Verb {
    fn test(&self) -> Option<&TestName> {
        match self {
            Self::Run { test } | Self::Measure { test } => Some(test),
            Self::Monitor | Self::Snapshot => None,
        }
    }
}
