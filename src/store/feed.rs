//! The change feed: who listens hears after each commit what kind of thing changed.

use std::fmt;
use std::ops::BitOr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A set of kinds of things that changed.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Topics(u16);

impl Topics {
    /// Nothing.
    pub const NONE: Topics = Topics(0);
    /// User tasks.
    pub const TASKS: Topics = Topics(1);
    /// External tasks.
    pub const EXTERNAL_TASKS: Topics = Topics(1 << 1);
    /// Jobs.
    pub const JOBS: Topics = Topics(1 << 2);
    /// Process instances, their variables and history.
    pub const INSTANCES: Topics = Topics(1 << 3);
    /// Incidents.
    pub const INCIDENTS: Topics = Topics(1 << 4);
    /// Notifications.
    pub const NOTIFICATIONS: Topics = Topics(1 << 5);
    /// Progress of running work.
    pub const PROGRESS: Topics = Topics(1 << 6);
    /// Workers: one came, went or gave a sign of life.
    pub const WORKERS: Topics = Topics(1 << 7);
    /// Deployments and definitions.
    pub const DEFINITIONS: Topics = Topics(1 << 8);
    /// Users and groups.
    pub const PEOPLE: Topics = Topics(1 << 9);
    /// Connections.
    pub const CONNECTIONS: Topics = Topics(1 << 10);
    /// Drafts, comments, frames, properties.
    pub const NOTES: Topics = Topics(1 << 11);
    /// Anything: another process wrote.
    pub const ALL: Topics = Topics((1 << 12) - 1);

    /// True when nothing is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// True when the sets share something.
    pub fn intersects(self, other: Topics) -> bool {
        self.0 & other.0 != 0
    }

    /// Adds another set.
    pub fn insert(&mut self, other: Topics) {
        self.0 |= other.0;
    }
}

impl BitOr for Topics {
    type Output = Topics;

    fn bitor(self, other: Topics) -> Topics {
        Topics(self.0 | other.0)
    }
}

impl fmt::Debug for Topics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Topics({:#014b})", self.0)
    }
}

type Callback = Arc<dyn Fn(Topics) + Send + Sync>;

#[derive(Default)]
struct Log {
    /// Counts commits.
    version: u64,
    /// The version at which each topic changed last.
    last: [u64; 16],
    listeners: Vec<(u64, Callback)>,
    next_listener: u64,
}

/// The feed of one store.
#[derive(Default)]
pub(super) struct Feed {
    log: Mutex<Log>,
    changed: Condvar,
}

impl Feed {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells that a commit changed these.
    pub(super) fn publish(&self, topics: Topics) {
        if topics.is_empty() {
            return;
        }
        let listeners: Vec<Callback> = {
            let mut log = self.log();
            log.version += 1;
            let version = log.version;
            for (bit, last) in log.last.iter_mut().enumerate() {
                if topics.0 & (1 << bit) != 0 {
                    *last = version;
                }
            }
            log.listeners.iter().map(|(_, l)| l.clone()).collect()
        };
        self.changed.notify_all();
        for listener in listeners {
            // A listener that panics harms neither the writer nor the others.
            let told = std::panic::AssertUnwindSafe(|| listener(topics));
            let _ = std::panic::catch_unwind(told);
        }
    }

    /// Follows the feed from now on.
    pub(super) fn subscribe(self: &Arc<Self>) -> Subscription {
        Subscription {
            seen: self.log().version,
            feed: self.clone(),
        }
    }

    /// Calls back after each commit, until the listener is dropped.
    pub(super) fn listen(self: &Arc<Self>, callback: Callback) -> Listener {
        let mut log = self.log();
        let id = log.next_listener;
        log.next_listener += 1;
        log.listeners.push((id, callback));
        Listener {
            id,
            feed: self.clone(),
        }
    }
}

/// A place in the feed.
pub struct Subscription {
    feed: Arc<Feed>,
    seen: u64,
}

impl Subscription {
    /// What changed since the last call, without waiting.
    pub fn poll(&mut self) -> Topics {
        let feed = self.feed.clone();
        let log = feed.log();
        self.take(&log)
    }

    /// What changed since the last call; waits for something at most this long.
    pub fn wait(&mut self, at_most: Duration) -> Topics {
        let feed = self.feed.clone();
        let until = Instant::now() + at_most;
        let mut log = feed.log();
        while log.version == self.seen {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Topics::NONE;
            }
            log = feed
                .changed
                .wait_timeout(log, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        self.take(&log)
    }

    fn take(&mut self, log: &Log) -> Topics {
        let mut topics = Topics::NONE;
        for (bit, last) in log.last.iter().enumerate() {
            if *last > self.seen {
                topics.insert(Topics(1 << bit));
            }
        }
        self.seen = log.version;
        topics
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subscription({})", self.seen)
    }
}

/// Keeps a callback registered for as long as it lives.
pub struct Listener {
    id: u64,
    feed: Arc<Feed>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.feed.log().listeners.retain(|(id, _)| *id != self.id);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listener({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU16, Ordering};

    #[test]
    fn a_subscription_hears_each_change_once() {
        let feed = Arc::new(Feed::default());
        let mut early = feed.subscribe();
        feed.publish(Topics::TASKS);
        feed.publish(Topics::JOBS);
        let mut late = feed.subscribe();
        assert_eq!(early.poll(), Topics::TASKS | Topics::JOBS);
        assert_eq!(early.poll(), Topics::NONE);
        assert_eq!(late.wait(Duration::ZERO), Topics::NONE);
        feed.publish(Topics::JOBS);
        assert_eq!(late.wait(Duration::from_secs(60)), Topics::JOBS);
    }

    #[test]
    fn waiting_ends_when_another_thread_publishes() {
        let feed = Arc::new(Feed::default());
        let mut subscription = feed.subscribe();
        let publisher = std::thread::spawn({
            let feed = feed.clone();
            move || feed.publish(Topics::TASKS)
        });
        assert_eq!(subscription.wait(Duration::from_secs(60)), Topics::TASKS);
        publisher.join().expect("the publisher");
    }

    #[test]
    fn a_listener_is_called_until_it_is_dropped_and_may_panic() {
        let feed = Arc::new(Feed::default());
        let heard = Arc::new(AtomicU16::new(0));
        let panicking = feed.listen(Arc::new(|_| panic!("a listener of this test")));
        let listener = feed.listen({
            let heard = heard.clone();
            Arc::new(move |topics| {
                heard.fetch_or(topics.0, Ordering::SeqCst);
            })
        });
        feed.publish(Topics::TASKS);
        drop(listener);
        feed.publish(Topics::JOBS);
        drop(panicking);
        assert_eq!(Topics(heard.load(Ordering::SeqCst)), Topics::TASKS);
        assert!(feed.log().listeners.is_empty());
    }
}
