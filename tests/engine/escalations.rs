//! Escalations: thrown in between and at ends, caught around, beside or instead.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

/// `throw` is an end or intermediate event in a sub-process with this boundary and handler.
fn model(throw: &str, boundary: &str, handler: &str) -> String {
    format!(
        r#"
        <startEvent id="start" />
        <subProcess id="sub">
          <startEvent id="s" /> <userTask id="work" />
          <{throw} id="throw"><escalationEventDefinition escalationRef="lateness" /></{throw}>
          <userTask id="goOn" />
          s -> work -> throw
          {flow}
          {handler}
        </subProcess>
        {boundary}
        <userTask id="after" /> <userTask id="outside" />
        start -> sub -> after
        {out}
        "#,
        flow = if throw == "endEvent" {
            ""
        } else {
            "throw -> goOn"
        },
        out = if boundary.is_empty() {
            ""
        } else {
            "caught -> outside"
        },
    )
}

fn boundary(reference: &str, cancel: bool) -> String {
    format!(
        r#"<boundaryEvent id="caught" attachedToRef="sub" cancelActivity="{cancel}">
           <escalationEventDefinition {reference} camunda:escalationCodeVariable="code" /></boundaryEvent>"#
    )
}

fn handler(reference: &str, interrupting: bool) -> String {
    format!(
        r#"<subProcess id="handler" triggeredByEvent="true">
             <startEvent id="on" isInterrupting="{interrupting}">
               <escalationEventDefinition {reference} camunda:escalationCodeVariable="code" /></startEvent>
             <userTask id="inside" />
             on -> inside
           </subProcess>"#
    )
}

const LATE: &str = r#"escalationRef="lateness""#;
const HOT: &str = r#"escalationRef="hot""#;

#[track_caller]
fn after_work(model: &str) -> Desk {
    let mut desk = Desk::start(model, Map::new());
    desk.complete("work");
    desk
}

/// EscalationEventTest.testThrowEscalationEventNotCaught
#[test]
fn uncaught_it_is_ignored() {
    for boundary in [String::new(), boundary(HOT, true)] {
        let desk = after_work(&model("intermediateThrowEvent", &boundary, ""));
        assert_eq!(desk.tasks(), ["goOn"]);
        let desk = after_work(&model("endEvent", &boundary, ""));
        assert_eq!(desk.tasks(), ["after"]);
    }
}

/// EscalationEventTest.testInterruptingEscalationBoundaryEvent
/// EscalationEventTest.testRetrieveEscalationCodeVariableOnBoundaryEvent
/// EscalationEventTest.testRetrieveEscalationCodeVariableOnBoundaryEventWithoutEscalationCode
#[test]
fn a_boundary_that_interrupts_ends_the_scope_with_the_thrower() {
    for throw in ["intermediateThrowEvent", "endEvent"] {
        for reference in [LATE, ""] {
            let desk = after_work(&model(throw, &boundary(reference, true), ""));
            assert_eq!(desk.tasks(), ["outside"]);
            assert_eq!(desk.var("code"), Some("LATE".into()));
            assert!(desk.history().contains(&"throw!".to_owned()));
        }
    }
}

/// EscalationEventTest.testThrowEscalationEventFromEmbeddedSubprocess
/// EscalationEventTest.testEscalationEndEvent
#[test]
fn one_that_does_not_lets_the_thrower_go_on() {
    let desk = after_work(&model("intermediateThrowEvent", &boundary(LATE, false), ""));
    assert_eq!(desk.tasks(), ["goOn", "outside"]);
    let desk = after_work(&model("endEvent", &boundary("", false), ""));
    assert_eq!(desk.tasks(), ["after", "outside"]);
}

