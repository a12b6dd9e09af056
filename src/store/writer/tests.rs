use crate::engine::Change;
use crate::store::line::{Command, Done};
use crate::store::testing::{apply, at, by, desk, process, start};
use crate::store::{Store, StoreError, Topics};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};

fn property(store: &Store, name: &str) -> Option<String> {
    let value: Result<_, StoreError> = store.read(|s| s.property(name));
    value.expect("a property")
}

/// Keeps the writer busy until the sender is dropped, so that others gather behind it.
fn occupy(store: &Store) -> (mpsc::Sender<()>, std::thread::JoinHandle<()>) {
    let (release, released) = mpsc::channel::<()>();
    let (began, beginning) = mpsc::channel();
    let busy = std::thread::spawn({
        let store = store.clone();
        move || {
            let held: Result<(), StoreError> = store.write(move |_| {
                // Done again, it finds nobody to tell.
                let _ = began.send(());
                let _ = released.recv();
                Ok(())
            });
            held.expect("a command");
        }
    });
    beginning.recv().expect("the writer to be busy");
    (release, busy)
}

/// What one caller does.
type Caller<T> = Box<dyn FnOnce(&Store) -> T + Send>;

/// Gives commands from threads of their own and waits until all are in the queue.
fn gather<T: Send + 'static>(store: &Store, commands: Vec<Caller<T>>) -> Vec<T> {
    let (release, busy) = occupy(store);
    let queued = Arc::new(Barrier::new(commands.len() + 1));
    let threads: Vec<_> = commands
        .into_iter()
        .map(|command| {
            let (store, queued) = (store.clone(), queued.clone());
            std::thread::spawn(move || {
                queued.wait();
                command(&store)
            })
        })
        .collect();
    queued.wait();
    drop(release);
    busy.join().expect("the busy one");
    let answers = threads.into_iter().map(|t| t.join().expect("a caller"));
    answers.collect()
}

#[test]
fn a_command_that_fails_or_panics_is_undone_alone() {
    let (_folder, store) = desk();
    let put = |name: &'static str, how: &'static str| -> Caller<Result<(), StoreError>> {
        Box::new(move |store: &Store| -> Result<(), StoreError> {
            store.write(move |tx| {
                tx.put_property(name, how)?;
                match how {
                    "fails" => Err(StoreError::Nested),
                    "panics" => panic!("in a test"),
                    _ => Ok(()),
                }
            })
        })
    };
    let answers = gather(
        &store,
        vec![
            put("a", "holds"),
            put("b", "fails"),
            put("c", "panics"),
            put("d", "holds"),
        ],
    );
    assert_eq!(answers[0], Ok(()));
    assert_eq!(answers[1], Err(StoreError::Nested));
    assert!(
        matches!(&answers[2], Err(StoreError::Panicked { detail }) if detail == "in a test"),
        "{:?}",
        answers[2]
    );
    assert_eq!(answers[3], Ok(()));
    let kept = ["a", "b", "c", "d"].map(|name| property(&store, name).is_some());
    assert_eq!(kept, [true, false, false, true]);
}

/// Runs commands of one group; how often each was run, and its answer.
fn counted(hows: &[&'static str]) -> Vec<(usize, Result<usize, StoreError>, bool)> {
    let (_folder, store) = desk();
    let runs: Vec<_> = hows.iter().map(|_| Arc::new(AtomicUsize::new(0))).collect();
    let command = |n: usize, how: &'static str| -> Caller<Result<usize, StoreError>> {
        let runs = runs[n].clone();
        Box::new(move |store: &Store| {
            store.write(move |tx| {
                let run = runs.fetch_add(1, Ordering::SeqCst) + 1;
                if how != "refuses" {
                    tx.put_property(&format!("p{n}"), &run.to_string())?;
                }
                match how {
                    "holds" => Ok(run),
                    _ => Err(StoreError::Nested),
                }
            })
        })
    };
    let commands = hows.iter().enumerate().map(|(n, how)| command(n, how));
    let answers = gather(&store, commands.collect());
    let answers = answers.into_iter().enumerate();
    answers
        .map(|(n, answer)| {
            let kept = property(&store, &format!("p{n}"));
            assert_eq!(kept, answer.as_ref().ok().map(usize::to_string));
            (runs[n].load(Ordering::SeqCst), answer, kept.is_some())
        })
        .collect()
}

