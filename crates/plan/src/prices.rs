//! What a cluster on Google Compute Engine costs, by a table that people keep.

use std::{collections::BTreeMap, sync::LazyLock};

use run_record::Cost;
use scenario::{Route, Scenario};
use serde::Deserialize;

/// Hours of a month, as Google counts them.
const HOURS_PER_MONTH: f64 = 730.0;

/// Type of the boot volumes of control plane and system nodes: kops' own choice.
const BOOT_VOLUME: &str = "pd-standard";

/// Minutes in which a cluster is deleted, and the files of the suite are exported.
const LAST_MINUTES: u32 = 30;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Prices {
    #[serde(rename = "format")]
    _format: u32,
    date: String,
    #[serde(rename = "source")]
    _source: String,
    regions: Vec<String>,
    machine_usd_per_hour: BTreeMap<String, f64>,
    disk_usd_per_gib_month: BTreeMap<String, f64>,
    external_address_usd_per_hour: f64,
    forwarding_rules_usd_per_hour: f64,
    cloud_nat_usd_per_hour: f64,
}

static PRICES: LazyLock<Result<Prices, String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("prices.json")).map_err(|error| error.to_string())
});

/// What a run of `scenario` in `region` costs at most: its cluster, until every deadline has passed.
///
/// Traffic and storage of results are not in it; they are cents.
pub(crate) fn estimate(scenario: &Scenario, region: &str) -> Result<Cost, String> {
    let prices = PRICES.as_ref().map_err(|error| format!("`prices.json` is broken: {error}"))?;
    if !prices.regions.iter().any(|known| known == region) {
        return Err(unknown("region", region));
    }
    let machine = |kind: &str| {
        prices.machine_usd_per_hour.get(kind).copied().ok_or_else(|| unknown("machine type", kind))
    };
    let disk = |kind: &str, gib: u32| match prices.disk_usd_per_gib_month.get(kind) {
        Some(price) => Ok(price * f64::from(gib) / HOURS_PER_MONTH),
        None => Err(unknown("type of volume", kind)),
    };
    let (cluster, kops) = (&scenario.cluster, &scenario.infra.kops);
    let (address, nat) = match kops.workers.route {
        Route::ExternalAddress => (prices.external_address_usd_per_hour, 0.0),
        Route::CloudNat => (0.0, prices.cloud_nat_usd_per_hour),
    };
    // Two etcds, each with a volume per machine.
    let control_plane = machine(&cluster.control_plane_machine_type)?
        + disk(BOOT_VOLUME, kops.control_plane.volume_gib)?
        + 2.0 * disk(&kops.etcd.volume_type, kops.etcd.volume_gib)?
        + address;
    let system = machine(&kops.system_nodes.machine_type)?
        + disk(BOOT_VOLUME, kops.system_nodes.volume_gib)?
        + address;
    let worker = machine(&cluster.machine_type)?
        + disk(&kops.workers.volume_type, cluster.volume_gib)?
        + address;
    let usd_per_hour = f64::from(kops.control_plane.count) * control_plane
        + f64::from(kops.system_nodes.count) * system
        + f64::from(cluster.nodes) * worker
        + prices.forwarding_rules_usd_per_hour
        + nat;
    let cost = Cost { usd_per_hour, hours: 0.0, usd: 0.0, prices: prices.date.clone() };
    Ok(cost.over(f64::from(minutes(scenario)) / 60.0))
}

/// Minutes until every deadline of a run has passed.
pub(crate) fn minutes(scenario: &Scenario) -> u32 {
    let kops = &scenario.infra.kops;
    let tests = scenario.suite.iter().map(|test| test.deadline_minutes);
    kops.control_plane.create_minutes
        + kops.workers.ready_minutes
        + tests.sum::<u32>()
        + LAST_MINUTES
}

fn unknown(what: &str, name: &str) -> String {
    format!("no price is known for the {what} `{name}` (hint: add it to `prices.json`)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(overrides: &[&str]) -> Scenario {
        let text = "format: 1\nname: s\nabout: {what: a, why: b, how-to-read: c}\n\
            suite: [{test: a, config: c, deadline-minutes: 100}]\n";
        let overrides: Vec<_> = overrides.iter().map(|text| text.parse().unwrap()).collect();
        scenario::parse("s.yaml", text, &overrides).unwrap()
    }

    #[test]
    fn a_hundred_nodes_cost_their_machines_volumes_and_addresses_until_the_last_deadline() {
        let cost = estimate(&scenario(&[]), "us-west1").unwrap();

        // 2 x n2-standard-8, 100 x e2-medium, 102 boot volumes, 500 GiB of SSD, 102 addresses.
        let expected = 2.0 * 0.388472
            + 100.0 * 0.033503
            + (102.0 * 50.0 * 0.04 + 500.0 * 0.17) / 730.0
            + 102.0 * 0.005
            + 0.025;
        assert!((cost.usd_per_hour - expected).abs() < 1e-9, "{cost:?}");
        assert!((cost.hours - 3.0).abs() < 1e-9 && (cost.usd - 3.0 * expected).abs() < 1e-9);
    }

    #[test]
    fn what_has_no_price_is_named() {
        let said = |overrides: &[&str], region| estimate(&scenario(overrides), region).unwrap_err();

        assert!(said(&["cluster.machine-type=x9-huge"], "us-west1").contains("`x9-huge`"));
        assert!(said(&["infra.kops.etcd.volume-type=floppy"], "us-west1").contains("`floppy`"));
        assert!(said(&[], "moon-north1").contains("region `moon-north1`"));
    }
}
