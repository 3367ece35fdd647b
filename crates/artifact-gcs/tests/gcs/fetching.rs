//! A baseline is fetched whole, checked, and only as far as it is new.

use std::fs;

use fault_proxy::{Fault, Kind, Often, Plan, Rule, When};
use serde_json::json;

use crate::{
    cloud::{Cloud, object},
    hand_made::{Run, Said, load, tree},
};

/// A bucket with three earlier builds, and the run that is compared with them.
fn with_history() -> (Cloud, Run) {
    let cloud = Cloud::new(Plan::default());
    for build in [100, 200, 300] {
        let run = cloud.run(build);
        // Large enough to be cut in the middle.
        let plan = run.dir.plan_path();
        let text = fs::read_to_string(&plan).unwrap();
        fs::write(&plan, format!("{text}{}", " ".repeat(300_000))).unwrap();
        assert_eq!(cloud.export(&run).code, 0);
    }
    let run = cloud.run(1000);
    (cloud, run)
}

fn fetch(cloud: &Cloud, run: &Run) -> Said {
    cloud.place.stage(run, &["fetch", "--test", "load", "--json"])
}

/// What was fetched is what is in the bucket.
fn is_right(cloud: &Cloud, run: &Run, build: u64) {
    let objects = cloud.objects();
    let fetched = tree(&run.dir.baseline(&load()).join(build.to_string()));
    assert_eq!(fetched.len(), 5);
    for (name, bytes) in fetched {
        // The manifest is written down anew, in this program's own words.
        if name != "manifest.json" {
            assert!(bytes == objects[&object(build, &name)].bytes, "{name}");
        }
    }
}

#[test]
fn the_newest_builds_are_fetched_as_they_are() {
    let (cloud, run) = with_history();
    let before = cloud.asked(Kind::Read, "%2F100%2F").len();

    let said = fetch(&cloud, &run);

    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.json()["builds"], json!([300, 200]));
    assert_eq!(said.json()["bucket"], "gs://results");
    is_right(&cloud, &run, 300);
    is_right(&cloud, &run, 200);
    assert_eq!(cloud.asked(Kind::Read, "%2F100%2F").len(), before);
}

#[test]
fn a_second_fetch_asks_only_what_is_new() {
    let (cloud, run) = with_history();
    assert_eq!(fetch(&cloud, &run).code, 0);
    let before = cloud.proxy.log().len();

    let same = fetch(&cloud, &run);
    let asked: Vec<Kind> = cloud.proxy.log()[before..].iter().map(|entry| entry.kind).collect();
    assert_eq!(cloud.export(&cloud.run(400)).code, 0);
    let before = cloud.proxy.log().len();
    let newer = fetch(&cloud, &run);
    let read = cloud.proxy.log().split_off(before);
    let read: Vec<_> = read.iter().filter(|entry| entry.kind == Kind::Read).collect();

    assert_eq!(same.json()["kept"], 2);
    // One listing, and for each build one look whether its manifest is still the same.
    assert_eq!(asked, [Kind::List, Kind::Look, Kind::Look]);
    assert_eq!(newer.json()["builds"], json!([400, 300]));
    assert_eq!(read.len(), 5);
    assert!(read.iter().all(|entry| entry.path.contains("400")));
}

#[test]
fn a_manifest_that_was_written_anew_is_read_anew() {
    let (cloud, run) = with_history();
    assert_eq!(fetch(&cloud, &run).code, 0);
    let name = object(300, "manifest.json");
    let manifest = cloud.objects()[&name].bytes.to_vec();
    cloud.put(&name, &manifest);
    let before = cloud.asked(Kind::Read, "manifest.json").len();

    let said = fetch(&cloud, &run);

    assert_eq!(said.json()["kept"], 2);
    assert_eq!(cloud.asked(Kind::Read, "manifest.json").len(), before + 1);
}

