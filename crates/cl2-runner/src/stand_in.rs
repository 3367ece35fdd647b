//! The pod and service through which ClusterLoader2 reaches the Prometheus of this machine.
//!
//! ClusterLoader2 asks `monitoring/prometheus-k8s:9090` through the API server's service proxy. The
//! proxy needs an endpoint, so a pod stands in for Prometheus; the API server's way to pods ends at
//! the Prometheus that infra-kwok started, whatever the pod's address.

use k8s_openapi::api::core::v1::{Namespace, Pod, Service, ServiceAccount};
use kube::{
    Api, Client, Resource, ResourceExt,
    api::PostParams,
    runtime::wait::{self, await_condition},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    error::Error,
    prometheus::{NAMESPACE, PORT, SERVICE},
};

/// The pod that stands in, named as the Prometheus operator would.
const POD: &str = "prometheus-k8s-0";

/// Makes what is missing and waits until the pod is ready.
pub(crate) async fn make(client: &Client, node: &str) -> Result<(), Error> {
    let namespace = json!({ "metadata": { "name": NAMESPACE } });
    create::<Namespace>(&Api::all(client.clone()), namespace, "namespace").await?;
    // A pod is refused until its namespace has the account that every pod has.
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), NAMESPACE);
    let exists = |found: Option<&ServiceAccount>| found.is_some();
    watched(await_condition(accounts, "default", exists).await)?;
    create::<Service>(&Api::namespaced(client.clone(), NAMESPACE), service(), "service").await?;
    let pods: Api<Pod> = Api::namespaced(client.clone(), NAMESPACE);
    create::<Pod>(&pods, pod(node), "pod").await?;
    watched(await_condition(pods, POD, is_ready).await)
}

async fn create<K>(api: &Api<K>, object: Value, kind: &str) -> Result<(), Error>
where
    K: Resource + Clone + std::fmt::Debug + Serialize + DeserializeOwned,
{
    let what = format!("make the {kind} that stands in for Prometheus");
    let failed = |source| Error::Object { what: what.clone(), source: Box::new(source) };
    let object: K =
        serde_json::from_value(object).map_err(|error| failed(kube::Error::SerdeError(error)))?;
    match api.create(&PostParams::default(), &object).await {
        Ok(made) => {
            tracing::debug!("made {kind} {}", made.name_any());
            Ok(())
        }
        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// The result of a watch, whose errors are not those of a request.
fn watched<T>(result: Result<T, wait::Error>) -> Result<(), Error> {
    let what = "watch what stands in for Prometheus".to_owned();
    result.map(|_| ()).map_err(|error| Error::Object {
        what,
        source: Box::new(kube::Error::Service(Box::new(error))),
    })
}

fn is_ready(pod: Option<&Pod>) -> bool {
    let conditions = pod.and_then(|pod| pod.status.as_ref()?.conditions.as_ref());
    conditions.is_some_and(|all| all.iter().any(|one| one.type_ == "Ready" && one.status == "True"))
}

/// As `prometheus-service.yaml` of ClusterLoader2's manifests has it.
fn service() -> Value {
    json!({
        "metadata": { "name": SERVICE, "labels": { "prometheus": "k8s" } },
        "spec": {
            "ports": [{ "name": "web", "port": PORT, "targetPort": "web" }],
            "selector": labels(),
            "sessionAffinity": "ClientIP",
        },
    })
}

fn pod(node: &str) -> Value {
    json!({
        "metadata": { "name": POD, "labels": labels() },
        "spec": {
            // Nothing schedules pods to the node of the control plane.
            "nodeName": node,
            "tolerations": [{ "operator": "Exists" }],
            "automountServiceAccountToken": false,
            "containers": [{
                "name": "prometheus",
                "image": "stand-in",
                "ports": [{ "name": "web", "containerPort": PORT }],
            }],
        },
    })
}

fn labels() -> Value {
    json!({ "app.kubernetes.io/managed-by": "prometheus-operator", "prometheus": "k8s" })
}
