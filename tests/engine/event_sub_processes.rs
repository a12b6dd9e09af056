//! Event sub-processes: by message, timer and error, interrupting and not, nested.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

pub fn at_process(interrupting: bool, definition: &str) -> String {
    format!(
        r#"
        <startEvent id="start" /> <userTask id="work" /> <userTask id="rest" />
        <subProcess id="handler" triggeredByEvent="true">
          <startEvent id="on" isInterrupting="{interrupting}">{definition}</startEvent>
          <userTask id="inside" /> <endEvent id="done" />
          on -> inside -> done
        </subProcess>
        start -> work -> rest
        "#
    )
}

pub const LETTER: &str = r#"<messageEventDefinition messageRef="letter" />"#;

/// MessageEventSubprocessTest.testInterruptingUnderProcessDefinition
#[test]
fn an_interrupting_one_replaces_all_else_in_its_scope() {
    let mut desk = Desk::start(&at_process(true, LETTER), Map::new());
    assert_eq!(desk.subscriptions(), ["message letter on"]);
    desk.message("letter");
    assert_eq!(desk.tasks(), ["inside"]);
    assert_eq!(desk.subscriptions(), Vec::<String>::new());
    assert!(desk.history().contains(&"work!".to_owned()));
    desk.complete("inside");
    assert_eq!(desk.end_state(), Some(InstanceState::Completed));
    assert_eq!(desk.instance, Instance::default());
}

/// MessageEventSubprocessTest.testNonInterruptingUnderProcessDefinition
#[test]
fn others_run_beside_and_the_scope_ends_with_the_last() {
    let mut desk = Desk::start(&at_process(false, LETTER), Map::new());
    desk.message("letter");
    desk.message("letter");
    assert_eq!(desk.tasks(), ["inside", "inside", "work"]);
    desk.complete("work");
    desk.complete("rest");
    assert_eq!(desk.tasks(), ["inside", "inside"]);
    desk.complete("inside");
    desk.message("letter");
    desk.complete("inside");
    desk.complete("inside");
    assert!(desk.ended());
}

const NESTED: &str = r#"
    <startEvent id="start" />
    <subProcess id="sub">
      <startEvent id="s" /> <userTask id="work" />
      <subProcess id="handler" triggeredByEvent="true">
        <startEvent id="on"><messageEventDefinition messageRef="letter" /></startEvent>
        <userTask id="inside" /> <endEvent id="done" />
        on -> inside -> done
        <subProcess id="deep" triggeredByEvent="true">
          <startEvent id="onAlarm" isInterrupting="false"><signalEventDefinition signalRef="alarm" /></startEvent>
          <userTask id="deepest" />
          onAlarm -> deepest
        </subProcess>
      </subProcess>
      s -> work
    </subProcess>
    <boundaryEvent id="out" attachedToRef="sub"><signalEventDefinition signalRef="shout" /></boundaryEvent>
    <userTask id="after" /> <userTask id="outside" />
    start -> sub -> after
    out -> outside
"#;

#[test]
fn one_in_a_sub_process_leaves_the_boundary_of_that_alone() {
    let customer = || vars([("customer", "Ida".into())]);
    let mut desk = Desk::start(NESTED, customer());
    desk.message("letter");
    assert_eq!(
        desk.subscriptions(),
        ["signal alarm onAlarm", "signal shout at Ida out"],
        "an event sub-process has event sub-processes of its own"
    );
    desk.signal("alarm");
    assert_eq!(desk.tasks(), ["deepest", "inside"]);
    desk.complete("inside");
    assert_eq!(desk.tasks(), ["deepest"]);
    desk.complete("deepest");
    assert_eq!(desk.tasks(), ["after"]);
    let mut desk = Desk::start(NESTED, customer());
    desk.message("letter");
    desk.signal("shout at Ida");
    assert_eq!(desk.tasks(), ["outside"]);
    assert_eq!(desk.subscriptions(), Vec::<String>::new());
}

