//! Drives the real binary: what it refuses, and what it does without a cluster.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::Path,
    process::Output,
};

use run_record::{Plan, PlannedTest, Record, RunDir, read_json, write_json};
use scenario::Provider;
use stage::testing::FakeTools;
use tempfile::TempDir;

/// The binary that is tested.
const CILIUM_INSTALL: &str = env!("CARGO_BIN_EXE_cilium-install");

/// A run directory whose scenario has `cilium`, and a helm that must not be called.
struct Case {
    folder: TempDir,
    tools: FakeTools,
}

impl Case {
    fn new(cilium: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let text = format!(
            "format: 1\nname: case\nabout: {{ what: a, why: b, how-to-read: c }}\n{cilium}\n\
             suite: [{{ test: load, config: cl2.yaml, after: [reset-conntrack] }}]\n"
        );
        let scenario = scenario::parse("case.yaml", &text, &[]).unwrap();
        let tests = scenario.suite.iter();
        let plan = Plan {
            tests: tests
                .map(|test| PlannedTest {
                    test: test.clone(),
                    job: "case".into(),
                    baseline_job: "case".into(),
                    build: 1,
                })
                .collect(),
            ..stage::testing::plan(scenario)
        };
        write_json(&folder.path().join("run/plan.json"), &plan).unwrap();
        let tools = FakeTools::new().unwrap().program("helm", "exit 1").unwrap();
        Self { folder, tools }
    }

    /// The same on real nodes, with this kubectl.
    fn on_kops(mut self, kubectl: &str) -> Self {
        let path = self.folder.path().join("run/plan.json");
        let plan: Plan = read_json(&path).unwrap();
        write_json(&path, &Plan { provider: Provider::Kops, ..plan }).unwrap();
        self.tools = self.tools.program("kubectl", kubectl).unwrap();
        self
    }

    fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Output {
        self.tools.run(CILIUM_INSTALL, self.folder.path(), args).unwrap()
    }

    fn record(&self, name: &str) -> Record {
        let run_dir = RunDir::new(self.folder.path().join("run"));
        read_json(&run_dir.records().join(name)).unwrap()
    }
}

/// Makes a chart where cilium/cilium's sources have it, with CRDs beside. Returns its folder.
fn chart(root: &Path) -> String {
    let folder = root.join("sources/install/kubernetes/cilium");
    fs::create_dir_all(folder.join("templates")).unwrap();
    fs::create_dir_all(root.join("sources/pkg/k8s/apis/cilium.io/client/crds/v2")).unwrap();
    fs::write(folder.join("Chart.yaml"), "name: cilium\nversion: 1.99.0\n").unwrap();
    fs::write(folder.join("values.yaml"), "kubeProxyReplacement: \"false\"\n").unwrap();
    folder.display().to_string()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_scenario_without_cilium_is_misuse_for_every_verb() {
    let case = Case::new("");

    for args in [&["install"][..], &["wait"], &["reset", "--test", "load"], &["sysdump"]] {
        let output = case.run(args.iter().copied());

        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(said(&output).contains("the scenario installs no Cilium (hint:"), "{args:?}");
    }
}

#[test]
fn a_mistyped_value_is_misuse_and_nothing_is_called() {
    let root = TempDir::new().unwrap();
    let chart = chart(root.path());
    let cilium =
        format!("cilium: {{ chart: \"{chart}\", values: {{ kubeProxyReplacment: true, x: 1 }} }}");
    let case = Case::new(&cilium);

    let output = case.run(["install"]);

    assert_eq!(output.status.code(), Some(2));
    let hint =
        "`kubeProxyReplacment` is no key of it (hint: `kubeProxyReplacement`); `x` is no key";
    assert!(said(&output).contains(hint), "{}", said(&output));
    assert!(case.tools.calls("helm").is_empty());
    assert_eq!(case.record("cilium-install-install.json").outcome, run_record::Outcome::Misuse);
}

#[test]
fn a_chart_without_a_cluster_is_a_failure_that_says_how_to_sign_in() {
    let root = TempDir::new().unwrap();
    let case = Case::new(&format!("cilium: {{ chart: \"{}\" }}", chart(root.path())));

    let output = case.run(["install"]);

    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("failed to sign in to the run's cluster"), "{}", said(&output));
    assert!(case.tools.calls("helm").iter().all(|call| !call.starts_with("upgrade")));
}

#[test]
fn waiting_for_what_was_never_installed_is_misuse() {
    let case = Case::new("cilium: { version: 1.20.2 }");

    let output = case.run(["wait"]);

    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("no Cilium was installed in this run"), "{}", said(&output));
}