#[test]
fn a_connection_that_is_cut_while_reading_goes_on_where_it_was() {
    let (cloud, run) = with_history();
    let cut = Fault::CutAnswer { after: 200_000 };
    let when = When {
        kind: Some(Kind::Read),
        part: Some("300/plan.json".into()),
        often: Often::First(1),
        ..When::default()
    };
    cloud.proxy.set_plan(Plan::of([Rule { when, fault: cut }]));

    let said = fetch(&cloud, &run);

    assert_eq!(said.code, 0, "{}", said.err);
    is_right(&cloud, &run, 300);
    let read = cloud.asked(Kind::Read, "300%2Fplan.json");
    let whole = cloud.objects()[&object(300, "plan.json")].bytes.len() as u64;
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].answer_bytes + read[1].answer_bytes, whole);
}

#[test]
fn a_fetch_that_failed_is_continued_by_the_next() {
    let (cloud, run) = with_history();
    let when =
        When { kind: Some(Kind::Read), part: Some("300/plan.json".into()), ..When::default() };
    cloud.proxy.set_plan(Plan::of([Rule { when, fault: Fault::status(403) }]));
    let refused = fetch(&cloud, &run);
    cloud.proxy.set_plan(Plan::default());
    let before = cloud.proxy.log().len();

    let said = fetch(&cloud, &run);

    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("it needs `storage.objects.get`)"), "{}", refused.err);
    assert_eq!(said.json()["builds"], json!([300, 200]), "{}", said.err);
    is_right(&cloud, &run, 300);
    let log = cloud.proxy.log();
    let again = log[before..]
        .iter()
        .filter(|entry| entry.kind == Kind::Read && entry.path.contains("300%2Fmeasurements.json"));
    assert_eq!(again.count(), 0, "what was there is fetched again");
}

#[test]
fn bytes_that_were_hurt_on_their_way_are_never_used() {
    let (cloud, run) = with_history();
    let when = |often| When {
        kind: Some(Kind::Read),
        part: Some("300/measurements.json".into()),
        often,
        ..When::default()
    };
    let flip = Fault::FlipByte { at: 30 };
    let always = Rule { when: when(Often::Always), fault: flip };
    cloud.proxy.set_plan(Plan::of([always]));

    let said = fetch(&cloud, &run);

    // Either the fetch fails and says so, or the build is passed over: it is never taken as it is.
    let folder = run.dir.baseline(&load()).join("300");
    assert!(!folder.exists(), "{} {}", said.out, said.err);
    cloud.proxy.set_plan(Plan::default());
    assert_eq!(fetch(&cloud, &run).json()["builds"], json!([300, 200]));
    is_right(&cloud, &run, 300);
}

#[test]
fn a_slow_and_silent_server_is_survived_while_reading() {
    let (cloud, run) = with_history();
    let cloud = cloud.with("PERF_SCALE_BUCKET_STALL", "2");
    let when = |part: &str| When {
        kind: Some(Kind::Read),
        part: Some(part.into()),
        often: Often::Nth(1),
        ..When::default()
    };
    cloud.proxy.set_plan(Plan::of([
        Rule { when: when("300/metadata.json"), fault: Fault::Hang },
        Rule { when: when("300/plan.json"), fault: Fault::Throttle { bytes_per_second: 200_000 } },
        Rule { when: when("200/plan.json"), fault: Fault::status(503) },
    ]));

    let said = fetch(&cloud, &run);

    assert_eq!(said.code, 0, "{}", said.err);
    is_right(&cloud, &run, 300);
    is_right(&cloud, &run, 200);
}

#[test]
fn an_object_that_is_gone_makes_a_build_of_no_use() {
    let (cloud, run) = with_history();
    cloud.remove(&object(300, "measurements.json"));

    let said = fetch(&cloud, &run);

    assert_eq!(said.json()["builds"], json!([200, 100]));
    assert_eq!(said.json()["passed_over"][0], "build 300: its measurements.json is gone");
}
