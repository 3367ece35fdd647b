//! Removes what dead runs left on this machine.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use jiff::{SignedDuration, Timestamp};
use run_record::{ProcessId, RunDir};
use stage::{Stage, marked_runs};

use crate::{
    delete,
    record::Reaped,
    registry::{self, RegistryError},
    verb::ReapArgs,
};

/// Why nobody can say which runs are dead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReapError {
    /// The runs of this machine.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The processes of this machine.
    #[error("failed to look at the processes of this machine")]
    Processes(#[source] io::Error),
    /// The folder of run directories.
    #[error("failed to look at the run directories in `{path}`")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What is known of a run that has, or may have, something on this machine.
#[derive(Debug, Default)]
struct Known {
    run_dir: Option<RunDir>,
    owner: Option<ProcessId>,
    since: Option<Timestamp>,
    /// When its oldest process was started, by a clock that does not jump.
    oldest: Option<Timestamp>,
    processes: usize,
}

/// What became of a run.
enum Fate {
    /// It is left alone: why.
    Spared(String),
    /// Nothing of it is left.
    Cleared,
    /// This is left of it.
    Left(Vec<String>),
}

/// Clears dead runs, goes on past failures, and says what was done and what is left.
pub(crate) async fn reap(stage: &Stage, args: &ReapArgs) -> Result<Reaped, ReapError> {
    let cache = stage.toolbox.cache();
    let mut reaped = Reaped::default();
    for (run_id, known) in known(stage, args, &mut reaped)? {
        let count = known.processes;
        match clear(cache, &run_id, known, args).await {
            Fate::Spared(why) => reaped.spared.push(format!("{run_id}: {why}")),
            Fate::Cleared => {
                reaped.cleared.push(format!("{run_id}: {count} processes"));
                registry::strike(cache, &run_id)?;
            }
            Fate::Left(left) => {
                reaped.left.extend(left.into_iter().map(|what| format!("{run_id}: {what}")));
            }
        }
    }
    Ok(reaped)
}

/// Ends and removes everything of one run, if it is dead.
async fn clear(cache: &Path, run_id: &str, known: Known, args: &ReapArgs) -> Fate {
    if let Some(why) = spared(&known, args) {
        return Fate::Spared(why);
    }
    // Without a run directory the processes and the folder of the socket can still be found.
    let run_dir = known.run_dir.unwrap_or_else(|| RunDir::new(cache.join("runs").join(run_id)));
    // Held until the end: nobody takes the run up again while it is cleared.
    let _claim = match run_dir.claim() {
        Ok(Some(claim)) => Some(claim),
        Ok(None) => return Fate::Spared("a process works on it".into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            return Fate::Left(vec![format!("`{}` ({error})", run_dir.root().display())]);
        }
    };
    let mut left = delete::tear_down(&run_dir, run_id).await;
    // Its writers are gone now.
    if let Err(error) = run_dir.tidy() {
        left.push(format!("half-written files in `{}` ({error})", run_dir.root().display()));
    }
    if left.is_empty() { Fate::Cleared } else { Fate::Left(left) }
}

/// Every run that this machine remembers, that a process is marked with, or that has a ledger.
fn known(
    stage: &Stage,
    args: &ReapArgs,
    reaped: &mut Reaped,
) -> Result<BTreeMap<String, Known>, ReapError> {
    let mut runs: BTreeMap<String, Known> = BTreeMap::new();
    let (entries, unreadable) = registry::all(stage.toolbox.cache())?;
    reaped.left.extend(unreadable.iter().map(|error| stage::chain(error).join(": ")));
    for entry in entries {
        runs.insert(
            entry.run_id,
            Known {
                run_dir: Some(RunDir::new(entry.run_dir)),
                owner: entry.owner,
                since: Some(entry.entered),
                ..Known::default()
            },
        );
    }
    for run_dir in run_dirs(args)? {
        let Ok(ledger) = run_dir.ledger() else { continue };
        if ledger.closed.is_none() {
            let known = runs.entry(ledger.run_id).or_default();
            known.run_dir.get_or_insert(run_dir);
            known.since.get_or_insert(ledger.opened);
            known.owner = known.owner.take().or(ledger.owner);
        }
    }
    for (run_id, processes) in marked_runs().map_err(ReapError::Processes)? {
        let known = runs.entry(run_id).or_default();
        known.processes = processes.len();
        known.oldest = processes.iter().filter_map(|process| process.started().ok()).min();
    }
    Ok(runs)
}

/// The run directories in the folder that was named.
fn run_dirs(args: &ReapArgs) -> Result<Vec<RunDir>, ReapError> {
    let Some(path) = &args.runs else { return Ok(Vec::new()) };
    let fail = |source| ReapError::Folder { path: path.clone(), source };
    let path = std::path::absolute(path).map_err(fail)?;
    let mut dirs = Vec::new();
    for entry in fs::read_dir(&path).map_err(fail)? {
        dirs.push(RunDir::new(entry.map_err(fail)?.path()));
    }
    dirs.push(RunDir::new(path));
    Ok(dirs)
}

/// Why a run is left alone, if it is.
fn spared(known: &Known, args: &ReapArgs) -> Option<String> {
    if known.run_dir.as_ref().is_some_and(|run_dir| run_dir.kept_path().exists()) {
        return Some("it is kept on purpose".into());
    }
    if let Some(owner) = &known.owner {
        return owner.is_alive().then(|| format!("process {} owns it and lives", owner.pid));
    }
    let old = SignedDuration::from_mins(args.older_than.into());
    let now = Timestamp::now();
    // What was begun in the future was written by a clock that jumped: the processes know better, and
    // a run without any is not alive.
    let since = known.since.filter(|since| *since <= now).or(known.oldest)?;
    let age = now.duration_since(since);
    (age < old).then(|| format!("nobody owns it, but it is only {} minutes old", age.as_mins()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIX_HOURS: ReapArgs = ReapArgs { runs: None, older_than: 360 };

    fn aged(minutes: i64) -> Known {
        let since = Timestamp::now() - SignedDuration::from_mins(minutes);
        Known { since: Some(since), ..Known::default() }
    }

    #[test]
    fn a_run_lives_as_long_as_its_owner() {
        let own = ProcessId::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        let dead = ProcessId { start_ticks: own.start_ticks + 1, ..own.clone() };

        assert!(spared(&Known { owner: Some(own), ..aged(10_000) }, &SIX_HOURS).is_some());
        assert!(spared(&Known { owner: Some(dead), ..aged(1) }, &SIX_HOURS).is_none());
    }

    #[test]
    fn a_run_without_an_owner_is_dead_when_it_is_old() {
        assert!(spared(&aged(359), &SIX_HOURS).is_some());
        assert!(spared(&aged(361), &SIX_HOURS).is_none());
        assert!(spared(&Known::default(), &SIX_HOURS).is_none());
    }

    #[test]
    fn a_run_that_a_jumping_clock_dated_into_the_future_is_as_old_as_its_processes() {
        let old = Some(Timestamp::now() - SignedDuration::from_mins(361));
        let young = Some(Timestamp::now() - SignedDuration::from_mins(1));

        assert!(spared(&Known { oldest: young, ..aged(-10_000) }, &SIX_HOURS).is_some());
        assert!(spared(&Known { oldest: old, ..aged(-10_000) }, &SIX_HOURS).is_none());
        assert!(spared(&aged(-10_000), &SIX_HOURS).is_none());
    }

    #[test]
    fn a_kept_run_is_spared() {
        let folder = tempfile::tempdir().unwrap();
        let run_dir = RunDir::new(folder.path());
        fs::write(run_dir.kept_path(), "").unwrap();

        assert!(spared(&Known { run_dir: Some(run_dir), ..aged(10_000) }, &SIX_HOURS).is_some());
    }
}
