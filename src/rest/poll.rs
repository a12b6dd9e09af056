//! Long polls: workers that wait for external tasks, without a thread each.
//!
//! A commit that touches external tasks, or a lock that runs out, makes the dispatcher look
//! once which topics have something to lock, and wake as many of those who wait for them as
//! there is work for, the longest waiting first.

use crate::desk::{Desk, Listener, Topics};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// How often it is looked whether another process wrote, while somebody waits.
const LOOK: Duration = Duration::from_millis(250);

/// Those who wait.
pub struct Polls {
    desk: Arc<Desk>,
    waiting: Mutex<Waiting>,
    changed: Arc<Notify>,
    /// Counts commits, for those who wait for any change.
    feed: watch::Sender<u64>,
    _listener: Listener,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    places: BTreeMap<u64, Place>,
}

struct Place {
    topics: Vec<String>,
    /// Wants more than a topic: whether a task fits it must see for itself.
    choosy: bool,
    woken: bool,
    wake: Arc<Notify>,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// There may be something.
    Look,
    /// The time is over, or the server ends.
    Over,
}

impl Polls {
    /// Watches a desk until the server ends.
    pub fn new(desk: Arc<Desk>, stop: watch::Receiver<bool>) -> Arc<Polls> {
        let changed = Arc::new(Notify::new());
        let feed = watch::Sender::new(1);
        let listener = desk.listen({
            let (changed, feed) = (changed.clone(), feed.clone());
            move |topics| {
                feed.send_modify(|mark| *mark += 1);
                if topics.intersects(Topics::EXTERNAL_TASKS) {
                    changed.notify_one();
                }
            }
        });
        let polls = Arc::new(Polls {
            desk,
            waiting: Mutex::default(),
            changed,
            feed,
            _listener: listener,
        });
        tokio::spawn(dispatch(Arc::downgrade(&polls), stop));
        polls
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.lock().places.len()
    }

    /// Takes a place among those who wait for these topics.
    pub fn wait_for(self: &Arc<Self>, topics: Vec<String>, choosy: bool) -> Seat {
        let wake = Arc::new(Notify::new());
        let mut waiting = self.lock();
        let id = waiting.next;
        waiting.next += 1;
        let place = Place {
            topics,
            choosy,
            woken: false,
            wake: wake.clone(),
        };
        waiting.places.insert(id, place);
        drop(waiting);
        // Timers and other processes are watched only while somebody waits.
        self.changed.notify_one();
        Seat {
            polls: self.clone(),
            id,
            wake,
        }
    }

    /// The mark that moves with each change.
    pub fn mark(&self) -> u64 {
        *self.feed.borrow()
    }

    /// Waits until the mark is another than `seen`, the time is over or the server ends.
    pub async fn change(
        &self,
        seen: u64,
        at_most: Duration,
        stop: &mut watch::Receiver<bool>,
    ) -> Woken {
        if *stop.borrow() {
            return Woken::Over;
        }
        let mut feed = self.feed.subscribe();
        // What another process writes is looked for while somebody waits.
        self.changed.notify_one();
        tokio::select! {
            _ = feed.wait_for(|mark| *mark != seen) => Woken::Look,
            _ = tokio::time::sleep(at_most) => Woken::Over,
            _ = stop.changed() => Woken::Over,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks once who can have something.
    async fn pass(self: &Arc<Self>) -> Option<Duration> {
        let mut wanted: HashMap<String, usize> = HashMap::new();
        for place in self.lock().places.values() {
            for topic in &place.topics {
                *wanted.entry(topic.clone()).or_default() += 1;
            }
        }
        if wanted.is_empty() && self.feed.receiver_count() == 0 {
            return None;
        }
        let desk = self.desk.clone();
        let looked = tokio::task::spawn_blocking(move || desk.lockable_of(&wanted)).await;
        // A database that cannot say so now says it with the next look.
        let Ok(Ok((mut ready, next))) = looked else {
            return Some(LOOK);
        };
        for place in self.lock().places.values_mut() {
            let found = place
                .topics
                .iter()
                .find(|topic| ready.get(*topic).is_some_and(|n| *n > 0));
            let Some(topic) = found else { continue };
            if let (false, Some(left)) = (place.choosy, ready.get_mut(topic)) {
                *left -= 1;
            }
            if !place.woken {
                place.woken = true;
                place.wake.notify_one();
            }
        }
        Some(next.map_or(LOOK, |next| next.min(LOOK)))
    }
}

async fn dispatch(polls: std::sync::Weak<Polls>, mut stop: watch::Receiver<bool>) {
    let mut look = None;
    loop {
        let Some(changed) = polls.upgrade().map(|polls| polls.changed.clone()) else {
            return;
        };
        tokio::select! {
            _ = changed.notified() => {}
            _ = tokio::time::sleep(look.unwrap_or(LOOK)), if look.is_some() => {}
            _ = stop.changed() => return,
        }
        let Some(polls) = polls.upgrade() else { return };
        look = polls.pass().await;
    }
}

/// A place among those who wait; given up when it is dropped.
pub struct Seat {
    polls: Arc<Polls>,
    id: u64,
    wake: Arc<Notify>,
}

impl Seat {
    /// Waits for work, the end of the time, or the end of the server.
    pub async fn wait(&self, until: Instant, stop: &mut watch::Receiver<bool>) -> Woken {
        if *stop.borrow() {
            return Woken::Over;
        }
        tokio::select! {
            _ = self.wake.notified() => {
                // Before looking: what comes meanwhile must wake again.
                if let Some(place) = self.polls.lock().places.get_mut(&self.id) {
                    place.woken = false;
                }
                Woken::Look
            }
            _ = tokio::time::sleep_until(until) => Woken::Over,
            _ = stop.changed() => Woken::Over,
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let place = self.polls.lock().places.remove(&self.id);
        // Woken and gone: somebody else may have what it was woken for.
        if place.is_some_and(|place| place.woken) {
            self.polls.changed.notify_one();
        }
    }
}