/// EscalationEventSubprocessTest.testCatchEscalationEventInsideSubprocess
/// EscalationEventSubprocessTest.testPreferEscalationEventSubprocessToBoundaryEvent
/// EscalationEventSubprocessTest.testInterruptionEscalationEventSubprocess
#[test]
fn an_event_sub_process_comes_before_the_boundary() {
    let throw = "intermediateThrowEvent";
    let both = model(throw, &boundary(LATE, true), &handler(LATE, false));
    assert_eq!(after_work(&both).tasks(), ["goOn", "inside"]);
    let other = model(throw, &boundary(LATE, true), &handler(HOT, false));
    assert_eq!(after_work(&other).tasks(), ["outside"]);
    let instead = model(throw, &boundary(LATE, true), &handler("", true));
    let desk = after_work(&instead);
    assert_eq!(desk.tasks(), ["inside"]);
    assert_eq!(desk.var("code"), Some("LATE".into()));
}

#[test]
fn thrown_again_inside_its_handler_it_goes_on_outwards() {
    let handler = r#"<subProcess id="handler" triggeredByEvent="true">
        <startEvent id="on"><escalationEventDefinition escalationRef="lateness" /></startEvent>
        <endEvent id="again"><escalationEventDefinition escalationRef="lateness" /></endEvent>
        on -> again
      </subProcess>"#;
    let throw = "intermediateThrowEvent";
    let desk = after_work(&model(throw, &boundary(LATE, false), handler));
    assert_eq!(desk.tasks(), ["after", "outside"]);
}

#[test]
fn it_can_be_thrown_twice() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <subProcess id="sub">
          <startEvent id="s" /> <userTask id="work" />
          <intermediateThrowEvent id="one"><escalationEventDefinition escalationRef="lateness" /></intermediateThrowEvent>
          <intermediateThrowEvent id="two"><escalationEventDefinition escalationRef="lateness" /></intermediateThrowEvent>
          s -> one -> two -> work
        </subProcess>
        <boundaryEvent id="caught" attachedToRef="sub" cancelActivity="false"><escalationEventDefinition escalationRef="lateness" /></boundaryEvent>
        <userTask id="outside" />
        start -> sub
        caught -> outside
        "#,
        Map::new(),
    );
    assert_eq!(desk.tasks(), ["outside", "outside", "work"]);
    desk.complete("work");
    desk.complete("outside");
    desk.complete("outside");
    assert!(desk.ended());
}

#[test]
fn a_person_escalates_a_task_or_reports_an_error_in_it() {
    let model = r#"
        <startEvent id="start" /> <userTask id="work" />
        <boundaryEvent id="caught" attachedToRef="work" cancelActivity="false"><escalationEventDefinition escalationRef="lateness" /></boundaryEvent>
        <boundaryEvent id="wrong" attachedToRef="work"><errorEventDefinition errorRef="broken" camunda:errorMessageVariable="text" /></boundaryEvent>
        <userTask id="boss" /> <userTask id="repair" />
        start -> work
        caught -> boss
        wrong -> repair
    "#;
    let mut desk = Desk::start(model, Map::new());
    let task = desk.task("work").id;
    let escalate = |code: &str| Command::Escalate {
        task: task.clone(),
        code: code.into(),
        variables: vars([("why", "no time".into())]),
    };
    assert!(matches!(
        desk.apply(escalate("NO")),
        Err(Error::BadRequest(_))
    ));
    desk.ok(escalate("LATE"));
    assert_eq!(desk.tasks(), ["boss", "work"]);
    assert_eq!(desk.var("why"), Some("no time".into()));
    desk.ok(Command::TaskError {
        task: task.clone(),
        code: "BROKEN".into(),
        message: Some("torn".into()),
        variables: Map::new(),
    });
    assert_eq!(desk.tasks(), ["boss", "repair"]);
    assert_eq!(desk.var("text"), Some("torn".into()));
}

const THROW: &str = r#"<intermediateThrowEvent id="throw"><escalationEventDefinition escalationRef="lateness" /></intermediateThrowEvent>"#;

