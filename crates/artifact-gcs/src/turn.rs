//! One export of a run directory at a time: the second one would clean up under the first.

use std::{fs::File, time::Duration};

use run_record::{FileError, RunDir};
use tokio::time::timeout;

/// Why it is not our turn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TurnError {
    /// The run directory cannot be read.
    #[error("failed to use the run directory")]
    Use(#[source] FileError),
    /// Another one runs for too long.
    #[error(
        "another export of `{run_dir}` still runs after {seconds} s (hint: do it again when that has ended)"
    )]
    Late {
        /// The run directory.
        run_dir: String,
        /// How long it was waited for.
        seconds: u64,
    },
}

/// Waits until no other export of this run directory is under way; it is our turn until what comes
/// back is dropped. The system ends the turn of one that is killed.
pub(crate) async fn take_turn(
    run_dir: &RunDir,
    patience: Duration,
) -> Result<Option<File>, TurnError> {
    let path = run_dir.root();
    // The folder itself: a file of its own would be left in it.
    let folder = File::open(path)
        .map_err(|source| TurnError::Use(FileError::Read { path: path.into(), source }))?;
    let late =
        |_| TurnError::Late { run_dir: path.display().to_string(), seconds: patience.as_secs() };
    let turn = timeout(patience, stage::lock(folder, "another export of this run"));
    // Some file systems have no locks; there it goes on without.
    Ok(turn.await.map_err(late)?.ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_after_the_other_has_its_turn_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let run_dir = RunDir::new(folder.path());
        let patience = Duration::from_secs(5);

        let first = take_turn(&run_dir, patience).await.unwrap();
        assert!(first.is_some());
        let late = take_turn(&run_dir, patience).await.unwrap_err();
        drop(first);
        let second = take_turn(&run_dir, patience).await;

        assert!(matches!(late, TurnError::Late { seconds: 5, .. }), "{late}");
        assert!(second.is_ok());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
