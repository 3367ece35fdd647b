//! Waits for its turn where only one process may work, and says what it waits for.

use std::{
    fs::{File, TryLockError},
    io,
    time::Duration,
};

use crate::progress::Progress;

/// Waits until no other process has `file`, which may be a folder, and has it until it is dropped.
/// Meanwhile it says that it waits for `whom`.
///
/// # Errors
/// The system knows no locks there.
pub async fn lock(file: File, whom: &str) -> io::Result<File> {
    /// The system wakes nobody who waits for a lock with a way out, so it must be asked.
    const LOOK: Duration = Duration::from_millis(200);
    let progress = Progress::default();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => progress.say(&format!("waiting for {whom}")),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        tokio::time::sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_waits_until_the_other_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let open = || File::open(folder.path()).unwrap();
        let first = lock(open(), "nobody").await.unwrap();

        let second = tokio::spawn(lock(open(), "the first one"));
        tokio::task::yield_now().await;
        let waits = !second.is_finished();
        drop(first);

        assert!(waits);
        second.await.unwrap().unwrap();
    }
}
