//! Reads what ClusterLoader2 wrote into a report folder: one key, one unit, one value.

mod counts;
mod etcd;
mod file_name;
mod kind;
mod number;
mod perf_data;
mod pod_name;
mod reading;
mod resources;
mod scheduling;
mod unit;
mod unread;

use std::{collections::BTreeMap, fs, io, path::Path};

use run_record::{Key, Measurement, Unreadable, read_whole};
use serde_json::Value;

use crate::report::{
    file_name::{FileName, config_name},
    reading::Reading,
    unread::Unread,
};

/// What a report folder holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Report {
    /// The measurements, sorted by key; no key stands twice.
    pub(crate) measurements: Vec<Measurement>,
    /// Files that could not be read, with the reason.
    pub(crate) unreadable: Vec<Unreadable>,
}

/// What begins the files of commands that were run in pods: profiles.
const PROFILE: &str = "PodPeriodicCommand";

/// Files of the report that hold no measurement and have no time in their names.
const OTHER: [&str; 1] = ["cl2-metadata.json"];

/// Reads the report in `folder`; a folder that is not there holds nothing.
pub(crate) fn read(folder: &Path) -> Report {
    let names = match file_names(folder) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Report::default(),
        Err(error) => {
            let reason = format!("the folder cannot be read: {error}");
            let all = Unreadable { file: ".".into(), reason, damaged: true };
            return Report { unreadable: vec![all], ..Report::default() };
        }
    };
    let configs: Vec<String> =
        names.iter().filter_map(|name| config_name(name)).map(str::to_owned).collect();
    let mut report = Report::default();
    let mut files = Vec::new();
    for name in names.iter().filter(|name| name.ends_with(".json")) {
        match FileName::parse(name, &configs) {
            Some(parsed) => files.push((parsed.time, name, parsed)),
            None if OTHER.contains(&name.as_str()) => {}
            None => report.refuse(name, &Unread::Nothing("its name has no time"), false),
        }
    }
    // A key that stands in two files is numbered by when they were written.
    files.sort_by_key(|(time, name, _)| (*time, *name));
    let mut seen = BTreeMap::new();
    for (_, name, parsed) in &files {
        let content =
            read_whole(&folder.join(name)).map_err(|error| Unread::Damaged(error.reason()));
        match content.and_then(|content| readings(&parsed.summary, &content)) {
            Ok(readings) => {
                for reading in readings {
                    report.add(&mut seen, name, &parsed.config, reading);
                }
            }
            Err(why) => report.refuse(name, &why, parsed.summary.starts_with(PROFILE)),
        }
    }
    report.measurements.sort_by(|one, other| one.key.cmp(&other.key));
    report
}

/// The key without what others must not see; labels are what the cluster made them.
fn redacted(key: Key) -> Key {
    let clean = serde_json::to_value(&key).map(redaction::redact_json);
    clean.and_then(serde_json::from_value).unwrap_or(key)
}

fn file_names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The readings in the file of `summary` that holds `content`, sorted.
fn readings(summary: &str, content: &[u8]) -> Result<Vec<Reading>, Unread> {
    let empty = content.iter().all(u8::is_ascii_whitespace);
    let what = if empty { "it is empty" } else { "it is not JSON" };
    let content: Value = serde_json::from_slice(content)
        .map_err(|error| Unread::Damaged(format!("{what}: {error}")))?;
    let mut readings = kind::read(summary, &content)?;
    readings.sort_by(Reading::order);
    Ok(readings)
}

/// Reads `content` as the file called `name`.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read_as(name: &str, content: &[u8]) -> Report {
    let mut report = Report::default();
    let configs = ["load".to_owned(), "my_load".to_owned()];
    let Some(parsed) = FileName::parse(name, &configs) else { return report };
    for reading in readings(&parsed.summary, content).unwrap_or_default() {
        report.add(&mut BTreeMap::new(), name, &parsed.config, reading);
    }
    report
}

impl Report {
    fn add(&mut self, seen: &mut BTreeMap<Key, u32>, file: &str, config: &str, reading: Reading) {
        // A sum, or the factor of a unit, may be more than a number can be.
        if !reading.value.is_finite() {
            return;
        }
        let mut key = Key {
            config: config.into(),
            measurement: reading.measurement,
            query: reading.query,
            labels: reading.labels,
            occurrence: 1,
        };
        // What is the same without its secrets is the same: it must be numbered as it is kept.
        key = redacted(key);
        let occurrence = seen.entry(key.clone()).or_default();
        *occurrence += 1;
        key.occurrence = *occurrence;
        let (unit, value) = (reading.unit, reading.value);
        self.measurements.push(Measurement { key, unit, value, file: file.into() });
    }

