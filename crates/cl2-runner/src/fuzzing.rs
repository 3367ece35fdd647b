//! Doors to the parsers for the fuzzer: any bytes in, no panic out.

use crate::{junit, report, tsdb, watch::Watch};

/// Reads `data` as a file of a report: its name is the first line. What it measures is finite, so
/// that it can be written down.
pub fn report(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let content = data.get(end + 1..).unwrap_or_default();
    for one in report::read_as(&String::from_utf8_lossy(&data[..end]), content).measurements {
        assert!(one.value.is_finite(), "{one:?}");
    }
}

/// Reads `data` as ClusterLoader2's log.
pub fn cl2_log(data: &[u8]) {
    let mut watch = Watch::new("fuzz");
    for line in String::from_utf8_lossy(data).lines() {
        watch.line(line);
    }
    let _ = (watch.position().to_string(), watch.reason());
}

/// Reads `data` as ClusterLoader2's `junit.xml`.
pub fn cl2_failures(data: &[u8]) {
    let _ = junit::parse(&String::from_utf8_lossy(data));
}

/// Reads `data` as each file of a block of Prometheus' database.
pub fn tsdb(data: &[u8]) {
    tsdb::read_as_each(data);
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_doors_open() {
        corpus::replay("report", super::report);
        corpus::replay("cl2_log", super::cl2_log);
        corpus::replay("cl2_failures", super::cl2_failures);
        corpus::replay("tsdb", super::tsdb);
    }
}
