//! Lists the builds of jobs.

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use stage::chain;

use crate::{
    access::Access,
    bucket,
    error::Error,
    layout::{self, BuildFolder, build_number},
    manifest::{Manifest, ManifestError, ReadManifest},
    record::{Listed, ListedBuild},
    store::Store,
};

/// Manifests that are read at once, to hide a bucket's latency of some 50 ms each.
const PARALLEL: usize = 8;

/// Most of `tested_version.txt` that is read: a version or a commit is much shorter.
const LONGEST_VERSION: usize = 256;

/// Lists the builds of `jobs` in the bucket at `address`: job by job, newest first, without those
/// that are older than the second `since`.
///
/// # Errors
/// The bucket cannot be read. A build that cannot be understood is listed with the reason.
pub async fn list(
    address: &str,
    jobs: &[String],
    since: u64,
    access: &Access,
) -> Result<Listed, Error> {
    let store = bucket::open(address, access).map_err(Error::Address)?;
    let store = &*store;
    let mut folders = Vec::new();
    for job in jobs {
        let builds = builds(store, job).await?.folders;
        folders.extend(builds.into_iter().filter(|folder| folder.build >= since));
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
        version: None,
        overrides: Vec::new(),
        objects: None,
        bytes: None,
        state,
    };
    match Manifest::read(store, &folder).await {
        Ok(Some(ReadManifest { manifest, .. })) => Ok(ListedBuild {
            version: tested_version(store, &folder, &manifest).await?,
            started: Some(manifest.started),
            outcome: Some(manifest.outcome),
            verdict: manifest.verdict,
            objects: Some(manifest.objects.len()),
            bytes: Some(manifest.bytes()),
            overrides: manifest.overrides,
            ..bare("finished".into())
        }),
        Ok(None) => Ok(bare("unfinished".into())),
        Err(error @ ManifestError::Store { .. }) => Err(Error::Manifest(error)),
        Err(error) => Ok(bare(chain(&error).join(": "))),
    }
}

/// The Cilium that was tested, if the build says so.
async fn tested_version(
    store: &dyn Store,
    folder: &BuildFolder,
    manifest: &Manifest,
) -> Result<Option<String>, Error> {
    if manifest.object(layout::TESTED_VERSION).is_none() {
        return Ok(None);
    }
    let failed = |source| Error::Store { source };
    let name = folder.object(layout::TESTED_VERSION);
    let Some(opened) = store.open(&name).await.map_err(failed)? else { return Ok(None) };
    let text = opened.whole(LONGEST_VERSION).await.map_err(failed)?;
    Ok(text.map(|text| String::from_utf8_lossy(&text).trim().to_owned()))
}
