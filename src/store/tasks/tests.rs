use super::super::testing::{apply, at, by, desk, process, start, task};
use super::*;
use crate::engine::{Change, Event};
use crate::store::Store;
use std::time::Instant;

/// Puts tasks into an instance of their own.
fn put(store: &Store, instance: &str, key: Option<&str>, title: Option<&str>, tasks: Vec<Task>) {
    let mut process = process(instance);
    process.business_key = key.map(str::to_owned);
    let title = title.map(str::to_owned);
    store
        .write(move |tx| start(tx, &process, title.as_deref(), &tasks, &by("mara", 0)))
        .expect("an instance");
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|s| (*s).to_owned()).collect()
}

fn ids(store: &Store, filter: &TaskFilter, now: i64) -> Vec<String> {
    let rows = store.read(|s| s.tasks(filter, at(now), 0, 100));
    let rows: Vec<TaskRow> = rows.expect("tasks");
    let counted: Result<u64, StoreError> = store.read(|s| s.count_tasks(filter, at(now)));
    assert_eq!(counted, Ok(rows.len() as u64), "{filter:?}");
    rows.into_iter().map(|row| row.task.id).collect()
}

fn scope(scope: TaskScope) -> TaskFilter {
    TaskFilter {
        scope,
        ..TaskFilter::default()
    }
}

fn inbox(user: &str, groups: &[&str]) -> TaskScope {
    TaskScope::Inbox {
        user: user.to_owned(),
        groups: names(groups),
    }
}

fn claimable_by(user: &str, groups: &[&str]) -> TaskScope {
    TaskScope::Claimable {
        user: user.to_owned(),
        groups: names(groups),
    }
}

#[test]
fn the_most_urgent_come_first() {
    let (_folder, store) = desk();
    let with = |id: &str, due: Option<i64>, round: u32, priority: i32, created: i64| Task {
        due: due.map(at),
        round,
        priority,
        created: at(created),
        assignee: Some("ana".to_owned()),
        ..task(id, "p")
    };
    // Named in the order that is expected at 100.
    let tasks = vec![
        with("a-late-and-back", Some(90), 2, 0, 9),
        with("b-late-long", Some(10), 1, 0, 9),
        with("c-late-less", Some(20), 1, 99, 0),
        with("d-back-due", Some(500), 3, 0, 9),
        with("e-back-some-day", None, 2, 0, 9),
        with("f-due-soon", Some(100), 1, 0, 9),
        with("g-due-later-prio", Some(300), 1, 70, 9),
        with("h-due-later-old", Some(300), 1, 50, 1),
        with("i-due-later-new", Some(300), 1, 50, 2),
        with("j-some-day-prio", None, 1, 60, 9),
        with("k-some-day", None, 1, 50, 0),
    ];
    let expected: Vec<String> = tasks.iter().map(|t| t.id.clone()).collect();
    let mut shuffled = tasks.clone();
    shuffled.reverse();
    shuffled.swap(2, 7);
    put(&store, "p", None, None, shuffled);
    let mine = scope(TaskScope::Assignee("ana".to_owned()));
    for filter in [&scope(TaskScope::All), &mine, &scope(inbox("ana", &[]))] {
        assert_eq!(ids(&store, filter, 100), expected);
    }
    let narrow = TaskFilter {
        process_instance_id: Some("p".to_owned()),
        ..mine.clone()
    };
    assert_eq!(ids(&store, &narrow, 100), expected, "sorted in memory");
    let overdue = TaskFilter {
        overdue: true,
        ..mine.clone()
    };
    assert_eq!(ids(&store, &overdue, 100), expected[..3]);
    for (offset, limit) in [(0, 4), (2, 3), (4, 1), (5, 20), (11, 5), (0, 0)] {
        let page: Result<Vec<TaskRow>, StoreError> =
            store.read(|s| s.tasks(&mine, at(100), offset, limit));
        let page: Vec<String> = page
            .expect("a page")
            .into_iter()
            .map(|r| r.task.id)
            .collect();
        let until = (offset + limit).min(expected.len());
        assert_eq!(page, expected[offset.min(until)..until], "{offset} {limit}");
    }
    let next = |now| -> Option<String> {
        let row: Result<_, StoreError> = store.read(|s| s.next_due(&mine.scope, at(now)));
        row.expect("a task").map(|row| row.task.id)
    };
    assert_eq!(next(100).as_deref(), Some("f-due-soon"));
    assert_eq!(next(301).as_deref(), Some("d-back-due"));
    assert_eq!(next(501), None);
}

