//! The pinned kops: the one place where it is started.

use std::ffi::OsString;

use run_record::Plan;
use stage::{Stage, Tool, ToolboxError};

/// kops with these arguments, about to be run for this run: the caller adds deadline and
/// cancellation. Its words go to `logs/kops.log`.
pub(crate) async fn kops<'l, A: Into<OsString>>(
    stage: &Stage,
    plan: &Plan,
    args: impl IntoIterator<Item = A>,
) -> Result<Tool<'l>, ToolboxError> {
    let program = stage.toolbox.find("kops").await?;
    Ok(Tool::new("kops", program)
        .args(args)
        .pass("GOOGLE_APPLICATION_CREDENTIALS")
        .pass("KOPS_")
        // It writes into and strikes out of it as it sees fit: never a person's own.
        .env("KUBECONFIG", stage.run_dir.kubeconfig())
        .of_run(&stage.run_dir, &plan.run_id)
        .log(stage.run_dir.logs().join("kops.log")))
}
