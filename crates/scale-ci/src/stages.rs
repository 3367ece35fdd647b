//! Every stage by its name.

use std::{ffi::OsString, process::ExitCode};

/// The `main` of a stage.
type Main = fn(Vec<OsString>) -> ExitCode;

/// Every stage that this program links, in the order of the pipeline.
const STAGES: [(&str, Main); 6] = [
    ("plan", |args| plan::main(args)),
    ("infra-kwok", |args| infra_kwok::main(args)),
    ("cilium-install", |args| cilium_install::main(args)),
    ("cl2-runner", |args| cl2_runner::main(args)),
    ("artifact-gcs", |args| artifact_gcs::main(args)),
    ("verdict", |args| verdict::main(args)),
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
