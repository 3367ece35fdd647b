//! A delete that is killed at any of its calls, and finished by another one or by the reaper.

use fake_gce::{Fault, FaultPlan, Moment, Rule, SignalName};

use crate::cloud::Cloud;

/// What comes after a delete that was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Somebody takes it once more.
    Delete,
    /// Nobody does, and its lease ends.
    Reap,
}

/// Kills a delete at its n-th call that changes something; then removes all of it. Whether there was
/// such a call.
async fn killed_at(cloud: &Cloud, nth: u64, at: Moment, next: Next) -> bool {
    let cluster = "c-1.k8s.local";
    cloud.make(cluster, "us-west1-a").await;
    let dir = cloud.plan(cluster);
    let pid_file = cloud.folder.path().join("pid");
    let kill = Fault::Signal { pid_file: pid_file.clone(), signal: SignalName::Kill, at };
    cloud.fake.set_plan(FaultPlan::of([Rule::mutation(nth, kill)]));

    let args = ["delete", "--run-dir", dir.root().to_str().unwrap()];
    let first = cloud.stage_known(&pid_file, &args).await;
    cloud.fake.set_plan(FaultPlan::default());
    let second = match next {
        Next::Delete => cloud.stage(&args).await,
        Next::Reap => {
            cloud.lease(cluster, -30).await;
            cloud.reap(&[]).await
        }
    };

    assert_eq!(second.code, 0, "call {nth}, {at:?}, {next:?}: {first:?} {second:?}");
    let left = (cloud.left(), cloud.state(), cloud.leases(), cloud.harmed());
    assert_eq!(left, Default::default(), "call {nth}, {at:?}, {next:?}");
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
        assert!(killed_at(&cloud, nth, at, Next::Delete).await, "call {nth}");
    }
}

#[tokio::test]
async fn a_delete_that_was_killed_is_finished_by_the_reaper() {
    let cloud = Cloud::new().await;
    for (nth, at) in [(2, Moment::Before), (12, Moment::After)] {
        assert!(killed_at(&cloud, nth, at, Next::Reap).await, "call {nth}");
    }
}

#[tokio::test]
#[ignore = "takes two minutes: cargo test -p infra-kops --test cloud -- --ignored every_call"]
async fn a_delete_that_was_killed_at_every_call_is_finished_by_what_comes_next() {
    let cloud = Cloud::new().await;
    for next in [Next::Delete, Next::Reap] {
        let mut killed = 0;
        for at in [Moment::Before, Moment::After] {
            for nth in 1.. {
                if !killed_at(&cloud, nth, at, next).await {
                    break;
                }
                killed += 1;
            }
        }
        assert!(killed > 50, "{killed}");
        println!("{killed} cuts of a delete, then {next:?}: nothing left of any");
    }
}
