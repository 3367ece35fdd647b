//! One resumable upload: the bytes that came so far.

use std::io::{self, SeekFrom};

use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use tokio::{
    fs::File,
    io::{AsyncSeekExt, AsyncWriteExt, BufWriter},
};
use tokio_util::io::ReaderStream;

use crate::body::{Body, BoxError, parts};

/// Google keeps whole pieces of so many bytes of what was cut.
pub(crate) const PIECE: u64 = 256 * 1024;

/// Bytes that are read or written at once: each time costs a switch to another thread.
const AT_ONCE: usize = 256 * 1024;

/// The range that a request speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContentRange {
    /// Offset of its first byte; none if it only asks.
    pub(crate) start: Option<u64>,
    /// Offset of its last byte, where that is known.
    pub(crate) last: Option<u64>,
    /// Size of the whole object, where that is known.
    pub(crate) total: Option<u64>,
}

/// What the store said at the end.
pub(crate) type Finished = (StatusCode, HeaderMap, Bytes);

/// One resumable upload.
#[derive(Debug)]
pub(crate) struct Session {
    /// Path and query by which the store knows it.
    pub(crate) address: String,
    /// Bytes that are kept.
    pub(crate) received: u64,
    /// What the store said when it got them all.
    pub(crate) finished: Option<Finished>,
    file: BufWriter<File>,
}

impl ContentRange {
    /// What a header says, without the header the whole; nothing if it cannot be understood.
    pub(crate) fn of(header: Option<&str>) -> Option<Self> {
        let Some(text) = header else {
            return Some(Self { start: Some(0), last: None, total: None });
        };
        let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
        let number = |text: &str| match text {
            "*" => Some(None),
            text => text.parse().ok().map(Some),
        };
        let (start, last) = match range {
            "*" => (None, None),
            range => {
                let (start, last) = range.split_once('-')?;
                (Some(start.parse().ok()?), number(last)?)
            }
        };
        Some(Self { start, last, total: number(total)? })
    }
}

impl Session {
    /// An upload of which nothing came yet.
    pub(crate) fn new(address: String) -> io::Result<Self> {
        let file = File::from_std(tempfile::tempfile()?);
        let file = BufWriter::with_capacity(AT_ONCE, file);
        Ok(Self { address, received: 0, finished: None, file })
    }

    /// Keeps the bytes of a body that begins at `start`. If it ends early, whole pieces are kept.
    pub(crate) async fn take(&mut self, start: u64, body: Body) -> Result<(), BoxError> {
        let mut body = body.into_data_stream();
        let mut at = start;
        let kept = self.received;
        self.file.seek(SeekFrom::Start(kept)).await?;
        while let Some(part) = body.next().await {
            let mut part = match part {
                Ok(part) => part,
                Err(error) => {
                    self.received = kept.max(self.received / PIECE * PIECE);
                    return Err(error);
                }
            };
            let known = (self.received.saturating_sub(at)).min(part.len() as u64);
            at += part.len() as u64;
            part = part.split_off(usize::try_from(known).unwrap_or_default());
            self.file.write_all(&part).await?;
            self.received += part.len() as u64;
        }
        Ok(())
    }

    /// Everything that came.
    pub(crate) async fn bytes(&mut self) -> io::Result<Body> {
        self.file.flush().await?;
        self.file.get_ref().set_len(self.received).await?;
        self.file.seek(SeekFrom::Start(0)).await?;
        let file = self.file.get_ref().try_clone().await?;
        Ok(parts(ReaderStream::with_capacity(file, AT_ONCE)))
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;
    use crate::{
        body::{Cut, whole},
        sums::read,
    };

    #[test]
    fn ranges_are_understood_as_google_writes_them() {
        let range = |start, last, total| Some(ContentRange { start, last, total });

        for (text, expected) in [
            ("bytes 0-9/10", range(Some(0), Some(9), Some(10))),
            ("bytes 5-*/*", range(Some(5), None, None)),
            ("bytes 0-9/*", range(Some(0), Some(9), None)),
            ("bytes */*", range(None, None, None)),
            ("bytes */10", range(None, None, Some(10))),
            ("bytes x-9/10", None),
            ("0-9/10", None),
        ] {
            assert_eq!(ContentRange::of(Some(text)), expected, "{text}");
        }
        assert_eq!(ContentRange::of(None), range(Some(0), None, None));
    }

    #[tokio::test]
    async fn whole_pieces_of_what_was_cut_are_kept_and_what_comes_twice_counts_once() {
        let mut session = Session::new("/x".into()).unwrap();
        let piece = Bytes::from(vec![1; 300_000]);
        let cut: [Result<Bytes, BoxError>; 2] = [Ok(piece.clone()), Err(Cut.into())];

        assert!(session.take(0, parts(stream::iter(cut))).await.is_err());
        let kept = session.received;
        session.take(100_000, whole(piece)).await.unwrap();

        assert_eq!((kept, session.received), (PIECE, 400_000));
        let bytes = read(session.bytes().await.unwrap()).await.unwrap();
        assert_eq!(bytes, vec![1; 400_000]);
    }
}
