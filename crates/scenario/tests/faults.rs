//! One bad file per fault, named after it: each is refused with its place and a remedy.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use scenario::{Override, Scenario, ScenarioFile, parse};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn read(file: &str, overrides: &[&str]) -> Result<Scenario, String> {
    let text = fs::read(fixtures().join(file)).unwrap();
    let overrides: Vec<Override> = overrides.iter().map(|text| text.parse().unwrap()).collect();
    let read = ScenarioFile::parse(file, &text, &overrides);
    read.map(|file| file.scenario).map_err(|faults| faults.to_string())
}

/// What is said of every bad file, as `tests/fixtures/faults.txt` has it.
#[test]
fn every_bad_file_names_its_place_its_key_and_a_remedy() {
    let mut files: Vec<String> = fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("bad-"))
        .collect();
    files.sort();

    let said: String = files.iter().map(|file| read(file, &[]).unwrap_err() + "\n").collect();

    let page = fixtures().join("faults.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&page, &said).unwrap();
    }
    assert_eq!(said, fs::read_to_string(page).unwrap(), "(hint: UPDATE=1 cargo test -p scenario)");
    for line in said.lines() {
        let place = line.split(' ').next().unwrap();
        assert!(place.matches(':').count() == 3, "no line and column: {line}");
        assert!(line.contains("(hint: ") || line.contains("not YAML"), "no remedy: {line}");
    }
}

#[test]
fn all_faults_of_a_file_are_said_at_once() {
    let faults = read("bad-several.yaml", &[]).unwrap_err();

    // Shape, meaning and what cannot be read, each once.
    assert_eq!(faults.lines().count(), 13, "{faults}");
}

#[test]
fn a_bad_override_is_blamed_and_not_the_file() {
    let faults = read("good.yaml", &["cluster.nodes=0", "cilium.version=1.2", "suite.0.\"x.y\"=1"]);

    assert_eq!(
        faults.unwrap_err(),
        "--set cluster.nodes=0: `cluster.nodes`: 0 is less than 1 (hint: worker nodes)\n\
         --set cilium.version=1.2: `cilium.version`: \"1.2\" does not have the right form (hint: a released version, as `1.20.2`)\n\
         --set suite.0.\"x.y\"=1: `suite.0.x.y`: unknown key (hint: it may be `test`, `config`, `overrides`, `deadline-minutes`, `stall-seconds`, `profiles`, `epoch`, `job`, `before`, `after`, `judging`)"
    );
}

#[test]
fn what_editors_of_other_systems_write_is_read_too() {
    let text = fs::read_to_string(fixtures().join("good.yaml")).unwrap();
    let plain = parse("a", &text, &[]).unwrap();

    assert_eq!(parse("a", &text.replace('\n', "\r\n"), &[]).unwrap(), plain);
    assert_eq!(parse("a", &format!("\u{feff}{text}"), &[]).unwrap(), plain);
}

#[test]
fn a_file_that_is_no_scenario_costs_nothing() {
    let large = " ".repeat(scenario::LARGEST + 1);
    // Each is of the largest size, and would be what its reader stumbles over.
    let half = "x".repeat(scenario::LARGEST / 2);
    let texts = [
        large,
        format!("cluster: {{ zones: [{}] }}", "1,".repeat(scenario::LARGEST / 2 - 20)),
        format!("{half}: [{}]", "1,".repeat(scenario::LARGEST / 4 - 5)),
        "[],".repeat(scenario::LARGEST / 3),
        "a: *b\n".repeat(scenario::LARGEST / 6),
    ];
    for text in texts {
        let faults = parse("a", &text, &[]).unwrap_err();

        assert!(faults.to_string().lines().count() <= 51);
    }
}

#[test]
fn a_scenario_written_out_reads_back_the_same() {
    let scenario = read("good.yaml", &["cluster.nodes=7"]).unwrap();

    let again = parse("again", &scenario::to_yaml(&scenario).unwrap(), &[]).unwrap();

    assert_eq!(scenario, again);
    assert_eq!(again.cluster.nodes, 7);
}
