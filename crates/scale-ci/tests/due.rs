//! Which releases are due: GitHub on loopback, and a bucket with what the stages themselves export.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::Path,
    process::{Command, Output},
    thread,
};

use jiff::{SignedDuration, Timestamp};
use run_record::{Format, Outcome, Record, RunDir, write_json};
use scenario::TestName;
use serde_json::{Value, json};
use tempfile::TempDir;

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/tiny.yaml");

const TESTS: [&str; 2] = ["few-large", "many-small"];

/// A folder with run directories, a bucket for each branch, and a GitHub.
struct Place {
    folder: TempDir,
    github: String,
}

impl Place {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), github: github() }
    }

    fn bucket(&self) -> String {
        format!("file://{}/bucket-{{branch}}", self.folder.path().display())
    }

    #[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
    fn stage(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scale-ci"));
        command.arg("stage").args(args).current_dir(self.folder.path());
        command.env("GITHUB_API_URL", &self.github);
        command.env_remove("GITHUB_OUTPUT").env_remove("GITHUB_TOKEN");
        command.output().unwrap()
    }

    /// A run of `version` whose tests ended with `outcome`, exported.
    fn run(&self, version: &str, outcome: Outcome, more: &[&str]) {
        let name = format!("run-{}", fs::read_dir(self.folder.path()).unwrap().count());
        let run_dir = RunDir::new(self.folder.path().join(&name));
        let (bucket, version) = (self.bucket(), format!("--cilium-version={version}"));
        let plan = ["plan", "plan", TINY, "--run-dir", &name, "--bucket", &bucket, &version];
        let well = |args: &[&str]| {
            let output = self.stage(args);
            assert!(output.status.success(), "{args:?}: {}", said(&output));
        };
        well(&[&plan, more].concat());
        for test in TESTS {
            took(&run_dir, &test.parse().unwrap(), outcome);
            well(&["verdict", "judge", "--run-dir", &name, "--test", test]);
            well(&["artifact-gcs", "export", "--run-dir", &name, "--test", test]);
        }
        self.stage(&["verdict", "conclude", "--run-dir", &name]);
        well(&["artifact-gcs", "export", "--run-dir", &name, "--suite"]);
    }

    #[track_caller]
    fn due(&self, more: &[&str]) -> Vec<(String, String)> {
        let bucket = self.bucket();
        let output = self.stage(
            &[&["plan", "due", TINY, "--bucket", &bucket, "--attempts=2", "--json"], more].concat(),
        );
        assert!(output.status.success(), "{}", said(&output));
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |release: &Value, key: &str| release[key].as_str().unwrap().to_owned();
        let releases = found["releases"].as_array().unwrap().iter();
        releases.map(|release| (text(release, "version"), text(release, "state"))).collect()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The record of ClusterLoader2's run of `test`.
fn took(run_dir: &RunDir, test: &TestName, outcome: Outcome) {
    let record = Record {
        format: Format,
        run_id: None,
        stage: "cl2-runner".into(),
        verb: "run".into(),
        test: Some(test.clone()),
        version: "0.0.0".into(),
        outcome,
        class: None,
        started: Timestamp::UNIX_EPOCH,
        ended: Timestamp::UNIX_EPOCH,
        attempts: Vec::new(),
        tools: Vec::new(),
        errors: Vec::new(),
        facts: Value::Null,
    };
    write_json(&run_dir.record_path("cl2-runner", "run", Some(test)), &record).unwrap();
}

/// A GitHub with two releases of last week.
fn github() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let published = format!("{:.0}", Timestamp::now() - SignedDuration::from_hours(50));
    let tags = ["v1.20.2", "v1.19.9"];
    let releases = tags.map(|tag| json!({"tag_name": tag, "published_at": published}));
    let text = json!(releases).to_string();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            assert!(lines.take_while(|line| !line.is_empty()).count() > 0);
            let length = text.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(format!("{head}{text}").as_bytes());
        }
    });
    address
}

#[test]
fn a_release_is_due_until_its_bucket_has_a_verdict_on_every_test_of_it() {
    let place = Place::new();
    let states = |of_1_19: &str, of_1_20: &str| {
        let state = |version: &str, state: &str| (version.to_owned(), state.to_owned());
        [state("1.19.9", of_1_19), state("1.20.2", of_1_20)]
    };
    assert_eq!(place.due(&[]), states("due", "due"));

    // An experiment, another version and a run that failed are no tests of it.
    place.run("1.20.2", Outcome::Done, &["--set=infra.kwok.pod-ready-delay-ms=4000"]);
    place.run("1.20.1", Outcome::Done, &[]);
    place.run("1.20.2", Outcome::Failed, &[]);
    assert_eq!(place.due(&[]), states("due", "due"));
    place.run("1.20.2", Outcome::Done, &[]);
    assert_eq!(place.due(&[]), states("due", "tested"));
    let experiment = ["--set=infra.kwok.pod-ready-delay-ms=4000"];
    assert_eq!(place.due(&experiment), states("due", "tested"));
    assert_eq!(place.due(&["--infra=kops"]), states("due", "due"));

    // Not for ever.
    for _ in 0..2 {
        place.run("1.19.9", Outcome::Infrastructure, &[]);
    }
    assert_eq!(place.due(&[]), states("given-up", "tested"));
}

#[test]
fn a_bucket_that_cannot_be_read_is_no_reason_to_test_everything() {
    let place = Place::new();
    let file = place.folder.path().join("file");
    fs::write(&file, "").unwrap();

    for (bucket, code) in [(format!("file://{}", file.display()), 1), ("s3://b".into(), 2)] {
        let output = place.stage(&["plan", "due", TINY, "--bucket", &bucket]);

        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        assert!(said(&output).contains("failed to see which releases are tested"), "{bucket}");
        assert!(output.stdout.is_empty());
    }
    assert!(!Path::new(&place.folder.path().join("run")).exists());
}
