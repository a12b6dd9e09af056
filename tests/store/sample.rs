//! An instance with every kind of row, and how the tests write and read it.

use chrono::{DateTime, Utc};
use crewdesk::engine::*;
use crewdesk::store::{By, Options, Store, StoreError, Tx};
use crewdesk::value::{FileValue, Map, ObjectValue, SecretHandle, Value};
use std::collections::BTreeMap;
use std::path::Path;

pub fn open(path: &Path) -> Store {
    Store::open(path, Options::default()).expect("a desk")
}

pub fn at(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_700_000_000_000 + ms).expect("an instant")
}

pub fn by(user: &str, ms: i64) -> By {
    By {
        now: at(ms),
        user: Some(user.to_owned()),
    }
}

/// What `engine::apply` and the desk do with changes.
pub fn write(tx: &mut Tx<'_>, root: &str, changes: &[Change], by: &By) -> Result<(), StoreError> {
    let instance = tx.instance(root)?;
    for change in changes {
        instance.record(change);
    }
    tx.apply_changes(root, changes, by)
}

pub fn text(s: &str) -> String {
    s.to_owned()
}

pub fn some(s: &str) -> Option<String> {
    Some(s.to_owned())
}

pub fn values() -> Vec<Value> {
    let map: Map = [("z", Value::Long(1)), ("a", Value::Double(0.1))]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    vec![
        Value::Null,
        Value::Boolean(true),
        Value::Short(-7),
        Value::Integer(i32::MIN),
        Value::Long(i64::MAX),
        Value::Double(f64::MAX),
        Value::Double(f64::NEG_INFINITY),
        Value::String(text("a\0b ß 🦀")),
        Value::Date(at(1)),
        Value::Bytes(vec![0, 255]),
        Value::File(Box::new(FileValue {
            filename: text("rows.csv"),
            mimetype: some("text/csv"),
            encoding: None,
            content: b"a,b\n".to_vec(),
        })),
        Value::Json(serde_json::json!({"b": [1, 2.5, null], "a": "x"})),
        Value::Xml(text("<a/>")),
        Value::List(vec![
            Value::Map(map.clone()),
            Value::Short(1),
            Value::Date(at(2)),
        ]),
        Value::Map(map),
        Value::Object(Box::new(ObjectValue {
            type_name: text("com.example.Order"),
            format: text("application/json"),
            serialized: text("{}"),
        })),
        Value::Secret(SecretHandle(text("handle-1"))),
    ]
}

