//! Files that are written whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::format::CURRENT;

use crate::partial::PARTIAL;

/// Why a file of the run directory could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file is not there or cannot be read.
    #[error("failed to read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file could not be written; the old one, if any, is still there.
    #[error("failed to write `{path}`{}", remedy(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds something else.
    #[error(
        "failed to understand `{path}` (hint: no one but the pipeline writes it; repeat the step that did, or plan a new run)"
    )]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The file is of another version of the program.
    #[error(
        "`{path}` has format {found}, this program reads format {CURRENT} (hint: use the version of the program that wrote it)"
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// The version of its shape.
        found: u64,
    },
    /// The file is too large to be one of the pipeline's.
    #[error("`{path}` is larger than {most} MiB (hint: find out who wrote it)", most = LARGEST >> 20)]
    Large {
        /// The file.
        path: PathBuf,
    },
}

/// Largest file that is read, in bytes: a plan of 5000 nodes has some kB, and the measurements of the
/// largest report some MB.
const LARGEST: u64 = 64 << 20;

impl FileError {
    /// Whether the file is simply not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    /// Whether it could not be written because the disk is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull)
    }

    /// Whether the file is there but is not what it should be, or lies where nothing can be written:
    /// again will not help.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        match self {
            Self::Parse { .. } | Self::Format { .. } | Self::Large { .. } => true,
            Self::Write { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied
            ),
            Self::Read { .. } => false,
        }
    }

    /// What is wrong without the path, which differs from machine to machine.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Read { source, .. } | Self::Write { source, .. } => source.to_string(),
            Self::Parse { source, .. } => source.to_string(),
            Self::Format { found, .. } => {
                format!("has format {found}, this program reads format {CURRENT}")
            }
            Self::Large { .. } => format!("is larger than {} MiB", LARGEST >> 20),
        }
    }
}

/// What to do about a file that could not be written.
fn remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            " (hint: the disk is full: make room, then repeat the step)"
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            " (hint: the disk cannot be written to: use a run directory, or `PERF_SCALE_CACHE`, on another one)"
        }
        io::ErrorKind::PermissionDenied => {
            " (hint: it belongs to somebody else: use another run directory, or the same user)"
        }
        _ => "",
    }
}

/// Reads a JSON file.
///
/// # Errors
/// The file cannot be read, or is not of this shape or format.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, FileError> {
    parse(path, &read_whole(path)?)
}

/// Reads a file that is small if it is what it should be.
///
/// # Errors
/// The file cannot be read or is too large.
pub fn read_whole(path: &Path) -> Result<Vec<u8>, FileError> {
    let failed = |source| FileError::Read { path: path.into(), source };
    let mut text = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(LARGEST + 1).read_to_end(&mut text).map_err(failed)?;
    if text.len() as u64 > LARGEST {
        return Err(FileError::Large { path: path.into() });
    }
    Ok(text)
}

/// What the file at `path` holds, whose content is `text`.
pub(crate) fn parse<T: DeserializeOwned>(path: &Path, text: &[u8]) -> Result<T, FileError> {
    serde_json::from_slice(text).map_err(|source| match format_of(text) {
        Some(found) if found != u64::from(CURRENT) => {
            FileError::Format { path: path.into(), found }
        }
        _ => FileError::Parse { path: path.into(), source },
    })
}

/// The format that a JSON file says it has, whatever else it holds: of another version all the rest
/// may differ.
#[must_use]
pub fn format_of(text: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Head {
        format: u64,
    }
    serde_json::from_slice::<Head>(text).ok().map(|head| head.format)
}

/// Writes a JSON file, whole or not at all, and the folders above it.
///
/// Whatever stands in it is for everybody: secrets and what a terminal or a runner would obey are
/// taken out of every text.
///
/// # Errors
/// The file cannot be written.
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), FileError> {
    let value = serde_json::to_value(value)
        .map_err(|source| FileError::Parse { path: path.into(), source })?;
    write_json_as_is(path, &redaction::redact_json(value))
}

/// Writes a JSON file as [`write_json`] does, with every secret in it: for a private folder, or for
/// what was seen to hold none and must come back as it is.
///
/// # Errors
/// The file cannot be written.
pub fn write_json_as_is<T: Serialize>(path: &Path, value: &T) -> Result<(), FileError> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|source| FileError::Parse { path: path.into(), source })?;
    text.push(b'\n');
    write_whole(path, &text)
}

/// Writes a file, whole or not at all, and the folders above it.
///
/// # Errors
/// The file cannot be written.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let fail = |source| FileError::Write { path: path.into(), source };
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(fail)?;
    let mut file = tempfile::Builder::new()
        .prefix(PARTIAL)
        .permissions(permissions())
        .tempfile_in(folder)
        .map_err(fail)?;
    file.write_all(content).map_err(fail)?;
    file.as_file().sync_all().map_err(fail)?;
    file.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
}

/// A temporary file is private by default; results are for everybody.
fn permissions() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(0o644)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ledger::Ledger;

    fn said(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("infra.json");
        fs::write(&path, text).unwrap();
        let error = read_json::<Ledger>(&path).unwrap_err();
        assert!(error.is_malformed() && !error.is_missing());
        format!("{error}: {}", error.reason()).replace(&format!("{}/", folder.path().display()), "")
    }

    #[test]
    fn a_file_that_is_not_understood_is_named_with_line_column_and_remedy() {
        let expected = "failed to understand `infra.json` (hint: no one but the pipeline writes it; \
            repeat the step that did, or plan a new run): ";
        for (text, why) in [
            (
                "{\n  \"format\": 1,\n  \"run\": 2\n}",
                "unknown field `run`, expected one of `format`, \
                `run_id`, `provider`, `opened`, `closed`, `owner`, `resources` at line 3 column 7",
            ),
            ("{\"format\": 1", "EOF while parsing an object at line 1 column 12"),
            ("", "EOF while parsing a value at line 1 column 0"),
            ("[]", "invalid length 0, expected struct Ledger with 7 elements at line 1 column 2"),
        ] {
            assert_eq!(said(text), format!("{expected}{why}"));
        }
    }

    #[test]
    fn another_format_is_the_reason_whatever_else_is_unknown() {
        let expected = "`infra.json` has format 2, this program reads format 1 (hint: use the version \
            of the program that wrote it): has format 2, this program reads format 1";
        for text in [r#"{"format": 2}"#, r#"{"novelty": [1], "format": 2, "run_id": {}}"#] {
            assert_eq!(said(text), expected);
        }
    }

    #[test]
    fn a_file_without_end_is_not_read_to_its_end() {
        let error = read_json::<Ledger>(Path::new("/dev/zero")).unwrap_err();

        assert!(matches!(error, FileError::Large { .. }), "{error}");
    }

    #[test]
    fn a_file_for_everybody_holds_no_secret_and_one_for_us_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        let value = json!({ "password": "hunter2", "said": ["::error::Bearer abcdefghij"] });

        write_json(&path, &value).unwrap();
        assert_eq!(
            read_json::<serde_json::Value>(&path).unwrap(),
            json!({ "password": "***", "said": [": :error::Bearer ***"] })
        );

        write_json_as_is(&path, &value).unwrap();
        assert_eq!(read_json::<serde_json::Value>(&path).unwrap(), value);
    }

    #[test]
    fn numbers_are_written_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        let numbers = vec![0.1 + 0.2, 1e300, -0.0, 12.0, f64::MIN_POSITIVE];

        write_json(&path, &numbers).unwrap();

        assert_eq!(read_json::<Vec<f64>>(&path).unwrap(), numbers);
    }
}
