//! One command of kops to its end: progress, deadline, cancellation, and what its failure means.

use std::time::Duration;

use run_record::Plan;
use stage::{Finished, Progress, Stage, ToolError};

use crate::{build_error::BuildError, gce::Trouble, kops::kops};

/// Longest time for one command. kops waits for nothing but Google's operations; a group of 1,000
/// machines is one of them.
const DEADLINE: Duration = Duration::from_secs(20 * 60);

/// Time that kops has to put down what it holds: it finishes the tasks it is at.
const GRACE: Duration = Duration::from_secs(5);

/// Attempts in all: kops tries what fails for ten minutes by itself, so a second time is for what
/// ended it outright.
const ATTEMPTS: u32 = 3;

/// Does `what` with kops. It does what is missing alone, so that it can be told the same again.
pub(crate) async fn run(
    stage: &Stage,
    plan: &Plan,
    what: &'static str,
    args: &[String],
) -> Result<Finished, BuildError> {
    let mut attempt = 1;
    loop {
        match once(stage, plan, what, args).await {
            Err(error) if attempt < ATTEMPTS && is_worth_it(&error) => {
                tracing::warn!("attempt {attempt} of {ATTEMPTS} to {what} with kops: {error}");
                attempt += 1;
                let pause = error.trouble().map_or(Duration::ZERO, |trouble| trouble.rule().first);
                stage.cancel.guard(tokio::time::sleep(pause)).await.ok_or(BuildError::Cancelled)?;
            }
            result => return result,
        }
    }
}

async fn once(
    stage: &Stage,
    plan: &Plan,
    what: &'static str,
    args: &[String],
) -> Result<Finished, BuildError> {
    let progress = Progress::default();
    // kops counts its tasks: `Tasks: 33 done / 77 total; 12 can run`.
    let say = |line: &str| {
        if let Some((_, tasks)) = line.split_once("Tasks: ") {
            progress.say(&format!("{what}: {tasks}"));
        }
    };
    let tool = kops(stage, plan, args.iter().cloned()).await?;
    let tool = tool.deadline(DEADLINE).grace(GRACE).cancel(&stage.cancel).on_line(say);
    tool.run().await.map_err(|source| {
        let trouble = match &source {
            ToolError::Status { tail, .. } | ToolError::TimedOut { tail, .. } => {
                Trouble::in_words(&tail.join("\n"))
            }
            _ => None,
        };
        BuildError::Kops { what, trouble, source: Box::new(source) }
    })
}

fn is_worth_it(error: &BuildError) -> bool {
    matches!(error.trouble(), Some(Trouble::RateLimit | Trouble::Lost | Trouble::Busy))
}
