//! Whether results can go where they are to go, before anything is made for them.

use std::{
    io,
    path::{Path, PathBuf},
};

use run_record::{BucketAddress, BucketAddressError};

/// Why a bucket is of no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BucketError {
    /// Not an address.
    #[error(transparent)]
    Address(BucketAddressError),
    /// Something else stands where the folder is or would be.
    #[error("`{bucket}` cannot be a bucket: `{path}` is no folder (hint: give another `--bucket`)")]
    NoFolder {
        /// The bucket.
        bucket: String,
        /// What stands in the way.
        path: PathBuf,
    },
    /// Nothing can be written there.
    #[error(
        "cannot write to `{bucket}` (hint: make `{path}` writable, or give another `--bucket`)"
    )]
    Write {
        /// The bucket.
        bucket: String,
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The bucket that was asked for, else the folder `bucket` here.
pub(crate) fn template(asked: Option<&str>) -> io::Result<String> {
    match asked {
        Some(asked) => Ok(asked.into()),
        None => Ok(format!("file://{}", std::path::absolute("bucket")?.display())),
    }
}

/// Whether `address` is one of a bucket.
pub(crate) fn check(address: &str) -> Result<(), BucketError> {
    address.parse::<BucketAddress>().map(|_| ()).map_err(BucketError::Address)
}

/// Whether something can be written to `address`, as far as this machine knows. Nothing is left
/// there.
pub(crate) fn check_writable(address: &str) -> Result<(), BucketError> {
    let Some(root) = address.strip_prefix("file://") else { return Ok(()) };
    let path = nearest(Path::new(root));
    let bucket = || address.to_owned();
    if !path.is_dir() {
        return Err(BucketError::NoFolder { bucket: bucket(), path: path.into() });
    }
    match tempfile::tempfile_in(path) {
        Ok(_) => Ok(()),
        Err(source) => Err(BucketError::Write { bucket: bucket(), path: path.into(), source }),
    }
}

/// What is there of `path`: itself, or the nearest folder above it.
pub(crate) fn nearest(path: &Path) -> &Path {
    let there = path.ancestors().find(|path| path.symlink_metadata().is_ok());
    there.unwrap_or(Path::new("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_a_folder_that_can_be_written_and_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap();
        let address = |name: &str| format!("file://{}/{name}", folder.path().display());

        assert!(check_writable(&address("new/b")).is_ok());
        for name in ["file", "file/b", "link/b"] {
            let said = check_writable(&address(name)).unwrap_err().to_string();
            assert!(said.contains("is no folder (hint: "), "{said}");
        }
        // Nobody, not even root, can write there.
        let said = check_writable("file:///proc/b").unwrap_err().to_string();
        assert!(said.contains("cannot write to `file:///proc/b` (hint: "), "{said}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
