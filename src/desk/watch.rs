//! Waiting for changes: one counter that moves after each commit, of this process or another.

use crate::store::{Listener, Store};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often a waiting thread looks whether another process wrote.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Default)]
struct Mark {
    version: Mutex<u64>,
    moved: Condvar,
}

impl Mark {
    fn version(&self) -> MutexGuard<'_, u64> {
        self.version.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The counter of one store.
pub struct Watch {
    mark: Arc<Mark>,
    _listener: Listener,
}

impl Watch {
    /// Follows a store.
    pub fn new(store: &Store) -> Watch {
        let mark = Arc::new(Mark {
            version: Mutex::new(1),
            moved: Condvar::new(),
        });
        let listener = store.listen({
            let mark = mark.clone();
            move |_| {
                *mark.version() += 1;
                mark.moved.notify_all();
            }
        });
        Watch {
            mark,
            _listener: listener,
        }
    }

    /// Waits until the counter is another than `seen`, or the time is over; the counter.
    pub fn wait(&self, store: &Store, seen: u64, at_most: Duration) -> u64 {
        let until = Instant::now() + at_most;
        let mut version = self.mark.version();
        while *version == seen {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let (held, wait) = self
                .mark
                .moved
                .wait_timeout(version, left.min(LOOK))
                .unwrap_or_else(PoisonError::into_inner);
            version = held;
            if wait.timed_out() {
                drop(version);
                // A store that cannot say so now says it with the next command.
                let _ = store.poll_foreign();
                version = self.mark.version();
            }
        }
        *version
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Watch({})", self.mark.version())
    }
}
