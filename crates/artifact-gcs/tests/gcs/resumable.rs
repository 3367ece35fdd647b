//! A large file arrives whole, whatever happens on the way, and little of it is sent twice.

use fault_proxy::{Fault, Kind, Often, Plan, Rule};

use crate::cloud::{Cloud, LARGE};

/// What the store keeps of the first megabyte when a connection is cut in it.
const CUT: u64 = 1_000_000;
const KEPT: u64 = CUT / (256 * 1024) * (256 * 1024);

fn exported(rules: Vec<Rule>) -> Cloud {
    impatient(rules, 60)
}

/// Exports a run with a large file by a client that waits for a byte for so many seconds.
fn impatient(rules: Vec<Rule>, stall_s: u64) -> Cloud {
    let cloud = Cloud::new(Plan::of(rules)).with("PERF_SCALE_BUCKET_STALL", &stall_s.to_string());
    let run = cloud.large_run(1000);

    let said = cloud.export(&run);

    assert_eq!(said.code, 0, "{}", said.err);
    assert!(cloud.tree() == cloud.expected(&run));
    cloud
}

fn once(kind: Kind, fault: Fault) -> Rule {
    Rule::on(kind, Often::Nth(1), fault)
}

#[test]
fn a_server_that_is_busy_when_an_upload_begins_is_asked_again() {
    let cloud = exported(vec![Rule::on(Kind::Begin, Often::First(2), Fault::status(503))]);

    assert_eq!(cloud.asked(Kind::Begin, "").len(), 3);
    assert_eq!(cloud.asked(Kind::Part, "").len(), 1);
}

#[test]
fn a_server_that_is_busy_in_the_middle_of_an_upload_is_asked_how_much_it_has() {
    let cloud = exported(vec![
        once(Kind::Part, Fault::CutRequest { after: CUT }),
        once(Kind::Status, Fault::status(503)),
        Rule::on(Kind::Part, Often::Nth(1), Fault::status(503)),
    ]);

    let parts = cloud.asked(Kind::Part, "");
    let sent: Vec<u64> = parts.iter().map(|part| part.request_bytes).collect();
    assert_eq!(cloud.asked(Kind::Begin, "").len(), 1);
    assert_eq!(cloud.asked(Kind::Status, "").len(), 3);
    // The second part is sent in full, and refused; the third one is what is missing.
    assert_eq!(sent, [CUT, LARGE as u64 - KEPT, LARGE as u64 - KEPT]);
}

#[test]
fn an_upload_whose_connection_was_cut_goes_on_where_it_was() {
    let cloud = exported(vec![once(Kind::Part, Fault::CutRequest { after: CUT })]);

    let sent: Vec<u64> =
        cloud.asked(Kind::Part, "").iter().map(|part| part.request_bytes).collect();
    assert_eq!(sent, [CUT, LARGE as u64 - KEPT]);
}

#[test]
fn an_upload_whose_last_answer_was_lost_is_not_sent_again() {
    let cloud = exported(vec![once(Kind::Part, Fault::LoseAnswer)]);

    assert_eq!(cloud.asked(Kind::Part, "").len(), 1);
    assert_eq!(cloud.asked(Kind::Status, "")[0].status, Some(200));
}

#[test]
fn an_upload_that_the_server_forgot_is_begun_anew() {
    let cloud = exported(vec![
        once(Kind::Part, Fault::CutRequest { after: CUT }),
        once(Kind::Status, Fault::status(410)),
    ]);

    assert_eq!(cloud.asked(Kind::Begin, "").len(), 2);
}

#[test]
fn an_upload_that_hangs_is_begun_anew() {
    let cloud = impatient(vec![once(Kind::Part, Fault::Hang)], 3);

    let parts = cloud.asked(Kind::Part, "");
    assert_eq!((parts[0].status, parts.last().unwrap().status), (None, Some(200)));
}

#[test]
fn a_slow_server_is_waited_for_as_long_as_bytes_move() {
    // Six seconds for the whole file; five without a byte would be too many.
    let slow = Fault::Throttle { bytes_per_second: 3 << 19 };

    let cloud = impatient(vec![once(Kind::Part, slow)], 5);

    assert_eq!(cloud.asked(Kind::Part, "").len(), 1);
}
