//! The wish to stop, shared between whoever asks and whoever works.

use super::InsertError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that many may raise and that work looks at often. Clones share the flag.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A flag that is down.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Raises the flag; the work stops soon after and undoes what it has begun.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the flag is up.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// [`InsertError::Cancelled`] if the flag is up.
    pub fn check(&self) -> Result<(), InsertError> {
        if self.is_cancelled() {
            Err(InsertError::Cancelled)
        } else {
            Ok(())
        }
    }
}
