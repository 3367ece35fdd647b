//! Reads a file once: its sums, and whether it holds a credential.

use std::{
    fs::{File, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
    time::SystemTime,
};

use stage::{CREDENTIAL_WINDOW, has_credential};

use crate::digest::{Digest, DigestSum};

/// Why a file of the run cannot be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// It cannot be read.
    #[error("failed to read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is still being written.
    #[error("`{path}` changed while it was read (hint: export when nothing writes there any more)")]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

/// What was seen in a file.
#[derive(Clone, Debug)]
pub(crate) struct Inspected {
    /// Its sums.
    pub(crate) digest: Digest,
    /// Whether it is text with a credential in it.
    pub(crate) has_credential: bool,
}

/// Bytes that are read at once: far more than a credential, far less than memory.
const PART: usize = 256 * 1024;

/// Reads the file at `path`.
pub(crate) fn inspect(path: &Path) -> Result<Inspected, InspectError> {
    let failed = |source| InspectError::Read { path: path.into(), source };
    let mut file = File::open(path).map_err(failed)?;
    let before = stamp(&file.metadata().map_err(failed)?);
    let scanned = is_text(path);
    let mut sum = DigestSum::default();
    let mut found = false;
    // The end of the last part stays in front, so that what lies across two parts is seen whole.
    let mut buffer = vec![0; CREDENTIAL_WINDOW + PART];
    let mut kept = 0;
    loop {
        let read = file.read(&mut buffer[kept..]).map_err(failed)?;
        if read == 0 {
            break;
        }
        let end = kept + read;
        sum.update(&buffer[kept..end]);
        found = found || (scanned && has_credential(&buffer[..end]));
        let from = end.saturating_sub(CREDENTIAL_WINDOW);
        buffer.copy_within(from..end, 0);
        kept = end - from;
    }
    let digest = sum.finish();
    let after = stamp(&file.metadata().map_err(failed)?);
    if before != after || digest.size != after.0 {
        return Err(InspectError::Changed { path: path.into() });
    }
    Ok(Inspected { digest, has_credential: found })
}

/// What changes when somebody writes to a file.
fn stamp(metadata: &Metadata) -> (u64, Option<SystemTime>) {
    (metadata.len(), metadata.modified().ok())
}

/// Whether the file may hold text, whatever it is called; profiles and archives are taken as they
/// are.
fn is_text(path: &Path) -> bool {
    const BINARY: [&str; 5] = ["pprof", "gz", "tgz", "tar", "zip"];
    let ending = path.extension().and_then(|ending| ending.to_str());
    !ending.is_some_and(|ending| BINARY.contains(&ending))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_credential_across_two_parts_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let token = format!("ghp_{}", "a".repeat(36));

        for at in [PART - 41, PART - 20, PART - 1, PART, PART + CREDENTIAL_WINDOW - 20] {
            let path = folder.path().join("log.txt");
            fs::write(&path, format!("{}{token} {}", " ".repeat(at), " ".repeat(PART))).unwrap();

            assert!(inspect(&path).unwrap().has_credential, "at {at}");
        }
    }

    #[test]
    fn a_profile_is_not_read_as_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("10.0.0.1_etcd_CPUProfile.pprof");
        fs::write(&path, format!("ghp_{}", "a".repeat(36))).unwrap();

        assert!(!inspect(&path).unwrap().has_credential);
    }
}
