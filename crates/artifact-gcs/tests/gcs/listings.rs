//! Listings come in many pages, some of them empty, and have things in them that are no builds.

use fault_proxy::{Kind, Pages, Plan};
use serde_json::json;

use crate::{
    cloud::{Cloud, object},
    hand_made::JOB,
};

#[test]
fn a_listing_in_many_pages_is_read_to_its_end() {
    for empty in [false, true] {
        let cloud = Cloud::new(Plan::default());
        for build in [100, 200, 300, 400, 500] {
            assert_eq!(cloud.export(&cloud.run(build)).code, 0);
        }
        cloud.proxy.set_plan(Plan { pages: Some(Pages { size: 1, empty }), ..Plan::default() });

        let args = ["list", "--bucket", "gs://results", "--job", JOB, "--json"];
        let listed = cloud.place.bare(&args);
        let again = cloud.export(&cloud.run(300));

        let listed = listed.json();
        let builds = listed["builds"].as_array().unwrap().iter().map(|build| &build["build"]);
        assert_eq!(builds.collect::<Vec<_>>(), [500, 400, 300, 200, 100]);
        assert!(again.out.starts_with("already exported"), "{} {}", again.out, again.err);
        assert!(cloud.asked(Kind::List, "pageToken").len() > 15);
    }
}

#[test]
fn what_is_no_build_of_a_job_is_ignored_and_named() {
    let cloud = Cloud::new(Plan::default());
    assert_eq!(cloud.export(&cloud.run(100)).code, 0);
    for name in ["latest/build.txt", "007/x", "1e3/x", "a b:c/x"] {
        cloud.put(&format!("logs/{JOB}/{name}"), b"x");
    }
    cloud.put(&format!("logs/{JOB}/latest-build.txt"), b"100");
    cloud.put(&object(900, "started.json"), b"{}");
    let run = cloud.run(1000);

    let listed = cloud.place.stage(&run, &["list", "--json"]);
    let fetched = cloud.place.stage(&run, &["fetch", "--test", "load", "--json"]);

    assert_eq!(listed.code, 0, "{}", listed.err);
    assert_eq!(fetched.code, 0, "{}", fetched.err);
    let (listed, fetched) = (listed.json(), fetched.json());
    let states = listed["builds"].as_array().unwrap().iter().map(|build| &build["state"]);
    assert_eq!(states.collect::<Vec<_>>(), ["unfinished", "finished"]);
    assert_eq!(fetched["builds"], json!([100]));
    assert_eq!(fetched["ignored"], json!(["007", "1e3", "a b:c", "latest"]));
}