#[test]
fn a_person_sees_own_tasks_and_those_to_claim_once_each() {
    let (_folder, store) = desk();
    let own = |id: &str, user: &str| Task {
        assignee: Some(user.to_owned()),
        ..task(id, "p")
    };
    let offered = |id: &str, users: &[&str], groups: &[&str]| Task {
        candidate_users: names(users),
        candidate_groups: names(groups),
        ..task(id, "p")
    };
    let tasks = vec![
        own("anas", "ana"),
        own("bens", "ben"),
        offered("for-all", &[], &[]),
        offered("for-ana-and-loaders", &["ana"], &["loaders", "night"]),
        offered("for-loaders", &[], &["loaders"]),
        offered("for-night", &[], &["night"]),
        Task {
            assignee: Some("ben".to_owned()),
            ..offered("ben-has-it", &["ana"], &["loaders"])
        },
    ];
    put(&store, "p", None, None, tasks);
    let seen = |scope_: TaskScope| {
        let mut found = ids(&store, &scope(scope_), 100);
        let narrow = TaskFilter {
            scope: TaskScope::All,
            process_instance_id: Some("p".to_owned()),
            ..TaskFilter::default()
        };
        assert!(
            found
                .iter()
                .all(|id| ids(&store, &narrow, 100).contains(id))
        );
        found.sort();
        found
    };
    let ana = ["for-all", "for-ana-and-loaders", "for-loaders"];
    assert_eq!(seen(claimable_by("ana", &["loaders", "loaders"])), ana);
    assert_eq!(seen(claimable_by("ana", &[])), ana[..2]);
    assert_eq!(
        seen(claimable_by("zoe", &["night"])),
        ["for-all", "for-ana-and-loaders", "for-night"]
    );
    assert_eq!(seen(claimable_by("zoe", &[])), ["for-all"]);
    assert_eq!(
        seen(inbox("ana", &["loaders"])),
        ["anas", "for-all", "for-ana-and-loaders", "for-loaders"]
    );
    assert_eq!(seen(TaskScope::Unassigned).len(), 4);
    assert_eq!(seen(TaskScope::All).len(), 7);
    // Filters that look at rows must agree with those that look at indexes.
    for scope in [
        claimable_by("ana", &["loaders"]),
        inbox("ana", &["night"]),
        TaskScope::Unassigned,
        TaskScope::Assignee("ben".to_owned()),
    ] {
        let wide = TaskFilter {
            scope,
            ..TaskFilter::default()
        };
        let narrow = TaskFilter {
            process_instance_id: Some("p".to_owned()),
            ..wide.clone()
        };
        assert_eq!(ids(&store, &wide, 1), ids(&store, &narrow, 1));
    }
}

#[test]
fn claiming_moves_a_task_from_everybodys_list_to_one() {
    let (_folder, store) = desk();
    let offered = Task {
        candidate_groups: names(&["loaders"]),
        ..task("t", "p")
    };
    put(&store, "p", None, None, vec![offered.clone()]);
    let ben = scope(claimable_by("ben", &["loaders"]));
    assert_eq!(ids(&store, &ben, 1), ["t"]);
    let claimed = Task {
        assignee: Some("ana".to_owned()),
        ..offered
    };
    let changes = vec![
        Change::PutTask(claimed.clone()),
        Change::Event(Event::TaskAssigned {
            task: claimed.clone(),
            from: None,
        }),
    ];
    store
        .write(move |tx| apply(tx, "p", &changes, &by("ana", 5)))
        .expect("a claim");
    assert_eq!(ids(&store, &ben, 1), Vec::<String>::new());
    let ana = scope(TaskScope::Assignee("ana".to_owned()));
    assert_eq!(ids(&store, &ana, 1), ["t"]);
    let row: TaskRow = store
        .read(|s| {
            s.task("t-none")
                .or_else(|_| s.task_by_id("t").map(Option::unwrap))
        })
        .map_err(|e: StoreError| e)
        .expect("the task");
    assert_eq!(row.task, claimed, "candidates stay");
}

