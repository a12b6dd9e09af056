//! The store from outside: rows of the engine, many threads, many processes.

mod sample;

use chrono::{DateTime, Utc};
use crewdesk::engine::*;
use crewdesk::store::{Notification, Operation, PastEvent, Store, StoreError, TaskFilter, Topics};
use crewdesk::value::Value;
use sample::*;
use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn every_row_of_the_engine_comes_back_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("desk.db"));
    start(&store, "other", &rows("other"));
    let all = rows("p");
    start(&store, "p", &all);
    assert_eq!(stored(&store, "p"), Some(Instance::from_rows(all.clone())));

    // Each row replaced by itself, then by an emptier one of the same id.
    let again: Vec<Change> = all.iter().cloned().map(put).collect();
    let changed = Task {
        id: text("t1-p"),
        process_instance_id: text("p"),
        created: at(2),
        round: 2,
        execution_id: text("e1-p"),
        definition_id: text("orders:1:x"),
        task_definition_key: text("enter"),
        ..Task::default()
    };
    let written: Result<Instance, StoreError> = store.write(move |tx| {
        write(tx, "p", &again, &by("ana", 1))?;
        write(tx, "p", &[Change::PutTask(changed.clone())], &by("ana", 2))?;
        Ok(tx.instance("p")?.clone())
    });
    let in_memory = written.expect("the changes");
    assert_eq!(stored(&store, "p"), Some(in_memory));

    // Each row deleted again.
    let ends: Vec<Change> = all.iter().map(|row| delete(row.key())).collect();
    let ended: Result<(), StoreError> = store.write(move |tx| write(tx, "p", &ends, &by("ana", 3)));
    ended.expect("the end");
    assert_eq!(stored(&store, "p"), None);
    let running: Result<bool, StoreError> = store.write(|tx| Ok(tx.instance("p").is_ok()));
    assert_eq!(running, Ok(false));
    assert_eq!(
        stored(&store, "other"),
        Some(Instance::from_rows(rows("other"))),
        "the other instance is untouched"
    );
    let conn = rusqlite::Connection::open(folder.path().join("desk.db")).expect("the file");
    for table in [
        "process_instance",
        "execution",
        "variable",
        "task",
        "task_candidate",
        "external_task",
        "job",
        "event_subscription",
        "incident",
    ] {
        let key = match table {
            "task_candidate" => "task_id LIKE '%-p'",
            _ => "root_id = 'p'",
        };
        let sql = format!("SELECT count(*) FROM {table} WHERE {key}");
        let left: i64 = conn.query_row(&sql, [], |row| row.get(0)).expect(table);
        assert_eq!(left, 0, "{table}");
    }
}

#[test]
fn sixty_four_threads_share_commits_and_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("desk.db"));
    let commits = Arc::new(AtomicUsize::new(0));
    let _listener = store.listen({
        let commits = commits.clone();
        move |topics: Topics| {
            assert!(!topics.is_empty());
            commits.fetch_add(1, Ordering::SeqCst);
        }
    });
    std::thread::scope(|scope| {
        for thread in 0..64 {
            let store = store.clone();
            scope.spawn(move || {
                for n in 0..10 {
                    let name = format!("{thread}-{n}");
                    let fails = n == 5;
                    let given = name.clone();
                    let answer: Result<(), StoreError> = store.write(move |tx| {
                        tx.put_property(&given, "x")?;
                        let count = tx.read().property("count")?;
                        let count = count.map_or(0, |n| n.parse::<u32>().expect("a number"));
                        tx.put_property("count", &(count + 1).to_string())?;
                        if fails {
                            Err(StoreError::Nested)
                        } else {
                            Ok(())
                        }
                    });
                    assert_eq!(answer.is_err(), fails);
                    let kept: Result<_, StoreError> = store.read(|s| s.property(&name));
                    assert_eq!(kept.expect("a look").is_some(), !fails, "after the answer");
                }
            });
        }
    });
    let count: Result<_, StoreError> = store.read(|s| s.property("count"));
    assert_eq!(count.expect("a count").as_deref(), Some("576"));
    let commits = commits.load(Ordering::SeqCst);
    assert!(commits < 288, "576 commands in {commits} commits");
}

