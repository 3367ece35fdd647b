//! The judgement as JUnit, for those who read no Markdown.

use std::io;

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};
use run_record::{Judged, Judgement, Verdict};
use scenario::Policy;

/// One case of the report.
struct Case {
    name: String,
    /// Element, type and message, unless it passed.
    said: Option<(&'static str, &'static str, String)>,
}

/// The judgement as JUnit: one case for each judged measurement, each violation and each
/// measurement that was not made, and one for the test as a whole.
pub(crate) fn judgement_junit(judgement: &Judgement) -> io::Result<Vec<u8>> {
    let cases = cases(judgement);
    let count = |element: &str| {
        let of = |case: &&Case| case.said.as_ref().is_some_and(|(name, ..)| *name == element);
        cases.iter().filter(of).count().to_string()
    };
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("testsuite")
        .with_attribute(("name", clean(&judgement.job).as_str()))
        .with_attribute(("tests", cases.len().to_string().as_str()))
        .with_attribute(("failures", count("failure").as_str()))
        .with_attribute(("errors", count("error").as_str()))
        .with_attribute(("skipped", count("skipped").as_str()))
        .write_inner_content(|writer| {
            for case in &cases {
                write_case(writer, judgement.test.as_str(), case)?;
            }
            Ok(())
        })?;
    let mut xml = writer.into_inner();
    xml.push(b'\n');
    Ok(xml)
}

fn write_case(writer: &mut Writer<Vec<u8>>, test: &str, case: &Case) -> io::Result<()> {
    let element = writer
        .create_element("testcase")
        .with_attribute(("classname", test))
        .with_attribute(("name", clean(&case.name).as_str()));
    let Some((name, kind, message)) = &case.said else {
        element.write_empty()?;
        return Ok(());
    };
    element.write_inner_content(|writer| {
        let message = clean(message);
        let said = writer.create_element(*name);
        if *name == "skipped" {
            said.with_attribute(("message", message.as_str())).write_empty()?;
        } else {
            said.with_attribute(("type", *kind)).write_text_content(BytesText::new(&message))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn cases(judgement: &Judgement) -> Vec<Case> {
    let measurements = judgement.measurements.iter().map(measurement);
    let violations = judgement.violations.iter().map(|one| Case {
        name: format!("ClusterLoader2: {} - {}", one.measurement, one.identifier),
        said: Some(("failure", "violation", one.message.clone())),
    });
    let not_run = judgement.not_run.iter().map(|one| Case {
        name: one.measurement.clone(),
        said: Some(("skipped", "not run", one.reason.clone())),
    });
    let whole = Case {
        name: "verdict".into(),
        said: said(judgement.verdict, || judgement.because.join("\n")),
    };
    std::iter::once(whole).chain(measurements).chain(violations).chain(not_run).collect()
}

/// A measurement that is only watched never fails.
fn measurement(one: &Judged) -> Case {
    let said = match one.policy {
        Policy::Gate => said(one.verdict, || one.reason.clone()),
        Policy::Watch => None,
    };
    Case { name: one.key.to_string(), said }
}

fn said(
    verdict: Verdict,
    reason: impl FnOnce() -> String,
) -> Option<(&'static str, &'static str, String)> {
    match verdict {
        Verdict::Pass | Verdict::Improved => None,
        Verdict::Regressed => Some(("failure", "regressed", reason())),
        Verdict::Suspect => Some(("error", "suspect", reason())),
        Verdict::Inconclusive => Some(("error", "inconclusive", reason())),
    }
}

/// `text` without the control characters that XML cannot hold at all.
fn clean(text: &str) -> String {
    let holds = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    text.chars().filter(holds).filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}
