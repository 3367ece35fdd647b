//! Every stage by its name.

use std::{ffi::OsString, process::ExitCode};

use artifact_gcs::Access;
use plan::{Question, Unlisted};
use run_record::{Class, Outcome};
use stage::Reason;

/// The `main` of a stage.
type Main = fn(Vec<OsString>) -> ExitCode;

/// Every stage that this program links, in the order of the pipeline.
const STAGES: [(&str, Main); 7] = [
    ("plan", plan),
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

/// `plan`, which asks the stage that knows buckets what one holds: stages know nothing of one another.
fn plan(args: Vec<OsString>) -> ExitCode {
    plan::main_with(args, builds)
}

/// What `artifact-gcs list --json` says.
async fn builds(asked: Question) -> Result<String, Unlisted> {
    let Question { bucket, jobs, since } = asked;
    let unlisted = |source: Box<dyn std::error::Error + Send + Sync>, outcome, class| Unlisted {
        bucket: bucket.clone(),
        outcome,
        class,
        source,
    };
    let access = Access::from_env()
        .map_err(|error| unlisted(error.into(), Outcome::Misuse, Some(Class::Input)))?;
    let listed = artifact_gcs::list(&bucket, &jobs, since, &access).await.map_err(|error| {
        let (outcome, class) = (error.outcome(), error.class());
        unlisted(error.into(), outcome, class)
    })?;
    serde_json::to_string(&listed)
        .map_err(|error| unlisted(error.into(), Outcome::Failed, Some(Class::Internal)))
}
