//! `judgement.md`: what a reviewer reads in 30 seconds, the worst first.

use run_record::{Judged, Judgement, Verdict};
use scenario::{Better, Policy};

use crate::{
    judge_test::{complaint, sentence},
    markdown::{cell, cut, head, line, row},
    quantity::{change, counted, percent_number, quantity},
};

/// Rows shown at once: as many as fit a screen.
const SHOWN: usize = 15;

/// Rows that can be unfolded; a report with more is for machines, and GitHub refuses huge pages.
const FOLDED: usize = 200;

/// Characters of what ClusterLoader2 says that are shown: some of it fills a screen.
const MESSAGE: usize = 400;

/// The judgement as a page.
pub(crate) fn judgement_page(judgement: &Judgement) -> String {
    let mut page = format!("### {}\n\n", headline(judgement));
    let (bad, fine): (Vec<&Judged>, Vec<&Judged>) =
        judgement.measurements.iter().partition(|one| one.verdict != Verdict::Pass);
    // What is worth a look is always seen; passes fill up the screen.
    let shown = SHOWN.saturating_sub(bad.len()).min(fine.len());
    let (seen, folded) = fine.split_at(shown);
    let seen: Vec<&Judged> = bad.into_iter().chain(seen.iter().copied()).collect();
    if !seen.is_empty() {
        page += &table(&seen);
    }
    if !folded.is_empty() {
        page += &fold(&format!("{} more pass", folded.len()), &table(folded));
    }
    page += &violations(judgement);
    page += &because(judgement);
    page += &warnings(judgement);
    page += &rest(judgement);
    page
}

/// The verdict and what it rests on, in one sentence.
pub(crate) fn headline(judgement: &Judgement) -> String {
    let gates = || judgement.measurements.iter().filter(|one| one.policy == Policy::Gate);
    let count = |word: Verdict| gates().filter(|one| one.verdict == word).count();
    let mut parts = Vec::new();
    for word in [Verdict::Regressed, Verdict::Suspect, Verdict::Inconclusive, Verdict::Improved] {
        if count(word) > 0 {
            parts.push(format!("{} {word}", count(word)));
        }
    }
    let all = counted(judgement.measurements.len(), "judged measurement");
    let mut found = if parts.is_empty() { all } else { format!("{} of {all}", parts.join(", ")) };
    if !judgement.violations.is_empty() {
        found += "; ";
        found += &counted(judgement.violations.len(), "ClusterLoader2 violation");
    }
    let baseline = match judgement.baseline.builds.len() {
        0 => "no baseline".into(),
        builds => format!("baseline of {}", counted(builds, "build")),
    };
    format!("{}: **{}** — {found}; {baseline}", judgement.test, judgement.verdict)
}

fn table(rows: &[&Judged]) -> String {
    let columns = ["Measurement", "Value", "Baseline", "Change", "Allowed", "Verdict"];
    let mut table = head(&columns, &["Value", "Baseline", "Change"]);
    for one in rows.iter().take(FOLDED) {
        let shown = |value: Option<f64>| {
            value.map_or("–".into(), |value| cell(&quantity(value, &one.unit)))
        };
        let watched = if one.policy == Policy::Watch { " (watched)" } else { "" };
        let verdict = match one.verdict {
            Verdict::Pass if is_too_little(one) => format!("pass, too little to count{watched}"),
            Verdict::Pass => format!("pass{watched}"),
            word => format!("**{word}**{watched}"),
        };
        table += &row(&[
            &cell(&one.key.to_string()),
            &shown(one.value),
            &shown(one.median),
            &one.change_percent.map_or("–".into(), change),
            &cell(&allowed(one)),
            &verdict,
        ]);
    }
    if rows.len() > FOLDED {
        table += &format!("\n{} more are in `judgement.json`.\n", rows.len() - FOLDED);
    }
    table + "\n"
}

/// Whether the change is past the threshold in percent and yet no change, by the rule's
/// `min-change`.
fn is_too_little(one: &Judged) -> bool {
    one.change_percent.zip(one.threshold_percent).is_some_and(|(is, may)| is.abs() > may)
}

/// The limit and the threshold, in the direction that is worse.
fn allowed(one: &Judged) -> String {
    let (bound, sign) = match one.better {
        Better::Lower => ("≤", "+"),
        Better::Higher => ("≥", "-"),
    };
    let limit = one.limit.map(|limit| format!("{bound} {}", quantity(limit, &one.unit)));
    let threshold =
        one.threshold_percent.map(|percent| format!("{sign}{} %", percent_number(percent)));
    let said: Vec<String> = limit.into_iter().chain(threshold).collect();
    said.join(", ")
}

fn violations(judgement: &Judgement) -> String {
    if judgement.violations.is_empty() {
        return String::new();
    }
    let mut text = String::from("ClusterLoader2's own thresholds that were broken:\n\n");
    for violation in &judgement.violations {
        text += &format!("- {}\n", cut(&line(&complaint(violation)), MESSAGE));
    }
    text + "\n"
}

/// What decided apart from the rows and the violations that stand above.
fn because(judgement: &Judgement) -> String {
    let speaks = |one: &&Judged| one.verdict != Verdict::Inconclusive;
    let rows = judgement.measurements.iter().filter(speaks).map(sentence);
    let above: Vec<String> = rows.chain(judgement.violations.iter().map(complaint)).collect();
    let lines: String = judgement
        .because
        .iter()
        .filter(|sentence| !above.contains(sentence))
        .take(SHOWN)
        .map(|text| format!("- {}\n", cut(&line(text), MESSAGE)))
        .collect();
    if lines.is_empty() { lines } else { format!("Because:\n\n{lines}\n") }
}

/// What went wrong and decided nothing.
fn warnings(judgement: &Judgement) -> String {
    if judgement.warnings.is_empty() {
        return String::new();
    }
    let lines: String = judgement
        .warnings
        .iter()
        .map(|text| format!("- {}\n", cut(&line(text), MESSAGE)))
        .collect();
    format!("Warnings, which decide nothing:\n\n{lines}\n")
}

fn rest(judgement: &Judgement) -> String {
    let mut text = String::new();
    if !judgement.not_run.is_empty() {
        let mut list = head(&["Not run", "Why"], &[]);
        for one in &judgement.not_run {
            list += &row(&[&cell(&one.measurement), &cell(&one.reason)]);
        }
        text += &fold(&format!("{} not run", judgement.not_run.len()), &list);
    }
    let passed_over = &judgement.baseline.passed_over;
    if !passed_over.is_empty() {
        let list: String = passed_over.iter().map(|one| format!("- {}\n", line(one))).collect();
        text += &fold(&format!("{} passed over", counted(passed_over.len(), "build")), &list);
    }
    if judgement.unjudged > 0 {
        text += &format!(
            "No rule speaks of {}; they are in `measurements.json`.\n",
            counted(judgement.unjudged, "more measurement")
        );
    }
    text
}

fn fold(title: &str, content: &str) -> String {
    format!("<details><summary>{title}</summary>\n\n{}\n\n</details>\n\n", content.trim_end())
}
