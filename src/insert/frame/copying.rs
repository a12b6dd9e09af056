//! A file that is copied into the store as it is read: an insertion need not wait for its copy, and
//! reads nothing but what the copy has.

use super::copy::Copy;
use super::{Captured, source_error};
use crate::insert::InsertError;
use std::fs::File;
use std::io::{self, Take};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// The copy, for all who read it.
#[derive(Debug)]
pub(super) struct Copying {
    name: String,
    dir: PathBuf,
    /// When the file was written to last.
    modified: Option<SystemTime>,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Under {
        from: Take<File>,
        copy: Box<Copy>,
    },
    Settled(Captured),
    /// The error is told once; then only that there was one.
    Failed(Option<InsertError>),
}

impl Copying {
    /// Nothing of it is copied yet. `dir` is the store's.
    pub(super) fn new(from: Take<File>, copy: Copy, name: &str, dir: &Path) -> Copying {
        let modified = from.get_ref().metadata().and_then(|meta| meta.modified());
        Copying {
            name: name.to_owned(),
            dir: dir.to_owned(),
            modified: modified.ok(),
            state: Mutex::new(State::Under {
                from,
                copy: Box::new(copy),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file that the copy is in.
    pub(super) fn path(&self) -> io::Result<PathBuf> {
        match &*self.state() {
            State::Under { copy, .. } => Ok(copy.path().to_owned()),
            State::Settled(captured) => Ok(self.dir.join(&captured.hash)),
            State::Failed(_) => Err(broken()),
        }
    }

    /// Copies on until so many bytes are there, or there are no more: how many there are. The last
    /// one makes the copy last under its hash.
    pub(super) fn reach(&self, bytes: u64) -> io::Result<u64> {
        let mut state = self.state();
        let reached = loop {
            match &mut *state {
                State::Under { copy, .. } if copy.bytes() >= bytes => return Ok(copy.bytes()),
                State::Under { from, copy } => match copy.take(from) {
                    Ok(_) if from.limit() == 0 => {}
                    Ok(0) => break Err(self.changed()),
                    Ok(_) => continue,
                    Err(e) => break Err(e),
                },
                State::Settled(captured) => return Ok(captured.bytes),
                State::Failed(_) => return Err(broken()),
            }
            break match std::mem::replace(&mut *state, State::Failed(None)) {
                State::Under { from, copy } => self.publish(&from, *copy),
                _ => return Err(broken()),
            };
        };
        match reached {
            Ok(captured) => {
                let bytes = captured.bytes;
                *state = State::Settled(captured);
                Ok(bytes)
            }
            Err(e) => {
                *state = State::Failed(Some(e));
                Err(broken())
            }
        }
    }

    /// Keeps a whole copy, of a file that nobody wrote to meanwhile.
    fn publish(&self, from: &Take<File>, copy: Copy) -> Result<Captured, InsertError> {
        let now = from.get_ref().metadata();
        let now = now.map_err(|e| InsertError::io(&self.dir, e))?;
        if now.len() != copy.bytes() || now.modified().ok() != self.modified {
            return Err(self.changed());
        }
        let (partial, captured) = copy.finish()?;
        partial.publish(&self.dir.join(&captured.hash))?;
        Ok(Captured {
            name: self.name.clone(),
            ..captured
        })
    }

    fn changed(&self) -> InsertError {
        let reason = "was written to while it was inserted; insert it again when it is complete";
        source_error(&self.name, reason.to_owned())
    }

    /// Copies what is left and keeps it in the store.
    pub(super) fn settle(&self) -> Result<(), InsertError> {
        // What fails here is told by the state.
        let _ = self.reach(u64::MAX);
        match &mut *self.state() {
            State::Settled(_) => Ok(()),
            State::Failed(failed) => Err(match failed.take() {
                Some(failed) => failed,
                None => InsertError::io(&self.dir, broken()),
            }),
            State::Under { .. } => Err(InsertError::io(&self.dir, broken())),
        }
    }

    /// What it was captured as, once it is whole.
    pub(super) fn settled(&self) -> Option<Captured> {
        match &*self.state() {
            State::Settled(captured) => Some(captured.clone()),
            _ => None,
        }
    }

    /// What went wrong.
    pub(super) fn trouble(&self) -> Option<InsertError> {
        match &mut *self.state() {
            State::Failed(failed) => failed.take(),
            _ => None,
        }
    }
}

fn broken() -> io::Error {
    io::Error::other("its copy can not be made")
}
