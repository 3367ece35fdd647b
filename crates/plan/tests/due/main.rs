//! `plan due`: the releases that GitHub has and the bucket has no verdict on.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod github;

use std::{fs, process::Output};

use serde_json::{Value, json};
use stage::testing::FakeTools;
use tempfile::TempDir;

use github::{GitHub, release};

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/tiny.yaml");

const DAY: i64 = 24;

/// A folder with the list of a bucket's builds.
struct Place {
    folder: TempDir,
    builds: Vec<Value>,
}

impl Place {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), builds: Vec::new() }
    }

    /// A run of `version` whose tests have verdicts.
    fn tested(mut self, version: &str) -> Self {
        for (part, verdict) in [("few-large", "pass"), ("many-small", "regressed")] {
            self.builds.push(build(part, version, "done", Some(verdict)));
        }
        self
    }

    /// A run of `version` that ended without.
    fn failed(mut self, version: &str, outcome: &str) -> Self {
        self.builds.push(build("suite", version, outcome, None));
        let number = self.builds.len();
        self.builds[number - 1]["build"] = json!(number);
        self
    }

    fn due(&self, github: &GitHub, args: &[&str], variables: &[(&str, &str)]) -> Output {
        let list = self.folder.path().join("builds.json");
        fs::write(&list, json!({"bucket": "b", "builds": self.builds}).to_string()).unwrap();
        let tools = FakeTools::new().unwrap().variable("GITHUB_API_URL", &github.address);
        let tools =
            variables.iter().fold(tools, |tools, (name, value)| tools.variable(name, value));
        let builds = format!("--builds={}", list.display());
        let args = ["due", TINY, &builds].into_iter().chain(args.iter().copied());
        tools.run(env!("CARGO_BIN_EXE_plan"), self.folder.path(), args).unwrap()
    }

    #[track_caller]
    fn json(&self, github: &GitHub, args: &[&str]) -> Value {
        let output = self.due(github, &[args, &["--json"]].concat(), &[]);
        assert!(output.status.success(), "{}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn build(part: &str, version: &str, outcome: &str, verdict: Option<&str>) -> Value {
    let minor = version.rsplit_once('.').unwrap().0;
    json!({
        "job": format!("tiny-{part}-kwok-v{minor}"), "build": 1, "outcome": outcome,
        "verdict": verdict, "version": version, "overrides": [], "state": "finished",
    })
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The states by version.
fn states(found: &Value) -> Vec<(&str, &str)> {
    let releases = found["releases"].as_array().unwrap().iter();
    releases
        .map(|release| (release["version"].as_str().unwrap(), release["state"].as_str().unwrap()))
        .collect()
}

#[test]
fn releases_without_verdicts_are_due_oldest_first_and_no_more_than_asked_for() {
    let github = GitHub::with(
        vec![
            release("v1.20.2", 2 * DAY),
            release("v1.19.8", 3 * DAY),
            release("v1.18.14", 3 * DAY + 1),
            release("v1.17.20", 4 * DAY),
            release("v1.20.1", 20 * DAY),
        ],
        &[],
    );

    let found = Place::new().tested("1.17.20").json(&github, &["--limit=2"]);

    assert_eq!(found["due"], json!(["1.20.1", "1.18.14"]));
    assert_eq!(
        states(&found),
        [
            ("1.20.1", "due"),
            ("1.17.20", "tested"),
            ("1.18.14", "due"),
            ("1.19.8", "later"),
            ("1.20.2", "later")
        ]
    );
    // Every page was read, the first one as large as GitHub makes it.
    let route = "/repos/cilium/cilium/releases";
    let pages = ["?per_page=100", "?page=2", "?page=3"].map(|query| format!("{route}{query}"));
    assert_eq!(github.asked(), pages);
}

#[test]
fn what_nobody_can_or_wants_to_test_is_not_looked_at() {
    let mut draft = release("v1.20.3", 2 * DAY);
    draft["draft"] = json!(true);
    let mut unpublished = release("v1.20.4", 2 * DAY);
    unpublished["published_at"] = Value::Null;
    let mut early = release("v1.20.5", 2 * DAY);
    early["prerelease"] = json!(true);
    let github = GitHub::with(
        vec![
            release("v1.21.0-rc.1", 52),
            release("v1.11.20", 2 * DAY),
            release("v1.12.0", 50),
            release("nightly", 2 * DAY),
            release("v1.20.1", 29 * DAY),
            release("1.19.9", 10),
            draft,
            unpublished,
            early,
        ],
        &[],
    );

    let found = Place::new().json(&github, &[]);
    let all =
        Place::new().json(&github, &["--pre-releases", "--days=30", "--min-age=1", "--limit=9"]);

    assert_eq!(states(&found), [("1.12.0", "due"), ("1.19.9", "young")]);
    assert_eq!(all["due"], json!(["1.20.1", "1.21.0-rc.1", "1.12.0", "1.20.5", "1.19.9"]));
}

#[test]
fn a_release_is_tried_again_until_it_is_given_up_and_the_page_of_the_run_says_so() {
    let github = GitHub::with(vec![release("v1.20.2", 2 * DAY)], &[]);
    let twice = Place::new().failed("1.20.2", "infrastructure").failed("1.20.2", "cancelled");

    let again = twice.json(&github, &[]);
    let thrice = twice.failed("1.20.2", "failed");
    let output = thrice.due(&github, &[], &[("GITHUB_ACTIONS", "true")]);

    assert_eq!(again["due"], json!(["1.20.2"]));
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    let why =
        "no verdict on `few-large`, `many-small` after 3 runs: infrastructure, cancelled, failed";
    assert!(output.status.success(), "{}", said(&output));
    assert!(table.contains(&format!("given-up  {why}")), "{table}");
    assert!(table.contains(&format!("::notice title=due::1.20.2 is given up: {why}")), "{table}");
}

#[test]
fn a_workflow_gets_a_list_for_its_matrix_even_if_it_is_empty() {
    let place = Place::new().tested("1.20.2");
    let output = place.folder.path().join("output");
    let variables = [("GITHUB_OUTPUT", output.to_str().unwrap()), ("GITHUB_TOKEN", "")];
    let releases = vec![release("v1.20.2", 2 * DAY), release("v1.20.1", 3 * DAY)];

    for releases in [releases, Vec::new()] {
        let ended = place.due(&GitHub::with(releases, &[]), &[], &variables);
        assert!(ended.status.success(), "{}", said(&ended));
    }

    assert_eq!(fs::read_to_string(output).unwrap(), "due=[\"1.20.1\"]\ndue=[]\n");
    assert!(!place.folder.path().join("run").exists(), "it writes nothing");
}

#[test]
fn a_token_is_sent_and_never_said() {
    let github = GitHub::with(Vec::new(), &[(401, "x: y", "Bad credentials")]);

    let output = Place::new().due(&github, &[], &[("GITHUB_TOKEN", "token-of-the-job")]);

    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("(hint: `GITHUB_TOKEN` is no token that is still good)"));
    assert!(github.asked()[0].ends_with(" bearer token-of-the-job"), "{:?}", github.asked());
    assert!(!said(&output).contains("token-of-the-job"));
}

#[test]
fn a_github_that_does_not_answer_is_a_failure_in_one_sentence() {
    const LIMIT: &str = "x-ratelimit-remaining: 0";
    let full = GitHub::with(Vec::new(), &[(403, LIMIT, "API rate limit exceeded for 192.0.2.1.")]);
    let busy = GitHub::with(Vec::new(), &[(429, "retry-after: 60", "secondary rate limit"); 9]);
    let broken = GitHub::with(Vec::new(), &[(502, "x: y", "Server Error"); 9]);
    let mut gone = GitHub::with(Vec::new(), &[]);
    gone.address = "http://127.0.0.1:1".into();
    for (github, hint) in [(full, "in an hour"), (busy, "in an hour"), (broken, ""), (gone, "")] {
        let output = Place::new().due(&github, &[], &[]);

        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("failed to read the releases of `cilium/cilium` from GitHub"),
            "{said}"
        );
        assert!(said.contains(hint), "{said}");
        assert!(output.stdout.is_empty(), "what is due is not known");
    }
}

