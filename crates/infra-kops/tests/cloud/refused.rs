//! What cannot be: one clear sentence each, and nothing touched.

use fake_gce::{Fault, FaultPlan, Often, Rule, When};
use run_record::{Class, Outcome, write_json};

use crate::{cloud::Cloud, run::plan};

#[tokio::test]
async fn credentials_that_are_no_good_are_said_at_once() {
    let plan = FaultPlan { expired_credential: true, ..FaultPlan::default() };
    let cloud = Cloud::with(plan).await;

    let said = cloud.delete("c-1.k8s.local").await;
    let reaped = cloud.reap(&[]).await;

    assert_eq!((said.code, reaped.code), (2, 2), "{said:?} {reaped:?}");
    assert!(said.stderr.contains("Google does not accept the credentials (hint: "), "{said:?}");
    assert_eq!(cloud.record("c-1.k8s.local").class, Some(Class::Input));
    assert_eq!(cloud.fake.mutations(), 0);
}

#[tokio::test]
async fn a_project_that_is_not_there_is_said_at_once() {
    let cloud = Cloud::new().await;
    let dir = cloud.plan("c-1.k8s.local");
    let mut plan = plan("c-1.k8s.local");
    plan.kops.as_mut().unwrap().project = "nobodys".into();
    write_json(&dir.plan_path(), &plan).unwrap();

    let said = cloud.stage(&["delete", "--run-dir", dir.root().to_str().unwrap()]).await;

    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.stderr.contains("there is no such project"), "{said:?}");
    let record = cloud.record("c-1.k8s.local");
    assert_eq!((record.outcome, record.class), (Outcome::Misuse, Some(Class::Input)));
    assert_eq!(cloud.fake.mutations(), 0);
}

#[tokio::test]
async fn a_server_of_tokens_that_is_busy_is_asked_again() {
    let host = Some("oauth2.googleapis.com".into());
    let when = When { host, often: Often::First(1), ..When::default() };
    let rule = Rule { when, fault: Fault::status(503) };
    let cloud = Cloud::with(FaultPlan::of([rule])).await;

    let said = cloud.delete("c-1.k8s.local").await;

    assert_eq!(said.code, 0, "{said:?}");
}

#[tokio::test]
async fn a_file_of_another_run_is_refused_by_all_but_those_that_remove() {
    let cloud = Cloud::new().await;
    let dir = cloud.plan("c-1.k8s.local");
    let metadata = serde_json::json!({ "format": 1, "run_id": "another" });
    write_json(&dir.metadata_path(), &metadata).unwrap();

    let validated = cloud.stage(&["validate", "--run-dir", dir.root().to_str().unwrap()]).await;
    let deleted = cloud.delete("c-1.k8s.local").await;

    assert_eq!((validated.code, deleted.code), (2, 0), "{validated:?} {deleted:?}");
    assert!(validated.stderr.contains("is of the run `another`"), "{validated:?}");
}
