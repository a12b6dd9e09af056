//! BPMN errors: error end events, boundary errors, errors of workers.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

const SUB: &str = r#"
    <startEvent id="start" />
    <subProcess id="sub">
      <startEvent id="s" /> <userTask id="try" /> <userTask id="beside" />
      <endEvent id="fail"><errorEventDefinition errorRef="broken" /></endEvent>
      s -> try -> fail
      s -> beside
    </subProcess>
    <boundaryEvent id="any" attachedToRef="sub"><errorEventDefinition /></boundaryEvent>
    <boundaryEvent id="caught" attachedToRef="sub">
      <errorEventDefinition errorRef="broken" camunda:errorCodeVariable="code" camunda:errorMessageVariable="text" />
    </boundaryEvent>
    <userTask id="repair" /> <userTask id="anything" /> <endEvent id="end" />
    start -> sub -> end
    caught -> repair
    any -> anything
"#;

/// BoundaryErrorEventTest.testCatchErrorOnEmbeddedSubprocess
/// BoundaryErrorEventTest.testCatchErrorOnSubprocessSetsErrorVariables
#[test]
fn an_error_end_event_interrupts_the_scope_whose_boundary_names_its_code() {
    let mut desk = Desk::start(SUB, Map::new());
    desk.complete("try");
    assert_eq!(desk.tokens(), ["repair"]);
    assert_eq!(desk.var("code"), Some("BROKEN".into()));
    assert_eq!(desk.var("text"), Some("it is broken".into()));
    let history = desk.history();
    assert!(history.contains(&"sub!".to_owned()) && history.contains(&"beside!".to_owned()));
}

const WORKER: &str = r#"
    <startEvent id="start" />
    <serviceTask id="work" camunda:type="external" camunda:topic="t" />
    <boundaryEvent id="caught" attachedToRef="work">
      <errorEventDefinition errorRef="broken" camunda:errorMessageVariable="text" />
    </boundaryEvent>
    <userTask id="repair" /> <userTask id="done" />
    start -> work -> done
    caught -> repair
"#;

fn report(desk: &mut Desk, code: &str) {
    let task = desk.lock("work");
    desk.ok(Command::ExternalTaskError {
        task,
        worker: "worker".into(),
        code: code.into(),
        message: Some("no paper".into()),
        variables: vars([("seen", true.into())]),
    });
}

#[test]
fn a_worker_reports_an_error_to_the_boundary() {
    let mut desk = Desk::start(WORKER, Map::new());
    report(&mut desk, "BROKEN");
    assert_eq!(desk.tokens(), ["repair"]);
    assert_eq!(desk.var("text"), Some("no paper".into()));
    assert_eq!(desk.var("seen"), Some(Value::Boolean(true)));
}

/// BoundaryErrorEventTest.testUncaughtError
#[test]
fn an_error_that_nobody_catches_ends_its_token() {
    let mut desk = Desk::start(WORKER, Map::new());
    report(&mut desk, "OTHER");
    assert!(desk.ended());
    assert_eq!(desk.end_state(), Some(InstanceState::Completed));
    let told = desk
        .log
        .iter()
        .any(|event| matches!(event, Event::Thrown { code: Some(code), caught_by: None, .. } if code == "OTHER"));
    assert!(told);
}

#[test]
fn an_error_climbs_over_scopes_that_do_not_catch_it() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <subProcess id="outer">
          <startEvent id="s1" />
          <subProcess id="inner">
            <startEvent id="s2" /> <endEvent id="fail"><errorEventDefinition errorRef="broken" /></endEvent>
            s2 -> fail
          </subProcess>
          s1 -> inner
        </subProcess>
        <boundaryEvent id="any" attachedToRef="outer"><errorEventDefinition /></boundaryEvent>
        <userTask id="repair" />
        start -> outer
        any -> repair
        "#,
        Map::new(),
    );
    assert_eq!(desk.tokens(), ["repair"]);
    desk.complete("repair");
    assert!(desk.ended());
}

const FAIL: &str = r#"<endEvent id="fail"><errorEventDefinition errorRef="broken" /></endEvent>"#;

