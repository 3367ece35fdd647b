//! What programs ordinarily say is left byte for byte as it is.

use std::{borrow::Cow, fs, path::Path};

use redaction::{redact, scan_file};

/// What upstream's load test on 100 simulated nodes reported.
const REPORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../cl2-runner/tests/fixtures/load-100");

/// What ClusterLoader2 logged of a short test, with the kubeconfig that it prints: its credentials
/// are files, so there is none in it.
const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/cl2.log");

#[test]
fn a_log_of_clusterloader2_is_left_as_it_is() {
    let text = fs::read_to_string(LOG).unwrap();

    for (at, line) in text.lines().enumerate() {
        assert!(matches!(redact(line), Cow::Borrowed(_)), "line {}: {}", at + 1, redact(line));
    }
    assert!(matches!(redact(&text), Cow::Borrowed(_)));
    assert_eq!(scan_file(Path::new(LOG)).unwrap(), None);
}

#[test]
fn a_report_of_clusterloader2_holds_nothing() {
    let mut files = 0;
    for entry in fs::read_dir(REPORT).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();

        assert!(matches!(redact(&text), Cow::Borrowed(_)), "{}", path.display());
        assert_eq!(scan_file(&path).unwrap(), None, "{}", path.display());
        files += 1;
    }
    assert!(files > 15, "{files}");
}
