//! One test, from its config to its measurements.

use std::{fmt, fs};

use run_record::{FileError, Plan, PlannedTest};
use serde::Serialize;
use stage::{Finished, Stage};

use crate::{
    cl2, config, earlier,
    error::Error,
    junit::{self, Failure},
    measure::{self, Measured},
    namespaces,
    overrides::{self, Overrides},
    watch::Watch,
};

/// How a test that ran to its end ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// Nothing that ClusterLoader2 looks at was wrong.
    Passed,
    /// Measurements failed or broke thresholds of their own; `verdict` says which of them count.
    Violated,
}

/// A test that ran to its end.
#[derive(Clone, Debug, Serialize)]
pub struct Ran {
    /// How it ended.
    pub ended: Ended,
    /// What ClusterLoader2 says went wrong.
    pub failures: Vec<Failure>,
    /// What was measured.
    pub measured: Measured,
    /// Steps of its config.
    pub steps: u32,
    /// What became of the scenario's overrides.
    pub overrides: Overrides,
}

/// Runs the test. What was measured is kept however the test ends.
pub(crate) async fn run(stage: &Stage, plan: &Plan, planned: &PlannedTest) -> Result<Ran, Error> {
    let run_dir = &stage.run_dir;
    let test = &planned.test.test;
    let config = config::find(run_dir, &stage.toolbox, &planned.test)
        .await
        .map_err(|source| Error::Config { test: test.to_string(), source })?;
    let program = stage.toolbox.find(cl2::NAME).await.map_err(Error::Toolbox)?;
    // Without a cluster nothing would come in place of what an earlier attempt measured.
    stage::client(run_dir).await.map_err(Error::Cluster)?;
    earlier::move_aside(run_dir, test)
        .map_err(|source| Error::Earlier { path: run_dir.report(test), source })?;
    // ClusterLoader2 makes its report folder only once it has reached the cluster.
    let report = run_dir.report(test);
    fs::create_dir_all(&report)
        .map_err(|source| Error::Write(FileError::Write { path: report.clone(), source }))?;
    let file = run_dir.test(test).join("overrides.yaml");
    let overrides =
        overrides::write(&file, &planned.test.overrides, &config.folder).map_err(Error::Write)?;
    note_version(stage);

    let mut watch = Watch::new(test.as_str());
    let given = overrides.file.as_deref();
    let finished =
        cl2::run(stage, plan, planned, &program, &config, given, |line| watch.line(line))
            .await
            .map_err(|source| Error::Start { test: test.to_string(), source })?;
    let measured = measure::measure(run_dir, planned).map_err(Error::Write)?;
    namespaces::end(stage, &report).await;
    let failures = failures(stage, planned, &finished, &watch)?;
    let ended = if failures.is_empty() { Ended::Passed } else { Ended::Violated };
    tracing::info!("{test} ran to its end: {measured}, {} failures", failures.len());
    Ok(Ran { ended, failures, measured, steps: watch.position().step, overrides })
}

/// What measurements of a test that ran to its end say went wrong; anything else is an error.
///
/// ClusterLoader2 ends with 1 whatever happened: its `junit.xml` tells, which it writes only if the
/// test began.
fn failures(
    stage: &Stage,
    planned: &PlannedTest,
    finished: &Finished,
    watch: &Watch,
) -> Result<Vec<Failure>, Error> {
    let test = planned.test.test.to_string();
    let position = watch.position();
    let status = match finished.ended {
        stage::Ended::TimedOut => {
            return Err(Error::Deadline { test, deadline: cl2::deadline(planned), position });
        }
        stage::Ended::Cancelled => return Err(Error::TestCancelled { test, position }),
        stage::Ended::Exited(status) => status,
    };
    let said = || {
        // A program that was killed says nothing about it.
        let tail = || finished.tail.last().filter(|_| status.code().is_some()).cloned();
        let said = watch.reason().or_else(tail).filter(|line| !line.trim().is_empty());
        said.unwrap_or_else(|| format!("it ended with {status}"))
    };
    let junit = stage.run_dir.report(&planned.test.test).join("junit.xml");
    match junit::failures(&junit) {
        Ok(Some(failures)) if failures.is_empty() && !status.success() => {
            Err(Error::Setup { test, reason: said() })
        }
        Ok(Some(failures)) => match failures.iter().find(|one| one.measurement.is_none()) {
            Some(one) => {
                Err(Error::Setup { test, reason: format!("{}: {}", one.step, one.message) })
            }
            None => Ok(failures),
        },
        Ok(None) => Err(Error::Setup { test, reason: said() }),
        Err(source) => Err(Error::Junit { test, source }),
    }
}

/// Writes ClusterLoader2's version down as found.
fn note_version(stage: &Stage) {
    let Some(used) = stage.toolbox.used().into_iter().find(|used| used.name == cl2::NAME) else {
        return;
    };
    let noted = stage.run_dir.update_metadata(|metadata| {
        let found = metadata.versions.0.entry(cl2::NAME.into()).or_default();
        found.found = [(used.version, 1)].into();
    });
    if let Err(error) = noted {
        tracing::warn!("{}", stage::chain(&error).join(": "));
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ended {
            Ended::Passed => write!(f, "passed: {}", self.measured)?,
            Ended::Violated => write!(f, "{} failures: {}", self.failures.len(), self.measured)?,
        }
        for failure in &self.failures {
            let (method, identifier) = failure.measurement.clone().unwrap_or_default();
            let first = failure.message.lines().next().unwrap_or_default();
            write!(f, "\n  {method} {identifier}: {first}")?;
        }
        Ok(())
    }
}
