//! The table of notifications, row by row, from end to end.

use crate::office::*;
use chrono::TimeDelta;
use crewdesk::client::{Client, StartRequest};
use crewdesk::desk::external::Failure;
use std::time::Duration;

fn complete(office: &Office, user: &str, id: &str) {
    let csv = office.csv();
    let fields = [
        ("databaseName", "/tmp/t.db"),
        ("tableName", "orders"),
        ("dataFrame", csv.to_str().unwrap()),
    ];
    office
        .client(user)
        .complete_form(id, &typed(&fields))
        .unwrap();
}

#[test]
fn assigned_and_offered_reach_assignee_and_candidates() {
    let office = Office::new();
    office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("a")
    });
    assert_eq!(office.told("ana"), ["assigned"]);
    assert!(office.told("ben").is_empty());
    let id = office.launch(StartRequest {
        candidate_groups: vec!["loaders".into()],
        ..insertion("b")
    });
    assert_eq!(office.told("ben"), ["offered"]);
    assert!(office.told("cem").is_empty());
    office.client("ben").claim(&id).unwrap();
    office.client("mara").assign(&id, Some("cem")).unwrap();
    assert_eq!(
        (office.told("ben"), office.told("cem")),
        (vec!["offered".to_owned()], vec!["assigned".to_owned()])
    );
}

#[test]
fn a_task_without_a_form_for_it_is_offered_to_nobody_but_whom_it_is_for() {
    let office = Office::new();
    office.deploy("plain.bpmn", PLAIN);
    office.launch(StartRequest {
        key: "plain".into(),
        assignee: Some("ana".into()),
        ..StartRequest::default()
    });
    assert_eq!(office.told("ana"), ["assigned"]);
    assert!(office.told("ben").is_empty());
}

#[test]
fn due_soon_and_overdue_reach_assignee_and_head_once() {
    let office = Office::new();
    let due = Some(office.now() + TimeDelta::hours(5));
    office.launch(StartRequest {
        assignee: Some("ana".into()),
        due,
        ..insertion("a")
    });
    office.launch(StartRequest {
        candidate_users: vec!["ben".into()],
        due,
        ..insertion("b")
    });
    office.clock.advance(Duration::from_secs(4 * 3600 + 1800));
    office.desk.heartbeat(&office.worker(), "w", &[]).unwrap();
    for _ in 0..2 {
        office.desk.remind().unwrap();
    }
    assert_eq!(
        (office.told("ana"), office.told("ben")),
        (
            vec!["dueSoon".to_owned(), "assigned".into()],
            vec!["dueSoon".to_owned(), "offered".into()]
        )
    );
    office.clock.advance(Duration::from_secs(3600));
    office.desk.heartbeat(&office.worker(), "w", &[]).unwrap();
    // Another process finds nothing left to tell.
    office.desk.remind().unwrap();
    office.again().remind().unwrap();
    assert_eq!(office.told("ana"), ["overdue", "dueSoon", "assigned"]);
    assert_eq!(
        office
            .told("mara")
            .iter()
            .filter(|kind| *kind == "overdue")
            .count(),
        2
    );
    assert_eq!(
        office
            .told("mara")
            .iter()
            .filter(|kind| *kind == "dueSoon")
            .count(),
        2
    );
}

#[test]
fn came_back_reaches_assignee_and_head_with_the_reason_and_done_the_head() {
    let office = Office::new();
    let due = Some(office.now() + TimeDelta::hours(5));
    let id = office.launch(StartRequest {
        assignee: Some("ana".into()),
        due,
        ..insertion("Orders")
    });
    complete(&office, "ana", &id);
    office.finish_insertion(&office.lock("insertion", &[]).unwrap(), false);
    for user in ["ana", "mara"] {
        let newest = office
            .client(user)
            .notifications(true, 1)
            .unwrap()
            .remove(0);
        assert_eq!(newest.kind, "cameBack");
        assert!(newest.text.contains("8 of 10"), "{}", newest.text);
    }
    let back = office
        .client("ana")
        .task(
            &office.client("ana").notifications(true, 1).unwrap()[0]
                .task_id
                .clone()
                .unwrap(),
        )
        .unwrap();
    complete(&office, "ana", &back.task.id);
    office.finish_insertion(&office.lock("insertion", &[]).unwrap(), true);
    assert_eq!(office.told("mara")[0], "doneInTime");
    assert!(!office.told("ana").contains(&"doneInTime".to_owned()));
}

