//! Fetches the builds that a test is compared with.

use run_record::{Plan, PlannedTest, RunDir};
use stage::chain;

use crate::{
    access::Access,
    baseline::{Baseline, BaselineError, Fetch},
    baseline_index::{BaselineIndex, Seen},
    bucket, candidate,
    error::Error,
    layout::{self, BuildFolder},
    list::builds,
    manifest::{Manifest, ManifestError, ReadManifest},
    record::Fetched,
    store::Store,
};

/// Most builds that are looked at: further back lies another age, and a job whose last hundred
/// builds are of no use has no baseline.
const LOOKED_AT: usize = 100;

/// Fetches the newest builds of `test`'s job that are older than its own and of use.
pub(crate) async fn fetch(
    run_dir: &RunDir,
    plan: &Plan,
    test: &PlannedTest,
    access: &Access,
) -> Result<Fetched, Error> {
    let baseline = Baseline::of(run_dir, &test.test.test);
    let mut fetched = Fetched {
        job: test.baseline_job.clone(),
        bucket: None,
        builds: Vec::new(),
        passed_over: Vec::new(),
        kept: 0,
        ignored: Vec::new(),
    };
    let mut index = BaselineIndex::default();
    if let Some((store, folders)) = first_bucket(plan, test, access, &mut fetched).await? {
        let wanted = usize::try_from(plan.scenario.baseline.builds).unwrap_or(usize::MAX);
        let earlier = baseline.earlier(&store.address());
        for folder in folders.iter().take(LOOKED_AT) {
            if fetched.builds.len() == wanted {
                break;
            }
            let seen = earlier.seen.get(&folder.build);
            let (taken, generation) = take(&*store, plan, &baseline, folder, seen).await?;
            let passed_over = match &taken {
                Fetch::Broken(reason) => Some(reason.clone()),
                Fetch::Fetched | Fetch::Kept => None,
            };
            if let Some(reason) = &passed_over {
                tracing::info!("passed over build {}: {reason}", folder.build);
                fetched.passed_over.push(format!("build {}: {reason}", folder.build));
            } else {
                fetched.builds.push(folder.build);
                fetched.kept += usize::from(taken == Fetch::Kept);
            }
            if let Some(generation) = generation {
                index.seen.insert(folder.build, Seen { generation, passed_over });
            }
        }
        fetched.bucket = Some(store.address());
    }
    index.builds.clone_from(&fetched.builds);
    index.passed_over.clone_from(&fetched.passed_over);
    index.bucket.clone_from(&fetched.bucket);
    baseline.index(&index).map_err(Error::Baseline)?;
    Ok(fetched)
}

/// The first bucket that has earlier builds of the job, and those builds, newest first.
async fn first_bucket(
    plan: &Plan,
    test: &PlannedTest,
    access: &Access,
    fetched: &mut Fetched,
) -> Result<Option<(Box<dyn Store>, Vec<BuildFolder>)>, Error> {
    for address in &plan.baseline_buckets {
        let store = bucket::open(address, access).map_err(Error::Address)?;
        let mut found = builds(&*store, &test.baseline_job).await?;
        for name in &found.ignored {
            tracing::info!("`{name}` in job {} is no build and is ignored", test.baseline_job);
        }
        fetched.ignored.append(&mut found.ignored);
        found.folders.retain(|folder| folder.build < test.build);
        if !found.folders.is_empty() {
            return Ok(Some((store, found.folders)));
        }
    }
    Ok(None)
}

/// Fetches one build if it is of use; which writing of its manifest it went by comes back too.
async fn take(
    store: &dyn Store,
    plan: &Plan,
    baseline: &Baseline,
    folder: &BuildFolder,
    seen: Option<&Seen>,
) -> Result<(Fetch, Option<u64>), Error> {
    if let Some(seen) = seen
        && is_unchanged(store, folder, seen).await?
    {
        match &seen.passed_over {
            Some(reason) => return Ok((Fetch::Broken(reason.clone()), Some(seen.generation))),
            None if baseline.holds(folder.build) => {
                return Ok((Fetch::Kept, Some(seen.generation)));
            }
            None => {}
        }
    }
    let ReadManifest { manifest, generation } = match Manifest::read(store, folder).await {
        Ok(Some(read)) => read,
        Ok(None) => return Ok((Fetch::Broken("unfinished".into()), None)),
        Err(error @ ManifestError::Store { .. }) => return Err(Error::Manifest(error)),
        Err(error) => return Ok((Fetch::Broken(chain(&error).join(": ")), None)),
    };
    if let Some(reason) = candidate::why_not(&manifest, &plan.overrides) {
        return Ok((Fetch::Broken(reason), generation));
    }
    let fetched = baseline.fetch(store, &manifest).await.map_err(|error| match error {
        BaselineError::Store(source) => Error::Store { source },
        BaselineError::File(source) => Error::Baseline(source),
    })?;
    Ok((fetched, generation))
}

/// Whether the manifest of a build is the one that was seen.
async fn is_unchanged(store: &dyn Store, folder: &BuildFolder, seen: &Seen) -> Result<bool, Error> {
    let head = store.head(&folder.object(layout::MANIFEST)).await;
    let head = head.map_err(|source| Error::Store { source })?;
    Ok(head.and_then(|head| head.generation) == Some(seen.generation))
}