const CHILD: &str = "CREWDESK_STORE_TEST_CHILD";

/// What each process does; alone it is nothing.
#[test]
fn child_of_many_processes() {
    let Some(path) = std::env::var_os(CHILD) else {
        return;
    };
    let store = open(Path::new(&path));
    for n in 0..25 {
        let counted: Result<(), StoreError> = store.write(move |tx| {
            let name = format!("count-{n}");
            let change = Change::PutVariable(Variable {
                id: text("v"),
                scope_id: text("p"),
                process_instance_id: text("p"),
                name: text("count"),
                value: match tx
                    .instance("p")?
                    .variable("p", "count")
                    .map(|v| v.value.clone())
                {
                    Some(Value::Long(count)) => Value::Long(count + 1),
                    _ => Value::Long(1),
                },
            });
            tx.put_property(&name, "x")?;
            write(tx, "p", &[change], &by("child", n))
        });
        counted.expect("a count");
    }
}

#[test]
fn many_processes_share_one_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.db");
    let store = open(&path);
    start(&store, "p", &rows("p"));
    let program = std::env::current_exe().expect("this program");
    let children: Vec<_> = (0..4)
        .map(|_| {
            Process::new(&program)
                .args(["--exact", "child_of_many_processes"])
                .env(CHILD, &path)
                .stdout(std::process::Stdio::null())
                .spawn()
                .expect("a process")
        })
        .collect();
    for mut child in children {
        assert!(child.wait().expect("its end").success());
    }
    assert_eq!(store.poll_foreign(), Ok(true));
    let count: Result<_, StoreError> = store.write(|tx| {
        Ok(tx
            .instance("p")?
            .variable("p", "count")
            .map(|v| v.value.clone()))
    });
    assert_eq!(count, Ok(Some(Value::Long(100))));
}

