//! What ClusterLoader2's `junit.xml` says went wrong.

use std::{io, path::Path, sync::LazyLock};

use quick_xml::{
    Writer,
    events::{BytesEnd, BytesStart, BytesText, Event},
};
use redaction::redact;
use regex::Regex;
use run_record::{FileError, read_whole};
use serde::Serialize;

/// Why a `junit.xml` says nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JunitError {
    /// It cannot be read.
    #[error("failed to read ClusterLoader2's `junit.xml`")]
    Read(#[source] FileError),
    /// It is cut off or is something else.
    #[error("failed to understand ClusterLoader2's `junit.xml`")]
    Parse(#[source] roxmltree::Error),
}

/// One thing that went wrong in a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The step, as ClusterLoader2 names it.
    pub step: String,
    /// Method and identifier of the measurement, if a measurement failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measurement: Option<(String, String)>,
    /// What it said.
    pub message: String,
}

/// What ClusterLoader2 puts in front of what a measurement says.
static CALL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^\[?measurement call (\S+) - (.*?) error: ").ok());

/// What went wrong, by step; nothing if `junit.xml` is not there.
///
/// The case of the test as a whole repeats what its steps said: it counts only where no step failed.
///
/// # Errors
/// The file is there and cannot be read.
pub(crate) fn failures(path: &Path) -> Result<Option<Vec<Failure>>, JunitError> {
    match read_whole(path) {
        Ok(text) => parse(&String::from_utf8_lossy(&text)).map(Some),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(JunitError::Read(error)),
    }
}

pub(crate) fn parse(text: &str) -> Result<Vec<Failure>, JunitError> {
    let document = roxmltree::Document::parse(text).map_err(JunitError::Parse)?;
    let (mut of_steps, mut of_tests) = (Vec::new(), Vec::new());
    for case in document.descendants().filter(|node| node.has_tag_name("testcase")) {
        let name = case.attribute("name").unwrap_or_default();
        let messages = case
            .children()
            .filter(|node| node.has_tag_name("failure") || node.has_tag_name("error"));
        for message in messages {
            let list = if name.contains("[step: ") { &mut of_steps } else { &mut of_tests };
            split(name, message.text().unwrap_or_default(), list);
        }
    }
    Ok(if of_steps.is_empty() { of_tests } else { of_steps })
}

/// The text of a `junit.xml` without secrets and commands, as another one that says the same; nothing
/// if it is none.
pub(crate) fn redacted(text: &str) -> Option<Vec<u8>> {
    let document = roxmltree::Document::parse(text).ok()?;
    let mut writer = Writer::new(Vec::new());
    write(&mut writer, document.root_element(), DEEPEST).ok()?;
    Some(writer.into_inner())
}

/// How deep elements may lie in one another: ClusterLoader2's are three deep.
const DEEPEST: u8 = 16;

fn write(
    writer: &mut Writer<Vec<u8>>,
    element: roxmltree::Node<'_, '_>,
    depth: u8,
) -> io::Result<()> {
    let deeper = depth.checked_sub(1).ok_or_else(|| io::Error::other("too deep"))?;
    let mut start = BytesStart::new(element.tag_name().name());
    for attribute in element.attributes() {
        start.push_attribute((attribute.name(), &*redact(attribute.value())));
    }
    writer.write_event(Event::Start(start))?;
    for child in element.children() {
        if child.is_element() {
            write(writer, child, deeper)?;
        } else if let Some(text) = child.text().filter(|_| child.is_text()) {
            writer.write_event(Event::Text(BytesText::new(&redact(text))))?;
        }
    }
    writer.write_event(Event::End(BytesEnd::new(element.tag_name().name())))
}

/// Splits the list of errors that one case holds: `:0\n[first\nsecond]\n:0`.
fn split(step: &str, text: &str, failures: &mut Vec<Failure>) {
    let text = text.trim().trim_start_matches(":0").trim_end_matches(":0").trim();
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let calls: Vec<_> =
        CALL.as_ref().map(|call| call.captures_iter(text).collect()).unwrap_or_default();
    let starts: Vec<usize> = calls.iter().filter_map(|call| Some(call.get(0)?.start())).collect();
    let before = &text[..starts.first().copied().unwrap_or(text.len())];
    if !before.trim().is_empty() {
        let message = before.trim().to_owned();
        failures.push(Failure { step: step.into(), measurement: None, message });
    }
    for (at, call) in calls.iter().enumerate() {
        let start = call.get(0).map_or(0, |found| found.end());
        let end = starts.get(at + 1).copied().unwrap_or(text.len());
        failures.push(Failure {
            step: step.into(),
            measurement: Some((call[1].to_owned(), call[2].to_owned())),
            message: text[start..end].trim().to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(cases: &str) -> String {
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?><testsuite name="ClusterLoaderV2">{cases}</testsuite>"#
        )
    }

    #[test]
    fn a_passed_test_has_no_failures() {
        let text = suite(r#"<testcase name="load overall (config.yaml)"></testcase>"#);

        assert_eq!(parse(&text).unwrap(), []);
    }

    #[test]
    fn a_step_that_failed_counts_once_though_the_test_repeats_it() {
        let failure = "<failure>:0&#xA;[measurement call PodStartupLatency - My Pods error: too slow]&#xA;:0</failure>";
        let text = suite(&format!(
            r#"<testcase name="load overall (config.yaml)">{failure}</testcase>
            <testcase name="load: [step: 07] gather [02] - My Pods">{failure}</testcase>"#
        ));

        let failures = parse(&text).unwrap();

        assert_eq!(
            failures,
            [Failure {
                step: "load: [step: 07] gather [02] - My Pods".into(),
                measurement: Some(("PodStartupLatency".into(), "My Pods".into())),
                message: "too slow".into()
            }]
        );
    }

    #[test]
    fn errors_of_one_case_are_told_apart_and_what_no_measurement_said_is_none() {
        let text = suite(
            "<testcase name=\"load overall (config.yaml)\"><failure>:0&#xA;[namespace a object b creation error: refused\nmeasurement call A - a error: one\nand more\nmeasurement call B - b error: two]&#xA;:0</failure></testcase>",
        );

        let failures = parse(&text).unwrap();

        let found: Vec<_> = failures
            .iter()
            .map(|one| {
                (one.measurement.as_ref().map(|(method, _)| method.as_str()), one.message.as_str())
            })
            .collect();
        assert_eq!(
            found,
            [
                (None, "namespace a object b creation error: refused"),
                (Some("A"), "one\nand more"),
                (Some("B"), "two")
            ]
        );
    }

    #[test]
    fn a_file_that_is_cut_off_is_a_fault_and_a_missing_one_is_none() {
        assert!(matches!(parse("<testsuite><testcase"), Err(JunitError::Parse(_))));
        assert!(failures(Path::new("/nowhere/junit.xml")).unwrap().is_none());
    }
}
