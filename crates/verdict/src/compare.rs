//! Two runs side by side: what a release manager otherwise puts together by hand.

use std::{collections::BTreeSet, path::Path};

use run_record::{Judgement, Key, Outcome, Plan, RunDir, Verdict};
use scenario::{BaselineNeed, TestName};
use serde::Serialize;

use crate::{
    baseline::{History, Readings, readings},
    error::Error,
    evidence::Evidence,
    judge_test::judge,
    yardstick::change_percent,
};

/// Two runs side by side.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The run that is compared with.
    pub baseline: String,
    /// The run that is judged.
    pub candidate: String,
    /// The word: done, regressed or inconclusive.
    pub outcome: Outcome,
    /// What decided it.
    pub because: Vec<String>,
    /// The tests that both runs have.
    pub tests: Vec<ComparedTest>,
}

/// One test of both runs.
#[derive(Clone, Debug, Serialize)]
pub struct ComparedTest {
    /// The judgement of the candidate with the other run as its baseline.
    pub judgement: Judgement,
    /// Every measurement of either run, by key.
    pub rows: Vec<Row>,
}

/// One measurement of both runs.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What it is a measurement of.
    pub key: Key,
    /// Unit of the candidate's value, else of the baseline's.
    pub unit: String,
    /// Value of the baseline in that unit.
    pub old: Option<f64>,
    /// Value of the candidate.
    pub new: Option<f64>,
    /// Percent against the baseline; above zero is more, not worse.
    pub change_percent: Option<f64>,
    /// The verdict, if a rule speaks of it.
    pub verdict: Option<Verdict>,
}

/// Compares the run directory `candidate` with `baseline`, by the rules of the candidate.
pub(crate) fn compare(baseline: &Path, candidate: &Path) -> Result<Comparison, Error> {
    let (old_dir, new_dir) = (RunDir::new(baseline), RunDir::new(candidate));
    let old = old_dir.plan().map_err(Error::Plan)?;
    let new = new_dir.plan().map_err(Error::Plan)?;
    let mut tests = Vec::new();
    let mut because = Vec::new();
    for planned in &new.tests {
        if old.test(&planned.test.test).is_some() {
            tests.push(compare_test((&old_dir, &old), (&new_dir, &new), &planned.test.test)?);
        }
    }
    if tests.is_empty() {
        return Err(Error::NothingInCommon);
    }
    let verdict = |test: &ComparedTest| test.judgement.verdict;
    let worst = tests.iter().map(verdict).max_by_key(|verdict| verdict.badness());
    let gone: Vec<&TestName> =
        old.tests.iter().map(|t| &t.test.test).filter(|name| new.test(name).is_none()).collect();
    let outcome = match worst {
        Some(Verdict::Regressed) => Outcome::Regressed,
        Some(Verdict::Suspect | Verdict::Inconclusive) => Outcome::Inconclusive,
        _ if !gone.is_empty() => Outcome::Inconclusive,
        _ => Outcome::Done,
    };
    for test in tests.iter().filter(|test| Some(verdict(test)) == worst) {
        let said = |reason: &String| format!("test `{}`: {reason}", test.judgement.test);
        because.extend(test.judgement.because.iter().map(said));
    }
    because.extend(gone.iter().map(|name| format!("test `{name}` is in the baseline alone")));
    Ok(Comparison { baseline: old.run_id, candidate: new.run_id, outcome, because, tests })
}

fn compare_test(
    (old_dir, old): (&RunDir, &Plan),
    (new_dir, new): (&RunDir, &Plan),
    test: &TestName,
) -> Result<ComparedTest, Error> {
    let mut history = History::default();
    let build = old.test(test).map_or(0, |planned| planned.build);
    match old_dir.measurements(test) {
        Ok(found) => history.builds.push((build, readings(&found))),
        Err(error) if error.is_missing() => {
            history.passed_over.push(format!("build {build}: has no measurements.json"));
        }
        Err(source) => return Err(Error::Baseline { test: test.clone(), source }),
    }
    let mut evidence = Evidence::of(new_dir, new, test, history)?;
    evidence.need = BaselineNeed::Required;
    let judgement = judge(&evidence);
    let rows = rows(&evidence, &judgement);
    Ok(ComparedTest { judgement, rows })
}

fn rows(evidence: &Evidence, judgement: &Judgement) -> Vec<Row> {
    let nothing = Readings::new();
    let new = evidence.measured.as_ref().unwrap_or(&nothing);
    let old = evidence.history.builds.first().map_or(&nothing, |(_, found)| found);
    let keys: BTreeSet<&Key> = old.keys().chain(new.keys()).collect();
    let row = |key: &Key| {
        let (old, new) = (old.get(key), new.get(key));
        let unit = new.or(old).map(|reading| reading.unit.clone()).unwrap_or_default();
        let old = old.filter(|reading| reading.unit == unit).map(|reading| reading.value);
        let new = new.map(|reading| reading.value);
        Row {
            key: key.clone(),
            unit,
            old,
            new,
            change_percent: old.zip(new).and_then(|(old, new)| change_percent(new, old)),
            verdict: judgement
                .measurements
                .iter()
                .find(|one| one.key == *key)
                .map(|one| one.verdict),
        }
    };
    keys.into_iter().map(row).collect()
}
