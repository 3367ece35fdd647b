//! Writes the kubeconfig of the run anew: credentials do not travel with the run directory.

use run_record::{KopsPlan, Plan};
use stage::Stage;

use crate::{build_error::BuildError, record::Connected, way_in};

/// Writes the kubeconfig of the run anew, and looks whether it is of any use.
pub(crate) async fn connect(
    stage: &Stage,
    plan: &Plan,
    kops: &KopsPlan,
) -> Result<Connected, BuildError> {
    match stage.run_dir.ledger() {
        Ok(ledger) if ledger.closed.is_none() => {}
        Ok(_) => return Err(BuildError::NeverMade),
        Err(error) if error.is_missing() => return Err(BuildError::NeverMade),
        Err(error) => return Err(error.into()),
    }
    way_in::write(stage, plan, kops).await?;
    let client = stage::client(&stage.run_dir).await?;
    let version = client.apiserver_version().await.map_err(|error| BuildError::Api {
        what: "reach the API server",
        source: Box::new(error),
    })?;
    let kubeconfig = stage.run_dir.kubeconfig();
    Ok(Connected { kubeconfig, kubernetes: version.git_version })
}
