//! Every stage by its name.

use std::{ffi::OsString, process::ExitCode};

/// The `main` of a stage.
type Main = fn(Vec<OsString>) -> ExitCode;

/// Every stage that this program links, in the order of the pipeline.
const STAGES: [(&str, Main); 7] = [
    ("plan", plan::main),
    ("infra-kwok", infra_kwok::main),
    ("infra-kops", infra_kops::main),
    ("cilium-install", cilium_install::main),
    ("cl2-runner", cl2_runner::main),
    ("artifact-gcs", artifact_gcs::main),
    ("verdict", verdict::main),
];

/// Runs the stage that `args` begin with; nothing if there is no such stage.
pub(crate) fn main(args: Vec<OsString>) -> Option<ExitCode> {
    let name = args.first()?;
    let (_, main) = STAGES.iter().find(|(stage, _)| name == stage)?;
    Some(main(args))
}

/// The names of the stages.
pub(crate) fn names() -> Vec<&'static str> {
    STAGES.iter().map(|(name, _)| *name).collect()
}
