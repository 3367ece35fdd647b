//! Connections that are cut, silent, slow, or out of order.

use std::time::Duration;

use fault_proxy::{Fault, Kind, Often, Plan, Proxy, Rule};
use tokio::time::{Instant, timeout};

use crate::client::Bench;

fn once(fault: Fault) -> Rule {
    Rule::on(Kind::Other, Often::Nth(1), fault)
}

#[tokio::test]
async fn a_lost_answer_leaves_the_object_there() {
    let bench = Bench::rule(once(Fault::LoseAnswer)).await;

    let lost = bench.put("/a", "content").await;

    assert_eq!(lost.status, None);
    assert_eq!(bench.store.kept("/a").unwrap(), "content");
    let log = bench.proxy.log();
    assert_eq!((log[0].store, log[0].status, log[0].over), (Some(200), None, true));
}

#[tokio::test]
async fn a_request_that_is_cut_never_reaches_the_store_whole() {
    for after in [0, 100_000] {
        let bench = Bench::rule(once(Fault::CutRequest { after })).await;

        let cut = bench.put("/a", vec![7; 300_000]).await;

        assert_eq!(cut.status, None);
        assert!(bench.store.kept("/a").is_none());
        let log = bench.proxy.log();
        assert_eq!((log[0].request_bytes, log[0].store), (after, None));
        assert_eq!(bench.put("/a", vec![7; 300_000]).await.status, Some(200));
    }
}

#[tokio::test]
async fn an_answer_is_cut_after_the_bytes_that_get_through() {
    let bench = Bench::rule(once(Fault::CutAnswer { after: 100_000 })).await;
    bench.store.keep("/a", vec![7; 300_000]);

    let cut = bench.get("/a").await;

    assert_eq!((cut.status, cut.cut, cut.body.len()), (Some(200), true, 100_000));
    assert_eq!(cut.headers["content-length"], "300000");
    assert_eq!(bench.get("/a").await.body.len(), 300_000);
}

#[tokio::test]
async fn a_request_that_hangs_ends_with_its_client() {
    let bench = Bench::rule(once(Fault::Hang)).await;

    let hung = timeout(Duration::from_millis(50), bench.get("/a")).await;

    assert!(hung.is_err());
    let over = async {
        while !bench.proxy.log()[0].over {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), over).await.expect("the proxy goes on with it");
}

#[tokio::test]
async fn a_slow_connection_and_a_late_answer_take_their_time() {
    let slow = Fault::Throttle { bytes_per_second: 100_000 };
    for (fault, least) in [(slow, 150), (Fault::Delay { ms: 120 }, 120)] {
        let bench = Bench::rule(once(fault)).await;
        bench.store.keep("/a", vec![7; 15_000]);
        let begun = Instant::now();

        let got = bench.get("/a").await;

        assert!(begun.elapsed() >= Duration::from_millis(least));
        assert_eq!(got.body.len(), 15_000);
    }
}

#[tokio::test]
async fn an_answer_that_is_held_back_goes_out_after_later_ones() {
    let held = Fault::Hold { answers: 2, at_most_ms: 60_000 };
    let bench = Bench::rule(once(held)).await;
    bench.store.keep("/a", "a");

    let later = async {
        while bench.proxy.log().first().and_then(|entry| entry.store).is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bench.get("/b").await;
        bench.get("/c").await;
    };
    let (held, ()) = tokio::join!(bench.get("/a"), later);

    assert_eq!(held.body, b"a");
    let answered: Vec<Option<usize>> =
        bench.proxy.log().iter().map(|entry| entry.answered).collect();
    assert_eq!(answered, [Some(2), Some(0), Some(1)]);
}

#[tokio::test]
async fn an_answer_that_nothing_follows_is_held_back_for_a_time_only() {
    let bench = Bench::rule(once(Fault::Hold { answers: 2, at_most_ms: 30 })).await;

    let got = timeout(Duration::from_secs(10), bench.get("/a")).await;

    assert_eq!(got.unwrap().status, Some(404));
}

#[tokio::test]
async fn a_store_that_is_not_there_is_a_bad_gateway() {
    let mut bench = Bench::of(Plan::default()).await;

    bench.proxy = Proxy::start("http://127.0.0.1:1", Plan::default()).await.unwrap();

    assert_eq!(bench.get("/a").await.status, Some(502));
}

#[tokio::test]
async fn what_is_no_address_of_a_store_is_refused() {
    for address in ["127.0.0.1:1", "https://a", "http://", "http://a b"] {
        let refused = Proxy::start(address, Plan::default()).await;
        assert!(refused.is_err(), "{address}");
    }
}
