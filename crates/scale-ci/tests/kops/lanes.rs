//! A few cuts always, and all of them when asked.

use std::{env, fs::OpenOptions, io::Write};

use crate::{
    cut::{Cleaner, Cut, During, Outcome, Victim},
    table::HEAD,
};

fn assert_nothing_left(outcome: &Outcome) {
    let Outcome { cut, call, left, code, said, .. } = outcome;
    assert!(
        left.is_empty() && *code == Some(0),
        "{cut:?} at `{call}`: exit {code:?}, left {left:?}: {said}"
    );
}

#[test]
fn nothing_is_left_of_a_create_that_was_cut() {
    // The first call, one before and one after the templates by which kops finds its network, one of
    // the stage itself, and one that a person cut.
    for (victim, nth) in
        [(Victim::Kops, 2), (Victim::Kops, 14), (Victim::KopsAsked, 30), (Victim::Stage, 20)]
    {
        let cut = Cut { during: During::Create, victim, nth, cleaner: Cleaner::Ours };
        assert_nothing_left(&cut.make().unwrap());
    }
}

#[test]
fn nothing_is_left_of_a_delete_that_was_cut_and_repeated() {
    let cut = Cut { during: During::Delete, victim: Victim::Stage, nth: 9, cleaner: Cleaner::Ours };
    assert_nothing_left(&cut.make().unwrap());
}

/// `CUT_TABLE=cuts.md cargo test -p scale-ci --test kops -- --ignored --nocapture every_cut`.
///
/// `CUT_DURING`, `CUT_VICTIM`, `CUT_CLEANER` choose, `CUT_EVERY=3` takes every third call, `CUT_SHARD=1/2`
/// every second of these.
#[test]
#[ignore = "it takes an hour: see docs/reference/cuts.md for how to run it"]
fn every_cut() {
    let path = env::var("CUT_TABLE").unwrap_or_else(|_| "cuts.md".into());
    let mut table = OpenOptions::new().create(true).append(true).open(path).unwrap();
    let chosen = |name: &str, value: String| {
        env::var(name).is_ok_and(|wanted| wanted.split(',').all(|one| one != value))
    };
    let every: usize = env::var("CUT_EVERY").map_or(1, |text| text.parse().unwrap());
    let shard = env::var("CUT_SHARD").unwrap_or_else(|_| "1/1".into());
    let (shard, shards) = shard.split_once('/').unwrap();
    let (shard, shards): (usize, usize) = (shard.parse().unwrap(), shards.parse().unwrap());
    println!("{HEAD}");
    let mut bad = Vec::new();
    for during in [During::Create, During::Delete] {
        for victim in [Victim::Kops, Victim::KopsAsked, Victim::Stage] {
            for cleaner in [Cleaner::Ours, Cleaner::Bare] {
                let skipped = chosen("CUT_DURING", format!("{during:?}"))
                    || chosen("CUT_VICTIM", format!("{victim:?}"))
                    || chosen("CUT_CLEANER", format!("{cleaner:?}"));
                if skipped {
                    continue;
                }
                for nth in (1..).step_by(every).skip(shard - 1).step_by(shards) {
                    let Some(outcome) = (Cut { during, victim, nth, cleaner }).make() else {
                        break;
                    };
                    println!("{outcome}");
                    writeln!(table, "{outcome}").unwrap();
                    if cleaner == Cleaner::Ours
                        && !(outcome.left.is_empty() && outcome.code == Some(0))
                    {
                        bad.push(format!("{outcome}: {}", outcome.said));
                    }
                }
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
