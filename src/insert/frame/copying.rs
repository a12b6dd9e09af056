//! A file that is copied into the store as it is read: an insertion need not wait for its copy, and
//! reads nothing but what the copy has.

use super::Captured;
use super::copy::Copy;
use crate::insert::InsertError;
use std::fs::File;
use std::io::{self, Take};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The copy, for all who read it.
#[derive(Debug)]
pub(super) struct Copying {
    name: String,
    dir: PathBuf,
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
        Copying {
            name: name.to_owned(),
            dir: dir.to_owned(),
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

    /// Copies on until so many bytes are there, or there are no more: how many there are.
    pub(super) fn reach(&self, bytes: u64) -> io::Result<u64> {
        let mut state = self.state();
        let failed = match &mut *state {
            State::Under { from, copy } => loop {
                if copy.bytes() >= bytes {
                    return Ok(copy.bytes());
                }
                match copy.take(from) {
                    Ok(0) => return Ok(copy.bytes()),
                    Ok(_) => {}
                    Err(e) => break e,
                }
            },
            State::Settled(captured) => return Ok(captured.bytes),
            State::Failed(_) => return Err(broken()),
        };
        *state = State::Failed(Some(failed));
        Err(broken())
    }

    /// Copies what is left and keeps it in the store.
    pub(super) fn settle(&self) -> Result<Captured, InsertError> {
        // What fails here is told by the state.
        let _ = self.reach(u64::MAX);
        let mut state = self.state();
        let settled = match std::mem::replace(&mut *state, State::Failed(None)) {
            State::Under { copy, .. } => copy.finish().and_then(|(partial, captured)| {
                partial.publish(&self.dir.join(&captured.hash))?;
                Ok(Captured {
                    name: self.name.clone(),
                    ..captured
                })
            }),
            State::Settled(captured) => Ok(captured),
            State::Failed(Some(failed)) => Err(failed),
            State::Failed(None) => Err(InsertError::io(&self.dir, broken())),
        };
        if let Ok(captured) = &settled {
            *state = State::Settled(captured.clone());
        }
        settled
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
