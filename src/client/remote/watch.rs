//! Live updates: one long poll, beside everything else, which also finds out that the server
//! went away and that it is there again.

use super::ask::query;
use super::line::{Content, Line, Message, lock};
use hyper::Method;
use serde_json::Value as Json;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How long the server may hold a question back.
const HOLD: Duration = Duration::from_secs(25);
/// How much later than that its answer may come.
const LATE: Duration = Duration::from_secs(10);
/// How often a server without such news is taken for changed.
const LOOK: Duration = Duration::from_secs(10);
/// Between two calls of a server that is away: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(3));

/// A mark that moves with each change, and those who wait for it.
#[derive(Default)]
pub(super) struct Feed {
    mark: Mutex<u64>,
    moved: Condvar,
}

impl Feed {
    fn bump(&self) {
        *lock(&self.mark) += 1;
        self.moved.notify_all();
    }

    /// The mark, when it is another than `seen` or the time is over.
    pub(super) fn wait(&self, seen: u64, at_most: Duration) -> u64 {
        let until = Instant::now() + at_most;
        let mut mark = lock(&self.mark);
        while *mark == seen {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.moved.wait_timeout(mark, left);
            mark = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *mark
    }
}

/// Follows a server until nobody holds the feed any more. `path` is that of its long poll.
pub(super) async fn follow(
    line: Arc<Line>,
    feed: Weak<Feed>,
    path: Option<&'static [&'static str]>,
) {
    let (mut seen, mut pause) = (0, PAUSES.0);
    if let Some(feed) = feed.upgrade() {
        feed.bump();
    }
    while feed.strong_count() > 0 {
        let hold = HOLD.as_millis().to_string();
        let asked = seen.to_string();
        let path = match path {
            Some(path) => query(path, &[("seen", &asked), ("timeout", &hold)]),
            None => {
                tokio::time::sleep(LOOK).await;
                query(&["version"], &[])
            }
        };
        let question = Message {
            method: Method::GET,
            path: path.clone(),
            content: Content::None,
            key: None,
            patience: HOLD + LATE,
            again: true,
        };
        let answer = line.exchange(&question).await;
        let Some(feed) = feed.upgrade() else {
            return;
        };
        match answer {
            Ok(reply) if reply.status == 200 => {
                let back = line.heard(true);
                pause = PAUSES.0;
                let json: Json = serde_json::from_slice(&reply.body).unwrap_or_default();
                let now = json["seen"].as_u64();
                if back || now != Some(seen) {
                    feed.bump();
                }
                seen = now.unwrap_or_default();
            }
            Ok(reply) if !matches!(reply.status, 502..=504) => {
                // It lets nobody in any more, say: whoever asks next is told why.
                line.heard(true);
                tokio::time::sleep(LOOK).await;
            }
            _ => {
                line.heard(false);
                drop(feed);
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSES.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_ends_with_news_or_in_time() {
        let feed = Arc::new(Feed::default());
        assert_eq!(feed.wait(0, Duration::ZERO), 0);
        assert_eq!(feed.wait(7, Duration::from_secs(60)), 0);
        let other = feed.clone();
        let waits = std::thread::spawn(move || other.wait(0, Duration::from_secs(60)));
        feed.bump();
        assert_eq!(waits.join().expect("no panic"), 1);
    }
}
