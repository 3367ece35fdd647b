//! The verdict on one test: every measurement that a rule speaks of, and ClusterLoader2's own word.

use std::cmp::Ordering;

use run_record::{Baseline, Format, Judged, Judgement, NotRun, Verdict, Violation};
use scenario::{BaselineNeed, Policy};

use crate::{
    baseline::Readings,
    cl2_junit::Junit,
    evidence::Evidence,
    judge_measurement::{Ranked, judge_measurement},
    missing::{missing, rule_of, without_match},
    not_applicable, profiles,
    quantity::counted,
};

/// Judges a test. The same evidence gives the same judgement, in whatever order it was read.
pub(crate) fn judge(evidence: &Evidence) -> Judgement {
    let nothing = Readings::new();
    let measured = evidence.measured.as_ref().unwrap_or(&nothing);
    let (mut ranked, unjudged) = judge_each(evidence, measured);
    // Without any measurement at all one sentence says it; hundreds of rows would hide it.
    if !measured.is_empty() {
        let listed = &evidence.not_applicable;
        let gone = missing(&evidence.rules, measured, &evidence.history, listed);
        ranked.extend(without_match(&evidence.rules, measured, &gone, listed));
        ranked.extend(gone);
    }
    ranked.sort_by(worst_first);
    let measurements: Vec<Judged> = ranked.into_iter().map(|one| one.judged).collect();
    let violations = violations(evidence);
    let lacks = lacks(evidence, measured);
    let verdict = verdict(&measurements, &violations, &lacks);
    Judgement {
        format: Format,
        test: evidence.test.clone(),
        job: evidence.job.clone(),
        build: evidence.build,
        verdict,
        because: because(evidence, verdict, &measurements, &violations, lacks),
        baseline: Baseline {
            builds: evidence.history.builds.iter().map(|(build, _)| *build).collect(),
            passed_over: evidence.history.passed_over.clone(),
        },
        measurements,
        violations,
        warnings: warnings(evidence, measured),
        not_run: not_run(evidence),
        unjudged,
    }
}

/// Judges what was measured; also how many measurements no rule speaks of.
fn judge_each(evidence: &Evidence, measured: &Readings) -> (Vec<Ranked>, usize) {
    let judge = |(key, reading)| {
        let rule = rule_of(&evidence.rules, key)?;
        Some(judge_measurement(rule, key, reading, &evidence.history))
    };
    let ranked: Vec<Ranked> = measured.iter().filter_map(judge).collect();
    let unjudged = measured.len() - ranked.len();
    (ranked, unjudged)
}

/// The worst word first; of one word what decides before what is only shown, then what is farthest
/// past the allowed, then by key.
fn worst_first(a: &Ranked, b: &Ranked) -> Ordering {
    let shown = |one: &Ranked| one.judged.policy == Policy::Watch;
    b.judged
        .verdict
        .badness()
        .cmp(&a.judged.verdict.badness())
        .then(shown(a).cmp(&shown(b)))
        .then(b.excess.total_cmp(&a.excess))
        .then_with(|| a.judged.key.cmp(&b.judged.key))
}

/// What ClusterLoader2 complains of, unless the provider cannot measure it at all or it is but a
/// profile.
fn violations(evidence: &Evidence) -> Vec<Violation> {
    complaints(evidence).filter(|one| !is_warning(evidence, one)).cloned().collect()
}

fn complaints(evidence: &Evidence) -> impl Iterator<Item = &Violation> {
    let found = match &evidence.junit {
        Junit::Read(found) => found.as_slice(),
        Junit::Missing | Junit::Unreadable(_) => &[],
    };
    found.iter().filter(|one| !not_applicable::excuses(&evidence.not_applicable, one))
}

fn is_warning(evidence: &Evidence, violation: &Violation) -> bool {
    evidence.profiles == Policy::Watch && profiles::is_profile(violation)
}

/// What went wrong with profiles, where that decides nothing.
fn warnings(evidence: &Evidence, measured: &Readings) -> Vec<String> {
    if evidence.profiles == Policy::Gate {
        return Vec::new();
    }
    let said = complaints(evidence).filter(|one| is_warning(evidence, one)).map(complaint);
    let counted = profiles::not_taken(measured).into_iter();
    counted.chain(profiles::unreadable(&evidence.unreadable)).chain(said).collect()
}

fn not_run(evidence: &Evidence) -> Vec<NotRun> {
    let not_run = |entry: &scenario::NotApplicable| NotRun {
        measurement: entry.measurement.clone(),
        reason: entry.reason.clone(),
    };
    evidence.not_applicable.iter().map(not_run).collect()
}

