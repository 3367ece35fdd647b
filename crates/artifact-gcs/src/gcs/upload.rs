//! Sends a file: only the bytes that were inspected, once.

use std::{
    io::{self, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use google_cloud_gax::{backoff_policy::BackoffPolicy, retry_policy::RetryPolicy};
use google_cloud_storage::streaming_source::{Seek, SizeHint, StreamingSource};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
};

use super::{
    attempts::Attempts,
    client::Client,
    trouble::{Failure, Trouble},
};
use crate::{
    digest::{Digest, HeadSum},
    layout,
};

/// Bytes that are read and sent at once. With the parts that wait in the connection, a file being
/// sent holds some four of them.
const PART: usize = 256 * 1024;

/// Where a file goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    /// The bucket.
    pub(super) bucket: &'a str,
    /// The whole name of the object.
    pub(super) name: &'a str,
}

/// Sends the file `from`, which must have the sums `expected`, unless an object is there.
pub(super) async fn upload(
    client: &Client,
    attempts: &Arc<Attempts>,
    to: Target<'_>,
    from: &Path,
    expected: &Digest,
) -> Result<(), Failure> {
    let source = Source::open(from, expected, attempts.clone())
        .await
        .map_err(|error| Failure::new(Trouble::Final, error))?;
    let bucket = format!("projects/_/buckets/{}", to.bucket);
    let retries: Arc<dyn RetryPolicy> = attempts.clone();
    let pauses: Arc<dyn BackoffPolicy> = attempts.clone();
    let sum = crc32c(expected).ok_or_else(|| {
        Failure::new(Trouble::Final, format!("`{}` is no CRC32C", expected.crc32c))
    })?;
    let object = client
        .storage
        .write_object(bucket, to.name, source)
        .set_if_generation_match(0)
        .set_content_type(layout::content_type(to.name))
        .with_known_crc32c(sum)
        .with_retry_policy(retries)
        .with_backoff_policy(pauses)
        .send_unbuffered()
        .await
        .map_err(Failure::of)?;
    let stated = object.checksums.and_then(|sums| sums.crc32c);
    if stated == Some(sum) && u64::try_from(object.size).ok() == Some(expected.size) {
        return Ok(());
    }
    let said = format!("the server says that it holds {} bytes of sum {stated:?}", object.size);
    Err(Failure::new(Trouble::Sum, said))
}

/// The sum as the number that it is.
fn crc32c(digest: &Digest) -> Option<u32> {
    let bytes = BASE64_STANDARD.decode(&digest.crc32c).ok()?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// Why a file cannot be sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum SourceError {
    /// It cannot be read.
    #[error("failed to read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is not what was inspected.
    #[error("`{path}` changed while it was sent")]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

/// A file that is being sent. The last part goes out only if all of them are what was inspected: a
/// server never gets a whole object of other bytes.
#[derive(Debug)]
struct Source {
    path: PathBuf,
    file: File,
    at: u64,
    sum: HeadSum,
    expected: Digest,
    attempts: Arc<Attempts>,
}

impl Source {
    async fn open(
        path: &Path,
        expected: &Digest,
        attempts: Arc<Attempts>,
    ) -> Result<Self, SourceError> {
        let file = File::open(path)
            .await
            .map_err(|source| SourceError::Read { path: path.into(), source })?;
        let (path, expected) = (path.to_owned(), expected.clone());
        Ok(Self { path, file, at: 0, sum: HeadSum::default(), expected, attempts })
    }

    async fn part(&mut self) -> Result<Option<Bytes>, SourceError> {
        if self.at == self.expected.size {
            return Ok(None);
        }
        let left = self.expected.size - self.at;
        let mut part = vec![0; usize::try_from(left).map_or(PART, |left| left.min(PART))];
        let read = self.file.read(&mut part).await.map_err(|source| self.read_error(source))?;
        part.truncate(read);
        self.at += read as u64;
        self.sum.update(&part);
        if read == 0 || (self.at == self.expected.size && !self.is_whole().await?) {
            self.attempts.changed();
            return Err(SourceError::Changed { path: self.path.clone() });
        }
        self.attempts.moved();
        Ok(Some(part.into()))
    }

    /// Whether what was read is all there is, and what was inspected.
    async fn is_whole(&mut self) -> Result<bool, SourceError> {
        let more = self.file.read(&mut [0]).await.map_err(|source| self.read_error(source))?;
        Ok(more == 0 && self.expected.is_of(&self.sum.clone().finish()))
    }

    /// Goes on at `offset`; what lies before it is summed again.
    async fn go_to(&mut self, offset: u64) -> Result<(), SourceError> {
        if offset == self.at {
            return Ok(());
        }
        self.file.seek(SeekFrom::Start(0)).await.map_err(|source| self.read_error(source))?;
        (self.at, self.sum) = (0, HeadSum::default());
        while self.at < offset {
            let left = usize::try_from(offset - self.at).map_or(PART, |left| left.min(PART));
            let mut part = vec![0; left];
            let read = self.file.read(&mut part).await.map_err(|source| self.read_error(source))?;
            if read == 0 {
                self.attempts.changed();
                return Err(SourceError::Changed { path: self.path.clone() });
            }
            self.at += read as u64;
            self.sum.update(&part[..read]);
        }
        Ok(())
    }

    fn read_error(&self, source: io::Error) -> SourceError {
        SourceError::Read { path: self.path.clone(), source }
    }
}

impl StreamingSource for Source {
    type Error = SourceError;

    async fn next(&mut self) -> Option<Result<Bytes, SourceError>> {
        self.part().await.transpose()
    }

    async fn size_hint(&self) -> Result<SizeHint, SourceError> {
        Ok(SizeHint::with_exact(self.expected.size))
    }
}

impl Seek for Source {
    type Error = SourceError;

    async fn seek(&mut self, offset: u64) -> Result<(), SourceError> {
        self.go_to(offset).await
    }
}