#[test]
fn a_filter_finds_words_in_name_title_and_business_key_in_any_case() {
    let (_folder, store) = desk();
    put(
        &store,
        "p",
        Some("orders/2025-11"),
        Some("Größe ÄNDERN"),
        vec![task("t1", "p")],
    );
    put(
        &store,
        "q",
        None,
        Some("customers EU"),
        vec![task("t2", "q")],
    );
    let found = |text: &str| {
        let filter = TaskFilter {
            text: Some(text.to_owned()),
            ..TaskFilter::default()
        };
        ids(&store, &filter, 1)
    };
    assert_eq!(found("größe"), ["t1"]);
    assert_eq!(found("ändern ORDERS"), ["t1"]);
    assert_eq!(found("2025-11 enter"), ["t1"]);
    assert_eq!(found("EU"), ["t2"]);
    assert_eq!(found("enter data"), ["t1", "t2"]);
    assert_eq!(found("  "), ["t1", "t2"]);
    assert_eq!(found("orders eu"), Vec::<String>::new());
    assert_eq!(found("%"), Vec::<String>::new(), "no wildcards");
}

#[test]
fn a_new_title_reaches_the_tasks() {
    let (_folder, store) = desk();
    let mut offered = task("t", "p");
    offered.candidate_users = names(&["ana"]);
    put(&store, "p", None, Some("old"), vec![offered]);
    let variable = crate::engine::Variable {
        id: "title-p".to_owned(),
        scope_id: "p".to_owned(),
        process_instance_id: "p".to_owned(),
        name: "title".to_owned(),
        value: "Brand new".into(),
    };
    let change = [Change::PutVariable(variable)];
    store
        .write(move |tx| apply(tx, "p", &change, &by("mara", 1)))
        .expect("a title");
    let filter = TaskFilter {
        text: Some("brand".to_owned()),
        scope: claimable_by("ana", &[]),
        ..TaskFilter::default()
    };
    assert_eq!(ids(&store, &filter, 1), ["t"]);
    let rows: Result<_, StoreError> = store.read(|s| Ok((s.task("t-")?, s.instance("p")?)));
    assert!(rows.is_err(), "two characters are no part of an id");
    let row: Result<_, StoreError> = store.read(|s| s.instance("p"));
    assert_eq!(
        row.expect("the instance").title.as_deref(),
        Some("Brand new")
    );
}

#[test]
fn a_part_of_an_id_is_enough_when_it_fits_one_task_only() {
    let (_folder, store) = desk();
    let tasks = ["0190aaaa-1111", "0190aaaa-2222", "0190bbbb-3333"];
    let tasks = tasks.iter().map(|id| task(id, "p")).collect();
    put(&store, "p", None, None, tasks);
    let find = |part: &str| -> Result<String, StoreError> {
        store.read(|s| s.task(part).map(|row| row.task.id))
    };
    assert_eq!(find("0190aaaa-1111").as_deref(), Ok("0190aaaa-1111"));
    assert_eq!(find("222").as_deref(), Ok("0190aaaa-2222"));
    assert_eq!(find("0190b").as_deref(), Ok("0190bbbb-3333"));
    assert!(matches!(find("0190a"), Err(StoreError::Ambiguous { .. })));
    for part in ["9999", "", "33", "%22"] {
        assert!(
            matches!(find(part), Err(StoreError::NotFound { .. })),
            "{part}"
        );
    }
}

/// Every range of every source must be a range of its index, already in order.
#[test]
fn the_inbox_is_read_in_the_order_of_an_index() {
    let (_folder, store) = desk();
    let filters = [
        scope(TaskScope::All),
        scope(inbox("ana", &["loaders"])),
        scope(TaskScope::Unassigned),
    ];
    let mut plans = 0;
    for filter in &filters {
        for source in filter.scope.sources() {
            for (came_back, due) in RANGES {
                let (sql, values) = Snapshot::range_sql(filter, &source, at(0), came_back, due, 50);
                let plan: Result<Vec<String>, StoreError> = store.read(|s| {
                    let sql = format!("EXPLAIN QUERY PLAN {sql}");
                    all(s.conn, &sql, params_from_iter(values.clone()), |row| {
                        row.get(3)
                    })
                });
                let plan = plan.expect("a plan");
                assert_eq!(plan.len(), 1, "one step, no sorting: {plan:?}");
                let step = plan.first().expect("a step");
                assert!(
                    step.starts_with("SEARCH") && step.contains("COVERING INDEX"),
                    "{step}"
                );
                plans += 1;
            }
        }
    }
    assert_eq!(plans, 6 * (1 + 4 + 2));
}

