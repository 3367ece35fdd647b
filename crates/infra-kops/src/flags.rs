//! kops' own words: every setting of the scenario as arguments and `--set` lines.

use run_record::{KopsPlan, Plan};
use scenario::{ControlPlane, Route, Scenario};

/// Label of everything that belongs to a run, beside kops' own.
pub(crate) const RUN_LABEL: &str = "perf-scale-run";

/// `create cluster`: writes the configuration into the state store, and makes nothing yet.
pub(crate) fn create(plan: &Plan, kops: &KopsPlan, zone: &str) -> Vec<String> {
    let scenario = &plan.scenario;
    let (cluster, own) = (&scenario.cluster, &scenario.infra.kops);
    let mut args = vec!["create".into(), "cluster".into()];
    args.extend(of_cluster(plan, kops));
    let mut say = |flag: &str, value: &str| args.push(format!("--{flag}={value}"));
    say("cloud", "gce");
    say("project", &kops.project);
    say("zones", zone);
    say("kubernetes-version", &kops.kubernetes);
    say("image", &kops.image);
    say("networking", "cni");
    say("control-plane-zones", zone);
    say("control-plane-count", &own.control_plane.count.to_string());
    say("control-plane-size", &cluster.control_plane_machine_type);
    say("control-plane-volume-size", &own.control_plane.volume_gib.to_string());
    say("node-count", &own.system_nodes.count.to_string());
    say("node-size", &own.system_nodes.machine_type);
    say("node-volume-size", &own.system_nodes.volume_gib.to_string());
    if own.workers.route == Route::CloudNat {
        say("topology", "private");
        say("api-loadbalancer-type", "public");
    }
    if let Some(account) = &own.service_account {
        say("gce-service-account", account);
    }
    let labels = own.labels.iter().map(|(key, value)| format!("{key}={value}"));
    let run = format!("{RUN_LABEL}={}", plan.run_id);
    say("cloud-labels", &labels.chain([run]).collect::<Vec<_>>().join(","));
    args.extend(settings(scenario).into_iter().map(|setting| format!("--set={setting}")));
    args
}

/// The settings of kops' cluster, as `spec.kubeProxy.enabled=false`.
fn settings(scenario: &Scenario) -> Vec<String> {
    let (cluster, own) = (&scenario.cluster, &scenario.infra.kops);
    let mut lines = Vec::new();
    let mut set = |key: &str, value: &dyn ToString| {
        lines.push(format!("spec.{key}={}", value.to_string()));
    };
    set("networking.subnets[0].cidr", &cluster.node_cidr);
    if own.etcd.metrics {
        // Not on loopback alone: Prometheus is on another machine. Only machines of the cluster get
        // through to it.
        set("etcdClusters[0].manager.listenMetricsURLs", &"http://0.0.0.0:2382");
    }
    set("etcdClusters[*].etcdMembers[*].volumeType", &own.etcd.volume_type);
    set("etcdClusters[*].etcdMembers[*].volumeSize", &own.etcd.volume_gib);
    let quota = u64::from(cluster.etcd_quota_gib) << 30;
    set("etcdClusters[*].manager.env", &format!("ETCD_QUOTA_BACKEND_BYTES={quota}"));
    control_plane(&own.control_plane, &mut set);
    for (name, value) in &cluster.sysctls {
        set("sysctlParameters", &format!("{name}={value}"));
    }
    lines.extend(own.settings.iter().cloned());
    lines
}

