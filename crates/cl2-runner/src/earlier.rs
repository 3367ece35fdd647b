//! Moves what an earlier attempt at a test wrote out of the way.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use run_record::RunDir;
use scenario::TestName;

/// Moves the report, the measurements and the judgement of an earlier attempt to
/// `tests/<test>/earlier/<number>/`.
/// Returns where they are now.
pub(crate) fn move_aside(run_dir: &RunDir, test: &TestName) -> io::Result<Option<PathBuf>> {
    let results = [
        run_dir.report(test),
        run_dir.withheld_path(test),
        run_dir.measurements_path(test),
        run_dir.judgement_path(test),
        run_dir.judgement_page(test),
        run_dir.junit_path(test),
    ];
    let left: Vec<PathBuf> = results.into_iter().filter(|path| path.exists()).collect();
    if left.is_empty() {
        return Ok(None);
    }
    let target = free(&run_dir.test(test).join("earlier"));
    fs::create_dir_all(&target)?;
    for path in left {
        fs::rename(&path, target.join(path.file_name().unwrap_or_default()))?;
    }
    Ok(Some(target))
}

/// The first number that is not taken.
fn free(folder: &Path) -> PathBuf {
    let mut number: u32 = 1;
    loop {
        let path = folder.join(number.to_string());
        if !path.exists() {
            return path;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn every_earlier_attempt_is_kept() {
        let folder = TempDir::new().unwrap();
        let run_dir = RunDir::new(folder.path());
        let test: TestName = "load".parse().unwrap();

        for attempt in ["first", "second"] {
            fs::create_dir_all(run_dir.report(&test)).unwrap();
            fs::write(run_dir.report(&test).join("junit.xml"), attempt).unwrap();
            move_aside(&run_dir, &test).unwrap();
        }

        let kept =
            |number| run_dir.test(&test).join("earlier").join(number).join("report/junit.xml");
        assert_eq!(fs::read_to_string(kept("1")).unwrap(), "first");
        assert_eq!(fs::read_to_string(kept("2")).unwrap(), "second");
        assert!(!run_dir.report(&test).exists());
    }

    #[test]
    fn a_first_attempt_moves_nothing() {
        let folder = TempDir::new().unwrap();

        let moved = move_aside(&RunDir::new(folder.path()), &"load".parse().unwrap()).unwrap();

        assert_eq!(moved, None);
    }
}
