//! Receive tasks, message catch events and boundary events.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

fn correlate(desk: &mut Desk, message: &str) -> Result<Vec<Change>, Error> {
    let waiting = desk.instance.subscriptions().find(|s| s.name == message);
    let execution = waiting.map_or("nobody".into(), |s| s.execution_id.clone());
    desk.apply(Command::Correlate {
        local_variables: Map::new(),
        execution,
        message: message.into(),
        variables: vars([("answer", 42.into())]),
    })
}

/// MessageIntermediateEventTest.testSingleIntermediateMessageEvent
/// MessageIntermediateEventTest.testExpressionInSingleIntermediateMessageEvent
/// ReceiveTaskTest.testSupportsMessageEventReceivedOnSingleReceiveTask
#[test]
fn a_receive_task_and_a_catch_event_wait_for_their_message() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <receiveTask id="wait" messageRef="letter" />
        <intermediateCatchEvent id="catch"><messageEventDefinition messageRef="reply" /></intermediateCatchEvent>
        <endEvent id="end" />
        start -> wait -> catch -> end
        "#,
        vars([("customer", "Ada".into())]),
    );
    assert!(correlate(&mut desk, "reply to Ada").is_err());
    correlate(&mut desk, "letter").expect("the receive task takes it");
    assert_eq!(desk.var("answer"), Some(Value::Integer(42)));
    assert_eq!(desk.tokens(), ["catch"]);
    correlate(&mut desk, "reply to Ada").expect("the event takes it");
    assert!(desk.ended());
}

#[test]
fn a_message_that_nobody_waits_for_is_refused() {
    let mut desk = Desk::start(
        r#"<startEvent id="start" /> <receiveTask id="wait" messageRef="letter" />
        start -> wait"#,
        Map::new(),
    );
    let execution = desk
        .instance
        .subscriptions()
        .next()
        .expect("one")
        .execution_id
        .clone();
    let refused = desk.apply(Command::Correlate {
        local_variables: Map::new(),
        execution,
        message: "parcel".into(),
        variables: Map::new(),
    });
    assert!(matches!(refused, Err(Error::NoSubscription { .. })));
}

#[test]
fn boundary_messages_interrupt_or_not() {
    for (interrupts, expected) in [
        (true, vec!["aside"]),
        (false, vec!["aside", "aside", "work"]),
    ] {
        let model = format!(
            r#"
            <startEvent id="start" /> <userTask id="work" /> <userTask id="aside" />
            <boundaryEvent id="boundary" attachedToRef="work" cancelActivity="{interrupts}">
              <messageEventDefinition messageRef="letter" />
            </boundaryEvent>
            start -> work
            boundary -> aside
            "#
        );
        let mut desk = Desk::start(&model, Map::new());
        correlate(&mut desk, "letter").expect("taken");
        assert_eq!(correlate(&mut desk, "letter").is_ok(), !interrupts);
        assert_eq!(desk.tokens(), expected);
    }
}

/// ReceiveTaskTest.testReceiveTaskWithoutMessageReference
/// ReceiveTaskTest.testWaitStateBehavior
#[test]
fn a_receive_task_without_a_message_is_signalled_by_its_execution() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <receiveTask id="wait" /> <userTask id="after" />
        start -> wait -> after
        "#,
        Map::new(),
    );
    let execution = |desk: &Desk, activity: &str| {
        let mut all = desk.instance.executions();
        all.find(|e| e.activity_id.as_deref() == Some(activity))
            .expect("there")
            .id
            .clone()
    };
    let id = execution(&desk, "wait");
    desk.ok(Command::Trigger {
        execution: id,
        variables: vars([("y", 1.into())]),
    });
    assert_eq!(
        (desk.tasks(), desk.var("y")),
        (vec!["after".to_owned()], Some(1.into()))
    );
    let id = execution(&desk, "after");
    let refused = desk.apply(Command::Trigger {
        execution: id,
        variables: Map::new(),
    });
    assert!(matches!(refused, Err(Error::BadRequest(_))));
}