#[test]
fn a_command_that_wrote_nothing_before_it_failed_costs_the_others_nothing() {
    for (runs, ..) in counted(&["holds", "refuses", "holds", "refuses", "holds"]) {
        assert_eq!(runs, 1);
    }
}

#[test]
fn a_group_is_done_again_when_one_must_be_undone_and_each_keeps_its_last_answer() {
    let mut again = 0;
    for _ in 0..20 {
        for (runs, answer, kept) in counted(&["holds", "fails", "holds", "fails", "holds"]) {
            assert!(runs <= 2, "at most once more");
            assert_eq!(answer.is_ok(), kept);
            again += runs - 1;
        }
    }
    assert!(again > 0, "no group was ever done again");
}

#[test]
fn a_commit_that_fails_fails_all_and_leaves_nothing_in_memory() {
    let (_folder, store) = desk();
    let heard = Arc::new(AtomicUsize::new(0));
    let _listener = store.listen({
        let heard = heard.clone();
        move |_| {
            heard.fetch_add(1, Ordering::SeqCst);
        }
    });
    let answers: Result<(), StoreError> = store.write(move |tx| {
        start(tx, &process("p"), None, &[], &by("ana", 0))?;
        // A user's group without the user is found at COMMIT only.
        tx.conn.execute_batch(
            "PRAGMA defer_foreign_keys = ON; INSERT INTO user_group VALUES ('nobody', 'g');",
        )?;
        Ok(())
    });
    let error = answers.expect_err("a failed commit");
    assert!(error.to_string().contains("FOREIGN KEY"), "{error}");
    assert_eq!(heard.load(Ordering::SeqCst), 0, "no change told");
    let found: Result<bool, StoreError> = store.write(|tx| Ok(tx.instance("p").is_ok()));
    assert_eq!(found, Ok(false), "the instance left the cache");
    let put: Result<(), StoreError> = store.write(|tx| tx.put_property("a", "b"));
    assert_eq!(put, Ok(()), "the writer goes on");
}

#[test]
fn an_instance_that_a_failed_command_touched_is_read_again() {
    let (_folder, store) = desk();
    let started: Result<(), StoreError> =
        store.write(|tx| start(tx, &process("p"), None, &[], &by("ana", 0)));
    started.expect("an instance");
    let failed: Result<(), StoreError> = store.write(|tx| {
        apply(
            tx,
            "p",
            &[Change::DeleteExecution("p".to_owned())],
            &by("ana", 1),
        )?;
        Err(StoreError::Nested)
    });
    assert_eq!(failed, Err(StoreError::Nested));
    let executions: Result<usize, StoreError> =
        store.write(|tx| Ok(tx.instance("p")?.executions().count()));
    assert_eq!(executions, Ok(1));
}

#[test]
fn commands_that_wait_share_one_commit_and_hear_of_it_afterwards() {
    let (_folder, store) = desk();
    let commits = Arc::new(AtomicUsize::new(0));
    let _listener = store.listen({
        let commits = commits.clone();
        move |topics: Topics| {
            assert!(topics.intersects(Topics::NOTES));
            commits.fetch_add(1, Ordering::SeqCst);
        }
    });
    let path = store.path().to_path_buf();
    let commands = (0..40)
        .map(|n| -> Caller<Result<bool, StoreError>> {
            let path = path.clone();
            Box::new(move |store: &Store| {
                let name = format!("p{n}");
                store.write({
                    let name = name.clone();
                    move |tx| tx.put_property(&name, "x")
                })?;
                // Another connection sees it: it is committed.
                let conn = rusqlite::Connection::open(path).expect("the file");
                let sql = "SELECT count(*) FROM property WHERE name = ?1";
                let found = conn.query_row(sql, [name], |row| row.get::<_, i64>(0));
                Ok(found == Ok(1))
            })
        })
        .collect();
    for answer in gather(&store, commands) {
        assert_eq!(answer, Ok(true), "committed before the answer");
    }
    let commits = commits.load(Ordering::SeqCst);
    assert!(commits < 20, "40 commands in {commits} commits");
}

