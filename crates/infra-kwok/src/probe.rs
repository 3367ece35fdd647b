//! Asks the daemons whether they are ready, and waits until they are.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use run_record::{Plan, Resource};
use stage::{Cancel, Progress};
use tokio::net::UnixStream;

use crate::{
    component::{Component, Probe},
    kubeconfig,
    pki::Client as Who,
    ports,
    private::Private,
};

/// Why the daemons are not ready.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// A daemon ended.
    #[error("`{daemon}` ended; it said: {tail}")]
    Ended {
        /// The daemon.
        daemon: String,
        /// Last lines of its log, redacted.
        tail: String,
    },
    /// It took too long.
    #[error("not ready after {}s: {}", seconds.as_secs(), waiting.join(", "))]
    TimedOut {
        /// How long was waited.
        seconds: Duration,
        /// What was not ready.
        waiting: Vec<String>,
    },
    /// The step was cancelled.
    #[error("stopped since the step was cancelled")]
    Cancelled,
}

impl ProbeError {
    /// Whether a daemon ended since another program took its port first.
    pub(crate) fn is_port_taken(&self) -> bool {
        matches!(self, Self::Ended { tail, .. } if tail.contains("address already in use"))
    }
}

/// Longest time until all are ready: it takes some seconds, and ten times that on a machine that
/// builds something at the same time.
const READY_DEADLINE: Duration = Duration::from_secs(180);

/// The daemons tell nobody when they are ready, so they are asked: often beside the seconds that it
/// takes, seldom beside the cost of an answer.
const LOOK: Duration = Duration::from_millis(50);

/// Longest wait for one answer: a daemon that is busy starting is asked again.
const ANSWER_DEADLINE: Duration = Duration::from_secs(2);

/// Last lines of a log that are shown.
const TAIL: usize = 5;

/// Asks the daemons of one run.
pub(crate) struct Asker {
    private: Private,
    cluster: String,
    http: reqwest::Client,
}

impl Asker {
    pub(crate) fn new(private: &Private, plan: &Plan) -> Self {
        // Loopback: a proxy of the environment never knows it.
        let http = stage::http_client().no_proxy().timeout(ANSWER_DEADLINE).build();
        Self {
            private: private.clone(),
            cluster: plan.cluster.clone(),
            http: http.unwrap_or_default(),
        }
    }

    /// Whether a daemon says that it is ready.
    pub(crate) async fn is_ready(&self, probe: &Probe) -> bool {
        match probe {
            Probe::Https(port, path) => {
                // Nobody there is no news; the client would call it an error.
                if !ports::is_taken(*port) {
                    return false;
                }
                let asked = tokio::time::timeout(ANSWER_DEADLINE, self.https(*port, path));
                asked.await.is_ok_and(|answer| answer.is_ok())
            }
            Probe::Http(port, path) => {
                let url = format!("http://127.0.0.1:{port}{path}");
                self.http.get(url).send().await.is_ok_and(|answer| answer.status().is_success())
            }
            Probe::Socket(path) => UnixStream::connect(path).await.is_ok(),
        }
    }

    async fn https(&self, port: u16, path: &str) -> Result<String, Box<dyn std::error::Error>> {
        let content = kubeconfig::content(&self.private, &self.cluster, Who::Admin, port);
        let kubeconfig: Kubeconfig = serde_json::from_value(content)?;
        let options = KubeConfigOptions::default();
        let mut config = Config::from_custom_kubeconfig(kubeconfig, &options).await?;
        config.proxy_url = None;
        let request = http::Request::get(path).body(Vec::new())?;
        Ok(Client::try_from(config)?.request_text(request).await?)
    }

    /// Waits until every daemon of `resources` is ready; fails at once when one ended.
    pub(crate) async fn wait(
        &self,
        resources: &[Resource],
        cancel: &Cancel,
    ) -> Result<(), ProbeError> {
        let end = Instant::now() + READY_DEADLINE;
        let progress = Progress::default();
        let mut waiting: Vec<(&Resource, Probe)> = resources
            .iter()
            .filter_map(|resource| {
                let probe = Component::named(&resource.name)?.probe(resource)?;
                Some((resource, probe))
            })
            .collect();
        loop {
            self.check_alive(resources)?;
            let asked = waiting.iter().map(|(_, probe)| self.is_ready(probe));
            let mut answers = futures::future::join_all(asked).await.into_iter();
            waiting.retain(|_| !answers.next().unwrap_or_default());
            if waiting.is_empty() {
                return Ok(());
            }
            let names = waiting.iter().map(|(resource, _)| resource.name.clone());
            let names: Vec<String> = names.collect();
            if Instant::now() >= end {
                return Err(ProbeError::TimedOut { seconds: READY_DEADLINE, waiting: names });
            }
            progress.say(&format!("waiting for {}", names.join(", ")));
            if cancel.guard(tokio::time::sleep(LOOK)).await.is_none() {
                return Err(ProbeError::Cancelled);
            }
        }
    }

    fn check_alive(&self, resources: &[Resource]) -> Result<(), ProbeError> {
        let ended = resources
            .iter()
            .find(|resource| resource.process.as_ref().is_some_and(|process| !process.is_alive()));
        match ended {
            Some(resource) => Err(ProbeError::Ended {
                daemon: resource.name.clone(),
                tail: tail(&self.private.log(&resource.name)),
            }),
            None => Ok(()),
        }
    }
}

/// The last lines of a log, redacted.
fn tail(log: &Path) -> String {
    let text = fs::read(PathBuf::from(log)).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    // Line by line: a key lies over many.
    stage::redact(&lines[lines.len().saturating_sub(TAIL)..].join("\n")).replace('\n', " | ")
}
