//! The `infra-kwok` binary, without a cluster: what it says, and what it leaves.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, process::Output, time::Duration};

use jiff::Timestamp;
use run_record::{
    Format, Kind, Ledger, Metadata, Plan, ProcessId, Resource, RunDir, State, write_json,
};
use scenario::Provider;
use stage::{MARKER, Tool, testing::FakeTools};
use tempfile::TempDir;

const RUN: &str = "infra-kwok-test";

/// Begins the script of a stand-in that says its version when it is asked.
const VERSION: &str = "[ \"$1\" = --version ] && echo v1.2.3 && exit 0;";

struct Run {
    folder: TempDir,
    dir: RunDir,
    run_id: String,
}

impl Run {
    /// A run directory as `plan` makes it; its name is this process', so that tests which run at
    /// the same time never meet.
    fn new(test: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let dir = RunDir::new(folder.path().join("run"));
        let run_id = format!("{RUN}-{test}-{}", std::process::id());
        let text = "format: 1\nname: t\nabout: {what: a, why: b, how-to-read: c}\ncluster: {nodes: 1}\nsuite: [{test: a, config: b}]\n";
        let plan = Plan {
            run_id: run_id.clone(),
            created: Timestamp::now(),
            cluster: run_id.clone(),
            ..stage::testing::plan(scenario::parse("t.yaml", text, &[]).unwrap())
        };
        write_json(&dir.plan_path(), &plan).unwrap();
        write_json(&dir.metadata_path(), &Metadata::of(&plan)).unwrap();
        Self { folder, dir, run_id }
    }

    fn does(&self, args: &[&str]) -> Output {
        self.does_with(&self.with_cache(FakeTools::new().unwrap()), args)
    }

    /// With a cache of the test's own, which holds ClusterLoader2's rules: nothing is fetched, and
    /// the runs of this machine are not seen.
    fn with_cache(&self, tools: FakeTools) -> FakeTools {
        let cache = self.folder.path().join("cache");
        let source =
            stage::SOURCES.iter().find(|source| source.name == "clusterloader2-tests").unwrap();
        let rules = cache
            .join("sources/clusterloader2-tests")
            .join(source.module.version())
            .join("pkg/prometheus/manifests/prometheus-rules.yaml");
        fs::create_dir_all(rules.parent().unwrap()).unwrap();
        fs::write(rules, "kind: PrometheusRule\nspec:\n  groups: [{rules: [{record: a}]}]\n")
            .unwrap();
        tools.variable("PERF_SCALE_CACHE", cache.to_str().unwrap())
    }

    fn does_with(&self, tools: &FakeTools, args: &[&str]) -> Output {
        let binary = env!("CARGO_BIN_EXE_infra-kwok");
        tools.run(binary, self.folder.path(), args.iter().copied()).unwrap()
    }

    /// A ledger with one process and nothing else.
    fn ledger(&self, process: Option<ProcessId>, closed: Option<Timestamp>) {
        let ledger = Ledger {
            format: Format,
            run_id: self.run_id.clone(),
            provider: Provider::Kwok,
            opened: Timestamp::now(),
            closed,
            owner: None,
            resources: vec![Resource {
                kind: Kind::Process,
                name: "etcd".into(),
                state: State::Made,
                process,
                ports: Vec::new(),
                path: None,
            }],
        };
        self.dir.write_ledger(&ledger).unwrap();
    }

