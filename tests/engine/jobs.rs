//! Asynchronous continuations, retries and incidents of jobs.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::Map;

#[test]
fn async_before_waits_before_the_activity_begins_and_async_after_once_it_is_done() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <serviceTask id="work" camunda:asyncBefore="true" camunda:asyncAfter="true"
            camunda:expression="${n + 1}" camunda:resultVariable="n" />
        <userTask id="a" /> <userTask id="b" />
        start -> work
        work -> a
        work -> b if ${n == 1}
        "#,
        vars([("n", 0.into())]),
    );
    assert_eq!(desk.job("work").kind, JobKind::AsyncBefore);
    assert_eq!(desk.history(), ["start"]);
    desk.execute("work");
    assert_eq!(desk.history(), ["start", "work"]);
    assert_eq!(desk.instance.jobs().count(), 2, "one job for each flow");
    assert!(
        desk.instance
            .jobs()
            .all(|job| job.kind == JobKind::AsyncAfter)
    );
    desk.set(vars([("n", 5.into())]));
    desk.execute("work");
    desk.execute("work");
    assert_eq!(desk.tokens(), ["a", "b"], "flows are chosen before the job");
}

#[test]
fn async_after_the_last_node_ends_the_instance_by_its_job() {
    let mut desk = Desk::start(
        r#"<startEvent id="start" /> <endEvent id="end" camunda:asyncBefore="true" camunda:asyncAfter="true" />
        start -> end"#,
        Map::new(),
    );
    desk.execute("end");
    assert!(!desk.ended());
    desk.execute("end");
    assert!(desk.ended());
}

#[test]
fn an_async_join_has_a_job_for_each_token() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" /> <task id="a" /> <task id="b" />
        <parallelGateway id="join" camunda:asyncBefore="true" /> <userTask id="after" />
        start -> a -> join
        start -> b -> join
        join -> after
        "#,
        Map::new(),
    );
    assert_eq!(desk.instance.jobs().count(), 2);
    desk.execute("join");
    assert_eq!(desk.tokens(), ["join", "join"]);
    desk.execute("join");
    assert_eq!(desk.tokens(), ["after"]);
}

/// AsyncAfterTest.testAsyncAfterMultiInstanceUserTask
/// AsyncAfterTest.testAsyncAfterOnParallelGatewayFork
/// AsyncAfterTest.testAsyncAfterOnParallelGatewayJoin
#[test]
fn async_after_of_gateways_and_of_many() {
    let fork = r#"<startEvent id="start" /> <parallelGateway id="fork" camunda:asyncAfter="true" /> <userTask id="a" /> <userTask id="b" />
        start -> fork -> a
        fork -> b"#;
    let mut desk = Desk::start(fork, Map::new());
    assert_eq!(desk.instance.jobs().count(), 2);
    desk.execute("fork");
    assert_eq!((desk.tasks().len(), desk.instance.jobs().count()), (1, 1));
    desk.execute("fork");
    assert_eq!(desk.tasks(), ["a", "b"]);

    let many = r#"<startEvent id="start" /> <userTask id="many" camunda:asyncAfter="true"><multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics></userTask> <endEvent id="end" />
        start -> many -> end"#;
    let mut desk = Desk::start(many, Map::new());
    for _ in 0..3 {
        assert_eq!(desk.instance.jobs().count(), 0);
        desk.complete("many");
    }
    desk.execute("many");
    assert!(desk.ended());

    let join = r#"<startEvent id="start" /> <task id="a" /> <task id="b" /> <parallelGateway id="join" camunda:asyncAfter="true" /> <userTask id="after" />
        start -> a -> join -> after
        start -> b -> join"#;
    let mut desk = Desk::start(join, Map::new());
    while desk.instance.jobs().count() > 0 {
        desk.execute("join");
    }
    assert_eq!(desk.tasks(), ["after"]);
}

