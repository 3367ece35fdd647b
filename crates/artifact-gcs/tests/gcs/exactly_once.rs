//! A build is written once and whole, whoever else writes, and whenever the writer is killed.

use std::{fs, process::Stdio};

use fault_proxy::{Entry, Fault, Kind, Often, Plan, Rule, When};
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    cloud::{Cloud, object},
    hand_made::{EXPORT, Run, Said, copied, load},
};

/// Kills an export as soon as `store` answered so many uploads of `kind`.
fn killed(cloud: &Cloud, run: &Run, kind: Kind, answered: usize) {
    let mut command = cloud.place.command(run, &EXPORT);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    cloud.wait_for(|log| {
        let done = |entry: &&Entry| match kind {
            Kind::Part => entry.kind == kind && entry.request_bytes > 0,
            _ => entry.kind == kind && entry.store == Some(200),
        };
        log.iter().filter(done).count() >= answered
    });
    let pid = Pid::from_child(&child);
    kill_process(pid, Signal::KILL).unwrap();
    assert!(child.wait().unwrap().code().is_none(), "it ended before it was killed");
}

/// The second call finishes the build; what the first one wrote is not touched.
fn is_finished(cloud: &Cloud, run: &Run) -> Said {
    let before = cloud.objects();
    assert!(!before.contains_key(&object(run.build, "manifest.json")), "it was finished before");

    let said = cloud.export(run);

    assert_eq!(said.code, 0, "{}", said.err);
    let after = cloud.objects();
    assert!(cloud.tree() == cloud.expected(run));
    for (name, object) in &before {
        assert_eq!(object.generation, after[name].generation, "{name} was written twice");
    }
    said
}

#[test]
fn an_export_that_was_killed_is_finished_by_the_next() {
    // Slow enough to be met in the middle.
    let slow = Rule::on(Kind::Upload, Often::Always, Fault::Delay { ms: 100 });
    let cloud = Cloud::new(Plan::of([slow]));
    let run = cloud.run(1000);

    killed(&cloud, &run, Kind::Upload, 3);
    cloud.proxy.set_plan(Plan::default());
    let there = cloud.objects().len();
    let said = is_finished(&cloud, &run);

    assert!(there >= 3);
    assert!(said.out.contains(" were there"), "{}", said.out);
}

#[test]
fn an_export_that_was_killed_in_the_middle_of_a_large_file_is_finished_by_the_next() {
    let slow = Fault::Throttle { bytes_per_second: 1 << 20 };
    let cloud = Cloud::new(Plan::of([Rule::on(Kind::Part, Often::Always, slow)]));
    let run = cloud.large_run(1000);

    killed(&cloud, &run, Kind::Part, 1);
    cloud.proxy.set_plan(Plan::default());

    is_finished(&cloud, &run);
}

#[test]
fn an_export_that_was_killed_before_its_manifest_is_unfinished_for_every_reader() {
    let hang = Rule {
        when: When {
            kind: Some(Kind::Upload),
            part: Some("manifest.json".into()),
            ..When::default()
        },
        fault: Fault::Hang,
    };
    let cloud = Cloud::new(Plan::of([hang]));
    let run = cloud.run(1000);
    let objects = cloud.expected(&run).len();

    killed(&cloud, &run, Kind::Upload, objects - 1);
    cloud.proxy.set_plan(Plan::default());
    let listed = cloud.place.stage(&run, &["list"]);
    let later = cloud.run(2000);
    let fetched = cloud.place.stage(&later, &["fetch", "--test", "load", "--json"]);

    assert!(listed.out.lines().nth(1).unwrap().ends_with("unfinished"), "{}", listed.out);
    assert_eq!(fetched.json()["builds"], serde_json::json!([]));
    assert_eq!(fetched.json()["passed_over"][0], "build 1000: unfinished");
    is_finished(&cloud, &run);
}

#[test]
fn an_object_of_somebody_else_is_refused_by_name_and_left_as_it_is() {
    let cloud = Cloud::new(Plan::default());
    let run = cloud.run(1000);
    let theirs = object(1000, "junit.xml");
    cloud.put(&theirs, b"13 other byte");

    let said = cloud.export(&run);

    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("/1000/junit.xml` is there with other bytes"), "{}", said.err);
    assert_eq!(cloud.objects()[&theirs].bytes, "13 other byte");
    assert!(!cloud.objects().contains_key(&object(1000, "manifest.json")));
}

#[test]
fn an_object_that_somebody_else_writes_meanwhile_is_refused_too() {
    // The listing does not have it yet: only the server can tell.
    let late = Rule {
        when: When { kind: Some(Kind::Upload), part: Some("/junit.xml".into()), ..When::default() },
        fault: Fault::Delay { ms: 1500 },
    };
    let cloud = Cloud::new(Plan::of([late]));
    let run = cloud.run(1000);
    let theirs = object(1000, "junit.xml");
    let mut command = cloud.place.command(&run, &EXPORT);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();

    cloud.wait_for(|log| log.iter().any(|entry| entry.fault.is_some()));
    cloud.put(&theirs, b"<other/>");
    let said = Said::of(&child.wait_with_output().unwrap());

    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("/1000/junit.xml` is there with 8 bytes, not 13"), "{}", said.err);
    assert_eq!(cloud.objects()[&theirs].bytes, "<other/>");
}

#[test]
fn a_finished_build_is_left_as_it_is() {
    let cloud = Cloud::new(Plan::default());
    let run = cloud.run(1000);
    assert_eq!(cloud.export(&run).code, 0);
    let before = cloud.objects();

    let again = cloud.export(&run);
    let page = run.dir.judgement_page(&load());
    fs::write(page, "regressed\n").unwrap();
    let other = cloud.export(&run);

    assert!(again.out.starts_with("already exported: "), "{} {}", again.out, again.err);
    assert_eq!(other.code, 2);
    assert!(other.err.contains("is finished and its `judgement.md` is not that of this run"));
    assert!(cloud.objects() == before);
}

/// Starts two exports at once; both must end well, and make one build.
fn both(cloud: &Cloud, runs: [&Run; 2]) -> [Said; 2] {
    let children = runs.map(|run| {
        let mut command = cloud.place.command(run, &EXPORT);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    let said = children.map(|child| Said::of(&child.wait_with_output().unwrap()));

    for said in &said {
        assert_eq!(said.code, 0, "{}", said.err);
    }
    assert!(cloud.tree() == cloud.expected(runs[0]));
    let written =
        |kind| cloud.asked(kind, "").iter().filter(|entry| entry.store == Some(200)).count();
    assert_eq!(written(Kind::Upload) + written(Kind::Part), cloud.objects().len());
    said
}

#[test]
fn of_two_exports_of_one_run_directory_the_second_waits_and_says_for_what() {
    let slow = Rule::on(Kind::Upload, Often::Always, Fault::Delay { ms: 50 });
    let cloud = Cloud::new(Plan::of([slow]));
    let run = cloud.run(1000);

    let said = both(&cloud, [&run, &run]);

    let waited = |said: &&Said| said.err.contains("waiting for another export of this run");
    assert_eq!(said.iter().filter(waited).count(), 1, "{} {}", said[0].err, said[1].err);
    let already = said.iter().filter(|said| said.out.starts_with("already exported"));
    assert_eq!(already.count(), 1);
}

#[test]
fn two_machines_that_export_one_build_at_once_make_one_build() {
    let slow = Rule::on(Kind::Upload, Often::Always, Fault::Delay { ms: 20 });
    let cloud = Cloud::new(Plan::of([slow]));
    let run = cloud.large_run(1000);

    both(&cloud, [&run, &copied(&run)]);
}