/// EscalationEventTest.testBoundaryEventWithoutEscalationCode
/// EscalationEventTest.testBoundaryEventWithEmptyEscalationCode
/// EscalationEventTest.testBoundaryEventWithoutEscalationRef
/// EscalationEventSubprocessTest.testEscalationEventSubprocessWithoutEscalationCode
/// EscalationEventSubprocessTest.testRetrieveEscalationCodeVariableOnEventSubprocess
/// EscalationEventSubprocessTest.testRetrieveEscalationCodeVariableOnEventSubprocessWithoutEscalationCode
#[test]
fn without_a_code_all_are_caught() {
    for reference in [
        LATE,
        "",
        r#"escalationRef="codeless""#,
        r#"escalationRef="blank""#,
    ] {
        let throw = "intermediateThrowEvent";
        let desk = after_work(&model(throw, &boundary(reference, false), ""));
        assert_eq!(desk.tasks(), ["goOn", "outside"], "{reference}");
        assert_eq!(desk.var("code"), Some("LATE".into()));
        let desk = after_work(&model(throw, "", &handler(reference, false)));
        assert_eq!(desk.tasks(), ["goOn", "inside"], "{reference}");
        assert_eq!(desk.var("code"), Some("LATE".into()));
    }
}

/// EscalationEventTest.testBoundaryEventWithEscalationCode
/// EscalationEventSubprocessTest.testEscalationEventSubprocessWithEscalationCode
#[test]
fn of_several_the_one_with_the_code_catches() {
    let second = r#"<boundaryEvent id="other" attachedToRef="sub" cancelActivity="false">
        <escalationEventDefinition escalationRef="hot" /></boundaryEvent> <userTask id="heat" />
        other -> heat"#;
    let both = boundary(LATE, false) + second;
    let desk = after_work(&model("intermediateThrowEvent", &both, ""));
    assert_eq!(desk.tasks(), ["goOn", "outside"]);
    let second = handler(HOT, false)
        .replace("handler", "other")
        .replace("\"on\"", "\"onHot\"")
        .replace("inside", "heat")
        .replace("on -> ", "onHot -> ");
    let both = handler(LATE, false) + "\n" + &second;
    let desk = after_work(&model("intermediateThrowEvent", "", &both));
    assert_eq!(desk.tasks(), ["goOn", "inside"]);
}

/// EscalationEventTest.testThrowEscalationEventHierarchical
#[test]
fn the_nearest_scope_catches() {
    let desk = Desk::start(
        &format!(
            r#"
            <startEvent id="start" />
            <subProcess id="outer"> <startEvent id="s1" /> <userTask id="near" />
              <subProcess id="inner"> <startEvent id="s2" /> {THROW} <userTask id="goOn" />
                s2 -> throw -> goOn
              </subProcess>
              <boundaryEvent id="onInner" attachedToRef="inner" cancelActivity="false"><escalationEventDefinition {LATE} /></boundaryEvent>
              s1 -> inner
              onInner -> near
            </subProcess>
            <boundaryEvent id="onOuter" attachedToRef="outer" cancelActivity="false"><escalationEventDefinition {LATE} /></boundaryEvent>
            <userTask id="far" />
            start -> outer
            onOuter -> far
            "#
        ),
        Map::new(),
    );
    assert_eq!(desk.tasks(), ["goOn", "near"]);
}

fn multi(boundary: &str, handler: &str) -> Desk {
    let flow = if boundary.is_empty() {
        ""
    } else {
        "caught -> outside"
    };
    Desk::start(
        &format!(
            r#"
            <startEvent id="start" />
            <subProcess id="sub">
              <multiInstanceLoopCharacteristics><loopCardinality>5</loopCardinality></multiInstanceLoopCharacteristics>
              <startEvent id="s" /> {THROW} <userTask id="goOn" />
              s -> throw -> goOn
            </subProcess>
            {boundary} <userTask id="outside" />
            start -> sub
            {flow}
            {handler}
            "#
        ),
        Map::new(),
    )
}

