//! Tasks whose rows are being committed, and whoever would cancel them meanwhile.

use crate::office::*;
use crate::worker::*;
use crewdesk::client::{Client, StartRequest};
use crewdesk::desk::DeskError;
use crewdesk::desk::work::{Advance, Wanted};
use std::time::Duration;

/// Says that the worker `dead` goes to commit a task.
fn go_to_commit(office: &Office, task: &str) -> Wanted {
    let (desk, worker) = (&office.desk, office.worker());
    desk.begin_commit(&worker, task, "dead", Advance::default())
        .unwrap()
}

fn cancel(office: &Office, instance: &str) -> Result<(), DeskError> {
    office.client("mara").cancel(instance, "of no use")
}

#[test]
fn who_cancels_first_keeps_the_rows_out() {
    let office = Office::new();
    let instance = sent(&office, "Orders", &[]);
    let task = fetch(&office, "dead", &[], &[]).pop().unwrap().task.id;
    cancel(&office, &instance).unwrap();
    assert_eq!(go_to_commit(&office, &task), Wanted::Gone);
    let stopped = sent(&office, "More", &[]);
    let task = fetch(&office, "dead", &[], &[]).pop().unwrap().task.id;
    office.client("mara").cancel_insertion(&stopped).unwrap();
    assert_eq!(go_to_commit(&office, &task), Wanted::Stopped);
    cancel(&office, &stopped).expect("it did not go to commit");
}

#[test]
fn who_goes_to_commit_first_is_cancelled_no_more() {
    let office = Office::new();
    target(&office);
    let instance = sent(&office, "Orders", &[]);
    let task = commit_and_die(&office).task.id;
    assert_eq!(go_to_commit(&office, &task), Wanted::Yes);
    let said = |result: Result<(), DeskError>| match result {
        Err(DeskError::Conflict(text)) => text,
        other => panic!("{other:?}"),
    };
    let mara = office.client("mara");
    assert!(said(cancel(&office, &instance)).contains("being committed at this moment"));
    assert!(said(mara.cancel_insertion(&instance)).contains("at this moment"));
    // Its worker is dead: the next one finds out.
    office.clock.advance(Duration::from_secs(11));
    assert!(said(cancel(&office, &instance)).contains("crewdesk worker run"));
    assert_eq!(stands(&office, &instance).0, "ACTIVE");
    assert_eq!(work(&office).kept, 1);
    assert_eq!(stands(&office, &instance), ("COMPLETED".into(), None));
    assert!(said(cancel(&office, &instance)).contains("COMPLETED"));
    assert_eq!(rows(&office), 2);
}

#[test]
fn a_worker_that_died_before_its_commit_leaves_a_task_that_can_be_cancelled() {
    let office = Office::new();
    let instance = sent(&office, "Orders", &[]);
    let task = fetch(&office, "dead", &[], &[]).pop().unwrap().task.id;
    assert_eq!(go_to_commit(&office, &task), Wanted::Yes);
    office.clock.advance(Duration::from_secs(11));
    assert!(cancel(&office, &instance).is_err());
    // The next one has read the ledger, in which nothing stands.
    fetch(&office, "w2", &[], &[]);
    let (desk, worker) = (&office.desk, office.worker());
    desk.nothing_committed(&worker, &task, "dead").unwrap();
    assert!(cancel(&office, &instance).is_err(), "not its task any more");
    desk.nothing_committed(&worker, &task, "w2").unwrap();
    cancel(&office, &instance).unwrap();
}

#[test]
fn a_retry_whose_ledger_is_empty_takes_the_mark_off_before_it_inserts() {
    let office = Office::new();
    let target = target(&office);
    let instance = sent(&office, "Refuse me", &[]);
    office.deploy("picky.dmn", PICKY);
    let task = fetch(&office, "dead", &[], &[]).pop().unwrap().task.id;
    go_to_commit(&office, &task);
    office.clock.advance(Duration::from_secs(11));
    assert_eq!(work(&office).sent_back, 1);
    assert_eq!(stands(&office, &instance), ("ACTIVE".into(), Some(2)));
    cancel(&office, &instance).unwrap();
    drop(target);
    assert_eq!(rows(&office), 0);
}

#[test]
fn where_nobody_finds_out_any_more_a_person_decides_and_the_history_says_so() {
    let office = Office::new();
    let instance = sent(&office, "Orders", &[]);
    let task = fetch(&office, "dead", &[], &[]).pop().unwrap().task.id;
    go_to_commit(&office, &task);
    let (desk, worker) = (&office.desk, office.worker());
    desk.fail_external(&worker, &task, "dead", failure("lost", 1))
        .unwrap();
    assert!(cancel(&office, &instance).is_err(), "a try is left");
    fetch(&office, "dead", &[], &[]);
    desk.fail_external(&worker, &task, "dead", failure("lost", 0))
        .unwrap();
    cancel(&office, &instance).unwrap();
    let history = office.client("mara").history(&instance).unwrap();
    let told = history.iter().any(|entry| entry.text.contains("ledger"));
    assert!(told, "{history:#?}");
}

#[test]
fn a_timer_that_would_take_a_committing_task_away_waits() {
    let office = Office::new();
    office.deploy("hasty.bpmn", HASTY);
    let started = office.client("mara").start(StartRequest {
        key: "hasty".into(),
        ..StartRequest::default()
    });
    let instance = started.unwrap().id;
    let task = fetch(&office, "dead", &[], &[]).pop().unwrap().task.id;
    go_to_commit(&office, &task);
    office.clock.advance(Duration::from_secs(5));
    let worker = office.worker();
    let fire = || {
        let jobs = office.desk.acquire_jobs(&worker, "dead", 5).unwrap();
        office.desk.execute_job(&worker, &jobs[0]).unwrap()
    };
    assert!(!fire(), "it waits");
    assert_eq!(stands(&office, &instance).0, "ACTIVE");
    office
        .desk
        .nothing_committed(&worker, &task, "dead")
        .unwrap();
    office.clock.advance(Duration::from_secs(11));
    assert!(fire());
    assert_eq!(stands(&office, &instance).0, "COMPLETED");
}

/// An insertion that may take four seconds.
const HASTY: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="hasty" isExecutable="true" camunda:historyTimeToLive="30">
    <startEvent id="start"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="insert"/>
    <serviceTask id="insert" camunda:type="external" camunda:topic="insertion"/>
    <boundaryEvent id="late" attachedToRef="insert"><timerEventDefinition><timeDuration>PT4S</timeDuration></timerEventDefinition></boundaryEvent>
    <sequenceFlow id="b" sourceRef="insert" targetRef="end"/>
    <sequenceFlow id="c" sourceRef="late" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;
