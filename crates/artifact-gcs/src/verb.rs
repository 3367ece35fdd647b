//! What `artifact-gcs` can be told to do.

use clap::{Args, Subcommand};
use scenario::TestName;

use crate::{access::Access, layout};

/// What `artifact-gcs` can be told to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Export the files of one test, or of the suite, as a build of the run's bucket.
    ///
    /// A build that is finished is never changed; one that an earlier attempt left unfinished is
    /// continued. The first cancel is ignored, so that a cancelled run keeps its results too.
    Export {
        /// Whose files are exported.
        #[command(flatten)]
        what: What,
        /// Bucket to write to, in place of the run's.
        #[arg(long)]
        bucket: Option<String>,
        /// How the bucket is reached.
        #[command(flatten)]
        access: Access,
    },
    /// Fetch the latest builds of a test's job, to judge the test by.
    ///
    /// Builds that are unfinished, that did not end well, or that had other overrides are passed
    /// over. Finding none is no fault.
    Fetch {
        /// The test, as the scenario names it.
        #[arg(long)]
        test: TestName,
        /// How the bucket is reached.
        #[command(flatten)]
        access: Access,
    },
    /// List the builds of the run's jobs, newest first.
    List {
        /// Job to list, in place of the run's own; may be given more than once.
        #[arg(long = "job", value_name = "JOB", value_parser = layout::job_name)]
        jobs: Vec<String>,
        /// Bucket to look in, in place of the run's; with `--job`, no run directory is needed.
        #[arg(long)]
        bucket: Option<String>,
        /// How the bucket is reached.
        #[command(flatten)]
        access: Access,
    },
}

/// Whose files are exported.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct What {
    /// The files of this test.
    #[arg(long)]
    pub test: Option<TestName>,
    /// What belongs to the suite as a whole: Prometheus snapshot, sysdump, logs, conclusion.
    #[arg(long)]
    pub suite: bool,
}

impl stage::Verb for Verb {
    fn test(&self) -> Option<&TestName> {
        match self {
            Self::Export { what, .. } => what.test.as_ref(),
            Self::Fetch { test, .. } => Some(test),
            Self::List { .. } => None,
        }
    }

    fn is_recorded(&self) -> bool {
        !matches!(self, Self::List { .. })
    }

    fn makes_run_dir(&self) -> bool {
        // It needs none: the bucket and the job are named.
        matches!(self, Self::List { jobs, bucket: Some(_), .. } if !jobs.is_empty())
    }
}