/// EscalationEventTest.testInterruptingEscalationBoundaryEventOnMultiInstanceSubprocess
/// EscalationEventTest.testNonInterruptingEscalationBoundaryEventOnMultiInstanceSubprocess
/// EscalationEventSubprocessTest.testCatchEscalationEventFromMultiInstanceSubprocess
/// EscalationEventSubprocessTest.testInterruptionEscalationEventSubprocessWithMultiInstanceSubprocess
#[test]
fn each_instance_of_many_escalates() {
    let count = |desk: &Desk, task: &str| desk.tasks().iter().filter(|t| *t == task).count();
    assert_eq!(multi(&boundary(LATE, true), "").tasks(), ["outside"]);
    let desk = multi(&boundary(LATE, false), "");
    assert_eq!((count(&desk, "goOn"), count(&desk, "outside")), (5, 5));
    assert_eq!(multi("", &handler(LATE, true)).tasks(), ["inside"]);
    let desk = multi("", &handler(LATE, false));
    assert_eq!((count(&desk, "goOn"), count(&desk, "inside")), (5, 5));
}

/// EscalationEventTest.testParallelEscalationEndEvent
#[test]
fn an_end_that_escalates_leaves_the_other_paths_alone() {
    let desk = Desk::start(
        &format!(
            r#"
            <startEvent id="start" />
            <subProcess id="sub"> <startEvent id="s" /> <parallelGateway id="fork" /> <userTask id="work" />
              <endEvent id="throw"><escalationEventDefinition {LATE} /></endEvent>
              s -> fork -> work
              fork -> throw
            </subProcess>
            {} <userTask id="outside" />
            start -> sub
            caught -> outside
            "#,
            boundary(LATE, false)
        ),
        Map::new(),
    );
    assert_eq!(desk.tasks(), ["outside", "work"]);
}

/// A caller of `called`, whose output `output` is the other's `input`.
fn caller(boundary: &str, handler: &str, called: &str) -> Desk {
    let flow = if boundary.is_empty() {
        ""
    } else {
        "caught -> outside"
    };
    let model = format!(
        r#"
        <startEvent id="start" />
        <callActivity id="sub" calledElement="called"><extensionElements>
          <camunda:in source="input" target="input" />
          <camunda:out source="input" target="output" /> <camunda:out source="reason" target="reason" />
        </extensionElements></callActivity>
        {boundary} <userTask id="outside" /> <userTask id="after" />
        start -> sub -> after
        {flow}
        {handler}
        "#
    );
    Desk::with(&model)
        .and("called", called)
        .started(vars([("input", 42.into())]))
}

fn thrower() -> String {
    format!(
        r#"<startEvent id="s" /> {THROW} <userTask id="goOn" />
        s -> throw -> goOn"#
    )
}

/// EscalationEventTest.testThrowEscalationEventFromCallActivity
/// EscalationEventTest.testInterruptingEscalationBoundaryEventOnCallActivity
/// EscalationEventTest.testPropagateOutputVariablesWhileCatchEscalationOnCallActivity
/// EscalationEventTest.testPropagateOutputVariablesWhileCatchInterruptingEscalationOnCallActivity
/// EscalationEventSubprocessTest.testCatchEscalationEventFromCallActivity
/// EscalationEventSubprocessTest.testInterruptingEscalationEventSubprocessWithCallActivity
/// EscalationEventSubprocessTest.testPropagateOutputVariablesWhileCatchEscalationOnCallActivity
/// EscalationEventSubprocessTest.testPropagateOutputVariablesWhileCatchInterruptingEscalationOnCallActivity
/// EscalationEventTest.testInterruptingRetrieveEscalationCodeInSuperProcess
/// EscalationEventTest.testInterruptingRetrieveEscalationCodeInSuperProcessWithoutEscalationCode
/// EscalationEventTest.testNonInterruptingRetrieveEscalationCodeInSuperProcess
/// EscalationEventTest.testNonInterruptingRetrieveEscalationCodeInSuperProcessWithoutEscalationCode
/// EscalationEventSubprocessTest.testInterruptingRetrieveEscalationCodeInSuperProcess
/// EscalationEventSubprocessTest.testInterruptingRetrieveEscalationCodeInSuperProcessWithoutEscalationCode
/// EscalationEventSubprocessTest.testNonInterruptingRetrieveEscalationCodeInSuperProcess
/// EscalationEventSubprocessTest.testNonInterruptingRetrieveEscalationCodeInSuperProcessWithoutEscalationCode
#[test]
fn the_caller_catches_what_the_called_throws_with_its_outputs_and_the_code() {
    for reference in [LATE, r#"escalationRef="codeless""#] {
        for interrupting in [true, false] {
            let on_boundary = caller(&boundary(reference, interrupting), "", &thrower());
            let by_handler = caller("", &handler(reference, interrupting), &thrower());
            for (desk, task) in [(on_boundary, "outside"), (by_handler, "inside")] {
                let expected = if interrupting {
                    vec![task]
                } else {
                    vec!["goOn", task]
                };
                assert_eq!(desk.tasks(), expected);
                assert_eq!(desk.var("output"), Some(42.into()));
                assert_eq!(desk.var("code"), Some("LATE".into()));
            }
        }
    }
}

