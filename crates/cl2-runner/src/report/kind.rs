//! Which reader a file of the report needs.

use serde_json::Value;

use crate::report::{
    counts, etcd, perf_data, reading::Reading, resources, scheduling, unread::Unread,
};

/// What begins the name of a query's file; the rest is its metric name.
const QUERY: &str = "GenericPrometheusQuery ";

/// Summaries that hold no measurement: the raw metrics of every component (several MB), and what
/// each command that was run in a pod said.
const SKIPPED: [&str; 2] = ["MetricsForE2E", "PodPeriodicCommand"];

/// The file of pods that did not run has a time in its summary.
const FAILED_PODS: (&str, &str) = ("WaitForControlledPodsRunning_", "_failedpods");

/// The readings in the file of `summary` that holds `content`; an error says why there are none.
pub(crate) fn read(summary: &str, content: &Value) -> Result<Vec<Reading>, Unread> {
    if let Some(metric) = summary.strip_prefix(QUERY) {
        return perf_data::read(metric, content);
    }
    match summary {
        summary if SKIPPED.contains(&summary) => Ok(Vec::new()),
        "SchedulingThroughput" | "SchedulingThroughputPrometheus" => {
            scheduling::throughput(summary, content)
        }
        summary if summary.ends_with("SchedulingMetrics") => {
            scheduling::latencies(summary, content)
        }
        "EtcdMetrics" => etcd::read(summary, content),
        "ResourceUsageSummary" => resources::read(summary, content),
        "SystemPodMetrics" => counts::system_pods(summary, content),
        "ContainerRestarts" => counts::container_restarts(summary, content),
        "ClusterOOMsTracker" => counts::lengths(summary, content),
        "PodPeriodicCommand-stats" | "NodeHealthTracker" => counts::numbers(summary, content),
        "APIAvailability" => counts::availability(summary, content),
        summary if summary.starts_with(FAILED_PODS.0) && summary.ends_with(FAILED_PODS.1) => {
            counts::length("WaitForControlledPodsRunning", "failed pods", content)
        }
        summary if perf_data::fits(content) => perf_data::read(summary, content),
        _ => Err(Unread::Nothing("its kind is not known")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_query_is_called_by_its_metric_name() {
        let content = json!({"dataItems": [{"data": {"Max": 3}, "unit": "MB"}]});

        let readings = read("GenericPrometheusQuery Max Memory Usage [50%]", &content).unwrap();

        assert_eq!(readings, [Reading::new("Max Memory Usage [50%]", "Max", "MB", 3.0)]);
    }

    #[test]
    fn an_unknown_kind_in_perfdashs_shape_is_read() {
        let content = json!({"dataItems": [{"data": {"Throughput": 9}, "unit": "Mb/s"}]});

        assert_eq!(read("NetworkPerformance", &content).unwrap().len(), 1);
    }

    #[test]
    fn an_unknown_shape_is_named_and_the_raw_metrics_are_passed_over() {
        assert_eq!(
            read("Novelty", &json!({"a": 1})),
            Err(Unread::Nothing("its kind is not known"))
        );
        assert_eq!(read("MetricsForE2E", &json!({"a": 1})), Ok(Vec::new()));
    }

    #[test]
    fn the_page_lists_every_kind_with_a_reader_of_its_own() {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../docs/reference/measurements.md");
        let page = std::fs::read_to_string(page).unwrap();
        let source = include_str!("kind.rs").split("#[cfg(test)]").next().unwrap();

        let kinds: Vec<&str> = source
            .split('"')
            .skip(1)
            .step_by(2)
            .filter(|text| text.starts_with(|c: char| c.is_ascii_uppercase()))
            .map(|text| text.trim_end_matches([' ', '_']))
            .collect();

        assert!(kinds.len() > 10, "{kinds:?}");
        for kind in kinds {
            assert!(page.contains(kind), "{kind}");
        }
    }

    #[test]
    fn pods_that_failed_are_counted_under_a_name_without_a_time() {
        let readings =
            read("WaitForControlledPodsRunning_1763935152_failedpods", &json!([{}])).unwrap();

        assert_eq!(
            readings,
            [Reading::new("WaitForControlledPodsRunning", "failed pods", "count", 1.0)]
        );
    }
}