/// MessageEventSubprocessTest.testTwoInterruptingUnderProcessDefinition
#[test]
fn two_of_them_exclude_each_other_when_they_interrupt() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <userTask id="work" />
        <subProcess id="one" triggeredByEvent="true">
          <startEvent id="onLetter"><messageEventDefinition messageRef="letter" /></startEvent>
          <userTask id="first" />
          onLetter -> first
        </subProcess>
        <subProcess id="two" triggeredByEvent="true">
          <startEvent id="onTime"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></startEvent>
          <userTask id="second" />
          onTime -> second
        </subProcess>
        start -> work
        "#,
        Map::new(),
    );
    assert_eq!(desk.instance.jobs().count(), 1);
    desk.message("letter");
    assert_eq!(desk.tasks(), ["first"]);
    assert_eq!(
        (desk.instance.jobs().count(), desk.subscriptions().len()),
        (0, 0)
    );
}

#[test]
fn a_variable_of_the_start_event_s_message_is_seen_inside() {
    let mut desk = Desk::start(&at_process(true, LETTER), Map::new());
    let execution = desk
        .instance
        .subscriptions()
        .next()
        .expect("one")
        .execution_id
        .clone();
    assert_eq!(execution, "instance");
    desk.ok(Command::Correlate {
        execution,
        message: "letter".into(),
        variables: vars([("page", 7.into())]),
        local_variables: Map::new(),
    });
    assert_eq!(desk.var("page"), Some(7.into()));
    assert_eq!(desk.tasks(), ["inside"]);
}

/// Two event sub-processes of the process, by `letter` and by `alarm`.
const BOTH: &str = r#"
    <startEvent id="start" /> <userTask id="work" />
    <boundaryEvent id="late" attachedToRef="work"><timerEventDefinition><timeDuration>PT10M</timeDuration></timerEventDefinition></boundaryEvent>
    <userTask id="timed" />
    <subProcess id="byLetter" triggeredByEvent="true"> <startEvent id="onLetter"><messageEventDefinition messageRef="letter" /></startEvent> <userTask id="read" />
      onLetter -> read
    </subProcess>
    <subProcess id="byAlarm" triggeredByEvent="true"> <startEvent id="onAlarm"><signalEventDefinition signalRef="alarm" /></startEvent> <userTask id="run" />
      onAlarm -> run
    </subProcess>
    start -> work
    late -> timed
"#;

/// InterruptingEventSubProcessTest.testCancelEventSubscriptionsWhenReceivingAMessage
/// InterruptingEventSubProcessTest.testCancelEventSubscriptionsWhenReceivingASignal
/// InterruptingEventSubProcessTest.testCancelTimer
#[test]
fn what_interrupts_ends_what_else_was_waited_for() {
    for (by_message, left) in [(true, "byLetter(read)"), (false, "byAlarm(run)")] {
        let mut desk = Desk::start(BOTH, Map::new());
        assert_eq!(
            (desk.subscriptions().len(), desk.instance.jobs().count()),
            (2, 1)
        );
        match by_message {
            true => drop(desk.message("letter")),
            false => desk.signal("alarm"),
        }
        assert_eq!(desk.tree(), left);
        assert_eq!(
            (desk.subscriptions().len(), desk.instance.jobs().count()),
            (0, 0)
        );
        let late = desk.apply(Command::Signal {
            execution: "instance".into(),
            signal: "alarm".into(),
            variables: Map::new(),
        });
        assert!(matches!(late, Err(Error::NoSubscription { .. })));
        desk.complete(&desk.tasks()[0]);
        assert!(desk.ended());
    }
}

/// InterruptingEventSubProcessTest.testKeepCompensation
#[test]
fn what_was_done_before_can_still_be_compensated() {
    let model = at_process(true, LETTER).replace("start -> work", "start -> done before -> work")
        + r#"<task id="done before" /> <userTask id="back" isForCompensation="true" />
        <boundaryEvent id="undo" attachedToRef="done before"><compensateEventDefinition /></boundaryEvent>
        <association id="a" sourceRef="undo" targetRef="back" />"#;
    let mut desk = Desk::start(&model.replace("done before", "first"), Map::new());
    assert_eq!(desk.subscriptions().len(), 2);
    desk.message("letter");
    assert_eq!(desk.tasks(), ["inside"]);
    assert_eq!(desk.subscriptions().len(), 1);
    desk.complete("inside");
    assert!(desk.ended());
}

