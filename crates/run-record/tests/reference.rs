//! The reference pages of the run directory and of the exit codes hold what the program knows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::PathBuf};

use run_record::{Outcome, RunDir};
use scenario::TestName;

fn page(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(name);
    fs::read_to_string(path).unwrap()
}

#[test]
fn every_exit_code_stands_on_its_page_with_its_word() {
    let page = page("exit-codes.md");

    for outcome in Outcome::ALL {
        let row = format!("| {} | {outcome} |", outcome.exit_code());
        assert!(page.contains(&row), "the page lacks `{row}`");
    }
}

#[test]
fn every_path_of_the_run_directory_stands_on_its_page() {
    let page = page("run-directory.md");
    let run = RunDir::new("/run");
    let test: TestName = "t".parse().unwrap();
    let paths = [
        run.plan_path(),
        run.scenario_path(),
        run.ledger_path(),
        run.metadata_path(),
        run.kept_path(),
        run.processes(),
        run.records(),
        run.logs(),
        run.config(&test),
        run.report(&test),
        run.withheld_path(&test),
        run.measurements_path(&test),
        run.baseline(&test),
        run.judgement_path(&test),
        run.judgement_page(&test),
        run.junit_path(&test),
        run.prometheus(),
        run.sysdump(),
        run.conclusion_path(),
        run.conclusion_page(),
        run.kubeconfig(),
    ];

    for path in paths {
        let text = path.strip_prefix("/").unwrap().display().to_string();
        let text = text.replace("tests/t/", "tests/<test>/");
        assert!(page.contains(&text), "the page lacks `{text}`");
    }
}
