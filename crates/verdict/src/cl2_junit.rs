//! Thresholds of ClusterLoader2 itself that were broken, from its junit.xml.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};
use run_record::Violation;

use crate::failure_text::{Part, parts};

/// Name that stands for a failure which no measurement claims.
pub(crate) const CLUSTERLOADER2: &str = "ClusterLoader2";

/// What became of ClusterLoader2's own report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Junit {
    /// It wrote none, which it does only at its very end.
    Missing,
    /// It is there and says nothing: why.
    Unreadable(String),
    /// What it says went wrong, each thing once, sorted.
    Read(Vec<Violation>),
}

/// Reads ClusterLoader2's junit.xml.
///
/// The case `<test> overall` repeats the failures of all others, and one measurement may fail at
/// its start and again when it is gathered: what counts is each distinct method and identifier.
pub(crate) fn read_junit(text: &str) -> Junit {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => return Junit::Unreadable(error.to_string()),
    };
    let mut cases: Vec<Node<'_, '_>> =
        document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    if cases.is_empty() {
        return Junit::Unreadable("it names no test case".into());
    }
    // The case of a step says where; the overall one does not, so it comes last.
    cases.sort_by_key(|case| is_overall(case));
    let mut calls: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut others: Vec<Violation> = Vec::new();
    for case in cases {
        for part in case.children().filter(is_failure).flat_map(|node| failure(&node)) {
            match part {
                Part::Measurement { method, identifier, message } => {
                    let said = calls.entry((method, identifier)).or_default();
                    if !said.contains(&message) {
                        said.push(message);
                    }
                }
                Part::Other(message) => {
                    if others.iter().all(|other| other.message != message) {
                        others.push(Violation {
                            measurement: CLUSTERLOADER2.into(),
                            identifier: name(&case).into(),
                            message,
                        });
                    }
                }
            }
        }
    }
    let calls = calls.into_iter().map(|((measurement, identifier), said)| Violation {
        measurement,
        identifier,
        message: said.join("; "),
    });
    others.sort_by(|a, b| (&a.identifier, &a.message).cmp(&(&b.identifier, &b.message)));
    Junit::Read(others.into_iter().chain(calls).collect())
}

fn name<'a>(case: &Node<'a, '_>) -> &'a str {
    case.attribute("name").unwrap_or_default()
}

/// Steps are named `<test>: [step: NN] ...`.
fn is_overall(case: &Node<'_, '_>) -> bool {
    !name(case).contains(": [step:")
}

fn is_failure(node: &Node<'_, '_>) -> bool {
    node.has_tag_name("failure") || node.has_tag_name("error")
}

/// The parts of a failure; one without words is still one.
fn failure(node: &Node<'_, '_>) -> Vec<Part> {
    let text: String =
        node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect();
    let found = parts(&text);
    if !found.is_empty() {
        return found;
    }
    let message = node.attribute("message").filter(|message| !message.is_empty());
    vec![Part::Other(message.unwrap_or("failed without a word").into())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cases: &str) -> Vec<(String, String, String)> {
        let Junit::Read(found) = read_junit(&format!("<testsuite>{cases}</testsuite>")) else {
            panic!("cannot be read");
        };
        found.into_iter().map(|one| (one.measurement, one.identifier, one.message)).collect()
    }

    #[test]
    fn what_fails_twice_and_is_repeated_overall_is_one_violation() {
        let found = read(
            "<testcase name='load overall (load.yaml)'><failure>[measurement call A - B error: x\n\
             measurement call A - B error: y]</failure></testcase>\
             <testcase name='load: [step: 01] start'><failure>[measurement call A - B error: x]\
             </failure></testcase>",
        );

        assert_eq!(found, [("A".into(), "B".into(), "x; y".into())]);
    }

    #[test]
    fn a_failure_of_a_step_is_named_by_the_step() {
        let found = read(
            "<testcase name='load overall (load.yaml)'><failure>[no such object]</failure></testcase>\
             <testcase name='load: [step: 02] make'><failure>:0\n[no such object]\n:0</failure></testcase>\
             <testcase name='load: [step: 03] rest'><error/></testcase>",
        );

        assert_eq!(
            found,
            [
                ("ClusterLoader2".into(), "load: [step: 02] make".into(), "no such object".into()),
                (
                    "ClusterLoader2".into(),
                    "load: [step: 03] rest".into(),
                    "failed without a word".into()
                ),
            ]
        );
    }

    #[test]
    fn half_a_file_and_an_empty_one_are_unreadable() {
        for text in ["<testsuite><testcase", "", "<testsuite></testsuite>"] {
            assert!(matches!(read_junit(text), Junit::Unreadable(_)), "{text}");
        }
    }
}
