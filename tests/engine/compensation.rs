//! Compensation and transactions: what was completed is undone, the last first.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::Map;

/// A task with the task that undoes it.
fn undoable(id: &str) -> String {
    format!(
        r#"<userTask id="{id}" />
        <boundaryEvent id="on-{id}" attachedToRef="{id}"><compensateEventDefinition /></boundaryEvent>
        <userTask id="undo-{id}" isForCompensation="true" />
        <association id="as-{id}" sourceRef="on-{id}" targetRef="undo-{id}" />
        "#
    )
}

const THROW: &str =
    r#"<intermediateThrowEvent id="throw"><compensateEventDefinition /></intermediateThrowEvent>"#;

fn compensations(desk: &Desk) -> usize {
    let kind = SubscriptionKind::Compensation;
    desk.instance.waiting(kind, "").count()
}

#[test]
fn handlers_run_in_reverse_order_and_the_throw_waits_for_all() {
    let model = format!(
        r#"<startEvent id="start" /> {} {} {} {THROW} <userTask id="after" />
        start -> a -> b -> throw -> after"#,
        undoable("a"),
        undoable("b"),
        undoable("never")
    );
    let mut desk = Desk::start(&model, Map::new());
    desk.complete("a");
    desk.wait(1);
    assert_eq!(compensations(&desk), 1);
    desk.complete("b");
    assert_eq!(compensations(&desk), 0);
    assert_eq!(desk.tasks(), ["undo-a", "undo-b"]);
    let order: Vec<_> = desk
        .log
        .iter()
        .filter_map(|event| match event {
            Event::TaskCreated { task } => Some(task.task_definition_key.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(order, ["a", "b", "undo-b", "undo-a"]);
    desk.complete("undo-a");
    assert_eq!(desk.tasks(), ["undo-b"]);
    desk.complete("undo-b");
    assert_eq!(desk.tasks(), ["after"]);
    desk.complete("after");
    assert_eq!(desk.instance, Instance::default());
}

#[test]
fn nothing_to_undo_is_no_reason_to_wait_and_what_is_left_goes_with_the_instance() {
    let model = format!(
        r#"<startEvent id="start" /> {THROW} {} <endEvent id="end" />
        start -> throw -> a -> end"#,
        undoable("a")
    );
    let mut desk = Desk::start(&model, Map::new());
    assert_eq!(desk.tasks(), ["a"]);
    desk.complete("a");
    assert_eq!(desk.instance, Instance::default());
}

#[test]
fn one_activity_alone_can_be_meant() {
    let throw = r#"<endEvent id="throw"><compensateEventDefinition activityRef="a" /></endEvent>"#;
    let model = format!(
        r#"<startEvent id="start" /> {} {} {throw}
        start -> a -> b -> throw"#,
        undoable("a"),
        undoable("b")
    );
    let mut desk = Desk::start(&model, Map::new());
    desk.complete("a");
    desk.complete("b");
    assert_eq!(desk.tasks(), ["undo-a"]);
    desk.complete("undo-a");
    assert!(desk.ended());
}

fn in_sub(inside: &str, around: &str) -> String {
    format!(
        r#"<startEvent id="start" />
        <subProcess id="sub"><extensionElements><camunda:inputOutput>
            <camunda:inputParameter name="snapshot">${{level}}</camunda:inputParameter></camunda:inputOutput></extensionElements>
          <startEvent id="s" /> {} {} <endEvent id="e" />
          s -> a -> b -> e
          {inside}
        </subProcess>
        {around}
        <userTask id="between" /> {THROW} <userTask id="after" />
        start -> sub -> between -> throw -> after"#,
        undoable("a"),
        undoable("b")
    )
}

fn through_sub(model: &str) -> Desk {
    let mut desk = Desk::start(model, vars([("level", 1.into())]));
    desk.complete("a");
    desk.wait(1);
    desk.complete("b");
    desk.set(vars([("level", 2.into())]));
    assert_eq!(desk.tasks(), ["between"]);
    desk
}

#[test]
fn a_completed_scope_is_kept_with_its_variables() {
    let mut desk = through_sub(&in_sub("", ""));
    assert!(desk.history().contains(&"sub".to_owned()));
    desk.complete("between");
    assert_eq!(desk.tasks(), ["undo-a", "undo-b"]);
    let undo = desk.task("undo-a");
    let mut scope = Some(undo.execution_id);
    let mut seen = None;
    while let (Some(id), None) = (&scope, &seen) {
        seen = desk
            .instance
            .variable(id, "snapshot")
            .map(|v| v.value.clone());
        scope = desk
            .instance
            .execution(id)
            .and_then(|e| e.parent_id.clone());
    }
    assert_eq!(seen, Some(1.into()));
    desk.complete("undo-b");
    desk.complete("undo-a");
    assert_eq!(desk.tasks(), ["after"]);
    desk.complete("after");
    assert_eq!(desk.instance, Instance::default());
}

#[test]
fn a_handler_of_the_scope_itself_comes_instead_of_those_inside() {
    let around = r#"<boundaryEvent id="on-sub" attachedToRef="sub"><compensateEventDefinition /></boundaryEvent>
        <userTask id="undo-sub" isForCompensation="true" />
        <association id="as-sub" sourceRef="on-sub" targetRef="undo-sub" />"#;
    let mut desk = through_sub(&in_sub("", around));
    desk.complete("between");
    assert_eq!(desk.tasks(), ["undo-sub"]);
    desk.complete("undo-sub");
    assert_eq!(desk.tasks(), ["after"]);
}

#[test]
fn an_event_sub_process_undoes_its_scope_and_may_throw_on() {
    let inside = r#"<subProcess id="undo" triggeredByEvent="true">
          <startEvent id="on"><compensateEventDefinition /></startEvent> <userTask id="first" />
          <intermediateThrowEvent id="rest"><compensateEventDefinition /></intermediateThrowEvent>
          <userTask id="last" />
          on -> first -> rest -> last
        </subProcess>"#;
    let mut desk = through_sub(&in_sub(inside, ""));
    desk.complete("between");
    assert_eq!(desk.tasks(), ["first"]);
    desk.complete("first");
    assert_eq!(desk.tasks(), ["undo-a", "undo-b"]);
    desk.complete("undo-a");
    desk.complete("undo-b");
    assert_eq!(desk.tasks(), ["last"]);
    desk.complete("last");
    assert_eq!(desk.tasks(), ["after"]);
    desk.complete("after");
    assert_eq!(desk.instance, Instance::default());
}

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

#[test]
fn from_an_event_sub_process_the_scope_around_is_undone() {
    let model = format!(
        r#"<startEvent id="start" /> {} <userTask id="work" />
        <subProcess id="handler" triggeredByEvent="true">
          <startEvent id="on"><messageEventDefinition messageRef="letter" /></startEvent> {THROW} <userTask id="told" />
          on -> throw -> told
        </subProcess>
        start -> a -> work"#,
        undoable("a")
    );
    let mut desk = Desk::start(&model, Map::new());
    desk.complete("a");
    desk.message("letter");
    assert_eq!(
        desk.tasks(),
        ["undo-a"],
        "an interruption keeps what can be undone"
    );
    desk.complete("undo-a");
    assert_eq!(desk.tasks(), ["told"]);
}

fn transaction(boundary: bool) -> String {
    format!(
        r#"<startEvent id="start" />
        <transaction id="tx">
          <startEvent id="s" /> {} <userTask id="beside" /> <userTask id="check" />
          <endEvent id="fail"><cancelEventDefinition /></endEvent> <endEvent id="fine" />
          s -> a -> check
          s -> beside
          check -> fail if ${{!good}}
          check -> fine if ${{good}}
        </transaction>
        {}
        <userTask id="after" /> <userTask id="failed" />
        start -> tx -> after
        {}"#,
        undoable("a"),
        if boundary {
            r#"<boundaryEvent id="cancelled" attachedToRef="tx"><cancelEventDefinition /></boundaryEvent>"#
        } else {
            ""
        },
        if boundary { "cancelled -> failed" } else { "" },
    )
}

#[test]
fn a_cancel_end_undoes_the_transaction_and_then_leaves_by_its_boundary() {
    let mut desk = Desk::start(&transaction(true), Map::new());
    desk.complete("a");
    desk.complete_with("check", vars([("good", false.into())]));
    assert_eq!(desk.tasks(), ["undo-a"], "all else in it has ended");
    desk.complete("undo-a");
    assert_eq!(desk.tasks(), ["failed"]);
    assert!(desk.history().contains(&"tx!".to_owned()));
    desk.complete("failed");
    assert_eq!(desk.instance, Instance::default());
}

#[test]
fn a_transaction_that_succeeds_goes_on() {
    let mut desk = Desk::start(&transaction(true), Map::new());
    desk.complete("beside");
    desk.complete("a");
    desk.complete_with("check", vars([("good", true.into())]));
    assert_eq!(desk.tasks(), ["after"]);
}

#[test]
fn without_a_boundary_a_cancel_end_is_an_error() {
    let mut desk = Desk::start(&transaction(false), Map::new());
    desk.complete("a");
    desk.complete_with("check", vars([("good", false.into())]));
    let undone = desk.apply(Command::CompleteTask {
        task: desk.task("undo-a").id,
        user: None,
        variables: Map::new(),
    });
    assert!(matches!(undone, Err(Error::BadValue { .. })), "{undone:?}");
}
