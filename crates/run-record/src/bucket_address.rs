//! The address of a bucket: `gs://name/folder` or `file:///folder`.

use std::{path::PathBuf, str::FromStr};

/// Why a text is no address of a bucket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BucketAddressError {
    /// Google would refuse the name.
    #[error(
        "`{name}` is no name of a bucket (hint: 3 to 222 of a-z, 0-9, `-`, `_` and `.`, the first and the last a letter or a digit)"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// What follows the name is no folder.
    #[error(
        "`{0}` is no address of a bucket: what follows the name must be a folder (hint: without `//`, `.` and `..`)"
    )]
    Folder(String),
    /// Not an address, or a relative one.
    #[error(
        "`{0}` is no address of a bucket (hint: `gs://name`, or `file:///folder` with three slashes)"
    )]
    Unknown(String),
}

/// Where a bucket is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BucketAddress {
    /// A folder of this machine. Its path is taken as it stands, without percent signs decoded.
    Folder(PathBuf),
    /// A bucket of Google Cloud Storage, or a folder in one.
    Google {
        /// Its name.
        bucket: String,
        /// What stands in front of every object, with a slash at its end; or nothing.
        prefix: String,
    },
}

impl FromStr for BucketAddress {
    type Err = BucketAddressError;

    fn from_str(text: &str) -> Result<Self, BucketAddressError> {
        if text.contains(char::is_control) {
            return Err(BucketAddressError::Unknown(text.escape_debug().to_string()));
        }
        if let Some(rest) = text.strip_prefix("gs://") {
            return google(text, rest.trim_end_matches('/'));
        }
        let path = text.strip_prefix("file://").map(PathBuf::from);
        path.filter(|path| path.is_absolute())
            .map(Self::Folder)
            .ok_or_else(|| BucketAddressError::Unknown(text.into()))
    }
}

fn google(text: &str, rest: &str) -> Result<BucketAddress, BucketAddressError> {
    let (bucket, folder) = rest.split_once('/').unwrap_or((rest, ""));
    if !is_bucket_name(bucket) {
        return Err(BucketAddressError::Name { name: bucket.into() });
    }
    let prefix = match folder {
        "" => String::new(),
        folder if is_folder(folder) => format!("{folder}/"),
        _ => return Err(BucketAddressError::Folder(text.into())),
    };
    Ok(BucketAddress::Google { bucket: bucket.into(), prefix })
}

fn is_folder(text: &str) -> bool {
    text.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// Whether Google lets a bucket have this name: <https://cloud.google.com/storage/docs/buckets#naming>.
fn is_bucket_name(name: &str) -> bool {
    let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_.".contains(&c);
    let edge = |c: Option<&u8>| c.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    (3..=222).contains(&bytes.len())
        && bytes.iter().all(|c| inner(*c))
        && edge(bytes.first())
        && edge(bytes.last())
        && name.split('.').all(|part| (1..=63).contains(&part.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        text.parse::<BucketAddress>().unwrap_err().to_string()
    }

    #[test]
    fn a_folder_is_an_address() {
        let folder: BucketAddress = "file:///tmp/my bucket".parse().unwrap();

        assert_eq!(folder, BucketAddress::Folder("/tmp/my bucket".into()));
        assert!(said("file://bucket").contains("three slashes"));
        for text in ["", "/tmp/bucket", "s3://b", "file:/b", "file:///b\n"] {
            assert!(said(text).contains("is no address of a bucket (hint: "), "{text:?}");
        }
    }

    #[test]
    fn a_bucket_of_google_is_an_address_and_so_is_a_folder_in_one() {
        for (text, prefix) in [
            ("gs://cilium-perf-main", ""),
            ("gs://cilium-perf-main/", ""),
            ("gs://cilium-perf-main/pr/7/", "pr/7/"),
        ] {
            let address: BucketAddress = text.parse().unwrap();
            let bucket = "cilium-perf-main".into();
            assert_eq!(address, BucketAddress::Google { bucket, prefix: prefix.into() }, "{text}");
        }
    }

    #[test]
    fn a_name_that_google_would_refuse_is_refused_at_once() {
        for name in ["", "ab", "Cilium", "a/b", "-abc", "abc.", "a..b", "a b c"] {
            assert!(said(&format!("gs://{name}")).contains("is no name of a bucket"), "{name}");
        }
        assert!(said(&format!("gs://{}", "a".repeat(64))).contains("is no name"));
        assert!(said("gs://bucket/a//b").contains("must be a folder"));
        assert!(said("gs://bucket/../b").contains("must be a folder"));
    }
}
