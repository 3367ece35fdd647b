//! What is done when a step dies without a word: its programs end, and a record says so.

use std::{os::unix::process::ExitStatusExt, time::Duration};

use jiff::Timestamp;
use run_record::{Attempt, Class, Format, Outcome, ProcessId, Record, RunDir, Step, write_json};
use rustix::process::Signal;
use stage::{Ended, end_all, marked};

/// Ends what the process of `step` left when it died, writes the record that it did not write, and
/// says how the step ended.
pub(crate) async fn settle(
    step: &Step,
    run_dir: &RunDir,
    run_id: &str,
    started: Timestamp,
    ended: Ended,
) -> Outcome {
    end_strays(run_dir, run_id).await;
    // No one else writes there: steps are taken one after the other.
    if let Err(error) = run_dir.tidy() {
        tracing::warn!("half-written files are left in `{}`: {error}", run_dir.root().display());
    }
    let noted = run_dir.record(&step.stage, &step.verb, step.test.as_ref()).ok().flatten();
    if noted.as_ref().is_some_and(|record| record.started >= started) {
        return word(ended);
    }
    let outcome = word(ended);
    let attempts = noted.map(|last| {
        let mut attempts = last.attempts;
        attempts.push(Attempt { outcome: last.outcome, started: last.started, ended: last.ended });
        attempts
    });
    let record = Record {
        format: Format,
        run_id: run_dir.run_id(),
        stage: step.stage.clone(),
        verb: step.verb.clone(),
        test: step.test.clone(),
        version: env!("CARGO_PKG_VERSION").into(),
        outcome,
        class: (outcome == Outcome::Cancelled).then_some(Class::Cancel),
        started,
        // The clock may have gone back meanwhile.
        ended: Timestamp::now().max(started),
        attempts: attempts.unwrap_or_default(),
        tools: Vec::new(),
        errors: vec![how(ended)],
        facts: serde_json::Value::Null,
    };
    let path = run_dir.record_path(&step.stage, &step.verb, step.test.as_ref());
    if let Err(error) = write_json(&path, &record) {
        tracing::error!("{}", stage::chain(&error).join(": "));
    }
    outcome
}

/// Ends every process of the run but the daemons of its cluster: a program whose stage was killed
/// would go on writing where its results are exported.
async fn end_strays(run_dir: &RunDir, run_id: &str) {
    let daemons: Vec<ProcessId> = match run_dir.ledger() {
        Ok(ledger) => {
            ledger.resources.into_iter().filter_map(|resource| resource.process).collect()
        }
        Err(error) if error.is_missing() => Vec::new(),
        // Which of them are daemons is not known; `delete` ends them all.
        Err(_) => return,
    };
    let strays = || {
        let mut all = marked(run_id);
        all.retain(|process| !daemons.contains(process));
        all
    };
    let left = end_all(&strays(), Duration::ZERO).await;
    // One that was ended may have started another one just before.
    let left = [left, end_all(&strays(), Duration::ZERO).await].concat();
    for process in left {
        tracing::warn!("process {} of the step could not be ended", process.pid);
    }
}

/// The word for a step that died: who asks it to stop cancels it.
pub(crate) fn word(ended: Ended) -> Outcome {
    let asked = [Signal::INT, Signal::TERM, Signal::HUP].map(Signal::as_raw);
    match ended {
        Ended::Exited(status) if status.signal().is_some_and(|signal| asked.contains(&signal)) => {
            Outcome::Cancelled
        }
        Ended::Exited(_) => Outcome::Failed,
        Ended::TimedOut => Outcome::TimedOut,
        Ended::Cancelled | Ended::Stopped => Outcome::Cancelled,
    }
}

fn how(ended: Ended) -> String {
    match ended {
        Ended::Exited(status) => match status.signal() {
            Some(signal) => format!("signal {signal} ended the step before it could keep anything"),
            None => format!("the step ended with {status}"),
        },
        Ended::TimedOut => "the step was ended when its time was over".into(),
        Ended::Cancelled | Ended::Stopped => {
            "the step was cancelled and did not end by itself in time".into()
        }
    }
}
