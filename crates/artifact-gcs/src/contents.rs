//! The files that go into a build, gathered before any is written.

use std::{
    borrow::Cow,
    fs, io,
    path::{Path, PathBuf},
};

use redaction::{redact, redact_file};
use run_record::{FileError, PARTIAL, RunDir, write_json, write_whole};
use serde::Serialize;
use tempfile::TempDir;
use walkdir::{DirEntry, WalkDir};

use crate::{layout, manifest::LeftOut};

/// Why the files of a build cannot be gathered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentsError {
    /// A file or folder of the run cannot be read, or one that is made for the export not be written.
    #[error("failed to use `{path}`")]
    Use {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is made for the export cannot be written.
    #[error("failed to prepare the export")]
    Make(#[source] FileError),
    /// A file changed while it was packed.
    #[error(
        "`{path}` changed while it was packed (hint: export when nothing writes there any more)"
    )]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

/// A file that goes into a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// Its name in the build.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) path: PathBuf,
}

/// The files that go into a build.
#[derive(Debug)]
pub(crate) struct Contents {
    /// The files.
    pub(crate) sources: Vec<Source>,
    /// What is there and does not go into the build.
    pub(crate) withheld: Vec<LeftOut>,
    /// What should be there and is not.
    pub(crate) missing: Vec<LeftOut>,
    /// Files that are made for the export.
    made: TempDir,
}

impl Contents {
    /// No files yet, for the build of `whose`. Those that are made lie in the run directory: it is
    /// known to have room for a run, which the machine's folder for temporary files is not.
    pub(crate) fn new(run_dir: &RunDir, whose: &str) -> Result<Self, ContentsError> {
        let failed = |source| ContentsError::Use { path: run_dir.root().into(), source };
        // No test has a dot in its name, so one test's prefix is never another's.
        let prefix = format!("{PARTIAL}export.{whose}.");
        remove_left_behind(run_dir.root(), &prefix).map_err(failed)?;
        let made =
            tempfile::Builder::new().prefix(&prefix).tempdir_in(run_dir.root()).map_err(failed)?;
        Ok(Self { sources: Vec::new(), withheld: Vec::new(), missing: Vec::new(), made })
    }

    /// Takes the file at `path` as `name`, if it is there.
    pub(crate) fn file(&mut self, name: &str, path: PathBuf) {
        if path.is_file() {
            self.sources.push(Source { name: name.into(), path });
        }
    }

    /// Takes every file below `folder` as `<name>/<path>`, or as `<path>` where `name` is empty, but
    /// for those `without` speaks of.
    ///
    /// Links are not followed: one in a report may lead anywhere on this machine.
    pub(crate) fn folder(
        &mut self,
        name: &str,
        folder: &Path,
        without: impl Fn(&str) -> bool,
    ) -> Result<(), ContentsError> {
        let walk = WalkDir::new(folder).follow_root_links(false).sort_by_file_name();
        let wanted = |entry: &DirEntry| {
            let relative = relative(folder, entry.path());
            !entry.file_name().to_string_lossy().starts_with(PARTIAL) && !without(&relative)
        };
        for entry in walk.into_iter().filter_entry(wanted) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if is_missing(&error) => continue,
                Err(error) => {
                    return Err(ContentsError::Use { path: folder.into(), source: error.into() });
                }
            };
            let below = relative(folder, entry.path());
            let name = match name {
                "" => below,
                name if below.is_empty() => name.to_owned(),
                name => format!("{name}/{below}"),
            };
            let kind = entry.file_type();
            if kind.is_dir() {
                continue;
            }
            let is_plain = matches!(redact(&name), Cow::Borrowed(_));
            if kind.is_file() && !is_plain {
                self.withhold(
                    redact(&name).into_owned(),
                    "its name holds what others must not see",
                );
            } else if kind.is_file()
                && entry.path().to_str().is_some()
                && layout::is_object_name(&name)
            {
                self.sources.push(Source { name, path: entry.into_path() });
            } else if kind.is_file() {
                self.withhold(
                    name.escape_default().to_string(),
                    "its name is no name for an object",
                );
            } else {
                self.withhold(
                    redact(&name).into_owned(),
                    "it is no plain file, and links are not followed",
                );
            }
        }
        Ok(())
    }

    /// Writes `text` and takes it as `name`.
    pub(crate) fn text(&mut self, name: &str, text: &str) -> Result<(), ContentsError> {
        let path = self.place(name);
        write_whole(&path, text.as_bytes()).map_err(ContentsError::Make)?;
        self.sources.push(Source { name: name.into(), path });
        Ok(())
    }

    /// Writes `value` and takes it as `name`.
    pub(crate) fn json(&mut self, name: &str, value: &impl Serialize) -> Result<(), ContentsError> {
        let path = self.place(name);
        write_json(&path, value).map_err(ContentsError::Make)?;
        self.sources.push(Source { name: name.into(), path });
        Ok(())
    }

    /// Takes the log at `path` as `name`, if it is there, without secrets.
    pub(crate) fn log(&mut self, name: &str, path: &Path) -> Result<(), ContentsError> {
        if !path.is_file() {
            return Ok(());
        }
        let to = self.place(name);
        let failed = |source| ContentsError::Use { path: path.into(), source };
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        redact_file(path, &to).map_err(failed)?;
        self.sources.push(Source { name: name.into(), path: to });
        Ok(())
    }

    /// A path at which the file called `name` may be made.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.made.path().join(name)
    }

    /// Notes that `name` is not in the build, unless it is.
    pub(crate) fn expect(&mut self, name: &str, why_not: impl FnOnce() -> String) {
        let below = format!("{name}/");
        let is_there = self
            .sources
            .iter()
            .any(|source| source.name == name || source.name.starts_with(&below));
        if !is_there {
            self.missing.push(LeftOut { name: name.into(), reason: why_not() });
        }
    }

    /// Notes that `name` is there and does not go into the build.
    pub(crate) fn withhold(&mut self, name: String, reason: &str) {
        tracing::warn!("`{name}` is not exported: {reason}");
        self.withheld.push(LeftOut { name, reason: reason.into() });
    }
}

