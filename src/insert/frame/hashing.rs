//! The hash of what is copied, found on a thread of its own: it takes as long as the copying.

use super::{CHUNK, hex};
use sha2::{Digest, Sha256};
use std::sync::mpsc::{channel, sync_channel};

/// Pieces that wait to be hashed.
const AHEAD: usize = 2;

/// A piece of the content: the first bytes of its memory.
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    pub(super) filled: usize,
}

impl Piece {
    fn new() -> Piece {
        Piece {
            bytes: vec![0; CHUNK],
            filled: 0,
        }
    }

    /// What it holds.
    pub(super) fn content(&self) -> &[u8] {
        self.bytes.get(..self.filled).unwrap_or_default()
    }
}

/// Whoever hands over a piece and gets another to fill.
pub(super) type HandOver<'h> = dyn FnMut(Piece) -> Piece + 'h;

/// Copies pieces, and hashes them meanwhile.
pub(super) fn hashed<T, E>(
    copy: impl FnOnce(Piece, &mut HandOver<'_>) -> Result<T, E>,
) -> Result<(T, String), E> {
    std::thread::scope(|scope| {
        let (to, copied) = sync_channel::<Piece>(AHEAD);
        let (back, spare) = channel();
        let hashing = scope.spawn(move || {
            let mut hasher = Sha256::new();
            for piece in copied {
                hasher.update(piece.content());
                // Nobody fills it any more at the end.
                let _ = back.send(piece);
            }
            hex(hasher)
        });
        let result = copy(Piece::new(), &mut |piece| {
            // It listens until this end is dropped.
            let _ = to.send(piece);
            spare.try_recv().unwrap_or_else(|_| Piece::new())
        });
        drop(to);
        match hashing.join() {
            Ok(hash) => Ok((result?, hash)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