/// The execution that waits at an activity.
#[track_caller]
fn at(desk: &Desk, activity: &str) -> Id {
    let mut all = desk.instance.executions();
    let found = all.find(|e| e.activity_id.as_deref() == Some(activity));
    found.expect("somebody is there").id.clone()
}

fn trigger(desk: &mut Desk, activity: &str) {
    desk.ok(Command::Trigger {
        execution: at(desk, activity),
        variables: Map::new(),
    });
}

/// How many wait for something.
fn waiting(desk: &Desk) -> usize {
    desk.subscriptions().len()
}

const FORKED: &str = r#"
    <startEvent id="start" /> <parallelGateway id="fork" /> <parallelGateway id="join" /> <userTask id="after" />
    <intermediateCatchEvent id="one"><messageEventDefinition messageRef="letter" /></intermediateCatchEvent>
    <intermediateCatchEvent id="two"><messageEventDefinition messageRef="letter" /></intermediateCatchEvent>
    start -> fork -> one -> join -> after
    fork -> two -> join
"#;

/// MessageIntermediateEventTest.testConcurrentIntermediateMessageEvent
#[test]
fn two_wait_for_the_same_and_each_gets_its_own() {
    let mut desk = Desk::start(FORKED, Map::new());
    assert_eq!(desk.tree(), "one two");
    desk.message("letter");
    assert_eq!(desk.tasks(), Vec::<String>::new());
    desk.message("letter");
    assert_eq!(desk.tasks(), ["after"]);
}

