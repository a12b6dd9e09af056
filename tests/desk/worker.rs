//! The worker on real targets: what it commits decides the way of the process.

use crate::office::*;
use chrono::TimeDelta;
use crewdesk::client::{Client, StartRequest, WorkDone};
use crewdesk::desk::external::{Failure, Fetch, LockedTask, Topic};
use crewdesk::desk::work::{Advance, Wanted};
use crewdesk::desk::{Caller, DeskError};
use crewdesk::insert::{
    Cancel, ConnectionUrl, Facts, FrameStore, Insertion, LedgerEntry, Source, Verdict,
};
use crewdesk::store::StoreError;
use crewdesk::value::{Map, Value};
use rusqlite::Connection;
use std::time::Duration;

/// An insertion into the office's target, sent by ana; its instance.
pub fn sent(office: &Office, title: &str, variables: &[(&str, &str)]) -> String {
    let mut request = StartRequest {
        assignee: Some("ana".into()),
        ..insertion(title)
    };
    for (name, value) in variables {
        request
            .variables
            .insert((*name).to_owned(), Value::from(*value));
    }
    let id = office.launch(request);
    let ana = office.client("ana");
    let instance = ana.task(&id).unwrap().task.process_instance_id;
    send_again(office, &instance);
    instance
}

pub fn send_again(office: &Office, instance: &str) {
    let (csv, target) = (office.csv(), office.folder.path().join("target.db"));
    let fields = [
        ("databaseName", target.to_str().unwrap()),
        ("tableName", "orders"),
        ("dataFrame", csv.to_str().unwrap()),
    ];
    let detail = office.client("mara").instance(instance).unwrap();
    let task = detail.tasks[0].id.clone();
    let ana = office.client("ana");
    ana.complete_form(&task, &typed(&fields)).unwrap();
}

pub fn target(office: &Office) -> Connection {
    let target = Connection::open(office.folder.path().join("target.db")).unwrap();
    let schema = "CREATE TABLE IF NOT EXISTS orders(id INTEGER PRIMARY KEY, amount INTEGER)";
    target.execute_batch(schema).unwrap();
    target
}

pub fn rows(office: &Office) -> i64 {
    let count = "SELECT count(*) FROM orders";
    target(office).query_row(count, [], |r| r.get(0)).unwrap()
}

pub fn work(office: &Office) -> WorkDone {
    // Another process, and so another instant.
    office.clock.advance(Duration::from_millis(5));
    office.host().work_until_idle().unwrap()
}

/// The state of an instance, and the round of its task.
pub fn stands(office: &Office, instance: &str) -> (String, Option<u32>) {
    let detail = office.client("mara").instance(instance).unwrap();
    let round = detail.tasks.first().map(|task| task.round);
    (detail.instance.state.clone(), round)
}

pub fn fetch(office: &Office, worker: &str, except: &[&str], names: &[&str]) -> Vec<LockedTask> {
    let fetch = Fetch {
        worker: worker.into(),
        most: 5,
        by_priority: true,
        by_age: None,
        except: except.iter().map(|&id| id.to_owned()).collect(),
        topics: vec![Topic {
            name: "insertion".into(),
            lock: TimeDelta::seconds(10),
            variables: Some(names.iter().map(|&v| v.to_owned()).collect()),
            local: false,
            only: None,
        }],
    };
    office.desk.fetch_and_lock(&office.worker(), fetch).unwrap()
}

/// What a worker does that dies after its commit: the rows are in, nobody heard of it.
pub fn commit_and_die(office: &Office) -> LockedTask {
    let names = ["databaseName", "tableName", "dataFrameCapture"];
    let task = fetch(office, "dead", &[], &names).pop().unwrap();
    let hash = task.variables["dataFrameCapture"].as_str().unwrap();
    let frame = office.desk.frame(hash).unwrap();
    let job = crewdesk::desk::insertion::insertion(
        &task.variables,
        None,
        None,
        frame,
        office.desk.forbidden_targets(),
    );
    let entry = LedgerEntry {
        key: task.task.id.clone(),
        at: office.now(),
    };
    let mut judge = |facts: &Facts| Ok(Verdict::built_in(facts));
    let job = job.unwrap();
    let report =
        crewdesk::insert::run(&job, &entry, &mut judge, &mut |_| {}, &Cancel::new()).unwrap();
    assert!(report.committed);
    task
}

