//! One bad file per fault, named after it: each is refused with its line and a remedy.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path};

use scenario::{Override, Scenario, parse};

fn read(file: &str, overrides: &[&str]) -> Result<Scenario, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(file);
    let text = fs::read_to_string(path).unwrap();
    let overrides: Vec<Override> = overrides.iter().map(|text| text.parse().unwrap()).collect();
    parse(file, &text, &overrides).map_err(|faults| faults.to_string())
}

#[test]
fn every_bad_file_names_its_line_its_key_and_what_is_wrong() {
    for (file, expected) in [
        (
            "bad-unknown-key.yaml",
            "bad-unknown-key.yaml:10: `suite.0.deadlin-minutes`: unknown key (hint: `deadline-minutes`?)",
        ),
        (
            "bad-nodes-zero.yaml",
            "bad-nodes-zero.yaml:4: `cluster.nodes`: 0 is less than the minimum of 1",
        ),
        (
            "bad-unit.yaml",
            "bad-unit.yaml:10: `suite.0.deadline-minutes`: \"5m\" is not of type \"integer\"",
        ),
        (
            "bad-test-name-slash.yaml",
            "bad-test-name-slash.yaml:7: `suite.0.test`: \"lo/ad\" does not match",
        ),
        ("bad-test-name-long.yaml", "is longer than 40 characters"),
        (
            "bad-config-escape.yaml",
            "bad-config-escape.yaml:8: `suite.0.config`: `../density/config.yaml` is no path below",
        ),
        (
            "bad-two-ciliums.yaml",
            "bad-two-ciliums.yaml:5: `cilium`: says 2 of `version`, `sha` and `chart`",
        ),
        ("bad-format.yaml", "bad-format.yaml:1: `format`: 2 is greater than the maximum of 1"),
        (
            "bad-rule-without-bound.yaml",
            "bad-rule-without-bound.yaml:12: `suite.0.judging.0`: has neither `limit` nor",
        ),
        ("bad-not-yaml.yaml", "bad-not-yaml.yaml:2: not YAML: "),
        (
            "bad-duplicate-test.yaml",
            "bad-duplicate-test.yaml:13: `suite.1.test`: two tests are named `load`",
        ),
    ] {
        let faults = read(file, &[]).unwrap_err();

        assert!(faults.contains(expected), "{file}: {faults}");
        assert_eq!(faults.lines().count(), 1, "{file}: {faults}");
    }
}

#[test]
fn all_faults_of_a_file_are_said_at_once() {
    let faults = read("bad-several.yaml", &[]).unwrap_err();

    assert_eq!(faults.lines().count(), 3, "{faults}");
}

#[test]
fn a_bad_override_is_blamed_and_not_the_file() {
    let faults = read("good.yaml", &["cluster.nodes=0", "cilium.version=1.2"]).unwrap_err();

    assert!(faults.contains("--set cluster.nodes=0: `cluster.nodes`: 0 is less"), "{faults}");
    assert!(
        faults.contains("--set cilium.version=1.2: `cilium.version`: \"1.2\" does not match"),
        "{faults}"
    );
}

#[test]
fn a_scenario_written_out_reads_back_the_same() {
    let scenario = read("good.yaml", &["cluster.nodes=7"]).unwrap();

    let again = parse("again", &scenario::to_yaml(&scenario).unwrap(), &[]).unwrap();

    assert_eq!(scenario, again);
    assert_eq!(again.cluster.nodes, 7);
}
