//! Compensation of multi-instance activities and of what they hold.

use crate::compensation::{THROW, cancel, compensations, complete_all, throw_for, undo};
use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::Map;

#[test]
fn each_instance_of_many_is_undone() {
    let model = format!(
        r#"<startEvent id="start" />
        <userTask id="book"><multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics></userTask>
        <boundaryEvent id="on" attachedToRef="book"><compensateEventDefinition /></boundaryEvent>
        <userTask id="cancel" isForCompensation="true" /> <association id="as" sourceRef="on" targetRef="cancel" />
        {THROW} <userTask id="after" />
        start -> book -> throw -> after"#
    );
    let mut desk = Desk::start(&model, Map::new());
    for _ in 0..3 {
        assert_eq!(compensations(&desk), 3 - desk.tasks().len());
        desk.complete("book");
    }
    assert_eq!(desk.tasks(), ["cancel", "cancel", "cancel"]);
    for _ in 0..3 {
        desk.complete("cancel");
    }
    assert_eq!(desk.tasks(), ["after"]);
    desk.complete("after");
    assert_eq!(desk.instance, Instance::default());
}

/// Five services inside a sub-process beside a task; then the sub-process is undone.
fn five_in_a_scope() -> String {
    format!(
        r#"<startEvent id="start" /> <parallelGateway id="fork" /> <userTask id="parallelTask" />
        <subProcess id="scope">
          <startEvent id="s" />
          <serviceTask id="book" camunda:expression="${{true}}"><multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>5</loopCardinality></multiInstanceLoopCharacteristics></serviceTask>
          {} s -> book
        </subProcess>
        {} <receiveTask id="beforeEnd" />
        start -> fork -> scope -> throw -> beforeEnd
        fork -> parallelTask"#,
        undo("book"),
        throw_for("scope")
    )
    .replace("> s -> book", ">\ns -> book")
}

/// CompensateEventTest.testCompensateParallelSubprocessCompHandlerWaitstate
/// CompensateEventTest.testDeleteParallelSubprocessCompHandlerWaitstate
/// CompensateEventTest.testActivityInstanceTreeForParallelMiActivityInSubprocess
#[test]
fn handlers_of_many_instances_wait_side_by_side() {
    let mut desk = Desk::start(&five_in_a_scope(), Map::new());
    assert_eq!(
        desk.activities(),
        "parallelTask scope[book*[undo-book undo-book undo-book undo-book undo-book]] throw"
    );
    complete_all(&mut desk, "undo-book", 5);
    assert_eq!(desk.activities(), "beforeEnd parallelTask");
    desk.complete("parallelTask");
    let execution = desk
        .instance
        .executions()
        .find(|e| e.activity_id.as_deref() == Some("beforeEnd"));
    let (execution, variables) = (execution.expect("a token").id.clone(), Map::new());
    desk.ok(Command::Trigger {
        execution,
        variables,
    });
    assert_eq!(desk.instance, Instance::default());

    let mut desk = Desk::start(&five_in_a_scope(), Map::new());
    desk.ok(cancel());
    assert_eq!(desk.instance, Instance::default());
}

/// CompensateEventTest.testCompensateConcurrentMiActivity
/// CompensateEventTest.testCompensateConcurrentMiSubprocess
/// CompensateEventTest.testCompensateActivityRefMiActivity
/// CompensateEventTest.testCompensateActivityRefMiSubprocess
#[test]
fn many_that_are_not_all_done_are_not_undone_yet() {
    let loops = "<multiInstanceLoopCharacteristics><loopCardinality>5</loopCardinality></multiInstanceLoopCharacteristics>";
    let activity = format!("<userTask id=\"book\">{loops}</userTask> {}", undo("book"));
    let scope = format!(
        "<subProcess id=\"book-scope\">{loops} <startEvent id=\"s\" /> <userTask id=\"book\" /> {}\ns -> book\n</subProcess>",
        undo("book")
    );
    for (element, id) in [(&activity, "book"), (&scope, "book-scope")] {
        let model = format!(
            r#"<startEvent id="start" /> {element} <userTask id="request" /> {} <parallelGateway id="join" /> <endEvent id="end" />
            start -> {id} -> join -> end
            start -> request -> throw -> join"#,
            throw_for(id)
        );
        let mut desk = Desk::start(&model, Map::new());
        complete_all(&mut desk, "book", 4);
        desk.complete("request");
        assert_eq!(desk.tasks(), ["book"], "{id}");
        desk.complete("book");
        assert_eq!(desk.instance, Instance::default());

        let model = format!(
            r#"<startEvent id="start" /> {element} <userTask id="request" /> {} <endEvent id="end" />
            start -> {id} -> request -> throw -> end"#,
            throw_for(id)
        );
        let mut desk = Desk::start(&model, Map::new());
        complete_all(&mut desk, "book", 5);
        desk.complete("request");
        assert_eq!(desk.tasks(), ["undo-book"; 5]);
        complete_all(&mut desk, "undo-book", 5);
        assert_eq!(desk.instance, Instance::default());
    }
}

/// CompensateEventTest.testCompensateMiSubprocessVariableSnapshotOfElementVariable
#[test]
fn each_instance_of_a_scope_is_undone_with_its_own_element() {
    let model = format!(
        r#"<startEvent id="start" />
        <subProcess id="scope"><multiInstanceLoopCharacteristics camunda:collection="flights" camunda:elementVariable="flight" />
          <startEvent id="s" /> <serviceTask id="book" camunda:expression="${{execution.setVariable('booked', booked.concat(flight))}}" />
          <boundaryEvent id="on" attachedToRef="book"><compensateEventDefinition /></boundaryEvent>
          <serviceTask id="undo" isForCompensation="true" camunda:expression="${{execution.setVariable('undone', undone.concat(flight))}}" />
          <association id="as" sourceRef="on" targetRef="undo" associationDirection="One" /> <endEvent id="e" />
          s -> book -> e
        </subProcess>
        {THROW} <userTask id="after" />
        start -> scope -> throw -> after"#
    );
    let flights = crewdesk::value::Value::Json(serde_json::json!(["a", "b"]));
    let given = vars([
        ("flights", flights),
        ("booked", "".into()),
        ("undone", "".into()),
    ]);
    let desk = Desk::start(&model, given);
    assert_eq!(desk.tasks(), ["after"]);
    assert_eq!(desk.var("booked"), Some("ab".into()));
    let undone = desk.var("undone");
    assert!(
        [Some("ab".into()), Some("ba".into())].contains(&undone),
        "{undone:?}"
    );
}
