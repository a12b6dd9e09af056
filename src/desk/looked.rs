//! What was captured so that its rows can be fixed: a large file is copied, and a long query asked,
//! once while somebody fixes rows of it, not at each cell. Nothing is kept beyond the process.

use super::source::Source;
use super::{Desk, DeskError, Look};
use crate::insert::{Captured, Frame, FrameStore};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Captures that are remembered.
const REMEMBERED: usize = 64;
/// A file that was written so lately may be written again without looking any newer.
const RACY: Duration = Duration::from_secs(2);

/// What was captured.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Looked {
    /// A file as it was.
    File(PathBuf, u64, SystemTime),
    /// What a query gave to whoever fills in this task.
    Query {
        task: String,
        user: Option<String>,
        url: String,
        sql: String,
    },
}

impl Looked {
    /// A file as it is; none for what can not be known again.
    pub(super) fn file(path: &Path) -> Option<Looked> {
        let found = std::fs::metadata(path)
            .ok()
            .filter(|found| found.is_file())?;
        let at = found.modified().ok()?;
        let rests = SystemTime::now().duration_since(at).ok()? >= RACY;
        rests.then(|| Looked::File(path.to_owned(), found.len(), at))
    }
}

/// The captures that are remembered.
#[derive(Default)]
pub(super) struct Memory(Mutex<HashMap<Looked, Captured>>);

impl Memory {
    /// What was captured, if the store still has it.
    pub(super) fn get(&self, looked: &Looked, store: &FrameStore) -> Option<Captured> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(looked).cloned();
        found.filter(|found| !store.is_gone(&found.hash))
    }

    /// Remembers it.
    pub(super) fn put(&self, looked: Looked, captured: &Captured) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(looked, captured.clone());
    }
}

impl Look<'_, '_> {
    /// What a query gives to whoever acts.
    pub(super) fn looked(&self, task: &str, source: &Source) -> Looked {
        source.looked(task, self.user.as_ref().map(|user| user.id.as_str()))
    }
}

impl Desk {
    /// A captured frame: as it was captured before where that is enough, else captured now.
    pub(super) fn captured_once(
        &self,
        looked: Option<Looked>,
        before: bool,
        capture: impl FnOnce() -> Result<Captured, DeskError>,
    ) -> Result<Frame, DeskError> {
        let (store, memory) = (&self.core.frames, &self.core.looked);
        let known = looked.as_ref().filter(|_| before);
        let captured = match known.and_then(|looked| memory.get(looked, store)) {
            Some(captured) => captured,
            None => {
                let captured = capture()?;
                if let Some(looked) = looked {
                    memory.put(looked, &captured);
                }
                captured
            }
        };
        Ok(store.open(&captured.hash)?.named(captured.name))
    }
}
