//! What `plan due` is asked.

use std::{fmt, path::PathBuf};

use clap::Args;
use scenario::{Override, Provider};
use stage::Repository;

/// What `plan due` is asked.
#[derive(Args)]
pub struct DueArgs {
    /// Scenario file whose tests a release must have verdicts on.
    pub scenario: PathBuf,
    /// Who builds the cluster: results on `kwok` and on `kops` are series of their own.
    #[arg(long, default_value = "kwok")]
    pub infra: Provider,
    /// Where results are; `{branch}` is filled in for each release.
    /// Left out, it is the folder `bucket` here.
    #[arg(long)]
    pub bucket: Option<String>,
    /// Value of the scenario that the runs replace, as `cluster.nodes=5`; may be given more than once.
    /// Builds with other overrides do not count.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<Override>,
    /// What the bucket holds, as `artifact-gcs list --json` wrote it, in place of looking there.
    #[arg(long, value_name = "FILE")]
    pub builds: Option<PathBuf>,
    /// Repository of the releases.
    #[arg(long, default_value = "cilium/cilium")]
    pub repository: Repository,
    /// Look at the releases of so many days; older ones are never due.
    #[arg(long, default_value = "28")]
    pub days: u32,
    /// Leave a release alone for so many hours: its images and its chart may not be there yet, and
    /// a workflow that GitHub started for it may be testing it.
    #[arg(long, value_name = "HOURS", default_value = "24")]
    pub min_age: u32,
    /// Most releases that are due at once, oldest first: each costs a cluster.
    #[arg(long, value_name = "NUMBER", default_value = "3")]
    pub limit: usize,
    /// Runs without a verdict after which a release is given up.
    #[arg(long, value_name = "NUMBER", default_value = "3")]
    pub attempts: usize,
    /// Look at release candidates too.
    #[arg(long)]
    pub pre_releases: bool,
    /// Address of GitHub's API.
    #[arg(long, env = "GITHUB_API_URL", default_value = "https://api.github.com")]
    pub api: String,
    /// Token for GitHub, which answers more often to who has one; it needs no permission.
    #[arg(long, env = "GITHUB_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
}

/// Without the token.
impl fmt::Debug for DueArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DueArgs").field("scenario", &self.scenario).finish_non_exhaustive()
    }
}