/// AsyncAfterTest.testAsyncAfterBoundaryEvent
/// AsyncAfterTest.testAsyncBeforeBoundaryEvent
/// AsyncAfterTest.testAsyncAfterErrorEvent
#[test]
fn a_boundary_event_may_go_on_by_a_job() {
    for (kind, attribute) in [
        (JobKind::AsyncAfter, "asyncAfter"),
        (JobKind::AsyncBefore, "asyncBefore"),
    ] {
        let model = format!(
            r#"<startEvent id="start" /> <userTask id="work" />
            <boundaryEvent id="caught" attachedToRef="work" camunda:{attribute}="true"><extensionElements><camunda:failedJobRetryTimeCycle>R10/PT10S</camunda:failedJobRetryTimeCycle></extensionElements><messageEventDefinition messageRef="letter" /></boundaryEvent>
            <serviceTask id="next" camunda:expression="${{unknown}}" />
            start -> work
            caught -> next"#
        );
        let mut desk = Desk::start(&model, Map::new());
        desk.message("letter");
        assert_eq!(desk.tasks(), Vec::<String>::new());
        let job = desk.job("caught");
        assert_eq!((job.kind, job.retries), (kind, 3));
        assert_eq!(fail_at(&mut desk, "caught").retries, 9);
    }
}