#[test]
fn the_history_tells_what_happened_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("desk.db"));
    let process = ProcessInstance {
        id: text("p"),
        definition_id: text("orders:1:x"),
        business_key: some("K"),
        start_user: some("mara"),
        started: at(0),
        ..ProcessInstance::default()
    };
    let task = |round| Task {
        id: format!("t{round}"),
        execution_id: text("e"),
        process_instance_id: text("p"),
        task_definition_key: text("enter"),
        first_due: Some(at(15)),
        due: Some(at(15)),
        created: at(0),
        round,
        ..Task::default()
    };
    let started = |node: &str| Event::ActivityStarted {
        id: format!("{node}:e"),
        parent_id: text("p"),
        process_instance_id: text("p"),
        execution_id: text("e"),
        activity_id: text(node),
    };
    let ended = |node: &str| Event::ActivityEnded {
        id: format!("{node}:e"),
        process_instance_id: text("p"),
        activity_id: text(node),
        started: at(0),
        end: ActivityEnd::Completed,
    };
    let mine = Task {
        assignee: some("ana"),
        ..task(1)
    };
    let first = vec![
        Change::PutProcess(process.clone()),
        Change::PutTask(task(1)),
        Change::Event(Event::ProcessStarted {
            process,
            called_by: None,
            called_at: None,
        }),
        Change::Event(started("start")),
        Change::Event(ended("start")),
        Change::Event(started("enter")),
        Change::Event(Event::TaskCreated { task: task(1) }),
    ];
    let claimed = vec![
        Change::PutTask(mine.clone()),
        Change::Event(Event::TaskAssigned {
            task: mine.clone(),
            from: None,
        }),
    ];
    // The token leaves the task, checks, and comes back to it under the same ids.
    let back = vec![
        Change::DeleteTask(text("t1")),
        Change::PutTask(task(2)),
        Change::Event(Event::TaskEnded {
            task: mine,
            reason: text("completed"),
        }),
        Change::Event(ended("enter")),
        Change::Event(Event::FlowTaken {
            process_instance_id: text("p"),
            flow_id: text("again"),
        }),
        Change::Event(started("enter")),
        Change::Event(Event::TaskCreated { task: task(2) }),
    ];
    let cancelled = vec![
        Change::DeleteProcess(text("p")),
        Change::DeleteTask(text("t2")),
        Change::Event(Event::TaskEnded {
            task: task(2),
            reason: text("deleted"),
        }),
        Change::Event(Event::ActivityEnded {
            id: text("enter:e"),
            process_instance_id: text("p"),
            activity_id: text("enter"),
            started: at(0),
            end: ActivityEnd::Canceled,
        }),
        Change::Event(Event::ProcessEnded {
            process_instance_id: text("p"),
            state: InstanceState::ExternallyTerminated,
            reason: some("not needed"),
        }),
    ];
    let done: Result<(), StoreError> = store.write(move |tx| {
        tx.new_instance("p")?;
        write(tx, "p", &first, &by("mara", 0))?;
        write(tx, "p", &claimed, &by("ana", 10))?;
        write(tx, "p", &back, &by("ana", 10))?;
        write(tx, "p", &cancelled, &by("mara", 20))
    });
    done.expect("the whole life");
    let told: Result<Vec<String>, StoreError> = store.read(|s| {
        let past = s.past("p", &[], &[])?.into_iter();
        Ok(past
            .map(|past| match past.what {
                PastEvent::Started => format!("started by {:?}", past.user),
                PastEvent::TaskCreated(task) => format!("created {}", task.id),
                PastEvent::TaskCompleted(task) => format!("completed {}", task.id),
                PastEvent::Operation {
                    operation, task_id, ..
                } => format!("{:?} {operation} {task_id:?}", past.user),
                PastEvent::Ended { state, reason } => {
                    format!("{} {reason:?} {:?}", state.as_str(), past.user)
                }
                other => format!("{other:?}"),
            })
            .collect())
    });
    assert_eq!(
        told.expect("a timeline"),
        [
            "started by Some(\"mara\")",
            "created t1",
            "Some(\"ana\") Claim Some(\"t1\")",
            "completed t1",
            "created t2",
            "EXTERNALLY_TERMINATED Some(\"not needed\") Some(\"mara\")",
        ]
    );
    let read: Result<_, StoreError> = store.read(|s| {
        let days = [at(0), at(86_400_000)];
        Ok((
            s.activities("p")?,
            s.visits("p")?,
            s.flows("p")?,
            s.work(Some("ana"), at(30), &days)?,
            s.instance("p")?,
            s.tasks_done_by("ana", 0, 10)?,
            s.count_tasks(&TaskFilter::default(), at(0))?,
        ))
    });
    let (activities, visits, flows, work, instance, done, open) = read.expect("the history");
    let activities: Vec<_> = activities
        .iter()
        .map(|a| (a.activity_id.as_str(), a.ended, a.canceled))
        .collect();
    assert_eq!(
        activities,
        [
            ("start", Some(at(0)), false),
            ("enter", Some(at(10)), false),
            ("enter", Some(at(20)), true),
        ]
    );
    let expected = [(text("start"), 1), (text("enter"), 2)];
    assert_eq!(visits, expected);
    assert_eq!(flows, [(text("again"), 1)]);
    assert_eq!(
        (work.open, work.done, work.judged, work.in_time),
        (0, 1, 1, 1)
    );
    assert_eq!(work.per_day, [1]);
    assert_eq!(instance.state, InstanceState::ExternallyTerminated);
    assert_eq!(instance.business_key.as_deref(), Some("K"));
    assert_eq!((instance.round, instance.ended), (2, Some(at(20))));
    let done: Vec<_> = done.iter().map(|t| (t.id.as_str(), t.in_time)).collect();
    assert_eq!(done, [("t1", Some(true))]);
    assert_eq!(open, 0);
}