/// EscalationEventTest.testPropagateOutputVariablesWithoutCatchEscalation
#[test]
fn outputs_are_passed_even_if_nobody_catches() {
    let desk = caller("", "", &thrower());
    assert_eq!(desk.tasks(), ["goOn"]);
    assert_eq!(desk.var("output"), Some(42.into()));
}

/// EscalationEventTest.testPropagateOutputVariablesTwoTimes
/// EscalationEventSubprocessTest.testPropagateOutputVariablesTwoTimes
#[test]
fn and_once_more_when_the_called_ends() {
    for (boundary, handler) in [
        (boundary(LATE, false), String::new()),
        (String::new(), handler(LATE, false)),
    ] {
        let mut desk = caller(&boundary, &handler, &thrower());
        assert_eq!(desk.var("output"), Some(42.into()));
        desk.complete_with("goOn", vars([("input", 999.into())]));
        assert_eq!(desk.var("output"), Some(999.into()));
    }
}

const REASON: &str = r#"<endEvent id="throw"><extensionElements>
    <camunda:executionListener event="start" expression="${execution.setVariable('reason', 'late')}" />
    </extensionElements><escalationEventDefinition escalationRef="lateness" /></endEvent>"#;

/// EscalationEventTest.testPropagateOutputVariablesWhileThrowEscalation
/// EscalationEventTest.testPropagateOutputVariablesWhileThrowEscalation2
/// EscalationEventTest.testPropagateOutputVariablesWhileThrowEscalationTwoLevels
/// EscalationEventTest.testPropagateOutputVariablesWhileThrowEscalationThreeLevels
/// EscalationEventTest.testPropagateOutputVariablesWhileThrowEscalationInSubProcess
/// EscalationEventTest.testPropagateOutputVariablesWhileThrowEscalationInSubProcessThreeLevels
#[test]
fn what_is_set_at_the_end_that_throws_is_passed_from_any_depth() {
    let flat = format!(
        r#"<startEvent id="s" /> <userTask id="two" /> {REASON}
        s -> two -> throw"#
    );
    let forked = format!(
        r#"<startEvent id="s" /> <parallelGateway id="fork" /> <userTask id="one" /> <userTask id="two" /> {REASON}
        s -> fork -> one
        fork -> two -> throw"#
    );
    let two = forked.clone()
        + r#"
        <parallelGateway id="again" /> <userTask id="three" />
        again -> three"#;
    let two = two.replace("two -> throw", "two -> again -> throw");
    let three = two.clone()
        + r#"
        <parallelGateway id="third" /> <userTask id="four" />
        third -> four"#;
    let three = three.replace("again -> throw", "again -> third -> throw");
    let inside = |body: &str| {
        format!(
            r#"<startEvent id="begin" /> <userTask id="later" /> <subProcess id="deep">
            {body}
            </subProcess>
            begin -> deep -> later"#
        )
    };
    for called in [
        &flat,
        &forked,
        &two,
        &three,
        &inside(&forked),
        &inside(&three),
    ] {
        let mut desk = caller("", &handler(LATE, true), called);
        desk.complete("two");
        assert_eq!(desk.tasks(), ["inside"], "{called}");
        assert_eq!(desk.var("output"), Some(42.into()));
        assert_eq!(desk.var("reason"), Some("late".into()));
    }
}

