//! Reads a file once: its sums, and whether it holds what others must not see.

use std::{
    fs::{File, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
    time::SystemTime,
};

use redaction::{Held, Scan};

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
    /// What is in it that others must not see.
    pub(crate) held: Option<Held>,
}

/// Bytes that are read at once.
const PART: usize = 256 * 1024;

/// Reads the file at `path`.
pub(crate) fn inspect(path: &Path) -> Result<Inspected, InspectError> {
    let failed = |source| InspectError::Read { path: path.into(), source };
    let mut file = File::open(path).map_err(failed)?;
    let before = stamp(&file.metadata().map_err(failed)?);
    let (mut sum, mut scan) = (DigestSum::default(), Scan::default());
    let mut buffer = vec![0; PART];
    loop {
        let read = file.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            break;
        }
        sum.update(&buffer[..read]);
        scan.update(&buffer[..read]);
    }
    let digest = sum.finish();
    let after = stamp(&file.metadata().map_err(failed)?);
    if before != after || digest.size != after.0 {
        return Err(InspectError::Changed { path: path.into() });
    }
    Ok(Inspected { digest, held: scan.finish() })
}

/// What changes when somebody writes to a file.
fn stamp(metadata: &Metadata) -> (u64, Option<SystemTime>) {
    (metadata.len(), metadata.modified().ok())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    #[test]
    fn what_is_packed_is_looked_through() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("PodPeriodicCommand.tar.gz");
        let token = format!("ghp_{}", "a".repeat(36));
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let mut header = tar::Header::new_gnu();
        header.set_size(token.len() as u64);
        archive.append_data(&mut header, "out.txt", token.as_bytes()).unwrap();
        fs::write(&path, archive.into_inner().unwrap().finish().unwrap()).unwrap();

        assert_eq!(inspect(&path).unwrap().held, Some(Held::Credential));
    }
}
