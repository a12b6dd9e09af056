//! Previews that run: one whose task is completed meanwhile, or left, is stopped, since nobody reads it
//! any more.

use crate::insert::Cancel;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Those that run: the number of each, the id of its task.
#[derive(Default)]
pub(super) struct Previews {
    running: Mutex<Vec<(u64, String, Cancel)>>,
    begun: AtomicU64,
}

/// One that runs, until this is dropped.
pub(super) struct Running<'p> {
    all: &'p Previews,
    number: u64,
}

impl Previews {
    /// One begins, which stops when the flag is raised.
    pub(super) fn begin(&self, task: String, cancel: &Cancel) -> Running<'_> {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        self.change(|all| all.push((number, task, cancel.clone())));
        Running { all: self, number }
    }

    /// Those of a task are not wanted any more, whoever waits for them.
    pub(super) fn stop(&self, task: &str) {
        self.change(|all| {
            let of_it = all.iter().filter(|(_, of, _)| of == task);
            of_it.for_each(|(.., cancel)| cancel.cancel());
        });
    }

    fn change(&self, change: impl FnOnce(&mut Vec<(u64, String, Cancel)>)) {
        let running = self.running.lock();
        change(&mut running.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.all
            .change(|all| all.retain(|(number, ..)| *number != self.number));
    }
}
