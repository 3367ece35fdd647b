//! `verdict report`: a status of the commit and one comment of the pull request.

use std::{fs, process::Output};

use serde_json::json;
use stage::testing::FakeTools;

use crate::{
    github::{GitHub, comment},
    made_run::{MadeRun, WELL, rule},
};

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";
const URL: &str = "https://github.com/o/n/actions/runs/1";

/// A run that was concluded: its one test measured `value` and is compared with 100.
fn concluded(value: f64) -> MadeRun {
    let run = MadeRun::new(json!([rule("A")]), &[])
        .junit(WELL)
        .measured(&[("A", "ms", value)])
        .baseline(&[(1, &[("A", "ms", 100.0)])])
        .all_done();
    run.judge();
    run.conclude();
    run
}

fn report(run: &MadeRun, github: &GitHub, more: &[&str]) -> Output {
    let tools = FakeTools::new()
        .unwrap()
        .variable("GITHUB_REPOSITORY", "o/n")
        .variable("GITHUB_API_URL", &github.address)
        .variable("GITHUB_TOKEN", "token-of-the-job");
    let folder = run.run_dir.root().parent().unwrap();
    let args = ["report", "--context", "Scale", "--run-url", URL].into_iter();
    tools.run(env!("CARGO_BIN_EXE_verdict"), folder, args.chain(more.iter().copied())).unwrap()
}

#[track_caller]
fn ended(output: &Output, code: i32) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(!said.contains("token-of-the-job"), "{said}");
    said
}

#[test]
fn a_commit_gets_a_status_for_each_way_to_end() {
    for (value, state, begins) in [
        (100.0, "success", "done: the test passed"),
        (200.0, "failure", "regressed: test `load` regressed: `A Perc99`: 200 ms"),
    ] {
        let github = GitHub::with(Vec::new(), &[]);

        ended(&report(&concluded(value), &github, &["--sha", SHA]), 0);

        let written = github.written();
        let (what, status) = &written[0];
        assert_eq!(written.len(), 1);
        assert_eq!(what, &format!("POST /repos/o/n/statuses/{SHA}"));
        assert_eq!((&status["state"], &status["context"]), (&json!(state), &json!("Scale")));
        assert_eq!(status["target_url"], URL);
        let text = status["description"].as_str().unwrap();
        assert!(text.starts_with(begins) && text.chars().count() <= 140, "{text}");
    }
}

#[test]
fn a_run_that_begins_is_pending_and_one_that_was_not_concluded_an_error() {
    let run = MadeRun::new(json!([rule("A")]), &[]);
    for (more, state) in [(&["--pending"][..], "pending"), (&[], "error")] {
        let github = GitHub::with(Vec::new(), &[]);

        ended(&report(&run, &github, &[&["--sha", SHA], more].concat()), 0);

        assert_eq!(github.written()[0].1["state"], state);
    }
}

#[test]
fn a_pull_request_has_one_comment_that_is_written_over() {
    let quoted = "<!-- perf-scale-ci: Scale -->\nquoted by a person";
    let other = "<!-- perf-scale-ci: Other -->\nof another name";
    let github = GitHub::with(
        vec![comment(1, "User", quoted), comment(2, "Bot", other), comment(3, "Bot", "hello")],
        &[],
    );

    ended(&report(&concluded(100.0), &github, &["--pull-request", "7"]), 0);
    let first = github.comments();
    ended(&report(&concluded(200.0), &github, &["--pull-request", "7"]), 0);
    let second = github.comments();

    assert_eq!((first.len(), second.len()), (4, 4));
    assert_eq!(first[..3], second[..3], "the comments of others stay");
    let text = |comments: &[serde_json::Value]| comments[3]["body"].as_str().unwrap().to_owned();
    assert!(text(&first).starts_with("<!-- perf-scale-ci: Scale -->\n## made-1: **done**"));
    assert!(text(&second).contains("**regressed**") && text(&second).contains(URL));
}

#[test]
fn a_comment_that_is_too_long_is_cut() {
    let run = concluded(100.0);
    fs::write(run.run_dir.conclusion_page(), "ä".repeat(70_000)).unwrap();
    let github = GitHub::with(Vec::new(), &[]);

    ended(&report(&run, &github, &["--pull-request", "7"]), 0);

    let comments = github.comments();
    let text = comments[0]["body"].as_str().unwrap();
    assert!(
        text.chars().count() < 65_536 && text.contains('…') && text.ends_with(&format!("({URL})"))
    );
}

#[test]
fn a_refusal_says_which_permission_is_needed_and_trouble_is_tried_again() {
    let run = concluded(100.0);

    let refused = report(&run, &GitHub::with(Vec::new(), &[403]), &["--sha", SHA]);
    assert!(ended(&refused, 2).contains("the job needs `statuses: write`"));

    let github = GitHub::with(Vec::new(), &[502]);
    ended(&report(&run, &github, &["--sha", SHA]), 0);
    assert_eq!(github.written().len(), 2, "once refused, once taken");
}

#[test]
fn what_would_become_a_part_of_an_address_is_held_to_its_shape() {
    let github = GitHub::with(Vec::new(), &[]);
    for more in
        [&["--sha", "main/../x"][..], &["--repository", "o/n/x"], &["--pull-request", "7/x"]]
    {
        ended(&report(&concluded(100.0), &github, more), 2);
    }
    assert_eq!(github.written(), []);
}
