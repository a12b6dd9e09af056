//! External tasks, jobs and workers.

use crate::office::*;
use chrono::TimeDelta;
use crewdesk::client::{Client, InstanceQuery, StartRequest};
use crewdesk::desk::DeskError;
use crewdesk::desk::external::Failure;
use crewdesk::desk::work::{Advance, Wanted};
use crewdesk::value::{Map, Value};
use std::time::Duration;

/// An insertion that waits for a worker; its instance.
fn sent(office: &Office) -> String {
    let id = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("Orders")
    });
    let csv = office.csv();
    let fields = [
        ("databaseName", "/tmp/t.db"),
        ("tableName", "orders"),
        ("dataFrame", csv.to_str().unwrap()),
    ];
    let ana = office.client("ana");
    let instance = ana.task(&id).unwrap().task.process_instance_id;
    ana.complete_form(&id, &typed(&fields)).unwrap();
    instance
}

#[test]
fn a_lock_runs_out_and_is_renewed() {
    let office = Office::new();
    sent(&office);
    let locked = office.lock("insertion", &[]).unwrap();
    let worker = office.worker();
    let waiting = office.desk.waiting(&["insertion".to_owned()]).unwrap();
    assert_eq!(
        (waiting.ready, waiting.locked, waiting.next),
        (0, 1, locked.task.lock_expires)
    );
    office.clock.advance(Duration::from_secs(9));
    office
        .desk
        .extend_lock(&worker, &locked.task.id, "w1", TimeDelta::seconds(10))
        .unwrap();
    office.clock.advance(Duration::from_secs(9));
    assert!(office.lock("insertion", &[]).is_none());
    office.clock.advance(Duration::from_secs(2));
    assert!(matches!(
        office
            .desk
            .extend_lock(&worker, &locked.task.id, "w1", TimeDelta::seconds(10)),
        Err(DeskError::Conflict(_))
    ));
    assert_eq!(
        office.lock("insertion", &[]).unwrap().task.id,
        locked.task.id
    );
    let other =
        office
            .desk
            .complete_external(&worker, &locked.task.id, "w2", Map::new(), Map::new());
    assert!(matches!(other, Err(DeskError::Conflict(_))));
}

#[test]
fn a_worker_gets_the_variables_it_names() {
    let office = Office::new();
    sent(&office);
    let locked = office
        .lock("insertion", &["tableName", "dataFrameCapture"])
        .unwrap();
    let names: Vec<_> = locked.variables.keys().map(String::as_str).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let hash = locked.variables["dataFrameCapture"].as_str().unwrap();
    let frame = office.desk.frame(hash).unwrap();
    assert_eq!((frame.name.as_str(), frame.bytes), ("orders.csv", 20));
}

#[test]
fn a_failure_without_retries_is_an_incident_until_it_is_retried() {
    let office = Office::new();
    let instance = sent(&office);
    let locked = office.lock("insertion", &[]).unwrap();
    let worker = office.worker();
    let fail = |retries| {
        office.desk.fail_external(
            &worker,
            &locked.task.id,
            "w1",
            Failure {
                message: "out of reach".into(),
                retries,
                retry_in: TimeDelta::seconds(5),
                ..Failure::default()
            },
        )
    };
    fail(1).unwrap();
    assert!(
        office.lock("insertion", &[]).is_none(),
        "not before the retry time"
    );
    let detail = office.client("mara").instance(&instance).unwrap();
    let retry = &detail.retrying[0];
    assert_eq!(
        (retry.message.as_str(), retry.retries, retry.at),
        (
            "out of reach",
            1,
            Some(office.now() + TimeDelta::seconds(5))
        )
    );
    office.clock.advance(Duration::from_secs(6));
    office.lock("insertion", &[]).unwrap();
    fail(0).unwrap();
    let mara = office.client("mara");
    let query = InstanceQuery {
        with_incident: true,
        ..InstanceQuery::default()
    };
    assert_eq!(mara.instances(query).unwrap().total, 1);
    let detail = mara.instance(&instance).unwrap();
    assert!(detail.retrying.is_empty(), "a person has to act");
    assert_eq!(
        detail.incident_list[0].incident_message.as_deref(),
        Some("out of reach")
    );
    assert_eq!(mara.diagram(&instance).unwrap().incidents, ["insert-rows"]);
    assert_eq!(mara.retry(&instance).unwrap(), 1);
    assert!(mara.instance(&instance).unwrap().incident_list.is_empty());
    office.clock.advance(Duration::from_secs(6));
    assert!(office.lock("insertion", &[]).is_some());
}

