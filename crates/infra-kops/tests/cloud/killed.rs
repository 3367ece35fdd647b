//! A delete that is killed at any of its calls, and taken once more.

use fake_gce::{Fault, FaultPlan, Moment, Rule, SignalName};

use crate::cloud::Cloud;

/// Kills a delete at its n-th call that changes something; then removes all of it. Whether there was
/// such a call.
async fn killed_at(cloud: &Cloud, nth: u64, at: Moment) -> bool {
    let cluster = "c-1.k8s.local";
    cloud.make(cluster, "us-west1-a").await;
    let dir = cloud.plan(cluster);
    let pid_file = cloud.folder.path().join("pid");
    let kill = Fault::Signal { pid_file: pid_file.clone(), signal: SignalName::Kill, at };
    cloud.fake.set_plan(FaultPlan::of([Rule::mutation(nth, kill)]));

    let args = ["delete", "--run-dir", dir.root().to_str().unwrap()];
    let first = cloud.stage_known(&pid_file, &args).await;
    cloud.fake.set_plan(FaultPlan::default());
    let second = cloud.stage(&args).await;

    assert_eq!(second.code, 0, "call {nth}, {at:?}: {first:?} {second:?}");
    let left = (cloud.left(), cloud.state(), cloud.harmed());
    assert_eq!(left, Default::default(), "call {nth}, {at:?}");
    first.code == -1
}

#[tokio::test]
async fn a_first_cancel_does_not_stop_a_delete_and_neither_does_a_second_one() {
    let cloud = Cloud::new().await;
    let cluster = "c-1.k8s.local";
    cloud.make(cluster, "us-west1-a").await;
    let dir = cloud.plan(cluster);
    let pid_file = cloud.folder.path().join("pid");
    let signal = |signal| Fault::Signal { pid_file: pid_file.clone(), signal, at: Moment::Before };
    cloud.fake.set_plan(FaultPlan::of([
        Rule::mutation(3, signal(SignalName::Interrupt)),
        Rule::mutation(9, signal(SignalName::Terminate)),
    ]));

    let args = ["delete", "--run-dir", dir.root().to_str().unwrap()];
    let said = cloud.stage_known(&pid_file, &args).await;

    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!((cloud.left(), cloud.state(), cloud.harmed()), Default::default());
}

#[tokio::test]
async fn a_delete_that_was_killed_is_finished_by_the_next_one() {
    let cloud = Cloud::new().await;
    for (nth, at) in [(1, Moment::After), (9, Moment::Before), (20, Moment::After)] {
        assert!(killed_at(&cloud, nth, at).await, "call {nth}");
    }
}

#[tokio::test]
#[ignore = "takes a minute: cargo test -p infra-kops --test cloud -- --ignored every_call"]
async fn a_delete_that_was_killed_at_every_call_is_finished_by_the_next_one() {
    let cloud = Cloud::new().await;
    let mut killed = 0;
    for at in [Moment::Before, Moment::After] {
        for nth in 1.. {
            if !killed_at(&cloud, nth, at).await {
                break;
            }
            killed += 1;
        }
    }
    assert!(killed > 50, "{killed}");
    println!("{killed} cuts of a delete, nothing left of any");
}