/// A command that breaks its leader once others wait.
struct Breaks {
    began: mpsc::Sender<()>,
    go: mpsc::Receiver<()>,
}

impl Command for Breaks {
    fn run(&mut self, tx: &mut crate::store::Tx<'_>) -> bool {
        tx.put_property("half", "done").expect("a property");
        self.began.send(()).expect("the test");
        let _ = self.go.recv();
        panic!("a leader of this test");
    }

    fn answer(self: Box<Self>, _: Option<StoreError>, _: Done) {}

    fn lead(&self) {}
}

#[test]
fn a_leader_that_breaks_down_is_undone_and_the_next_in_line_leads() {
    let (_folder, store) = desk();
    let (began, beginning) = mpsc::channel();
    let (go, released) = mpsc::channel();
    let leader = std::thread::spawn({
        let store = store.clone();
        move || {
            let go = released;
            store.inner.line.give(Box::new(Breaks { began, go }));
        }
    });
    beginning.recv().expect("a leader");
    let waiting: Vec<_> = (0..4)
        .map(|n| {
            let store = store.clone();
            std::thread::spawn(move || -> Result<(), StoreError> {
                store.write(move |tx| tx.put_property(&format!("p{n}"), "x"))
            })
        })
        .collect();
    while store.inner.line.waiting() < 4 {
        std::thread::yield_now();
    }
    drop(go);
    assert!(leader.join().is_err(), "the leader panicked");
    for thread in waiting {
        assert_eq!(thread.join().expect("a caller"), Ok(()));
    }
    assert_eq!(property(&store, "half"), None, "what it began is undone");
    assert_eq!(property(&store, "p3").as_deref(), Some("x"));
}

#[test]
fn a_command_that_is_dropped_tells_its_caller() {
    struct Drops(mpsc::Sender<()>, mpsc::Receiver<()>);
    impl Command for Drops {
        fn run(&mut self, _: &mut crate::store::Tx<'_>) -> bool {
            self.0.send(()).expect("the test");
            let _ = self.1.recv();
            true
        }
        fn answer(self: Box<Self>, _: Option<StoreError>, _: Done) {
            panic!("a leader of this test");
        }
        fn lead(&self) {}
    }
    let (_folder, store) = desk();
    let (began, beginning) = mpsc::channel();
    let (go, released) = mpsc::channel();
    let leader = std::thread::spawn({
        let store = store.clone();
        move || store.inner.line.give(Box::new(Drops(began, released)))
    });
    beginning.recv().expect("a leader");
    let caller = std::thread::spawn({
        let store = store.clone();
        move || -> Result<(), StoreError> { store.write(|tx| tx.put_property("a", "b")) }
    });
    while store.inner.line.waiting() < 1 {
        std::thread::yield_now();
    }
    drop(go);
    assert!(leader.join().is_err(), "the leader panicked");
    let answer = caller.join().expect("a caller");
    let after: Result<(), StoreError> = store.write(|tx| tx.put_property("c", "d"));
    assert_eq!(after, Ok(()));
    assert!(
        matches!(answer, Ok(()) | Err(StoreError::Closed)),
        "{answer:?}"
    );
}