/// An event sub-process inside `sub` (or a process) around these elements, by `letter`.
pub fn by_letter(interrupting: bool, around: &str) -> String {
    let handler = format!(
        r#"<subProcess id="handler" triggeredByEvent="true">
          <startEvent id="on" isInterrupting="{interrupting}">{LETTER}</startEvent> <userTask id="inside" />
          on -> inside
        </subProcess>"#
    );
    around.replace("{handler}", &handler)
}

const TIMED: &str = r#"<userTask id="work" />
    <boundaryEvent id="late" attachedToRef="work"><timerEventDefinition><timeDuration>PT10S</timeDuration></timerEventDefinition></boundaryEvent>
    s -> work"#;

/// A process, or a sub-process in it, of what begins at `s`.
pub fn around(inside: &str, nested: bool) -> String {
    if nested {
        format!(
            r#"<startEvent id="start" /> <userTask id="after" />
            <subProcess id="sub"> <startEvent id="s" /> {inside}
            {{handler}}
            </subProcess>
            start -> sub -> after"#
        )
    } else {
        format!("<startEvent id=\"s\" /> {inside}\n{{handler}}")
    }
}

/// MessageEventSubprocessTest.testNonInterruptingUnderProcessDefinitionScope
/// MessageEventSubprocessTest.testNonInterruptingInEmbeddedSubprocess
/// MessageEventSubprocessTest.testNonInterruptingWithUserTaskAndBoundaryEventInsideEmbeddedSubProcess
#[test]
fn beside_it_the_scope_goes_on_until_both_are_done() {
    let plain = "<userTask id=\"work\" />\ns -> work";
    for (inside, nested) in [(TIMED, false), (plain, true), (TIMED, true)] {
        let model = by_letter(false, &around(inside, nested));
        let done = |desk: &Desk| {
            if nested {
                desk.tree() == "after"
            } else {
                desk.ended()
            }
        };
        let mut desk = Desk::start(&model, Map::new());
        desk.complete("work");
        assert!(done(&desk) && desk.subscriptions().is_empty());
        for order in [["work", "inside"], ["inside", "work"]] {
            let mut desk = Desk::start(&model, Map::new());
            desk.message("letter");
            assert_eq!(desk.tasks(), ["inside", "work"]);
            assert_eq!(desk.subscriptions().len(), 1);
            desk.complete(order[0]);
            assert!(!done(&desk));
            desk.complete(order[1]);
            assert!(done(&desk), "{}", desk.tree());
            assert_eq!(desk.instance.jobs().count(), 0);
        }
    }
}

/// MessageEventSubprocessTest.testMultipleNonInterruptingInEmbeddedSubprocess
#[test]
fn the_end_of_the_scope_ends_all_of_them() {
    let inside = r#"<userTask id="work" /> <endEvent id="stop"><terminateEventDefinition /></endEvent>
        s -> work -> stop"#;
    let mut desk = Desk::start(&by_letter(false, &around(inside, true)), Map::new());
    for tree in [
        "sub(handler(inside) work)",
        "sub(handler(inside) handler(inside) work)",
    ] {
        desk.message("letter");
        assert_eq!(desk.tree(), tree);
    }
    desk.complete("work");
    assert_eq!(desk.tree(), "after");
}