/// MessageIntermediateEventTest.testEmptyMessageNameFails
/// MessageStartEventTest.testEmptyMessageNameFails
#[test]
fn a_message_has_a_name() {
    for elements in [
        r#"<startEvent id="start" /> <intermediateCatchEvent id="wait"><messageEventDefinition messageRef="nameless" /></intermediateCatchEvent>
        start -> wait"#,
        r#"<startEvent id="start"><messageEventDefinition messageRef="nameless" /></startEvent> <task id="work" />
        start -> work"#,
    ] {
        let file = bpmn(elements).replace("<process ", r#"<message id="nameless" /><process "#);
        let problems = refused_file(&file);
        assert!(
            problems.contains("the message 'nameless' has no name"),
            "{problems}"
        );
    }
}

/// MessageStartEventTest.testUsingExpressionWithDollarTagInMessageStartEventNameThrowsException
/// MessageStartEventTest.testUsingExpressionWithHashTagInMessageStartEventNameThrowsException
#[test]
fn the_name_of_a_start_message_is_no_expression() {
    for name in ["letter to ${who}", "letter to #{who}"] {
        let elements = r#"<startEvent id="start"><messageEventDefinition messageRef="named" /></startEvent> <task id="work" />
            start -> work"#;
        let named = format!(r#"<message id="named" name="{name}" /><process "#);
        let problems = refused_file(&bpmn(elements).replace("<process ", &named));
        assert!(problems.contains("Invalid message name"), "{problems}");
        assert!(problems.contains("expressions in the message start event name are not allowed"));
    }
}

/// MessageStartEventTest.testSameMessageNameInSameProcessFails
/// MessageBoundaryEventTest.testDoubleBoundaryMessageEventSameMessageId
#[test]
fn one_message_has_one_catcher_in_its_scope() {
    let letter = r#"<messageEventDefinition messageRef="letter" />"#;
    let boundary = |id: &str| {
        format!(r#"<boundaryEvent id="{id}" attachedToRef="work">{letter}</boundaryEvent>"#)
    };
    for elements in [
        format!(
            r#"<startEvent id="start">{letter}</startEvent> <startEvent id="start2">{letter}</startEvent> <task id="work" />
            start -> work
            start2 -> work"#
        ),
        format!(
            r#"<startEvent id="start" /> <userTask id="work" /> {} {} <task id="aside" />
            start -> work
            b1 -> aside
            b2 -> aside"#,
            boundary("b1"),
            boundary("b2")
        ),
    ] {
        let problems = refused(&elements);
        assert!(
            problems.contains(
                "Cannot have more than one message event subscription with name 'letter' for scope"
            ),
            "{problems}"
        );
    }
}

/// Boundary events for `letter` and `reply to Ada` on `work`.
fn two_boundaries(work: &str, interrupts: bool) -> Desk {
    let boundary = |id: &str, message: &str| {
        format!(
            r#"<boundaryEvent id="{id}" attachedToRef="work" cancelActivity="{interrupts}"><messageEventDefinition messageRef="{message}" /></boundaryEvent>"#
        )
    };
    let model = format!(
        r#"<startEvent id="start" /> {work} {} {} <userTask id="one" /> <userTask id="two" /> <userTask id="after" />
        start -> work -> after
        b1 -> one
        b2 -> two"#,
        boundary("b1", "letter"),
        boundary("b2", "reply")
    );
    Desk::start(&model, vars([("customer", "Ada".into())]))
}

const USER_TASK: &str = r#"<userTask id="work" />"#;
const MANY: &str = r#"<userTask id="work"><multiInstanceLoopCharacteristics><loopCardinality>5</loopCardinality></multiInstanceLoopCharacteristics></userTask>"#;
const SUB: &str = r#"<subProcess id="work"> <startEvent id="s" /> <userTask id="inner" />
    s -> inner
    </subProcess>"#;

/// MessageBoundaryEventTest.testSingleBoundaryMessageEvent
/// MessageBoundaryEventTest.testDoubleBoundaryMessageEvent
/// MessageBoundaryEventTest.testDoubleBoundaryMessageEventMultiInstance
/// MessageBoundaryEventTest.testBoundaryMessageEventOnSubprocess
/// MessageBoundaryEventTest.testExpressionInBoundaryMessageEventName
#[test]
fn the_first_message_ends_the_activity_and_the_other_comes_too_late() {
    for (work, task, count) in [(USER_TASK, "work", 1), (MANY, "work", 5), (SUB, "inner", 1)] {
        for (message, other, left) in [
            ("letter", "reply to Ada", "one"),
            ("reply to Ada", "letter", "two"),
        ] {
            let mut desk = two_boundaries(work, true);
            assert_eq!(desk.tasks().len(), count);
            let holders: Vec<Id> = desk
                .instance
                .subscriptions()
                .map(|s| s.execution_id.clone())
                .collect();
            assert_eq!((holders.len(), &holders[0]), (2, &holders[1]));
            desk.message(message);
            assert_eq!(desk.tree(), left);
            let late = desk.apply(Command::Correlate {
                execution: holders[0].clone(),
                message: other.into(),
                variables: Map::new(),
                local_variables: Map::new(),
            });
            assert!(late.is_err());
            assert_eq!(waiting(&desk), 0);
        }
        let mut desk = two_boundaries(work, true);
        for _ in 0..count {
            assert_eq!(waiting(&desk), 2);
            desk.complete(task);
        }
        assert_eq!(desk.tree(), "after");
        assert_eq!(waiting(&desk), 0);
    }
}

/// A boundary for `letter` inside, and one for `reply to Ada` on the sub-process.
fn nested(many: &str, inner: &str) -> Desk {
    let model = format!(
        r#"<startEvent id="start" />
        <subProcess id="sub"> {many} <startEvent id="s" /> {inner}
        </subProcess>
        <boundaryEvent id="outer" attachedToRef="sub"><messageEventDefinition messageRef="reply" /></boundaryEvent>
        <userTask id="after" /> <userTask id="outside" />
        start -> sub -> after
        outer -> outside"#
    );
    Desk::start(&model, vars([("customer", "Ada".into())]))
}

const INSIDE: &str = r#"<userTask id="work" /> <userTask id="next" /> <userTask id="aside" />
    <boundaryEvent id="inner" attachedToRef="work"><messageEventDefinition messageRef="letter" /></boundaryEvent>
    s -> work -> next
    inner -> aside"#;

/// MessageBoundaryEventTest.testBoundaryMessageEventInsideSubprocess
/// MessageBoundaryEventTest.testBoundaryMessageEventOnSubprocessAndInsideSubprocess
/// MessageBoundaryEventTest.testBoundaryMessageEventOnSubprocessAndInsideSubprocessMultiInstance
/// MessageBoundaryEventTest.testBoundaryMessageEventOnSubprocessWithIntermediateMessageCatch
#[test]
fn inside_and_on_a_sub_process() {
    let mut desk = nested("", INSIDE);
    assert_eq!(waiting(&desk), 2);
    desk.complete("work");
    assert_eq!((desk.tree(), waiting(&desk)), ("sub(next)".into(), 1));
    desk.complete("next");
    assert_eq!((desk.tree(), waiting(&desk)), ("after".into(), 0));
    let mut desk = nested("", INSIDE);
    desk.message("letter");
    assert_eq!((desk.tree(), waiting(&desk)), ("sub(aside)".into(), 1));
    desk.complete("aside");
    assert_eq!(desk.tree(), "after");
    let mut desk = nested("", INSIDE);
    desk.message("reply to Ada");
    assert_eq!((desk.tree(), waiting(&desk)), ("outside".into(), 0));
    let many = "<multiInstanceLoopCharacteristics><loopCardinality>5</loopCardinality></multiInstanceLoopCharacteristics>";
    let mut desk = nested(many, INSIDE);
    assert_eq!(waiting(&desk), 6);
    desk.message("reply to Ada");
    assert_eq!((desk.tree(), waiting(&desk)), ("outside".into(), 0));
    let catch = r#"<intermediateCatchEvent id="catch"><messageEventDefinition messageRef="letter" /></intermediateCatchEvent>
        s -> catch"#;
    let mut desk = nested("", catch);
    desk.message("reply to Ada");
    assert_eq!(desk.tree(), "outside");
    assert!(desk.history().contains(&"catch!".to_owned()));
}

/// MessageBoundaryEventTest.testBoundaryMessageEventConcurrent
#[test]
fn the_boundary_of_another_path_goes_on_waiting() {
    let mut desk = Desk::start(
        r#"<startEvent id="start" /> <parallelGateway id="fork" /> <userTask id="a" /> <userTask id="b" /> <userTask id="aside" />
        <boundaryEvent id="b1" attachedToRef="a"><messageEventDefinition messageRef="letter" /></boundaryEvent>
        <boundaryEvent id="b2" attachedToRef="b"><messageEventDefinition messageRef="reply" /></boundaryEvent>
        start -> fork -> a
        fork -> b
        b1 -> aside
        b2 -> aside"#,
        vars([("customer", "Ada".into())]),
    );
    desk.message("letter");
    assert_eq!(desk.subscriptions(), ["message reply to Ada b2"]);
}

/// MessageNonInterruptingBoundaryEventTest.testSingleNonInterruptingBoundaryMessageEvent
#[test]
fn one_that_does_not_interrupt_waits_for_the_next() {
    let mut desk = two_boundaries(USER_TASK, false);
    for _ in 0..2 {
        desk.message("letter");
        assert_eq!(desk.tasks(), ["one", "work"]);
        desk.complete("one");
        assert_eq!(waiting(&desk), 2);
    }
    desk.complete("work");
    assert_eq!((desk.tree(), waiting(&desk)), ("after".into(), 0));
}

const RECEIVE: &str = r#"<receiveTask id="receive" messageRef="reply" /> <endEvent id="stop"><terminateEventDefinition /></endEvent>
    s -> receive -> stop"#;

/// `letter` comes to `aside` beside the sub-process.
fn beside(inside: &str, around: &str) -> Desk {
    let sub = format!(
        r#"<subProcess id="sub"> <startEvent id="s" /> {inside}
        </subProcess>
        <boundaryEvent id="on" attachedToRef="sub" cancelActivity="false"><messageEventDefinition messageRef="letter" /></boundaryEvent>
        <userTask id="aside" /> <userTask id="after" />
        sub -> after
        on -> aside
        "#
    );
    let model = around.replace("{sub}", &sub);
    Desk::start(&model, vars([("customer", "Ada".into())]))
}

const PLAIN: &str = "<startEvent id=\"start\" />\n{sub}\nstart -> sub";

/// MessageNonInterruptingBoundaryEventTest.testNonInterruptingEventInCombinationWithReceiveTask
/// MessageNonInterruptingBoundaryEventTest.testNonInterruptingEventInCombinationWithReceiveTaskInConcurrentSubprocess
/// MessageNonInterruptingBoundaryEventTest.testNonInterruptingEventInCombinationWithReceiveTaskInsideSubProcess
#[test]
fn beside_a_receive_task_that_ends_its_scope() {
    let mut desk = beside(RECEIVE, PLAIN);
    desk.message("letter");
    assert_eq!(desk.tree(), "aside sub(receive)");
    desk.message("reply to Ada");
    assert_eq!((desk.tree(), waiting(&desk)), ("after aside".into(), 0));
    desk.complete("aside");
    desk.complete("after");
    assert!(desk.ended());

    let forked = "<startEvent id=\"start\" /> <parallelGateway id=\"fork\" /> <userTask id=\"other\" /> <parallelGateway id=\"join\" />
        {sub}
        start -> fork -> sub
        fork -> other -> join
        after -> join";
    let mut desk = beside(RECEIVE, forked);
    desk.message("letter");
    assert_eq!(desk.tree(), "aside other sub(receive)");
    desk.message("reply to Ada");
    assert_eq!(
        (desk.tree(), waiting(&desk)),
        ("after aside other".into(), 0)
    );
    for task in ["other", "after", "aside"] {
        assert!(!desk.ended());
        desk.complete(task);
    }
    assert!(desk.ended());

    let inside = "<startEvent id=\"start\" /> <subProcess id=\"around\"> <startEvent id=\"as\" />
        {sub}
        as -> sub
        </subProcess>
        start -> around";
    let mut desk = beside(RECEIVE, inside);
    desk.message("letter");
    assert_eq!(desk.tree(), "around(aside sub(receive))");
    desk.message("reply to Ada");
    assert_eq!(desk.tree(), "around(after aside)");
    desk.complete("aside");
    desk.complete("after");
    assert!(desk.ended());
}

/// MessageNonInterruptingBoundaryEventTest.testNonInterruptingEventInCombinationWithUserTask
/// MessageNonInterruptingBoundaryEventTest.testNonInterruptingEventInCombinationWithUserTaskInsideSubProcess
/// MessageNonInterruptingBoundaryEventTest.testNonInterruptingWithUserTaskAndBoundaryEvent
#[test]
fn beside_a_user_task() {
    let task = "<userTask id=\"inner\" />\ns -> inner";
    let timed = r#"<userTask id="inner" /> <boundaryEvent id="timer" attachedToRef="inner"><timerEventDefinition><timeDuration>PT10S</timeDuration></timerEventDefinition></boundaryEvent>
        s -> inner"#;
    let deep = "<startEvent id=\"start\" /> <subProcess id=\"around\"> <startEvent id=\"as\" />
        {sub}
        as -> sub
        </subProcess>
        start -> around";
    for (inside, around) in [(task, PLAIN), (task, deep), (timed, PLAIN)] {
        let mut desk = beside(inside, around);
        desk.message("letter");
        assert_eq!(desk.tasks(), ["aside", "inner"]);
        desk.complete("inner");
        assert_eq!(desk.tasks(), ["after", "aside"]);
        assert_eq!((waiting(&desk), desk.instance.jobs().count()), (0, 0));
        desk.complete("aside");
        desk.complete("after");
        assert!(desk.ended());
    }
}

/// MessageNonInterruptingBoundaryEventTest.testNestedEvents
/// MessageNonInterruptingBoundaryEventTest.testNestedEventsAnotherExecutionOrder
#[test]
fn events_inside_events() {
    let inside = format!(
        r#"{RECEIVE}
        <userTask id="inner" />
        <boundaryEvent id="near" attachedToRef="receive" cancelActivity="false"><messageEventDefinition messageRef="nearer" /></boundaryEvent>
        near -> inner"#
    );
    for order in [["nearer", "letter"], ["letter", "nearer"]] {
        let sub = format!(
            r#"<subProcess id="sub"> <startEvent id="s" /> {inside}
            </subProcess>
            <boundaryEvent id="on" attachedToRef="sub" cancelActivity="false"><messageEventDefinition messageRef="letter" /></boundaryEvent>
            <userTask id="aside" /> <userTask id="after" />
            sub -> after
            on -> aside"#
        );
        let file = bpmn(&PLAIN.replace("{sub}", &sub)).replace(
            "<process ",
            r#"<message id="nearer" name="nearer" /><process "#,
        );
        let mut desk = Desk::deploy(&file).started(vars([("customer", "Ada".into())]));
        for message in order {
            desk.message(message);
        }
        assert_eq!(desk.tree(), "aside sub(inner receive)");
        desk.message("reply to Ada");
        assert_eq!((desk.tree(), waiting(&desk)), ("after aside".into(), 0));
    }
}

/// A receive task with these parts inside and around.
fn receiving(many: &str, around: &str) -> Desk {
    Desk::start(
        &format!(
            r#"<startEvent id="start" /> <receiveTask id="wait" messageRef="letter">{many}</receiveTask> <userTask id="after" />
            start -> wait -> after
            {around}"#
        ),
        Map::new(),
    )
}

fn loops(sequential: bool) -> String {
    format!(
        r#"<multiInstanceLoopCharacteristics isSequential="{sequential}"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"#
    )
}

/// ReceiveTaskTest.testSupportsLegacySignalingOnSingleReceiveTask
/// ReceiveTaskTest.testSupportsCorrelateMessageOnSingleReceiveTask
#[test]
fn a_receive_task_goes_on_by_its_message_or_its_execution() {
    for by_message in [true, false] {
        let mut desk = receiving("", "");
        assert_eq!(waiting(&desk), 1);
        match by_message {
            true => drop(desk.message("letter")),
            false => trigger(&mut desk, "wait"),
        }
        assert_eq!((desk.tree(), waiting(&desk)), ("after".into(), 0));
    }
}

/// ReceiveTaskTest.testSupportsLegacySignalingOnSequentialMultiReceiveTask
/// ReceiveTaskTest.testSupportsMessageEventReceivedOnSequentialMultiReceiveTask
/// ReceiveTaskTest.testSupportsCorrelateMessageOnSequentialMultiReceiveTask
#[test]
fn one_after_another_each_waits_anew() {
    for by_message in [true, false] {
        let mut desk = receiving(&loops(true), "");
        for round in 0..2 {
            assert_eq!(waiting(&desk), 1, "{round}");
            match by_message {
                true => drop(desk.message("letter")),
                false => {
                    let id = desk
                        .instance
                        .subscriptions()
                        .next()
                        .expect("one")
                        .execution_id
                        .clone();
                    desk.ok(Command::Trigger {
                        execution: id,
                        variables: Map::new(),
                    });
                }
            }
        }
        assert_eq!((desk.tree(), waiting(&desk)), ("after".into(), 0));
    }
}

/// ReceiveTaskTest.testSupportsLegacySignalingOnParallelMultiReceiveTask
/// ReceiveTaskTest.testSupportsMessageEventReceivedOnParallelMultiReceiveTask
/// ReceiveTaskTest.testSupportsMessageEventReceivedOnParallelMultiInstanceWithBoundary
/// ReceiveTaskTest.testSupportsMessageEventReceivedOnParallelMultiInstanceWithBoundaryEventReceived
#[test]
fn beside_each_other_each_has_its_own() {
    let boundary = r#"<boundaryEvent id="cancel" attachedToRef="wait"><messageEventDefinition messageRef="parcel" /></boundaryEvent> <userTask id="aside" />
        cancel -> aside"#;
    let start = || {
        let elements = format!(
            r#"<startEvent id="start" /> <receiveTask id="wait" messageRef="letter">{}</receiveTask> <userTask id="after" />
            start -> wait -> after
            {boundary}"#,
            loops(false)
        );
        let file = bpmn(&elements).replace(
            "<process ",
            r#"<message id="parcel" name="parcel" /><process "#,
        );
        Desk::deploy(&file).started(Map::new())
    };
    let mut desk = start();
    assert_eq!(waiting(&desk), 3);
    desk.message("letter");
    desk.message("letter");
    assert_eq!((desk.tree(), waiting(&desk)), ("after".into(), 0));
    let mut desk = start();
    desk.message("parcel");
    assert_eq!((desk.tree(), waiting(&desk)), ("aside".into(), 0));
    let mut desk = receiving(&loops(false), "");
    for _ in 0..2 {
        let id = desk
            .instance
            .subscriptions()
            .next()
            .expect("one")
            .execution_id
            .clone();
        desk.ok(Command::Trigger {
            execution: id,
            variables: Map::new(),
        });
    }
    assert_eq!((desk.tree(), waiting(&desk)), ("after".into(), 0));
}

/// ReceiveTaskTest.testSupportsMessageEventReceivedOnParallelMultiReceiveTaskWithCompensation
#[test]
fn what_was_received_can_be_compensated() {
    let mut desk = receiving(
        &loops(false),
        r#"<boundaryEvent id="undo" attachedToRef="wait"><compensateEventDefinition /></boundaryEvent>
        <userTask id="send back" isForCompensation="true" />
        <association id="a" sourceRef="undo" targetRef="send back" />"#
            .replace("send back", "back")
            .as_str(),
    );
    let undoable = |desk: &Desk| {
        desk.subscriptions()
            .iter()
            .filter(|s| s.starts_with("compensate"))
            .count()
    };
    desk.message("letter");
    assert_eq!(undoable(&desk), 1);
    desk.message("letter");
    assert_eq!(undoable(&desk), 3, "one for each, and one for all together");
    desk.complete("after");
    assert!(desk.ended());
}

/// ReceiveTaskTest.testSupportsMessageEventReceivedOnSubProcessReceiveTask
/// ReceiveTaskTest.testSupportsMessageEventReceivedOnMultiSubProcessReceiveTask
/// ReceiveTaskTest.testSupportsMessageEventReceivedOnReceiveTaskBehindParallelGateway
/// ReceiveTaskTest.testSupportsCorrelateMessageOnReceiveTaskBehindParallelGateway
#[test]
fn in_sub_processes_and_behind_a_fork() {
    for (many, count) in [(String::new(), 1), (loops(false), 2)] {
        let mut desk = Desk::start(
            &format!(
                r#"<startEvent id="start" /> <subProcess id="sub"> {many} <startEvent id="s" /> <receiveTask id="wait" messageRef="letter" />
                s -> wait
                </subProcess>
                start -> sub"#
            ),
            Map::new(),
        );
        for left in (0..count).rev() {
            desk.message("letter");
            assert_eq!(waiting(&desk), left);
        }
        assert!(desk.ended());
    }
    let mut desk = Desk::start(
        r#"<startEvent id="start" /> <parallelGateway id="fork" /> <parallelGateway id="join" />
        <receiveTask id="one" messageRef="letter" /> <receiveTask id="two" messageRef="reply" />
        start -> fork -> one -> join
        fork -> two -> join"#,
        vars([("customer", "Ada".into())]),
    );
    desk.message("letter");
    desk.message("reply to Ada");
    assert!(desk.ended());
}

// not applicable: MessageIntermediateEventTest.testSetSerializedVariableValues: it sends a serialized Java object
