//! Whether the target waits for rows: then it is the frame that takes its time, not the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Seen from outside while an insertion runs.
#[derive(Debug, Clone, Default)]
pub struct Waits(Arc<AtomicBool>);

impl Waits {
    /// Whether the target waits for rows now.
    pub fn now(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self, waits: bool) {
        self.0.store(waits, Ordering::Relaxed);
    }
}