/// The handler throws the same again at its end.
fn thrown_again(boundary: &str, around: &str) -> Desk {
    let handler = handler(LATE, false).replace("on -> inside", "on -> inside -> again") + r#""#;
    let handler = handler.replace(
        r#"<userTask id="inside" />"#,
        r#"<userTask id="inside" /> <endEvent id="again"><escalationEventDefinition escalationRef="lateness" /></endEvent>"#,
    );
    let model = model("intermediateThrowEvent", boundary, &handler) + around;
    let mut desk = after_work(&model);
    assert_eq!(desk.tasks(), ["goOn", "inside"]);
    desk.complete("inside");
    desk
}

/// EscalationEventSubprocessTest.testReThrowEscalationEventToBoundaryEvent
/// EscalationEventSubprocessTest.testReThrowEscalationEventToBoundaryEventWithoutEscalationCode
/// EscalationEventSubprocessTest.testReThrowEscalationEventToEventSubprocess
/// EscalationEventSubprocessTest.testReThrowEscalationEventIsNotCatched
#[test]
fn a_handler_throws_to_what_is_around() {
    for reference in [LATE, ""] {
        let desk = thrown_again(&boundary(reference, false), "");
        assert_eq!(desk.tasks(), ["goOn", "outside"]);
    }
    let around = handler(LATE, false)
        .replace("\"handler\"", "\"around\"")
        .replace("\"on\"", "\"onAll\"")
        .replace("on -> inside", "onAll -> far")
        .replace("\"inside\"", "\"far\"");
    assert_eq!(thrown_again("", &around).tasks(), ["far", "goOn"]);
    assert_eq!(thrown_again("", "").tasks(), ["goOn"]);
}

/// EscalationEventSubprocessTest.testThrowEscalationEventToEventSubprocess
#[test]
fn a_handler_throws_to_its_sibling() {
    let mut first = handler(LATE, false).replace("on -> inside", "on -> inside -> again");
    first = first.replace(
        r#"<userTask id="inside" />"#,
        r#"<userTask id="inside" /> <endEvent id="again"><escalationEventDefinition escalationRef="hot" /></endEvent>"#,
    );
    let second = handler(HOT, false)
        .replace("\"handler\"", "\"sibling\"")
        .replace("\"on\"", "\"onHot\"")
        .replace("on -> inside", "onHot -> heat")
        .replace("\"inside\"", "\"heat\"");
    let mut desk = after_work(&model(
        "intermediateThrowEvent",
        "",
        &(first + "\n" + &second),
    ));
    assert_eq!(desk.tasks(), ["goOn", "inside"]);
    desk.complete("inside");
    assert_eq!(desk.tasks(), ["goOn", "heat"]);
}

/// EscalationEventSubprocessTest.testThrowEscalationEventFromEventSubprocess
#[test]
fn a_timer_of_the_scope_that_is_interrupted_is_gone() {
    let handler = r#"<subProcess id="handler" triggeredByEvent="true">
        <startEvent id="on" isInterrupting="false"><timerEventDefinition><timeCycle>R/PT10S</timeCycle></timerEventDefinition></startEvent>
        <endEvent id="again"><escalationEventDefinition escalationRef="lateness" /></endEvent>
        on -> again
      </subProcess>"#;
    let mut desk = Desk::start(
        &model("intermediateThrowEvent", &boundary(LATE, true), handler),
        Map::new(),
    );
    desk.execute("on");
    assert_eq!(desk.tasks(), ["outside"]);
    assert_eq!(desk.instance.jobs().count(), 0);
    let caught = desk.history().iter().filter(|id| *id == "caught").count();
    assert_eq!(caught, 1);
}

