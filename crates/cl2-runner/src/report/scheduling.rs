//! What the scheduler did: pods a second, and the time that its parts took.

use serde_json::Value;

use crate::report::{number::number, reading::Reading, unread::Unread};

/// Words of a throughput file.
const QUERIES: [&str; 4] = ["perc50", "perc90", "perc99", "max"];

/// Words of a latency.
const PERCENTILES: [&str; 3] = ["Perc50", "Perc90", "Perc99"];

/// Latencies that a file has one of.
const LATENCIES: [&str; 3] =
    ["preemptionEvaluationLatency", "e2eSchedulingLatency", "schedulingLatency"];

/// Pods scheduled a second.
pub(crate) fn throughput(measurement: &str, content: &Value) -> Result<Vec<Reading>, Unread> {
    let readings: Vec<Reading> = QUERIES
        .iter()
        .filter_map(|query| Some((query, number(content.get(query)?)?)))
        .map(|(query, value)| Reading::new(measurement, query, "1/s", value))
        .collect();
    if readings.is_empty() { Err(Unread::Nothing("no samples")) } else { Ok(readings) }
}

/// Time that the scheduler's parts took. The file has nanoseconds and says no unit.
pub(crate) fn latencies(measurement: &str, content: &Value) -> Result<Vec<Reading>, Unread> {
    let mut readings = Vec::new();
    for name in LATENCIES {
        if let Some(latency) = content.get(name) {
            readings.extend(latency_of(measurement, latency).map(|one| one.label("Metric", name)));
        }
    }
    let points = content.get("frameworkExtensionPointDuration").and_then(Value::as_object);
    for (point, latency) in points.into_iter().flatten() {
        let of_point = latency_of(measurement, latency).map(|one| {
            one.label("Metric", "frameworkExtensionPointDuration").label("ExtensionPoint", point)
        });
        readings.extend(of_point);
    }
    if readings.is_empty() { Err(Unread::Nothing("no samples")) } else { Ok(readings) }
}

fn latency_of(measurement: &str, latency: &Value) -> impl Iterator<Item = Reading> {
    PERCENTILES.iter().filter_map(move |query| {
        Some(Reading::new(measurement, query, "ns", number(latency.get(query)?)?))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn throughput_is_pods_a_second() {
        let readings =
            throughput("SchedulingThroughput", &json!({"perc50": 19, "max": 202})).unwrap();

        assert_eq!(
            readings,
            [
                Reading::new("SchedulingThroughput", "perc50", "1/s", 19.0),
                Reading::new("SchedulingThroughput", "max", "1/s", 202.0),
            ]
        );
    }

    #[test]
    fn latencies_become_milliseconds() {
        let content = json!({
            "frameworkExtensionPointDuration": {"Filter": {"Perc50": 0, "Perc90": 0, "Perc99": 2_000_000}},
            "e2eSchedulingLatency": {"Perc50": 1_500_000, "Perc90": null, "Perc99": 9_000_000}
        });

        let readings = latencies("SchedulingMetrics", &content).unwrap();

        let e2e = &readings[0];
        assert_eq!((e2e.query.as_str(), e2e.unit.as_str(), e2e.value), ("Perc50", "ms", 1.5));
        assert_eq!(e2e.labels["Metric"], "e2eSchedulingLatency");
        let filter = readings.last().unwrap();
        assert_eq!((filter.query.as_str(), filter.value), ("Perc99", 2.0));
        assert_eq!(filter.labels["ExtensionPoint"], "Filter");
        assert_eq!(readings.len(), 5);
    }
}
