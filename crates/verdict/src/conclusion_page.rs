//! `conclusion.md`: the one word for the run, for the summary of a GitHub job.

use run_record::{Conclusion, Judgement, Verdict};

use crate::{
    judgement_page::judgement_page,
    markdown::{cell, cut, head, line, row},
    quantity::counted,
};

/// Characters of a reason that are shown; the whole is in the JSON.
const REASON: usize = 600;

/// The conclusion as a page, with the judgements of the tests that are worth a look.
pub(crate) fn conclusion_page(conclusion: &Conclusion, judgements: &[Judgement]) -> String {
    let mut page = format!("## {}: **{}**\n\n", cell(&conclusion.run_id), conclusion.outcome);
    for sentence in &conclusion.because {
        page += &format!("- {}\n", cut(&line(sentence), REASON));
    }
    if let Some(cost) = &conclusion.cost {
        page += &format!(
            "- the cluster cost {:.2} USD: {:.1} hours at {:.2} (prices of {})\n",
            cost.usd, cost.hours, cost.usd_per_hour, cost.prices
        );
    }
    if !conclusion.tests.is_empty() {
        page += "\n";
        page += &head(&["Test", "Verdict", "Build", "Baseline"], &[]);
        for test in &conclusion.tests {
            page += &row(&[
                test.test.as_str(),
                &test.verdict.map_or("not judged".into(), |verdict| verdict.to_string()),
                &format!("{}/{}", cell(&test.job), test.build),
                &counted(test.baseline, "build"),
            ]);
        }
    }
    if !conclusion.steps.is_empty() {
        page += "\n";
        page += &head(&["Step", "Outcome", "Why"], &[]);
        for step in &conclusion.steps {
            let outcome = match (step.outcome, step.errors.is_empty()) {
                (Some(outcome), _) => outcome.to_string(),
                (None, true) => "skipped".into(),
                (None, false) => "failed".into(),
            };
            page +=
                &row(&[&cell(&step.id), &outcome, &cut(&cell(&step.errors.join(": ")), REASON)]);
        }
    }
    for judgement in judgements.iter().filter(|judgement| judgement.verdict != Verdict::Pass) {
        page += "\n";
        page += &judgement_page(judgement);
    }
    page
}