#[test]
fn a_test_that_the_suite_has_not_is_misuse_with_those_it_has() {
    let case = Case::new("cilium: { version: 1.20.2 }");

    let output = case.run(["reset", "--test", "laod"]);

    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("`laod` (hint: it has load)"), "{}", said(&output));
}

#[test]
fn connection_tracking_of_simulated_nodes_is_recorded_as_not_applicable() {
    let case = Case::new("cilium: { version: 1.20.2 }");

    let output = case.run(["reset", "--test", "load"]);

    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let record = case.record("cilium-install-reset-load.json");
    assert_eq!(record.facts["resets"][0]["reset"], "not-applicable");
    assert_eq!(record.facts["resets"][0]["why"], "nothing to reset on simulated nodes");
}

/// An API server that answers what it is asked at the paths of `answers`, and fails at all others.
/// Returns its port.
fn half_broken_api(answers: &'static [(&'static str, &'static str)]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // It ends with the test's process.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let Some(Ok(first)) = lines.next() else { continue };
            lines.take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).count();
            let path = first.split([' ', '?']).nth(1).unwrap_or_default();
            let found = answers.iter().find(|(known, _)| *known == path);
            let (status, body) = found.map_or(("500 Broken", "{}"), |(_, body)| ("200 OK", body));
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\n\
                 Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    port
}

#[test]
fn a_sysdump_of_a_half_broken_cluster_keeps_what_there_is_and_names_the_rest() {
    let version = r#"{ "major": "1", "minor": "35", "gitVersion": "v1.35.4", "gitCommit": "",
        "gitTreeState": "", "buildDate": "", "goVersion": "", "compiler": "", "platform": "" }"#;
    let maps =
        r#"{ "metadata": {}, "items": [{ "data": { "password": "abc", "debug": "true" } }] }"#;
    let port = half_broken_api(Box::leak(Box::new([
        ("/version", version),
        ("/api/v1/namespaces/kube-system/configmaps", maps),
    ])));
    let case = Case::new("cilium: { version: 1.20.2 }");
    let private = case.folder.path().join("run.private");
    fs::create_dir_all(&private).unwrap();
    let kubeconfig = format!(
        "clusters: [{{ name: c, cluster: {{ server: \"http://127.0.0.1:{port}\" }} }}]\n\
         users: [{{ name: u, user: {{}} }}]\n\
         contexts: [{{ name: c, context: {{ cluster: c, user: u }} }}]\ncurrent-context: c\n"
    );
    fs::write(private.join("kubeconfig"), kubeconfig).unwrap();

    let output = case.run(["sysdump"]);

    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.starts_with("kept 1 parts"), "{stdout}");
    assert!(stdout.contains("nodes is missing: "), "{stdout}");
    let kept = fs::read_to_string(case.folder.path().join("run/sysdump/configmaps.json")).unwrap();
    assert!(kept.contains("\"debug\": \"true\"") && !kept.contains("abc"), "{kept}");
}

/// kubectl as a cluster of three agents answers it; the last one answers `$last`.
const THREE_AGENTS: &str = r#"case "$*" in
*"get pods"*) echo pod/cilium-a pod/cilium-b pod/cilium-c;;
*"exec pod/cilium-c"*) eval "$last";;
esac
"#;

#[test]
fn connection_tracking_of_every_real_node_is_reset() {
    let case = Case::new("cilium: { version: 1.20.2 }").on_kops(THREE_AGENTS);

    let output = case.run(["reset", "--test", "load"]);

    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.trim(), "connection tracking of 3 nodes is empty");
    let calls = case.tools.calls("kubectl");
    for pod in ["cilium-a", "cilium-b", "cilium-c"] {
        let call =
            format!("exec pod/{pod} --container cilium-agent -- sh -c command -v cilium-dbg");
        assert!(calls.iter().any(|one| one.contains(&call)), "{calls:?}");
    }
}

#[test]
fn a_node_whose_connection_tracking_is_not_reset_fails_the_step() {
    let case = Case::new("cilium: { version: 1.20.2 }");
    let script = format!("last='echo no such map >&2; exit 7'\n{THREE_AGENTS}");
    let case = case.on_kops(&script);

    let output = case.run(["reset", "--test", "load"]);

    assert_eq!(output.status.code(), Some(1));
    let record = case.record("cilium-install-reset-load.json");
    assert_eq!(record.class, Some(run_record::Class::Cluster));
    assert!(record.errors.iter().any(|one| one.contains("no such map")), "{:?}", record.errors);
}

#[test]
fn a_cluster_without_an_agent_has_nothing_that_could_be_reset() {
    let case = Case::new("cilium: { version: 1.20.2 }").on_kops("exit 0");

    let output = case.run(["reset", "--test", "load"]);

    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no pod has the label"));
}