/// A check that refuses what has a certain title, as no fact of the insertion tells.
pub const PICKY: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:camunda="http://camunda.org/schema/1.0/dmn" id="checks" name="Checks" namespace="http://camunda.org/schema/1.0/dmn">
  <decision id="insertion-check" name="Insertion check" camunda:historyTimeToLive="P180D">
    <decisionTable id="t" hitPolicy="FIRST">
      <input id="i"><inputExpression id="ie" typeRef="string"><text>title</text></inputExpression></input>
      <output id="o1" name="result" typeRef="integer" />
      <output id="o2" name="reason" typeRef="string" />
      <rule id="r1"><inputEntry id="e1"><text>"Refuse me"</text></inputEntry>
        <outputEntry id="a1"><text>0</text></outputEntry><outputEntry id="b1"><text>"The title is bad."</text></outputEntry></rule>
      <rule id="r2"><inputEntry id="e2"><text></text></inputEntry>
        <outputEntry id="a2"><text>1</text></outputEntry><outputEntry id="b2"><text>"Fine."</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"#;

#[test]
fn the_check_before_the_commit_sees_what_the_process_sees() {
    let office = Office::new();
    target(&office);
    office.deploy("picky.dmn", PICKY);
    let refused = sent(&office, "Refuse me", &[]);
    let done = work(&office);
    assert_eq!((done.kept, done.sent_back), (0, 1));
    assert_eq!(rows(&office), 0);
    assert_eq!(stands(&office, &refused), ("ACTIVE".into(), Some(2)));
    let detail = office.client("mara").instance(&refused).unwrap();
    let back = office.client("ana").task(&detail.tasks[0].id).unwrap();
    assert_eq!(back.reason.as_deref(), Some("The title is bad."));
}

#[test]
fn whoever_sent_rows_hears_that_they_are_in() {
    let office = Office::new();
    target(&office);
    sent(&office, "Orders", &[]);
    assert_eq!(work(&office).kept, 1);
    let told = office.client("ana").notifications(false, 0).unwrap();
    let newest = (told[0].kind.as_str(), told[0].text.as_str());
    assert_eq!(newest, ("inserted", "Orders: 2 rows are in orders"));
    // What goes back is told as such, and nothing is in.
    sent(&office, "Orders", &[]);
    assert_eq!(work(&office).sent_back, 1, "the keys are taken");
    assert_eq!(office.told("ana")[0], "cameBack");
    assert!(!office.told("mara").contains(&"inserted".to_owned()));
}

/// An insertion sent by ana to a server that is down; its instance.
fn sent_in_vain(office: &Office) -> String {
    let mara = office.client("mara");
    // Nobody listens on this port.
    let url = "postgres://loader@127.0.0.1:1/sales";
    let _ = mara.add_connection("shop", url, None);
    let id = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("Orders")
    });
    let (ana, csv) = (office.client("ana"), office.csv());
    let instance = ana.task(&id).unwrap().task.process_instance_id;
    let fields = [
        ("connection", "shop"),
        ("tableName", "orders"),
        ("dataFrame", csv.to_str().unwrap()),
    ];
    ana.complete_form(&id, &typed(&fields)).unwrap();
    instance
}

#[test]
fn whoever_sent_rows_hears_that_their_database_can_not_be_reached() {
    let office = Office::new();
    let instance = sent_in_vain(&office);
    assert_eq!(work(&office).kept, 0);
    let newest = |user: &str| {
        office
            .client(user)
            .notifications(false, 0)
            .unwrap()
            .remove(0)
    };
    let held = |user: &str| office.client(user).status().unwrap().held;
    let told = newest("ana");
    assert_eq!(told.kind, "waits");
    assert!(
        told.text.starts_with("Orders waits for shop: next try "),
        "{}",
        told.text
    );
    for part in [", 4 tries left: ", "can not be reached"] {
        assert!(told.text.contains(part), "{part}: {}", told.text);
    }
    assert!(!office.told("mara").contains(&"waits".to_owned()));
    let waiting = held("ana").remove(0);
    assert_eq!(waiting.process_instance_id, instance);
    assert_eq!((waiting.retries, waiting.title.as_str()), (4, "Orders"));
    assert_eq!(waiting.connection.as_deref(), Some("shop"));
    assert_eq!(waiting.next, Some(office.now() + TimeDelta::seconds(5)));
    assert_eq!(
        waiting.waits(Some("10:05")),
        "waits for shop: next try 10:05, 4 tries left"
    );
    assert_eq!((held("ben").len(), held("mara").len()), (0, 1));
    // Each try is not told anew; the last one is.
    for left in (0..4).rev() {
        office.clock.advance(Duration::from_secs(6));
        work(&office);
        assert_eq!(held("ana")[0].retries, left);
    }
    let told = newest("ana");
    assert_eq!(told.kind, "incident");
    assert!(
        told.text.starts_with("Orders stands still before shop"),
        "{}",
        told.text
    );
    let kinds = office.told("ana");
    assert_eq!(
        kinds.iter().filter(|kind| *kind == "waits").count(),
        1,
        "{kinds:?}"
    );
    assert_eq!(held("ana")[0].next, None);
    let heads = office.told("mara");
    assert_eq!(heads.iter().filter(|kind| *kind == "incident").count(), 1);
    // What a head cancels waits no more.
    office.client("mara").cancel(&instance, "gone").unwrap();
    assert!(held("ana").is_empty() && held("mara").is_empty());
}

