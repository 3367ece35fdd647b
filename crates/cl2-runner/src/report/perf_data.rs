//! perfdash's own shape, which most measurements have: items of data, a unit and labels.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::report::{number::number, reading::Reading, unread::Unread};

/// A file in perfdash's shape.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PerfData {
    data_items: Option<Vec<Item>>,
}

#[derive(Debug, Deserialize)]
struct Item {
    data: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    unit: String,
    labels: Option<BTreeMap<String, String>>,
}

/// Labels of the API responsiveness that are numbers themselves: they would make every run's key
/// another one. perfdash leaves them out.
const COUNTS: [&str; 2] = ["Count", "SlowCount"];

/// Whether `content` has perfdash's shape.
pub(crate) fn fits(content: &Value) -> bool {
    content.get("dataItems").is_some()
}

/// The readings of `measurement`.
pub(crate) fn read(measurement: &str, content: &Value) -> Result<Vec<Reading>, Unread> {
    let data =
        PerfData::deserialize(content).map_err(|error| Unread::Damaged(error.to_string()))?;
    let items = data.data_items.unwrap_or_default();
    let readings: Vec<Reading> =
        items.into_iter().flat_map(|item| item.read(measurement)).collect();
    if readings.is_empty() { Err(Unread::Nothing("no samples")) } else { Ok(readings) }
}

impl Item {
    fn read(self, measurement: &str) -> Vec<Reading> {
        let mut labels = self.labels.unwrap_or_default();
        let mut readings = Vec::new();
        if measurement.starts_with("APIResponsiveness") {
            for name in COUNTS {
                let count = labels.remove(name).and_then(|text| number(&Value::String(text)));
                readings.extend(count.map(|count| Reading::new(measurement, name, "count", count)));
            }
        }
        for (query, value) in self.data.unwrap_or_default() {
            let value = number(&value);
            readings
                .extend(value.map(|value| Reading::new(measurement, &query, &self.unit, value)));
        }
        for reading in &mut readings {
            reading.labels.clone_from(&labels);
        }
        readings
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_query_without_a_value_is_left_out() {
        let content = json!({"version": "v1", "dataItems": [
            {"data": {"Perc50": 1.0, "Perc90": null, "Perc99": "NaN"}, "unit": "ms"}
        ]});

        let readings = read("Policy delay", &content).unwrap();

        assert_eq!(readings, [Reading::new("Policy delay", "Perc50", "ms", 1.0)]);
    }

    #[test]
    fn no_items_are_no_samples() {
        for items in [json!(null), json!([]), json!([{"data": {}, "unit": "ms"}])] {
            let content = json!({"version": "v1", "dataItems": items});

            assert_eq!(read("A", &content), Err(Unread::Nothing("no samples")));
        }
    }

    #[test]
    fn counts_of_the_api_responsiveness_are_measurements_not_labels() {
        let content = json!({"version": "v1", "dataItems": [{
            "data": {"Perc99": 1981.6}, "unit": "ms",
            "labels": {"Resource": "deployments", "Verb": "DELETE", "Count": "540", "SlowCount": "75"}
        }]});

        let mut readings = read("APIResponsivenessPrometheus_simple", &content).unwrap();
        readings.sort_by(Reading::order);

        let found: Vec<_> = readings.iter().map(|r| (r.query.as_str(), r.value)).collect();
        assert_eq!(found, [("Count", 540.0), ("Perc99", 1981.6), ("SlowCount", 75.0)]);
        for reading in readings {
            let labels: Vec<_> = reading.labels.keys().cloned().collect();
            assert_eq!(labels, ["Resource", "Verb"]);
        }
    }
}
