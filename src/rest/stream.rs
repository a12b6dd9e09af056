//! Bodies of any size, for use cases that read them as they come.

use axum::body::{Body, Bytes};
use hyper::body::{Body as _, Frame};
use std::future::{Future, poll_fn};
use std::io::{Error, ErrorKind, Read, Result};
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Pieces that wait between the network and who reads them.
const WAITING: usize = 8;

/// The reading end.
pub struct Pipe {
    pieces: Receiver<Result<Bytes>>,
    rest: Bytes,
    whole: bool,
}

/// A body as something to read on a thread that may block, and what fills it meanwhile. A
/// piece that takes longer than `patience` breaks it off.
pub fn pipe(body: Body, patience: Duration) -> (Pipe, impl Future<Output = ()> + Send) {
    let (send, pieces) = channel(WAITING);
    let pipe = Pipe {
        pieces,
        rest: Bytes::new(),
        whole: false,
    };
    (pipe, fill(body, send, patience))
}

async fn fill(mut body: Body, send: Sender<Result<Bytes>>, patience: Duration) {
    loop {
        let next = poll_fn(|context| Pin::new(&mut body).poll_frame(context));
        let piece = match tokio::time::timeout(patience, next).await {
            Ok(Some(Ok(frame))) => match Frame::<Bytes>::into_data(frame) {
                Ok(bytes) => Ok(bytes),
                Err(_) => continue,
            },
            Ok(Some(Err(error))) => Err(Error::new(ErrorKind::UnexpectedEof, error)),
            // An empty piece is the end.
            Ok(None) => Ok(Bytes::new()),
            Err(_) => Err(Error::new(ErrorKind::TimedOut, "the body came too slowly")),
        };
        let last = piece.as_ref().map_or(true, Bytes::is_empty);
        if send.send(piece).await.is_err() || last {
            return;
        }
    }
}

impl Read for Pipe {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        while self.rest.is_empty() && !self.whole {
            match self.pieces.blocking_recv() {
                Some(Ok(bytes)) if bytes.is_empty() => self.whole = true,
                Some(Ok(bytes)) => self.rest = bytes,
                Some(Err(error)) => return Err(error),
                None => return Err(Error::new(ErrorKind::UnexpectedEof, "the body broke off")),
            }
        }
        let n = into.len().min(self.rest.len());
        let piece = self.rest.split_to(n);
        if let Some(place) = into.get_mut(..n) {
            place.copy_from_slice(&piece);
        }
        Ok(n)
    }
}