fn control_plane(own: &ControlPlane, set: &mut impl FnMut(&str, &dyn ToString)) {
    set("kubeAPIServer.anonymousAuth", &own.anonymous_auth);
    set("kubeAPIServer.maxRequestsInflight", &own.max_in_flight);
    set("kubeAPIServer.maxMutatingRequestsInflight", &own.max_mutating_in_flight);
    for component in ["kubeAPIServer", "kubeControllerManager", "kubeScheduler"] {
        set(&format!("{component}.enableProfiling"), &own.profiling);
        set(&format!("{component}.enableContentionProfiling"), &own.profiling);
    }
    if own.anonymous_auth {
        // Each adds one to the list.
        set("kubeScheduler.authorizationAlwaysAllowPaths", &"/metrics");
        set("kubeScheduler.authorizationAlwaysAllowPaths", &"/healthz");
    }
    set("kubeScheduler.kubeAPIQPS", &own.scheduler_qps);
    set("kubeScheduler.kubeAPIBurst", &own.scheduler_qps);
    set("kubeControllerManager.kubeAPIQPS", &own.controller_manager_qps);
    set("kubeControllerManager.kubeAPIBurst", &own.controller_manager_qps);
    let batch = format!("{}ms", own.endpoint_batch_ms);
    set("kubeControllerManager.endpointUpdatesBatchPeriod", &batch);
    set("kubeControllerManager.endpointSliceUpdatesBatchPeriod", &batch);
    set("kubeControllerManager.configureCloudRoutes", &own.cloud_routes);
    set("cloudControllerManager.configureCloudRoutes", &own.cloud_routes);
    set("cloudControllerManager.concurrentNodeSyncs", &own.node_syncs);
    set("kubeProxy.enabled", &own.kube_proxy);
}

/// `update cluster --yes`: makes what the configuration says. Again, it makes what is missing.
pub(crate) fn update(plan: &Plan, kops: &KopsPlan) -> Vec<String> {
    let mut args = vec!["update".into(), "cluster".into()];
    args.extend(of_cluster(plan, kops));
    args.extend(["--yes".into(), "--create-kube-config=false".into()]);
    args
}

/// `export kubeconfig`: a way in for as long as the run may last.
pub(crate) fn kubeconfig(plan: &Plan, kops: &KopsPlan, file: &str) -> Vec<String> {
    let mut args = vec!["export".into(), "kubeconfig".into()];
    args.extend(of_cluster(plan, kops));
    args.push(format!("--admin={}m", kops.lease_minutes));
    args.push(format!("--kubeconfig={file}"));
    args
}

/// `replace`: writes what `file` describes into the state store, new or not.
pub(crate) fn replace(kops: &KopsPlan, file: &str) -> Vec<String> {
    let place = format!("--state={}", kops.state_store);
    vec!["replace".into(), place, format!("--filename={file}"), "--force".into()]
}

/// `validate cluster`, once.
pub(crate) fn validate(plan: &Plan, kops: &KopsPlan) -> Vec<String> {
    let mut args = vec!["validate".into(), "cluster".into()];
    args.extend(of_cluster(plan, kops));
    args.extend(["--count=1".into(), "--output=json".into()]);
    args
}

