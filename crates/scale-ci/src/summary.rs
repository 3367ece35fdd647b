//! The summary at the end: every step, and the one word for the run.

use std::{fmt, time::Duration};

use run_record::{Conclusion, Outcome, Plan, RunDir};
use serde::Serialize;
use stage::Workflow;

use crate::{dag::Ended, display::seconds};

/// The summary of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    /// The run.
    run_id: String,
    /// The word for the run.
    pub(crate) outcome: Outcome,
    /// Where its files are.
    run_dir: String,
    /// Where its results went.
    exported: Vec<String>,
    /// What decided the word.
    because: Vec<String>,
    /// The steps.
    steps: Vec<Row>,
}

/// One step.
#[derive(Debug, Serialize)]
struct Row {
    step: String,
    /// None for a step that was skipped.
    outcome: Option<Outcome>,
    /// Seconds the last attempt took.
    seconds: f64,
    attempts: usize,
}

impl Summary {
    /// The summary of the run as its directory has it.
    pub(crate) fn of(plan: &Plan, run_dir: &RunDir, ended: &Ended) -> Self {
        let rows = plan.steps.iter().map(|step| {
            let outcome = ended.get(&step.id).copied().flatten();
            let record = run_dir.record(&step.stage, &step.verb, step.test.as_ref());
            let record = record.ok().flatten().filter(|_| outcome.is_some());
            Row {
                step: step.id.clone(),
                outcome,
                seconds: record.as_ref().map_or(0.0, |record| {
                    record.ended.duration_since(record.started).as_secs_f64()
                }),
                attempts: record.map_or(0, |record| record.attempts.len() + 1),
            }
        });
        let steps: Vec<Row> = rows.collect();
        let conclusion = run_dir.conclusion().ok();
        Self {
            run_id: plan.run_id.clone(),
            outcome: word(conclusion.as_ref(), &steps),
            run_dir: run_dir.root().display().to_string(),
            exported: exported(plan, ended),
            because: conclusion.map(|conclusion| conclusion.because).unwrap_or_default(),
            steps,
        }
    }
}

impl Summary {
    /// What the page of a workflow run shows: each build, under the names that readers of the pipeline
    /// we replace look for, and what went wrong.
    pub(crate) fn notices(&self, workflow: &Workflow) -> Vec<String> {
        let mut notices = Vec::new();
        for build in &self.exported {
            let number = build.rsplit('/').next().unwrap_or_default();
            notices.extend(workflow.notice("BUILD_ID", number));
            notices.extend(workflow.notice("EXPORT_DIR", build));
        }
        if self.outcome != Outcome::Done {
            let text = format!("{}: {}", self.outcome, self.because.join("; "));
            notices.extend(workflow.error(&text));
        }
        notices
    }
}

/// The heaviest of the conclusion's word and of how the steps ended: a step that died left no
/// record, and the conclusion may be an earlier one.
fn word(conclusion: Option<&Conclusion>, steps: &[Row]) -> Outcome {
    let word = conclusion.map_or(Outcome::Failed, |conclusion| conclusion.outcome);
    let steps = steps.iter().filter_map(|row| row.outcome);
    steps.fold(word, |word, step| if step.weight() > word.weight() { step } else { word })
}

/// The builds that were exported.
fn exported(plan: &Plan, ended: &Ended) -> Vec<String> {
    let done = |id: &str| ended.get(id).copied().flatten() == Some(Outcome::Done);
    let bucket = plan.bucket.trim_end_matches('/');
    let tests = plan.tests.iter().filter(|test| done(&format!("export-{}", test.test.test)));
    let mut builds: Vec<String> =
        tests.map(|test| format!("{bucket}/logs/{}/{}", test.job, test.build)).collect();
    if done("export-suite") {
        builds.push(format!("{bucket}/logs/{}/{}", plan.suite_job, plan.suite_build));
    }
    builds
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{:28} {:14} {:>8} {:>8}", "step", "outcome", "time", "attempts")?;
        for row in &self.steps {
            let outcome = row.outcome.map_or("skipped".into(), |outcome| outcome.to_string());
            let time = seconds(Duration::from_secs_f64(row.seconds.max(0.0)));
            writeln!(f, "{:28} {outcome:14} {time:>8} {:>8}", row.step, row.attempts)?;
        }
        writeln!(f, "\n{}: {}", self.run_id, self.outcome)?;
        for line in &self.because {
            writeln!(f, "  {line}")?;
        }
        for build in &self.exported {
            writeln!(f, "results   {build}")?;
        }
        write!(f, "directory {}", self.run_dir)
    }
}
