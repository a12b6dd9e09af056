//! Where the desk's time and its ids come from.

use chrono::{DateTime, SubsecRound, Utc};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A source of time. Instants are whole milliseconds, as Camunda keeps them.
pub trait Clock: Send + Sync {
    /// What time it is.
    fn now(&self) -> DateTime<Utc>;
}

/// The computer's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(3)
    }
}

/// A clock that stands until it is set: for tests, the demo and replays.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock that shows this instant.
    pub fn new(at: DateTime<Utc>) -> Self {
        ManualClock(Mutex::new(at.trunc_subsecs(3)))
    }

    /// Sets the clock.
    pub fn set(&self, at: DateTime<Utc>) {
        *self.lock() = at.trunc_subsecs(3);
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        let mut at = self.lock();
        *at = (*at + by).trunc_subsecs(3);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, DateTime<Utc>> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.lock()
    }
}

/// A source of ids: unique texts, unique also across desks where they leave this one.
pub trait Ids: Send + Sync {
    /// The next id.
    fn next(&self) -> String;
}

/// UUIDs of version 7: unique everywhere, and in the order in which they were made.
#[derive(Debug, Default, Clone, Copy)]
pub struct Uuids;

impl Ids for Uuids {
    fn next(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }
}

/// Ids that count, for tests: `id-000001`, `id-000002`, …
#[derive(Debug, Default)]
pub struct CountingIds(AtomicU64);

impl Ids for CountingIds {
    fn next(&self) -> String {
        format!("id-{:06}", self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}