/// Removes what an export of the same build left when it was killed.
fn remove_left_behind(root: &Path, prefix: &str) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn relative(folder: &Path, path: &Path) -> String {
    path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned()
}

/// Whether the folder itself is not there.
fn is_missing(error: &walkdir::Error) -> bool {
    error.depth() == 0
        && error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_unfinished_files_are_not_taken() {
        let run = tempfile::tempdir().unwrap();
        let report = run.path().join("report");
        fs::create_dir(&report).unwrap();
        fs::write(report.join("a b:c.json"), "{}").unwrap();
        fs::write(report.join(".partial-x"), "half").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", report.join("link.json")).unwrap();
        let mut contents = Contents::new(&RunDir::new(run.path()), "load").unwrap();

        contents.folder("artifacts", &report, |_| false).unwrap();
        contents.folder("nothing", &run.path().join("nothing"), |_| false).unwrap();

        let names: Vec<_> = contents.sources.iter().map(|source| source.name.as_str()).collect();
        assert_eq!(names, ["artifacts/a b:c.json"]);
        assert_eq!(contents.withheld[0].name, "artifacts/link.json");
    }

    #[test]
    fn a_file_whose_name_is_a_secret_is_named_without_it() {
        let run = tempfile::tempdir().unwrap();
        let report = run.path().join("report");
        let token = format!("ghp_{}", "a".repeat(36));
        fs::create_dir(&report).unwrap();
        fs::write(report.join(format!("Profile {token}.txt")), "{}").unwrap();
        let mut contents = Contents::new(&RunDir::new(run.path()), "load").unwrap();

        contents.folder("artifacts", &report, |_| false).unwrap();

        assert!(contents.sources.is_empty());
        assert_eq!(contents.withheld[0].name, "artifacts/Profile ***.txt");
    }

    #[test]
    fn a_report_that_is_itself_a_link_is_not_followed() {
        let run = tempfile::tempdir().unwrap();
        let report = run.path().join("report");
        std::os::unix::fs::symlink("/etc", &report).unwrap();
        let mut contents = Contents::new(&RunDir::new(run.path()), "load").unwrap();

        contents.folder("artifacts", &report, |_| false).unwrap();

        assert!(contents.sources.is_empty());
        assert_eq!(contents.withheld[0].name, "artifacts");
    }

    #[test]
    fn what_a_killed_export_left_is_removed_and_no_other_build_s() {
        let run = tempfile::tempdir().unwrap();
        for name in [".partial-export.load.abc", ".partial-export.load-2.abc"] {
            fs::create_dir(run.path().join(name)).unwrap();
        }

        let contents = Contents::new(&RunDir::new(run.path()), "load").unwrap();

        assert!(contents.place("x").parent().unwrap().is_dir());
        assert!(!run.path().join(".partial-export.load.abc").exists());
        assert!(run.path().join(".partial-export.load-2.abc").exists());
    }
}
