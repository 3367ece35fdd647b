//! Faults that pass are survived: the build is there, byte for byte, and nothing is written twice.

use fault_proxy::{Fault, Kind, Often, Plan, Rule, When};

use crate::{
    cloud::{Cloud, object},
    hand_made::Said,
};

/// Exports a run under `rules`; the build must be whole, and no object written twice.
fn exported(rules: Vec<Rule>) -> (Cloud, Said) {
    impatient(rules, 60)
}

/// The same, by a client that waits for a byte for so many seconds.
fn impatient(rules: Vec<Rule>, stall_s: u64) -> (Cloud, Said) {
    let cloud = Cloud::new(Plan::of(rules)).with("PERF_SCALE_BUCKET_STALL", &stall_s.to_string());
    let run = cloud.run(1000);

    let said = cloud.export(&run);

    assert_eq!(said.code, 0, "{}", said.err);
    assert!(cloud.tree() == cloud.expected(&run));
    let written = cloud.asked(Kind::Upload, "");
    let written = written.iter().filter(|entry| entry.store == Some(200)).count();
    assert_eq!(written, cloud.objects().len());
    (cloud, said)
}

fn on(kind: Kind, fault: Fault) -> Vec<Rule> {
    vec![Rule::on(kind, Often::Nth(1), fault)]
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let asked = [
        (Kind::Read, 503),
        (Kind::List, 503),
        (Kind::Upload, 503),
        (Kind::Upload, 408),
        (Kind::Upload, 500),
    ];
    for (kind, status) in asked {
        let (cloud, said) = exported(on(kind, Fault::status(status)));

        assert_eq!(cloud.asked(kind, "")[0].status, Some(status));
        assert!(said.err.contains("attempt 1 of"), "{}", said.err);
    }
}

#[test]
fn a_server_that_asks_for_patience_gets_as_much_as_it_asks_for() {
    let (_, said) = exported(on(Kind::Upload, Fault::again_in(429, 2)));

    assert!(said.err.contains("again in 2.0 s"), "{}", said.err);
}

#[test]
fn a_connection_that_is_cut_is_made_again() {
    for kind in [Kind::Read, Kind::List, Kind::Upload] {
        for fault in [
            Fault::CutRequest { after: 0 },
            Fault::CutRequest { after: 700 },
            Fault::CutAnswer { after: 0 },
            Fault::CutAnswer { after: 10 },
        ] {
            exported(on(kind, fault));
        }
    }
}

#[test]
fn an_object_whose_answer_was_lost_is_known_as_our_own() {
    let (cloud, _) = exported(vec![Rule::on(Kind::Upload, Often::Every(3), Fault::LoseAnswer)]);

    let statuses: Vec<Option<u16>> =
        cloud.asked(Kind::Upload, "").iter().map(|entry| entry.store).collect();
    assert!(statuses.contains(&Some(412)), "{statuses:?}");
}

#[test]
fn a_checksum_that_was_hurt_on_its_way_is_asked_for_again() {
    let (cloud, _) = exported(on(Kind::Upload, Fault::WrongChecksum));

    assert_eq!(cloud.asked(Kind::Look, "").len(), 1);
}

#[test]
fn a_server_that_falls_silent_is_asked_again() {
    for kind in [Kind::Read, Kind::List, Kind::Upload] {
        let (_, said) = impatient(on(kind, Fault::Hang), 2);

        assert!(said.err.contains("no byte moved for 2 s"), "{}", said.err);
    }
}

#[test]
fn answers_may_come_in_any_order() {
    let held = Fault::Hold { answers: 5, at_most_ms: 1000 };
    let (cloud, _) = exported(vec![Rule::on(Kind::Upload, Often::Every(4), held)]);

    let uploads = cloud.asked(Kind::Upload, "");
    let order: Vec<usize> = uploads.iter().filter_map(|entry| entry.answered).collect();
    assert!(!order.is_sorted(), "{order:?}");
    let manifest = uploads.last().unwrap();
    assert!(manifest.path.contains("manifest.json"));
    assert_eq!(manifest.answered, order.iter().max().copied(), "the manifest must come last");
}

#[test]
fn many_faults_at_once_are_survived() {
    let chance = |kind, fault| {
        let often = Often::Chance(0.1);
        Rule { when: When { kind, often, ..When::default() }, fault }
    };
    exported(vec![
        chance(None, Fault::status(503)),
        chance(None, Fault::LoseAnswer),
        chance(None, Fault::CutRequest { after: 100 }),
        chance(None, Fault::CutAnswer { after: 5 }),
        chance(Some(Kind::Upload), Fault::WrongChecksum),
    ]);
}

#[test]
fn a_checksum_that_stays_wrong_is_refused_and_the_build_stays_unfinished() {
    let wrong = |kind| Rule {
        when: When { kind: Some(kind), part: Some("junit.xml".into()), ..Default::default() },
        fault: Fault::WrongChecksum,
    };
    let cloud = Cloud::new(Plan::of([wrong(Kind::Upload), wrong(Kind::Look)]));
    let run = cloud.run(1000);

    let said = cloud.export(&run);

    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("junit.xml` has the checksum"), "{}", said.err);
    assert!(!cloud.objects().contains_key(&object(1000, "manifest.json")));
}

#[test]
fn a_server_that_stays_away_is_given_up_with_what_it_said() {
    let cloud = Cloud::new(Plan::of([Rule::on(Kind::List, Often::Always, Fault::status(503))]))
        .with("PERF_SCALE_BUCKET_DEADLINE", "5");
    let run = cloud.run(1000);

    let said = cloud.export(&run);

    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains("failed to list `gs://results/logs/"), "{}", said.err);
    assert!(said.err.contains("503 Service Unavailable"), "{}", said.err);
    cloud.proxy.set_plan(Plan::default());
    let cloud = cloud.with("PERF_SCALE_BUCKET_DEADLINE", "120");
    assert_eq!(cloud.export(&run).code, 0);
}
