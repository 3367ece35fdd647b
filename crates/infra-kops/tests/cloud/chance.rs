//! Schedules of faults made up by chance: in a create, in the delete after it, with kills.
//!
//! kops itself is not part of it: its calls are made as it makes them, in its order.

use std::ops::Range;

use fake_gce::{Fault, FaultPlan, Moment, Rule, SignalName};
use futures::{StreamExt, stream};
use run_record::{Class, Outcome};

use crate::{cloud::Cloud, cluster::calls};

/// What became of one schedule.
struct Fate {
    /// What the first delete ended with; none if it was killed.
    first: Option<i32>,
    /// What a quiet delete after it left.
    faults: Vec<String>,
}

/// A delete may end well, or say that something is left, or that Google did not answer.
fn is_right(outcome: Outcome, class: Option<Class>) -> bool {
    match outcome {
        Outcome::Done => class.is_none(),
        Outcome::Failed => matches!(class, Some(Class::LeftBehind | Class::Cluster)),
        Outcome::Infrastructure | Outcome::TimedOut => class == Some(Class::Cluster),
        // The random plans refuse nothing for good.
        _ => false,
    }
}

async fn schedule(seed: u64) -> Fate {
    let cluster = "c-1.k8s.local";
    let mut plan = FaultPlan::random(seed);
    let cloud = Cloud::with(plan.clone()).await;
    let dir = cloud.plan(cluster);
    let pid_file = cloud.folder.path().join("pid");
    // kops ends at the first call that fails for good.
    let made = cloud.try_take(cluster, &calls(cluster, "us-west1-a")).await;
    if seed.is_multiple_of(3) {
        let at = if seed.is_multiple_of(2) { Moment::Before } else { Moment::After };
        let kill = Fault::Signal { pid_file: pid_file.clone(), signal: SignalName::Kill, at };
        plan.rules.push(Rule::mutation(1 + seed % 37, kill));
    }
    // The faults of the plan come anew, now among the calls of the delete.
    cloud.fake.set_plan(plan);
    let args = ["delete", "--run-dir", dir.root().to_str().unwrap()];
    let first = cloud.stage_known(&pid_file, &args).await;
    let mut faults = Vec::new();
    let left = cloud.left();
    match first.code {
        -1 => {}
        0 if left.is_empty() => {}
        0 => faults.push(format!("said done and left {left:?}")),
        code => {
            let record = cloud.record(cluster);
            if !is_right(record.outcome, record.class) {
                faults.push(format!("{code}: {:?} {:?}: {first:?}", record.outcome, record.class));
            }
        }
    }
    cloud.fake.set_plan(FaultPlan::default());
    let second = cloud.stage(&args).await;
    if second.code != 0 || !cloud.left().is_empty() {
        faults.push(format!("{made:?}; left {:?}: {second:?}", cloud.left()));
    }
    if !cloud.harmed().is_empty() {
        faults.push(format!("harmed {:?}", cloud.harmed()));
    }
    let faults = faults.into_iter().map(|fault| format!("seed {seed}: {fault}")).collect();
    Fate { first: (first.code >= 0).then_some(first.code), faults }
}

async fn schedules(seeds: Range<u64>) -> Vec<Fate> {
    /// Most of a schedule is waiting.
    const AT_ONCE: usize = 6;
    stream::iter(seeds.map(schedule)).buffer_unordered(AT_ONCE).collect().await
}

#[tokio::test]
async fn a_few_schedules_made_up_by_chance_leave_nothing() {
    for fate in schedules(0..6).await {
        assert_eq!(fate.faults, [""; 0]);
    }
}

#[tokio::test]
#[ignore = "takes some ten minutes: cargo test -p infra-kops --test cloud -- --ignored --nocapture thousand"]
async fn a_thousand_schedules_made_up_by_chance_leave_nothing() {
    let fates = schedules(0..1000).await;
    let count = |code: Option<i32>| fates.iter().filter(|fate| fate.first == code).count();
    let (done, killed) = (count(Some(0)), count(None));
    println!(
        "{} schedules: {done} deletes done, {killed} killed, {} failed and done the next time",
        fates.len(),
        fates.len() - done - killed
    );
    let faults: Vec<&String> = fates.iter().flat_map(|fate| &fate.faults).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}
