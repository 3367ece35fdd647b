//! Finds the chart that is asked for, and the CRDs of the same version.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use scenario::Cilium;
use stage::{Toolbox, ToolboxError};

use crate::yaml::{YamlError, document};

/// Why there is no chart.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChartError {
    /// Nothing is asked for.
    #[error("the scenario names no Cilium (hint: give `cilium.version`)")]
    Nothing,
    /// The folder is no chart.
    #[error("`{path}` holds no chart")]
    NotThere {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The chart is not understood.
    #[error("failed to understand `{path}`")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: YamlError,
    },
    /// The chart does not say what it is.
    #[error("`{0}` names no version")]
    NoVersion(PathBuf),
    /// The module of this version cannot be had.
    #[error(
        "failed to get the files of Cilium {version} (hint: is there such a release or commit?)"
    )]
    Source {
        /// The version, or the commit.
        version: String,
        /// Why.
        source: ToolboxError,
    },
}

/// The chart of one Cilium, and its CRDs.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    /// Folder of the chart.
    pub(crate) folder: PathBuf,
    /// Version that the chart says it has.
    pub(crate) version: String,
    /// Folder of the CRD files, one folder per API version in it.
    pub(crate) crds: PathBuf,
}

/// Where the chart lies in cilium/cilium's sources.
const CHART: &str = "install/kubernetes/cilium";

/// Where the CRDs lie in cilium/cilium's sources.
const CRDS: &str = "pkg/k8s/apis/cilium.io/client/crds";

impl Chart {
    /// Finds what `cilium` asks for.
    pub(crate) async fn find(toolbox: &Toolbox, cilium: &Cilium) -> Result<Self, ChartError> {
        match (&cilium.version, &cilium.sha, &cilium.chart) {
            (Some(version), ..) | (_, Some(version), _) => {
                let sources = sources(toolbox, version).await?;
                let folder = sources.join(CHART);
                let version = said_version(&folder)?;
                Ok(Self { folder, version, crds: sources.join(CRDS) })
            }
            (.., Some(chart)) => {
                let folder = PathBuf::from(chart);
                let version = said_version(&folder)?;
                let crds = match folder.join("../../..").join(CRDS) {
                    beside if beside.is_dir() => beside,
                    _ => sources(toolbox, &version).await?.join(CRDS),
                };
                Ok(Self { folder, version, crds })
            }
            (None, None, None) => Err(ChartError::Nothing),
        }
    }
}

async fn sources(toolbox: &Toolbox, version: &str) -> Result<PathBuf, ChartError> {
    let found = toolbox.source("cilium", Some(version)).await;
    found.map_err(|source| ChartError::Source { version: version.into(), source })
}

/// The version in `Chart.yaml`.
fn said_version(folder: &Path) -> Result<String, ChartError> {
    let path = folder.join("Chart.yaml");
    let text = fs::read_to_string(&path)
        .map_err(|source| ChartError::NotThere { path: folder.into(), source })?;
    let chart =
        document(&text).map_err(|source| ChartError::Malformed { path: path.clone(), source })?;
    chart["version"].as_str().map(str::to_owned).ok_or(ChartError::NoVersion(path))
}
