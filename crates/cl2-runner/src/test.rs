//! One test, from its config to its measurements.

use std::{fmt, fs, path::Path, time::Duration};

use kube::Client;
use run_record::{FileError, Plan, PlannedTest, WithheldFile};
use serde::Serialize;
use stage::{Cancel, Finished, Stage};

use crate::{
    api_server,
    ballast::Ballast,
    cl2, config, earlier,
    ending::Ending,
    error::Error,
    junit::Failure,
    measure::{self, Measured},
    namespaces, out_of_memory,
    overrides::{self, Overrides},
    watch::Watch,
    watchdog::{Outage, Watchdog},
    withhold,
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
    /// Files of the report that are not kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<WithheldFile>,
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
    let unread = stage::unread(&config.file, &planned.test.overrides);
    if !unread.is_empty() {
        let config = planned.test.config.0.clone();
        return Err(Error::Overrides { test: test.to_string(), config, unread });
    }
    let program = stage.toolbox.find(cl2::NAME).await.map_err(Error::Toolbox)?;
    // Without a cluster nothing would come in place of what an earlier attempt measured.
    let client = stage::client(run_dir).await.map_err(Error::Cluster)?;
    earlier::move_aside(run_dir, test)
        .map_err(|source| Error::Earlier { path: run_dir.report(test), source })?;
    // ClusterLoader2 makes its report folder only once it has reached the cluster.
    let report = run_dir.report(test);
    let write = |path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::Write(FileError::Write { path, source })
    };
    fs::create_dir_all(&report).map_err(write(&report))?;
    let file = run_dir.test(test).join("overrides.yaml");
    let overrides = overrides::write(&file, &planned.test.overrides).map_err(Error::Write)?;
    note_version(stage);

    let ballast = Ballast::new(&run_dir.test(test)).map_err(write(&run_dir.test(test)))?;
    let mut watch = Watch::new(test.as_str());
    let watchdog = Watchdog::new(client.clone(), &report, watch.news(), cl2::stall(planned));
    let killed_before = out_of_memory::kills();
    let (stop, given) = (Cancel::default(), overrides.file.as_deref());
    let finished = {
        let say = |line: &str| watch.line(line);
        let running = cl2::run(stage, plan, planned, &program, &config, given, &stop, say);
        tokio::pin!(running);
        tokio::select! {
            finished = &mut running => finished,
            () = watchdog.alarm() => {
                stop.ask();
                running.await
            }
        }
    };
    let finished = finished.map_err(|source| Error::Start { test: test.to_string(), source })?;
    drop(ballast);
    let measured = measure::measure(run_dir, planned).map_err(Error::Write)?;
    namespaces::end(stage, &report).await;
    let withheld = withhold::withhold(run_dir, test).map_err(Error::Write)?;
    let ending = Ending {
        test: test.as_str(),
        report: &report,
        finished: &finished,
        watch: &watch,
        outage: outage(&watchdog, &finished, &client).await,
        out_of_memory: out_of_memory::kills().unwrap_or(0) - killed_before.unwrap_or(0),
        deadline: cl2::deadline(planned),
        stall: cl2::stall(planned),
    };
    let failures = ending.failures().map_err(Error::Test)?;
    let ended = if failures.is_empty() { Ended::Passed } else { Ended::Violated };
    tracing::info!("{test} ran to its end: {measured}, {} failures", failures.len());
    Ok(Ran { ended, failures, measured, withheld, steps: watch.position().step, overrides })
}

/// When the API server was not there: while the test ran, or just after it failed.
async fn outage(watchdog: &Watchdog<'_>, finished: &Finished, client: &Client) -> Option<Outage> {
    let failed = !matches!(finished.ended, stage::Ended::Exited(status) if status.success());
    match watchdog.outage() {
        None if failed && finished.ended != stage::Ended::Cancelled => {
            let why = api_server::ready(client).await.err()?;
            Some(Outage { lasted: Duration::ZERO, why })
        }
        outage => outage,
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
