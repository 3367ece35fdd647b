//! What a bucket can do, wherever it is.

use std::{
    collections::BTreeMap,
    error::Error,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use futures::{TryStreamExt, future::BoxFuture, stream::BoxStream};
use run_record::Outcome;

use crate::{
    digest::{Digest, Head},
    layout::BuildFolder,
};

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
    /// The bucket is not there.
    #[error("there is no bucket `{bucket}` (hint: create it, or name another one)")]
    NoBucket {
        /// The bucket.
        bucket: String,
        /// What the server said.
        source: BoxError,
    },
    /// The account may not.
    #[error("this account may not {verb} `{object}` (hint: it needs `{permission}`)")]
    Denied {
        /// What was to be done.
        verb: &'static str,
        /// Its address.
        object: String,
        /// What the account must be allowed for it.
        permission: &'static str,
        /// What the server said.
        source: BoxError,
    },
    /// There are no credentials, or they are of no use.
    #[error(
        "failed to sign in to `{bucket}` (hint: GOOGLE_APPLICATION_CREDENTIALS names a file of credentials that are still good)"
    )]
    SignIn {
        /// The bucket.
        bucket: String,
        /// What was said.
        source: BoxError,
    },
    /// The server did not do it, however often it was asked.
    #[error("failed to {verb} `{object}` (attempts: {attempts})")]
    Service {
        /// What was to be done.
        verb: &'static str,
        /// Its address.
        object: String,
        /// How often it was tried.
        attempts: u32,
        /// What was said the last time.
        source: BoxError,
    },
    /// The deadline passed.
    #[error(
        "failed to {verb} `{object}` before the deadline of {seconds} s (hint: do it again, what is there is kept; `--deadline` gives more time)"
    )]
    Late {
        /// What was to be done.
        verb: &'static str,
        /// Its address.
        object: String,
        /// The deadline, in seconds.
        seconds: u64,
    },
    /// The store holds other bytes than were sent.
    #[error(
        "`{object}` has the checksum {stored}, and {sent} was sent (hint: no object is ever overwritten; plan a new run)"
    )]
    Sum {
        /// Its address.
        object: String,
        /// CRC32C of what was sent.
        sent: String,
        /// CRC32C of what is stored.
        stored: String,
    },
}

/// What a server or a library said.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

impl StoreError {
    /// The word for what ended with it.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::NoBucket { .. }
            | Self::Denied { .. }
            | Self::SignIn { .. }
            | Self::Sum { .. } => Outcome::Misuse,
            Self::Write { .. }
            | Self::Read { .. }
            | Self::Changed { .. }
            | Self::Service { .. } => Outcome::Failed,
            Self::Late { .. } => Outcome::TimedOut,
        }
    }
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

/// Every object below a prefix, by its name without the prefix.
pub(crate) type Under = BTreeMap<String, Head>;

/// An object that is being read.
pub(crate) struct Opened<'a> {
    /// Which writing of the object it is, where the store counts them.
    pub(crate) generation: Option<u64>,
    /// The bytes of the object, checked at its end.
    pub(crate) parts: BoxStream<'a, Result<bytes::Bytes, StoreError>>,
}

impl Opened<'_> {
    /// All of its bytes; nothing if they are more than `most`.
    pub(crate) async fn whole(mut self, most: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let mut bytes = Vec::new();
        while let Some(part) = self.parts.try_next().await? {
            bytes.extend_from_slice(&part);
            if bytes.len() > most {
                return Ok(None);
            }
        }
        Ok(Some(bytes))
    }
}

/// A bucket: objects by name, written once, never changed and never deleted.
pub(crate) trait Store: Send + Sync {
    /// The bucket's own address, without a slash at the end.
    fn address(&self) -> String;

    /// Keeps other exports of the build away until what comes back is dropped, where the store can.
    fn alone<'a>(&'a self, _build: &'a BuildFolder) -> Later<'a, Option<File>> {
        Box::pin(async { Ok(None) })
    }

    /// Ends what is being written, leaving nothing half written; nothing can be written any more.
    fn stop(&self) {}

    /// Writes the file `from`, whole or not at all, as object `name`, unless one is there.
    /// It must have the sums `expected`.
    fn put<'a>(&'a self, name: &'a str, from: &'a Path, expected: &'a Digest) -> Later<'a, Put>;

    /// The bytes of the object `name`, if it is there.
    fn open<'a>(&'a self, name: &'a str) -> Later<'a, Option<Opened<'a>>>;

    /// Size and checksum of the object `name`, if it is there.
    fn head<'a>(&'a self, name: &'a str) -> Later<'a, Option<Head>>;

    /// What lies directly under `prefix`, which ends with a slash; nothing is an empty listing.
    fn list<'a>(&'a self, prefix: &'a str) -> Later<'a, Listing>;

    /// Every object below `prefix`, however deep; it ends with a slash.
    fn under<'a>(&'a self, prefix: &'a str) -> Later<'a, Under>;
}