/// AsyncTaskTest.testAsyncServiceSubProcess
/// AsyncTaskTest.testAsyncTask
/// AsyncTaskTest.testAsyncScript
/// AsyncTaskTest.testLongProcessDefinitionKey
/// AsyncStartEventTest.testAsyncStartEvent
/// AsyncStartEventTest.testAsyncStartEventActivityInstance
/// AsyncEndEventTest.testAsyncEndEvent
#[test]
fn what_is_async_waits_for_its_job() {
    for (element, id) in [
        (
            "<subProcess id=\"x\" camunda:async=\"true\"><startEvent id=\"s\" /> <endEvent id=\"e\" />\ns -> e\n</subProcess>",
            "x",
        ),
        (r#"<task id="x" camunda:async="true" />"#, "x"),
        (
            r#"<scriptTask id="x" camunda:async="true" scriptFormat="juel"><script>#{execution.setVariable('invoked','true')}</script></scriptTask>"#,
            "x",
        ),
        (
            r#"<serviceTask id="a-very-long-id-that-nobody-would-want-to-have-to-type-anywhere-at-all" camunda:async="true" camunda:expression="${true}" />"#,
            "a-very-long-id-that-nobody-would-want-to-have-to-type-anywhere-at-all",
        ),
    ] {
        let model = format!(
            "<startEvent id=\"start\" /> {element} <receiveTask id=\"wait\" />\nstart -> {id} -> wait"
        );
        let mut desk = Desk::start(&model, Map::new());
        assert_eq!(desk.activities(), format!(">{id}"));
        assert_eq!(desk.var("invoked"), None);
        desk.execute(id);
        assert_eq!(desk.activities(), "wait");
        assert_eq!(desk.var("invoked").is_some(), element.contains("script"));
    }
    let mut desk = Desk::start(
        "<startEvent id=\"start\" camunda:async=\"true\" /> <userTask id=\"task\" />\nstart -> task",
        Map::new(),
    );
    assert_eq!(
        (desk.activities().as_str(), desk.tasks().len()),
        (">start", 0)
    );
    desk.execute("start");
    assert_eq!(desk.activities(), "task");
    let mut desk = Desk::start(
        "<startEvent id=\"start\" /> <endEvent id=\"end\" camunda:async=\"true\" />\nstart -> end",
        Map::new(),
    );
    assert_eq!(desk.activities(), ">end");
    desk.execute("end");
    assert!(desk.ended());
}

/// AsyncStartEventTest.testAsyncSubProcessStartEvent
/// AsyncStartEventTest.testAsyncSubProcessStartEventActivityInstance
/// AsyncStartEventTest.testCallActivity
/// AsyncStartEventTest.shouldRunAfterMessageStartInEventSubprocess
/// AsyncEndEventTest.testCallActivity
#[test]
fn async_starts_and_ends_inside_of_scopes_and_called_processes() {
    let sub = r#"<startEvent id="start" />
        <subProcess id="sub"><startEvent id="s" camunda:async="true" /> <userTask id="task" />
          s -> task
        </subProcess>
        start -> sub"#;
    let mut desk = Desk::start(sub, Map::new());
    assert_eq!(desk.activities(), "sub[>s]");
    desk.execute("s");
    assert_eq!(desk.activities(), "sub[task]");

    let call = "<startEvent id=\"start\" /> <callActivity id=\"call\" calledElement=\"called\" />\nstart -> call";
    for called in [
        "<startEvent id=\"at\" camunda:asyncBefore=\"true\" /> <endEvent id=\"e\" />\nat -> e\n",
        "<startEvent id=\"s\" /> <endEvent id=\"at\" camunda:asyncBefore=\"true\" />\ns -> at\n",
    ] {
        let mut desk = Desk::with(call).and("called", called).started(Map::new());
        assert_eq!(desk.tokens(), ["at"]);
        desk.execute("at");
        assert_eq!(desk.instance, Instance::default());
    }

    let beside = r#"<startEvent id="start" camunda:asyncBefore="true" /> <userTask id="user-task" />
        <subProcess id="event" triggeredByEvent="true"><startEvent id="on" isInterrupting="false"><messageEventDefinition messageRef="letter" /></startEvent>
          <serviceTask id="external" camunda:type="external" camunda:topic="foo" />
          on -> external
        </subProcess>
        start -> user-task"#;
    let mut desk = Desk::start(beside, Map::new());
    desk.message("letter");
    desk.execute("start");
    assert_eq!(desk.activities(), "event[external] user-task");
}

pub fn fail_at(desk: &mut Desk, activity: &str) -> Job {
    let job = desk.job(activity).id;
    let refused = desk.apply(Command::ExecuteJob { job: job.clone() });
    let message = refused.expect_err("fails").to_string();
    desk.ok(Command::JobFailed { job, message });
    desk.job(activity)
}

/// AsyncAfterTest.testAsyncAfterServiceTask
/// AsyncAfterTest.testAsyncAfterAndBeforeServiceTask
/// AsyncAfterTest.testAsyncAfterManualTask
/// AsyncAfterTest.testAsyncAfterAndBeforeManualTask
/// AsyncAfterTest.testAsyncAfterIntermediateCatchEvent
/// AsyncAfterTest.testAsyncAfterAndBeforeIntermediateCatchEvent
/// AsyncAfterTest.testAsyncAfterIntermediateThrowEvent
/// AsyncAfterTest.testAsyncAfterAndBeforeIntermediateThrowEvent
/// AsyncAfterTest.testAsyncAfterInclusiveGateway
/// AsyncAfterTest.testAsyncAfterAndBeforeInclusiveGateway
/// AsyncAfterTest.testAsyncAfterExclusiveGateway
/// AsyncAfterTest.testAsyncAfterAndBeforeExclusiveGateway
/// AsyncAfterTest.testAsyncAfterWithExecutionListener
/// AsyncTaskTest.testAsyncServiceNoListeners
/// AsyncTaskTest.testAsyncServiceListeners
/// AsyncTaskTest.testAsyncUserTask
/// AsyncTaskTest.testAsyncManualTask
/// AsyncTaskTest.testAsyncIntermediateCatchEvent
/// AsyncTaskTest.testAsyncIntermediateThrowEvent
/// AsyncTaskTest.testAsyncExclusiveGateway
/// AsyncTaskTest.testAsyncInclusiveGateway
/// AsyncTaskTest.testAsyncEventGateway
/// AsyncStartEventTest.testAsyncStartEventListeners
/// AsyncEndEventTest.testAsyncEndEventListeners
#[test]
fn listeners_run_between_the_job_before_and_the_job_after() {
    let said = ["start", "end"].map(|event| {
        format!(r#"<camunda:executionListener event="{event}" expression="${{execution.setVariable('said', said.concat('{event} '))}}" />"#)
    });
    let listeners = format!("<extensionElements>{}</extensionElements>", said.concat());
    let message = r#"<messageEventDefinition messageRef="letter" />"#;
    for (name, attributes, inside) in [
        ("serviceTask", r#"camunda:expression="${true}""#, ""),
        ("manualTask", "", ""),
        ("userTask", "", ""),
        ("intermediateCatchEvent", "", message),
        ("intermediateThrowEvent", "", ""),
        ("inclusiveGateway", "", ""),
        ("exclusiveGateway", "", ""),
    ] {
        for before in [true, false] {
            let model = format!(
                r#"<startEvent id="start" /> <{name} id="x" {attributes} camunda:asyncBefore="{before}" camunda:asyncAfter="true">{listeners}{inside}</{name}> <userTask id="end" />
                start -> x -> end"#
            );
            let mut desk = Desk::start(&model, vars([("said", "".into())]));
            if before {
                assert_eq!(
                    (desk.job("x").kind, desk.var("said")),
                    (JobKind::AsyncBefore, Some("".into()))
                );
                desk.execute("x");
            }
            match name {
                "userTask" => drop(desk.complete("x")),
                "intermediateCatchEvent" => drop(desk.message("letter")),
                _ => {}
            }
            assert_eq!(
                (desk.job("x").kind, desk.var("said")),
                (JobKind::AsyncAfter, Some("start end ".into())),
                "{name}"
            );
            desk.execute("x");
            assert_eq!(desk.tokens(), ["end"]);
        }
    }
    for (element, id) in [("startEvent", "start -> end"), ("endEvent", "s -> start")] {
        let other = if element == "startEvent" {
            "<userTask id=\"end\" />"
        } else {
            "<startEvent id=\"s\" />"
        };
        let model = format!(
            "<{element} id=\"start\" camunda:asyncBefore=\"true\">{listeners}</{element}> {other}\n{id}"
        );
        let mut desk = Desk::start(&model, vars([("said", "".into())]));
        assert_eq!(desk.var("said"), Some("".into()));
        desk.execute("start");
        assert_eq!(desk.last("said"), Some("start end ".into()));
    }
    let gateway = r#"<startEvent id="start" /> <eventBasedGateway id="gate" camunda:asyncBefore="true" /> <intermediateCatchEvent id="c"><messageEventDefinition messageRef="letter" /></intermediateCatchEvent>
        start -> gate -> c"#;
    let mut desk = Desk::start(gateway, Map::new());
    assert_eq!(desk.subscriptions(), Vec::<String>::new());
    desk.execute("gate");
    assert_eq!(desk.subscriptions().len(), 1);
}

/// AsyncAfterTest.testAsyncAfterServiceTaskMultipleTransitions
/// AsyncAfterTest.testAsyncAfterServiceTaskMultipleTransitionsConcurrent
/// AsyncAfterTest.testAsyncAfterWithoutTransition
/// AsyncAfterTest.testAsyncAfterInNestedWithoutTransition
/// AsyncTaskTest.testGatewayWithTwoEndEventsLastJobReAssignedToParentExe
/// AsyncEndEventTest.testMultipleAsyncEndEvents
/// AsyncTaskTest.testAsyncServiceConcurrent
#[test]
fn the_job_after_goes_over_the_chosen_flows_or_ends_the_scope() {
    let choice = r#"<startEvent id="start" /> <serviceTask id="x" camunda:expression="${true}" camunda:asyncAfter="true" /> <userTask id="a" /> <userTask id="b" />
        start -> x
        x -> a if ${flow == 'a' || flow == 'both'}
        x -> b if ${flow == 'b' || flow == 'both'}"#;
    for (flow, tasks) in [("a", vec!["a"]), ("b", vec!["b"]), ("both", vec!["a", "b"])] {
        let mut desk = Desk::start(choice, vars([("flow", flow.into())]));
        assert_eq!(desk.instance.jobs().count(), tasks.len());
        for _ in &tasks {
            desk.execute("x");
        }
        assert_eq!(desk.tasks(), tasks);
    }
    let ended = r#"<extensionElements><camunda:executionListener event="end" expression="${execution.setVariable('ended', true)}" /></extensionElements>"#;
    let nested = format!(
        r#"<startEvent id="start" /> <subProcess id="sub">{ended}<startEvent id="s" /> <serviceTask id="x" camunda:expression="${{true}}" camunda:asyncAfter="true" />
          s -> x
        </subProcess>
        <userTask id="after" />
        start -> sub -> after"#
    );
    let mut desk = Desk::start(&nested, Map::new());
    assert_eq!(desk.var("ended"), None);
    desk.execute("x");
    assert_eq!(
        (desk.var("ended"), desk.tasks()),
        (Some(true.into()), vec!["after".to_owned()])
    );

    let two = r#"<startEvent id="start" /> <parallelGateway id="fork" /> <serviceTask id="a" camunda:expression="${true}" camunda:async="true" /> <serviceTask id="b" camunda:expression="${true}" camunda:async="true" />
        <endEvent id="e1" camunda:async="true" /> <endEvent id="e2" camunda:async="true" />
        start -> fork -> a -> e1
        fork -> b -> e2"#;
    let mut desk = Desk::start(two, Map::new());
    for job in ["a", "b", "e1", "e2"] {
        assert!(!desk.ended());
        desk.execute(job);
    }
    assert_eq!(desk.instance, Instance::default());
}

/// AsyncAfterTest.testAsyncAfterParallelMultiInstanceWithServiceTask
/// AsyncAfterTest.testAsyncAfterServiceWrappedInParallelMultiInstance
/// AsyncAfterTest.testAsyncAfterServiceWrappedInSequentialMultiInstance
/// AsyncTaskTest.testAsyncSequentialMultiInstanceWithServiceTask
/// AsyncTaskTest.testAsyncParallelMultiInstanceWithServiceTask
/// AsyncTaskTest.testAsyncServiceWrappedInSequentialMultiInstance
/// AsyncTaskTest.testAsyncServiceWrappedInParallelMultiInstance
/// AsyncTaskTest.testAsyncBeforeAndAfterOfServiceWrappedInParallelMultiInstance
/// AsyncTaskTest.testAsyncBeforeSequentialMultiInstanceWithAsyncAfterServiceWrappedInMultiInstance
/// AsyncTaskTest.testAsyncBeforeAndAfterParallelMultiInstanceWithAsyncBeforeAndAfterServiceWrappedInMultiInstance
/// AsyncTaskTest.testAsyncServiceWrappedInParallelMultiInstanceActivityInstance
#[test]
fn jobs_of_the_whole_and_of_each_instance() {
    // Before and after the whole, then before and after each.
    for (whole, each, sequential) in [
        ([false, true], [false, false], false),
        ([false, false], [false, true], false),
        ([false, false], [false, true], true),
        ([true, false], [false, false], true),
        ([true, false], [false, false], false),
        ([false, false], [true, false], true),
        ([false, false], [true, false], false),
        ([false, false], [true, true], false),
        ([true, false], [false, true], true),
        ([true, true], [true, true], false),
    ] {
        let asynchronous = |[before, after]: [bool; 2]| {
            format!(r#"camunda:asyncBefore="{before}" camunda:asyncAfter="{after}""#)
        };
        let model = format!(
            r#"<startEvent id="start" /> <serviceTask id="x" camunda:expression="${{n + 1}}" camunda:resultVariable="n" {}><multiInstanceLoopCharacteristics isSequential="{sequential}" {}><loopCardinality>5</loopCardinality></multiInstanceLoopCharacteristics></serviceTask> <userTask id="after" />
            start -> x -> after"#,
            asynchronous(whole),
            asynchronous(each)
        );
        let mut desk = Desk::start(&model, vars([("n", 0.into())]));
        let mut jobs = 0;
        if each == [true, false] && !sequential {
            assert_eq!(desk.activities(), "x*[>x >x >x >x >x]");
        }
        while desk.tasks().is_empty() {
            desk.execute("x");
            jobs += 1;
        }
        let expected =
            whole.iter().filter(|on| **on).count() + 5 * each.iter().filter(|on| **on).count();
        assert_eq!(jobs, expected, "{whole:?} {each:?}");
        assert_eq!(desk.var("n").and_then(|n| n.as_i64()), Some(5));
    }
}
