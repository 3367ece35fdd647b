//! The kinds of objects that ClusterLoader2's Prometheus manifests are made of.
//!
//! ClusterLoader2 makes them too, in the first test: the API server then builds its documents anew
//! for seconds, while that test already measures. Made here, before the nodes join, they disturb no
//! test, and the first one begins as the others do.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use http::Request;
use kube::Client;

/// Where ClusterLoader2 keeps its manifests.
const MANIFESTS: &str = "pkg/prometheus/manifests";

/// How the files of these kinds end.
const SUFFIX: &str = "CustomResourceDefinition.yaml";

/// Where the API server makes them.
const URI: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// Why the kinds could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrdsError {
    /// The manifests cannot be read.
    #[error("failed to read `{path}`")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The API server refused one.
    #[error("the cluster refused `{file}`")]
    Refused {
        /// The file.
        file: String,
        /// What the API server said.
        source: Box<kube::Error>,
    },
}

/// Makes those in ClusterLoader2's folder `cl2` that are not there yet; returns how many it has.
pub(crate) async fn make(client: &Client, cl2: &Path) -> Result<usize, CrdsError> {
    let folder = cl2.join(MANIFESTS);
    let read = |path: &Path, source| CrdsError::Read { path: path.into(), source };
    let mut made = 0;
    for entry in fs::read_dir(&folder).map_err(|source| read(&folder, source))? {
        let path = entry.map_err(|source| read(&folder, source))?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if file.ends_with(SUFFIX) {
            let text = fs::read(&path).map_err(|source| read(&path, source))?;
            create(client, text)
                .await
                .map_err(|source| CrdsError::Refused { file, source: Box::new(source) })?;
            made += 1;
        }
    }
    Ok(made)
}

/// The file is sent as it is: the API server reads YAML.
async fn create(client: &Client, text: Vec<u8>) -> Result<(), kube::Error> {
    let request = Request::post(URI)
        .header(http::header::CONTENT_TYPE, "application/yaml")
        .body(text)
        .map_err(kube::Error::HttpError)?;
    match client.request_text(request).await {
        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
        result => result.map(|_| ()),
    }
}
