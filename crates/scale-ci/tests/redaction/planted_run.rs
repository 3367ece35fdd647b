//! A run into which every secret is planted, and the stages that it goes through.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Output,
};

use flate2::{Compression, write::GzEncoder};
use run_record::RunDir;
use serde_json::{Value, json};
use stage::testing::FakeTools;
use tempfile::TempDir;

use crate::{
    api_server,
    haystack::Haystack,
    place::Place,
    secret::{SECRETS, Secret},
};

const SCENARIO: &str = "format: 1
name: planted
about: { what: a, why: b, how-to-read: c }
cilium: { version: 1.20.2 }
suite:
  - test: load
    config: cl2/config.yaml
    judging:
      - { measurement: PodStartupLatency, better: lower, limit: 1 }
";

/// ClusterLoader2 as it is seen from outside: it logs, writes a report, and fails.
const CL2: &str = r#"
for arg; do case $arg in --report-dir=*) report=${arg#*=} ;; esac; done
cat "$PLANTED/log" >&2
cat "$PLANTED/output"
cp "$PLANTED"/report/* "$report"
"#;

/// The words with which it gives up before the test begins.
const GIVES_UP: &str = r#"
cat "$PLANTED/last-words" >&2
exit 1
"#;

/// A folder with a scenario, what programs will say, and a bucket.
pub(crate) struct PlantedRun {
    folder: TempDir,
}

impl PlantedRun {
    pub(crate) fn new() -> Self {
        let run = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir_all(run.path("cl2")).unwrap();
        fs::write(run.path("planted.yaml"), SCENARIO).unwrap();
        fs::write(run.path("cl2/config.yaml"), "name: load\n").unwrap();
        run.plant();
        run
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run_dir(&self, name: &str) -> RunDir {
        RunDir::new(self.path(name))
    }

    /// Writes down what programs will say.
    fn plant(&self) {
        let planted = self.path("planted");
        fs::create_dir_all(planted.join("report")).unwrap();
        fs::create_dir_all(planted.join("daemons")).unwrap();
        let said = |place: Place, head: &str| {
            let lines = SECRETS.iter().flat_map(|secret| {
                let text = format!("{}\n{}", place.beside(secret), place.planted(secret).text);
                text.split('\n').map(|line| format!("{head}{line}\n")).collect::<Vec<_>>()
            });
            lines.collect::<String>()
        };
        let klog = "I1127 12:00:00.000000   12345 a.go:1] ";
        fs::write(planted.join("output"), said(Place::Output, "")).unwrap();
        fs::write(planted.join("log"), said(Place::Log, klog)).unwrap();
        fs::write(planted.join("last-words"), last_words()).unwrap();
        fs::write(planted.join("daemons/kube-apiserver.log"), said(Place::Daemon, klog)).unwrap();
        for (at, secret) in SECRETS.iter().enumerate() {
            self.plant_report(at, secret);
        }
        fs::write(planted.join("report/junit.xml"), junit()).unwrap();
        fs::write(planted.join("report/plain.txt"), "a plain file\n").unwrap();
    }

    /// The files of the report for one secret.
    fn plant_report(&self, at: usize, secret: &Secret) {
        let report = self.path("planted/report");
        let time = format!("2026-11-27T12:{at:02}:00Z.json");
        if Place::Report.takes(secret) {
            let text = Place::Report.planted(secret).text;
            fs::write(report.join(format!("Report-{at}.txt")), text).unwrap();
        }
        let label = json!({ "version": "v1", "dataItems": [{
            "data": { "Perc99": 7.0 },
            "unit": "ms",
            "labels": {
                "Metric": format!("{}\n{}", Place::Label.beside(secret), Place::Label.planted(secret).text),
            },
        }] });
        fs::write(report.join(format!("PodStartupLatency_load_{time}")), label.to_string())
            .unwrap();
        if Place::Packed.takes(secret) {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(Place::Packed.planted(secret).text.as_bytes()).unwrap();
            fs::write(report.join(format!("PodPeriodicCommand-{at}.gz")), packed.finish().unwrap())
                .unwrap();
        }
        if Place::FileName.takes(secret) {
            let name = Place::FileName.planted(secret).text;
            fs::write(report.join(format!("Profile {name} {at}.txt")), "a profile\n").unwrap();
        }
    }

    /// Everything as it was planted.
    pub(crate) fn planted(&self) -> Haystack {
        let mut planted = Haystack::new("planted").folder(&self.path("planted"), |_| true);
        // What stands in JSON or XML is what it is once it is read.
        let mut read = |name: &str, value: &Value| {
            strings(value, &mut |text| planted.text(name, format!("{text}\n").as_bytes()));
        };
        read("api", &api_server::body("/api/v1/pods"));
        for entry in fs::read_dir(self.path("planted/report")).unwrap().map(Result::unwrap) {
            if entry.path().extension().is_some_and(|ending| ending == "json") {
                read("labels", &serde_json::from_slice(&fs::read(entry.path()).unwrap()).unwrap());
            }
        }
        let junit = fs::read_to_string(self.path("planted/report/junit.xml")).unwrap();
        planted.text("junit", junit.replace("&#34;", "\"").replace("&#xA;", "\n").as_bytes());
        for secret in SECRETS {
            let argument = Place::Unknown.planted(secret).text;
            planted.text("arguments", format!("{argument}\n").as_bytes());
        }
        planted
    }

    /// Takes two runs through the stages: one whose test runs to its end, and one that gives up.
    pub(crate) fn take(&self) -> Vec<Haystack> {
        let (mut out, mut err) = (Haystack::new("stdout"), Haystack::new("stderr"));
        let mut note = |output: &Output| {
            out.text("stdout", &output.stdout);
            err.text("stderr", &output.stderr);
        };
        let address = api_server::start();
        for (name, script) in [("run", CL2.to_owned()), ("gives-up", format!("{CL2}{GIVES_UP}"))] {
            let script = format!("PLANTED='{}'\n{script}", self.path("planted").display());
            let tools = self.tools().program("clusterloader2", &script).unwrap();
            let stage = |args: &[&str]| self.stage(&tools, args, name);
            note(&stage(&["plan", "plan", "planted.yaml", "--bucket", &self.bucket()]));
            let run_dir = self.run_dir(name);
            fs::create_dir_all(run_dir.private().join("logs")).unwrap();
            fs::write(run_dir.kubeconfig(), kubeconfig(&address.to_string())).unwrap();
            copy(&self.path("planted/daemons"), &run_dir.private().join("logs"));
            for args in [
                &["cl2-runner", "run", "--test", "load"][..],
                &["artifact-gcs", "fetch", "--test", "load"],
                &["verdict", "judge", "--test", "load"],
                &["verdict", "judge", "--test", "load", "--json"],
                &["cilium-install", "sysdump"],
                &["infra-kwok", "delete"],
                &["verdict", "conclude"],
                &["verdict", "conclude", "--json"],
                &["artifact-gcs", "export", "--test", "load"],
                &["artifact-gcs", "export", "--suite", "--json"],
                &["artifact-gcs", "list"],
            ] {
                note(&stage(args));
            }
        }
        for secret in SECRETS.iter().filter(|secret| Place::Unknown.takes(secret)) {
            let text = Place::Unknown.planted(secret).text;
            note(&self.stage(&self.tools(), &["verdict", "judge", "--test", &text], "run"));
            note(&self.stage(&self.tools(), &["verdict", "judge", &format!("--x={text}")], "run"));
        }
        let mut found = self.folders();
        found.extend([out, err]);
        found
    }

    /// What lies in folders: the run directories but for their private ones, the bucket, and what
    /// GitHub's runner is told.
    fn folders(&self) -> Vec<Haystack> {
        let of_run = |name: &'static str, part: &'static str| {
            let mut haystack = Haystack::new(name);
            for run in ["run", "gives-up"] {
                haystack = haystack.folder(&self.path(run), |path| {
                    let is_part = path.starts_with("logs") || path.starts_with("records");
                    if part.is_empty() { !is_part } else { path.starts_with(part) }
                });
            }
            haystack
        };
        let tests = Haystack::new("test builds")
            .folder(&self.path("bucket"), |path| !path.contains("planted-suite"));
        let suite = Haystack::new("suite builds")
            .folder(&self.path("bucket"), |path| path.contains("planted-suite"));
        let github = Haystack::new("GitHub's files").folder(&self.path("github"), |_| true);
        vec![
            of_run("logs", "logs"),
            of_run("records", "records"),
            of_run("rest of the run directory", ""),
            tests,
            suite,
            github,
        ]
    }

    fn bucket(&self) -> String {
        format!("file://{}", self.path("bucket").display())
    }

    fn tools(&self) -> FakeTools {
        let github = self.path("github");
        fs::create_dir_all(&github).unwrap();
        let file = |name: &str| github.join(name).display().to_string();
        FakeTools::new()
            .unwrap()
            .variable("GITHUB_ACTIONS", "true")
            .variable("GITHUB_OUTPUT", &file("output"))
            .variable("GITHUB_STEP_SUMMARY", &file("summary"))
            .variable("PERF_SCALE_CACHE", &self.path("cache").display().to_string())
    }

    fn stage(&self, tools: &FakeTools, args: &[&str], run: &str) -> Output {
        let args = [&["stage"], args, &["--run-dir", run]].concat();
        tools.run(env!("CARGO_BIN_EXE_scale-ci"), self.folder.path(), args).unwrap()
    }

    /// What is asked for with a secret in it is refused, and nothing is made.
    pub(crate) fn plan_is_refused(&self, secret: &Secret) {
        let text = Place::Unknown.planted(secret).text;
        let needles = Place::Unknown.planted(secret).needles;
        if needles.iter().any(|needle| !matches!(needle, crate::needle::Needle::Encoded(_))) {
            return;
        }
        let set = format!("about.what={}", serde_json::to_string(&text).unwrap());
        let output =
            self.stage(&self.tools(), &["plan", "plan", "planted.yaml", "--set", &set], "refused");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{}: {said}", secret.name);
        assert!(said.contains("is a secret"), "{}: {said}", secret.name);
        assert!(!self.run_dir("refused").plan_path().exists(), "{}", secret.name);
        let mut haystack = Haystack::new("refusal");
        haystack.text("stderr", &output.stderr);
        assert_eq!(haystack.leaks(), [""; 0], "{}", secret.name);
    }

    /// Nothing was left out for fear: what stood beside each secret is there, and what was withheld
    /// is named.
    pub(crate) fn what_is_no_secret_came_out(&self, found: &[Haystack]) {
        let named = |name: &str| found.iter().find(|haystack| haystack.name == name).unwrap();
        for secret in SECRETS {
            for place in [Place::Output, Place::Log, Place::Junit, Place::Label] {
                let is_there = named("test builds").has(&place.beside(secret));
                assert!(is_there || !place.takes(secret), "{} at {place:?}", secret.name);
            }
            for place in [Place::Annotation, Place::Event, Place::Daemon, Place::PodName] {
                let is_there = named("suite builds").has(&place.beside(secret));
                assert!(is_there, "{} at {place:?}", secret.name);
            }
        }
        let test = "load".parse().unwrap();
        let withheld = self.run_dir("run").withheld(&test).unwrap().unwrap().files;
        let names: Vec<&str> = withheld.iter().map(|file| file.name.as_str()).collect();
        assert!(names.contains(&"junit.xml") && names.contains(&"Report-0.txt"), "{names:?}");
        assert!(!names.contains(&"plain.txt"), "{names:?}");
        assert!(named("test builds").has("a plain file"));
    }
}

/// The last words, one secret behind the other, as Go writes a list of errors.
fn last_words() -> String {
    let words: Vec<String> =
        SECRETS.iter().map(|secret| Place::LastWords.planted(secret).text).collect();
    format!("F1127 12:00:00.000000   12345 clusterloader.go:395] {}\n", words.join("\n"))
}

/// A failure for each secret.
fn junit() -> String {
    let cases = SECRETS.iter().filter(|secret| Place::Junit.takes(secret)).map(|secret| {
        let text = format!("[measurement call TestMetrics - {} error: {}\n{}]", Place::Junit.word(secret), Place::Junit.beside(secret), Place::Junit.planted(secret).text);
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&#34;").replace('\n', "&#xA;");
        format!("<testcase name=\"load: [step: 01] {}\"><failure type=\"Failure\">:0&#xA;{text}&#xA;:0</failure></testcase>\n", Place::Junit.word(secret))
    });
    format!("<testsuite name=\"ClusterLoaderV2\">{}</testsuite>\n", cases.collect::<String>())
}

fn kubeconfig(address: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: made\nclusters: [{{name: made, cluster: {{server: 'http://{address}'}}}}]\nusers: [{{name: made, user: {{}}}}]\ncontexts: [{{name: made, context: {{cluster: made, user: made}}}}]\n"
    )
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Every text in `value`.
fn strings(value: &Value, see: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => see(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, see)),
        Value::Object(map) => map.values().for_each(|value| strings(value, see)),
        _ => {}
    }
}
