//! The Prometheus of a run: what it scrapes, and ClusterLoader2's recording rules.

use std::{fs, io, path::Path};

use run_record::{FileError, write_json_as_is, write_whole};
use scenario::Scenario;
use serde_json::{Value, json};

use crate::{pki::Client, ports::Ports, private::Private};

/// Why Prometheus could not be given its files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrometheusError {
    /// ClusterLoader2's rules cannot be read.
    #[error("failed to read ClusterLoader2's recording rules")]
    Rules(#[source] io::Error),
    /// ClusterLoader2's rules are not as expected.
    #[error("found no recording rules in `{0}`")]
    NoRules(String),
    /// A file cannot be written.
    #[error("failed to write the configuration of Prometheus")]
    Write(#[from] FileError),
}

/// Where ClusterLoader2 keeps its rules.
const RULES: &str = "pkg/prometheus/manifests/prometheus-rules.yaml";

/// Longer than any run: what was measured is there until the snapshot is taken.
const RETENTION: &str = "--storage.tsdb.retention.time=30d";

pub(crate) fn args(private: &Private, ports: Ports) -> Vec<String> {
    vec![
        format!("--config.file={}", private.config("prometheus.json").display()),
        format!("--storage.tsdb.path={}", private.data("prometheus").display()),
        RETENTION.into(),
        format!("--web.listen-address=127.0.0.1:{}", ports.prometheus),
        // The snapshot of the run is taken through it.
        "--web.enable-admin-api".into(),
        "--log.level=warn".into(),
    ]
}

/// Writes what Prometheus is started with; `cl2` is the folder of ClusterLoader2's own files.
pub(crate) fn write(
    private: &Private,
    ports: Ports,
    scenario: &Scenario,
    cl2: &Path,
) -> Result<(), PrometheusError> {
    let text = fs::read_to_string(cl2.join(RULES)).map_err(PrometheusError::Rules)?;
    let rules = recording_rules(&text).ok_or_else(|| PrometheusError::NoRules(RULES.into()))?;
    let path = private.config("rules.yaml");
    write_whole(&path, rules.as_bytes())?;
    write_json_as_is(&private.config("prometheus.json"), &config(private, ports, scenario, &path))?;
    Ok(())
}

/// The groups of rules in a `PrometheusRule`: what stands under its `spec` is a rule file of
/// Prometheus as it is.
fn recording_rules(text: &str) -> Option<&str> {
    let (_, spec) = text.split_once("\nspec:\n")?;
    (spec.trim_start().starts_with("groups:") && spec.contains("record:")).then_some(spec)
}

/// The configuration; JSON is YAML. Jobs are named after the programs, as the queries of our tests
/// expect.
fn config(private: &Private, ports: Ports, scenario: &Scenario, rules: &Path) -> Value {
    let tls = json!({
        "ca_file": private.pki("ca.crt"),
        "cert_file": private.pki(&format!("{}.crt", Client::Prometheus.name())),
        "key_file": private.pki(&format!("{}.key", Client::Prometheus.name())),
    });
    let job = |name: &str, port: u16, secure: bool| {
        let mut job = json!({
            "job_name": name,
            "static_configs": [{ "targets": [format!("127.0.0.1:{port}")] }],
        });
        if secure {
            job["scheme"] = "https".into();
            job["tls_config"] = tls.clone();
        }
        job
    };
    let mut jobs = vec![
        job("kube-apiserver", ports.api, true),
        job("kube-controller-manager", ports.controllers, true),
        job("kube-scheduler", ports.scheduler, true),
        job("kwok", ports.kwok, false),
        job("prometheus", ports.prometheus, false),
    ];
    if scenario.monitoring.scrape_etcd {
        jobs.push(job("etcd", ports.etcd, false));
    }
    let interval = format!("{}s", scenario.monitoring.interval_seconds);
    json!({
        "global": {
            "scrape_interval": interval,
            "scrape_timeout": interval,
            "evaluation_interval": interval,
        },
        "rule_files": [rules],
        "scrape_configs": jobs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_what_stands_under_spec() {
        let text =
            "kind: PrometheusRule\nspec:\n  groups:\n  - name: a\n    rules:\n    - record: b\n";

        let rules = recording_rules(text);

        assert_eq!(rules, Some("  groups:\n  - name: a\n    rules:\n    - record: b\n"));
        assert_eq!(recording_rules("kind: PrometheusRule\nspec:\n  groups: []\n"), None);
    }
}
