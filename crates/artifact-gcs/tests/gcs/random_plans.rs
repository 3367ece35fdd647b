//! Exports under random faults: whole, or a clear failure that the next call finishes.
//!
//! Ten seeds by default; `PERF_SCALE_FAULT_SEEDS=200 cargo test -p artifact-gcs --test gcs random_plans
//! -- --nocapture` is the long lane. `fault-proxy --upstream http://x --random SEED --print-plan` shows
//! the faults of a seed.

use std::{
    collections::BTreeMap,
    env, fmt,
    ops::AddAssign,
    process::{Child, Stdio},
    thread,
};

use fault_proxy::{Kind, Object, Plan};
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    cloud::{Cloud, object},
    hand_made::{EXPORT, Run, Said},
};

/// Exports at once. They mostly wait: for a pause to end, or for a silent server.
const WORKERS: u64 = 8;

/// What became of the exports.
#[derive(Debug, Default)]
struct Tally {
    whole: usize,
    failed: usize,
    killed: usize,
    unclear: Vec<String>,
    unfinished: Vec<String>,
    duplicates: Vec<String>,
    overwritten: Vec<String>,
    half_finished: Vec<String>,
    requests: usize,
    faults: usize,
}

#[test]
fn exports_under_random_faults_are_whole_or_are_finished_by_the_next_call() {
    let seeds = env::var("PERF_SCALE_FAULT_SEEDS").map_or(10, |seeds| seeds.parse().unwrap());

    let tallies: Vec<Tally> = thread::scope(|scope| {
        let workers = (0..WORKERS.min(seeds)).map(|worker| {
            let seeds = (worker..seeds).step_by(WORKERS.try_into().unwrap());
            scope.spawn(move || seeds.map(export).collect::<Vec<_>>())
        });
        let workers: Vec<_> = workers.collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let mut all = Tally::default();
    tallies.into_iter().for_each(|tally| all += tally);

    println!("{all}");
    let wrong =
        [&all.unclear, &all.unfinished, &all.duplicates, &all.overwritten, &all.half_finished];
    assert!(wrong.iter().all(|wrong| wrong.is_empty()), "{all:#?}");
    assert_eq!((all.whole + all.failed + all.killed) as u64, seeds);
}

/// One export under the random plan of `seed`, and one without faults if that did not end well.
fn export(seed: u64) -> Tally {
    let cloud = Cloud::new(Plan::random(seed))
        .with("PERF_SCALE_BUCKET_STALL", "1")
        .with("PERF_SCALE_BUCKET_DEADLINE", "30");
    // Now and then one file is large, and now and then the export is killed.
    let run = if seed % 4 == 3 { cloud.large_run(seed + 1) } else { cloud.run(seed + 1) };
    let expected = cloud.expected(&run);
    let kill_at = (seed % 5 == 2).then(|| usize::try_from(seed % 23).unwrap());
    let mut tally = Tally::default();
    let say = |what: &str| vec![format!("seed {seed}: {what}")];

    let first = start(&cloud, &run, kill_at);
    let between = cloud.objects();
    if between.contains_key(&object(run.build, "manifest.json")) && !is_exact(&between, &expected) {
        tally.half_finished = say("has a manifest and is not whole");
    }
    match &first {
        None => tally.killed = 1,
        Some(said) if said.code == 0 => tally.whole = 1,
        Some(said) => {
            tally.failed = 1;
            let errors = said.err.lines().filter(|line| line.contains(" ERROR ")).count();
            if errors != 1 || !matches!(said.code, 1 | 2 | 13) {
                tally.unclear = say(&format!("{} {}", said.code, said.err));
            }
        }
    }
    cloud.proxy.set_plan(Plan::default());
    // Nothing is silent on purpose any more: a busy machine is no fault.
    let cloud =
        cloud.with("PERF_SCALE_BUCKET_STALL", "60").with("PERF_SCALE_BUCKET_DEADLINE", "300");
    if tally.whole == 0 {
        let second = cloud.export(&run);
        if second.code != 0 {
            tally.unfinished = say(&second.err);
        }
    }

    let after = cloud.objects();
    if !is_exact(&after, &expected) && tally.unfinished.is_empty() {
        tally.unfinished = say("is not what it should be");
    }
    let twice = between.iter().filter(|(name, object)| {
        after.get(*name).is_none_or(|after| after.generation != object.generation)
    });
    tally.overwritten.extend(twice.map(|(name, _)| format!("seed {seed}: {name}")));
    let more = after.keys().filter(|name| !expected.contains_key(*name));
    tally.duplicates.extend(more.map(|name| format!("seed {seed}: {name}")));
    let log = cloud.proxy.log();
    let written = log.iter().filter(|entry| {
        matches!(entry.kind, Kind::Upload | Kind::Part) && entry.store == Some(200)
    });
    if written.count() > after.len() {
        tally.overwritten.extend(say("more was written than is there"));
    }
    tally.requests = log.len();
    tally.faults = log.iter().filter(|entry| entry.fault.is_some()).count();
    tally
}

/// Runs an export, and kills it when the proxy saw so many requests; then nothing was said.
fn start(cloud: &Cloud, run: &Run, kill_at: Option<usize>) -> Option<Said> {
    let mut command = cloud.place.command(run, &EXPORT);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    if let Some(at) = kill_at {
        while cloud.proxy.log().len() < at && child.try_wait().unwrap().is_none() {
            thread::yield_now();
        }
        end(&mut child);
    }
    let output = child.wait_with_output().unwrap();
    output.status.code().is_some().then(|| Said::of(&output))
}

fn end(child: &mut Child) {
    if child.try_wait().unwrap().is_none() {
        kill_process(Pid::from_child(child), Signal::KILL).unwrap();
    }
}

fn is_exact(objects: &BTreeMap<String, Object>, expected: &BTreeMap<String, Vec<u8>>) -> bool {
    objects.len() == expected.len()
        && objects
            .iter()
            .all(|(name, object)| expected.get(name).is_some_and(|bytes| *bytes == object.bytes))
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.whole += other.whole;
        self.failed += other.failed;
        self.killed += other.killed;
        self.unclear.extend(other.unclear);
        self.unfinished.extend(other.unfinished);
        self.duplicates.extend(other.duplicates);
        self.overwritten.extend(other.overwritten);
        self.half_finished.extend(other.half_finished);
        self.requests += other.requests;
        self.faults += other.faults;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { whole, failed, killed, requests, faults, .. } = self;
        write!(
            f,
            "{} exports under random faults ({faults} in {requests} requests): {whole} whole at once, \
             {failed} clear failures and {killed} killed, all finished by a second call; \
             not finished {}, unclear {}, duplicates {}, overwritten {}, half-finished {}",
            whole + failed + killed,
            self.unfinished.len(),
            self.unclear.len(),
            self.duplicates.len(),
            self.overwritten.len(),
            self.half_finished.len(),
        )
    }
}
