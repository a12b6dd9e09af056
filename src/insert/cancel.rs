//! The wish to stop, shared between whoever asks and whoever works.

use super::InsertError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A flag that many may raise and that work looks at often. Clones share the flag.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    raised: Arc<AtomicBool>,
    until: Option<Instant>,
}

impl Cancel {
    /// A flag that is down.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// A flag that is down, and a server has so long to say what it is asked.
    pub fn within(time: Duration) -> Cancel {
        Cancel {
            until: Instant::now().checked_add(time),
            ..Cancel::default()
        }
    }

    /// The same flag, and a server has so long to say what it is asked.
    pub fn with_deadline(&self, time: Duration) -> Cancel {
        Cancel {
            raised: Arc::clone(&self.raised),
            until: Instant::now().checked_add(time),
        }
    }

    /// Whether a server has taken too long.
    pub fn is_overdue(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() > until)
    }

    /// How long a server still has; none where it may take its time.
    pub fn left(&self) -> Option<Duration> {
        let until = self.until?;
        Some(until.saturating_duration_since(Instant::now()))
    }

    /// Raises the flag; the work stops soon after and undoes what it has begun.
    pub fn cancel(&self) {
        self.raised.store(true, Ordering::Relaxed);
    }

    /// Whether the flag is up.
    pub fn is_cancelled(&self) -> bool {
        self.raised.load(Ordering::Relaxed)
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