/// A caught boundary event `caught` on `sub`, whose tokens come to `repair`.
fn around(inside: &str) -> String {
    format!(
        r#"
        <startEvent id="start" />
        <subProcess id="sub">
        {inside}
        </subProcess>
        <boundaryEvent id="caught" attachedToRef="sub"><errorEventDefinition errorRef="broken" camunda:errorCodeVariable="code" camunda:errorMessageVariable="text" /></boundaryEvent>
        <userTask id="repair" /> <userTask id="after" />
        start -> sub -> after
        caught -> repair
        "#
    )
}

/// BoundaryErrorEventTest.testThrowErrorWithoutErrorCode
/// BoundaryErrorEventTest.testThrowErrorWithEmptyErrorCode
#[test]
fn who_throws_names_a_code() {
    for code in ["", r#"errorCode="""#] {
        let elements = r#"<startEvent id="start" /> <endEvent id="end"><errorEventDefinition errorRef="nameless" /></endEvent>
            start -> end"#;
        let model = bpmn(elements).replace(
            "<process ",
            &format!(r#"<error id="nameless" {code} /><process "#),
        );
        let problems = refused_file(&model);
        assert!(
            problems.contains(
                "'errorCode' is mandatory on errors referenced by throwing error event definitions"
            ),
            "{problems}"
        );
    }
}

/// BoundaryErrorEventTest.testCatchErrorOnEmbeddedSubprocessWithEmptyErrorCode
/// BoundaryErrorEventTest.testCatchErrorOnEmbeddedSubprocessWithoutErrorCode
/// BoundaryErrorEventTest.testConcurrentExecutionsInterruptedOnDestroyScope
#[test]
fn without_a_code_all_are_caught_and_what_runs_beside_ends() {
    let model = around(&format!(
        r#"<startEvent id="s" /> <parallelGateway id="fork" /> <userTask id="beside" /> {FAIL}
        s -> fork -> fail
        fork -> beside"#
    ));
    let model = model.replace(
        r#"errorRef="broken" camunda:errorCode"#,
        "camunda:errorCode",
    );
    for more in [
        "",
        r#"<error id="other" />"#,
        r#"<error id="other" errorCode="" />"#,
    ] {
        let file = bpmn(&model).replace("<process ", &format!("{more}<process "));
        let desk = Desk::deploy(&file).started(Map::new());
        assert_eq!(desk.tree(), "repair");
    }
}

/// BoundaryErrorEventTest.testCatchErrorOfInnerSubprocessOnOuterSubprocess
#[test]
fn a_boundary_for_another_code_lets_it_pass() {
    let mut desk = Desk::start(
        &around(&format!(
            r#"<startEvent id="s1" /> <userTask id="wrong" />
            <subProcess id="inner"> <startEvent id="s2" /> <userTask id="one" /> <userTask id="two" /> {FAIL}
              s2 -> one
              s2 -> two -> fail
            </subProcess>
            <boundaryEvent id="other" attachedToRef="inner"><errorEventDefinition errorRef="lost" /></boundaryEvent>
            s1 -> inner
            other -> wrong"#
        )),
        Map::new(),
    );
    assert_eq!(desk.tasks(), ["one", "two"]);
    desk.complete("two");
    assert_eq!(desk.tree(), "repair");
}

/// BoundaryErrorEventTest.testCatchErrorInConcurrentEmbeddedSubprocesses
/// BoundaryErrorEventTest.testCatchErrorInConcurrentEmbeddedSubprocessesThrownByScriptTask
#[test]
fn beside_each_other_one_is_caught_near_and_one_far() {
    let ends = [
        FAIL.to_owned(),
        r#"<endEvent id="lose"><errorEventDefinition errorRef="lost" /></endEvent>"#.to_owned(),
    ];
    let scripts = [("fail", "'BROKEN'"), ("lose", "'LOST', 'with a message'")].map(|(id, error)| {
        format!(
            r#"<scriptTask id="{id}" scriptFormat="javascript"><script>throw new BpmnError({error})</script></scriptTask>"#
        )
    });
    for [fail, lose] in [ends, scripts] {
        let model = around(&format!(
            r#"<startEvent id="s" /> <parallelGateway id="fork" /> <userTask id="c" />
            <subProcess id="sub1"> <startEvent id="s1" /> <userTask id="a" /> {fail}
              s1 -> a -> fail
            </subProcess>
            <subProcess id="sub2"> <startEvent id="s2" /> <userTask id="b" /> {lose}
              s2 -> b -> lose
            </subProcess>
            <boundaryEvent id="near" attachedToRef="sub2"><errorEventDefinition errorRef="lost" /></boundaryEvent>
            s -> fork -> sub1
            fork -> sub2
            near -> c"#
        ));
        let mut desk = Desk::start(&model, Map::new());
        assert_eq!(desk.tasks(), ["a", "b"]);
        desk.complete("b");
        assert_eq!(desk.tree(), "c sub(sub1(a))".replace("c sub(", "sub(c "));
        desk.complete("a");
        assert_eq!(desk.tree(), "repair");
        let mut desk = Desk::start(&model, Map::new());
        desk.complete("a");
        assert_eq!(desk.tree(), "repair");
    }
}

/// BoundaryErrorEventTest.testDeeplyNestedErrorThrown
/// BoundaryErrorEventTest.testDeeplyNestedErrorThrownOnlyAutomaticSteps
#[test]
fn it_climbs_from_five_scopes_deep() {
    for work in [r#"<userTask id="work" />"#, r#"<task id="work" />"#] {
        let mut inside = format!(
            r#"<startEvent id="s0" /> {work} <exclusiveGateway id="which" /> {FAIL}
            <endEvent id="lose"><errorEventDefinition errorRef="lost" /></endEvent>
            s0 -> work -> which
            which -> fail if ${{x == 1}}
            which -> lose if ${{x == 2}}"#
        );
        for depth in 1..=4 {
            let near = if depth == 3 {
                r#"<boundaryEvent id="near" attachedToRef="sub3"><errorEventDefinition errorRef="lost" /></boundaryEvent> <endEvent id="gone" />
                near -> gone"#
            } else {
                ""
            };
            inside = format!(
                r#"<startEvent id="s{depth}" /> <subProcess id="sub{depth}">
                {inside}
                </subProcess>
                s{depth} -> sub{depth}
                {near}"#
            );
        }
        for (x, left) in [(1, "repair"), (2, "after")] {
            let mut desk = Desk::start(&around(&inside), vars([("x", x.into())]));
            if work.contains("userTask") {
                desk.complete("work");
            }
            assert_eq!(desk.tree(), left);
        }
    }
}

fn failing(work: &str) -> String {
    format!(
        r#"<startEvent id="cs" /> {work} {FAIL}
        cs -> work -> fail"#
    )
}

/// BoundaryErrorEventTest.testCatchErrorOnCallActivity
/// BoundaryErrorEventTest.testCatchErrorThrownByCallActivityOnSubprocess
/// BoundaryErrorEventTest.testCatchErrorThrownByCallActivityOnCallActivity
/// BoundaryErrorEventTest.testCatchErrorThrownByCallActivityOnSubprocessSetsErrorVariables
#[test]
fn an_error_of_a_called_process_is_caught_by_the_caller() {
    let call = r#"<callActivity id="sub" calledElement="called" />"#;
    let direct = around("").replace("<subProcess id=\"sub\">", call);
    let direct = direct.replacen("</subProcess>", "", 1);
    let inside = around(
        r#"<startEvent id="s" /> <callActivity id="call" calledElement="called" />
        s -> call"#,
    );
    let twice = inside.replace(r#"calledElement="called""#, r#"calledElement="middle""#);
    for model in [direct, inside, twice] {
        let mut desk = Desk::with(&model)
            .and("called", &failing(r#"<userTask id="work" />"#))
            .and(
                "middle",
                r#"<startEvent id="ms" /> <callActivity id="next" calledElement="called" />
                ms -> next"#,
            )
            .started(Map::new());
        assert_eq!(desk.tasks(), ["work"]);
        desk.complete("work");
        assert_eq!(desk.tree(), "repair");
        assert_eq!(desk.instance.processes().count(), 1);
        assert_eq!(desk.var("code"), Some("BROKEN".into()));
        assert_eq!(desk.var("text"), Some("it is broken".into()));
        desk.complete("repair");
        assert!(desk.ended());
    }
}

/// BoundaryErrorEventTest.testUncaughtErrorOnCallActivity
#[test]
fn uncaught_it_ends_the_called_process_and_the_caller_goes_on() {
    let mut desk = Desk::with(
        r#"<startEvent id="start" /> <callActivity id="call" calledElement="called" /> <userTask id="after" />
        start -> call -> after"#,
    )
    .and("called", &failing(r#"<userTask id="work" />"#))
    .started(Map::new());
    desk.complete("work");
    assert_eq!(desk.tree(), "after");
}

/// BoundaryErrorEventTest.testCatchErrorOnParallelMultiInstance
/// BoundaryErrorEventTest.testCatchErrorOnSequentialMultiInstance
/// BoundaryErrorEventTest.testCatchErrorThrownByMultiInstanceSubProcessSetsErrorVariables
#[test]
fn an_error_in_one_of_many_ends_them_all() {
    for sequential in [false, true] {
        let model = around(&format!(
            r#"<multiInstanceLoopCharacteristics isSequential="{sequential}"><loopCardinality>5</loopCardinality></multiInstanceLoopCharacteristics>
            <startEvent id="s" /> <userTask id="work" /> <exclusiveGateway id="which" default="which-fine" /> <endEvent id="fine" /> {FAIL}
            s -> work -> which -> fine
            which -> fail if ${{wrong}}"#
        ));
        let mut desk = Desk::start(&model, Map::new());
        assert_eq!(desk.tasks().len(), if sequential { 1 } else { 5 });
        let complete = |desk: &mut Desk, wrong: bool| {
            desk.complete_with("work", vars([("wrong", wrong.into())]));
        };
        complete(&mut desk, false);
        complete(&mut desk, true);
        assert_eq!(desk.tree(), "repair");
        assert_eq!(desk.var("code"), Some("BROKEN".into()));
        assert_eq!(desk.var("text"), Some("it is broken".into()));
    }
}

/// BoundaryErrorEventTest.testCatchErrorOnSubprocessThrownByNonInterruptingEventSubprocess
/// BoundaryErrorEventTest.testCatchErrorOnSubprocessThrownByInterruptingEventSubprocess
/// BoundaryErrorEventTest.testCatchErrorOnSubprocessThrownByNestedEventSubprocess
#[test]
fn an_event_sub_process_may_throw_it() {
    let handler = |id: &str, interrupting: bool, inside: &str| {
        format!(
            r#"<subProcess id="{id}" triggeredByEvent="true">
            <startEvent id="on{id}" isInterrupting="{interrupting}"><messageEventDefinition messageRef="letter" /></startEvent>
            {inside}
            </subProcess>"#
        )
    };
    let throws = |id: &str| format!("{FAIL}\non{id} -> fail");
    let work = "<startEvent id=\"s\" /> <userTask id=\"work\" />\ns -> work\n";
    for interrupting in [false, true] {
        let inside = format!(
            "{work}{}",
            handler("Handler", interrupting, &throws("Handler"))
        );
        let mut desk = Desk::start(&around(&inside), Map::new());
        desk.message("letter");
        assert_eq!(desk.tree(), "repair");
    }
    let nested = format!(
        r#"<subProcess id="deep"> <startEvent id="ds" /> <userTask id="deepWork" />
        ds -> deepWork
        {}
        </subProcess>
        onOuter -> deep"#,
        handler("Inner", true, &throws("Inner"))
    );
    let inside = format!("{work}{}", handler("Outer", true, &nested));
    let mut desk = Desk::start(&around(&inside), Map::new());
    desk.message("letter");
    assert_eq!(desk.tree(), "sub(Outer(deep(deepWork)))");
    desk.message("letter");
    assert_eq!(desk.tree(), "repair");
}

/// BoundaryErrorEventTest.testCatchErrorThrownByExpressionOnServiceTask
#[test]
fn a_script_throws_what_its_boundary_catches() {
    let model = r#"<startEvent id="start" /> <scriptTask id="work" scriptFormat="javascript"><script>throw new BpmnError('BROKEN')</script></scriptTask>
        <userTask id="repair" /> <endEvent id="end" />
        <boundaryEvent id="caught" attachedToRef="work"><errorEventDefinition errorRef="broken" /></boundaryEvent>
        start -> work -> end
        caught -> repair"#;
    assert_eq!(Desk::start(model, Map::new()).tree(), "repair");
}

/// BoundaryErrorEventTest.testReviewSalesLeadProcess
#[test]
fn it_leads_back_to_who_can_mend_it() {
    let mut desk = Desk::start(
        r#"<startEvent id="start" camunda:initiator="initiator" /> <userTask id="provide" camunda:assignee="${initiator}" />
        <subProcess id="review"> <startEvent id="s" /> <parallelGateway id="fork" /> <userTask id="rate" camunda:candidateGroups="accountancy" />
          <userTask id="profit" camunda:candidateGroups="management" /> <exclusiveGateway id="enough" default="enough-fine" /> <endEvent id="rated" /> <endEvent id="fine" />
          <endEvent id="fail"><errorEventDefinition errorRef="broken" /></endEvent>
          s -> fork -> rate -> rated
          fork -> profit -> enough -> fine
          enough -> fail if ${missing}
        </subProcess>
        <boundaryEvent id="caught" attachedToRef="review"><errorEventDefinition errorRef="broken" /></boundaryEvent>
        <userTask id="details" camunda:assignee="${initiator}" /> <endEvent id="end" />
        start -> provide -> review -> end
        caught -> details -> review"#,
        Map::new(),
    );
    assert_eq!(desk.task("provide").assignee.as_deref(), Some("demo"));
    desk.complete("provide");
    desk.complete_with("profit", vars([("missing", true.into())]));
    assert_eq!(desk.tasks(), ["details"]);
    assert_eq!(desk.task("details").assignee.as_deref(), Some("demo"));
    desk.complete("details");
    assert_eq!(desk.tasks(), ["profit", "rate"]);
    desk.complete("rate");
    desk.complete_with("profit", vars([("missing", false.into())]));
    assert!(desk.ended());
}

/// ErrorEndEventTest.testError
/// ErrorEndEventTest.testErrorMessage
/// ErrorEndEventTest.testErrorMessageExpression
#[test]
fn its_message_is_text_an_expression_or_nothing() {
    for (message, text) in [
        ("", Value::Null),
        (r#"camunda:errorMessage="no paper""#, "no paper".into()),
        (r#"camunda:errorMessage="${why}""#, "no ink".into()),
    ] {
        let model = around(&format!("<startEvent id=\"s\" /> {FAIL}\ns -> fail"));
        let error =
            format!(r#"<error id="mine" name="Mine" errorCode="MINE" {message} /><process "#);
        let file = bpmn(&model).replace(r#"errorRef="broken""#, r#"errorRef="mine""#);
        let file = file.replace("<process ", &error);
        let desk = Desk::deploy(&file).started(vars([("why", "no ink".into())]));
        assert_eq!(desk.var("code"), Some("MINE".into()));
        assert_eq!(desk.var("text"), Some(text));
    }
}

/// ErrorEndEventTest.testPropagateOutputVariablesWhileThrowError
#[test]
fn what_the_called_process_gives_out_is_there_when_its_error_is_caught() {
    let end = r#"<endEvent id="fail"><extensionElements>
        <camunda:executionListener event="start" expression="${execution.setVariable('reason', 'late')}" />
        </extensionElements><errorEventDefinition errorRef="broken" /></endEvent>"#;
    let mut desk = Desk::with(
        r#"<startEvent id="start" />
        <callActivity id="call" calledElement="called"><extensionElements><camunda:in source="input" target="input" />
          <camunda:out source="input" target="output" /><camunda:out source="reason" target="reason" /></extensionElements></callActivity>
        <subProcess id="handler" triggeredByEvent="true"> <startEvent id="on"><errorEventDefinition errorRef="broken" /></startEvent> <userTask id="inside" />
          on -> inside
        </subProcess>
        start -> call"#,
    )
    .and(
        "called",
        &format!(
            r#"<startEvent id="s" /> <userTask id="one" /> <userTask id="two" /> {end}
            s -> one
            s -> two -> fail"#
        ),
    )
    .started(vars([("input", 42.into())]));
    desk.complete("two");
    assert_eq!(desk.tree(), "handler(inside)");
    assert_eq!(desk.var("output"), Some(42.into()));
    assert_eq!(desk.var("reason"), Some("late".into()));
}

// not applicable: UnhandledBpmnErrorTest.testUncaughtErrorSimpleProcess, UnhandledBpmnErrorTest.testUnhandledErrorInEmbeddedSubprocess, UnhandledBpmnErrorTest.testUncaughtErrorOnCallActivity, UnhandledBpmnErrorTest.testUncaughtErrorOnEventSubprocess: the option enableExceptionsAfterUnhandledBpmnError, off unless set