fn of_cluster(plan: &Plan, kops: &KopsPlan) -> [String; 2] {
    [format!("--name={}", plan.cluster), format!("--state={}", kops.state_store)]
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::{made, workers};

    /// Compares `found` with a file of the fixtures; `UPDATE=1` writes it.
    #[track_caller]
    fn hold(name: &str, found: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let path = folder.join(name);
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, found).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == expected,
            "{name} is out of date (hint: UPDATE=1 cargo test -p infra-kops)"
        );
    }

    #[test]
    fn what_kops_is_told_for_a_hundred_nodes_is_as_it_was_reviewed() {
        let (plan, kops) = made::plan(&[]);
        let commands = [
            create(&plan, &kops, "us-west1-a"),
            update(&plan, &kops),
            kubeconfig(&plan, &kops, "run.private/kubeconfig"),
            replace(&kops, "run/kops/workers.json"),
            validate(&plan, &kops),
        ];
        let workers = workers::manifest(&plan, &kops, "us-west1-a");

        hold("load-100.args", &(commands.map(|args| args.join("\n")).join("\n\n") + "\n"));
        hold("load-100.workers.json", &(serde_json::to_string_pretty(&workers).unwrap() + "\n"));
    }

    #[test]
    fn each_setting_of_the_scenario_reaches_kops() {
        let args = |overrides: &[&str]| {
            let (plan, kops) = made::plan(overrides);
            create(&plan, &kops, "us-west1-a")
        };
        let usual = args(&[]);
        for (setting, expected) in [
            ("cluster.node-cidr=10.9.0.0/16", "--set=spec.networking.subnets[0].cidr=10.9.0.0/16"),
            (
                "cluster.etcd-quota-gib=2",
                "--set=spec.etcdClusters[*].manager.env=ETCD_QUOTA_BACKEND_BYTES=2147483648",
            ),
            (
                "cluster.sysctls={\"net.core.somaxconn\":\"9\"}",
                "--set=spec.sysctlParameters=net.core.somaxconn=9",
            ),
            ("cluster.control-plane-machine-type=x", "--control-plane-size=x"),
            ("infra.kops.control-plane.count=3", "--control-plane-count=3"),
            ("infra.kops.control-plane.volume-gib=99", "--control-plane-volume-size=99"),
            (
                "infra.kops.control-plane.max-in-flight=7",
                "--set=spec.kubeAPIServer.maxRequestsInflight=7",
            ),
            (
                "infra.kops.control-plane.max-mutating-in-flight=7",
                "--set=spec.kubeAPIServer.maxMutatingRequestsInflight=7",
            ),
            (
                "infra.kops.control-plane.anonymous-auth=false",
                "--set=spec.kubeAPIServer.anonymousAuth=false",
            ),
            (
                "infra.kops.control-plane.profiling=false",
                "--set=spec.kubeScheduler.enableContentionProfiling=false",
            ),
            ("infra.kops.control-plane.kube-proxy=true", "--set=spec.kubeProxy.enabled=true"),
            (
                "infra.kops.control-plane.cloud-routes=true",
                "--set=spec.cloudControllerManager.configureCloudRoutes=true",
            ),
            (
                "infra.kops.control-plane.controller-manager-qps=7",
                "--set=spec.kubeControllerManager.kubeAPIBurst=7",
            ),
            (
                "infra.kops.control-plane.endpoint-batch-ms=7",
                "--set=spec.kubeControllerManager.endpointSliceUpdatesBatchPeriod=7ms",
            ),
            (
                "infra.kops.control-plane.node-syncs=7",
                "--set=spec.cloudControllerManager.concurrentNodeSyncs=7",
            ),
            ("infra.kops.control-plane.scheduler-qps=7", "--set=spec.kubeScheduler.kubeAPIQPS=7"),
            (
                "infra.kops.etcd.volume-gib=99",
                "--set=spec.etcdClusters[*].etcdMembers[*].volumeSize=99",
            ),
            (
                "infra.kops.etcd.volume-type=x",
                "--set=spec.etcdClusters[*].etcdMembers[*].volumeType=x",
            ),
            ("infra.kops.system-nodes.count=7", "--node-count=7"),
            ("infra.kops.system-nodes.machine-type=x", "--node-size=x"),
            ("infra.kops.system-nodes.volume-gib=99", "--node-volume-size=99"),
            ("infra.kops.workers.route=cloud-nat", "--topology=private"),
            ("infra.kops.service-account=a@b", "--gce-service-account=a@b"),
            (
                "infra.kops.labels={\"team\":\"x\"}",
                "--cloud-labels=team=x,perf-scale-run=load-100-1-a",
            ),
            ("infra.kops.settings=[\"spec.a=b\"]", "--set=spec.a=b"),
        ] {
            let args = args(&[setting]);

            assert!(
                args.iter().any(|arg| arg == expected),
                "{setting}: no {expected} in {args:#?}"
            );
            assert!(!usual.iter().any(|arg| arg == expected), "{setting} says what is usual");
        }
        let metrics = "spec.etcdClusters[0].manager.listenMetricsURLs";
        assert!(usual.iter().any(|arg| arg.contains(metrics)));
        assert!(!args(&["infra.kops.etcd.metrics=false"]).iter().any(|arg| arg.contains(metrics)));
    }
}
