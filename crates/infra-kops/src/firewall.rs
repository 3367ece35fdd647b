//! What kops' firewall does not let through and a test of Cilium needs.

use http::Method;
use run_record::{KopsPlan, Plan};
use serde_json::{Value, json};

use crate::{
    gce::{CallError, Google, Trouble, change, get},
    names::Names,
};

/// The rule of kops that lets only three ports through from nodes to the control plane.
const TO_CONTROL_PLANE: &str = "node-to-master";

/// Our own rule: kops would make one of this name for other kinds of network, and for those alone.
pub(crate) const OF_PODS: &str = "pod-cidrs-to-node";

/// What kops lets through between nodes; the same is let through here.
const PROTOCOLS: [&str; 6] = ["tcp", "udp", "icmp", "esp", "ah", "sctp"];

/// How links begin.
const LINKS: &str = "https://www.googleapis.com/compute/v1/";

/// Opens what the scenario says. kops closes it again whenever it updates the cluster, so this
/// follows every update.
pub(crate) async fn open(google: &Google, plan: &Plan, kops: &KopsPlan) -> Result<(), CallError> {
    let names = Names::of(&plan.cluster, &kops.project);
    let own = &plan.scenario.infra.kops.firewall;
    if own.nodes_to_control_plane {
        let path = format!("global/firewalls/{}", names.suffixed(TO_CONTROL_PLANE));
        change(google, Method::PATCH, &path, &json!({ "allowed": allowed() })).await?;
    }
    if !own.pod_cidr.is_empty() {
        let rule = of_pods(&names, &own.pod_cidr);
        let path = format!("global/firewalls/{}", names.suffixed(OF_PODS));
        match get(google, &path).await {
            Ok(_) => change(google, Method::PATCH, &path, &rule).await?,
            Err(error) if error.trouble == Trouble::NotFound => {
                change(google, Method::POST, "global/firewalls", &rule).await?
            }
            Err(error) => return Err(error),
        };
    }
    Ok(())
}

fn of_pods(names: &Names, range: &str) -> Value {
    json!({
        "name": names.suffixed(OF_PODS),
        "description": format!("pods of the cluster {}", names.cluster),
        // Whole, as Google gives it back: by it `delete` knows whose the rule is.
        "network": format!("{LINKS}projects/{}/global/networks/{}", names.project, names.network()),
        "direction": "INGRESS",
        "sourceRanges": [range],
        "allowed": allowed(),
    })
}

fn allowed() -> Vec<Value> {
    PROTOCOLS.map(|protocol| json!({ "IPProtocol": protocol })).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_for_pods_is_in_the_clusters_own_network_and_carries_its_name() {
        let rule = of_pods(&Names::of("a.k8s.local", "p"), "100.96.0.0/11");

        assert_eq!(rule["name"], "pod-cidrs-to-node-a-k8s-local");
        assert_eq!(
            rule["network"],
            "https://www.googleapis.com/compute/v1/projects/p/global/networks/a-k8s-local"
        );
        assert_eq!(rule["allowed"].as_array().map(Vec::len), Some(6));
    }
}
