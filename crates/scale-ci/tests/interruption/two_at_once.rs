//! Two runs of one machine at once, and what clears dead runs beside them.

use std::time::Duration;

use crate::{
    bucket::{Build, builds},
    left::left_behind,
    moment::Running,
    place::{Place, said},
};

/// Longest time until a run is in the middle of its test, on a busy machine.
const COMES: Duration = Duration::from_secs(240);

#[test]
fn two_runs_and_a_reap_at_once_do_not_meet() {
    let place = Place::new();
    let names = ["one", "two"];
    let mut runs = names.map(|name| Running::start(place.run(name, &[]), place.run_dir(name)));
    for run in &mut runs {
        assert!(run.says("Run brief", COMES), "{}", run.said());
    }

    let reaped = place.output(&["stage", "infra-kwok", "reap"]);
    let taken_up = place.output(&["run", "--run-dir", "one", "--from", "conclude"]);
    let codes = runs.each_mut().map(|run| run.end().unwrap().code());

    assert!(reaped.status.success(), "{}", said(&reaped));
    assert_eq!(said(&reaped).matches("owns it and lives").count(), 2, "{}", said(&reaped));
    assert_eq!(taken_up.status.code(), Some(2));
    assert!(said(&taken_up).contains("another process works on the run"), "{}", said(&taken_up));
    assert_eq!(codes, [Some(0), Some(0)], "{}\n{}", runs[0].said(), runs[1].said());
    let plans = names.map(|name| place.run_dir(name).plan().unwrap());
    assert_ne!(plans[0].run_id, plans[1].run_id);
    assert_ne!(plans[0].suite_build, plans[1].suite_build);
    let ports = names.map(|name| {
        let ledger = place.run_dir(name).ledger().unwrap();
        ledger.resources.into_iter().flat_map(|resource| resource.ports).collect::<Vec<_>>()
    });
    assert!(ports[0].iter().all(|port| !ports[1].contains(port)), "{ports:?}");
    for (name, plan) in names.iter().zip(&plans) {
        assert_eq!(left_behind(&place, &place.run_dir(name)), Vec::<String>::new());
        let builds = builds(&place.bucket(), plan);
        assert!(builds.iter().all(Build::is_finished), "{builds:?}");
    }
}
