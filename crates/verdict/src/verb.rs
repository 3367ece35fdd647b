//! What `verdict` can be told to do.

use std::path::PathBuf;

use clap::Subcommand;
use scenario::TestName;

/// What `verdict` can be told to do.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Judge one test: its measurements, its baseline and ClusterLoader2's own thresholds.
    ///
    /// Reads files of the run directory alone, so it can be done again at any time and gives the
    /// same judgement, byte for byte. Writes `judgement.json`, `judgement.md` and `junit.xml` of
    /// the test. Ends with 0 whatever the verdict is: `conclude` turns verdicts into an exit code.
    Judge {
        /// Test of the suite, as the scenario names it.
        #[arg(long)]
        test: TestName,
    },
    /// Say the one word for the run, and exit with its code.
    ///
    /// Reads the plan, the record of every step and the judgement of every test. Works on the run
    /// directory of a cancelled or killed run too.
    Conclude {
        /// Say that the run was cancelled even if no record of a step does.
        ///
        /// For a caller that was asked to stop between two steps.
        #[arg(long)]
        cancelled: bool,
    },
    /// Compare one run with another: percentiles, old, new, change.
    ///
    /// Both are run directories. The rules are those of the candidate's scenario. Exits with 10 if
    /// a test regressed and with 11 if data is missing. Writes nothing.
    Compare {
        /// Run directory that is compared with.
        #[arg(long, value_name = "DIR")]
        baseline: PathBuf,
        /// Run directory that is judged.
        #[arg(long, value_name = "DIR")]
        candidate: PathBuf,
    },
}

impl stage::Verb for Verb {
    fn test(&self) -> Option<&TestName> {
        match self {
            Self::Judge { test } => Some(test),
            Self::Conclude { .. } | Self::Compare { .. } => None,
        }
    }

    fn is_recorded(&self) -> bool {
        !matches!(self, Self::Compare { .. })
    }

    fn makes_run_dir(&self) -> bool {
        // It needs none: the two it reads are named.
        matches!(self, Self::Compare { .. })
    }
}
