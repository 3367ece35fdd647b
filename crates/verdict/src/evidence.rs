//! All that a judgement rests on, read from the run directory.

use run_record::{Plan, RunDir, Unreadable, read_whole};
use scenario::{BaselineNeed, NotApplicable, Policy, Rule, TestName};

use crate::{
    baseline::{History, Readings, readings},
    cl2_junit::{Junit, read_junit},
    error::Error,
};

/// All that a judgement rests on.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub(crate) test: TestName,
    pub(crate) job: String,
    pub(crate) build: u64,
    /// Day of the plan, as `2027-01-31`: the day by which a rule has expired or not.
    pub(crate) day: String,
    pub(crate) rules: Vec<Rule>,
    pub(crate) need: BaselineNeed,
    pub(crate) not_applicable: Vec<NotApplicable>,
    /// What this run measured; none if it has no `measurements.json`.
    pub(crate) measured: Option<Readings>,
    pub(crate) unreadable: Vec<Unreadable>,
    /// What profiles that could not be taken do.
    pub(crate) profiles: Policy,
    pub(crate) history: History,
    pub(crate) junit: Junit,
}

impl Evidence {
    /// Reads what there is about `test`. Files that are not there are findings, not faults.
    pub(crate) fn read(run_dir: &RunDir, test: &TestName) -> Result<Self, Error> {
        let plan = run_dir.plan().map_err(Error::Plan)?;
        let history = History::read(&run_dir.baseline(test))
            .map_err(|source| Error::Baseline { test: test.clone(), source })?;
        Self::of(run_dir, &plan, test, history)
    }

    /// Reads what there is about `test` apart from its baseline.
    pub(crate) fn of(
        run_dir: &RunDir,
        plan: &Plan,
        test: &TestName,
        history: History,
    ) -> Result<Self, Error> {
        let planned = plan.test(test).ok_or_else(|| Error::NoSuchTest {
            test: test.clone(),
            known: plan.tests.iter().map(|t| t.test.test.as_str()).collect::<Vec<_>>().join(", "),
        })?;
        let found = match run_dir.measurements(test) {
            Ok(found) => Some(found),
            Err(error) if error.is_missing() => None,
            Err(source) => return Err(Error::Measurements { test: test.clone(), source }),
        };
        Ok(Self {
            test: test.clone(),
            job: planned.job.clone(),
            build: planned.build,
            day: plan.created.strftime("%Y-%m-%d").to_string(),
            rules: planned.test.judging.clone(),
            need: plan.scenario.baseline.need,
            not_applicable: plan.scenario.infra.not_applicable(plan.provider).to_vec(),
            measured: found.as_ref().map(readings),
            profiles: planned.test.profiles,
            unreadable: found.map(|found| found.unreadable).unwrap_or_default(),
            history,
            junit: match read_whole(&run_dir.report(test).join("junit.xml")) {
                Ok(text) => read_junit(&String::from_utf8_lossy(&text)),
                Err(error) if error.is_missing() => Junit::Missing,
                Err(error) => Junit::Unreadable(error.reason()),
            },
        })
    }
}
