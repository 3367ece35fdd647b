//! Units by one name each.

/// Spellings of a unit, its one name, and what a value is multiplied with.
///
/// Only what has one meaning is changed. `MB` is left as it is: Cilium's modules say it for 10^6
/// bytes in one place and for 2^20 in another. `s` is not turned into `ms`: people look for the
/// number that they saw in the file.
const UNITS: [(&[&str], &str, f64); 12] = [
    (&["ms", "msec", "millisecond", "milliseconds"], "ms", 1.0),
    (&["us", "µs", "μs", "microseconds"], "ms", 1e-3),
    (&["ns", "nanoseconds"], "ms", 1e-6),
    (&["s", "sec", "second", "seconds"], "s", 1.0),
    (&["B", "byte", "bytes", "Bytes"], "bytes", 1.0),
    (&["KiB", "Ki"], "bytes", 1024.0),
    (&["MiB", "Mi"], "bytes", 1_048_576.0),
    (&["GiB", "Gi"], "bytes", 1_073_741_824.0),
    (&["core", "cores", "CPU", "cpu"], "cores", 1.0),
    (&["count", "Count"], "count", 1.0),
    (&["1/s", "/s", "ops/s", "ops/sec", "per second"], "1/s", 1.0),
    (&["%", "percent"], "percent", 1.0),
];

/// `value` in the canonical unit for `unit`, and that unit.
pub(crate) fn canonical(unit: &str, value: f64) -> (&str, f64) {
    UNITS
        .iter()
        .find(|(spellings, ..)| spellings.contains(&unit.trim()))
        .map_or((unit, value), |(_, name, factor)| (name, value * factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_has_one_name_whatever_the_file_calls_it() {
        assert_eq!(canonical("ms", 5.0), ("ms", 5.0));
        assert_eq!(canonical("us", 1500.0), ("ms", 1.5));
        assert_eq!(canonical("seconds", 2.0), ("s", 2.0));
        assert_eq!(canonical("MiB", 1.0), ("bytes", 1_048_576.0));
        assert_eq!(canonical("%", 3.0), ("percent", 3.0));
    }

    #[test]
    fn the_page_lists_the_units() {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../docs/reference/measurements.md");
        let page = std::fs::read_to_string(page).unwrap();
        let listed: Vec<&str> = page
            .lines()
            .skip_while(|line| *line != "## Units")
            .filter(|l| l.starts_with("| `"))
            .collect();

        let rows: Vec<String> = UNITS
            .iter()
            .map(|(spellings, name, factor)| {
                format!("| `{name}` | `{}` | {factor} |", spellings.join("` `"))
            })
            .collect();

        assert_eq!(listed, rows);
    }

    #[test]
    fn a_unit_of_several_meanings_is_left_alone() {
        assert_eq!(canonical("MB", 250.0), ("MB", 250.0));
        assert_eq!(canonical("Mb/s", 9.0), ("Mb/s", 9.0));
        assert_eq!(canonical("", 1.0), ("", 1.0));
    }
}