#[test]
fn trouble_of_a_moment_is_tried_again() {
    let github = GitHub::with(vec![release("v1.20.2", 2 * DAY)], &[(502, "x: y", "Server Error")]);

    assert_eq!(Place::new().json(&github, &[])["due"], json!(["1.20.2"]));
}

#[test]
fn what_cannot_be_asked_is_misuse() {
    let github = GitHub::with(vec![release("v1.20.2", 2 * DAY)], &[]);
    for (args, hint) in [
        (&["--set=suite.0.tset=x"][..], "tset"),
        (&["--repository=cilium/cilium/x"], "a repository is `owner/name`"),
        (&["--builds=/nowhere.json"], "`artifact-gcs list --json` writes it"),
    ] {
        let place = Place::new();
        let tools = FakeTools::new().unwrap().variable("GITHUB_API_URL", &github.address);
        let args = ["due", TINY].into_iter().chain(args.iter().copied());
        let output = tools.run(env!("CARGO_BIN_EXE_plan"), place.folder.path(), args).unwrap();

        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(hint), "{}", said(&output));
    }
}

#[test]
fn a_program_that_knows_no_bucket_says_which_one_does() {
    let github = GitHub::with(vec![release("v1.20.2", 2 * DAY)], &[]);
    let tools = FakeTools::new().unwrap().variable("GITHUB_API_URL", &github.address);
    let place = Place::new();

    let output = tools.run(env!("CARGO_BIN_EXE_plan"), place.folder.path(), ["due", TINY]).unwrap();

    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("`scale-ci stage plan due` looks there"), "{}", said(&output));
}