#[test]
fn one_that_is_stopped_before_it_begins_comes_back_although_its_server_is_down() {
    let office = Office::new();
    let instance = sent_in_vain(&office);
    office.client("ana").cancel_insertion(&instance).unwrap();
    assert_eq!(work(&office).sent_back, 1);
    assert_eq!(stands(&office, &instance), ("ACTIVE".into(), Some(2)));
    assert!(office.client("ana").status().unwrap().held.is_empty());
}

#[test]
fn whoever_leaves_takes_the_rows_back_and_the_next_one_begins_anew() {
    let office = Office::new();
    // A table so slow that its rows are on their way for a while.
    let slow = "CREATE TRIGGER slow BEFORE INSERT ON orders BEGIN SELECT count(*) FROM \
                (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) \
                SELECT i FROM n); END";
    target(&office).execute_batch(slow).unwrap();
    let csv = office.folder.path().join("many.csv");
    let many: String = (0..200_000).map(|i| format!("{i},1\n")).collect();
    std::fs::write(&csv, format!("id,amount\n{many}")).unwrap();
    let id = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("Orders")
    });
    let database = office.folder.path().join("target.db");
    let fields = [
        ("databaseName", database.to_str().unwrap()),
        ("tableName", "orders"),
        ("dataFrame", csv.to_str().unwrap()),
    ];
    let ana = office.client("ana");
    let instance = ana.task(&id).unwrap().task.process_instance_id;
    ana.complete_form(&id, &typed(&fields)).unwrap();
    let desk = office.host().work_beside().unwrap();
    let began = std::time::Instant::now();
    while ana
        .status()
        .unwrap()
        .progress
        .iter()
        .all(|one| one.rows == 0)
    {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "nothing is inserted"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(
        ana.status().unwrap().progress[0].here,
        "this process does it"
    );
    drop(desk);
    assert_eq!(rows(&office), 0);
    assert_eq!(stands(&office, &instance), ("ACTIVE".into(), None));
    assert!(ana.status().unwrap().progress.is_empty());
    target(&office).execute_batch("DROP TRIGGER slow").unwrap();
    // Nobody waits until a lock runs out.
    assert_eq!(office.host().work_until_idle().unwrap().kept, 1);
    assert_eq!(rows(&office), 200_000);
}

#[test]
fn rows_that_are_in_the_table_are_not_sent_back() {
    let office = Office::new();
    target(&office);
    let instance = sent(&office, "Refuse me", &[]);
    commit_and_die(&office);
    office.deploy("picky.dmn", PICKY);
    office.clock.advance(Duration::from_secs(11));
    assert_eq!(work(&office).kept, 1);
    assert_eq!(stands(&office, &instance), ("COMPLETED".into(), None));
    assert_eq!(rows(&office), 2);
    let detail = office.client("mara").instance(&instance).unwrap();
    assert_eq!(detail.variables["result"]["value"], 1);
    assert_eq!(detail.variables["reason"]["value"], "all checks hold");
}

#[test]
fn what_a_dead_worker_committed_is_not_sent_back_by_an_error_before_the_ledger() {
    let office = Office::new();
    target(&office);
    let instance = sent(&office, "Orders", &[]);
    commit_and_die(&office);
    let (here, away) = (
        office.folder.path().join("target.db"),
        office.folder.path().join("away"),
    );
    std::fs::rename(&here, &away).unwrap();
    office.clock.advance(Duration::from_secs(11));
    let done = work(&office);
    assert_eq!((done.kept, done.sent_back), (0, 0));
    assert_eq!(stands(&office, &instance).1, None, "it must not come back");
    // Who stops it now is not told that nothing was kept either.
    office.client("mara").cancel_insertion(&instance).unwrap();
    office.clock.advance(Duration::from_secs(6));
    assert_eq!(work(&office).sent_back, 0);
    std::fs::rename(&away, &here).unwrap();
    office.clock.advance(Duration::from_secs(6));
    assert_eq!(work(&office).kept, 1);
    assert_eq!(stands(&office, &instance), ("COMPLETED".into(), None));
    assert_eq!(rows(&office), 2);
}

