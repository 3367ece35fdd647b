//! What etcd and the control plane of Kubernetes are started with.

use std::path::Path;

use run_record::{FileError, write_json_as_is};
use scenario::Scenario;
use serde_json::json;

use crate::{pki::Client, ports::Ports, private::Private};

/// Range of service addresses.
const SERVICES: &str = "10.96.0.0/12";

/// Address under which the service `kubernetes` says the API server is. Nothing on a simulated node
/// ever calls it, and Kubernetes refuses loopback there; this one is kept for documentation, so
/// that the API server starts on a machine without a network, too.
const ADVERTISED: &str = "192.0.2.1";

/// Requests in flight, reading and changing: twice the defaults, since two processors serve 100
/// nodes, the scheduler and ClusterLoader2 in bursts; requests are still fair to one another.
const IN_FLIGHT: [u32; 2] = [800, 400];

/// Requests a second of the scheduler and the controllers, as the pipeline on Google Compute Engine
/// has it for the scheduler: their default of 20 to 50 would be what the tests measure.
const CLIENT_QPS: u32 = 500;

/// How often the node controller looks: it takes its taints off new nodes at this pace.
const NODE_MONITOR_PERIOD: &str = "1s";

/// Time without a word from a node after which it is taken for dead, and its pods for not ready. A
/// simulated node never dies, but on a busy machine its word comes late, and unlike a kubelet
/// nobody would make its pods ready again.
const NODE_GRACE: &str = "1h";

/// What asks for health and metrics without an account of its own.
const OPEN_PATHS: &str = "--authorization-always-allow-paths=/healthz,/readyz,/livez,/metrics";

/// etcd keeps real fsync: its latency is one of the things that are measured. It speaks plain HTTP
/// on loopback, as Prometheus and the API server are the only ones who know the port.
pub(crate) fn etcd(private: &Private, ports: Ports, scenario: &Scenario) -> Vec<String> {
    let client = format!("http://127.0.0.1:{}", ports.etcd);
    let peer = format!("http://127.0.0.1:{}", ports.etcd_peer);
    let quota = u64::from(scenario.cluster.etcd_quota_gib) << 30;
    vec![
        "--name=node0".into(),
        format!("--data-dir={}", private.data("etcd").display()),
        format!("--listen-client-urls={client}"),
        format!("--advertise-client-urls={client}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=node0={peer}"),
        format!("--quota-backend-bytes={quota}"),
        "--log-level=warn".into(),
    ]
}

/// The API server authorises as a real one does, and reaches pods through the tunnel alone.
pub(crate) fn api(private: &Private, ports: Ports) -> Vec<String> {
    let pki = |file: &str| private.pki(file).display().to_string();
    let [reading, changing] = IN_FLIGHT;
    vec![
        format!("--etcd-servers=http://127.0.0.1:{}", ports.etcd),
        "--bind-address=127.0.0.1".into(),
        format!("--secure-port={}", ports.api),
        format!("--advertise-address={ADVERTISED}"),
        format!("--tls-cert-file={}", pki("server.crt")),
        format!("--tls-private-key-file={}", pki("server.key")),
        format!("--client-ca-file={}", pki("ca.crt")),
        "--authorization-mode=Node,RBAC".into(),
        "--allow-privileged=true".into(),
        format!("--service-cluster-ip-range={SERVICES}"),
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local".into(),
        format!("--service-account-key-file={}", pki("accounts.pub")),
        format!("--service-account-signing-key-file={}", pki("accounts.key")),
        format!("--egress-selector-config-file={}", egress_path(private).display()),
        format!("--max-requests-inflight={reading}"),
        format!("--max-mutating-requests-inflight={changing}"),
        "--profiling=true".into(),
    ]
}

pub(crate) fn controller_manager(private: &Private, ports: Ports) -> Vec<String> {
    let mut args = vec![
        format!("--secure-port={}", ports.controllers),
        "--use-service-account-credentials=true".into(),
        format!("--root-ca-file={}", private.pki("ca.crt").display()),
        format!("--service-account-private-key-file={}", private.pki("accounts.key").display()),
        // Pod ranges are given to the nodes when they are made.
        "--allocate-node-cidrs=false".into(),
        format!("--node-monitor-period={NODE_MONITOR_PERIOD}"),
        format!("--node-monitor-grace-period={NODE_GRACE}"),
    ];
    args.extend(client_of_api(private, Client::ControllerManager));
    args
}

pub(crate) fn scheduler(private: &Private, ports: Ports) -> Vec<String> {
    let mut args = vec![format!("--secure-port={}", ports.scheduler)];
    args.extend(client_of_api(private, Client::Scheduler));
    args
}

/// What the scheduler and the controller manager share.
fn client_of_api(private: &Private, client: Client) -> Vec<String> {
    let kubeconfig = private.config(&format!("{}.kubeconfig", client.name()));
    vec![
        format!("--kubeconfig={}", kubeconfig.display()),
        "--bind-address=127.0.0.1".into(),
        format!("--tls-cert-file={}", private.pki("server.crt").display()),
        format!("--tls-private-key-file={}", private.pki("server.key").display()),
        OPEN_PATHS.into(),
        // There is one of each: nobody to elect a leader among.
        "--leader-elect=false".into(),
        format!("--kube-api-qps={CLIENT_QPS}"),
        format!("--kube-api-burst={}", 2 * CLIENT_QPS),
        "--profiling=true".into(),
    ]
}

fn egress_path(private: &Private) -> std::path::PathBuf {
    private.config("egress.json")
}

/// Writes how the API server reaches what runs in the cluster: through the socket `tunnel`.
pub(crate) fn write_egress(private: &Private, tunnel: &Path) -> Result<(), FileError> {
    let egress = json!({
        "apiVersion": "apiserver.k8s.io/v1beta1",
        "kind": "EgressSelectorConfiguration",
        "egressSelections": [{
            "name": "cluster",
            "connection": {
                "proxyProtocol": "HTTPConnect",
                "transport": { "uds": { "udsName": tunnel } },
            },
        }],
    });
    write_json_as_is(&egress_path(private), &egress)
}