#[test]
fn work_for_workers_comes_in_order_and_not_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("desk.db"));
    let external = |id: &str, priority, created, change: &dyn Fn(&mut ExternalTask)| {
        let mut task = ExternalTask {
            id: text(id),
            process_instance_id: text("p"),
            topic: text("insertion"),
            priority,
            created: at(created),
            ..ExternalTask::default()
        };
        change(&mut task);
        Row::ExternalTask(task)
    };
    let mut all = vec![
        Row::from(ProcessInstance {
            id: text("p"),
            started: at(0),
            ..ProcessInstance::default()
        }),
        external("old", 0, 1, &|_| {}),
        external("new", 0, 2, &|_| {}),
        external("first", 9, 3, &|_| {}),
        external("locked", 9, 0, &|t| t.lock_expires = Some(at(100))),
        external("was-locked", 1, 0, &|t| t.lock_expires = Some(at(50))),
        external("failed", 9, 0, &|t| t.retries = Some(0)),
        external("other-topic", 9, 0, &|t| t.topic = text("mail")),
    ];
    let job = |id: &str, due, retries, retry_at: Option<i64>| {
        Row::Job(Job {
            id: text(id),
            process_instance_id: some("p"),
            due: at(due),
            retries,
            retry_at: retry_at.map(at),
            created: at(0),
            ..Job::default()
        })
    };
    all.extend([
        job("due-late", 40, 3, None),
        job("due-first", 10, 3, None),
        job("backs-off", 10, 2, Some(200)),
        job("failed", 0, 0, None),
        job("future", 300, 3, None),
    ]);
    start(&store, "p", &all);
    let lockable = |now| -> Vec<String> {
        let rows: Result<_, StoreError> = store.read(|s| s.lockable("insertion", at(now), 10));
        let rows = rows.expect("external tasks").into_iter();
        rows.map(|row| row.task.id).collect()
    };
    assert_eq!(lockable(50), ["first", "was-locked", "old", "new"]);
    assert_eq!(lockable(100)[..2], ["locked", "first"]);
    let lock = |now| -> Option<String> {
        let row: Result<_, StoreError> =
            store.write(move |tx| tx.lock_job("w", at(now), at(now + 1000)));
        row.expect("a job").map(|row| row.job.id)
    };
    let next = |now| -> Option<DateTime<Utc>> {
        let next: Result<_, StoreError> = store.read(|s| s.next_event(at(now)));
        next.expect("an instant")
    };
    assert_eq!(lock(9), None);
    assert_eq!(next(9), Some(at(10)));
    assert_eq!(lock(50).as_deref(), Some("due-first"));
    assert_eq!(lock(50).as_deref(), Some("due-late"));
    assert_eq!(lock(50), None);
    assert_eq!(next(50), Some(at(100)), "a lock ends");
    assert_eq!(lock(200).as_deref(), Some("backs-off"));
    assert_eq!(
        lock(1050).as_deref(),
        Some("due-first"),
        "its lock has ended"
    );

    let suspended = ProcessInstance {
        id: text("p"),
        started: at(0),
        state: InstanceState::Suspended,
        ..ProcessInstance::default()
    };
    let changes = [
        Change::PutProcess(suspended),
        Change::Event(Event::ProcessStateChanged {
            process_instance_id: text("p"),
            state: InstanceState::Suspended,
        }),
    ];
    let done: Result<(), StoreError> =
        store.write(move |tx| write(tx, "p", &changes, &by("mara", 2000)));
    done.expect("a suspension");
    assert_eq!(lockable(5000), Vec::<String>::new());
    assert_eq!(lock(5000), None);
}

#[test]
fn two_processes_never_give_the_same_number_of_the_history() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.db");
    let stores = [open(&path), open(&path)];
    let log = |store: &Store, times: i64| {
        for _ in 0..times {
            let written: Result<(), StoreError> = store.write(|tx| {
                let row = Operation {
                    operation: text("Claim"),
                    process_instance_id: some("p"),
                    ..Operation::default()
                };
                tx.log_operation(&by("ana", 0), &row)
            });
            written.expect("a number of its own");
        }
    };
    for times in [3, 1, 2, 5] {
        for store in &stores {
            log(store, times);
        }
    }
    drop(stores);
    log(&open(&path), 1);
}

