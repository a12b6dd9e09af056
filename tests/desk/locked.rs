//! The worker before a target that another program has locked: it waits and keeps its own
//! lock on the task, or fails with a retry; the rows go in once.

use crate::office::*;
use crate::worker::{rows, sent, stands, target};
use chrono::TimeDelta;
use crewdesk::client::Client;
use crewdesk::worker::{self, Done, Options};
use rusqlite::Connection;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Another program that writes to the target and lets nobody in.
fn locked(office: &Office) -> Connection {
    let other = target(office);
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    other
}

/// A worker as another process would run it.
struct Worker {
    stop: watch::Sender<bool>,
    thread: JoinHandle<Done>,
}

impl Worker {
    fn start(office: &Office, busy_seconds: u64) -> Worker {
        let desk = office.again();
        let (stop, stopped) = watch::channel(false);
        let thread = thread::spawn(move || {
            let options = Options {
                busy_seconds,
                ..Options::new()
            };
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime
                .block_on(worker::run(desk, options, stopped))
                .unwrap()
        });
        Worker { stop, thread }
    }

    fn end(self) -> Done {
        self.stop.send(true).unwrap();
        self.thread.join().unwrap()
    }
}

/// Waits until this says something.
fn until<T>(office: &Office, what: &str, mut says: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    let mut mark = 0;
    loop {
        if let Some(said) = says() {
            return said;
        }
        assert!(since.elapsed() < Duration::from_secs(60), "never: {what}");
        mark = office.desk.wait_for_change(mark, Duration::from_millis(50));
    }
}

fn ledger(office: &Office) -> i64 {
    let count = "SELECT count(*) FROM crewdesk_ledger";
    target(office).query_row(count, [], |r| r.get(0)).unwrap()
}

#[test]
fn it_waits_for_the_target_and_keeps_its_lock_meanwhile() {
    let office = Office::new();
    let other = locked(&office);
    let instance = sent(&office, "Orders", &[]);
    let topic = ["insertion".to_owned()];
    let waiting = || office.desk.waiting(&topic).unwrap();
    let worker = Worker::start(&office, 600);
    until(&office, "the task is taken", || {
        (waiting().locked == 1).then_some(())
    });
    // Each time the lock would soon run out, a heartbeat renews it: three times as long as one lasts.
    for _ in 0..4 {
        office.clock.advance(Duration::from_secs(8));
        let now = office.now();
        until(&office, "the lock is renewed", || {
            let waiting = waiting();
            assert_eq!((waiting.ready, waiting.locked), (0, 1), "nobody else may");
            waiting
                .next
                .filter(|&end| end > now + TimeDelta::seconds(9))
        });
    }
    assert_eq!(stands(&office, &instance), ("ACTIVE".into(), None));
    other.execute_batch("ROLLBACK").unwrap();
    until(&office, "the end", || {
        (stands(&office, &instance).0 == "COMPLETED").then_some(())
    });
    let done = worker.end();
    assert_eq!((done.insertions, done.kept), (1, 1));
    assert_eq!((rows(&office), ledger(&office)), (2, 1));
}

#[test]
fn it_fails_with_a_clear_word_and_inserts_once_when_tried_again() {
    let office = Office::new();
    let other = locked(&office);
    let instance = sent(&office, "Orders", &[]);
    let worker = Worker::start(&office, 0);
    let mara = office.client("mara");
    let told = || {
        let history = mara.history(&instance).unwrap();
        let failed = history.into_iter().filter(|entry| entry.kind == "failed");
        failed.map(|entry| entry.text).collect::<Vec<_>>()
    };
    let first = until(&office, "the failure", || told().pop());
    assert!(
        first.contains("target.db is locked by another program")
            && first.contains("close what writes to it"),
        "{first}"
    );
    // The target is free too late for the second try; the third has it.
    office.clock.advance(Duration::from_secs(6));
    until(&office, "the second failure", || {
        mara.comment_instance(&instance, "still locked?").unwrap();
        (told().len() == 2).then_some(())
    });
    assert_eq!(stands(&office, &instance), ("ACTIVE".into(), None));
    let shown = mara.instance(&instance).unwrap();
    assert_eq!(shown.instance.incidents, 0, "tries are left");
    other.execute_batch("ROLLBACK").unwrap();
    office.clock.advance(Duration::from_secs(6));
    mara.comment_instance(&instance, "free now").unwrap();
    until(&office, "the end", || {
        (stands(&office, &instance).0 == "COMPLETED").then_some(())
    });
    let done = worker.end();
    assert_eq!(done.kept, 1);
    assert_eq!((rows(&office), ledger(&office)), (2, 1));
}

#[test]
fn a_target_that_stays_locked_becomes_an_incident() {
    let office = Office::new();
    let _other = locked(&office);
    let instance = sent(&office, "Orders", &[]);
    let worker = Worker::start(&office, 0);
    let mara = office.client("mara");
    until(&office, "the incident", || {
        office.clock.advance(Duration::from_secs(6));
        mara.comment_instance(&instance, "later").unwrap();
        let shown = mara.instance(&instance).unwrap();
        (shown.instance.incidents == 1).then_some(())
    });
    let done = worker.end();
    assert_eq!((done.kept, done.sent_back), (0, 0));
    assert!(office.told("mara").contains(&"incident".to_owned()));
    assert_eq!(stands(&office, &instance).0, "ACTIVE");
}
