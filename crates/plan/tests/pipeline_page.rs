//! `docs/pipeline.md` names exactly the steps that a run takes, in their order.

use std::{fs, path::PathBuf};

use scenario::Provider;

#[test]
fn the_page_and_the_dag_are_one() {
    let scenario = "format: 1\nname: s\nabout: {what: a, why: b, how-to-read: c}\ncilium: {version: 1.20.2}\n\
        suite: [{test: t, config: c.yaml, before: [install-cilium], after: [restart-agents]}]\n";
    let scenario = scenario::parse("s.yaml", scenario, &[]).unwrap();
    // The one with every step.
    let expected: Vec<String> = plan::steps(&scenario, Provider::Kops)
        .into_iter()
        .map(|step| {
            let test = if step.test.is_some() { " --test" } else { "" };
            let args: String = step.args.iter().map(|arg| format!(" {arg}")).collect();
            let id = step.id.replace("-t", "-<test>").replace("wai<test>", "wait");
            let stage = step.stage.replace("-kops", "-kwok");
            format!("| `{id}` | `{stage} {}{test}{args}` |", step.verb)
        })
        .collect();
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/pipeline.md");
    let page = fs::read_to_string(page).unwrap();

    let found: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();

    assert_eq!(found.len(), expected.len(), "{expected:#?}");
    for (found, expected) in found.iter().zip(&expected) {
        assert!(found.starts_with(expected), "found {found}\nexpected {expected}");
    }
}
