//! Processors and memory that each container used.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::report::{number::number, pod_name::stable, reading::Reading, unread::Unread};

/// Largest use by name of container and query, with its unit.
type Largest = BTreeMap<(String, String), (&'static str, f64)>;

/// Use of each container by percentile of the samples.
///
/// Pods of one owner share a name; the largest use of each kind stands for them all, as in perfdash.
/// A cluster whose containers were not looked at has an empty file: no readings and no fault.
pub(crate) fn read(measurement: &str, content: &Value) -> Result<Vec<Reading>, Unread> {
    let percentiles = content.as_object().ok_or("it is no map of percentiles")?;
    let mut largest = Largest::new();
    for (percentile, containers) in percentiles {
        for container in containers.as_array().into_iter().flatten() {
            let Some(name) = container.get("Name").and_then(Value::as_str) else { continue };
            let name = container_name(name);
            for (word, unit) in [("CPU", "cores"), ("Mem", "bytes")] {
                let field = container.get(word).or_else(|| container.get(word.to_lowercase()));
                let Some(value) = field.and_then(number) else { continue };
                let query = format!("{word} Perc{percentile}");
                let known = largest.entry((name.clone(), query)).or_insert((unit, value));
                known.1 = known.1.max(value);
            }
        }
    }
    Ok(largest
        .into_iter()
        .map(|((name, query), (unit, value))| {
            Reading::new(measurement, &query, unit, value).label("Name", &name)
        })
        .collect())
}

fn container_name(name: &str) -> String {
    match name.split_once('/') {
        Some((pod, container)) => format!("{}/{container}", stable(pod)),
        None => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pods_of_one_owner_are_one_with_the_largest_use() {
        let content = json!({"99": [
            {"Name": "cilium-x7k2p/cilium-agent", "CPU": 0.25, "Mem": 300},
            {"Name": "cilium-b4c5d/cilium-agent", "CPU": 0.5, "Mem": 200}
        ]});

        let readings = read("ResourceUsageSummary", &content).unwrap();

        let found: Vec<_> = readings
            .iter()
            .map(|r| (r.labels["Name"].as_str(), r.query.as_str(), r.unit.as_str(), r.value))
            .collect();
        assert_eq!(
            found,
            [
                ("cilium/cilium-agent", "CPU Perc99", "cores", 0.5),
                ("cilium/cilium-agent", "Mem Perc99", "bytes", 300.0)
            ]
        );
    }

    #[test]
    fn a_cluster_without_containers_to_look_at_is_no_fault() {
        assert_eq!(read("ResourceUsageSummary", &json!({})), Ok(Vec::new()));
    }
}
