//! Insertions that are taken back: who may, what is told, what is remembered.

use crate::office::*;
use crate::worker::{rows, stands, target};
use chrono::TimeDelta;
use crewdesk::client::{
    Client, ConnectionLimits, InsertRequest, InstanceQuery, Mode, StartRequest,
};
use crewdesk::desk::DeskError;
use crewdesk::desk::external::{Fetch, Topic};
use crewdesk::insert::{Cancel, LedgerEntry, Undoing, undo};
use rusqlite::Connection;
use std::ops::ControlFlow;
use std::time::Duration;

/// A connection to the office's target, and an insertion through it that ana sent and that is done.
fn inserted(office: &Office, undoable: &str) -> String {
    target(office);
    connection(office);
    let instance = sent(office, undoable);
    assert_eq!(work(office), 1);
    assert_eq!(stands(office, &instance).0, "COMPLETED");
    instance
}

/// An insertion through the connection that ana sent.
fn sent(office: &Office, undoable: &str) -> String {
    let request = StartRequest {
        assignee: Some("ana".into()),
        ..insertion("Orders")
    };
    let id = office.launch(request);
    let ana = office.client("ana");
    let instance = ana.task(&id).unwrap().task.process_instance_id;
    let csv = office.csv();
    let fields = [
        ("connection", "sales"),
        ("tableName", "orders"),
        ("dataFrame", csv.to_str().unwrap()),
        ("undoable", undoable),
    ];
    ana.complete_form(&id, &typed(&fields)).unwrap();
    instance
}

fn connection(office: &Office) {
    let url = format!(
        "sqlite:{}",
        office.folder.path().join("target.db").display()
    );
    office
        .client("mara")
        .add_connection("sales", &url, None)
        .unwrap();
}

/// How many insertions and undos came to an end.
fn work(office: &Office) -> u64 {
    office.clock.advance(Duration::from_millis(5));
    office.host().work_until_idle().unwrap().insertions
}

fn told(office: &Office, instance: &str) -> String {
    let history = office.client("mara").history(instance).unwrap();
    let lines: Vec<String> = history.into_iter().map(|entry| entry.text).collect();
    lines.join("\n")
}

fn sides(office: &Office) -> i64 {
    let count = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'crewdesk_undo_%'";
    target(office).query_row(count, [], |r| r.get(0)).unwrap()
}

fn request(office: &Office, mode: Mode) -> InsertRequest {
    InsertRequest {
        file: office.csv(),
        from: None,
        connection: "sales".into(),
        table: "orders".into(),
        mode,
        key: Vec::new(),
        query: None,
        null_texts: Vec::new(),
        reading: Vec::new(),
        user_name: None,
        password: None,
        dry_run: false,
        look: false,
        more: Vec::new(),
        again: false,
        patch: None,
        rejects: None,
        undoable: true,
        rows_only: false,
    }
}

