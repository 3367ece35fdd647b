//! What a cluster takes of a region's quotas.

use std::collections::BTreeMap;

use serde_json::Value;

/// What is needed, by Google's name of the quota.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Need(BTreeMap<String, u64>);

impl Need {
    /// `count` machines of this type with `processors` each.
    pub(crate) fn machines(&mut self, machine: &str, processors: u32, count: u32) {
        let family = machine.split('-').next().unwrap_or_default().to_uppercase();
        // The oldest families share one quota; each later one has its own.
        let quota = match family.as_str() {
            "E2" | "N1" | "F1" | "G1" => "CPUS".to_owned(),
            family => format!("{family}_CPUS"),
        };
        self.add(&quota, u64::from(processors) * u64::from(count));
        self.add("INSTANCES", count.into());
    }

    /// `count` addresses that machines have outside.
    pub(crate) fn addresses(&mut self, count: u32) {
        self.add("IN_USE_ADDRESSES", count.into());
    }

    /// `count` volumes of this type and size.
    pub(crate) fn volumes(&mut self, kind: &str, gib: u32, count: u32) {
        let quota = if kind == "pd-standard" { "DISKS_TOTAL_GB" } else { "SSD_TOTAL_GB" };
        self.add(quota, u64::from(gib) * u64::from(count));
    }

    fn add(&mut self, quota: &str, more: u64) {
        *self.0.entry(quota.into()).or_default() += more;
    }
}

/// What the region has not enough of. A quota that it does not name has no limit that is known here:
/// Google says so itself if it has one.
pub(crate) fn lacking(region: &Value, need: &Need) -> Vec<String> {
    let quotas = region["quotas"].as_array().into_iter().flatten();
    quotas
        .filter_map(|quota| {
            let name = quota["metric"].as_str()?;
            let (limit, used) = (quota["limit"].as_f64()?, quota["usage"].as_f64()?);
            let need = *need.0.get(name)?;
            #[expect(clippy::cast_precision_loss, reason = "a quota is far below 2^52")]
            let lacks = used + need as f64 > limit;
            let region = region["name"].as_str().unwrap_or("the region");
            lacks.then(|| {
                format!(
                    "the quota {name} of {region} has {} left of {limit}, and {need} are needed (hint: ask for more, or remove something)",
                    (limit - used).max(0.0)
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_hundred_workers_are_too_many_where_ninety_addresses_are_left() {
        let mut need = Need::default();
        need.machines("e2-medium", 2, 100);
        need.machines("n2-standard-8", 8, 2);
        need.addresses(102);
        need.volumes("pd-standard", 50, 102);
        need.volumes("pd-ssd", 250, 2);
        let region = json!({ "name": "us-west1", "quotas": [
            { "metric": "CPUS", "limit": 300.0, "usage": 100.0 },
            { "metric": "N2_CPUS", "limit": 16.0, "usage": 1.0 },
            { "metric": "IN_USE_ADDRESSES", "limit": 100.0, "usage": 10.0 },
            { "metric": "SSD_TOTAL_GB", "limit": 500.0, "usage": 0.0 },
            { "metric": "SNAPSHOTS", "limit": 0.0, "usage": 0.0 },
        ] });

        let said = lacking(&region, &need);

        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("the quota N2_CPUS of us-west1 has 15 left of 16, and 16 are"));
        assert!(said[1].contains("IN_USE_ADDRESSES of us-west1 has 90 left of 100, and 102 are"));
    }
}
