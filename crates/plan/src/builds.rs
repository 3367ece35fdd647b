//! The number of a run's builds: epoch seconds, never the same twice on one machine.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;

/// Why no number could be had.
#[derive(Debug, thiserror::Error)]
#[error("failed to use `{path}`")]
pub struct BuildsError {
    /// The file that holds the last number.
    path: PathBuf,
    /// What the system said.
    source: io::Error,
}

/// The next number: `now`, or one more than the last where the clock stands or went back.
pub(crate) fn next(cache: &Path, now: Timestamp) -> Result<u64, BuildsError> {
    let path = cache.join("last-build");
    number(cache, &path, u64::try_from(now.as_second()).unwrap_or_default())
        .map_err(|source| BuildsError { path, source })
}

fn number(cache: &Path, path: &Path, now: u64) -> io::Result<u64> {
    fs::create_dir_all(cache)?;
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path.with_extension("lock"))?;
    // Held until the file is closed: two plans of the same second get two numbers.
    lock.lock()?;
    let last: Option<u64> = match fs::read_to_string(path) {
        Ok(text) => text.trim().parse().ok(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    // Nobody's clock shows the largest number there is: whoever wrote that did not count.
    let after = last.and_then(|last| last.checked_add(1)).unwrap_or_default();
    let next = now.max(after);
    // Whole or not at all: a full disk must not make the last number forgotten.
    let mut file = tempfile::NamedTempFile::new_in(cache)?;
    file.write_all(next.to_string().as_bytes())?;
    file.persist(path)?;
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_builds_of_one_second_or_of_a_clock_that_went_back_have_two_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let at = |second| next(folder.path(), Timestamp::from_second(second).unwrap()).unwrap();

        assert_eq!([at(1000), at(1000), at(900), at(2000)], [1000, 1001, 1002, 2000]);
    }

    #[test]
    fn a_file_that_holds_no_number_of_ours_starts_anew() {
        let folder = tempfile::tempdir().unwrap();
        for rubbish in ["", "-1", "x", "18446744073709551615", "99999999999999999999"] {
            fs::write(folder.path().join("last-build"), rubbish).unwrap();

            let build = next(folder.path(), Timestamp::from_second(1000).unwrap()).unwrap();

            assert_eq!(build, 1000, "{rubbish}");
        }
    }

    #[test]
    fn a_number_that_cannot_be_written_leaves_the_last_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("last-build");
        fs::create_dir(&path).unwrap();

        assert!(next(folder.path(), Timestamp::from_second(1000).unwrap()).is_err());

        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
