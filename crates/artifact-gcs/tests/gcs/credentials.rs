//! Tokens that end in the middle are renewed; credentials that are of no use are said.

use std::fs;

use fault_proxy::{Kind, Plan, Tokens};
use serde_json::json;

use crate::cloud::Cloud;

/// A bucket that asks for a token which is good for so many requests, and an account for it.
fn signed_in(uses: u64) -> Cloud {
    let cloud = Cloud::unsigned(Plan { tokens: Some(Tokens { uses }), ..Plan::default() });
    let account = json!({
        "type": "authorized_user",
        "client_id": "id",
        "client_secret": "secret",
        "refresh_token": "refresh",
        "token_uri": format!("{}/token", cloud.proxy.url()),
    });
    let file = cloud.place.path("credentials.json");
    fs::write(&file, account.to_string()).unwrap();
    let url = cloud.proxy.url();
    cloud
        .with("GOOGLE_APPLICATION_CREDENTIALS", file.to_str().unwrap())
        .with("PERF_SCALE_STORAGE_ENDPOINT", &url)
}

#[test]
fn a_token_that_ends_in_the_middle_of_an_export_is_renewed() {
    // More requests than are under way at once, fewer than there are.
    let cloud = signed_in(10);
    let run = cloud.large_run(1000);

    let said = cloud.export(&run);

    assert_eq!(said.code, 0, "{}", said.err);
    assert!(cloud.tree() == cloud.expected(&run));
    assert!(cloud.asked(Kind::Token, "").len() > 1);
    assert!(cloud.proxy.log().iter().any(|entry| entry.status == Some(401)));
}

#[test]
fn a_token_that_ends_in_the_middle_of_a_fetch_is_renewed() {
    let cloud = signed_in(1000);
    for build in [100, 200] {
        assert_eq!(cloud.export(&cloud.run(build)).code, 0);
    }
    let plan = Plan { tokens: Some(Tokens { uses: 3 }), ..Plan::default() };
    cloud.proxy.set_plan(plan);
    let run = cloud.run(1000);

    let said = cloud.place.stage(&run, &["fetch", "--test", "load", "--json"]);

    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.json()["builds"], json!([200, 100]));
}

#[test]
fn a_token_that_is_never_good_is_misuse_with_a_remedy() {
    let cloud = signed_in(0);
    let run = cloud.run(1000);

    let said = cloud.export(&run);

    assert_eq!(said.code, 2, "{}", said.err);
    let sentence = "failed to sign in to `gs://results` (hint: GOOGLE_APPLICATION_CREDENTIALS";
    assert!(said.err.contains(sentence), "{}", said.err);
    assert!(cloud.asked(Kind::Token, "").len() < 10, "it goes on for ever");
}
