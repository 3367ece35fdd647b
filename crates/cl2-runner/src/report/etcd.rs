//! What etcd did: histograms of its waits, and the size of its database.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::report::{number::number, reading::Reading, unread::Unread};

/// Histograms that a file may have.
const HISTOGRAMS: [&str; 4] =
    ["backendCommitDuration", "snapshotSaveTotalDuration", "peerRoundTripTime", "walFsyncDuration"];

/// The bucket that counts everything.
const ALL: &str = "+Inf";

#[derive(Debug, Deserialize)]
struct Histogram {
    labels: Option<BTreeMap<String, String>>,
    buckets: BTreeMap<String, Value>,
}

/// Share of the waits within each bound, as perfdash shows them, and the size of the database.
pub(crate) fn read(measurement: &str, content: &Value) -> Result<Vec<Reading>, Unread> {
    let mut readings = Vec::new();
    for name in HISTOGRAMS {
        let Some(histograms) = content.get(name).filter(|value| !value.is_null()) else { continue };
        let histograms = Vec::<Histogram>::deserialize(histograms)
            .map_err(|error| format!("`{name}` is no list of histograms: {error}"))?;
        for histogram in histograms {
            readings.extend(histogram.read(measurement, name));
        }
    }
    if let Some(size) = content.get("maxDatabaseSize").and_then(number) {
        readings.push(Reading::new(measurement, "maxDatabaseSize", "bytes", size));
    }
    if readings.is_empty() { Err(Unread::Nothing("no samples")) } else { Ok(readings) }
}

impl Histogram {
    fn read(self, measurement: &str, name: &str) -> Vec<Reading> {
        let Some(all) = self.buckets.get(ALL).and_then(number).filter(|all| *all > 0.0) else {
            return Vec::new();
        };
        let mut labels = self.labels.unwrap_or_default();
        labels.remove("__name__");
        labels.insert("Metric".into(), name.into());
        self.buckets
            .iter()
            .filter(|(bound, _)| *bound != ALL)
            .filter_map(|(bound, count)| Some((bound, number(count)?)))
            .map(|(bound, count)| {
                let query = format!("<= {bound}s");
                let mut one = Reading::new(measurement, &query, "percent", 100.0 * count / all);
                one.labels.clone_from(&labels);
                one
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_histogram_is_the_share_within_each_bound() {
        let content = json!({
            "backendCommitDuration": [
                {"labels": {"__name__": "x"}, "buckets": {"0.001": 50, "0.002": 75, "+Inf": 100}}
            ],
            "walFsyncDuration": null,
            "maxDatabaseSize": 1048576
        });

        let readings = read("EtcdMetrics", &content).unwrap();

        let found: Vec<_> =
            readings.iter().map(|r| (r.query.as_str(), r.unit.as_str(), r.value)).collect();
        assert_eq!(
            found,
            [
                ("<= 0.001s", "percent", 50.0),
                ("<= 0.002s", "percent", 75.0),
                ("maxDatabaseSize", "bytes", 1_048_576.0)
            ]
        );
        assert_eq!(readings[0].labels, [("Metric".into(), "backendCommitDuration".into())].into());
    }

    #[test]
    fn an_empty_histogram_has_no_shares() {
        let content =
            json!({"walFsyncDuration": [{"labels": {}, "buckets": {"0.1": 0, "+Inf": 0}}]});

        assert_eq!(read("EtcdMetrics", &content), Err(Unread::Nothing("no samples")));
    }
}
