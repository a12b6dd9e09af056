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
/// Between two questions at least, however quick the news are.
const PACE: Duration = Duration::from_millis(50);
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
    let waits = path.is_some();
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
        let asked_at = Instant::now();
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
                let news = now != Some(seen);
                if back || news {
                    feed.bump();
                }
                drop(feed);
                // One that does not hold a question back, or tells no mark, would be asked
                // without a pause.
                let holds = now.is_some() && (news || asked_at.elapsed() >= HOLD / 2);
                if waits {
                    tokio::time::sleep(if holds { PACE } else { LOOK }).await;
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

    /// A server that answers each question at once, with this.
    fn asked_how_often(answer: &'static str) -> usize {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = format!("http://{}", listener.local_addr().expect("an address"));
        let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = count.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut heard = [0; 4096];
                while stream.read(&mut heard).is_ok_and(|n| n > 0) {
                    counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    let length = answer.len();
                    let reply =
                        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{answer}");
                    let _ = stream.write_all(reply.as_bytes());
                }
            }
        });
        let address = super::super::address::Address::parse(&at).expect("an address");
        let line = Arc::new(Line::new(address).expect("a line"));
        let feed = Arc::new(Feed::default());
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.spawn(follow(line, Arc::downgrade(&feed), Some(&["changes"])));
        // Twice: at the beginning, and when the first answer came.
        let mut mark = 0;
        while mark < 2 {
            mark = feed.wait(mark, Duration::from_secs(60));
        }
        std::thread::sleep(Duration::from_millis(500));
        count.load(std::sync::atomic::Ordering::SeqCst)
    }

    #[test]
    fn a_server_that_does_not_hold_a_question_back_is_not_asked_all_the_time() {
        for answer in ["{}", "nothing", r#"{"seen": 7}"#] {
            let asked = asked_how_often(answer);
            assert!(asked <= 2, "{answer}: asked {asked} times");
        }
    }

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
