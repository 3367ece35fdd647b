//! Whether the cluster's API server answers.

use std::time::Duration;

use http::Request;
use kube::Client;
use tokio::time::timeout;

/// Longest wait for one answer: a busy API server answers this question in milliseconds, since it is
/// exempt from its queues.
const ANSWER: Duration = Duration::from_secs(5);

/// Asks once whether the API server, and etcd behind it, are ready.
///
/// # Errors
/// Why not, in one sentence.
pub(crate) async fn ready(client: &Client) -> Result<(), String> {
    let request = Request::get("/readyz").body(Vec::new()).map_err(|error| error.to_string())?;
    match timeout(ANSWER, client.request_text(request)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(stage::chain(&error).join(": ")),
        Err(_) => Err(format!("no answer within {} s", ANSWER.as_secs())),
    }
}
