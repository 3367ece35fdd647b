//! What `scale-ci` can be told to do.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use plan::PlanArgs;

/// Perf & Scale CI for Cilium: the whole pipeline on this machine.
///
/// One command builds a cluster, installs one exact Cilium, loads it with ClusterLoader2, judges
/// the results against earlier builds, exports everything and takes the cluster down again.
#[derive(Debug, Parser)]
#[command(name = "scale-ci", version, max_term_width = 100, after_help = EXITS)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Shown under `--help`.
const EXITS: &str = "\
Exit codes: 0 done, 1 failed (again may help), 2 misuse (again will not), 10 regressed,
11 inconclusive, 12 infrastructure, 13 timed out, 130/143 cancelled.

Examples:
  scale-ci run scenarios/smoke.yaml                       the main job
  scale-ci run scenarios/tiny.yaml --cilium-version 1.19.5
  scale-ci run scenarios/smoke.yaml --keep                leave the cluster to look at it
  scale-ci run --run-dir runs/X --from export-density     export what a killed run left
  scale-ci stage verdict judge --run-dir runs/X --test density
  scale-ci stage infra-kwok reap                          remove what killed runs left";

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Take every step of the pipeline for a scenario.
    ///
    /// The first Ctrl-C stops the step, keeps its partial results, exports, tears down and exits
    /// with 130. A second one hurries; the teardown is still done.
    Run(Box<RunArgs>),
    /// Build the programs that are not ours into the cache, once.
    Tools(ToolsArgs),
    /// Run one stage, as its own binary does: `scale-ci stage verdict judge --help`.
    Stage {
        /// The stage and its arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        args: Vec<std::ffi::OsString>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// What the run is planned from; left out where `--from` takes up an earlier run.
    #[command(flatten)]
    pub(crate) plan: Option<PlanArgs>,
    /// Directory of the run; a new one under `runs/` unless said otherwise.
    #[arg(long, value_name = "DIR")]
    pub(crate) run_dir: Option<PathBuf>,
    /// Take up the run of `--run-dir` again, from this step on; what was exported stays as it is.
    #[arg(long, value_name = "STEP", requires = "run_dir", conflicts_with = "scenario")]
    pub(crate) from: Option<String>,
    /// Leave the cluster, and print how to use it and how to remove it.
    #[arg(long)]
    pub(crate) keep: bool,
    /// Print the summary as JSON on stdout.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ToolsArgs {
    /// Only these programs; all of them unless said otherwise.
    pub(crate) names: Vec<String>,
    /// Print the table as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
