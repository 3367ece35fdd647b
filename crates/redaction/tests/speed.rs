//! How fast text is redacted and files are looked through: ordinary text, and text that is made to
//! be slow. `cargo test --release -p redaction --test speed -- --ignored --nocapture`

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use redaction::{LineRedactor, Scan};

/// Bytes of each kind of text.
const SIZE: usize = 16 << 20;

const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/cl2.log");

const REPORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../cl2-runner/tests/fixtures/load-100");

/// Processor time of this thread, in seconds: the machine may do other things.
fn seconds() -> f64 {
    let times = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    times.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

#[expect(clippy::cast_precision_loss, reason = "it is shown with one digit")]
fn speed(text: &str, work: impl FnOnce(&str)) -> f64 {
    let begun = seconds();
    work(text);
    text.len() as f64 / 1e6 / (seconds() - begun)
}

/// `part` over and over, in lines of `line` bytes.
fn lines(part: &str, line: usize) -> String {
    let line = part.repeat(line.div_ceil(part.len())) + "\n";
    line.repeat(SIZE / line.len())
}

#[test]
#[ignore = "it measures: run it in release, as the head of the file says"]
fn speeds() {
    let log = fs::read_to_string(LOG).unwrap();
    let report: String = fs::read_dir(REPORT)
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    /// What a tool's longest line is.
    const LONG: usize = 64 * 1024;
    let texts = [
        ("log of ClusterLoader2", log.repeat(SIZE / log.len())),
        ("report of ClusterLoader2", report.repeat(SIZE / report.len())),
        ("keys that never end", lines("-----BEGIN KEY-----", LONG)),
        ("addresses without an end", lines("://a:b", LONG)),
        ("names of secrets", lines("password: token=x ", LONG)),
        ("base64", lines("Z2hwXZGF0YTogLS0tLS1CRUdJ", LONG)),
        ("titles without an end", lines("\u{9d}x\u{1b}]", LONG)),
        ("commands", lines("::x ##[y] ", 10)),
    ];
    let mut table =
        String::from("| text | redacted, MB/s | looked through, MB/s |\n|---|--:|--:|\n");
    for (name, text) in texts {
        let redacted = speed(&text, |text| {
            let mut redactor = LineRedactor::default();
            assert!(text.lines().filter_map(|line| redactor.line(line)).count() < usize::MAX);
        });
        let scanned = speed(&text, |text| {
            let mut scan = Scan::default();
            scan.update(text.as_bytes());
            assert!(scan.finish().is_none_or(|held| !held.to_string().is_empty()));
        });
        table += &format!("| {name} | {redacted:.1} | {scanned:.1} |\n");
    }
    println!("{table}");
}