#[test]
fn processes_that_take_turns_do_not_number_ahead_of_the_clock() {
    let (folder, store) = desk();
    let other = Store::open(&folder.path().join("desk.db"), Default::default()).expect("it again");
    let mut last = 0;
    for turn in 0..20 {
        let store = if turn % 2 == 0 { &store } else { &other };
        let number: Result<i64, StoreError> = store.write(move |tx| Ok(tx.next_seq(at(turn))));
        let number = number.expect("a number");
        assert!(number > last, "they grow from process to process");
        last = number;
    }
    let within_two_seconds = (at(2000)).timestamp_millis() * 4096;
    assert!(last < within_two_seconds, "{last}");
}

#[test]
fn many_threads_with_failures_among_them_each_get_their_own_answer() {
    let (_folder, store) = desk();
    let threads: Vec<_> = (0..24)
        .map(|thread| {
            let store = store.clone();
            std::thread::spawn(move || {
                for n in 0..20 {
                    let name = format!("{thread}-{n}");
                    let answer: Result<String, StoreError> = store.write({
                        let name = name.clone();
                        move |tx| {
                            tx.put_property(&name, "x")?;
                            match (thread + n) % 5 {
                                0 => Err(StoreError::Value {
                                    detail: name.clone(),
                                }),
                                1 => panic!("{name}"),
                                _ => Ok(name.clone()),
                            }
                        }
                    });
                    let expected = match (thread + n) % 5 {
                        0 => Err(StoreError::Value {
                            detail: name.clone(),
                        }),
                        1 => Err(StoreError::Panicked {
                            detail: name.clone(),
                        }),
                        _ => Ok(name.clone()),
                    };
                    assert_eq!(answer, expected);
                    assert_eq!(property(&store, &name).is_some(), expected.is_ok());
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("a caller");
    }
}

#[test]
fn what_memory_knows_of_people_and_processes_changes_with_them() {
    let (folder, store) = desk();
    let other = Store::open(&folder.path().join("desk.db"), Default::default()).expect("it again");
    let user = |id: &str| crate::store::User {
        id: id.to_owned(),
        name: id.to_owned(),
        role: "head".to_owned(),
        groups: Vec::new(),
        topics: Vec::new(),
        password_hash: None,
        created: at(0),
    };
    let count = |store: &Store| -> usize {
        let users: Result<_, StoreError> = store.write(|tx| tx.people());
        users.expect("the users").len()
    };
    assert_eq!(count(&store), 0);
    let (ana, ben) = (user("ana"), user("ben"));
    let seen: Result<usize, StoreError> = store.write(move |tx| {
        tx.put_user(&ana)?;
        Ok(tx.people()?.len())
    });
    assert_eq!(seen, Ok(1), "a command sees what it wrote");
    let failed: Result<(), StoreError> = store.write(move |tx| {
        tx.put_user(&ben)?;
        assert_eq!(tx.people()?.len(), 2);
        Err(StoreError::Nested)
    });
    assert_eq!(failed, Err(StoreError::Nested));
    assert_eq!(count(&store), 1, "what was undone is forgotten");
    let cem = user("cem");
    let foreign: Result<(), StoreError> = other.write(move |tx| tx.put_user(&cem));
    assert_eq!(foreign, Ok(()));
    assert_eq!(count(&store), 2, "what another process wrote is seen");
}

#[test]
fn a_store_may_be_dropped_while_others_wait() {
    let (folder, store) = desk();
    let (release, busy) = occupy(&store);
    let waiting: Vec<_> = (0..6)
        .map(|n| {
            let store = store.clone();
            std::thread::spawn(move || -> Result<(), StoreError> {
                store.write(move |tx| tx.put_property(&format!("p{n}"), "x"))
            })
        })
        .collect();
    drop(store);
    drop(release);
    busy.join().expect("the busy one");
    for thread in waiting {
        assert_eq!(thread.join().expect("a caller"), Ok(()));
    }
    let store = Store::open(&folder.path().join("desk.db"), Default::default()).expect("the desk");
    for n in 0..6 {
        assert!(property(&store, &format!("p{n}")).is_some());
    }
}

#[test]
fn a_command_inside_a_command_is_refused_instead_of_waiting_for_ever() {
    let (_folder, store) = desk();
    let inner = store.clone();
    let answer: Result<(), StoreError> = store.write(move |_| {
        assert_eq!(inner.poll_foreign(), Err(StoreError::Nested));
        inner.write(|_| Ok(()))
    });
    assert_eq!(answer, Err(StoreError::Nested));
}

#[test]
fn closing_waits_for_what_was_given() {
    let (folder, store) = desk();
    let path = folder.path().join("desk.db");
    let answer: Result<(), StoreError> = store.write(|tx| tx.put_property("a", "b"));
    assert_eq!(answer, Ok(()));
    drop(store);
    let names: Vec<String> = std::fs::read_dir(folder.path())
        .expect("the folder")
        .map(|f| {
            f.expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(names, ["desk.db"], "the log is written back");
    let store = Store::open(&path, Default::default()).expect("the desk");
    assert_eq!(property(&store, "a").as_deref(), Some("b"));
}

#[test]
fn what_another_process_writes_is_noticed_and_memory_dropped() {
    let (folder, store) = desk();
    let other = Store::open(&folder.path().join("desk.db"), Default::default()).expect("it again");
    let started: Result<(), StoreError> =
        store.write(|tx| start(tx, &process("p"), None, &[], &by("ana", 0)));
    started.expect("an instance");
    assert_eq!(
        store.poll_foreign(),
        Ok(false),
        "one's own writing is not foreign"
    );
    assert_eq!(other.poll_foreign(), Ok(true));
    assert_eq!(other.poll_foreign(), Ok(false), "told once");

    let mut mine = store.changes();
    let gone: Result<(), StoreError> = other.write(|tx| {
        apply(
            tx,
            "p",
            &[Change::DeleteExecution("p".to_owned())],
            &by("ben", 1),
        )
    });
    gone.expect("a change by the other");
    assert_eq!(mine.poll(), Topics::NONE);
    let executions: Result<usize, StoreError> =
        store.write(|tx| Ok(tx.instance("p")?.executions().count()));
    assert_eq!(executions, Ok(0), "the cached instance was dropped");
    assert_eq!(mine.poll(), Topics::ALL);
}

#[test]
fn a_full_disk_is_said_and_the_desk_goes_on_reading() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.db");
    drop(Store::open(&path, Default::default()).expect("a desk"));
    let options = crate::store::Options {
        max_pages: Some(120),
        ..Default::default()
    };
    let store = Store::open(&path, options).expect("a small desk");
    let small: Result<(), StoreError> = store.write(|tx| tx.put_property("small", "x"));
    assert_eq!(small, Ok(()));
    let big: Result<(), StoreError> = store.write(|tx| {
        tx.put_property("half", "x")?;
        tx.put_property("big", &"x".repeat(4096 * 200))
    });
    let error = big.expect_err("no space");
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert_eq!(property(&store, "half"), None, "nothing is half done");
    assert_eq!(property(&store, "small").as_deref(), Some("x"));
    let again: Result<(), StoreError> = store.write(|tx| tx.put_property("small", "y"));
    assert_eq!(again, Ok(()));
}

#[test]
fn one_secret_more_or_less() {
    let (_folder, store) = desk();
    let rows: Result<_, StoreError> = store.write(|tx| {
        tx.put_secret("h1", b"sealed", "p", at(0))?;
        tx.put_secret("h2", b"sealed too", "connection:sales", at(0))?;
        tx.delete_secrets_of("p")?;
        Ok((tx.read().secret("h1")?, tx.read().secret("h2")?))
    });
    assert_eq!(rows, Ok((None, Some(b"sealed too".to_vec()))));
}
