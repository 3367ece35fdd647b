//! Quotas: how much there may be, and how much there is.

use serde_json::{Value, json};

use crate::{answer::Answer, catalog, key::Key, world::World};

/// Limits of a new project, by metric: of all regions together, and of each.
const GLOBAL: [(&str, f64); 8] = [
    ("NETWORKS", 5.0),
    ("FIREWALLS", 100.0),
    ("SUBNETWORKS", 100.0),
    ("ROUTES", 200.0),
    ("INSTANCE_TEMPLATES", 100.0),
    ("HEALTH_CHECKS", 75.0),
    ("TARGET_POOLS", 50.0),
    ("FORWARDING_RULES", 50.0),
];
const REGIONAL: [(&str, f64); 6] = [
    ("CPUS", 5000.0),
    ("INSTANCES", 2000.0),
    ("IN_USE_ADDRESSES", 2000.0),
    ("STATIC_ADDRESSES", 20.0),
    ("SSD_TOTAL_GB", 100_000.0),
    ("DISKS_TOTAL_GB", 200_000.0),
];

/// Refuses what would be one too many.
pub(super) fn check(world: &World, key: &Key) -> Result<(), Answer> {
    let metric = match key.collection.as_str() {
        "networks" => "NETWORKS",
        "firewalls" => "FIREWALLS",
        "subnetworks" => "SUBNETWORKS",
        "routes" => "ROUTES",
        "instanceTemplates" => "INSTANCE_TEMPLATES",
        "targetPools" => "TARGET_POOLS",
        "addresses" => "STATIC_ADDRESSES",
        _ => return Ok(()),
    };
    let region = if metric == "STATIC_ADDRESSES" { key.scope.region() } else { None };
    let (limit, usage) = (limit(world, region, metric), usage(world, region, metric));
    if usage + 1.0 <= limit {
        return Ok(());
    }
    let place = region.map_or("globally".to_owned(), |region| format!("in region {region}"));
    let message = format!("Quota '{metric}' exceeded.  Limit: {limit:.1} {place}.");
    Err(Answer::refuse(403, "quotaExceeded", &message))
}

/// Why a machine of this type cannot be made in this region, if it cannot.
pub(super) fn refuses_machine(world: &World, region: &str, machine: &str) -> Option<String> {
    let processors = catalog::machine(machine).map_or(1, |(processors, _)| processors);
    for (metric, more) in [("CPUS", f64::from(processors)), ("INSTANCES", 1.0)] {
        let limit = limit(world, Some(region), metric);
        if usage(world, Some(region), metric) + more > limit {
            return Some(format!(
                "Quota '{metric}' exceeded.  Limit: {limit:.1} in region {region}."
            ));
        }
    }
    None
}

/// Every quota of a region, or of the project, as the API shows them.
pub(super) fn shown(world: &World, region: Option<&str>) -> Value {
    let metrics: &[(&str, f64)] = if region.is_some() { &REGIONAL } else { &GLOBAL };
    let quotas = metrics.iter().map(|(metric, _)| {
        json!({
            "metric": metric,
            "limit": limit(world, region, metric),
            "usage": usage(world, region, metric),
        })
    });
    quotas.collect()
}

fn limit(world: &World, region: Option<&str>, metric: &str) -> f64 {
    let planned = world.plan.quotas.get(region.unwrap_or("global"));
    let usual = || {
        let all = GLOBAL.iter().chain(&REGIONAL);
        all.into_iter().find(|(name, _)| *name == metric).map_or(f64::MAX, |(_, limit)| *limit)
    };
    planned.and_then(|planned| planned.get(metric).copied()).unwrap_or_else(usual)
}

fn usage(world: &World, region: Option<&str>, metric: &str) -> f64 {
    let here = |key: &Key| region.is_none() || key.scope.region() == region;
    let count = |collection: &str| {
        let found = world.all(collection);
        found.filter(|(key, resource)| here(key) && !resource.implied).count() as f64
    };
    match metric {
        "NETWORKS" => count("networks"),
        "FIREWALLS" => count("firewalls"),
        "SUBNETWORKS" => count("subnetworks"),
        "ROUTES" => count("routes"),
        "INSTANCE_TEMPLATES" => count("instanceTemplates"),
        "HEALTH_CHECKS" => count("healthChecks") + count("httpHealthChecks"),
        "TARGET_POOLS" => count("targetPools"),
        "FORWARDING_RULES" => count("forwardingRules"),
        "INSTANCES" => count("instances"),
        "STATIC_ADDRESSES" => count("addresses"),
        "CPUS" => {
            let machines = world.all("instances").filter(|(key, _)| here(key));
            let processors = machines.map(|(_, machine)| {
                let name = machine.text("machineType").rsplit('/').next().unwrap_or_default();
                catalog::machine(name).map_or(1, |(processors, _)| processors)
            });
            f64::from(processors.sum::<u32>())
        }
        "IN_USE_ADDRESSES" => {
            let machines = world.all("instances").filter(|(key, _)| here(key));
            let outside = machines.filter(|(_, machine)| {
                let interfaces = machine.body.get("networkInterfaces");
                interfaces.is_some_and(|list| list[0]["accessConfigs"][0]["natIP"].is_string())
            });
            outside.count() as f64 + count("forwardingRules")
        }
        "SSD_TOTAL_GB" | "DISKS_TOTAL_GB" => {
            let disks = world.all("disks").filter(|(key, disk)| {
                let is_ssd = disk.text("type").ends_with("pd-ssd");
                here(key) && is_ssd == (metric == "SSD_TOTAL_GB")
            });
            disks.map(|(_, disk)| disk.text("sizeGb").parse::<f64>().unwrap_or(0.0)).sum()
        }
        _ => 0.0,
    }
}
