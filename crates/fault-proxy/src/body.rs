//! Bodies on their way through: counted, slowed, cut, hurt.

use std::{error::Error, pin::Pin, time::Duration};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Frame;
use tokio::{
    task::yield_now,
    time::{Instant, sleep_until},
};

/// Why a body ended early.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// Any body.
pub(crate) type Body = UnsyncBoxBody<Bytes, BoxError>;

/// The connection is cut on purpose.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut, as the plan says")]
pub(crate) struct Cut;

/// What is done to a body on its way.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Passage {
    /// Bytes after which it is cut, or before its last part if it has fewer.
    pub(crate) cut: Option<u64>,
    /// Offset of the byte in which one bit is turned.
    pub(crate) flip: Option<u64>,
    /// Bytes a second.
    pub(crate) rate: Option<u64>,
}

/// Bytes that a slow body passes at once: few enough to be slow evenly.
const SLOW_PIECE: usize = 8 * 1024;

/// A body of these bytes.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// A body that comes in parts.
pub(crate) fn parts<E: Into<BoxError> + 'static>(
    parts: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
) -> Body {
    StreamBody::new(parts.map_ok(Frame::data).map_err(Into::into)).boxed_unsync()
}

/// The bytes of `body` as `passage` lets them through, each shown to `seen`.
pub(crate) fn pass<B>(body: B, passage: Passage, seen: impl FnMut(usize) + Send + 'static) -> Body
where
    B: hyper::body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let from = Box::pin(body.into_data_stream().map_err(Into::into));
    let passing =
        Passing { from, rest: Bytes::new(), held: None, passage, passed: 0, begun: None, seen };
    parts(stream::unfold(passing, async |mut passing| {
        let piece = passing.next().await?;
        Some((piece, passing))
    }))
}

struct Passing<F> {
    from: Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>,
    rest: Bytes,
    held: Option<Result<Bytes, BoxError>>,
    passage: Passage,
    passed: u64,
    begun: Option<Instant>,
    seen: F,
}

impl<F: FnMut(usize)> Passing<F> {
    async fn next(&mut self) -> Option<Result<Bytes, BoxError>> {
        let left = self.passage.cut.map_or(u64::MAX, |cut| cut - self.passed);
        while self.rest.is_empty() && left > 0 {
            match self.part().await {
                Some(Ok(part)) => self.rest = part,
                Some(Err(error)) => return Some(Err(error)),
                None => break,
            }
        }
        if self.rest.is_empty() || left == 0 {
            self.passage.cut?;
            // What was let through is to reach the other side before the end does.
            yield_now().await;
            return Some(Err(Cut.into()));
        }
        let most = if self.passage.rate.is_some() { SLOW_PIECE } else { usize::MAX };
        let most = most.min(usize::try_from(left).unwrap_or(usize::MAX));
        let piece = self.rest.split_to(most.min(self.rest.len()));
        if let Some(rate) = self.passage.rate {
            // By the clock of the whole body: a pause that was too long is made up for.
            let begun = *self.begun.get_or_insert_with(Instant::now);
            let bytes = self.passed + piece.len() as u64;
            sleep_until(begun + Duration::from_secs_f64(bytes as f64 / rate.max(1) as f64)).await;
        }
        let piece = self.flipped(piece);
        self.passed += piece.len() as u64;
        (self.seen)(piece.len());
        Some(Ok(piece))
    }

    /// The next part that there is. Of a body that is to be cut, the last one never comes: a store
    /// that knows by the last bytes where an object ends would take it for whole.
    async fn part(&mut self) -> Option<Result<Bytes, BoxError>> {
        let part = match self.held.take() {
            Some(part) => part,
            None => self.from.next().await?,
        };
        if self.passage.cut.is_some() {
            self.held = Some(self.from.next().await?);
        }
        Some(part)
    }

    /// The piece with one bit turned, if it is the one.
    fn flipped(&self, piece: Bytes) -> Bytes {
        let at = self.passage.flip.and_then(|at| at.checked_sub(self.passed));
        match at.and_then(|at| usize::try_from(at).ok()).filter(|at| *at < piece.len()) {
            Some(at) => {
                let mut piece = BytesMut::from(piece);
                piece[at] ^= 1;
                piece.freeze()
            }
            None => piece,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn passed(text: &'static str, passage: Passage) -> (Vec<u8>, bool) {
        let pieces = text.as_bytes().chunks(3).map(|piece| Ok::<_, Cut>(piece.into()));
        let body = pass(parts(stream::iter(pieces)), passage, |_| {});
        let mut parts = body.into_data_stream();
        let mut bytes = Vec::new();
        while let Some(part) = parts.next().await {
            match part {
                Ok(part) => bytes.extend(part),
                Err(error) => return (bytes, error.is::<Cut>()),
            }
        }
        (bytes, false)
    }

    #[tokio::test]
    async fn a_body_passes_as_it_is_unless_something_is_done_to_it() {
        let nothing = passed("0123456789", Passage::default()).await;
        let cut = passed("0123456789", Passage { cut: Some(4), ..Passage::default() }).await;
        let short = passed("0123", Passage { cut: Some(4), ..Passage::default() }).await;
        let flipped = passed("0123", Passage { flip: Some(2), ..Passage::default() }).await;

        assert_eq!(nothing, (b"0123456789".into(), false));
        assert_eq!(cut, (b"0123".into(), true));
        // The store never sees the whole, even if all of it were let through.
        assert_eq!(short, (b"012".into(), true));
        assert_eq!(flipped, (b"0133".into(), false));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_takes_its_time_and_loses_nothing() {
        let begun = tokio::time::Instant::now();

        let slow = passed("0123456789", Passage { rate: Some(2), ..Passage::default() }).await;

        assert_eq!(slow.0.len(), 10);
        assert_eq!(begun.elapsed(), Duration::from_secs(5));
    }
}