#[test]
fn a_finished_insertion_is_taken_back_by_a_job_that_refers_to_it() {
    let office = Office::new();
    let instance = inserted(&office, "yes");
    let before = rows(&office);
    assert!(before > 0);
    let insertion = office
        .client("ana")
        .instance(&instance)
        .unwrap()
        .insertion
        .unwrap();
    assert_eq!(insertion.rows, before as u64);
    let until = insertion.undo_until.unwrap();
    assert!(until - office.now() > TimeDelta::days(6));
    // Others may not, and whoever sent it may.
    for other in ["ben", "w1"] {
        let refused = office.client(other).undo_insertion(&instance).unwrap_err();
        assert!(matches!(refused, DeskError::Forbidden(_)), "{refused}");
    }
    office.clock.advance(std::time::Duration::from_millis(5));
    let job = office.client("ana").undo_insertion(&instance).unwrap();
    assert_eq!(job.title.as_deref(), Some("Undo Orders"));
    assert_eq!(rows(&office), before, "nothing before a worker does it");
    assert_eq!(work(&office), 1);
    assert_eq!(stands(&office, &job.id).0, "COMPLETED");
    assert_eq!((rows(&office), sides(&office)), (0, 0));
    // The list of what is done says which of them stands no more.
    let ended = InstanceQuery {
        ended: true,
        ..InstanceQuery::default()
    };
    let listed = office.client("mara").instances(ended).unwrap().items;
    let undone: Vec<_> = listed.iter().filter(|i| i.undone).collect();
    assert_eq!(undone.len(), 1, "{listed:?}");
    assert_eq!(undone[0].id, instance);
    // Each of the two tells of the other.
    let told_there = told(&office, &instance);
    let began = told_there.find("ana began to take it back: Undo Orders");
    let ended = told_there.find("the process reached its end");
    assert!(began > ended, "after its end: {told_there}");
    let said = told(&office, &job.id);
    assert!(
        said.contains("it takes back the insertion of Orders"),
        "{said}"
    );
    assert!(
        said.contains("taken back, ") && said.contains("gone"),
        "{said}"
    );
    let insertion = office
        .client("mara")
        .instance(&instance)
        .unwrap()
        .insertion
        .unwrap();
    assert_eq!(insertion.undone_by.as_deref(), Some("ana"));
    assert_eq!(insertion.undone_in.as_deref(), Some(job.id.as_str()));
    assert!(insertion.undone.is_some() && insertion.undo_until.is_none());
    let twice = office.client("mara").undo_insertion(&instance).unwrap_err();
    assert!(
        twice.to_string().contains("taken back already by ana"),
        "{twice}"
    );
    // What is not in the table any more is no second time.
    let report = office
        .client("ana")
        .insert(&request(&office, Mode::Append), &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(report.kept && report.before.is_none(), "{report:?}");
}

#[test]
fn touched_rows_stay_and_the_job_says_why() {
    let office = Office::new();
    let instance = inserted(&office, "yes");
    let before = rows(&office);
    target(&office)
        .execute_batch(
            "UPDATE orders SET amount = amount + 1 WHERE id = (SELECT min(id) FROM orders)",
        )
        .unwrap();
    let job = office.client("mara").undo_insertion(&instance).unwrap();
    assert_eq!(work(&office), 1);
    assert_eq!(rows(&office), before);
    let said = told(&office, &job.id);
    assert!(
        said.contains("nothing was changed") && said.contains("changed since"),
        "{said}"
    );
    let detail = office.client("mara").instance(&job.id).unwrap();
    assert_eq!(detail.instance.state, "COMPLETED");
    assert_eq!(detail.variables["undone"]["value"], false);
    let insertion = office
        .client("mara")
        .instance(&instance)
        .unwrap()
        .insertion
        .unwrap();
    assert!(insertion.undone.is_none() && insertion.undo_until.is_some());
}

#[test]
fn what_was_not_made_undoable_stays() {
    let office = Office::new();
    let instance = inserted(&office, "no");
    let refused = office.client("mara").undo_insertion(&instance).unwrap_err();
    assert!(
        refused.to_string().contains("not made undoable"),
        "{refused}"
    );
    assert_eq!(sides(&office), 0);
}

#[test]
fn a_worker_that_dies_after_its_commit_is_followed_by_one_that_finds_it_done() {
    let office = Office::new();
    let instance = inserted(&office, "yes");
    let job = office.client("mara").undo_insertion(&instance).unwrap();
    let fetch = Fetch {
        worker: "dead".into(),
        most: 5,
        by_priority: true,
        by_age: None,
        except: Vec::new(),
        topics: vec![Topic {
            name: "undo-insertion".into(),
            lock: TimeDelta::seconds(10),
            variables: None,
            local: false,
            only: None,
        }],
    };
    let task = office
        .desk
        .fetch_and_lock(&office.worker(), fetch)
        .unwrap()
        .pop()
        .unwrap();
    let key = task.variables["insertionKey"].as_str().unwrap();
    let path = office.folder.path().join("target.db");
    let undoing = Undoing {
        target: crewdesk::insert::ConnectionUrl::Sqlite(path),
        password: None,
        forbidden: office.desk.forbidden_targets(),
        busy_seconds: 2,
        insertion: key.to_owned(),
    };
    let entry = LedgerEntry {
        key: task.task.id.clone(),
        at: office.now(),
    };
    let done = undo(
        &undoing,
        &entry,
        &mut || Ok(()),
        &mut |_| {},
        &Cancel::new(),
    )
    .unwrap();
    assert!(done.undone);
    // Rows that somebody else inserted meanwhile under the same keys stay.
    target(&office)
        .execute_batch("INSERT INTO orders VALUES (1, 1)")
        .unwrap();
    office.clock.advance(Duration::from_secs(60));
    assert_eq!(work(&office), 1);
    assert_eq!(
        (rows(&office), stands(&office, &job.id).0.as_str()),
        (1, "COMPLETED")
    );
    let insertion = office
        .client("mara")
        .instance(&instance)
        .unwrap()
        .insertion
        .unwrap();
    assert_eq!(insertion.undone_in.as_deref(), Some(job.id.as_str()));
}

#[test]
fn scripts_take_back_by_the_key_that_they_were_told() {
    let office = Office::new();
    target(&office);
    connection(&office);
    let ana = office.client("ana");
    let report = ana
        .insert(&request(&office, Mode::Replace), &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap();
    let key = report.undo.unwrap().key;
    assert!(rows(&office) > 0);
    let refused = office.client("ben").undo(&key, &mut |_| {}).unwrap_err();
    assert!(matches!(refused, DeskError::Forbidden(_)), "{refused}");
    assert!(matches!(
        ana.undo("nix", &mut |_| {}),
        Err(DeskError::NotFound(_))
    ));
    // The end of a key is enough where it fits no other.
    let done = ana.undo(&key[key.len() - 6..], &mut |_| {}).unwrap();
    assert!(done.undone, "{done:?}");
    assert_eq!(rows(&office), 0);
    assert!(matches!(
        ana.undo(&key, &mut |_| {}),
        Err(DeskError::Conflict(_))
    ));
    let mut rows_only = request(&office, Mode::Append);
    rows_only.rows_only = true;
    assert!(matches!(
        ana.insert(&rows_only, &mut |_| ControlFlow::Continue(())),
        Err(DeskError::Invalid(_))
    ));
}

#[test]
fn the_limits_of_the_connection_hold_for_an_undo() {
    let office = Office::new();
    let instance = inserted(&office, "yes");
    let limits = ConnectionLimits {
        modes: vec!["upsert".into()],
        ..ConnectionLimits::default()
    };
    office
        .client("mara")
        .limit_connection("sales", &limits)
        .unwrap();
    let before = rows(&office);
    let job = office.client("mara").undo_insertion(&instance).unwrap();
    assert_eq!(work(&office), 1);
    assert_eq!(rows(&office), before);
    assert!(
        told(&office, &job.id).contains("is for upsert only"),
        "{}",
        told(&office, &job.id)
    );
}

#[test]
fn what_an_undo_needs_is_dropped_when_its_time_is_over() {
    let office = Office::new();
    let instance = inserted(&office, "yes");
    let before = rows(&office);
    assert!(sides(&office) > 0);
    office.clock.advance(Duration::from_secs(8 * 24 * 3600));
    work(&office);
    assert_eq!((sides(&office), rows(&office)), (0, before));
    let refused = office.client("mara").undo_insertion(&instance).unwrap_err();
    assert!(matches!(refused, DeskError::Conflict(_)), "{refused}");
}

#[test]
fn what_a_replacement_replaced_counts_again_when_that_is_taken_back() {
    let office = Office::new();
    target(&office);
    connection(&office);
    let ana = office.client("ana");
    let first = ana
        .insert(&request(&office, Mode::Append), &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(first.kept);
    let second = ana
        .insert(&request(&office, Mode::Replace), &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(second.kept, "{second:?}");
    assert!(
        ana.undo(&second.undo.unwrap().key, &mut |_| {})
            .unwrap()
            .undone
    );
    // Its rows are there again: a second time would be one.
    let again = ana
        .insert(&request(&office, Mode::Append), &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(!again.kept && again.before.is_some(), "{again:?}");
    assert!(
        ana.undo(&first.undo.unwrap().key, &mut |_| {})
            .unwrap()
            .undone
    );
    assert_eq!(rows(&office), 0);
}

fn without_ledger(office: &Office) {
    let limits = ConnectionLimits {
        without_ledger: true,
        ..ConnectionLimits::default()
    };
    let client = office.client("mara");
    let connection = client.limit_connection("sales", &limits).unwrap();
    assert!(connection.limits.words().contains("not exactly once"));
    let test = client.test_connection("sales").unwrap();
    assert!(
        test.message.contains("not exactly once"),
        "{}",
        test.message
    );
}

#[test]
fn without_a_ledger_each_place_says_that_it_is_not_exactly_once() {
    let office = Office::new();
    target(&office);
    connection(&office);
    without_ledger(&office);
    let instance = sent(&office, "no");
    assert_eq!(work(&office), 1);
    assert!(told(&office, &instance).contains("not exactly once"));
    let detail = office.client("mara").instance(&instance).unwrap();
    assert_eq!(detail.variables["exactlyOnce"]["value"], false);
    let lines = "SELECT count(*) FROM sqlite_schema WHERE name = 'crewdesk_ledger'";
    let ledgers: i64 = target(&office).query_row(lines, [], |r| r.get(0)).unwrap();
    assert_eq!(ledgers, 0);
    target(&office).execute_batch("DELETE FROM orders").unwrap();
    let mut request = request(&office, Mode::Append);
    let refused = office
        .client("ana")
        .insert(&request, &mut |_| ControlFlow::Continue(()))
        .unwrap_err();
    assert!(
        refused.to_string().contains("without a ledger"),
        "{refused}"
    );
    request.undoable = false;
    request.again = true;
    let report = office
        .client("ana")
        .insert(&request, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    assert!(report.kept && report.without_ledger);
}

#[test]
fn without_a_ledger_a_person_finds_out_what_a_dead_worker_did() {
    let office = Office::new();
    target(&office);
    connection(&office);
    without_ledger(&office);
    let instance = sent(&office, "no");
    let fetch = Fetch {
        worker: "dead".into(),
        most: 5,
        by_priority: true,
        by_age: None,
        except: Vec::new(),
        topics: vec![Topic {
            name: "insertion".into(),
            lock: TimeDelta::seconds(10),
            variables: None,
            local: false,
            only: None,
        }],
    };
    let task = office
        .desk
        .fetch_and_lock(&office.worker(), fetch)
        .unwrap()
        .pop()
        .unwrap();
    let advance = Default::default();
    office
        .desk
        .begin_commit(&office.worker(), &task.task.id, "dead", advance)
        .unwrap();
    office.clock.advance(Duration::from_secs(60));
    assert_eq!(work(&office), 0);
    assert_eq!(
        rows(&office),
        0,
        "nothing is inserted that may be in already"
    );
    let detail = office.client("mara").instance(&instance).unwrap();
    let incident = detail.incident_list[0].incident_message.clone().unwrap();
    assert!(incident.contains("nobody knows"), "{incident}");
    // Who has looked says that it is not in.
    office.client("mara").retry(&instance).unwrap();
    assert_eq!(work(&office), 1);
    assert!(rows(&office) > 0);
    assert_eq!(stands(&office, &instance).0, "COMPLETED");
}

/// Whatever this desk has heard of, and however the table was written then.
#[test]
fn what_a_ledger_tells_is_told_however_the_table_is_written() {
    let office = Office::new();
    let schema = "CREATE TABLE orders(id INTEGER, amount INTEGER)";
    let path = office.folder.path().join("target.db");
    let database = Connection::open(&path).unwrap();
    database.execute_batch(schema).unwrap();
    connection(&office);
    let mara = office.client("mara");
    let once = |table: &str, dry_run: bool| {
        let request = InsertRequest {
            table: table.into(),
            dry_run,
            undoable: false,
            ..request(&office, Mode::Append)
        };
        mara.insert(&request, &mut |_| ControlFlow::Continue(()))
            .unwrap()
    };
    assert!(once("orders", false).kept);
    // As if another desk had done it.
    let desk = Connection::open(office.folder.path().join("desk.db")).unwrap();
    desk.execute_batch("DELETE FROM insertion").unwrap();
    for (table, dry_run) in [
        ("main.orders", true),
        ("orders", false),
        ("main.orders", false),
    ] {
        let told = once(table, dry_run);
        assert!(told.before.is_some() && !told.kept, "{table} {told:?}");
    }
    let count = "SELECT count(*) FROM orders";
    let rows: i64 = database.query_row(count, [], |r| r.get(0)).unwrap();
    assert_eq!(rows, 2);
}
