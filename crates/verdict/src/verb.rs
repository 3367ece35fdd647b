//! What `verdict` can be told to do.

use std::{fmt, path::PathBuf};

use clap::{Args, Subcommand};
use scenario::TestName;
use stage::Repository;

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
    /// Tell GitHub that the run has begun, or how it ended: a status of the commit, one comment.
    ///
    /// The status is set on `--sha`, the comment on `--pull-request`; a comment of an earlier run is
    /// written over. A run that was not concluded is an error.
    Report(Box<ReportArgs>),
}

/// What GitHub is told, and where.
#[derive(Clone, Args)]
pub struct ReportArgs {
    /// Repository, as `cilium/cilium`.
    #[arg(long, env = "GITHUB_REPOSITORY")]
    pub repository: Repository,
    /// Name of the status and of the comment: another name is another one.
    #[arg(long)]
    pub context: String,
    /// Commit that gets the status; none, no status.
    #[arg(long, value_parser = commit)]
    pub sha: Option<String>,
    /// Pull request that gets the comment; none, no comment.
    #[arg(long, value_name = "NUMBER")]
    pub pull_request: Option<u64>,
    /// Page of the workflow run.
    #[arg(long)]
    pub run_url: Option<String>,
    /// Say that the run has begun, in place of how it ended.
    #[arg(long)]
    pub pending: bool,
    /// Address of GitHub's API.
    #[arg(long, env = "GITHUB_API_URL", default_value = "https://api.github.com")]
    pub api: String,
    /// Token of the job.
    #[arg(long, env = "GITHUB_TOKEN", hide_env_values = true)]
    pub token: String,
}

/// A commit by its whole name: it becomes a part of an address.
fn commit(text: &str) -> Result<String, String> {
    const DIGITS: usize = 40;
    let hex = text.len() == DIGITS && text.chars().all(|c| c.is_ascii_hexdigit());
    if hex { Ok(text.into()) } else { Err("a commit is 40 hexadecimal digits".into()) }
}

/// Without the token.
impl fmt::Debug for ReportArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportArgs").field("context", &self.context).finish_non_exhaustive()
    }
}

impl stage::Verb for Verb {
    fn test(&self) -> Option<&TestName> {
        match self {
            Self::Judge { test } => Some(test),
            Self::Conclude { .. } | Self::Compare { .. } | Self::Report(_) => None,
        }
    }

    fn is_recorded(&self) -> bool {
        !matches!(self, Self::Compare { .. } | Self::Report(_))
    }

    fn makes_run_dir(&self) -> bool {
        // They need none: the two that are compared are named, and a run is reported before it is planned.
        matches!(self, Self::Compare { .. } | Self::Report(_))
    }
}
