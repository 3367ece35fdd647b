//! A file that keeps some room on the disk while a test runs, so that what became of the test can be
//! written down even if the test fills the disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Bytes that are kept: far more than measurements, records and the end of a log need.
const ROOM: usize = 2 << 20;

/// What is not whole has this in front: no other stage looks at it.
const NAME: &str = ".partial-ballast";

/// A file that keeps some room on the disk.
#[derive(Debug)]
pub(crate) struct Ballast {
    path: PathBuf,
}

impl Ballast {
    /// Takes the room in `folder`.
    ///
    /// # Errors
    /// There is none, or the folder cannot be written.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let ballast = Self { path: folder.join(NAME) };
        // Bytes that differ: a file system may keep no room for zeros.
        let bytes: Vec<u8> =
            (0..ROOM).map(|at| u8::try_from(at % 251).unwrap_or_default()).collect();
        fs::write(&ballast.path, bytes)?;
        Ok(ballast)
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        // It may never have been made.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_is_free_again_afterwards() {
        let folder = tempfile::tempdir().unwrap();

        let ballast = Ballast::new(folder.path()).unwrap();

        assert_eq!(fs::metadata(folder.path().join(NAME)).unwrap().len(), ROOM as u64);
        drop(ballast);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