#[test]
fn of_very_much_that_happened_the_last_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("desk.db"));
    start(&store, "p", &rows("p"));
    let conn = rusqlite::Connection::open(folder.path().join("desk.db")).expect("the file");
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)";
    for insert in [
        "INSERT INTO hist_activity (process_instance_id, id, seq, parent_id, execution_id, activity_id, started)
         SELECT 'p', 'a' || i, i, 'p', 'p', 'round', i FROM n",
        "INSERT INTO hist_process_instance (id, root_id, definition_id, started, state, called_by)
         SELECT 'c' || i, 'c' || i, 'orders:1:x', i, 'ACTIVE', 'p' FROM n",
        "INSERT INTO hist_task (id, seq, process_instance_id, definition_id, execution_id, task_definition_key, name, priority, created, round)
         SELECT 't' || i, i, 'p', 'orders:1:x', 'p', 'u', 'Load', 50, i, 1 FROM n",
        "INSERT INTO hist_operation (seq, at, operation, entity, process_instance_id)
         SELECT 1000000 + i, i, 'Claim', 'Task', 'p' FROM n",
        "INSERT INTO hist_external_task_log (process_instance_id, seq, at, state, external_task_id, activity_id, execution_id, topic, priority)
         SELECT 'p', i, i, 'created', 'x' || i, 'a', 'p', 't', 0 FROM n",
        "INSERT INTO hist_job_log (process_instance_id, seq, at, state, job_id, kind, definition_id, activity_id, due, retries)
         SELECT 'p', i, i, 'failed', 'j' || i, 'timer', 'orders:1:x', 'a', i, 2 FROM n",
        "INSERT INTO hist_incident (id, process_instance_id, execution_id, seq, kind, activity_id, configuration, created)
         SELECT 'i' || i, 'p', 'p', i, 'failedJob', 'a', 'j', i FROM n",
        "INSERT INTO hist_decision (process_instance_id, seq, at, activity_id, activity_instance_id, decision_definition_id, decision_key, trace, type)
         SELECT 'p', i, i, 'a', 'a', 'd', 'd', '', 'Null' FROM n",
        "INSERT INTO hist_detail (process_instance_id, seq, at, variable_id, scope_id, name, type, created)
         SELECT 'p', i, i, 'v', 'p', 'title', 'Null', i FROM n",
    ] {
        let (into, select) = insert.split_once("SELECT").expect("a selection");
        let sql = format!("{into}{numbers} SELECT{select}");
        conn.execute(&sql, []).expect("the rows");
    }
    let past = store
        .read(|read| read.past("p", &["title"], &["round"]))
        .expect("the past");
    let count = |is: fn(&PastEvent) -> bool| past.iter().filter(|past| is(&past.what)).count();
    let kinds: [fn(&PastEvent) -> bool; 9] = [
        |what| matches!(what, PastEvent::Entered),
        |what| matches!(what, PastEvent::Called(_)),
        |what| matches!(what, PastEvent::TaskCreated(_)),
        |what| matches!(what, PastEvent::Operation { .. }),
        |what| matches!(what, PastEvent::ExternalTaskCreated),
        |what| matches!(what, PastEvent::JobFailed { .. }),
        |what| matches!(what, PastEvent::IncidentCreated { .. }),
        |what| matches!(what, PastEvent::Decided { .. }),
        |what| matches!(what, PastEvent::VariableSet { .. }),
    ];
    assert_eq!(kinds.map(count), [10_000; 9]);
    let first = past
        .iter()
        .find(|past| past.what == PastEvent::Entered)
        .expect("a visit");
    assert_eq!(first.seq, 2_001);
}

#[test]
fn a_notification_that_a_person_has_already_is_not_made_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("desk.db"));
    let note = |dedupe: &str| Notification {
        id: 0,
        user_id: "ana".into(),
        kind: "incident".into(),
        text: dedupe.into(),
        task_id: None,
        process_instance_id: None,
        created: at(1),
        read: None,
        dedupe: dedupe.into(),
    };
    let (one, two) = (note("one"), note("two"));
    let written: Result<(), StoreError> = store.write(move |tx| {
        tx.insert_notification(&one)?;
        tx.insert_notification(&two)?;
        let all = tx.read().notifications("ana", false, 10)?;
        let second = all.iter().find(|note| note.dedupe == "two").expect("it");
        tx.replace_notification(second.id, &one)
    });
    written.expect("no failure");
    let all = store
        .read(|read| read.notifications("ana", false, 10))
        .expect("them");
    assert_eq!(all.len(), 2);
}
