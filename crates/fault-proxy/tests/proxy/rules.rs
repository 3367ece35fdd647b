//! Which requests have a fault, and what the log says of them.

use fault_proxy::{Fault, Kind, Often, Pages, Plan, Rule, Tokens};
use serde_json::Value;

use crate::client::Bench;

#[tokio::test]
async fn without_a_plan_a_request_and_its_answer_pass_as_they_are() {
    let bench = Bench::of(Plan::default()).await;

    let put = bench.put("/a%20b?x=1", "content").await;
    let got = bench.get("/a%20b?x=1").await;
    let none = bench.get("/none").await;

    assert_eq!((put.status, got.status, none.status), (Some(200), Some(200), Some(404)));
    assert_eq!(got.body, b"content");
    assert_eq!(got.headers["content-length"], "7");
    let log = bench.proxy.log();
    assert_eq!(log.len(), 3);
    assert_eq!((log[0].request_bytes, log[1].answer_bytes), (7, 7));
    assert_eq!((log[2].store, log[2].status, log[2].answered), (Some(404), Some(404), Some(2)));
    assert_eq!(log[0].path, "/a%20b?x=1");
}

#[tokio::test]
async fn a_planned_answer_comes_without_the_store_being_asked() {
    let bench = Bench::rule(Rule::on(Kind::Other, Often::Nth(2), Fault::again_in(429, 3))).await;

    let first = bench.put("/a", "one").await;
    let second = bench.put("/b", "two").await;

    assert_eq!((first.status, second.status), (Some(200), Some(429)));
    assert_eq!(second.headers["retry-after"], "3");
    let said: Value = serde_json::from_slice(&second.body).unwrap();
    assert_eq!(said["error"]["errors"][0]["reason"], "rateLimitExceeded");
    assert!(bench.store.kept("/b").is_none());
    let log = bench.proxy.log();
    assert_eq!((log[1].fault.as_deref(), log[1].store), (Some("answer 429"), None));
}

#[tokio::test]
async fn another_plan_takes_the_place_of_the_first() {
    let bench = Bench::rule(Rule::on(Kind::Other, Often::Always, Fault::status(503))).await;
    assert_eq!(bench.get("/a").await.status, Some(503));

    bench.proxy.set_plan(Plan::default());

    assert_eq!(bench.get("/a").await.status, Some(404));
}

#[tokio::test]
async fn a_token_ends_before_it_says_so() {
    let bench = Bench::of(Plan { tokens: Some(Tokens { uses: 2 }), ..Plan::default() }).await;
    let issued = bench.send("POST", "/token", &[], "grant_type=refresh_token").await;
    let issued: Value = serde_json::from_slice(&issued.body).unwrap();
    let bearer = format!("Bearer {}", issued["access_token"].as_str().unwrap());
    let mut statuses = Vec::new();

    for _ in 0..3 {
        let got = bench.send("PUT", "/a", &[("authorization", &bearer)], "x").await;
        statuses.push(got.status.unwrap());
    }
    let without = bench.put("/a", "x").await;

    assert_eq!(statuses, [200, 200, 401]);
    assert_eq!(without.status, Some(401));
    assert_eq!(issued["expires_in"], 3600);
}

#[tokio::test]
async fn a_listing_comes_in_pages_after_empty_ones() {
    let pages = Some(Pages { size: 1, empty: true });
    let bench = Bench::of(Plan { pages, ..Plan::default() }).await;
    let listing = r#"{"items":[{"name":"j/x"}],"prefixes":["j/1/"]}"#;
    bench.store.keep("/storage/v1/b/b/o?prefix=j%2F", listing);
    let (mut found, mut empty, mut token) = (Vec::new(), 0, String::new());

    for _ in 0..4 {
        let page = bench.get(&format!("/storage/v1/b/b/o?prefix=j%2F{token}")).await;
        let page: Value = serde_json::from_slice(&page.body).unwrap();
        let folders = page["prefixes"].as_array().into_iter().flatten();
        let items = page["items"].as_array().into_iter().flatten().map(|item| &item["name"]);
        let names: Vec<Value> = folders.chain(items).cloned().collect();
        empty += usize::from(names.is_empty());
        found.extend(names);
        token = match page["nextPageToken"].as_str() {
            Some(next) => format!("&pageToken={}", next.replace(' ', "+")),
            None => break,
        };
    }

    assert_eq!(found, ["j/1/", "j/x"]);
    assert_eq!(empty, 2);
}
