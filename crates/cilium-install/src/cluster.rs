//! The way to the run's cluster.

use std::time::Duration;

use kube::Client;
use stage::Stage;

use crate::error::Error;

/// Longest time until the API server says its version; it does so in milliseconds.
const ANSWER: Duration = Duration::from_secs(10);

/// A client of the run's cluster, which answers.
pub(crate) async fn connect(stage: &Stage) -> Result<Client, Error> {
    let client = stage::client(&stage.run_dir).await.map_err(Error::Cluster)?;
    let asking = tokio::time::timeout(ANSWER, client.apiserver_version());
    match stage.cancel.guard(asking).await {
        None => Err(Error::Cancelled),
        Some(Err(_)) => Err(Error::Silent { deadline: ANSWER }),
        Some(Ok(Err(source))) => {
            Err(Error::Api { what: "reach the run's cluster", source: Box::new(source) })
        }
        Some(Ok(Ok(_))) => Ok(client),
    }
}
