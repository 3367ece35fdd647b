//! What `plan` can be told to do.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Subcommand};
use scenario::{Override, Provider};

use crate::due_args::DueArgs;

/// What `plan` can be told to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Check a scenario, fix what the run is, and write its run directory.
    ///
    /// All faults of the scenario are said at once, each with its line. Nothing is made apart from
    /// the run directory.
    Plan(Box<PlanArgs>),
    /// List the releases of Cilium that are not tested yet, 1.12 and newer.
    ///
    /// A release is tested once every test of the scenario has a verdict on exactly this version in
    /// the bucket, whatever the verdict says; a suspect one asks for a second run. What failed
    /// otherwise is due again, until it is given up. Reads GitHub and the bucket, and writes nothing:
    /// whoever starts runs starts those that are due. None is no fault.
    Due(Box<DueArgs>),
}

/// What a run is planned from.
#[derive(Clone, Debug, Args)]
pub struct PlanArgs {
    /// Scenario file, such as `scenarios/smoke.yaml`.
    pub scenario: PathBuf,
    /// Who builds the cluster: `kwok` on this machine, or `kops` on Google Compute Engine.
    #[arg(long, default_value = "kwok")]
    pub infra: Provider,
    /// Google Cloud project of a cluster on kops; the scenario's `infra.kops.project` otherwise.
    #[arg(long, env = "PERF_SCALE_GCP_PROJECT")]
    pub project: Option<String>,
    /// Where kops keeps its state, `gs://bucket/prefix`; the scenario's `infra.kops.state-store` otherwise.
    #[arg(long, env = "PERF_SCALE_STATE_STORE", value_name = "ADDRESS")]
    pub state_store: Option<String>,
    /// Where results go: `file:///folder`; `{branch}` is filled in.
    /// Left out, it is the folder `bucket` here.
    #[arg(long)]
    pub bucket: Option<String>,
    /// Where baselines come from, when not from the bucket itself; may be given more than once.
    #[arg(long = "baseline-bucket", value_name = "BUCKET")]
    pub baseline_buckets: Vec<String>,
    /// Replace one value of the scenario, as `cluster.nodes=5`; may be given more than once.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<Override>,
    /// Cilium version to install, short for `--set cilium.version=VERSION`.
    #[arg(long, value_name = "VERSION")]
    pub cilium_version: Option<String>,
    /// Pull request under test: its results go to a series of their own.
    #[arg(long, value_name = "NUMBER")]
    pub pull_request: Option<u64>,
    /// What asked for the run: GitHub's event, else `manual`.
    #[arg(long)]
    pub event: Option<String>,
    /// Repository under test, as `cilium/cilium`; GitHub's unless said otherwise.
    #[arg(long)]
    pub repository: Option<String>,
    /// Who asked for the run; GitHub's actor unless said otherwise.
    #[arg(long)]
    pub actor: Option<String>,
    /// Commit under test.
    #[arg(long)]
    pub sha: Option<String>,
    /// Commit it is compared with.
    #[arg(long)]
    pub base_sha: Option<String>,
    /// Page of the workflow run.
    #[arg(long)]
    pub run_url: Option<String>,
    /// Which attempt at the run this is; GitHub's unless said otherwise, else 1.
    #[arg(long)]
    pub attempt: Option<u32>,
}

impl PlanArgs {
    /// The arguments that say the same, for a process of its own.
    #[must_use]
    pub fn to_args(&self) -> Vec<OsString> {
        let mut args: Vec<OsString> = vec![self.scenario.clone().into()];
        let mut say = |flag: &str, value: String| {
            // With `=`, a value that begins with a dash is no flag.
            args.push(format!("--{flag}={value}").into());
        };
        say("infra", self.infra.to_string());
        for value in &self.baseline_buckets {
            say("baseline-bucket", value.clone());
        }
        for value in &self.overrides {
            say("set", value.to_string());
        }
        let single = [
            ("project", self.project.clone()),
            ("state-store", self.state_store.clone()),
            ("bucket", self.bucket.clone()),
            ("cilium-version", self.cilium_version.clone()),
            ("pull-request", self.pull_request.map(|number| number.to_string())),
            ("event", self.event.clone()),
            ("attempt", self.attempt.map(|number| number.to_string())),
            ("repository", self.repository.clone()),
            ("actor", self.actor.clone()),
            ("sha", self.sha.clone()),
            ("base-sha", self.base_sha.clone()),
            ("run-url", self.run_url.clone()),
        ];
        for (flag, value) in single {
            if let Some(value) = value {
                say(flag, value);
            }
        }
        args
    }
}

impl stage::Verb for Verb {
    fn is_recorded(&self) -> bool {
        !matches!(self, Self::Due(_))
    }

    fn makes_run_dir(&self) -> bool {
        // `due` needs none.
        true
    }
}
