//! Bodies of requests: bytes that are there, or a file that is read as the line takes it.

use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use std::fs::File;
use std::io::{Error, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

/// Bytes of a file that are sent at once.
const PIECE: u64 = 64 * 1024;

/// A body.
pub(super) enum Body {
    Whole(Bytes),
    File {
        file: File,
        left: u64,
        sent: Arc<AtomicU64>,
    },
}

impl Body {
    pub(super) fn whole(bytes: Bytes) -> Body {
        Body::Whole(bytes)
    }

    /// The first `size` bytes of a file; `sent` counts them.
    pub(super) fn file(file: File, size: u64, sent: Arc<AtomicU64>) -> Body {
        let left = size;
        Body::File { file, left, sent }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let piece = match &mut *self {
            Body::Whole(bytes) => std::mem::take(bytes),
            Body::File { file, left, sent } => {
                let mut piece = Vec::new();
                match file.take((*left).min(PIECE)).read_to_end(&mut piece) {
                    Ok(0) if *left > 0 => {
                        let error = "the file became shorter while it was sent";
                        return Poll::Ready(Some(Err(Error::other(error))));
                    }
                    Ok(read) => {
                        *left -= read as u64;
                        sent.fetch_add(read as u64, Ordering::Relaxed);
                    }
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
                piece.into()
            }
        };
        Poll::Ready(match piece.is_empty() {
            true => None,
            false => Some(Ok(Frame::data(piece))),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.size_hint().exact() == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            Body::Whole(bytes) => bytes.len() as u64,
            Body::File { left, .. } => *left,
        })
    }
}
