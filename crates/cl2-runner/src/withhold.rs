//! Keeps out of the report what others must not see: the run directory travels, and is exported.

use std::{
    borrow::Cow,
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use redaction::{redact, scan_file};
use run_record::{
    FileError, Format, RunDir, Withheld, WithheldFile, read_whole, write_json, write_whole,
};
use scenario::TestName;
use walkdir::WalkDir;

use crate::junit;

/// The file whose words the verdict reads: without them a test would pass for one that never ended.
const JUNIT: &str = "junit.xml";

/// Moves each file of the report that holds a credential or a command, or whose name does, into the
/// private folder, and writes down which ones. `junit.xml` is replaced by one without them.
///
/// # Errors
/// A file cannot be read, moved or written.
pub(crate) fn withhold(run_dir: &RunDir, test: &TestName) -> Result<Vec<WithheldFile>, FileError> {
    let report = run_dir.report(test);
    let mut files = Vec::new();
    for path in plain_files(&report)? {
        let read = |source| FileError::Read { path: path.clone(), source };
        let name = path.strip_prefix(&report).unwrap_or(&path).to_string_lossy().into_owned();
        let shown = redact(&name);
        let reason = match scan_file(&path).map_err(read)? {
            Some(held) => held.to_string(),
            None if matches!(shown, Cow::Owned(_)) => {
                "its name holds what others must not see".into()
            }
            None => continue,
        };
        let reason = match replacement(&name, &path) {
            Some(junit) => {
                move_away(run_dir, test, &path, files.len())?;
                write_whole(&path, &junit)?;
                format!("{reason}; one without it is in its place")
            }
            None => {
                move_away(run_dir, test, &path, files.len())?;
                reason
            }
        };
        tracing::warn!("`{shown}` is not kept in the report of {test}: {reason}");
        files.push(WithheldFile { name: shown.into_owned(), reason });
    }
    let note = run_dir.withheld_path(test);
    if files.is_empty() {
        return match fs::remove_file(&note) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(FileError::Write { path: note, source })
            }
            _ => Ok(files),
        };
    }
    write_json(&note, &Withheld { format: Format, files: files.clone() })?;
    Ok(files)
}

fn plain_files(report: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut files = Vec::new();
    for entry in WalkDir::new(report).sort_by_file_name() {
        let entry =
            entry.map_err(|error| FileError::Read { path: report.into(), source: error.into() })?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// What is put in the place of `junit.xml`; nothing in that of other files, and of one that is none.
fn replacement(name: &str, path: &Path) -> Option<Vec<u8>> {
    if name != JUNIT {
        return None;
    }
    junit::redacted(&String::from_utf8(read_whole(path).ok()?).ok()?)
}

/// Moves the file to where nothing leaves the machine. Its name may be a secret, so it gets a number.
fn move_away(
    run_dir: &RunDir,
    test: &TestName,
    path: &Path,
    number: usize,
) -> Result<(), FileError> {
    /// Nobody but the owner may look inside.
    const PRIVATE: u32 = 0o700;
    let folder = run_dir.private().join("withheld").join(test.as_str());
    let target = folder.join(number.to_string());
    let moved = DirBuilder::new().recursive(true).mode(PRIVATE).create(&folder).and_then(|()| {
        match fs::rename(path, &target) {
            // Another disk.
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                fs::copy(path, &target).and_then(|_| fs::remove_file(path))
            }
            done => done,
        }
    });
    moved.map_err(|source| FileError::Write { path: target, source })
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    struct Report {
        _folder: TempDir,
        run_dir: RunDir,
        test: TestName,
    }

    impl Report {
        fn new(files: &[(&str, &str)]) -> Self {
            let folder = TempDir::new().unwrap();
            let run_dir = RunDir::new(folder.path().join("run"));
            let test: TestName = "load".parse().unwrap();
            fs::create_dir_all(run_dir.report(&test)).unwrap();
            for (name, text) in files {
                fs::write(run_dir.report(&test).join(name), text).unwrap();
            }
            Self { _folder: folder, run_dir, test }
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(self.run_dir.report(&self.test)).unwrap();
            let mut names: Vec<String> = entries
                .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
                .collect();
            names.sort();
            names
        }
    }

    fn token() -> String {
        format!("ghp_{}", "a".repeat(36))
    }

    #[test]
    fn a_file_that_holds_a_token_or_is_named_like_one_is_moved_away() {
        let (named, text) = (format!("Logs {}.txt", token()), format!("x {} y", token()));
        let report = Report::new(&[("a.json", "{}"), ("b.txt", &text), (&named, "plain")]);

        let withheld = withhold(&report.run_dir, &report.test).unwrap();

        assert_eq!(report.names(), ["a.json"]);
        let names: Vec<&str> = withheld.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["Logs ***.txt", "b.txt"]);
        let kept = report.run_dir.private().join("withheld/load/1");
        assert_eq!(fs::read_to_string(kept).unwrap(), text);
        assert_eq!(report.run_dir.withheld(&report.test).unwrap().unwrap().files, withheld);
    }

    #[test]
    fn a_junit_file_is_replaced_by_one_that_says_the_same_without_the_token() {
        let junit = format!(
            "<testsuite name='x'><testcase name='load overall'><failure type='Failure'>:0&#xA;[one {} &lt;two&gt;]</failure></testcase></testsuite>",
            token()
        );
        let report = Report::new(&[("junit.xml", &junit)]);

        let withheld = withhold(&report.run_dir, &report.test).unwrap();

        assert!(withheld[0].reason.contains("is in its place"), "{withheld:?}");
        let path = report.run_dir.report(&report.test).join("junit.xml");
        let failures = junit::failures(&path).unwrap().unwrap();
        assert_eq!(failures[0].message, "one *** <two>");
        assert_eq!(failures[0].step, "load overall");
    }

    #[test]
    fn an_ordinary_report_is_left_as_it_is() {
        let report = Report::new(&[("junit.xml", "<testsuite/>"), ("a b:c.json", "{}")]);

        assert!(withhold(&report.run_dir, &report.test).unwrap().is_empty());

        assert_eq!(report.names(), ["a b:c.json", "junit.xml"]);
        assert_eq!(report.run_dir.withheld(&report.test).unwrap(), None);
    }
}
