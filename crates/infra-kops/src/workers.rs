//! The group of workers, as kops' state store has it.

use run_record::{KopsPlan, Plan};
use serde_json::{Value, json};

use crate::flags::RUN_LABEL;

/// Name of the group.
pub(crate) const GROUP: &str = "workers";

/// The group of workers of `plan` in `zone`. Written whole, so that it can be written again: an
/// editor, and a zone that is added to the one before, are what `create ig` and `edit ig` have.
pub(crate) fn manifest(plan: &Plan, kops: &KopsPlan, zone: &str) -> Value {
    let (cluster, own) = (&plan.scenario.cluster, &plan.scenario.infra.kops);
    let mut labels = own.labels.clone();
    labels.insert(RUN_LABEL.into(), plan.run_id.clone());
    json!({
        "apiVersion": "kops.k8s.io/v1alpha2",
        "kind": "InstanceGroup",
        "metadata": {
            "name": GROUP,
            "labels": { "kops.k8s.io/cluster": plan.cluster },
        },
        "spec": {
            "role": "Node",
            "image": kops.image,
            "machineType": cluster.machine_type,
            "minSize": cluster.nodes,
            "maxSize": cluster.nodes,
            "rootVolumeSize": cluster.volume_gib,
            "rootVolumeType": own.workers.volume_type,
            // On Google Compute Engine a subnet is of a region and called like it.
            "subnets": [kops.region],
            "zones": [zone],
            "cloudLabels": labels,
            "nodeLabels": {
                "kops.k8s.io/instancegroup": GROUP,
                // What `create ig` puts on every node there.
                "cloud.google.com/metadata-proxy-ready": "true",
            },
        },
    })
}