#[test]
fn a_worker_hears_that_its_insertion_is_not_wanted() {
    let office = Office::new();
    let (mara, ana) = (office.client("mara"), office.client("ana"));
    let instance = sent(&office);
    let locked = office.lock("insertion", &[]).unwrap();
    let worker = office.worker();
    let report = || {
        let advance = Advance {
            pass: "inserting",
            rows: 5,
            bytes: 10,
            total_bytes: 20,
            rate: 5.0,
            waits: false,
        };
        office
            .desk
            .report_progress(&worker, &locked.task.id, "w1", advance)
            .unwrap()
    };
    assert_eq!(report(), Wanted::Yes);
    let progress = ana.status().unwrap().progress;
    assert_eq!(
        (
            progress[0].rows,
            progress[0].title.as_str(),
            progress[0].seconds_left
        ),
        (5, "Orders", Some(1.0))
    );
    assert!(office.client("ben").status().unwrap().progress.is_empty());
    assert!(matches!(
        office.client("ben").cancel_insertion(&instance),
        Err(DeskError::Forbidden(_))
    ));
    ana.cancel_insertion(&instance).unwrap();
    let told = ana.history(&instance).unwrap();
    assert!(
        told.iter().any(|e| e.text == "ana stopped the insertion"),
        "{told:?}"
    );
    assert_eq!(report(), Wanted::Stopped);
    mara.cancel(&instance, "not needed").unwrap();
    assert_eq!(report(), Wanted::Gone);
    assert!(matches!(
        mara.cancel(&instance, "again"),
        Err(DeskError::Conflict(_))
    ));
    assert!(mara.status().unwrap().progress.is_empty());
}

#[test]
fn a_stop_before_any_worker_began_is_found_by_the_one_that_begins() {
    let office = Office::new();
    let instance = sent(&office);
    office.client("mara").cancel_insertion(&instance).unwrap();
    let locked = office.lock("insertion", &[]).unwrap();
    let wanted = office
        .desk
        .report_progress(&office.worker(), &locked.task.id, "w1", Advance::default())
        .unwrap();
    assert_eq!(wanted, Wanted::Stopped);
}

#[test]
fn workers_are_alive_while_they_say_so() {
    let office = Office::new();
    let worker = office.worker();
    let alive = || office.client("mara").status().unwrap().workers;
    assert_eq!(alive(), 0);
    office
        .desk
        .heartbeat(&worker, "one", &["insertion".to_owned()])
        .unwrap();
    office.desk.heartbeat(&worker, "two", &[]).unwrap();
    assert_eq!(alive(), 2);
    office.desk.retire_worker(&worker, "two").unwrap();
    assert_eq!(alive(), 1);
    office.clock.advance(Duration::from_secs(11));
    assert_eq!(alive(), 0);
}

#[test]
fn a_decision_can_be_asked_beforehand() {
    let office = Office::new();
    let facts = [
        ("insertionStatus", Value::from("FAILURE")),
        ("rowsRefused", Value::Long(2)),
    ];
    let facts = facts.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    let verdict = office.desk.decide("insertion-check", &facts).unwrap();
    assert_eq!(verdict["result"].as_i64(), Some(0));
    assert!(office.desk.decide("no-such", &facts).is_err());
}
