//! What a verb of `verdict` found.

use std::{collections::BTreeMap, fmt};

use run_record::{Conclusion, Judgement, Outcome, RunDir, Verdict, write_json, write_whole};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use stage::{Reason, Workflow};

use crate::{
    compare::Comparison,
    comparison_page::comparison_page,
    conclusion_page::conclusion_page,
    error::Error,
    judge_test::sentence,
    judgement_junit::judgement_junit,
    judgement_page::{headline, judgement_page},
    report::Reported,
};

/// What a verb of `verdict` found.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Record {
    /// The verdict of one test and what it rests on.
    Judgement(Box<Judgement>),
    /// The one word for the run.
    Conclusion(Box<Conclusion>),
    /// Two runs side by side.
    Comparison(Box<Comparison>),
    /// What GitHub was told.
    Report(Reported),
}

impl Record {
    /// Writes what was found into the run directory, as JSON and as a page, which comes back.
    pub(crate) fn write(&self, run_dir: &RunDir) -> Result<String, Error> {
        match self {
            Self::Judgement(judgement) => {
                let test = &judgement.test;
                let judgement = &redacted(judgement.as_ref())?;
                let junit = judgement_junit(judgement)
                    .map_err(|source| Error::Junit { test: test.clone(), source })?;
                let page = judgement_page(judgement);
                write_whole(&run_dir.judgement_page(test), page.as_bytes())
                    .and_then(|()| write_whole(&run_dir.junit_path(test), &junit))
                    .and_then(|()| write_json(&run_dir.judgement_path(test), judgement))
                    .map_err(Error::Write)?;
                Ok(page)
            }
            Self::Conclusion(conclusion) => {
                let judgement =
                    |test: &run_record::ConcludedTest| run_dir.judgement(&test.test).ok();
                let judgements: Vec<Judgement> =
                    conclusion.tests.iter().filter_map(judgement).collect();
                let conclusion = &redacted(conclusion.as_ref())?;
                let page = conclusion_page(conclusion, &judgements);
                write_whole(&run_dir.conclusion_page(), page.as_bytes())
                    .and_then(|()| write_json(&run_dir.conclusion_path(), conclusion))
                    .map_err(Error::Write)?;
                Ok(page)
            }
            Self::Comparison(comparison) => Ok(comparison_page(comparison)),
            Self::Report(reported) => Ok(reported.to_string()),
        }
    }
}

/// `value` without what others must not see: its pages must not say it either, however they write it.
fn redacted<T: Serialize + DeserializeOwned>(value: &T) -> Result<T, Error> {
    let clean = serde_json::to_value(value).map(redaction::redact_json);
    clean.and_then(serde_json::from_value).map_err(Error::Redact)
}

impl Reason for Record {
    fn outcome(&self) -> Outcome {
        match self {
            // Whatever the verdict is, the work is done: export and reset still run.
            Self::Judgement(_) | Self::Report(_) => Outcome::Done,
            Self::Conclusion(conclusion) => conclusion.outcome,
            Self::Comparison(comparison) => comparison.outcome,
        }
    }

    fn notices(&self) -> Vec<String> {
        match self {
            Self::Conclusion(conclusion) if conclusion.outcome != Outcome::Done => {
                let text = format!("{}: {}", conclusion.outcome, conclusion.because.join("; "));
                Workflow::from_env().error(&text).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn facts(&self) -> Option<Value> {
        // The judgement lies beside the record; twice would be once too often.
        let Self::Judgement(judgement) = self else { return None };
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for one in &judgement.measurements {
            *counts.entry(one.verdict.to_string()).or_default() += 1;
        }
        Some(json!({
            "verdict": judgement.verdict,
            "because": judgement.because.first(),
            "baseline": judgement.baseline.builds.len(),
            "measurements": counts,
            "violations": judgement.violations.len(),
            "not_run": judgement.not_run.len(),
            "unjudged": judgement.unjudged,
        }))
    }
}

/// Lines of a judgement that are printed: the page has them all.
const LINES: usize = 10;

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Judgement(judgement) => {
                writeln!(f, "{}", headline(judgement).replace("**", ""))?;
                if matches!(judgement.verdict, Verdict::Pass) {
                    let worst = judgement.measurements.iter().take(3);
                    return worst.map(sentence).try_for_each(|line| writeln!(f, "  {line}"));
                }
                let lines = judgement.because.iter().take(LINES);
                lines.into_iter().try_for_each(|line| writeln!(f, "  {line}"))
            }
            Self::Conclusion(conclusion) => {
                writeln!(f, "{}: {}", conclusion.run_id, conclusion.outcome)?;
                conclusion.because.iter().try_for_each(|line| writeln!(f, "  {line}"))
            }
            Self::Comparison(comparison) => f.write_str(&comparison_page(comparison)),
            Self::Report(reported) => reported.fmt(f),
        }
    }
}
