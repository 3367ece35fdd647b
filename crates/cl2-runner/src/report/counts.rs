//! Things that are counted: restarts, processes out of memory, failed pods, commands, nodes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::report::{number::number, pod_name::stable, reading::Reading, unread::Unread};

/// Restarts of each container of the system's pods; pods of one owner are added up.
pub(crate) fn system_pods(measurement: &str, content: &Value) -> Result<Vec<Reading>, Unread> {
    let pods = content.get("pods").and_then(Value::as_array).ok_or("it has no list of pods")?;
    let containers = pods.iter().flat_map(|pod| {
        let containers = pod.get("containers").and_then(Value::as_array);
        containers.into_iter().flatten().map(move |container| {
            let restarts = container.get("restartCount").and_then(number);
            (text(pod, "name"), text(container, "name"), restarts.unwrap_or_default())
        })
    });
    Ok(added_up(measurement, containers))
}

/// Restarts of each container, from Prometheus; pods of one owner are added up.
pub(crate) fn container_restarts(
    measurement: &str,
    content: &Value,
) -> Result<Vec<Reading>, Unread> {
    let restarts = content.as_array().ok_or("it is no list of containers")?.iter().map(|one| {
        let count = one.get("RestartCount").and_then(number).unwrap_or_default();
        (text(one, "Pod"), text(one, "Container"), count)
    });
    Ok(added_up(measurement, restarts))
}

fn added_up<'v>(
    measurement: &str,
    restarts: impl Iterator<Item = (&'v str, &'v str, f64)>,
) -> Vec<Reading> {
    let mut sums: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for (pod, container, count) in restarts {
        *sums.entry((stable(pod), container)).or_default() += count;
    }
    sums.into_iter()
        .map(|((pod, container), count)| {
            Reading::new(measurement, "restartCount", "count", count)
                .label("Pod", pod)
                .label("Container", container)
        })
        .collect()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Length of each list of an object, as of processes that ran out of memory.
pub(crate) fn lengths(measurement: &str, content: &Value) -> Result<Vec<Reading>, Unread> {
    let lists = content.as_object().ok_or("it is no map of lists")?;
    Ok(lists
        .iter()
        .map(|(name, list)| (name, list.as_array().map_or(0, Vec::len)))
        .map(|(name, length)| Reading::new(measurement, name, "count", as_number(length)))
        .collect())
}

/// Length of a list, as of pods that never ran.
pub(crate) fn length(
    measurement: &str,
    query: &str,
    content: &Value,
) -> Result<Vec<Reading>, Unread> {
    let list = content.as_array().ok_or("it is no list")?;
    Ok(vec![Reading::new(measurement, query, "count", as_number(list.len()))])
}

/// Every number of an object, as of commands that were run in pods.
pub(crate) fn numbers(measurement: &str, content: &Value) -> Result<Vec<Reading>, Unread> {
    let fields = content.as_object().ok_or("it is no map of numbers")?;
    Ok(fields
        .iter()
        .filter_map(|(name, value)| Some((name, number(value)?)))
        .map(|(name, value)| Reading::new(measurement, name, "count", value))
        .collect())
}

/// Share of the time in which the API answered, of the cluster and of each host.
pub(crate) fn availability(measurement: &str, content: &Value) -> Result<Vec<Reading>, Unread> {
    let cluster = content.get("clusterMetrics").ok_or("it has no `clusterMetrics`")?;
    let hosts = content.get("hostMetrics").and_then(Value::as_array);
    Ok(std::iter::once(cluster)
        .chain(hosts.into_iter().flatten())
        .filter_map(|one| {
            Some((text(one, "IP"), one.get("availabilityPercentage").and_then(number)?))
        })
        .map(|(ip, share)| {
            let one = Reading::new(measurement, "availability", "percent", share);
            if ip.is_empty() { one } else { one.label("IP", ip) }
        })
        .collect())
}

/// A length as a number; lengths here are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "a report holds no 2^53 items")]
fn as_number(length: usize) -> f64 {
    length as f64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn restarts_of_one_owners_pods_are_added_up() {
        let content = json!({"pods": [
            {"name": "cilium-x7k2p", "containers": [{"name": "cilium-agent", "restartCount": 2}]},
            {"name": "cilium-b4c5d", "containers": [{"name": "cilium-agent", "restartCount": 1}]}
        ]});

        let readings = system_pods("SystemPodMetrics", &content).unwrap();

        assert_eq!(
            readings,
            [Reading::new("SystemPodMetrics", "restartCount", "count", 3.0)
                .label("Pod", "cilium")
                .label("Container", "cilium-agent")]
        );
    }

    #[test]
    fn lists_are_counted() {
        let content = json!({"failures": [{"node": "a"}], "past": [], "ignored": null});

        let readings = lengths("ClusterOOMsTracker", &content).unwrap();

        let found: Vec<_> = readings.iter().map(|r| (r.query.as_str(), r.value)).collect();
        assert_eq!(found, [("failures", 1.0), ("past", 0.0), ("ignored", 0.0)]);
    }

    #[test]
    fn commands_are_counted_by_how_they_went() {
        let content = json!({"execs": 10, "execErrors": 1, "timeouts": 0});

        assert_eq!(numbers("PodPeriodicCommand-stats", &content).unwrap().len(), 3);
        assert!(numbers("PodPeriodicCommand-stats", &json!([])).is_err());
    }

    #[test]
    fn availability_is_that_of_the_cluster_and_of_each_host() {
        let content = json!({
            "clusterMetrics": {"availabilityPercentage": 99.5, "longestUnavailablePeriod": "1s"},
            "hostMetrics": [{"IP": "10.0.0.1", "availabilityPercentage": 100}]
        });

        let readings = availability("APIAvailability", &content).unwrap();

        assert_eq!(readings[0].value, 99.5);
        assert_eq!(readings[1].labels["IP"], "10.0.0.1");
    }
}