/// MessageEventSubprocessTest.testNonInterruptingInMultiParallelEmbeddedSubprocess
/// MessageEventSubprocessTest.testNonInterruptingInMultiSequentialEmbeddedSubprocess
#[test]
fn each_of_many_scopes_has_its_own() {
    let many = |sequential: bool| {
        format!(
            r#"<multiInstanceLoopCharacteristics isSequential="{sequential}"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
            <userTask id="work" />
            s -> work"#
        )
    };
    let model = |sequential: bool| by_letter(false, &around(&many(sequential), true));
    let mut desk = Desk::start(&model(false), Map::new());
    assert_eq!(desk.subscriptions().len(), 2);
    let waiting: Vec<Subscription> = desk.instance.subscriptions().cloned().collect();
    for subscription in waiting {
        desk.ok(Command::Correlate {
            execution: subscription.execution_id,
            message: "letter".into(),
            variables: Map::new(),
            local_variables: Map::new(),
        });
    }
    assert_eq!(desk.tasks(), ["inside", "inside", "work", "work"]);
    desk.complete("inside");
    desk.complete("inside");
    desk.complete("work");
    assert_eq!(desk.subscriptions().len(), 1);
    desk.message("letter");
    desk.complete("inside");
    desk.complete("work");
    assert_eq!(
        (desk.tree(), desk.subscriptions().len()),
        ("after".into(), 0)
    );

    let mut desk = Desk::start(&model(true), Map::new());
    desk.message("letter");
    desk.complete("inside");
    for left in [1, 0] {
        assert_eq!(desk.subscriptions().len(), 1);
        desk.complete("work");
        assert_eq!(desk.subscriptions().len(), left);
    }
    assert_eq!(desk.tree(), "after");
}

/// MessageEventSubprocessTest.testNonInterruptingWithParallelForkInsideEmbeddedSubProcess
#[test]
fn beside_two_paths() {
    let inside = r#"<parallelGateway id="fork" /> <userTask id="one" /> <userTask id="two" /> <parallelGateway id="join" />
        s -> fork -> one -> join
        fork -> two -> join"#;
    let mut desk = Desk::start(&by_letter(false, &around(inside, true)), Map::new());
    desk.message("letter");
    assert_eq!(desk.tree(), "sub(handler(inside) one two)");
    for task in ["one", "inside", "two"] {
        assert_ne!(desk.tree(), "after");
        desk.complete(task);
    }
    assert_eq!(desk.tree(), "after");
}

/// MessageEventSubprocessTest.testNonInterruptingWithReceiveTask
/// MessageEventSubprocessTest.testNonInterruptingWithReceiveTaskInsideEmbeddedSubProcess
/// MessageEventSubprocessTest.testNonInterruptingOutsideEmbeddedSubProcessWithReceiveTaskInsideEmbeddedSubProcess
#[test]
fn beside_a_receive_task() {
    let inside = r#"<receiveTask id="receive" messageRef="reply" /> <userTask id="next" />
        s -> receive -> next"#;
    let outside = format!(
        r#"<startEvent id="start" /> <subProcess id="sub"> <startEvent id="s" /> {inside}
        </subProcess>
        {{handler}}
        start -> sub"#
    );
    for (model, first, then) in [
        (
            around(inside, false),
            "handler(inside) receive",
            "handler(inside) next",
        ),
        (
            around(inside, true),
            "sub(handler(inside) receive)",
            "sub(handler(inside) next)",
        ),
        (
            outside,
            "handler(inside) sub(receive)",
            "handler(inside) sub(next)",
        ),
    ] {
        let mut desk = Desk::start(
            &by_letter(false, &model),
            vars([("customer", "Ada".into())]),
        );
        desk.message("letter");
        assert_eq!(desk.tree(), first);
        desk.message("reply to Ada");
        assert_eq!(desk.tree(), then);
        assert_eq!(desk.subscriptions(), ["message letter on"]);
        desk.complete("inside");
        desk.complete("next");
        assert!(desk.ended() || desk.tree() == "after");
    }
}

