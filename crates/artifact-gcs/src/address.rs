//! The address of a bucket: `file:///folder`.

use std::{path::PathBuf, str::FromStr};

/// Why a text is no address of a bucket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Google Cloud Storage is not in this build.
    #[error(
        "`{0}` is on Google Cloud Storage, which this version cannot reach yet (hint: `file:///folder`)"
    )]
    Gcs(String),
    /// Not an address, or a relative one.
    #[error("`{0}` is no address of a bucket (hint: `file:///folder`, with three slashes)")]
    Unknown(String),
}

/// Where a bucket is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A folder of this machine. Its path is taken as it stands, without percent signs decoded.
    Folder(PathBuf),
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.starts_with("gs://") {
            return Err(AddressError::Gcs(text.into()));
        }
        let path = text.strip_prefix("file://").map(PathBuf::from);
        path.filter(|path| path.is_absolute())
            .map(Self::Folder)
            .ok_or_else(|| AddressError::Unknown(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_an_address_and_nothing_else_is_yet() {
        let folder: Address = "file:///tmp/my bucket".parse().unwrap();
        let said = |text: &str| text.parse::<Address>().unwrap_err().to_string();

        assert_eq!(folder, Address::Folder("/tmp/my bucket".into()));
        assert!(said("gs://cilium-perf-main").contains("cannot reach yet"));
        assert!(said("file://bucket").contains("three slashes"));
        assert!(said("/tmp/bucket").contains("is no address"));
    }
}