/// What the test as a whole lacks, one sentence each.
fn lacks(evidence: &Evidence, measured: &Readings) -> Vec<String> {
    let mut lacks = Vec::new();
    match &evidence.junit {
        Junit::Missing => lacks.push("ClusterLoader2 wrote no junit.xml: it did not finish".into()),
        Junit::Unreadable(why) => {
            lacks.push(format!("ClusterLoader2's junit.xml cannot be read: {why}"));
        }
        Junit::Read(_) => {}
    }
    match &evidence.measured {
        None => lacks.push("the run has no measurements.json".into()),
        Some(_) if measured.is_empty() && !evidence.rules.is_empty() => {
            lacks.push("nothing was measured".into());
        }
        Some(_) => {}
    }
    for one in evidence.unreadable.iter().filter(|one| one.damaged) {
        lacks.push(format!("`{}` cannot be read: {}", one.file, one.reason));
    }
    if evidence.profiles == Policy::Gate {
        lacks.extend(profiles::not_taken(measured));
    }
    if evidence.need == BaselineNeed::Required && evidence.history.builds.is_empty() {
        lacks.push("no baseline, and the scenario requires one".into());
    }
    lacks
}

/// What decides is the worst of it all; an improvement is the word only where nothing is worse than
/// a pass.
fn verdict(measurements: &[Judged], violations: &[Violation], lacks: &[String]) -> Verdict {
    let gates = || measurements.iter().filter(|one| one.policy == Policy::Gate);
    let words = gates()
        .map(|one| one.verdict)
        .chain(violations.iter().map(|_| Verdict::Regressed))
        .chain(lacks.iter().map(|_| Verdict::Inconclusive));
    let worst = words.filter(|word| *word != Verdict::Improved).max_by_key(|word| word.badness());
    match worst {
        Some(Verdict::Pass) | None if gates().any(|one| one.verdict == Verdict::Improved) => {
            Verdict::Improved
        }
        worst => worst.unwrap_or(Verdict::Pass),
    }
}

/// What decided the verdict, worst first, then what a reader must know besides.
fn because(
    evidence: &Evidence,
    verdict: Verdict,
    measurements: &[Judged],
    violations: &[Violation],
    lacks: Vec<String>,
) -> Vec<String> {
    let said = |word: Verdict| {
        let gates = measurements.iter().filter(|one| one.policy == Policy::Gate);
        gates.filter(move |one| one.verdict == word).map(sentence)
    };
    let mut because: Vec<String> = said(Verdict::Regressed).collect();
    because.extend(violations.iter().map(complaint));
    because.extend(lacks);
    because.extend(said(Verdict::Inconclusive));
    if verdict == Verdict::Improved {
        because.extend(said(Verdict::Improved));
    }
    if verdict == Verdict::Inconclusive {
        // Those that are damaged are said above.
        let unreadable = evidence.unreadable.iter().filter(|one| !one.damaged);
        because.extend(unreadable.map(|one| format!("`{}`: {}", one.file, one.reason)));
    }
    if because.is_empty() {
        because.push(all_is_well(evidence, measurements.len()));
    }
    because.extend(expired(evidence));
    because
}

/// A measurement and why it is judged as it is.
pub(crate) fn sentence(judged: &Judged) -> String {
    // `no data for X (...)` reads better than `X: no data (...)`.
    match judged.reason.strip_prefix("no data ") {
        Some(rest) => format!("no data for `{}` {rest}", judged.key),
        None => format!("`{}`: {}", judged.key, judged.reason),
    }
}

/// What ClusterLoader2 says, in one line.
pub(crate) fn complaint(violation: &Violation) -> String {
    let Violation { measurement, identifier, message } = violation;
    let message: String = message.split_whitespace().collect::<Vec<_>>().join(" ");
    if identifier.is_empty() || measurement == identifier {
        format!("`{measurement}`: {message}")
    } else {
        format!("`{measurement} - {identifier}`: {message}")
    }
}

fn all_is_well(evidence: &Evidence, judged: usize) -> String {
    match evidence.history.builds.len() {
        0 => "no baseline".into(),
        builds => format!(
            "{} as good as in {}",
            counted(judged, "measurement"),
            counted(builds, "earlier build")
        ),
    }
}

/// The rules that had to be looked at again before the run was planned.
fn expired(evidence: &Evidence) -> Vec<String> {
    evidence
        .rules
        .iter()
        .filter_map(|rule| {
            let expiry = rule.expiry.as_ref().filter(|expiry| evidence.day > **expiry)?;
            let owner = rule.owner.as_deref().unwrap_or("its owner");
            Some(format!(
                "the rule for `{} {}` expired on {expiry} (hint: ask {owner})",
                rule.measurement, rule.query
            ))
        })
        .collect()
}
