//! Resumable uploads go on where they were cut, as they do at Google's.

use fault_proxy::{Fault, Kind, Often, Plan, Rule};

use crate::client::{Bench, Got};

const BEGIN: &str = "/upload/storage/v1/b/b/o?uploadType=resumable&name=x";
const TOTAL: usize = 600_000;
const PIECE: usize = 256 * 1024;

/// Begins an upload; the path of its address comes back.
async fn begin(bench: &Bench) -> String {
    let begun = bench.send("POST", BEGIN, &[], "{}").await;
    let location = begun.headers["location"].to_str().unwrap();
    location.strip_prefix(&bench.proxy.url()).unwrap().to_owned()
}

async fn send(bench: &Bench, to: &str, from: usize) -> Got {
    let range = format!("bytes {from}-{}/{TOTAL}", TOTAL - 1);
    bench.send("PUT", to, &[("content-range", &range)], content()[from..].to_vec()).await
}

async fn ask(bench: &Bench, to: &str) -> Got {
    bench.send("PUT", to, &[("content-range", "bytes */*")], "").await
}

fn content() -> Vec<u8> {
    (0..TOTAL).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

#[tokio::test]
async fn the_address_of_an_upload_leads_through_the_proxy_to_the_store() {
    let bench = Bench::of(Plan::default()).await;
    let to = begin(&bench).await;

    let sent = send(&bench, &to, 0).await;

    assert_eq!(sent.status, Some(200));
    assert_eq!(bench.store.kept(&to).unwrap(), content());
    let kinds: Vec<Kind> = bench.proxy.log().iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [Kind::Begin, Kind::Part]);
}

#[tokio::test]
async fn an_upload_that_was_cut_goes_on_after_the_last_whole_piece() {
    let cut = Fault::CutRequest { after: 300_000 };
    let bench = Bench::rule(Rule::on(Kind::Part, Often::Nth(1), cut)).await;
    let to = begin(&bench).await;

    let nothing = ask(&bench, &to).await;
    let lost = send(&bench, &to, 0).await;
    let asked = ask(&bench, &to).await;
    let sent = send(&bench, &to, PIECE).await;

    assert_eq!(nothing.status, Some(308));
    assert!(!nothing.headers.contains_key("range"));
    assert_eq!(lost.status, None);
    assert_eq!(
        (asked.status, &asked.headers["range"]),
        (Some(308), &"bytes=0-262143".parse().unwrap())
    );
    assert_eq!(sent.status, Some(200));
    assert_eq!(bench.store.kept(&to).unwrap(), content());
}

#[tokio::test]
async fn an_upload_whose_last_answer_was_lost_is_there_when_asked() {
    let bench = Bench::rule(Rule::on(Kind::Part, Often::Nth(1), Fault::LoseAnswer)).await;
    let to = begin(&bench).await;

    let lost = send(&bench, &to, 0).await;
    let asked = ask(&bench, &to).await;

    assert_eq!((lost.status, asked.status), (None, Some(200)));
    assert!(asked.body.starts_with(b"{\"crc32c\""));
}

#[tokio::test]
async fn bytes_that_leave_a_hole_are_refused() {
    let bench = Bench::of(Plan::default()).await;
    let to = begin(&bench).await;

    let refused = send(&bench, &to, PIECE).await;

    assert_eq!(refused.status, Some(400));
    assert!(bench.store.kept(&to).is_none());
}

#[tokio::test]
async fn an_upload_may_come_in_chunks() {
    let bench = Bench::of(Plan::default()).await;
    let to = begin(&bench).await;
    let range = format!("bytes 0-{}/{TOTAL}", PIECE - 1);

    let first =
        bench.send("PUT", &to, &[("content-range", &range)], content()[..PIECE].to_vec()).await;
    let last = send(&bench, &to, PIECE).await;

    assert_eq!((first.status, last.status), (Some(308), Some(200)));
    assert_eq!(bench.store.kept(&to).unwrap(), content());
}
