//! Lists the builds of jobs.

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use stage::chain;

use crate::{
    error::Error,
    layout::{self, BuildFolder, build_number},
    manifest::{Manifest, ManifestError, ReadManifest},
    record::{Listed, ListedBuild},
    store::Store,
};

/// Manifests that are read at once, to hide a bucket's latency of some 50 ms each.
const PARALLEL: usize = 8;

/// Lists the builds of `jobs`: job by job, newest first.
pub(crate) async fn list(store: &dyn Store, jobs: &[String]) -> Result<Listed, Error> {
    let mut folders = Vec::new();
    for job in jobs {
        folders.extend(builds(store, job).await?.folders);
    }
    let reading = folders.into_iter().map(|folder| describe(store, folder));
    let builds = stream::iter(reading).buffered(PARALLEL).try_collect().await?;
    Ok(Listed { bucket: store.address(), builds })
}

/// The builds of a job.
#[derive(Debug)]
pub(crate) struct Builds {
    /// The builds, newest first.
    pub(crate) folders: Vec<BuildFolder>,
    /// Folders of the job that are no builds.
    pub(crate) ignored: Vec<String>,
}

/// The builds of `job`.
pub(crate) async fn builds(store: &dyn Store, job: &str) -> Result<Builds, Error> {
    let listing = store.list(&layout::job(job)).await;
    let listing = listing.map_err(|source| Error::Store { source })?;
    let (mut numbers, mut ignored) = (Vec::new(), Vec::new());
    for name in listing.folders {
        match build_number(&name) {
            Some(number) => numbers.push(number),
            None => ignored.push(name),
        }
    }
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    let folders = numbers.into_iter().map(|build| BuildFolder { job: job.into(), build });
    Ok(Builds { folders: folders.collect(), ignored })
}

async fn describe(store: &dyn Store, folder: BuildFolder) -> Result<ListedBuild, Error> {
    let BuildFolder { job, build } = folder.clone();
    // The number of a build is the second in which it was planned.
    let planned = i64::try_from(build).ok().and_then(|at| Timestamp::from_second(at).ok());
    let bare = |state: String| ListedBuild {
        job,
        build,
        started: planned,
        outcome: None,
        verdict: None,
        objects: None,
        bytes: None,
        state,
    };
    match Manifest::read(store, &folder).await {
        Ok(Some(ReadManifest { manifest, .. })) => Ok(ListedBuild {
            started: Some(manifest.started),
            outcome: Some(manifest.outcome),
            verdict: manifest.verdict,
            objects: Some(manifest.objects.len()),
            bytes: Some(manifest.bytes()),
            ..bare("finished".into())
        }),
        Ok(None) => Ok(bare("unfinished".into())),
        Err(error @ ManifestError::Store { .. }) => Err(Error::Manifest(error)),
        Err(error) => Ok(bare(chain(&error).join(": "))),
    }
}
