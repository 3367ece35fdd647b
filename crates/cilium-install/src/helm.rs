//! What is asked of helm.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use run_record::Plan;
use serde_json::Value;
use stage::{Stage, Tool, ToolError, ToolboxError};

use crate::installed::NAMESPACE;

/// Why helm did not do its part.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HelmError {
    /// It cannot be found or built.
    #[error("failed to get helm")]
    Toolbox(#[source] ToolboxError),
    /// It failed.
    #[error("helm failed (hint: `logs/helm.log` of the run has more)")]
    Tool(#[source] ToolError),
    /// Its answer was not understood.
    #[error("failed to understand what helm says the values are")]
    Answer(#[source] serde_json::Error),
}

impl HelmError {
    /// Whether it was stopped since the step was cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        matches!(self, Self::Tool(error) if error.is_cancelled())
    }

    /// Whether it ran into its deadline.
    pub(crate) fn is_timed_out(&self) -> bool {
        matches!(self, Self::Tool(error) if error.is_timed_out())
    }
}

/// Name of the release.
pub(crate) const RELEASE: &str = "cilium";

/// Longest time one call may take: it creates some 30 objects, in 2 s on an idle machine, and does
/// not wait for pods.
const DEADLINE: Duration = Duration::from_secs(300);

/// Revisions that are kept: each is a Secret of some 100 kB in etcd, whose size is measured.
const HISTORY: &str = "2";

/// Helm, pointed at the run's cluster.
pub(crate) struct Helm<'s> {
    program: PathBuf,
    stage: &'s Stage,
    run_id: &'s str,
}

impl<'s> Helm<'s> {
    /// Finds helm.
    pub(crate) async fn find(stage: &'s Stage, plan: &'s Plan) -> Result<Self, HelmError> {
        let program = stage.toolbox.find("helm").await.map_err(HelmError::Toolbox)?;
        Ok(Self { program, stage, run_id: &plan.run_id })
    }

    /// Installs `chart` with the values in the file `values`, or changes what is installed to that.
    pub(crate) async fn upgrade(&self, chart: &Path, values: &Path) -> Result<(), HelmError> {
        self.tool("upgrade")
            .args(["--install", "--reset-values", "--wait=hookOnly", "--history-max", HISTORY])
            // What somebody else changed since is set back: the scenario says what is installed.
            .arg("--force-conflicts")
            .arg("--values")
            .arg(values)
            .arg(RELEASE)
            .arg(chart)
            .run()
            .await
            .map_err(HelmError::Tool)?;
        Ok(())
    }

    /// What `chart` is with the values in the file `values`, on Kubernetes `kubernetes`: its objects,
    /// hooks included. No cluster is asked.
    pub(crate) async fn template(
        &self,
        chart: &Path,
        values: &Path,
        kubernetes: &str,
    ) -> Result<String, HelmError> {
        let tool = self.alone("template").arg("--kube-version").arg(kubernetes);
        let tool = tool.arg("--values").arg(values).arg(RELEASE).arg(chart).keep_stdout();
        Ok(tool.run().await.map_err(HelmError::Tool)?.stdout)
    }

    /// The values that the release was installed with.
    pub(crate) async fn values(&self) -> Result<Value, HelmError> {
        let tool = self.tool("get").args(["values", RELEASE, "--output", "json"]).keep_stdout();
        let finished = tool.run().await.map_err(HelmError::Tool)?;
        serde_json::from_str(&finished.stdout).map_err(HelmError::Answer)
    }

    /// The objects of the release, Secrets included.
    pub(crate) async fn manifest(&self) -> Result<String, HelmError> {
        let tool = self.tool("get").args(["manifest", RELEASE]).keep_stdout();
        Ok(tool.run().await.map_err(HelmError::Tool)?.stdout)
    }

    /// Helm on the run's cluster.
    fn tool(&self, word: &str) -> Tool<'static> {
        self.alone(word).arg("--kubeconfig").arg(self.stage.run_dir.kubeconfig())
    }

    /// Helm with nothing of the user's own: repositories, plugins and caches are the run's.
    fn alone(&self, word: &str) -> Tool<'static> {
        let run_dir = &self.stage.run_dir;
        let home = run_dir.private().join("helm");
        Tool::new("helm", &self.program)
            .arg(word)
            .args(["--namespace", NAMESPACE])
            .env("HELM_CACHE_HOME", home.join("cache"))
            .env("HELM_CONFIG_HOME", home.join("config"))
            .env("HELM_DATA_HOME", home.join("data"))
            .log(run_dir.logs().join("helm.log"))
            .deadline(DEADLINE)
            .cancel(&self.stage.cancel)
            .of_run(run_dir, self.run_id)
    }
}