    /// Names a file that gave nothing. A profile is no measurement: nothing that counts is lost.
    fn refuse(&mut self, file: &str, why: &Unread, is_profile: bool) {
        let damaged = why.is_damaged() && !is_profile;
        let reason = why.to_string();
        self.unreadable.push(Unreadable { file: file.into(), reason, damaged });
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = TempDir::new().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn throughput(max: u32) -> String {
        format!(r#"{{"max": {max}}}"#)
    }

    fn values(report: &Report) -> Vec<(&str, u32, f64)> {
        let one = |m: &'_ Measurement| (m.key.occurrence, m.value);
        report.measurements.iter().map(|m| (m.key.config.as_str(), one(m).0, one(m).1)).collect()
    }

    #[test]
    fn a_folder_that_is_not_there_holds_nothing() {
        assert_eq!(read(Path::new("/nowhere/at/all")), Report::default());
    }

    #[test]
    fn one_config_run_twice_numbers_its_keys_by_time_not_by_name() {
        // By name the first would come second: its offset puts it an hour before the other.
        let folder = folder(&[
            ("SchedulingThroughput_load_2026-11-23T22:30:00+02:00.json", &throughput(1)),
            ("SchedulingThroughput_load_2026-11-23T21:30:00Z.json", &throughput(2)),
        ]);

        let report = read(folder.path());

        assert_eq!(values(&report), [("load", 1, 1.0), ("load", 2, 2.0)]);
    }

    #[test]
    fn two_configs_do_not_share_a_key() {
        let folder = folder(&[
            ("generatedConfig_LB-IPAM test.yaml", "name: LB-IPAM test\n"),
            ("generatedConfig_my_load.yaml", "name: my_load\n"),
            ("SchedulingThroughput_LB-IPAM test_2026-11-23T21:30:00Z.json", &throughput(1)),
            ("SchedulingThroughput_my_load_2026-11-23T21:31:00Z.json", &throughput(2)),
        ]);

        let report = read(folder.path());

        assert_eq!(values(&report), [("LB-IPAM test", 1, 1.0), ("my_load", 1, 2.0)]);
    }

    #[test]
    fn a_key_that_stands_twice_in_a_file_is_numbered_the_same_whatever_the_order() {
        let item =
            |value: u32| format!(r#"{{"data": {{"Max": {value}}}, "unit": "ms", "labels": null}}"#);
        let text =
            |a, b| format!(r#"{{"version": "v1", "dataItems": [{}, {}]}}"#, item(a), item(b));
        let name = "Timer_load_2026-11-23T21:30:00Z.json";

        let one = read(folder(&[(name, &text(1, 2))]).path());
        let other = read(folder(&[(name, &text(2, 1))]).path());

        assert_eq!(one, other);
        assert_eq!(values(&one), [("load", 1, 1.0), ("load", 2, 2.0)]);
    }

    #[test]
    fn what_becomes_infinite_is_left_out() {
        let item = |value: &str| format!(r#"{{"data": {{"Max": {value}}}, "unit": "GiB"}}"#);
        let text = format!(r#"{{"dataItems": [{}, {}]}}"#, item("1e308"), item("1"));

        let report = read(folder(&[("A_load_2026-11-23T21:30:00Z.json", &text)]).path());

        assert_eq!(values(&report), [("load", 1, 1_073_741_824.0)]);
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_is_kept() {
        let folder = folder(&[
            ("SchedulingThroughput_load_2026-11-23T21:30:00Z.json", &throughput(7)),
            ("Timer_load_2026-11-23T21:30:00Z.json", r#"{"version": "v1", "data"#),
            ("GenericPrometheusQuery X_load_2026-11-23T21:30:00Z.json", r#"{"dataItems": null}"#),
            ("Novelty_load_2026-11-23T21:30:00Z.json", "{}"),
            ("stray.json", "{}"),
            ("cl2-metadata.json", "{}"),
            ("junit.xml", ""),
            ("PodPeriodicCommand-a-b-stdout_load_2026-11-23T21:30:00Z.txt", "\u{1f}"),
        ]);

        let report = read(folder.path());

        assert_eq!(values(&report), [("load", 1, 7.0)]);
        let reasons: Vec<_> = report
            .unreadable
            .iter()
            .map(|one| (one.file.split('_').next().unwrap(), one.reason.as_str()))
            .collect();
        assert_eq!(reasons[0], ("stray.json", "its name has no time"));
        assert_eq!(reasons[1], ("GenericPrometheusQuery X", "no samples"));
        assert_eq!(reasons[2], ("Novelty", "its kind is not known"));
        assert!(reasons[3].1.starts_with("it is not JSON: "), "{}", reasons[3].1);
        assert_eq!(reasons.len(), 4);
    }

    #[test]
    fn a_report_of_generated_configs_alone_holds_nothing_and_that_is_no_fault() {
        let folder = folder(&[("generatedConfig_LB-IPAM test.yaml", "name: LB-IPAM test\n")]);

        assert_eq!(read(folder.path()), Report::default());
    }

    #[test]
    fn one_key_of_two_versions_is_kept_twice_where_perfdash_drops_one() {
        let of = |version: &str, value: u32| {
            format!(
                r#"{{"version": "{version}", "dataItems": [{{"data": {{"Perc99": {value}}}, "unit": "ms"}}]}}"#
            )
        };
        let folder = folder(&[
            ("GenericPrometheusQuery A [50%]: x_load_2026-11-23T21:30:00Z.json", &of("v1", 1)),
            ("GenericPrometheusQuery A [50%]: x_load_2026-11-23T21:31:00Z.json", &of("v2", 2)),
        ]);

        let report = read(folder.path());

        assert_eq!(values(&report), [("load", 1, 1.0), ("load", 2, 2.0)]);
        assert!(report.measurements.iter().all(|one| one.key.measurement == "A [50%]: x"));
    }

    #[test]
    fn what_is_no_number_in_json_damages_its_file_alone() {
        let text = |value: &str| {
            format!(r#"{{"version": "v1", "dataItems": [{{"data": {{"Perc99": {value}}}}}]}}"#)
        };
        let folder = folder(&[
            ("Ratio_load_2026-11-23T21:30:00Z.json", &text("+Inf")),
            ("Delay_load_2026-11-23T21:30:00Z.json", &text("NaN")),
            ("Quoted_load_2026-11-23T21:30:00Z.json", &text("\"NaN\"")),
            ("Whole_load_2026-11-23T21:30:00Z.json", &text("7")),
        ]);

        let report = read(folder.path());

        assert_eq!(values(&report), [("load", 1, 7.0)]);
        let damaged: Vec<bool> = report.unreadable.iter().map(|one| one.damaged).collect();
        // In the order of their names: `Delay`, `Quoted`, `Ratio`.
        assert_eq!(damaged, [true, false, true]);
    }
}