    /// A process that carries the mark of the run and would stay for a minute.
    fn process(&self) -> ProcessId {
        Tool::new("sleep", "sleep").arg("60").env(MARKER, &self.run_id).spawn().unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

/// The end of a process is collected by its parent alone, which here is the test.
async fn is_gone(process: &ProcessId) -> bool {
    for _ in 0..100 {
        if !process.is_alive() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

#[test]
fn a_run_without_a_cluster_is_told_so() {
    let run = Run::new("never");

    for verb in ["validate", "connect"] {
        let output = run.does(&[verb]);

        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("has no cluster (hint: `infra-kwok create` makes it)"));
    }
}

#[test]
fn the_cluster_of_a_finished_run_is_gone_since_a_time() {
    let run = Run::new("gone");
    run.ledger(None, Some("2026-01-02T03:04:05Z".parse().unwrap()));

    let validated = run.does(&["validate"]);
    let described = run.does(&["describe"]);

    let sentence =
        format!("the cluster of run `{}` is gone since 2026-01-02T03:04:05Z", run.run_id);
    assert_eq!(validated.status.code(), Some(1));
    assert!(said(&validated).contains(&sentence), "{}", said(&validated));
    assert!(described.status.success() && said(&described).contains(&sentence));
}

#[tokio::test]
async fn delete_ends_what_the_ledger_does_not_know_of_and_is_no_fault_twice() {
    let run = Run::new("delete");
    let written = run.process();
    let unwritten = run.process();
    run.ledger(Some(written.clone()), None);
    let log = run.dir.private().join("logs/etcd.log");
    fs::create_dir_all(log.parent().unwrap()).unwrap();
    fs::write(&log, "token: abcdef\nready\n").unwrap();

    let first = run.does(&["delete"]);
    let second = run.does(&["delete"]);

    assert!(first.status.success() && second.status.success(), "{}", said(&first));
    assert!(is_gone(&written).await && is_gone(&unwritten).await);
    assert!(run.dir.ledger().unwrap().closed.is_some());
    assert!(!run.dir.private().exists());
    assert_eq!(fs::read_to_string(run.dir.logs().join("etcd.log")).unwrap(), "token: ***\nready\n");
    assert!(said(&second).contains("was there"), "{}", said(&second));
}

#[tokio::test]
async fn reap_clears_a_run_whose_owner_is_dead_and_spares_one_whose_owner_lives() {
    let (dead, live) = (Run::new("dead"), Run::new("live"));
    let (doomed, spared) = (dead.process(), live.process());
    let own = ProcessId::of(i32::try_from(std::process::id()).unwrap()).unwrap();
    let other = ProcessId { start_ticks: own.start_ticks + 1, ..own.clone() };
    for (run, owner) in [(&dead, other), (&live, own)] {
        run.ledger(None, None);
        let mut ledger = run.dir.ledger().unwrap();
        ledger.owner = Some(owner);
        run.dir.write_ledger(&ledger).unwrap();
        fs::rename(run.dir.root(), dead.folder.path().join(&run.run_id)).unwrap();
    }
    let runs = dead.folder.path().to_str().unwrap();

    // Real runs of this machine are not this test's to judge.
    let output = dead.does(&["reap", "--runs", runs, "--older-than", "4000000000"]);

    assert!(said(&output).contains(&format!("cleared {}: 1 processes", dead.run_id)));
    assert!(said(&output).contains(&format!("spared {}: process", live.run_id)));
    assert!(is_gone(&doomed).await && spared.is_alive());
    stage::end_all(&[spared], Duration::ZERO).await;
}

#[tokio::test]
async fn create_says_which_daemon_ended_and_what_it_said_and_leaves_nothing_after_delete() {
    let run = Run::new("create");
    let mut tools = FakeTools::new().unwrap();
    for name in
        ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "prometheus"]
    {
        tools = tools.program(name, &format!("{VERSION} exec sleep 60")).unwrap();
    }
    let full = format!("{VERSION} echo 'no room for a database' >&2; exit 1");
    tools = tools.program("etcd", &full).unwrap();
    let output = run.does_with(&run.with_cache(tools), &["create"]);

    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("`etcd` ended; it said: no room for a database"));
    assert!(run.dir.ledger().unwrap().closed.is_none());
    let deleted = run.does(&["delete"]);
    assert!(deleted.status.success(), "{}", said(&deleted));
    assert!(stage::marked(&run.run_id).is_empty());
}