/// What only the ledger knows, another desk's or that of a run that broke off, is told once.
#[test]
fn rows_that_only_the_ledger_knows_of_are_not_inserted_a_second_time_without_a_word() {
    let office = Office::new();
    let schema = "CREATE TABLE orders(id INTEGER, amount INTEGER)";
    let path = office.folder.path().join("target.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch(schema)
        .unwrap();
    let csv = office.csv();
    let store = FrameStore::new(office.folder.path().join("other")).unwrap();
    let captured = store.capture(Source::Path(&csv), &mut |_, _| {}, &Cancel::new());
    let frame = store.open(&captured.unwrap().hash).unwrap();
    let elsewhere = Insertion::new(ConnectionUrl::Sqlite(path), "orders", frame);
    let entry = LedgerEntry {
        key: "of another desk".into(),
        at: office.now() - TimeDelta::hours(1),
    };
    let mut keep = |facts: &Facts| Ok(Verdict::built_in(facts));
    let done = crewdesk::insert::run(&elsewhere, &entry, &mut keep, &mut |_| {}, &Cancel::new());
    assert!(done.unwrap().committed);
    let instance = sent(&office, "Orders", &[]);
    sent(&office, "Another", &[]);
    assert_eq!(work(&office).sent_back, 2, "nobody who sent one was told");
    assert_eq!(rows(&office), 2);
    let detail = office.client("mara").instance(&instance).unwrap();
    let ana = office.client("ana");
    let back = ana.task(&detail.tasks[0].id).unwrap();
    let reason = back.reason.unwrap_or_default();
    assert!(reason.contains("complete it again"), "{reason}");
    // The form tells it, too, and whoever sends it all the same means it.
    let fields = [
        ("databaseName", office.folder.path().join("target.db")),
        ("tableName", "orders".into()),
        ("dataFrame", csv),
    ];
    let fields = fields.map(|(name, path)| (name.to_owned(), path.display().to_string()));
    let told = ana.preview(&detail.tasks[0].id, &fields.into_iter().collect());
    assert_eq!(told.unwrap().before.map(|told| told.at), Some(entry.at));
    send_again(&office, &instance);
    assert_eq!(work(&office).kept, 1);
    assert_eq!(rows(&office), 4);
}

#[test]
fn an_error_of_the_first_attempt_comes_back_at_once() {
    let office = Office::new();
    let instance = sent(&office, "Orders", &[]);
    assert_eq!(work(&office).sent_back, 1, "there is no such database");
    assert_eq!(stands(&office, &instance), ("ACTIVE".into(), Some(2)));
}

#[test]
fn texts_that_mean_null_are_null() {
    let office = Office::new();
    let target = target(&office);
    let instance = sent(&office, "Orders", &[("nullText", "-, 20")]);
    assert_eq!(work(&office).kept, 1);
    assert_eq!(stands(&office, &instance), ("COMPLETED".into(), None));
    let null = "SELECT amount IS NULL FROM orders WHERE id = 2";
    assert!(target.query_row(null, [], |r| r.get::<_, bool>(0)).unwrap());
}

#[test]
fn a_worker_does_not_take_what_it_is_busy_with() {
    let office = Office::new();
    sent(&office, "Orders", &[]);
    let first = fetch(&office, "w1", &[], &[]).pop().unwrap().task.id;
    office.clock.advance(Duration::from_secs(11));
    let second = {
        sent(&office, "More", &[]);
        let fetched = fetch(&office, "w1", &[&first], &[]);
        assert_eq!(fetched.len(), 1);
        fetched[0].task.id.clone()
    };
    assert_ne!(first, second);
    // It takes its own lock again, and not one that another holds.
    let worker = office.worker();
    let more = TimeDelta::seconds(10);
    let extended = office.desk.extend_lock(&worker, &first, "w1", more);
    assert!(matches!(extended, Err(DeskError::Conflict(_))));
    office.desk.keep_lock(&worker, &first, "w1", more).unwrap();
    assert!(fetch(&office, "w2", &[], &[]).is_empty());
    let stolen = office.desk.keep_lock(&worker, &first, "w2", more);
    assert!(matches!(stolen, Err(DeskError::Conflict(_))));
    // Nor one that another took while it stood still.
    office.clock.advance(Duration::from_secs(11));
    assert_eq!(fetch(&office, "w2", &[], &[]).len(), 2);
    let back = office.desk.keep_lock(&worker, &first, "w1", more);
    assert!(matches!(back, Err(DeskError::Conflict(_))));
}

#[test]
fn a_task_that_can_not_be_handed_out_is_an_incident_and_the_next_is_given() {
    let office = Office::new();
    let broken = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("Broken")
    });
    let csv = office.csv();
    let fields = [
        ("databaseName", "/tmp/t.db"),
        ("tableName", "orders"),
        ("dataFrame", csv.to_str().unwrap()),
        ("password", "hush"),
    ];
    let ana = office.client("ana");
    let instance = ana.task(&broken).unwrap().task.process_instance_id;
    ana.complete_form(&broken, &typed(&fields)).unwrap();
    let file = Connection::open(office.folder.path().join("desk.db")).unwrap();
    file.execute_batch("DELETE FROM secret").unwrap();
    sent(&office, "Orders", &[]);
    let fetched = fetch(&office, "w1", &[], &["password"]);
    assert_eq!(fetched.len(), 1);
    assert_eq!(fetched[0].title.as_deref(), Some("Orders"));
    let detail = office.client("mara").instance(&instance).unwrap();
    assert_eq!(detail.incident_list.len(), 1);
}

