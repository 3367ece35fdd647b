//! A create by the real kops, cut at its calls that change something, then deleted: by kops alone, as
//! people do, and by our delete.

use std::{collections::BTreeMap, fmt::Write, time::Instant};

use fake_gce::{Class, Fault, FaultPlan, Moment, Rule, SignalName};

use crate::{
    cloud::{Cloud, STATE},
    kops::{CLUSTER, is_built},
};

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// kops, started by hand.
    Kops,
    /// `infra-kops create`, which has started kops.
    Stage,
}

/// What was left of a create that was cut.
struct Cut {
    /// The call.
    call: String,
    /// After `kops delete cluster --yes`, and whether kops said that it went well.
    bare: Option<(bool, Vec<String>)>,
    /// After `infra-kops delete`.
    ours: Vec<String>,
}

/// Cuts a create at its n-th call; `None` if it has no such call.
async fn cut(who: Who, nth: u64, signal: SignalName, at: Moment) -> Option<(Cloud, String)> {
    let cloud = Cloud::empty().await;
    let fault = Fault::Signal { pid_file: cloud.pid_file(), signal, at };
    cloud.fake.set_plan(FaultPlan::of([Rule::mutation(nth, fault)]));
    match who {
        Who::Kops => drop(cloud.create().await),
        Who::Stage => cloud.create_by_stage().await,
    }
    cloud.calm();
    let requests = cloud.fake.requests();
    let mut changes = requests.iter().filter(|request| request.class == Some(Class::Mutation));
    let call = changes.nth(usize::try_from(nth).unwrap() - 1)?;
    call.fault.as_ref()?;
    let path = call.path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').skip(1).filter(|part| !part.contains("c-1")).collect();
    let what = parts[parts.len().saturating_sub(2)..].join("/");
    Some((cloud, format!("{} {what}", call.method)))
}

/// Cuts a create at its n-th call and removes it, by kops first if that is wanted.
async fn removed(who: Who, nth: u64, signal: SignalName, at: Moment, bare: bool) -> Option<Cut> {
    let (cloud, call) = cut(who, nth, signal, at).await?;
    let bare = match bare {
        true => {
            let (done, _) = cloud.bare_delete().await;
            Some((done, cloud.left()))
        }
        false => None,
    };
    let said = cloud.delete_with_kops(CLUSTER).await;
    assert_eq!(said.code, 0, "{call}: {said:?}");
    let mut ours = cloud.left();
    ours.extend(cloud.fake.objects(STATE));
    Some(Cut { call, bare, ours })
}

/// How many things of each kind.
fn counted(left: &[String]) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for name in left {
        let kind = if name.contains("bindings/") {
            "bindings"
        } else {
            name.split('/').nth(1).unwrap_or_default()
        };
        *kinds.entry(kind).or_default() += 1;
    }
    let kinds: Vec<String> =
        kinds.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    if kinds.is_empty() { "nothing".into() } else { kinds.join(", ") }
}

#[tokio::test]
async fn five_cuts_of_a_create_by_kops_leave_nothing() {
    if !is_built().await {
        return;
    }
    for (nth, at) in [
        (2, Moment::After),
        (12, Moment::Before),
        (24, Moment::After),
        (36, Moment::Before),
        (41, Moment::After),
    ] {
        let cut = removed(Who::Kops, nth, SignalName::Kill, at, false).await;
        let cut = cut.unwrap_or_else(|| panic!("a create has no call {nth}"));
        assert_eq!(cut.ours, [""; 0], "call {nth}, {}", cut.call);
    }
}

#[tokio::test]
#[ignore = "takes 10 to 20 minutes: cargo test -p infra-kops --test cloud -- --ignored --nocapture every_cut"]
async fn every_cut_of_a_create_by_kops_leaves_nothing() {
    assert!(is_built().await);
    let begun = Instant::now();
    let mut table = String::from(
        "| who is killed | call | signal | after `kops delete` | after `infra-kops delete` |\n|---|---|---|---|---|\n",
    );
    let (mut cuts, mut leaked) = (0, 0);
    for (who, signal, at, bare) in [
        (Who::Kops, SignalName::Kill, Moment::After, true),
        (Who::Kops, SignalName::Interrupt, Moment::After, true),
        (Who::Kops, SignalName::Kill, Moment::Before, false),
        (Who::Stage, SignalName::Kill, Moment::After, false),
    ] {
        for nth in 1.. {
            let Some(cut) = removed(who, nth, signal, at, bare).await else { break };
            cuts += 1;
            let by_kops = match &cut.bare {
                Some((done, left)) => {
                    leaked += usize::from(!left.is_empty());
                    format!("{}: {}", if *done { "0" } else { "1" }, counted(left))
                }
                None => "not tried".into(),
            };
            let row = format!(
                "| {who:?} | {nth} {} | {signal:?} {at:?} | {by_kops} | {} |",
                cut.call,
                counted(&cut.ours)
            );
            println!("{row}");
            writeln!(table, "{row}").unwrap();
            assert_eq!(cut.ours, [""; 0], "{row}");
        }
    }
    println!(
        "\n{table}\n{cuts} cuts, {leaked} of which `kops delete` left something of, in {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    assert!(cuts > 100, "{cuts}");
}