/// One row of each kind, every column filled; a second, mostly empty.
pub fn rows(root: &str) -> Vec<Row> {
    let id = |name: &str| format!("{name}-{root}");
    let mut rows: Vec<Row> = vec![
        ProcessInstance {
            id: text(root),
            definition_id: text("orders:1:x"),
            business_key: some("K-1"),
            start_user: some("mara"),
            started: at(1),
            state: InstanceState::Active,
            visits: BTreeMap::from([(
                text("enter"),
                state::Visits {
                    count: 2,
                    first_due: Some(at(80)),
                },
            )]),
        }
        .into(),
        Row::Execution(Execution {
            id: text(root),
            process_instance_id: text(root),
            started: at(1),
            ..Execution::default()
        }),
        Row::ExternalTask(ExternalTask {
            id: id("x1"),
            execution_id: id("e"),
            process_instance_id: text(root),
            definition_id: text("orders:1:x"),
            activity_id: text("insert"),
            topic: text("insertion"),
            priority: i64::MIN,
            retries: Some(0),
            worker_id: some("w"),
            lock_expires: Some(at(9)),
            error_message: some("no"),
            error_details: some("not at all"),
            created: at(3),
        }),
        Row::ExternalTask(ExternalTask {
            id: id("x2"),
            process_instance_id: text(root),
            created: at(3),
            ..ExternalTask::default()
        }),
        Row::Subscription(Subscription {
            configuration: None,
            id: id("s"),
            kind: SubscriptionKind::Message,
            name: text("paid"),
            execution_id: id("e"),
            process_instance_id: text(root),
            activity_id: text("wait"),
            created: at(4),
        }),
        Row::Incident(Incident {
            id: id("i"),
            kind: text("failedJob"),
            process_instance_id: text(root),
            execution_id: id("e"),
            activity_id: text("insert"),
            configuration: id("x1"),
            message: some("why"),
            cause: some("i0"),
            root_cause: some("i1"),
            created: at(5),
        }),
    ];
    let phases = [Phase::Before, Phase::Active, Phase::Joining, Phase::After];
    rows.extend(phases.into_iter().zip(1..).map(|(phase, n)| {
        Row::Execution(Execution {
            id: id(&format!("e{n}")),
            parent_id: some(root),
            process_instance_id: text(root),
            activity_id: some("enter"),
            phase,
            flow_id: some("flow"),
            started: at(2),
            sequence: n,
            visits: BTreeMap::from([(
                text("inside"),
                Visits {
                    count: n as u32,
                    first_due: None,
                },
            )]),
        })
    }));
    let task = Task {
        id: id("t1"),
        execution_id: id("e1"),
        process_instance_id: text(root),
        definition_id: text("orders:1:x"),
        task_definition_key: text("enter"),
        name: text("Enter"),
        description: some("all of it"),
        assignee: some("ana"),
        owner: some("ben"),
        candidate_users: vec![text("zoe"), text("ana")],
        candidate_groups: vec![text("loaders"), text("a-team")],
        priority: -1,
        created: at(2),
        due: Some(at(90)),
        first_due: Some(at(80)),
        follow_up: Some(at(70)),
        round: 2,
    };
    rows.push(Row::Task(task));
    rows.push(Row::Task(Task {
        id: id("t2"),
        process_instance_id: text(root),
        created: at(2),
        ..Task::default()
    }));
    let kinds = [
        JobKind::Timer,
        JobKind::AsyncBefore,
        JobKind::AsyncAfter,
        JobKind::TimerStart,
    ];
    rows.extend(kinds.into_iter().enumerate().map(|(n, kind)| {
        Row::Job(Job {
            id: id(&format!("j{n}")),
            kind,
            execution_id: some("e").filter(|_| n > 0),
            process_instance_id: some(root),
            definition_id: text("orders:1:x"),
            activity_id: text("timer"),
            due: at(50),
            cycle: some("R3/PT1H").filter(|_| n > 0),
            repeats: Some(2).filter(|_| n > 0),
            retries: 3,
            retry_at: Some(at(60)).filter(|_| n > 0),
            error_message: some("once").filter(|_| n > 0),
            created: at(2),
            priority: n as i64 - 1,
            suspended: n == 2,
            configuration: some("{}").filter(|_| n > 0),
        })
    }));
    rows.extend(values().into_iter().enumerate().map(|(n, value)| {
        Row::Variable(Variable {
            id: id(&format!("v{n}")),
            scope_id: if n % 2 == 0 { text(root) } else { id("t1") },
            process_instance_id: text(root),
            name: format!("v{n}"),
            value,
        })
    }));
    rows
}

pub fn put(row: Row) -> Change {
    match row {
        Row::Process(r) => Change::PutProcess(r),
        Row::Execution(r) => Change::PutExecution(r),
        Row::Variable(r) => Change::PutVariable(r),
        Row::Task(r) => Change::PutTask(r),
        Row::ExternalTask(r) => Change::PutExternalTask(r),
        Row::Job(r) => Change::PutJob(r),
        Row::Subscription(r) => Change::PutSubscription(r),
        Row::Incident(r) => Change::PutIncident(r),
    }
}

pub fn delete(key: Key) -> Change {
    match key {
        Key::Process(id) => Change::DeleteProcess(id),
        Key::Execution(id) => Change::DeleteExecution(id),
        Key::Variable(scope, name) => Change::DeleteVariable(scope, name),
        Key::Task(id) => Change::DeleteTask(id),
        Key::ExternalTask(id) => Change::DeleteExternalTask(id),
        Key::Job(id) => Change::DeleteJob(id),
        Key::Subscription(id) => Change::DeleteSubscription(id),
        Key::Incident(id) => Change::DeleteIncident(id),
    }
}

pub fn start(store: &Store, root: &str, rows: &[Row]) {
    let changes: Vec<Change> = rows.iter().cloned().map(put).collect();
    let root = root.to_owned();
    let started: Result<(), StoreError> = store.write(move |tx| {
        tx.new_instance(&root)?;
        write(tx, &root, &changes, &by("mara", 0))
    });
    started.expect("an instance");
}

pub fn stored(store: &Store, root: &str) -> Option<Instance> {
    let found: Result<_, StoreError> = store.read(|s| s.running(root));
    found.expect("rows that can be read")
}
