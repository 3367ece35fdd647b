//! Whether machines can reach what they boot from: one that cannot never becomes a node, and says
//! nothing about it.

use run_record::{KopsPlan, Plan};
use serde_json::Value;

use crate::{gce::Item, inventory::Inventory, names::Names};

/// What keeps machines from the state store, each in a sentence.
///
/// A machine needs an address outside, or a subnet with a Cloud NAT or Private Google Access.
pub(crate) fn faults(there: &Inventory, kops: &KopsPlan, plan: &Plan) -> Vec<String> {
    let names = Names::of(&plan.cluster, &kops.project);
    let of = |collection: &'static str| {
        there.items.iter().filter(move |item| item.collection == collection)
    };
    let network = names.network();
    let subnet = of("subnetworks").any(|subnet| subnet.body["privateIpGoogleAccess"] == true);
    let nat = of("routers").any(|router| is_nat_of(router, &network));
    if subnet || nat {
        return Vec::new();
    }
    let no_way = of("instanceTemplates").filter(|template| {
        let interfaces = template.body["properties"]["networkInterfaces"].as_array();
        !interfaces.into_iter().flatten().any(has_address)
    });
    no_way
        .map(|template| {
            format!(
                "machines of `{}` cannot reach the state store: they have no address outside, and their subnet has neither Cloud NAT nor Private Google Access (hint: `infra.kops.workers.route`)",
                template.name
            )
        })
        .collect()
}

fn has_address(interface: &Value) -> bool {
    interface["accessConfigs"].as_array().is_some_and(|configs| !configs.is_empty())
}

fn is_nat_of(router: &Item, network: &str) -> bool {
    let of = router.text("network").rsplit('/').next().unwrap_or_default();
    of == network && router.body["nats"].as_array().is_some_and(|nats| !nats.is_empty())
}
