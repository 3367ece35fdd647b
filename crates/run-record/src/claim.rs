//! Who works on a run directory: one process at a time.

use std::{
    fs::{self, File, TryLockError},
    io,
};

use crate::run_dir::RunDir;

/// A run directory that this process works on, until it is dropped or the process ends.
#[derive(Debug)]
#[must_use = "it is given back when it is dropped"]
pub struct Claim {
    /// A folder is locked, the records': no file is left when its owner is killed. That of the run
    /// directory itself is locked by exports.
    _folder: File,
}

impl RunDir {
    /// Claims the run directory; nothing if another process has it.
    ///
    /// # Errors
    /// It is not there or cannot be read.
    pub fn claim(&self) -> io::Result<Option<Claim>> {
        if self.root().is_dir() {
            fs::create_dir_all(self.records())?;
        }
        let folder = File::open(self.records())?;
        match folder.try_lock() {
            Ok(()) => Ok(Some(Claim { _folder: folder })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let run_dir = RunDir::new(folder.path());

        let first = run_dir.claim().unwrap();
        let second = run_dir.claim().unwrap();
        let others = (first.is_some(), second.is_none());
        drop(first);

        assert_eq!(others, (true, true));
        assert!(run_dir.claim().unwrap().is_some());
    }
}
