//! A file that is copied into the store as it is read: an insertion need not wait for its copy, and
//! reads nothing but what the copy has.

use super::copy::Copy;
use super::{Captured, source_error};
use crate::insert::InsertError;
use std::fs::File;
use std::io::{self, Take};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::SystemTime;

/// The copy, for all who read it.
#[derive(Debug)]
pub(super) struct Copying {
    name: String,
    dir: PathBuf,
    /// When the file was written to last.
    modified: Option<SystemTime>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// It is whole, it lasts, or it will not come.
    changed: Condvar,
}

#[derive(Debug)]
enum State {
    Under {
        from: Take<File>,
        copy: Box<Copy>,
    },
    /// It is whole, and is being made to last: whoever reads on does not wait for the disk, only
    /// whoever opens it anew.
    Whole(Captured),
    Settled(Captured),
    /// The error is told once; then only that there was one.
    Failed(Option<InsertError>),
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, state: State) {
        *self.state() = state;
        self.changed.notify_all();
    }

    /// The state, once that is none of these.
    fn after(&self, passes: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let waited = self.changed.wait_while(self.state(), |state| passes(state));
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, once a whole copy lasts.
    fn lasting(&self) -> MutexGuard<'_, State> {
        self.after(|state| matches!(state, State::Whole(_)))
    }
}

impl Copying {
    /// Nothing of it is copied yet. `dir` is the store's.
    pub(super) fn new(from: Take<File>, copy: Copy, name: &str, dir: &Path) -> Copying {
        let modified = from.get_ref().metadata().and_then(|meta| meta.modified());
        let copy = Box::new(copy);
        Copying {
            name: name.to_owned(),
            dir: dir.to_owned(),
            modified: modified.ok(),
            shared: Arc::new(Shared {
                state: Mutex::new(State::Under { from, copy }),
                changed: Condvar::new(),
            }),
        }
    }

    /// The file that the copy is in.
    pub(super) fn path(&self) -> io::Result<PathBuf> {
        // It gets its name as it is made to last.
        match &*self.shared.lasting() {
            State::Under { copy, .. } => Ok(copy.path().to_owned()),
            State::Whole(captured) | State::Settled(captured) => Ok(self.dir.join(&captured.hash)),
            State::Failed(_) => Err(broken()),
        }
    }

    /// Copies on until so many bytes are there, or there are no more: how many there are. The last
    /// one has the copy made to last under its hash.
    pub(super) fn reach(&self, bytes: u64) -> io::Result<u64> {
        let mut state = self.shared.state();
        let reached = loop {
            match &mut *state {
                State::Under { copy, .. } if copy.bytes() >= bytes => return Ok(copy.bytes()),
                State::Under { from, copy } => match copy.take(from) {
                    Ok(_) if from.limit() == 0 => {}
                    Ok(0) => break Err(self.changed()),
                    Ok(_) => continue,
                    Err(e) => break Err(e),
                },
                State::Whole(captured) | State::Settled(captured) => return Ok(captured.bytes),
                State::Failed(_) => return Err(broken()),
            }
            break match std::mem::replace(&mut *state, State::Failed(None)) {
                State::Under { from, copy } => self.publish(&from, *copy),
                _ => return Err(broken()),
            };
        };
        let reached = match reached {
            Ok(captured) => {
                let bytes = captured.bytes;
                *state = State::Whole(captured);
                Ok(bytes)
            }
            Err(e) => {
                *state = State::Failed(Some(e));
                Err(broken())
            }
        };
        self.shared.changed.notify_all();
        reached
    }

    /// Begins to keep a whole copy, of a file that nobody wrote to meanwhile.
    fn publish(&self, from: &Take<File>, copy: Copy) -> Result<Captured, InsertError> {
        let now = from.get_ref().metadata();
        let now = now.map_err(|e| InsertError::io(&self.dir, e))?;
        if now.len() != copy.bytes() || now.modified().ok() != self.modified {
            return Err(self.changed());
        }
        let (partial, captured) = copy.finish()?;
        let captured = Captured {
            name: self.name.clone(),
            ..captured
        };
        let (to, shared, kept) = (
            self.dir.join(&captured.hash),
            self.shared.clone(),
            captured.clone(),
        );
        let publish = move || {
            let published = catch_unwind(AssertUnwindSafe(|| partial.publish(&to)));
            shared.set(match published {
                Ok(Ok(())) => State::Settled(kept),
                Ok(Err(e)) => State::Failed(Some(e)),
                Err(_) => State::Failed(None),
            });
        };
        let thread = thread::Builder::new().name("copy".to_owned());
        let begun = thread.spawn(publish);
        begun.map_err(|e| InsertError::io(&self.dir, e))?;
        Ok(captured)
    }

    fn changed(&self) -> InsertError {
        let reason = "was written to while it was inserted; insert it again when it is complete";
        source_error(&self.name, reason.to_owned())
    }

    /// Copies what is left and keeps it in the store.
    pub(super) fn settle(&self) -> Result<(), InsertError> {
        // What fails here is told by the state.
        let _ = self.reach(u64::MAX);
        match &mut *self.shared.lasting() {
            State::Settled(_) => Ok(()),
            State::Failed(failed) => Err(match failed.take() {
                Some(failed) => failed,
                None => InsertError::io(&self.dir, broken()),
            }),
            State::Under { .. } | State::Whole(_) => Err(InsertError::io(&self.dir, broken())),
        }
    }

    /// What it was captured as, once it is whole.
    pub(super) fn settled(&self) -> Option<Captured> {
        match &*self.shared.lasting() {
            State::Settled(captured) => Some(captured.clone()),
            _ => None,
        }
    }

    /// The same, for whoever waits while others read it; none where they give up.
    pub(super) fn once_settled(&self) -> Option<Captured> {
        let under = |state: &State| matches!(state, State::Under { .. } | State::Whole(_));
        match &*self.shared.after(under) {
            State::Settled(captured) => Some(captured.clone()),
            _ => None,
        }
    }

    /// Nobody reads on: what is not whole is not kept.
    pub(super) fn give_up(&self) {
        let mut state = self.shared.state();
        if matches!(&*state, State::Under { .. }) {
            *state = State::Failed(None);
            self.shared.changed.notify_all();
        }
    }

    /// What went wrong.
    pub(super) fn trouble(&self) -> Option<InsertError> {
        match &mut *self.shared.state() {
            State::Failed(failed) => failed.take(),
            _ => None,
        }
    }
}

fn broken() -> io::Error {
    io::Error::other("its copy can not be made")
}
