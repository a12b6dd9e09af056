//! The hash of what is copied, found on a thread of its own: it takes as long as the copying.

use super::hex;
use sha2::{Digest, Sha256};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

/// How much is read at once: a few pieces of it stay in the processor's cache.
pub(super) const CHUNK: usize = 1 << 17;
/// Pieces that wait to be hashed.
const AHEAD: usize = 2;

/// A piece of the content: the first bytes of its memory.
struct Piece {
    bytes: Vec<u8>,
    filled: usize,
}

impl Piece {
    fn new() -> Piece {
        Piece {
            bytes: vec![0; CHUNK],
            filled: 0,
        }
    }
}

/// A hash that is being found.
#[derive(Debug)]
pub(super) struct Hashing {
    piece: Vec<u8>,
    to: SyncSender<Piece>,
    spare: Receiver<Piece>,
    thread: JoinHandle<String>,
}

impl Hashing {
    pub(super) fn begin() -> Hashing {
        let (to, copied) = sync_channel::<Piece>(AHEAD);
        let (back, spare) = channel();
        let thread = std::thread::spawn(move || {
            let mut hasher = Sha256::new();
            // It ends when nobody hands over any more, whether that was all or not.
            for piece in copied {
                hasher.update(piece.bytes.get(..piece.filled).unwrap_or_default());
                // Nobody fills it any more at the end.
                let _ = back.send(piece);
            }
            hex(hasher)
        });
        Hashing {
            piece: Piece::new().bytes,
            to,
            spare,
            thread,
        }
    }

    /// Memory for the next piece.
    pub(super) fn room(&mut self) -> &mut [u8] {
        &mut self.piece
    }

    /// Takes in so many bytes of the memory.
    pub(super) fn hand_over(&mut self, filled: usize) {
        let spare = self.spare.try_recv().unwrap_or_else(|_| Piece::new());
        let bytes = std::mem::replace(&mut self.piece, spare.bytes);
        // It listens until this end is dropped.
        let _ = self.to.send(Piece { bytes, filled });
    }

    /// The hash of all that was handed over, in lower-case hexadecimal.
    pub(super) fn finish(self) -> String {
        drop(self.to);
        match self.thread.join() {
            Ok(hash) => hash,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}
