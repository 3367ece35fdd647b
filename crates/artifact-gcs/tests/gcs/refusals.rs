//! What cannot be is said in one sentence, with what helps, and nothing is written.

use fault_proxy::{Answer, Fault, Kind, Often, Plan, Rule};

use crate::{
    cloud::Cloud,
    hand_made::{EXPORT, Said},
};

#[track_caller]
fn misuse(said: &Said, sentence: &str) {
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains(sentence), "{}", said.err);
    let errors = said.err.lines().filter(|line| line.contains("ERROR")).count();
    assert_eq!(errors, 1, "{}", said.err);
}

#[test]
fn a_bucket_that_is_not_there_is_misuse_whatever_is_asked_of_it() {
    let cloud = Cloud::new(Plan::default());
    let run = cloud.run(1000);
    run.plan(&cloud.place.path("unused"), |plan| {
        plan.bucket = "gs://no-such-bucket".into();
        plan.baseline_buckets = vec![plan.bucket.clone()];
    });

    for args in [&EXPORT[..], &["list"], &["fetch", "--test", "load"]] {
        let said = cloud.place.stage(&run, args);

        misuse(&said, "there is no bucket `gs://no-such-bucket` (hint: create it, or");
    }
}

#[test]
fn a_bucket_that_may_not_be_written_is_misuse_and_names_what_is_needed() {
    let cloud = Cloud::new(Plan::of([Rule::on(Kind::Upload, Often::Always, Fault::status(403))]));
    let run = cloud.run(1000);

    let said = cloud.export(&run);

    misuse(&said, "this account may not write `gs://results/logs/");
    assert!(said.err.contains("(hint: it needs `storage.objects.create`)"), "{}", said.err);
    assert!(cloud.objects().is_empty());
    // A refusal is no fault that passes: it is not tried again.
    assert!(!said.err.contains("attempt"), "{}", said.err);
}

#[test]
fn a_bucket_that_may_not_be_listed_is_misuse_and_names_what_is_needed() {
    let cloud = Cloud::new(Plan::of([Rule::on(Kind::List, Often::Always, Fault::status(403))]));

    let said = cloud.place.stage(&cloud.run(1000), &["list"]);

    misuse(&said, "(hint: it needs `storage.objects.list`)");
}

#[test]
fn a_slow_down_that_is_dressed_as_a_refusal_is_waited_for() {
    let body = r#"{"error":{"errors":[{"reason":"userRateLimitExceeded"}]}}"#;
    let answer = Answer { status: 403, headers: Default::default(), body: Some(body.into()) };
    let cloud =
        Cloud::new(Plan::of([Rule::on(Kind::Upload, Often::Nth(1), Fault::Answer(answer))]));
    let run = cloud.run(1000);

    let said = cloud.export(&run);

    assert_eq!(said.code, 0, "{}", said.err);
    assert!(cloud.tree() == cloud.expected(&run));
}
