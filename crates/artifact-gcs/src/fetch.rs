//! Fetches the builds that a test is compared with.

use run_record::{Plan, PlannedTest, RunDir};
use stage::chain;

use crate::{
    baseline::{Baseline, BaselineError, Fetch},
    bucket, candidate,
    error::Error,
    layout::BuildFolder,
    list::builds,
    manifest::{Manifest, ManifestError},
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
    if let Some((store, folders)) = first_bucket(plan, test, &mut fetched).await? {
        let wanted = usize::try_from(plan.scenario.baseline.builds).unwrap_or(usize::MAX);
        for folder in folders.iter().take(LOOKED_AT) {
            if fetched.builds.len() == wanted {
                break;
            }
            match take(&*store, plan, &baseline, folder).await? {
                Fetch::Broken(reason) => {
                    tracing::info!("passed over build {}: {reason}", folder.build);
                    fetched.passed_over.push(format!("build {}: {reason}", folder.build));
                }
                taken => {
                    fetched.builds.push(folder.build);
                    fetched.kept += usize::from(taken == Fetch::Kept);
                }
            }
        }
        fetched.bucket = Some(store.address());
    }
    baseline.index(&fetched.builds, &fetched.passed_over).map_err(Error::Baseline)?;
    Ok(fetched)
}

/// The first bucket that has earlier builds of the job, and those builds, newest first.
async fn first_bucket(
    plan: &Plan,
    test: &PlannedTest,
    fetched: &mut Fetched,
) -> Result<Option<(Box<dyn Store>, Vec<BuildFolder>)>, Error> {
    for address in &plan.baseline_buckets {
        let store = bucket::open(address).map_err(Error::Address)?;
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

/// Fetches one build if it is of use.
async fn take(
    store: &dyn Store,
    plan: &Plan,
    baseline: &Baseline,
    folder: &BuildFolder,
) -> Result<Fetch, Error> {
    let manifest = match Manifest::read(store, folder).await {
        Ok(Some(manifest)) => manifest,
        Ok(None) => return Ok(Fetch::Broken("unfinished".into())),
        Err(error @ ManifestError::Store { .. }) => return Err(Error::Manifest(error)),
        Err(error) => return Ok(Fetch::Broken(chain(&error).join(": "))),
    };
    if let Some(reason) = candidate::why_not(&manifest, &plan.overrides) {
        return Ok(Fetch::Broken(reason));
    }
    baseline.fetch(store, &manifest).await.map_err(|error| match error {
        BaselineError::Store(source) => Error::Store { source },
        BaselineError::File(source) => Error::Baseline(source),
    })
}
