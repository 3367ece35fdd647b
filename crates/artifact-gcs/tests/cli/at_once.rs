//! Two exports of one build at once: one right build comes of it, whoever is first.

use std::{fs, thread};

use serde_json::Value;

use crate::hand_made::{EXPORT, JOB, Place, Run, Said, copied, load, tree};

/// Large enough to be written for a while.
const LARGE: usize = 8 << 20;

/// Exports `runs` at once.
fn export_at_once(place: &Place, runs: &[&Run]) -> Vec<Said> {
    thread::scope(|scope| {
        let exports: Vec<_> =
            runs.iter().map(|run| scope.spawn(|| place.stage(run, &EXPORT))).collect();
        exports.into_iter().map(|export| export.join().unwrap()).collect()
    })
}

/// The build has what its manifest says, and nothing else.
fn assert_whole(place: &Place) {
    let files = tree(&place.path("bucket").join("logs").join(JOB).join("1000"));
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    let objects = manifest["objects"].as_array().unwrap();
    for object in objects {
        let name = object["name"].as_str().unwrap();
        assert_eq!(files[name].len() as u64, object["size"].as_u64().unwrap(), "{name}");
    }
    assert_eq!(files.len(), objects.len() + 1, "{:?}", files.keys());
}

#[test]
fn exports_of_one_run_directory_take_turns() {
    let place = Place::new();
    let run = place.run(1000);
    fs::write(run.dir.report(&load()).join("large.json"), "x".repeat(LARGE)).unwrap();

    let said = export_at_once(&place, &[&run, &run, &run, &run]);

    assert!(said.iter().all(|one| one.code == 0), "{said:?}");
    let there = said.iter().filter(|one| one.out.contains("already exported")).count();
    assert_eq!(there, 3);
    assert_whole(&place);
}

#[test]
fn exports_of_two_copies_make_one_build_and_never_mix() {
    for differ in [false, true] {
        let place = Place::new();
        let one = place.run(1000);
        let two = copied(&one);
        for (run, letter) in [(&one, "x"), (&two, if differ { "y" } else { "x" })] {
            fs::write(run.dir.report(&load()).join("large.json"), letter.repeat(LARGE)).unwrap();
        }

        let said = export_at_once(&place, &[&one, &two]);

        let mut codes: Vec<i32> = said.iter().map(|one| one.code).collect();
        codes.sort_unstable();
        assert_eq!(codes, [0, if differ { 2 } else { 0 }], "{} {}", said[0].err, said[1].err);
        assert_whole(&place);
    }
}
