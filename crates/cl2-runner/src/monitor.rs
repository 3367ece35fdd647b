//! Makes Prometheus reachable and waits until it measures.

use std::{fmt, time::Duration};

use run_record::Plan;
use scenario::Provider;
use serde::Serialize;
use stage::{Progress, Stage};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    config, crds, deploy,
    error::Error,
    prometheus::{Prometheus, PrometheusError, Rule, Target},
    stand_in,
};

/// Longest wait: Prometheus starts within a second and scrapes every few seconds.
const DEADLINE: Duration = Duration::from_secs(2 * 60);

/// Time between two looks at Prometheus, which scrapes when it likes and tells nobody.
const LOOK: Duration = Duration::from_millis(250);

/// Fewest targets: ClusterLoader2 waits in turns of 30 s until it sees this many.
const FEWEST_TARGETS: usize = 4;

/// A rule without which ClusterLoader2's API latencies are empty.
const NEEDED_RULE: &str = "apiserver:apiserver_request_latency:histogram_quantile";

/// A Prometheus that measures.
#[derive(Clone, Debug, Serialize)]
pub struct Monitored {
    /// What it scrapes.
    pub targets: usize,
    /// Its recording rules.
    pub rules: usize,
    /// Its version; a build of one's own may not know it.
    pub version: Option<String>,
}

/// Makes Prometheus reachable where ClusterLoader2 looks for it and waits until all it scrapes is up.
pub(crate) async fn monitor(stage: &Stage, plan: &Plan) -> Result<Monitored, Error> {
    let client = stage::client(&stage.run_dir).await.map_err(Error::Cluster)?;
    let node = format!("{}-infra", plan.cluster);
    let started = Instant::now();
    let cl2 = config::source(&stage.toolbox).await.map_err(Error::Source)?;
    let prometheus = Prometheus::new(client.clone());
    let preparing = async {
        if plan.provider == Provider::Kops {
            deploy::if_missing(stage, plan, &client).await?;
            return ready(&prometheus, Instant::now() + DEADLINE).await;
        }
        let reaching = async {
            let made = timeout(DEADLINE, stand_in::make(&client, &node)).await;
            made.map_err(|_| late(format!("no pod runs on node `{node}`")))??;
            ready(&prometheus, started + DEADLINE).await
        };
        let making = async { crds::make(&client, &cl2).await.map_err(Error::Crds) };
        let (monitored, _) = tokio::try_join!(reaching, making)?;
        Ok::<_, Error>(monitored)
    };
    let monitored = stage.cancel.guard(preparing).await.ok_or(Error::Cancelled)??;
    if let Some(version) = &monitored.version {
        note_version(stage, version);
    }
    tracing::info!(
        "Prometheus scrapes {} targets by {:.1} s",
        monitored.targets,
        started.elapsed().as_secs_f64()
    );
    Ok(monitored)
}

fn late(waiting_for: String) -> Error {
    Error::NotReady { deadline: DEADLINE, waiting_for }
}

async fn ready(prometheus: &Prometheus, end: Instant) -> Result<Monitored, Error> {
    let progress = Progress::default();
    loop {
        let missing = match look(prometheus).await {
            Ok((targets, rules)) => match missing(&targets, &rules) {
                None => {
                    let version = prometheus.version().await.map_err(Error::Prometheus)?;
                    return Ok(Monitored { targets: targets.len(), rules: rules.len(), version });
                }
                Some(missing) => missing,
            },
            // The API server may not know the endpoint yet.
            Err(error) => stage::chain(&error).join(": "),
        };
        if Instant::now() >= end {
            return Err(late(missing));
        }
        progress.say(&format!("waiting for Prometheus: {missing}"));
        sleep(LOOK).await;
    }
}

async fn look(prometheus: &Prometheus) -> Result<(Vec<Target>, Vec<Rule>), PrometheusError> {
    Ok((prometheus.targets().await?, prometheus.rules().await?))
}

/// What is missing before ClusterLoader2 finds Prometheus ready at its first look.
fn missing(targets: &[Target], rules: &[Rule]) -> Option<String> {
    let down: Vec<&Target> = targets.iter().filter(|target| target.health != "up").collect();
    if targets.len() < FEWEST_TARGETS {
        return Some(format!("it has {} targets of {FEWEST_TARGETS}", targets.len()));
    }
    if let Some(one) = down.first() {
        let why = if one.last_error.is_empty() { "not scraped yet" } else { &one.last_error };
        let (all, down) = (targets.len(), down.len());
        return Some(format!(
            "{down} of {all} targets are not up, as `{}`: {why}",
            one.scrape_pool
        ));
    }
    if let Some(one) = rules.iter().find(|rule| rule.health == "err") {
        return Some(format!("rule `{}` fails: {}", one.name, one.last_error));
    }
    if !rules.iter().any(|rule| rule.name == NEEDED_RULE) {
        return Some(format!("it has no rule `{NEEDED_RULE}`"));
    }
    None
}

fn note_version(stage: &Stage, version: &str) {
    let noted = stage.run_dir.update_metadata(|metadata| {
        let found = metadata.versions.0.entry("prometheus".into()).or_default();
        found.found = [(version.to_owned(), 1)].into();
    });
    if let Err(error) = noted {
        tracing::warn!("{}", stage::chain(&error).join(": "));
    }
}

impl fmt::Display for Monitored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prometheus scrapes {} targets and has {} rules", self.targets, self.rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(health: &str) -> Target {
        Target { scrape_pool: "etcd".into(), health: health.into(), last_error: String::new() }
    }

    fn rule(name: &str, health: &str) -> Rule {
        Rule { name: name.into(), health: health.into(), last_error: "bad".into() }
    }

    #[test]
    fn prometheus_is_ready_with_every_target_up_and_the_rules_loaded() {
        let targets = vec![target("up"); FEWEST_TARGETS];

        assert_eq!(missing(&targets, &[rule(NEEDED_RULE, "ok")]), None);
        assert_eq!(missing(&targets, &[rule(NEEDED_RULE, "unknown")]), None);
    }

    #[test]
    fn what_is_missing_is_named() {
        let rules = [rule(NEEDED_RULE, "ok")];
        let mut targets = vec![target("up"); FEWEST_TARGETS - 1];

        assert_eq!(missing(&targets, &rules).unwrap(), "it has 3 targets of 4");

        targets.push(target("unknown"));
        assert_eq!(
            missing(&targets, &rules).unwrap(),
            "1 of 4 targets are not up, as `etcd`: not scraped yet"
        );

        targets[3] = target("up");
        assert_eq!(missing(&targets, &[rule("x", "err")]).unwrap(), "rule `x` fails: bad");
        assert!(missing(&targets, &[]).unwrap().starts_with("it has no rule"));
    }
}