#[test]
fn who_does_not_hold_a_task_can_not_give_it_back() {
    let office = Office::new();
    sent(&office, "Orders", &[]);
    let id = fetch(&office, "w1", &[], &[]).pop().unwrap().task.id;
    let refused = office.desk.unlock(&office.worker(), &id, "w2");
    assert!(matches!(refused, Err(DeskError::Conflict(_))));
    office.desk.unlock(&office.worker(), &id, "w1").unwrap();
    assert!(fetch(&office, "w2", &[], &[]).pop().unwrap().first);
}

#[test]
fn a_task_that_was_freed_while_its_rows_were_committed_is_no_first_attempt() {
    let office = Office::new();
    sent(&office, "Orders", &[]);
    let id = fetch(&office, "w1", &[], &[]).pop().unwrap().task.id;
    let desk = &office.desk;
    let advance = Advance::default();
    desk.begin_commit(&office.worker(), &id, "w1", advance)
        .unwrap();
    desk.free_external(&Caller::User("mara".into()), &id)
        .unwrap();
    assert!(!fetch(&office, "w2", &[], &[]).pop().unwrap().first);
}

#[test]
fn progress_ends_with_the_attempt_and_a_wish_to_stop_stays() {
    let office = Office::new();
    target(&office);
    let instance = sent(&office, "Orders", &[]);
    let worker = office.worker();
    let id = fetch(&office, "w1", &[], &[]).pop().unwrap().task.id;
    let report = || {
        let desk = &office.desk;
        let advance = Advance {
            total_bytes: 20,
            ..Advance::default()
        };
        desk.report_progress(&worker, &id, "w1", advance).unwrap()
    };
    let fail = || {
        let desk = &office.desk;
        desk.fail_external(&worker, &id, "w1", failure("busy", 3))
            .unwrap();
    };
    let shown = || office.client("mara").status().unwrap().progress.len();
    assert_eq!((report(), shown()), (Wanted::Yes, 1));
    fail();
    assert_eq!(shown(), 0);
    assert!(!fetch(&office, "w1", &[], &[]).pop().unwrap().first);
    report();
    office.desk.unlock(&worker, &id, "w1").unwrap();
    assert_eq!(shown(), 0);
    fetch(&office, "w1", &[], &[]);
    report();
    office.client("mara").cancel_insertion(&instance).unwrap();
    fail();
    assert_eq!(shown(), 0);
    fetch(&office, "w1", &[], &[]);
    assert_eq!(report(), Wanted::Stopped);
}

#[test]
fn a_task_sees_its_variables_only_through_the_lock() {
    let office = Office::new();
    sent(&office, "Orders", &[]);
    let id = fetch(&office, "w1", &[], &[]).pop().unwrap().task.id;
    let seen = |worker| {
        office
            .desk
            .external_variables(&office.worker(), &id, worker)
    };
    let map: Map = seen("w1").unwrap();
    assert_eq!(map["title"], Value::from("Orders"));
    assert!(matches!(seen("w2"), Err(DeskError::Conflict(_))));
}

#[test]
fn a_command_that_fails_by_itself_is_no_trouble_of_the_database() {
    let detail = "why".to_owned();
    for error in [
        StoreError::Panicked {
            detail: detail.clone(),
        },
        StoreError::Value { detail },
    ] {
        assert!(matches!(DeskError::from(error), DeskError::Engine(_)));
    }
    let closed = DeskError::from(StoreError::Closed);
    assert!(matches!(closed, DeskError::Storage(_)));
}

pub fn failure(message: &str, retries: i32) -> Failure {
    Failure {
        message: message.to_owned(),
        retries,
        ..Failure::default()
    }
}
