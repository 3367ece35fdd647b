//! Resets between two tests what the scenario says is to be reset.

use k8s_openapi::api::apps::v1::DaemonSet;
use kube::Api;
use run_record::Plan;
use scenario::{After, Provider, Test};
use stage::Stage;

use crate::{
    cluster::connect,
    conntrack,
    error::Error,
    installed::{AGENT, NAMESPACE},
    record::{ReadyRecord, ResetOf, ResetRecord},
    wait::{installed, until_ready},
};

/// Resets what `test` says is to be reset after it.
pub(crate) async fn reset(stage: &Stage, plan: &Plan, test: &Test) -> Result<ResetRecord, Error> {
    let mut resets = Vec::new();
    for after in &test.after {
        resets.push(match (after, plan.provider) {
            (After::RestartAgents, _) => ResetOf::Agents(restart_agents(stage, plan).await?),
            (After::ResetConntrack, Provider::Kwok) => ResetOf::NotApplicable {
                what: "reset-conntrack",
                why: "nothing to reset on simulated nodes",
            },
            (After::ResetConntrack, Provider::Kops) => {
                ResetOf::Conntrack { nodes: conntrack::flush(stage, plan).await? }
            }
        });
    }
    Ok(ResetRecord { test: test.test.clone(), resets })
}

/// Restarts every agent, and waits until each is ready again.
async fn restart_agents(stage: &Stage, plan: &Plan) -> Result<ReadyRecord, Error> {
    let installed = installed(stage)?;
    let client = connect(stage).await?;
    let agents: Api<DaemonSet> = Api::namespaced(client.clone(), NAMESPACE);
    agents
        .restart(AGENT)
        .await
        .map_err(|source| Error::Api { what: "restart the agents", source: Box::new(source) })?;
    tracing::info!("restarted the agents");
    until_ready(stage, plan, &client, &installed).await
}