#[test]
fn late_work_and_cancellation_reach_the_head() {
    let office = Office::new();
    office.deploy("plain.bpmn", PLAIN);
    let start = || StartRequest {
        key: "plain".into(),
        assignee: Some("ana".into()),
        due: Some(office.now() + TimeDelta::hours(1)),
        ..StartRequest::default()
    };
    let id = office.launch(start());
    let other = office.launch(start());
    office.clock.advance(Duration::from_secs(7200));
    office
        .client("ana")
        .complete_form(&id, &typed(&[]))
        .unwrap();
    let newest = office
        .client("mara")
        .notifications(false, 1)
        .unwrap()
        .remove(0);
    assert_eq!(newest.kind, "overdue", "heard with the look at the list");
    assert!(office.told("mara").contains(&"doneLate".to_owned()));
    let instance = office
        .client("mara")
        .task(&other)
        .unwrap()
        .task
        .process_instance_id;
    office
        .client("mara")
        .cancel(&instance, "not needed")
        .unwrap();
    let newest = office
        .client("mara")
        .notifications(false, 1)
        .unwrap()
        .remove(0);
    assert_eq!(
        (newest.kind.as_str(), newest.read),
        ("cancelled", true),
        "what one did oneself counts as read"
    );
}

#[test]
fn an_incident_and_a_missing_worker_reach_the_head() {
    let office = Office::new();
    let id = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("Orders")
    });
    complete(&office, "ana", &id);
    let told = office.told("mara");
    assert_eq!(told[0], "noWorker");
    office.clock.advance(Duration::from_secs(60));
    assert_eq!(
        office
            .told("mara")
            .iter()
            .filter(|kind| *kind == "noWorker")
            .count(),
        1
    );
    let locked = office.lock("insertion", &[]).unwrap();
    office
        .desk
        .fail_external(
            &office.worker(),
            &locked.task.id,
            "w1",
            Failure {
                message: "no disk".into(),
                ..Failure::default()
            },
        )
        .unwrap();
    let newest = office
        .client("mara")
        .notifications(true, 1)
        .unwrap()
        .remove(0);
    assert_eq!(newest.kind, "incident");
    assert!(
        newest.text.contains("no disk") && newest.text.contains("Insert the rows"),
        "{}",
        newest.text
    );
    // Whoever sent the rows hears it, too, and nobody else.
    assert!(office.told("ana").contains(&"incident".to_owned()));
    assert!(!office.told("ben").contains(&"incident".to_owned()));
}

#[test]
fn what_was_read_stays_read() {
    let office = Office::new();
    office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("a")
    });
    office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("b")
    });
    let ana = office.client("ana");
    let all = ana.notifications(true, 0).unwrap();
    assert_eq!((all.len(), ana.status().unwrap().unread), (2, 2));
    ana.mark_read(all[1].id).unwrap();
    assert_eq!(ana.notifications(true, 0).unwrap().len(), 1);
    assert_eq!(ana.notifications(false, 0).unwrap().len(), 2);
}

#[test]
fn a_missing_worker_is_missed_each_time_that_work_begins_to_wait() {
    let office = Office::new();
    let missed = || {
        let told = office.told("mara");
        told.iter().filter(|kind| *kind == "noWorker").count()
    };
    for times in 1..=2 {
        let id = office.launch(StartRequest {
            assignee: Some("ana".into()),
            ..insertion("Orders")
        });
        complete(&office, "ana", &id);
        office.clock.advance(Duration::from_secs(60));
        assert_eq!(missed(), times);
        office.clock.advance(Duration::from_secs(60));
        assert_eq!(missed(), times, "once");
        // A worker comes, does it and goes in order.
        let worker = office.worker();
        office.desk.heartbeat(&worker, "w1", &[]).unwrap();
        office.finish_insertion(&office.lock("insertion", &[]).unwrap(), true);
        office.desk.retire_worker(&worker, "w1").unwrap();
    }
}
