//! The number of a run's builds: epoch seconds, never the same twice on one machine.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, Write},
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
    number(&path, u64::try_from(now.as_second()).unwrap_or_default())
        .map_err(|source| BuildsError { path, source })
}

fn number(path: &Path, now: u64) -> io::Result<u64> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file =
        File::options().create(true).truncate(false).read(true).write(true).open(path)?;
    // Held until the file is closed: two plans of the same second get two numbers.
    file.lock()?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let last: u64 = text.trim().parse().unwrap_or_default();
    let next = now.max(last + 1);
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(next.to_string().as_bytes())?;
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
}
