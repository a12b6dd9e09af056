//! The process that every desk is given, from the launch to the end.

use crate::support::*;
use chrono::TimeDelta;
use crewdesk::dmn::Definitions;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};
use std::sync::Arc;

fn launched(variables: Map) -> Desk {
    let mut desk = Desk::deploy(include_str!("../../process-models/database-insertion.bpmn"));
    desk.run(variables).expect("launches");
    desk
}

/// The worker answers, and the decision is loaded when it is asked for.
fn insert(desk: &mut Desk, refused: i64) {
    report(desk, refused, None);
}

/// The same, from a worker that says whether it kept the rows.
fn report(desk: &mut Desk, refused: i64, kept: Option<bool>) {
    report_of(desk, "insert-rows", refused, kept);
}

fn report_of(desk: &mut Desk, activity: &str, refused: i64, kept: Option<bool>) {
    let task = desk.lock(activity);
    let status = if refused == 0 { "SUCCESS" } else { "FAILURE" };
    let mut variables = vars([
        ("insertionStatus", status.into()),
        ("rowsRead", Value::Long(10)),
        ("rowsInserted", Value::Long(10 - refused)),
        ("rowsRefused", Value::Long(refused)),
        ("nullsInRequired", Value::Long(0)),
        ("duplicateKeys", Value::Long(0)),
        ("sourceChecksum", "abc".into()),
        ("targetChecksum", "abc".into()),
    ]);
    if let Some(kept) = kept {
        variables.insert("insertionKept".into(), Value::Boolean(kept));
        variables.insert("verdictReason".into(), "as the worker saw it".into());
    }
    let report = Command::CompleteExternalTask {
        task,
        worker: "worker".into(),
        variables,
        local_variables: Map::new(),
    };
    if let Err(Error::Need(Need::Decision(reference, _))) = desk.apply(report.clone()) {
        let file = include_bytes!("../../process-models/insertion-check.dmn");
        let definitions = Definitions::parse("insertion-check.dmn", file).expect("a decision");
        desk.world
            .add_decision(reference, "insertion-check:1:d", Arc::new(definitions));
        desk.ok(report);
    } else if desk.instance.external_tasks().next().is_some() {
        panic!("the worker's report was refused");
    }
}

#[test]
fn a_refused_insertion_comes_back_to_the_same_person() {
    let mut desk = launched(vars([
        ("title", "Prices".into()),
        ("candidateUsers", "ann,bob".into()),
        ("priority", Value::Long(80)),
    ]));
    let task = desk.task("enter-data");
    assert_eq!(
        (task.candidate_users.len(), task.priority, task.round),
        (2, 80, 1)
    );
    desk.ok(Command::Claim {
        task: task.id,
        user: "ann".into(),
    });
    desk.complete("enter-data");
    insert(&mut desk, 3);
    let back = desk.task("enter-data");
    assert_eq!((back.assignee.as_deref(), back.round), (Some("ann"), 2));
    assert!(
        desk.var("reason")
            .is_some_and(|reason| !reason.to_string().is_empty())
    );
    desk.complete("enter-data");
    insert(&mut desk, 0);
    assert!(desk.ended(), "tokens at {:?}", desk.tokens());
    assert_eq!(desk.end_state(), Some(InstanceState::Completed));
}

#[test]
fn moving_the_due_date_moves_the_reminder() {
    let due = "2026-03-04T17:00:00Z"
        .parse::<chrono::DateTime<chrono::Utc>>()
        .expect("a date");
    let remind = due - TimeDelta::hours(2);
    let mut desk = launched(vars([("dueDate", due.into()), ("remindAt", remind.into())]));
    assert_eq!(
        (desk.task("enter-data").due, desk.job("remind").due),
        (Some(due), remind)
    );
    let later = TimeDelta::days(1);
    let patch = TaskPatch {
        due: Some(Some(due + later)),
        variables: vars([("remindAt", (remind + later).into())]),
        ..TaskPatch::default()
    };
    let task = desk.task("enter-data").id;
    desk.ok(Command::UpdateTask { task, patch });
    assert_eq!(desk.var("dueDate"), Some((due + later).into()));
    assert_eq!(desk.job("remind").due, remind + later);
    desk.execute("remind");
    assert_eq!(desk.tokens(), ["enter-data"], "the reminder ends by itself");
}

#[test]
fn what_was_kept_decides_the_way_should_the_decision_have_changed() {
    let mut desk = launched(vars([("title", "Prices".into())]));
    let result = |desk: &Desk| desk.last("result").and_then(|r| r.as_i64());
    desk.complete("enter-data");
    report(&mut desk, 0, Some(false));
    assert_eq!((desk.task("enter-data").round, result(&desk)), (2, Some(0)));
    assert_eq!(desk.var("reason"), Some("as the worker saw it".into()));
    desk.complete("enter-data");
    report(&mut desk, 3, Some(false));
    assert_eq!((desk.task("enter-data").round, result(&desk)), (3, Some(0)));
    assert_eq!(desk.var("reason"), Some("3 rows were refused.".into()));
    desk.complete("enter-data");
    report(&mut desk, 3, Some(true));
    assert!(desk.ended(), "tokens at {:?}", desk.tokens());
    assert_eq!(result(&desk), Some(1));
}

/// Where the data goes that an employee of a Spark insertion has sent.
fn sent(launch: Map, data: Map) -> String {
    let mut desk = Desk::deploy(include_str!("../../process-models/spark-insertion.bpmn"));
    desk.run(launch).expect("launches");
    desk.complete_with("enter-data", data);
    let tasks = desk.instance.external_tasks();
    let topics: Vec<String> = tasks.map(|task| task.topic.clone()).collect();
    topics.join(" ")
}

#[test]
fn a_spark_insertion_is_done_by_spark_unless_its_launch_says_otherwise() {
    let file = |bytes: i64| {
        vars([
            ("dataFrameCapture", "hash".into()),
            ("dataFrameBytes", Value::Long(bytes)),
        ])
    };
    let engine = |engine: &str| vars([("engine", engine.into()), ("sizeLimit", Value::Long(100))]);
    assert_eq!(sent(Map::new(), file(1)), "spark-insertion");
    assert_eq!(sent(engine("spark"), file(1)), "spark-insertion");
    assert_eq!(sent(engine("builtIn"), file(i64::MAX)), "insertion");
    assert_eq!(sent(engine("size"), file(99_999_999)), "insertion");
    assert_eq!(sent(engine("size"), file(100_000_000)), "spark-insertion");
    for only_spark in ["location", "script"] {
        let mut data = file(1);
        data.insert(only_spark.into(), "something".into());
        assert_eq!(
            sent(engine("size"), data),
            "spark-insertion",
            "{only_spark}"
        );
    }
    assert_eq!(sent(engine("size"), Map::new()), "spark-insertion");
}

#[test]
fn a_spark_insertion_is_judged_and_comes_back_like_any_other() {
    let mut desk = Desk::deploy(include_str!("../../process-models/spark-insertion.bpmn"));
    desk.run(vars([("assignee", "ann".into())]))
        .expect("launches");
    desk.complete("enter-data");
    report_of(&mut desk, "insert-with-spark", 2, Some(false));
    let task = desk.task("enter-data");
    assert_eq!(task.assignee.as_deref(), Some("ann"));
    desk.complete("enter-data");
    report_of(&mut desk, "insert-with-spark", 0, Some(true));
    assert!(desk.ended());
}
