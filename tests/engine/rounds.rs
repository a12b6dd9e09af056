//! The rounds of user tasks: what came back, and what only began again.

use crate::support::*;
use chrono::TimeDelta;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

#[test]
fn a_task_that_comes_back_counts_its_rounds() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <userTask id="work" /> <exclusiveGateway id="good" default="good-work" />
        <endEvent id="end" />
        start -> work -> good
        good -> end if ${ok}
        good -> work
        "#,
        Map::new(),
    );
    for round in 1..=3 {
        assert_eq!(desk.task("work").round, round);
        desk.complete_with("work", vars([("ok", (round == 3).into())]));
    }
    assert!(desk.ended());
}

#[test]
fn the_first_due_date_is_remembered_from_round_to_round() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <exclusiveGateway id="merge" />
        <userTask id="work" camunda:dueDate="${due}" />
        start -> merge -> work -> merge
        "#,
        vars([("due", Value::Null)]),
    );
    assert_eq!(desk.task("work").first_due, None);
    let first = desk.now + TimeDelta::days(1);
    let second = first + TimeDelta::days(1);
    for due in [first, second] {
        let patch = TaskPatch {
            due: Some(Some(due)),
            ..TaskPatch::default()
        };
        let task = desk.task("work").id;
        desk.ok(Command::UpdateTask { task, patch });
        let task = desk.task("work");
        assert_eq!((task.due, task.first_due), (Some(due), Some(first)));
    }
    desk.complete("work");
    let back = desk.task("work");
    assert_eq!((back.round, back.first_due), (2, Some(first)));
    assert_eq!(back.due, Some(second));
}

#[test]
fn what_begins_again_without_a_way_back_is_no_further_round() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <userTask id="work" />
        <boundaryEvent id="often" attachedToRef="work" cancelActivity="false">
          <timerEventDefinition><timeCycle>R3/PT1M</timeCycle></timerEventDefinition></boundaryEvent>
        <userTask id="remind" />
        <subProcess id="beside" triggeredByEvent="true">
          <startEvent id="called" isInterrupting="false"><messageEventDefinition messageRef="letter" /></startEvent>
          <userTask id="answer" />
          called -> answer
        </subProcess>
        <subProcess id="again"><startEvent id="in" /> <userTask id="inside" />
          in -> inside
        </subProcess>
        <endEvent id="end" />
        start -> work -> again
        often -> remind
        again -> work if ${!done}
        again -> end if ${done}
        "#,
        vars([("done", false.into())]),
    );
    let rounds = |desk: &Desk, key: &str| -> Vec<u32> {
        let tasks = desk.instance.tasks();
        let tasks = tasks.filter(|task| task.task_definition_key == key);
        tasks.map(|task| task.round).collect()
    };
    for _ in 0..2 {
        desk.wait(1);
        desk.execute("often");
        desk.message("letter");
    }
    assert_eq!(rounds(&desk, "remind"), [1, 1]);
    assert_eq!(rounds(&desk, "answer"), [1, 1]);
    // A token that runs round comes back to all that lies on its way.
    desk.complete("work");
    desk.complete("inside");
    assert_eq!(rounds(&desk, "work"), [2]);
    desk.complete("work");
    assert_eq!(rounds(&desk, "inside"), [2]);
}
