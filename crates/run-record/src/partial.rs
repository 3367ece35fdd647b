//! What is not whole yet, and is nobody's once its writer is gone.

use std::{fs, io, path::Path};

/// What is not whole yet has this in front of its name, wherever a stage writes.
pub const PARTIAL: &str = ".partial-";

/// Removes every file and folder below `folder` that was not whole when its writer was killed, and
/// says how many. Nobody may write there any more.
///
/// # Errors
/// One cannot be removed; the others are.
pub fn remove_partial(folder: &Path) -> io::Result<usize> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut removed = 0;
    let mut failed = None;
    for entry in entries {
        let entry = entry?;
        let (path, is_folder) = (entry.path(), entry.file_type()?.is_dir());
        let is_partial = entry.file_name().to_string_lossy().starts_with(PARTIAL);
        let done = match (is_partial, is_folder) {
            (true, true) => fs::remove_dir_all(&path).map(|()| 1),
            (true, false) => fs::remove_file(&path).map(|()| 1),
            (false, true) => remove_partial(&path),
            (false, false) => Ok(0),
        };
        match done {
            Ok(count) => removed += count,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(removed), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_whole_stays() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("tests/load");
        fs::create_dir_all(below.join(".partial-export.load")).unwrap();
        for name in [".partial-abc", "junit.xml", ".partial-export.load/cl2-output.txt"] {
            fs::write(below.join(name), "x").unwrap();
        }

        let removed = remove_partial(folder.path()).unwrap();

        assert_eq!(removed, 2);
        assert_eq!(fs::read_dir(&below).unwrap().count(), 1);
        assert_eq!(remove_partial(&folder.path().join("nowhere")).unwrap(), 0);
    }
}
