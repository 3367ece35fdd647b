//! Empties the connection tracking tables of every node, through its agent.

use std::{path::PathBuf, time::Duration};

use futures::{StreamExt, TryStreamExt, stream};
use run_record::Plan;
use stage::{Progress, Stage, Tool, ToolError, ToolboxError};

use crate::installed::NAMESPACE;

/// Why connection tracking was not reset.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConntrackError {
    /// kubectl cannot be had.
    #[error("failed to find kubectl")]
    Toolbox(#[source] ToolboxError),
    /// kubectl, or what it started in an agent, failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// There is no agent: nothing would be reset, and nobody would know.
    #[error("no pod has the label `{AGENTS}` (hint: `cilium-install wait` says what is missing)")]
    NoAgent,
}

/// How the chart labels the agents' pods.
const AGENTS: &str = "k8s-app=cilium";

/// Agents that are asked at the same time: each answer comes through the API server.
const AT_ONCE: usize = 16;

/// Longest time of one call: a full table of 500,000 entries is emptied in seconds.
const DEADLINE: Duration = Duration::from_secs(60);

/// The agent's own tool is called `cilium-dbg` since 1.15, and `cilium` before.
const FLUSH: &str = "command -v cilium-dbg >/dev/null && exec cilium-dbg bpf ct flush global; exec cilium bpf ct flush global";

/// Empties the tables of every node, and says of how many.
pub(crate) async fn flush(stage: &Stage, plan: &Plan) -> Result<usize, ConntrackError> {
    let program = stage.toolbox.find("kubectl").await.map_err(ConntrackError::Toolbox)?;
    let selector = ["get", "pods", "--selector", AGENTS, "--output", "name"];
    let listed = kubectl(stage, plan, &program).args(selector).keep_stdout().run().await?;
    let pods: Vec<String> = listed.stdout.split_whitespace().map(Into::into).collect();
    if pods.is_empty() {
        return Err(ConntrackError::NoAgent);
    }
    let (all, progress) = (pods.len(), Progress::default());
    let calls = pods.into_iter().map(|pod| {
        let call = ["exec", &pod, "--container", "cilium-agent", "--", "sh", "-c", FLUSH];
        kubectl(stage, plan, &program).args(call).run()
    });
    let mut calls = stream::iter(calls).buffer_unordered(AT_ONCE);
    let mut done = 0;
    while calls.try_next().await?.is_some() {
        done += 1;
        progress.say(&format!("connection tracking of {done} of {all} nodes is empty"));
    }
    Ok(done)
}

fn kubectl(stage: &Stage, plan: &Plan, program: &PathBuf) -> Tool<'static> {
    let run_dir = &stage.run_dir;
    Tool::new("kubectl", program)
        .arg("--kubeconfig")
        .arg(run_dir.kubeconfig())
        .args(["--namespace", NAMESPACE])
        .log(run_dir.logs().join("kubectl.log"))
        .deadline(DEADLINE)
        .cancel(&stage.cancel)
        .of_run(run_dir, &plan.run_id)
}
