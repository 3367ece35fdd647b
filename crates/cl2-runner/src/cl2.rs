//! ClusterLoader2: the only file that knows its flags.

use std::{path::Path, time::Duration};

use run_record::{Plan, PlannedTest};
use scenario::Provider;
use stage::{Cancel, Finished, Stage, Tool, ToolError};

use crate::{config::Config, overrides::PREFIX};

/// Name of the program.
pub(crate) const NAME: &str = "clusterloader2";

/// Longest wait for Prometheus' targets. `monitor` saw them up, so ClusterLoader2's own 15 minutes
/// would only hide that Prometheus is gone.
const PROMETHEUS_READY: &str = "--prometheus-ready-timeout=2m";

/// Longest wait for the Prometheus that ClusterLoader2 deploys: its image is fetched and its volume made.
const PROMETHEUS_DEPLOYED: &str = "--prometheus-ready-timeout=10m";

/// Longest time that the deployment of Prometheus may take in all.
const DEPLOY_DEADLINE: Duration = Duration::from_secs(12 * 60);

/// What is the same for every test and every provider.
const FLAGS: [&str; 6] = [
    "--enable-prometheus-server=true",
    // One Prometheus serves the suite.
    "--tear-down-prometheus-server=false",
    // Its pods would have to answer, and simulated ones do not; no config here uses it.
    "--enable-exec-service=false",
    // A test that was stopped leaves its namespaces, and its load, to the next one.
    "--delete-stale-namespaces=true",
    // Any free port: two runs side by side never meet.
    "--port=0",
    // Steps and pods are logged from this level on.
    "--v=2",
];

/// What differs by provider.
fn provider_flags(plan: &Plan) -> Vec<String> {
    match plan.provider {
        // No simulated node runs kube-proxy.
        Provider::Kwok => {
            vec!["--provider=local".into(), "--prometheus-scrape-kube-proxy=false".into()]
        }
        Provider::Kops => {
            let kube_proxy = plan.scenario.infra.kops.control_plane.kube_proxy;
            vec![
                "--provider=gce".into(),
                format!("--prometheus-scrape-kube-proxy={kube_proxy}"),
                // Its disk is a pod's: `snapshot` takes what ClusterLoader2 brings.
                "--experimental-prometheus-snapshot-to-report-dir=true".into(),
            ]
        }
    }
}

/// Lets ClusterLoader2 do nothing but deploy its Prometheus: `config` has no step.
pub(crate) async fn deploy(
    stage: &Stage,
    plan: &Plan,
    program: &Path,
    config: &Path,
    report: &Path,
) -> Result<Finished, ToolError> {
    tool(stage, plan, program, config, None, report)
        .arg(PROMETHEUS_DEPLOYED)
        .cwd(report)
        .log(stage.run_dir.logs().join("cl2-prometheus.log"))
        .deadline(DEPLOY_DEADLINE)
        .run()
        .await
}

/// ClusterLoader2 with what every call of it is given.
fn tool<'l>(
    stage: &Stage,
    plan: &Plan,
    program: &Path,
    config: &Path,
    overrides: Option<&Path>,
    report: &Path,
) -> Tool<'l> {
    let run_dir = &stage.run_dir;
    let flag = |name: &str, value: &Path| format!("--{name}={}", value.display());
    Tool::new(NAME, program)
        .arg(flag("kubeconfig", &run_dir.kubeconfig()))
        .arg(format!("--nodes={}", plan.scenario.cluster.nodes))
        .arg(flag("testconfig", config))
        .args(overrides.map(|file| flag("testoverrides", file)))
        .arg(flag("report-dir", report))
        .args(FLAGS)
        .args(provider_flags(plan))
        .pass(PREFIX)
        .cancel(&stage.cancel)
        .of_run(run_dir, &plan.run_id)
}

/// The deadline of a test.
pub(crate) fn deadline(planned: &PlannedTest) -> Duration {
    /// A deadline is given in minutes.
    const MINUTE: Duration = Duration::from_secs(60);
    MINUTE * planned.test.deadline_minutes
}

/// Longest time that a test may go without progress.
pub(crate) fn stall(planned: &PlannedTest) -> Duration {
    Duration::from_secs(planned.test.stall_seconds.into())
}

/// Runs the test to its end, its deadline, the cancellation of the step, or until `stop` is asked.
#[expect(clippy::too_many_arguments, reason = "each says one thing about the call")]
pub(crate) async fn run(
    stage: &Stage,
    plan: &Plan,
    planned: &PlannedTest,
    program: &Path,
    config: &Config,
    overrides: Option<&Path>,
    stop: &Cancel,
    on_line: impl FnMut(&str) + Send,
) -> Result<Finished, ToolError> {
    let test = &planned.test.test;
    let run_dir = &stage.run_dir;
    tool(stage, plan, program, &config.file, overrides, &run_dir.report(test))
        .arg(PROMETHEUS_READY)
        .cwd(run_dir.test(test))
        .log(run_dir.logs().join(format!("cl2-{test}.log")))
        .deadline(deadline(planned))
        .stop(stop)
        .on_line(on_line)
        .finish()
        .await
}
