//! A build before it is written: its card and its files.

use run_record::{Format, Plan, PlannedTest, RunDir};

use crate::{
    contents::{Contents, ContentsError},
    ending::Ending,
    error::Error,
    manifest::Manifest,
    suite_contents, test_contents,
};

/// The jobs of a run: those of its tests, then that of its suite.
pub(crate) fn jobs(plan: &Plan) -> Vec<String> {
    let tests = plan.tests.iter().map(|test| test.job.clone());
    let mut jobs: Vec<String> = Vec::new();
    for job in tests.chain([plan.suite_job.clone()]) {
        if !jobs.contains(&job) {
            jobs.push(job);
        }
    }
    jobs
}

/// The manifest with empty lists, and the files, of the build of `test` or of the suite.
pub(crate) async fn gather(
    run_dir: &RunDir,
    plan: &Plan,
    test: Option<&PlannedTest>,
) -> Result<(Manifest, Contents), Error> {
    let (run_dir, plan, test) = (run_dir.clone(), plan.clone(), test.cloned());
    let gathering = tokio::task::spawn_blocking(move || blocking(&run_dir, &plan, test.as_ref()));
    gathering.await.map_err(Error::Stopped)?.map_err(Error::Contents)
}

fn blocking(
    run_dir: &RunDir,
    plan: &Plan,
    test: Option<&PlannedTest>,
) -> Result<(Manifest, Contents), ContentsError> {
    let (ending, contents) = match test {
        Some(test) => {
            let ending = Ending::of_test(run_dir, plan, test);
            let contents = test_contents::gather(run_dir, plan, test, &ending)?;
            (ending, contents)
        }
        None => {
            let ending = Ending::of_run(run_dir, plan);
            let contents = suite_contents::gather(run_dir, plan, &ending)?;
            (ending, contents)
        }
    };
    Ok((card(plan, test, &ending), contents))
}

fn card(plan: &Plan, test: Option<&PlannedTest>, ending: &Ending) -> Manifest {
    Manifest {
        format: Format,
        job: test.map_or_else(|| plan.suite_job.clone(), |test| test.job.clone()),
        build: test.map_or(plan.suite_build, |test| test.build),
        run_id: plan.run_id.clone(),
        test: test.map(|test| test.test.test.clone()),
        suite_job: plan.suite_job.clone(),
        suite_build: plan.suite_build,
        started: ending.started,
        ended: ending.ended,
        outcome: ending.outcome,
        class: ending.class,
        verdict: ending.verdict,
        overrides: plan.overrides.clone(),
        objects: Vec::new(),
        withheld: Vec::new(),
        missing: Vec::new(),
    }
}
