//! The lanes: a small sample always, the whole table and random times on request.

use std::{env, fmt::Display, path::PathBuf, str::FromStr, time::Duration};

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use run_record::{Ledger, ProcessId};

use crate::{
    cell,
    place::{Place, said},
    pressed::Pressed,
    row::{HEAD, Row},
    steps::{STEPS, position},
    table::Table,
};

/// A second run beside the ones that are stopped: nothing may happen to it.
struct Beside {
    before: Ledger,
}

impl Beside {
    fn start(place: &Place) -> Self {
        let output = place.run("beside", &["--keep"]).output().unwrap();
        if !output.status.success() {
            place.output(&["stage", "infra-kwok", "delete", "--run-dir", "beside"]);
        }
        assert!(output.status.success(), "{}", said(&output));
        Self { before: place.run_dir("beside").ledger().unwrap() }
    }

    /// Every daemon is the one that was started, and the cluster is whole.
    fn assert_undisturbed(self, place: &Place) {
        let validated = place.output(&["stage", "infra-kwok", "validate", "--run-dir", "beside"]);
        let after = place.run_dir("beside").ledger().unwrap();
        let alive = |ledger: &Ledger| {
            let processes = ledger.resources.iter().filter_map(|one| one.process.as_ref());
            processes.filter(|process| ProcessId::is_alive(process)).count()
        };
        let deleted = place.output(&["stage", "infra-kwok", "delete", "--run-dir", "beside"]);

        assert!(validated.status.success(), "{}", said(&validated));
        assert_eq!(self.before, after);
        assert!(deleted.status.success(), "{}", said(&deleted));
        assert_eq!(alive(&after), 0);
    }
}

/// A list from the environment, separated by commas; `all` unless it is there.
fn wanted<T: FromStr>(name: &str, all: Vec<T>) -> Vec<T>
where
    T::Err: Display,
{
    let Ok(text) = env::var(name) else { return all };
    let parse = |word: &str| word.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
    text.split(',').map(parse).collect()
}

fn number<T: FromStr>(name: &str, otherwise: T) -> T {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Fails with every row that is not as it must be, and leaves the folder to look at; with
/// `INTERRUPT_KEEP` it leaves it anyway.
fn assert_good(rows: &[Row], place: Place) {
    let bad: Vec<String> =
        rows.iter().filter(|row| !row.faults.is_empty()).map(Row::to_string).collect();
    if env::var_os("INTERRUPT_KEEP").is_some() && bad.is_empty() {
        place.keep();
    } else if !bad.is_empty() {
        panic!("{}\nthe runs are in {}", bad.join("\n"), place.keep().display());
    }
}

/// A cancel in the middle of the test, and by a seed a hard kill and the death of a step.
#[test]
fn a_run_that_is_interrupted_leaves_nothing_and_loses_nothing() {
    let seed = number("INTERRUPT_SEED", 1);
    let mut random = StdRng::seed_from_u64(seed);
    let place = Place::new();
    let mut any = |signals: &[Pressed]| {
        (*STEPS.choose(&mut random).unwrap(), *signals.choose(&mut random).unwrap())
    };
    let cells = [
        ("run-brief", Pressed::Int),
        any(&[Pressed::Kill, Pressed::Runner]),
        any(&[Pressed::StageInt, Pressed::StageTerm, Pressed::StageKill]),
    ];

    let rows = cells.map(|(step, pressed)| cell::in_the_middle(&place, step, pressed));

    println!("seed {seed}: {rows:#?}");
    assert_good(&rows, place);
}

/// `INTERRUPT_TABLE=table.md cargo test -p scale-ci --test interruption -- --ignored --nocapture matrix`.
///
/// `INTERRUPT_STEPS` and `INTERRUPT_SIGNALS` choose, `INTERRUPT_SHARD=1/3` takes every third row, and
/// rows that the file has already are not taken again.
#[test]
#[ignore = "it takes an hour: see docs/reference/interruption.md for how to run it"]
fn matrix() {
    let path = env::var_os("INTERRUPT_TABLE").map_or("interruption.md".into(), PathBuf::from);
    let table = Table::new(&std::path::absolute(path).unwrap());
    let steps = wanted("INTERRUPT_STEPS", STEPS.map(str::to_owned).to_vec());
    let signals = wanted("INTERRUPT_SIGNALS", Pressed::ALL.to_vec());
    let shard = env::var("INTERRUPT_SHARD").unwrap_or_else(|_| "1/1".into());
    let (mine, of) = shard.split_once('/').unwrap();
    let (mine, of): (usize, usize) = (mine.parse().unwrap(), of.parse().unwrap());
    let place = Place::new();
    let beside = Beside::start(&place);

    let mut rows = Vec::new();
    let all = steps.iter().flat_map(|step| signals.iter().map(move |signal| (step, *signal)));
    let all = all.filter(|(step, pressed)| pressed.matters_at(step));
    for (step, pressed) in all.skip(mine - 1).step_by(of) {
        if table.has((position(step), pressed)) {
            continue;
        }
        let row = cell::in_the_middle(&place, step, pressed);
        println!("{row}");
        table.add(&row);
        rows.push(row);
    }

    beside.assert_undisturbed(&place);
    assert_good(&rows, place);
}

/// `INTERRUPT_SEED=7 INTERRUPT_COUNT=50 cargo test -p scale-ci --test interruption -- --ignored
/// --nocapture random_times`.
#[test]
#[ignore = "as long as one likes: see docs/reference/interruption.md for how to run it"]
fn random_times() {
    /// A run takes some 20 s on an idle machine.
    const LONGEST_MS: u64 = 25_000;
    let seed = number("INTERRUPT_SEED", rand::random());
    let count = number("INTERRUPT_COUNT", 20);
    println!("seed {seed}\n{HEAD}");
    let mut random = StdRng::seed_from_u64(seed);
    let place = Place::new();
    let beside = Beside::start(&place);

    let mut rows = Vec::new();
    for number in 1..=count {
        let time = Duration::from_millis(random.random_range(0..LONGEST_MS));
        let pressed = *Pressed::ALL.choose(&mut random).unwrap();
        let Some(row) = cell::after(&place, &format!("random-{number}"), time, pressed) else {
            println!("a run ended by itself before {time:?}");
            continue;
        };
        println!("{row} <!-- {time:?} -->");
        rows.push(row);
    }

    beside.assert_undisturbed(&place);
    assert_good(&rows, place);
}