/// MessageEventSubprocessTest.testNonInterruptingWithAsyncConcurrentTask
#[test]
fn beside_a_task_that_a_job_begins() {
    let inside = r#"<userTask id="work" camunda:asyncBefore="true" />
        s -> work"#;
    let mut desk = Desk::start(&by_letter(false, &around(inside, false)), Map::new());
    desk.message("letter");
    desk.execute("work");
    assert_eq!(desk.tasks(), ["inside", "work"]);
    desk.complete("work");
    desk.complete("inside");
    assert!(desk.ended());
}

/// MessageEventSubprocessTest.testInterruptingActivityInstanceTree
/// MessageEventSubprocessTest.testNonInterruptingActivityInstanceTree
#[test]
fn it_runs_inside_its_scope() {
    let plain = "<userTask id=\"work\" />\ns -> work";
    for (interrupting, tree) in [
        (true, "sub(handler(inside))"),
        (false, "sub(handler(inside) work)"),
    ] {
        let mut desk = Desk::start(&by_letter(interrupting, &around(plain, true)), Map::new());
        desk.message("letter");
        assert_eq!(desk.tree(), tree);
    }
}

/// MessageEventSubprocessTest.testNonInterruptingWithTerminatingEndEvent
#[test]
fn a_terminate_end_inside_ends_it_alone() {
    let model = by_letter(false, &around("<userTask id=\"work\" />\ns -> work", true)).replace(
        "on -> inside",
        r#"on -> inside -> stop
        <endEvent id="stop"><terminateEventDefinition /></endEvent> <userTask id="never" />
        <boundaryEvent id="late" attachedToRef="inside"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>
        late -> never"#,
    );
    let mut desk = Desk::start(&model, Map::new());
    desk.message("letter");
    desk.complete("inside");
    assert_eq!(desk.tree(), "sub(work)");
}

/// MessageEventSubprocessTest.testExpressionInMessageNameInInterruptingSubProcessDefinition
#[test]
fn its_message_may_have_an_evaluated_name() {
    let definition = r#"<messageEventDefinition messageRef="reply" />"#;
    let mut desk = Desk::start(
        &at_process(true, definition),
        vars([("customer", "Ada".into())]),
    );
    desk.message("reply to Ada");
    assert_eq!(desk.tasks(), ["inside"]);
    desk.complete("inside");
    assert!(desk.ended());
}

/// MessageEventSubprocessTest.testEventSubprocessListenersInvoked
/// MessageEventSubprocessTest.testNonInterruptingEventSubprocessListenersInvoked
/// MessageEventSubprocessTest.testNestedEventSubprocessListenersInvoked
/// MessageEventSubprocessTest.testNestedNonInterruptingEventSubprocessListenersInvoked
/// MessageEventSubprocessTest.testEventSubprocessBoundaryListenersInvoked
#[test]
fn listeners_hear_its_events_in_order() {
    let listen = ["start", "end"].map(|event| {
        format!(
            r#"<camunda:executionListener event="{event}" expression="${{execution.setVariable('heard', heard.concat(' {event}:').concat(execution.currentActivityId))}}" />"#
        )
    });
    let listen = format!("<extensionElements>{}</extensionElements>", listen.concat());
    for nested in [false, true] {
        for (interrupting, heard) in [
            (
                true,
                "start:work end:work start:on end:on start:inside end:inside",
            ),
            (
                false,
                "start:work start:on end:on start:inside end:inside end:work",
            ),
        ] {
            let model = by_letter(
                interrupting,
                &around("<userTask id=\"work\" />\ns -> work", nested),
            )
            .replace(
                r#"<userTask id="work" />"#,
                &format!(r#"<userTask id="work">{listen}</userTask>"#),
            )
            .replace(
                r#"<userTask id="inside" />"#,
                &format!(r#"<userTask id="inside">{listen}</userTask>"#),
            )
            .replace(LETTER, &format!("{listen}{LETTER}"));
            let mut desk = Desk::start(&model, vars([("heard", "".into())]));
            desk.message("letter");
            desk.complete("inside");
            if !interrupting {
                desk.complete("work");
            }
            let told = desk.last("heard").expect("something was heard");
            assert_eq!(told, Value::from(format!(" {heard}")));
        }
    }
}
