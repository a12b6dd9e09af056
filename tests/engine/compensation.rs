//! Compensation and transactions: what was completed is undone, the last first.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

/// A task with the task that undoes it.
pub fn undoable(id: &str) -> String {
    format!(
        r#"<userTask id="{id}" />
        <boundaryEvent id="on-{id}" attachedToRef="{id}"><compensateEventDefinition /></boundaryEvent>
        <userTask id="undo-{id}" isForCompensation="true" />
        <association id="as-{id}" sourceRef="on-{id}" targetRef="undo-{id}" />
        "#
    )
}

pub const THROW: &str =
    r#"<intermediateThrowEvent id="throw"><compensateEventDefinition /></intermediateThrowEvent>"#;

pub fn compensations(desk: &Desk) -> usize {
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

/// What compensates `id`, on its boundary.
fn handler(id: &str, element: &str) -> String {
    format!(
        r#"<boundaryEvent id="on-{id}" attachedToRef="{id}"><compensateEventDefinition /></boundaryEvent>
        {element}
        <association id="as-{id}" sourceRef="on-{id}" targetRef="undo-{id}" />
        "#
    )
}

pub fn undo(id: &str) -> String {
    handler(
        id,
        &format!(r#"<userTask id="undo-{id}" isForCompensation="true" />"#),
    )
}

/// A compensation that means one activity.
pub fn throw_for(activity: &str) -> String {
    format!(
        r#"<intermediateThrowEvent id="throw"><compensateEventDefinition activityRef="{activity}" /></intermediateThrowEvent>"#
    )
}

#[track_caller]
pub fn complete_all(desk: &mut Desk, key: &str, times: usize) {
    for _ in 0..times {
        desk.complete(key);
    }
}

/// CompensateEventTest.testCompensateOrder
#[test]
fn the_activity_meant_may_stand_before_or_behind() {
    for model in [
        format!(
            "<startEvent id=\"start\" /> {} {}\nstart -> a -> throw",
            throw_for("a"),
            undoable("a")
        ),
        format!(
            "<startEvent id=\"start\" /> {} {}\nstart -> a -> throw",
            undoable("a"),
            throw_for("a")
        ),
    ] {
        let mut desk = Desk::start(&model, Map::new());
        desk.complete("a");
        assert_eq!(desk.tasks(), ["undo-a"]);
        // Without a handler it goes on.
        let lines = model.lines().map(|line| match line.find("<association") {
            Some(at) => &line[..at],
            None => line,
        });
        let alone: Vec<&str> = lines.collect();
        let mut desk = Desk::start(&alone.join("\n"), Map::new());
        desk.complete("a");
        assert!(desk.ended(), "{:?}", desk.tasks());
    }
}

/// CompensateEventTest.testCompensateSubprocessInsideSubprocess
/// CompensateEventTest.testCompensationEventSubprocessReThrowCompensationEvent
/// CompensateEventTest.testCompensationEventSubprocessConsumeCompensationEvent
/// CompensateEventTest.testCompensationEventSubprocessWithoutBoundaryEvents
#[test]
fn a_scope_inside_a_scope_is_undone_unless_an_event_sub_process_keeps_it() {
    let on = |id: &str, inside: &str| {
        format!(
            r#"<subProcess id="{id}" triggeredByEvent="true">
              <startEvent id="{id}-on"><compensateEventDefinition /></startEvent> {inside}
            </subProcess>"#
        )
    };
    let model = |hotel: &str, flight: &str| {
        format!(
            r#"<startEvent id="start" />
            <subProcess id="scopeHotel">
              <startEvent id="s1" /> <userTask id="bookHotel" /> {hotel}
              <subProcess id="scopeFlight">
                <startEvent id="s2" /> <userTask id="bookFlight" /> {flight}
                s2 -> bookFlight
              </subProcess>
              s1 -> bookHotel -> scopeFlight
            </subProcess>
            <userTask id="before" /> {THROW} <endEvent id="end" />
            start -> scopeHotel -> before -> throw -> end"#
        )
    };
    let thrown = |model: &str| {
        let mut desk = Desk::start(model, Map::new());
        desk.complete("bookHotel");
        desk.complete("bookFlight");
        desk.complete("before");
        desk
    };
    let mut desk = thrown(&model(&undo("bookHotel"), &undo("bookFlight")));
    assert_eq!(
        desk.activities(),
        "scopeHotel[scopeFlight[undo-bookFlight] undo-bookHotel] throw"
    );
    desk.complete("undo-bookHotel");
    desk.complete("undo-bookFlight");
    assert_eq!(desk.instance, Instance::default());

    let flight = on(
        "undoFlight",
        "<userTask id=\"cancelFlight\" />\nundoFlight-on -> cancelFlight\n",
    );
    let again = r#"<intermediateThrowEvent id="again"><compensateEventDefinition /></intermediateThrowEvent>"#;
    let hotel = on(
        "undoHotel",
        &format!("<userTask id=\"cancelHotel\" /> {again}\nundoHotel-on -> cancelHotel -> again\n"),
    );
    let mut desk = thrown(&model(&hotel, &flight));
    desk.complete("cancelHotel");
    desk.complete("cancelFlight");
    assert!(desk.ended());

    let hotel = on(
        "undoHotel",
        "<userTask id=\"cancelHotel\" />\nundoHotel-on -> cancelHotel\n",
    );
    let mut desk = thrown(&model(&hotel, &flight));
    desk.complete("cancelHotel");
    assert_eq!(desk.instance, Instance::default());

    let both = on(
        "undoBoth",
        "<userTask id=\"cancelFlight\" /> <userTask id=\"cancelHotel\" />\nundoBoth-on -> cancelFlight -> cancelHotel\n",
    );
    let mut desk = thrown(&model(&both, ""));
    desk.complete("cancelFlight");
    desk.complete("cancelHotel");
    assert_eq!(desk.instance, Instance::default());
}

/// CompensateEventTest.testCompensateSubprocessWithBoundaryEvent
/// CompensateEventTest.testCompensateActivityInSubprocess
/// CompensateEventTest.testCompensateActivityInConcurrentSubprocess
/// CompensateEventTest.testConcurrentExecutionsAndPendingCompensation
/// CompensateEventTest.testActivityInstanceTreeWithoutEventScope
#[test]
fn a_completed_sub_process_waits_unseen_to_be_undone() {
    let model = |inside: &str, outside: &str| {
        format!(
            r#"<startEvent id="start" />
            <subProcess id="sub"><startEvent id="s" /> <userTask id="work" /> {inside}
              s -> work
            </subProcess>
            {outside} <userTask id="beside" /> <parallelGateway id="join" /> <userTask id="before" /> {} <userTask id="after" />
            start -> sub -> join -> before -> throw -> after
            start -> beside -> join"#,
            throw_for("sub")
        )
    };
    for (inside, outside, tree) in [
        (undo("work"), String::new(), "sub[undo-work] throw"),
        (String::new(), undo("sub"), "throw undo-sub"),
    ] {
        let mut desk = Desk::start(&model(&inside, &outside), Map::new());
        desk.complete("work");
        assert_eq!(desk.activities(), "beside join", "what is kept is not seen");
        desk.complete("beside");
        desk.complete("before");
        assert_eq!(desk.activities(), tree);
        let undo = desk.tasks().remove(0);
        desk.complete(&undo);
        assert_eq!(desk.tasks(), ["after"]);
        desk.complete("after");
        assert_eq!(desk.instance, Instance::default());
    }
}

/// CompensateEventTest.testCallActivityCompensationHandler
#[test]
fn a_call_activity_undoes() {
    let call =
        r#"<callActivity id="undo-book" isForCompensation="true" calledElement="handler" />"#;
    let model = format!(
        r#"<startEvent id="start" />
        <subProcess id="scope"><multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>5</loopCardinality></multiInstanceLoopCharacteristics>
          <startEvent id="s" /> <serviceTask id="book" camunda:expression="${{true}}" /> {}
          s -> book
        </subProcess>
        {} <receiveTask id="beforeEnd" />
        start -> scope -> throw -> beforeEnd"#,
        handler("book", call),
        throw_for("scope")
    );
    let desk = Desk::with(&model)
        .and(
            "handler",
            "<startEvent id=\"s\" /> <endEvent id=\"e\" />\ns -> e\n",
        )
        .started(Map::new());
    let undone = desk
        .history()
        .iter()
        .filter(|id| *id == "undo-book")
        .count();
    assert_eq!((undone, desk.tokens()), (5, vec!["beforeEnd".to_owned()]));
    assert_eq!(desk.instance.processes().count(), 1);
}

/// CompensateEventTest.testActivityInstanceTreeForCompensationEndEvent
/// CompensateEventTest.testActivityInstanceTreeForMiActivity
/// CompensateEventTest.testActivityInstanceTreeForMiSubprocess
/// CompensateEventTest.testActivityInstanceTreeForMiSubProcessDefaultHandler
/// CompensateEventTest.testCancelProcessInstanceWithActiveCompensation
#[test]
fn handlers_stand_in_the_tree_where_they_stand_in_the_model() {
    let end = r#"<endEvent id="throw"><compensateEventDefinition /></endEvent>"#;
    let loops = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>";
    let service = |loops: &str| {
        format!(
            r#"<serviceTask id="book" camunda:expression="${{true}}">{loops}</serviceTask> {}"#,
            undo("book")
        )
    };
    let scope = |inside: &str, outside: &str| {
        format!(
            r#"<subProcess id="scope">{loops} <startEvent id="s" /> <serviceTask id="book" camunda:expression="${{true}}" /> {inside}
            s -> book
            </subProcess> {outside}"#
        )
    };
    for (element, id, tree) in [
        (service(""), "book", "throw undo-book"),
        (service(loops), "book", "book*[undo-book undo-book] throw"),
        (
            scope("", &undo("scope")),
            "scope",
            "scope*[undo-scope undo-scope] throw",
        ),
        (
            scope(&undo("book"), ""),
            "scope",
            "scope*[scope[undo-book] scope[undo-book]] throw",
        ),
    ] {
        let model = format!("<startEvent id=\"start\" /> {element} {end}\nstart -> {id} -> throw");
        let mut desk = Desk::start(&model, Map::new());
        assert_eq!(desk.activities(), tree);
        desk.ok(cancel());
        assert_eq!(desk.instance, Instance::default());
    }
}

/// A booking whose event sub-process undoes flight, then hotel, and tells the customer.
fn booking(loops: &str, first: &str, second: &str) -> String {
    format!(
        r#"<startEvent id="start" />
        <subProcess id="booking">{loops}
          <startEvent id="s" /> {} {}
          s -> flight
          s -> hotel
          <subProcess id="undoBooking" triggeredByEvent="true">
            <startEvent id="on"><compensateEventDefinition /></startEvent>
            <intermediateThrowEvent id="undoFlight"><compensateEventDefinition {first} /></intermediateThrowEvent>
            <intermediateThrowEvent id="undoHotel"><compensateEventDefinition {second} /></intermediateThrowEvent>
            <userTask id="update" />
            on -> undoFlight -> undoHotel -> update
          </subProcess>
        </subProcess>
        <userTask id="validate" /> {THROW}
        start -> booking -> validate -> throw"#,
        undoable("flight"),
        undoable("hotel")
    )
}

/// CompensateEventTest.testCompensationEventSubProcessWithScope
/// CompensateEventTest.testCompensationEventSubProcessWithActivityRef
/// CompensateEventTest.testActivityInstanceTreeForCompensationEventSubProcess
/// CompensateEventTest.testCompensateMiSubprocessWithCompensationEventSubProcess
/// CompensateEventTest.testCompensateParallelMiSubprocessWithCompensationEventSubProcess
#[test]
fn an_event_sub_process_undoes_one_after_the_other() {
    let (flight, hotel) = (r#"activityRef="flight""#, r#"activityRef="hotel""#);
    let mut desk = Desk::start(&booking("", flight, hotel), Map::new());
    for task in ["flight", "hotel", "validate"] {
        desk.complete(task);
    }
    assert_eq!(
        desk.activities(),
        "booking[undo-flight undoBooking[undoFlight]] throw"
    );
    desk.complete("undo-flight");
    assert_eq!(desk.tasks(), ["undo-hotel"]);
    desk.complete("undo-hotel");
    desk.complete("update");
    assert_eq!(desk.instance, Instance::default());
    for sequential in [true, false] {
        let loops = format!(
            r#"<multiInstanceLoopCharacteristics isSequential="{sequential}" camunda:collection="flights" camunda:elementVariable="f" />"#
        );
        let flights = Value::List(vec!["STS-14".into(), "STS-28".into()]);
        let mut desk = Desk::start(
            &booking(&loops, flight, hotel),
            vars([("flights", flights)]),
        );
        for task in ["flight", "hotel", "flight", "hotel", "validate"] {
            desk.complete(task);
        }
        for task in ["undo-flight", "undo-hotel", "update"] {
            assert_eq!(desk.tasks(), [task; 2]);
            complete_all(&mut desk, task, 2);
        }
        assert_eq!(desk.instance, Instance::default());
    }
}

/// CompensateEventTest.testSubprocessCompensationHandler
/// CompensateEventTest.testSubprocessCompensationHandlerActivityInstanceTree
/// CompensateEventTest.testSubprocessCompensationHandlerDeleteProcessInstance
/// CompensateEventTest.testSubprocessCompensationHandlerWithEventSubprocess
/// CompensateEventTest.testSubprocessCompensationHandlerWithEventSubprocessActivityInstanceTree
/// CompensateEventTest.testReceiveTaskCompensationHandler
#[test]
fn a_sub_process_or_a_receive_task_undoes() {
    let model = |element: &str| {
        format!(
            r#"<startEvent id="start" /> <userTask id="book" /> {} {} <userTask id="beforeEnd" />
            start -> book -> throw -> beforeEnd"#,
            handler("book", element),
            throw_for("book")
        )
    };
    let sub = r#"<subProcess id="undo-book" isForCompensation="true">
        <startEvent id="s" /> <userTask id="inner" />
        <subProcess id="event" triggeredByEvent="true">
          <startEvent id="on"><messageEventDefinition messageRef="letter" /></startEvent> <userTask id="told" />
          on -> told
        </subProcess>
        s -> inner
        </subProcess>"#;
    let undoing = |element: &str| {
        let mut desk = Desk::start(&model(element), Map::new());
        desk.complete("book");
        desk
    };
    let mut desk = undoing(sub);
    assert_eq!(desk.activities(), "throw undo-book[inner]");
    desk.complete("inner");
    assert_eq!(desk.tasks(), ["beforeEnd"]);
    let mut desk = undoing(sub);
    desk.message("letter");
    assert_eq!(desk.activities(), "throw undo-book[event[told]]");
    desk.complete("told");
    assert_eq!(desk.tasks(), ["beforeEnd"]);
    let mut desk = undoing(sub);
    desk.ok(cancel());
    assert_eq!(desk.instance, Instance::default());
    let mut desk =
        undoing(r#"<receiveTask id="undo-book" isForCompensation="true" messageRef="letter" />"#);
    desk.message("letter");
    assert_eq!(desk.tasks(), ["beforeEnd"]);
}

/// CompensateEventTest.testDeleteInstanceWithEventScopeExecution
#[test]
fn a_kept_scope_ended_when_it_was_completed() {
    let model = r#"<startEvent id="start" />
        <subProcess id="sub"><startEvent id="s" /> <endEvent id="e" />
          s -> e
          <subProcess id="undo" triggeredByEvent="true"><startEvent id="on"><compensateEventDefinition /></startEvent> <endEvent id="ue" />
            on -> ue
          </subProcess>
        </subProcess>
        <userTask id="task" />
        start -> sub -> task"#;
    let mut desk = Desk::start(model, Map::new());
    desk.wait(1440);
    desk.ok(cancel());
    assert_eq!(desk.history(), ["start", "s", "e", "sub", "task!"]);
    assert_eq!(desk.instance, Instance::default());
}

/// CompensateEventHistoryTest.testBoundaryCompensationHandlerHistoryActivityInstance
/// CompensateEventHistoryTest.testBoundaryCompensationHandlerHistoryVariableInstance
/// CompensateEventHistoryTest.testDefaultCompensationHandlerHistoryActivityInstance
/// CompensateEventHistoryTest.testDefaultCompensationHandlerHistoryVariableInstance
#[test]
fn the_history_of_a_handler_is_that_of_its_scope() {
    let sub = format!(
        "<subProcess id=\"sub\"><startEvent id=\"s\" /> <serviceTask id=\"book\" camunda:expression=\"${{true}}\" /> {}\ns -> book\n</subProcess>",
        undo("book")
    );
    let plain = format!(
        "<serviceTask id=\"book\" camunda:expression=\"${{true}}\" /> {}",
        undo("book")
    );
    for (element, id) in [(plain, "book"), (sub, "sub")] {
        let model = format!(
            "<startEvent id=\"start\" /> {element} <userTask id=\"before\" /> {THROW}\nstart -> {id} -> before -> throw"
        );
        let mut desk = Desk::start(&model, Map::new());
        desk.complete("before");
        let task = desk.task("undo-book");
        desk.ok(Command::SetVariables {
            scope: task.execution_id.clone(),
            variables: vars([("apiVariable", "someValue".into())]),
            local: true,
        });
        let mut started = desk.log.iter().filter_map(|event| match event {
            Event::ActivityStarted {
                id,
                parent_id,
                activity_id,
                ..
            } => Some((activity_id.as_str(), id, parent_id)),
            _ => None,
        });
        let scope = match started.clone().find(|(activity, ..)| *activity == "sub") {
            Some((_, id, _)) => id.clone(),
            None => "instance".to_owned(),
        };
        let (_, id, parent) = started
            .find(|(activity, ..)| *activity == "undo-book")
            .expect("a handler");
        assert_eq!(*parent, scope);
        let set = desk.log.iter().find_map(|event| match event {
            Event::VariableSet {
                variable,
                activity_instance_id,
                ..
            } if variable.name == "apiVariable" => activity_instance_id.clone(),
            _ => None,
        });
        assert_eq!(set.as_ref(), Some(id));
    }
}

pub fn cancel() -> Command {
    Command::Cancel {
        process_instance: None,
        user: None,
        reason: "enough".into(),
    }
}
