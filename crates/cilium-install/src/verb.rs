//! What `cilium-install` can be told to do.

use clap::Subcommand;
use scenario::TestName;

/// What `cilium-install` can be told to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Verb {
    /// Wait until every image that may not be there yet can be pulled, before a cluster is paid for.
    ///
    /// Those of a commit or of a chart of one's own, and those that the scenario puts in the place of a
    /// release's.
    WaitImages,
    /// Install the Cilium that the scenario asks for, and check that this is what is installed.
    ///
    /// The values of the scenario are checked against the chart first: Helm takes a mistyped one in
    /// silence. Installing again changes what is installed to what the scenario asks for.
    Install {
        /// Install anew before this test, and wait until Cilium is ready.
        #[arg(long)]
        test: Option<TestName>,
    },
    /// Wait until Cilium is ready on every node, and say what is missing meanwhile.
    Wait,
    /// Reset what the scenario says is reset after a test.
    Reset {
        /// The test.
        #[arg(long)]
        test: TestName,
    },
    /// Keep what the API server holds, without any Secret.
    Sysdump,
}

impl stage::Verb for Verb {
    fn test(&self) -> Option<&TestName> {
        match self {
            Self::Install { test } => test.as_ref(),
            Self::Reset { test } => Some(test),
            Self::WaitImages | Self::Wait | Self::Sysdump => None,
        }
    }
}
