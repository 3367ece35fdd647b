//! Cilium's CRDs, from the module's own files: on simulated nodes no operator creates them.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, Patch, PatchParams},
    runtime::{
        conditions::is_crd_established,
        wait::{self, await_condition},
    },
};
use serde_json::Value;
use walkdir::WalkDir;

use crate::yaml::{YamlError, document};

/// Why the CRDs are not served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrdError {
    /// The files cannot be read.
    #[error("failed to read `{path}`")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not understood.
    #[error("failed to understand `{path}`")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: YamlError,
    },
    /// There are none.
    #[error("`{0}` holds no CRD")]
    None(PathBuf),
    /// The API server refused one.
    #[error("failed to apply the CRD `{name}`")]
    Apply {
        /// Its name.
        name: String,
        /// What the API server said.
        source: Box<kube::Error>,
    },
    /// One cannot be watched.
    #[error("failed to watch the CRD `{name}`")]
    Watch {
        /// Its name.
        name: String,
        /// What the API server said.
        source: wait::Error,
    },
    /// One is not served.
    #[error("the CRD `{name}` is not established after {}s", deadline.as_secs())]
    NotEstablished {
        /// Its name.
        name: String,
        /// How long it was waited for.
        deadline: Duration,
    },
}

/// Longest time until a CRD is served; the API server needs 1 to 2 s for all of them when idle.
const ESTABLISHED: Duration = Duration::from_secs(60);

/// CRDs that are applied at a time: more only makes the API server rebuild its schemas more often.
const AT_A_TIME: usize = 4;

/// Who the API server says owns the fields.
const MANAGER: &str = "cilium-install";

/// Applies every CRD below `folder` and waits until each is served. Returns their names.
pub(crate) async fn serve(client: &Client, folder: &Path) -> Result<Vec<String>, CrdError> {
    let crds = read(folder)?;
    let resource = ApiResource::erase::<CustomResourceDefinition>(&());
    let api: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
    let names: Vec<String> =
        stream::iter(&crds).map(|crd| apply(&api, crd)).buffered(AT_A_TIME).try_collect().await?;
    let typed: Api<CustomResourceDefinition> = Api::all(client.clone());
    stream::iter(names.iter().map(Ok))
        .try_for_each_concurrent(None, |name| established(&typed, name))
        .await?;
    Ok(names)
}

fn read(folder: &Path) -> Result<Vec<Value>, CrdError> {
    let mut crds = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry =
            entry.map_err(|error| CrdError::Read { path: folder.into(), source: error.into() })?;
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = fs::read_to_string(path)
            .map_err(|source| CrdError::Read { path: path.into(), source })?;
        let crd =
            document(&text).map_err(|source| CrdError::Malformed { path: path.into(), source })?;
        if crd["kind"] == "CustomResourceDefinition" {
            crds.push(crd);
        }
    }
    if crds.is_empty() { Err(CrdError::None(folder.into())) } else { Ok(crds) }
}

async fn apply(api: &Api<DynamicObject>, crd: &Value) -> Result<String, CrdError> {
    let name = crd["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let params = PatchParams::apply(MANAGER).force();
    match api.patch(&name, &params, &Patch::Apply(crd)).await {
        Ok(_) => Ok(name),
        Err(source) => Err(CrdError::Apply { name, source: Box::new(source) }),
    }
}

async fn established(api: &Api<CustomResourceDefinition>, name: &str) -> Result<(), CrdError> {
    let waiting = await_condition(api.clone(), name, is_crd_established());
    match tokio::time::timeout(ESTABLISHED, waiting).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(source)) => Err(CrdError::Watch { name: name.into(), source }),
        Err(_) => Err(CrdError::NotEstablished { name: name.into(), deadline: ESTABLISHED }),
    }
}