/// EscalationEventSubprocessTest.testCatchEscalationEventFromTopLevelProcess
/// EscalationEventSubprocessTest.testCatchEscalationEventFromEmbeddedSubprocess
#[test]
fn the_process_catches_what_is_thrown_in_it_or_below() {
    let handler = handler(LATE, false);
    let desk = Desk::start(&(thrower() + "\n" + &handler), Map::new());
    assert_eq!(desk.tasks(), ["goOn", "inside"]);
    let around = format!(
        r#"<startEvent id="start" /> <subProcess id="sub">
        {}
        </subProcess>
        start -> sub
        {handler}"#,
        thrower()
    );
    assert_eq!(Desk::start(&around, Map::new()).tasks(), ["goOn", "inside"]);
}

fn twice(second: &str) -> Desk {
    let model = format!(
        r#"{}
        <{second} id="once more"><escalationEventDefinition {LATE} /></{second}> <userTask id="rest" />
        {}"#,
        thrower().replace("-> goOn", "-> goOn -> once more"),
        handler(LATE, false)
    )
    .replace("once more", "more");
    let model = if second == "endEvent" {
        model
    } else {
        model + "\nmore -> rest"
    };
    Desk::start(&model, Map::new())
}

/// EscalationEventSubprocessTest.testNonInterruptingEscalationTriggeredTwiceWithMainTaskCompletedFirst
/// EscalationEventSubprocessTest.testNonInterruptingEscalationTriggeredTwiceWithSubprocessTaskCompletedFirst
/// EscalationEventSubprocessTest.testNonInterruptingEscalationTriggeredTwiceByIntermediateEventWithMainTaskCompletedFirst
/// EscalationEventSubprocessTest.testNonInterruptingEscalationTriggeredTwiceByIntermediateEventWithSubprocessTaskCompletedFirst
#[test]
fn one_that_does_not_interrupt_catches_again() {
    for (second, rest) in [
        ("endEvent", vec![]),
        ("intermediateThrowEvent", vec!["rest"]),
    ] {
        let mut desk = twice(second);
        desk.complete("goOn");
        assert_eq!(
            desk.tasks(),
            [vec!["inside", "inside"], rest.clone()].concat()
        );
        let mut desk = twice(second);
        desk.complete("inside");
        desk.complete("goOn");
        assert_eq!(desk.tasks(), [vec!["inside"], rest].concat());
    }
}

/// EscalationActivityInstanceTreeTest.testNonInterruptingEscalationBoundaryEvent
/// EscalationActivityInstanceTreeTest.testInterruptingEscalationBoundaryEvent
/// EscalationActivityInstanceTreeTest.testNonInterruptingEscalationEventSubprocessInsideSubprocess
/// EscalationActivityInstanceTreeTest.testNonInterruptingEscalationEventSubprocessOutsideSubprocess
/// EscalationActivityInstanceTreeTest.testInterruptingEscalationEventSubprocessInsideSubprocess
#[test]
fn what_runs_is_a_tree_of_scopes() {
    let throw = "intermediateThrowEvent";
    let at = |boundary: &str, handler: &str| after_work(&model(throw, boundary, handler)).tree();
    assert_eq!(at(&boundary(LATE, false), ""), "outside sub(goOn)");
    assert_eq!(at(&boundary(LATE, true), ""), "outside");
    assert_eq!(at("", &handler(LATE, false)), "sub(goOn handler(inside))");
    assert_eq!(at("", &handler(LATE, true)), "sub(handler(inside))");
    let mut outside = model(throw, "", "") + &handler(LATE, false);
    assert_eq!(after_work(&outside).tree(), "handler(inside) sub(goOn)");
    outside = model(throw, "", "") + &handler(HOT, false);
    assert_eq!(after_work(&outside).tree(), "sub(goOn)");
    assert_eq!(after_work(&outside).var("code"), None::<Value>);
}

// not applicable: EscalationEventTest.testImplicitNonInterruptingEscalationBoundaryEvent: not run there either
