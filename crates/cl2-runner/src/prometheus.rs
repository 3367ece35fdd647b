//! The suite's Prometheus, asked as ClusterLoader2 asks it: through the API server.

use http::Request;
use kube::Client;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// Where ClusterLoader2 looks for Prometheus.
pub(crate) const NAMESPACE: &str = "monitoring";
/// Its service, which ClusterLoader2 makes too and leaves alone if it is there.
pub(crate) const SERVICE: &str = "prometheus-k8s";
/// Its port.
pub(crate) const PORT: u16 = 9090;

/// Why Prometheus gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrometheusError {
    /// The question did not reach it, or it refused it.
    #[error("`{path}` gave no answer")]
    Ask {
        /// What was asked for.
        path: String,
        /// What the API server or Prometheus said.
        source: Box<kube::Error>,
    },
    /// It answered something else.
    #[error("`{path}` gave an answer of an unknown shape")]
    Answer {
        /// What was asked for.
        path: String,
        /// Where and why.
        source: serde_json::Error,
    },
}

/// The suite's Prometheus.
#[derive(Clone)]
pub(crate) struct Prometheus {
    client: Client,
}

/// Something that is scraped.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Target {
    /// Name of the job.
    #[serde(default)]
    pub(crate) scrape_pool: String,
    /// `up`, `down` or `unknown`.
    pub(crate) health: String,
    /// Why it is not up.
    #[serde(default)]
    pub(crate) last_error: String,
}

/// A rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rule {
    /// What it records.
    pub(crate) name: String,
    /// `ok`, `err` or `unknown`.
    pub(crate) health: String,
    /// Why it cannot be evaluated.
    #[serde(default)]
    pub(crate) last_error: String,
}

/// What Prometheus holds in memory.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Head {
    /// Series.
    pub(crate) num_series: u64,
    /// Time of the newest sample.
    pub(crate) max_time: i64,
}

#[derive(Debug, Deserialize)]
struct Answer<T> {
    data: T,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Targets {
    active_targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tsdb {
    head_stats: Head,
}

#[derive(Debug, Deserialize)]
struct Snapshot {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Build {
    version: String,
}

impl Prometheus {
    /// The Prometheus behind `client`'s cluster.
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// What is scraped.
    pub(crate) async fn targets(&self) -> Result<Vec<Target>, PrometheusError> {
        Ok(self.get::<Targets>("api/v1/targets?state=active").await?.active_targets)
    }

    /// The recording rules.
    pub(crate) async fn rules(&self) -> Result<Vec<Rule>, PrometheusError> {
        let rules: Rules = self.get("api/v1/rules?type=record").await?;
        Ok(rules.groups.into_iter().flat_map(|group| group.rules).collect())
    }

    /// What it holds in memory.
    pub(crate) async fn head(&self) -> Result<Head, PrometheusError> {
        Ok(self.get::<Tsdb>("api/v1/status/tsdb?limit=1").await?.head_stats)
    }

    /// Its version; a build of one's own may not know it.
    pub(crate) async fn version(&self) -> Result<Option<String>, PrometheusError> {
        let build: Build = self.get("api/v1/status/buildinfo").await?;
        Ok(Some(build.version).filter(|version| !version.is_empty()))
    }

    /// The folder of its database.
    pub(crate) async fn folder(&self) -> Result<String, PrometheusError> {
        let flags: Value = self.get("api/v1/status/flags").await?;
        Ok(flags["storage.tsdb.path"].as_str().unwrap_or_default().to_owned())
    }

    /// Takes a snapshot, of what is in memory too, and returns its name.
    pub(crate) async fn snapshot(&self) -> Result<String, PrometheusError> {
        let path = "api/v1/admin/tsdb/snapshot?skip_head=false";
        Ok(self.ask::<Snapshot>("POST", path).await?.name)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, PrometheusError> {
        self.ask("GET", path).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
    ) -> Result<T, PrometheusError> {
        let failed = |source| PrometheusError::Ask { path: path.into(), source: Box::new(source) };
        let uri =
            format!("/api/v1/namespaces/{NAMESPACE}/services/http:{SERVICE}:{PORT}/proxy/{path}");
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .body(Vec::new())
            .map_err(|error| failed(kube::Error::HttpError(error)))?;
        let text = self.client.request_text(request).await.map_err(failed)?;
        let answer: Answer<T> = serde_json::from_str(&text)
            .map_err(|source| PrometheusError::Answer { path: path.into(), source })?;
        Ok(answer.data)
    }
}
