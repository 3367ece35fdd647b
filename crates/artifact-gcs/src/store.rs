//! What a bucket can do, wherever it is.

use std::{
    io,
    path::{Path, PathBuf},
};

use futures::future::BoxFuture;
use tokio::io::AsyncRead;

use crate::digest::{Digest, Head};

/// Why a bucket did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// An object could not be written; nothing of it is there.
    #[error("failed to write `{name}` to `{bucket}`{}", hint(source))]
    Write {
        /// The object.
        name: String,
        /// The bucket.
        bucket: String,
        /// What the system said.
        source: io::Error,
    },
    /// An object or a folder could not be read.
    #[error("failed to read `{name}` from `{bucket}`{}", hint(source))]
    Read {
        /// The object.
        name: String,
        /// The bucket.
        bucket: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file that was to be written is not the one that was inspected.
    #[error(
        "`{path}` changed while it was exported (hint: export when nothing writes there any more)"
    )]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

/// What may help, where the system's own words do not say it.
fn hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            " (hint: make room and export again; what is there is kept)"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            " (hint: this user must be allowed to use the bucket)"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            " (hint: the bucket must be a folder)"
        }
        _ => "",
    }
}

/// What became of an object that was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    /// It was written, and holds what was asked for.
    Written,
    /// An object of this name was there already and was left as it is.
    There,
}

/// What lies directly under a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Names of the folders, without the prefix, sorted.
    pub(crate) folders: Vec<String>,
    /// Names of the objects, without the prefix, sorted.
    pub(crate) objects: Vec<String>,
}

/// An answer that comes later.
pub(crate) type Later<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// The bytes of an object.
pub(crate) type Bytes = Box<dyn AsyncRead + Send + Unpin>;

/// A bucket: objects by name, written once, never changed and never deleted.
pub(crate) trait Store: Send + Sync {
    /// The bucket's own address, without a slash at the end.
    fn address(&self) -> String;

    /// Writes the file `from`, whole or not at all, as object `name`, unless one is there.
    /// It must have the sums `expected`.
    fn put<'a>(&'a self, name: &'a str, from: &'a Path, expected: &'a Digest) -> Later<'a, Put>;

    /// The bytes of the object `name`, if it is there.
    fn open<'a>(&'a self, name: &'a str) -> Later<'a, Option<Bytes>>;

    /// Size and checksum of the object `name`, if it is there.
    fn head<'a>(&'a self, name: &'a str) -> Later<'a, Option<Head>>;

    /// What lies directly under `prefix`, which ends with a slash; nothing is an empty listing.
    fn list<'a>(&'a self, prefix: &'a str) -> Later<'a, Listing>;
}