/// 100,000 open tasks: the first page of an inbox, counts, a text filter. Prints the times.
/// `cargo test --release -- --ignored inbox_of_100_000`
#[test]
#[ignore = "a measurement"]
fn inbox_of_100_000() {
    let (_folder, store) = desk();
    store
        .write(|tx| {
            tx.conn.execute_batch(
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
                 INSERT INTO task
                 SELECT printf('%08x-task-0000-0000-000000000000', i * 2654435761 % 4294967296), 'r' || i, 'r' || i,
                     'e' || i, 'orders:1:x', 'enter', 'Enter the data of ' || i, NULL,
                     CASE WHEN i % 2 = 0 THEN 'user' || (i % 20) END, NULL, 50 + i % 7,
                     1700000000000 + i, CASE WHEN i % 5 > 0 THEN 1700000000000 + i * 1000 END, NULL,
                     NULL, 1 + (i % 50 = 0), i % 50 = 0, i % 4 = 1, 'orders/' || i, 'Load orders ' || i,
                     'enter the data of ' || i || char(10) || 'load orders ' || i || char(10) || 'orders/' || i
                 FROM n;
                 INSERT INTO task_candidate
                 SELECT 'group', 'loaders', 1, came_back, due, priority, created, id, 0, 1, search
                 FROM task WHERE assignee IS NULL AND open_to_all = 0;",
            )?;
            Ok::<_, StoreError>(())
        })
        .expect("tasks");
    let time = |what: &str, filter: TaskFilter| {
        for _ in 0..2 {
            let began = Instant::now();
            let page: Result<_, StoreError> =
                store.read(|s| s.tasks(&filter, at(20_000_000), 0, 50));
            let page = page.expect("a page").len();
            let listed = began.elapsed();
            let began = Instant::now();
            let count: Result<_, StoreError> =
                store.read(|s| s.count_tasks(&filter, at(20_000_000)));
            println!(
                "{what}: page of {page} in {listed:?}, {} counted in {:?}",
                count.expect("a count"),
                began.elapsed()
            );
        }
    };
    let text = |scope, text: &str| TaskFilter {
        scope,
        text: Some(text.to_owned()),
        ..TaskFilter::default()
    };
    time("inbox", scope(inbox("user4", &["loaders"])));
    time("all", scope(TaskScope::All));
    time("all, a rare text", text(TaskScope::All, "orders/99998"));
    time("all, no match", text(TaskScope::All, "nothing like it"));
    time(
        "inbox, a rare text",
        text(inbox("user4", &["loaders"]), "orders/99999"),
    );
    let overdue = TaskFilter {
        overdue: true,
        ..scope(TaskScope::All)
    };
    time("late", overdue);
    let began = Instant::now();
    let next: Result<_, StoreError> = store.read(|s| s.next_due(&TaskScope::All, at(20_000_000)));
    println!(
        "next due in {:?}: {:?}",
        began.elapsed(),
        next.map(|n| n.map(|n| n.task.id))
    );
}

#[test]
fn a_task_that_loses_its_candidates_as_it_ends_is_no_longer_counted_for_them() {
    let (_folder, store) = desk();
    let mut offered = task("t", "p");
    offered.candidate_groups = names(&["loaders"]);
    put(&store, "p", None, None, vec![offered]);
    let claimable = scope(TaskScope::Claimable {
        user: "ana".to_owned(),
        groups: names(&["loaders"]),
    });
    assert_eq!(ids(&store, &claimable, 0), ["t"]);
    store
        .write(|tx| {
            let ended = task("t", "p");
            let changes = [
                Change::DeleteTask("t".to_owned()),
                Change::Event(Event::TaskUpdated {
                    task: ended.clone(),
                    property: "candidateGroups",
                    from: Some("loaders".to_owned()),
                    to: None,
                }),
                Change::Event(Event::TaskEnded {
                    task: ended,
                    reason: "completed".to_owned(),
                }),
            ];
            apply(tx, "p", &changes, &by("ana", 1))
        })
        .expect("the end of a task");
    assert_eq!(ids(&store, &claimable, 2), Vec::<String>::new());
}
