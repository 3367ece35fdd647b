//! The one word for the run, from the records of its steps and the judgements of its tests.

use jiff::Timestamp;
use run_record::{
    Class, ConcludedStep, ConcludedTest, Conclusion, Format, Outcome, Plan, PlannedTest, RunDir,
    Step, Verdict,
};
use stage::chain;

use crate::{
    cost::cost,
    error::Error,
    step_state::{StepState, step_states},
};

/// Something that speaks for a word.
struct Voice {
    outcome: Outcome,
    sentence: String,
}

/// Concludes the run in `run_dir`: the heaviest of all words, and what speaks for it.
pub(crate) fn conclude(run_dir: &RunDir, cancelled: bool) -> Result<Conclusion, Error> {
    let plan = run_dir.plan().map_err(Error::Plan)?;
    let states = step_states(run_dir, &plan, cancelled);
    let mut voices: Vec<Voice> = Vec::new();
    if cancelled {
        let sentence = "the run was cancelled".into();
        voices.push(Voice { outcome: Outcome::Cancelled, sentence });
    }
    voices.extend(states.iter().filter_map(|(step, state)| step_voice(step, state)));
    let mut tests = Vec::new();
    for planned in &plan.tests {
        let (test, voice) = conclude_test(run_dir, planned, &states);
        tests.push(test);
        voices.extend(voice);
    }
    let outcome = voices
        .iter()
        .map(|voice| voice.outcome)
        .max_by_key(|outcome| outcome.weight())
        .unwrap_or(Outcome::Done);
    let concluded = Timestamp::now();
    Ok(Conclusion {
        format: Format,
        run_id: plan.run_id.clone(),
        outcome,
        because: because(&plan, outcome, voices, &states),
        tests,
        steps: states.iter().filter_map(|(step, state)| concluded_step(step, state)).collect(),
        cost: cost(run_dir, &plan, concluded),
        concluded,
    })
}

/// What speaks for the word; what was left behind is said whatever the word is, since it goes on
/// costing money.
fn because(
    plan: &Plan,
    outcome: Outcome,
    voices: Vec<Voice>,
    states: &[(&Step, StepState)],
) -> Vec<String> {
    if outcome == Outcome::Done {
        let tests = plan.tests.len();
        return vec![match tests {
            1 => "the test passed".into(),
            tests => format!("all {tests} tests passed"),
        }];
    }
    let mut because: Vec<String> =
        voices.into_iter().filter(|v| v.outcome == outcome).map(|v| v.sentence).collect();
    for (step, state) in states {
        if let StepState::Taken(record) = state
            && record.class == Some(Class::LeftBehind)
            && record.outcome != outcome
        {
            because.push(sentence(step, record.outcome, &record.errors));
        }
    }
    because
}

fn step_voice(step: &Step, state: &StepState) -> Option<Voice> {
    let (outcome, sentence) = match state {
        StepState::Taken(record) if record.outcome == Outcome::Done => return None,
        StepState::Taken(record) => {
            (record.outcome, sentence(step, record.outcome, &record.errors))
        }
        StepState::Unreadable(why) => (
            Outcome::Failed,
            format!("the record of step `{}` cannot be read: {}", step.id, why.join(": ")),
        ),
        StepState::Forgotten => (Outcome::Failed, format!("step `{}` was not taken", step.id)),
        StepState::Skipped => return None,
    };
    Some(Voice { outcome, sentence })
}

fn sentence(step: &Step, outcome: Outcome, errors: &[String]) -> String {
    let word = match outcome {
        Outcome::Cancelled => "was cancelled".into(),
        Outcome::Infrastructure => "failed for want of infrastructure".into(),
        Outcome::Misuse => "was asked for what cannot be done".into(),
        outcome => outcome.to_string(),
    };
    match errors {
        [] => format!("step `{}` {word}", step.id),
        errors => format!("step `{}` {word}: {}", step.id, errors.join(": ")),
    }
}

/// A step that did not end well, as the conclusion lists it.
fn concluded_step(step: &Step, state: &StepState) -> Option<ConcludedStep> {
    let (outcome, class, errors) = match state {
        StepState::Taken(record) if record.outcome == Outcome::Done => return None,
        StepState::Taken(record) => (Some(record.outcome), record.class, record.errors.clone()),
        StepState::Unreadable(why) => (None, Some(Class::Input), why.clone()),
        StepState::Forgotten => (None, None, vec!["it was not taken".into()]),
        StepState::Skipped => (None, None, Vec::new()),
    };
    Some(ConcludedStep { id: step.id.clone(), outcome, class, errors })
}

/// What became of a test, and what it says about the run. A test whose turn never came says
/// nothing: the step that stopped the run does.
fn conclude_test(
    run_dir: &RunDir,
    planned: &PlannedTest,
    states: &[(&Step, StepState)],
) -> (ConcludedTest, Option<Voice>) {
    let name = &planned.test.test;
    let mut test = ConcludedTest {
        test: name.clone(),
        job: planned.job.clone(),
        build: planned.build,
        verdict: None,
        baseline: 0,
        because: Vec::new(),
    };
    let lacking = |sentence: String| Some(Voice { outcome: Outcome::Inconclusive, sentence });
    let judgement = match run_dir.judgement(name) {
        Ok(judgement) => judgement,
        Err(error) if error.is_missing() => {
            let ran = |(step, state): &(&Step, StepState)| {
                step.stage == "cl2-runner"
                    && step.verb == "run"
                    && step.test.as_ref() == Some(name)
                    && matches!(state, StepState::Taken(_) | StepState::Unreadable(_))
            };
            let voice = states.iter().any(ran).then(|| format!("test `{name}` was not judged"));
            test.because.extend(voice.clone());
            return (test, voice.and_then(lacking));
        }
        Err(error) => {
            let why = chain(&error).join(": ");
            let sentence = format!("the judgement of test `{name}` cannot be read: {why}");
            test.because.push(sentence.clone());
            return (test, lacking(sentence));
        }
    };
    test.verdict = Some(judgement.verdict);
    test.baseline = judgement.baseline.builds.len();
    test.because = judgement.because;
    let outcome = match judgement.verdict {
        Verdict::Pass | Verdict::Improved => return (test, None),
        Verdict::Regressed => Outcome::Regressed,
        Verdict::Suspect | Verdict::Inconclusive => Outcome::Inconclusive,
    };
    let sentence = format!("test `{name}` {}", said(judgement.verdict, &test.because));
    (test, Some(Voice { outcome, sentence }))
}

/// A verdict and the first things that decided it.
fn said(verdict: Verdict, because: &[String]) -> String {
    /// More than these are in the judgement.
    const FIRST: usize = 3;
    let word = match verdict {
        Verdict::Regressed => "regressed",
        _ => "is inconclusive",
    };
    let mut said = because.iter().take(FIRST).cloned().collect::<Vec<_>>().join("; ");
    if because.len() > FIRST {
        said += &format!("; and {} more", because.len() - FIRST);
    }
    format!("{word}: {said}")
}
