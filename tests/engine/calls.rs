//! Call activities: what they pass, how they end, and what crosses them.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

pub fn caller(extensions: &str, rest: &str) -> String {
    format!(
        r#"
        <startEvent id="start" />
        <callActivity id="call" calledElement="called"><extensionElements>{extensions}</extensionElements></callActivity>
        <userTask id="after" />
        start -> call -> after
        {rest}
        "#
    )
}

pub const WORK: &str = r#"<startEvent id="s" /> <userTask id="work" /> <endEvent id="e" />
    s -> work -> e"#;

/// The process instance that is called.
pub fn called(desk: &Desk) -> ProcessInstance {
    let mut all = desk.instance.processes();
    let found = all.find(|process| process.id != "instance");
    found.expect("a called instance").clone()
}

pub fn called_var(desk: &Desk, name: &str) -> Option<Value> {
    let id = called(desk).id;
    desk.instance.variable(&id, name).map(|v| v.value.clone())
}

#[test]
fn the_caller_waits_for_the_called() {
    let mut desk = Desk::with(&caller("", ""))
        .and("called", WORK)
        .started(vars([("x", 1.into())]));
    assert_eq!(desk.tasks(), ["work"]);
    let instance = called(&desk);
    assert_eq!(instance.definition_id, "called:1:d");
    assert_eq!(instance.business_key, None);
    assert_eq!(
        called_var(&desk, "x"),
        None,
        "without a mapping nothing is passed"
    );
    assert_eq!(desk.task("work").process_instance_id, instance.id);
    desk.complete_with("work", vars([("y", 2.into())]));
    assert_eq!(desk.tasks(), ["after"]);
    assert_eq!(desk.var("y"), None);
    assert_eq!(desk.instance.processes().count(), 1);
    let told = desk.log.iter().any(|event| {
        matches!(event, Event::ProcessStarted { process, called_by: Some(by), .. } if process.id == instance.id && by == "instance")
    });
    assert!(told, "history knows who called");
}

#[test]
fn the_process_and_its_version_may_be_said_by_expressions() {
    for attributes in [
        r#"calledElement="${which}""#,
        r#"calledElement="called" camunda:calledElementBinding="deployment""#,
        r#"calledElement="called" camunda:calledElementBinding="version" camunda:calledElementVersion="${number}""#,
        r#"calledElement="called" camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="stable""#,
    ] {
        let model = caller("", "").replace(r#"calledElement="called""#, attributes);
        let variables = vars([("which", "called".into()), ("number", 1.into())]);
        let desk = Desk::with(&model).and("called", WORK).started(variables);
        assert_eq!(desk.tasks(), ["work"], "{attributes}");
    }
    let mut desk = Desk::with(&caller("", ""));
    let need = desk.run(Map::new());
    let wanted = ProcessRef {
        key: "called".into(),
        version: DecisionVersion::Latest,
    };
    let Err(Error::Need(Need::Called(found, by))) = need else {
        panic!("{need:?}");
    };
    assert_eq!((found, by.element.as_str()), (wanted, "call"));
}

#[test]
fn errors_and_escalations_cross_and_bring_what_is_passed_out() {
    let mapping = r#"<camunda:out source="why" target="reason" />"#;
    let catch = r#"
        <boundaryEvent id="wrong" attachedToRef="call"><errorEventDefinition errorRef="broken" /></boundaryEvent>
        <boundaryEvent id="late2" attachedToRef="call" cancelActivity="false"><escalationEventDefinition escalationRef="lateness" /></boundaryEvent>
        <userTask id="repair" /> <userTask id="boss" />
        wrong -> repair
        late2 -> boss"#;
    let inner = r#"<startEvent id="s" /> <userTask id="work" /> <userTask id="beside" />
        <intermediateThrowEvent id="esc"><escalationEventDefinition escalationRef="lateness" /></intermediateThrowEvent>
        <userTask id="more" />
        <endEvent id="fail"><errorEventDefinition errorRef="broken" /></endEvent>
        s -> work -> esc -> more -> fail
        s -> beside"#;
    let mut desk = Desk::with(&caller(mapping, catch))
        .and("called", inner)
        .started(Map::new());
    desk.complete_with("work", vars([("why", "rain".into())]));
    assert_eq!(desk.tasks(), ["beside", "boss", "more"]);
    assert_eq!(desk.var("reason"), Some("rain".into()));
    desk.complete_with("more", vars([("why", "storm".into())]));
    assert_eq!(desk.tasks(), ["boss", "repair"]);
    assert_eq!(desk.var("reason"), Some("storm".into()));
    assert_eq!(desk.instance.processes().count(), 1);
    let state = desk.log.iter().find_map(|event| match event {
        Event::ProcessEnded { state, .. } => Some(*state),
        _ => None,
    });
    assert_eq!(state, Some(InstanceState::InternallyTerminated));
}

#[test]
fn cancelling_and_terminating_reach_the_called() {
    let rest = r#"<boundaryEvent id="stop" attachedToRef="call"><messageEventDefinition messageRef="letter" /></boundaryEvent>
        <userTask id="stopped" />
        stop -> stopped"#;
    let mut desk = Desk::with(&caller("", rest))
        .and("called", WORK)
        .started(Map::new());
    desk.message("letter");
    assert_eq!(desk.tasks(), ["stopped"]);
    assert_eq!(desk.instance.processes().count(), 1);
    let mut desk = Desk::with(&caller("", rest))
        .and("called", WORK)
        .started(Map::new());
    desk.ok(Command::Cancel {
        process_instance: None,
        user: None,
        reason: "enough".into(),
    });
    assert_eq!(desk.instance, Instance::default());
    let terminate = r#"<startEvent id="s" /> <userTask id="work" /> <userTask id="beside" />
        <endEvent id="e"><terminateEventDefinition /></endEvent>
        s -> work -> e
        s -> beside"#;
    let mut desk = Desk::with(&caller("", rest))
        .and("called", terminate)
        .started(Map::new());
    desk.complete("work");
    assert_eq!(
        desk.tasks(),
        ["after"],
        "a called instance terminates alone"
    );
}

#[test]
fn several_instances_are_called_at_once() {
    let model = r#"
        <startEvent id="start" />
        <callActivity id="call" calledElement="called">
          <extensionElements><camunda:in source="who" target="who" /><camunda:out variables="all" /></extensionElements>
          <multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="who" />
        </callActivity>
        <userTask id="after" />
        start -> call -> after
    "#;
    let inner = r#"<startEvent id="s" /> <userTask id="work" camunda:assignee="${who}" />
        s -> work"#;
    let people = Value::List(vec!["ana".into(), "ben".into()]);
    let mut desk = Desk::with(model)
        .and("called", inner)
        .started(vars([("people", people)]));
    assert_eq!(desk.instance.processes().count(), 3);
    desk.complete("work");
    desk.complete("work");
    assert_eq!(desk.tasks(), ["after"]);
}

#[test]
fn calls_nest_deep_but_not_without_end() {
    let model = r#"
        <startEvent id="start" /> <exclusiveGateway id="more" />
        <serviceTask id="less" camunda:expression="${depth - 1}" camunda:resultVariable="depth" />
        <callActivity id="call" calledElement="process"><extensionElements>
          <camunda:in source="depth" target="depth" /></extensionElements></callActivity>
        <userTask id="bottom" /> <endEvent id="end" />
        start -> more
        more -> less if ${depth > 0}
        more -> bottom if ${depth <= 0}
        less -> call -> end
        bottom -> end
    "#;
    let deploy = |depth: i32| {
        let mut desk = Desk::with(model);
        let called = ProcessRef {
            key: "process".into(),
            version: DecisionVersion::Latest,
        };
        desk.world.add_called(called, DEFINITION);
        (desk, vars([("depth", depth.into())]))
    };
    let (desk, depth) = deploy(1000);
    let mut desk = desk.started(depth);
    assert_eq!(desk.instance.processes().count(), 1001);
    desk.complete("bottom");
    assert!(desk.ended());
    let (mut desk, depth) = deploy(100_000);
    assert!(matches!(desk.run(depth), Err(Error::BadValue { .. })));
}

/// Two tasks around a call.
fn between(attributes: &str, extensions: &str) -> String {
    format!(
        r#"<startEvent id="start" /> <userTask id="before" /> <userTask id="after" /> <endEvent id="end" />
        <callActivity id="call" {attributes}><extensionElements>{extensions}</extensionElements></callActivity>
        start -> before -> call -> after -> end"#
    )
}

/// CallActivityTest.testCallSimpleSubProcess
/// CallActivityTest.testCallSimpleSubProcessWithExpressions
/// CallActivityTest.testCallSimpleSubProcessWithHashExpressions
/// CallActivityTest.testCallSequentialSubProcessWithExpressions
#[test]
fn an_expression_names_the_called_process_each_time() {
    for attributes in [
        r#"calledElement="called""#,
        r#"calledElement="${which}""#,
        r##"calledElement="#{which}""##,
    ] {
        let mut desk = Desk::with(&between(attributes, ""))
            .and("called", WORK)
            .started(Map::new());
        desk.complete_with("before", vars([("which", "called".into())]));
        desk.complete("work");
        desk.complete("after");
        assert_eq!(desk.instance, Instance::default());
    }
    let model =
        between(r#"calledElement="${which}""#, "").replace("after -> end", "after -> before");
    let other = WORK.replace("work", "other");
    let mut desk = Desk::with(&model)
        .and("called", WORK)
        .and("second", &other)
        .started(Map::new());
    for (which, task) in [("called", "work"), ("second", "other")] {
        desk.complete_with("before", vars([("which", which.into())]));
        desk.complete(task);
        desk.complete("after");
    }
    assert_eq!(desk.tasks(), ["before"]);
}

/// CallActivityTest.testSubProcessEndsSuperProcess
/// CallActivityTest.testCallParallelSubProcess
/// CallActivityTest.testOrderProcessWithCallActivity
#[test]
fn the_end_of_the_called_may_end_the_caller() {
    let model = "<startEvent id=\"start\" /> <callActivity id=\"call\" calledElement=\"called\" /> <endEvent id=\"end\" />\nstart -> call -> end";
    let parallel = "<startEvent id=\"s\" /> <parallelGateway id=\"f\" /> <userTask id=\"a\" /> <userTask id=\"b\" /> <parallelGateway id=\"j\" /> <endEvent id=\"e\" />\n\
                    s -> f -> a -> j -> e\n f -> b -> j";
    for (called, tasks) in [(WORK, vec!["work"]), (parallel, vec!["a", "b"])] {
        let mut desk = Desk::with(model).and("called", called).started(Map::new());
        assert_eq!(desk.tasks(), tasks);
        for task in tasks {
            desk.complete_with(task, vars([("creditApproved", true.into())]));
        }
        assert_eq!(desk.instance, Instance::default());
    }
}

/// CallActivityTest.testTimerOnCallActivity
#[test]
fn a_timer_on_the_call_ends_the_called() {
    let rest = r#"<boundaryEvent id="late" attachedToRef="call"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
        <userTask id="escalated" />
        late -> escalated"#;
    let mut desk = Desk::with(&caller("", rest))
        .and("called", WORK)
        .started(Map::new());
    desk.execute("late");
    assert_eq!(desk.tasks(), ["escalated"]);
    desk.complete("escalated");
    assert_eq!(desk.instance, Instance::default());
}

/// CallActivityTest.testInterruptingMessageEventSubProcessEventSubscriptionsInsideCallActivity
/// CallActivityTest.testInterruptingSignalEventSubProcessEventSubscriptionsInsideCallActivity
#[test]
fn event_sub_processes_of_the_called_are_its_own() {
    let event = |name: &str, definition: &str| {
        format!(
            r#"<subProcess id="{name}" triggeredByEvent="true"><startEvent id="on-{name}">{definition}</startEvent> <userTask id="after-{name}" />
              on-{name} -> after-{name}
            </subProcess>"#
        )
    };
    let inner = format!(
        "{WORK}\n{}\n{}",
        event(
            "message",
            r#"<messageEventDefinition messageRef="letter" />"#
        ),
        event("signal", r#"<signalEventDefinition signalRef="alarm" />"#)
    );
    for (name, other) in [("message", "after-message"), ("signal", "after-signal")] {
        let mut desk = Desk::with(
            &caller("", "").replace("<userTask id=\"after\" />", "<endEvent id=\"after\" />"),
        )
        .and("called", &inner)
        .started(Map::new());
        let sub = called(&desk).id;
        assert_eq!(
            desk.instance
                .subscriptions()
                .filter(|s| s.process_instance_id == sub)
                .count(),
            2
        );
        match name {
            "message" => drop(desk.message("letter")),
            _ => desk.signal("alarm"),
        }
        assert_eq!(desk.tasks(), [other]);
        assert_eq!(desk.subscriptions(), Vec::<String>::new());
        desk.complete(other);
        assert_eq!(desk.instance, Instance::default());
    }
}

/// CallActivityTest.testSubProcessDataOutputOnError
/// CallActivityTest.testTwoSubProcessesDataOutputOnError
/// CallActivityTest.testTwoSubProcessesLimitedDataOutputOnError
#[test]
fn an_error_that_passes_two_calls_brings_out_what_each_passes() {
    let caught = r#"<boundaryEvent id="wrong" attachedToRef="call"><errorEventDefinition errorRef="broken" /></boundaryEvent> <userTask id="repair" />
        wrong -> repair"#;
    let fails = r#"<startEvent id="s" /> <userTask id="work" /> <endEvent id="fail"><errorEventDefinition errorRef="broken" /></endEvent>
        s -> work -> fail"#;
    let all = r#"<camunda:out variables="all" />"#;
    let through = |mapping: &str| {
        format!(
            r#"<startEvent id="s" /> <userTask id="task" /> <callActivity id="inner" calledElement="deeper"><extensionElements>{mapping}</extensionElements></callActivity>
            s -> task -> inner"#
        )
    };
    let mut desk = Desk::with(&caller(all, caught))
        .and("called", fails)
        .started(Map::new());
    desk.complete_with("work", vars([("subVariable", "Hello".into())]));
    assert_eq!(desk.tasks(), ["repair"]);
    assert_eq!(desk.var("subVariable"), Some("Hello".into()));
    for (mapping, first) in [
        (all, Some("foo".into())),
        (r#"<camunda:out source="two" target="two" />"#, None),
    ] {
        let mut desk = Desk::with(&caller(all, caught))
            .and("called", &through(mapping))
            .and("deeper", fails)
            .started(Map::new());
        desk.complete_with("task", vars([("sub", "Hello".into())]));
        desk.complete_with("work", vars([("one", "foo".into()), ("two", "bar".into())]));
        assert_eq!(desk.tasks(), ["repair"]);
        assert_eq!(desk.var("two"), Some("bar".into()));
        assert_eq!(desk.var("sub"), Some("Hello".into()));
        assert_eq!(desk.var("one"), first);
    }
}

/// CallActivityTest.testCallCaseByVersionAsExpression
/// CallActivityTest.testCallProcessByVersionTag
/// CallActivityTest.testCallProcessByVersionTagAsExpression
/// CallActivityTest.testCallProcessByVersionTagNoneSubprocess
#[test]
fn version_and_version_tag_ask_for_that_very_one() {
    for (binding, version) in [
        (
            r#"camunda:calledElementBinding="version" camunda:calledElementVersion="${myVersion}""#,
            DecisionVersion::Number(2),
        ),
        (
            r#"camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="ver_tag_1""#,
            DecisionVersion::Tag("ver_tag_1".into()),
        ),
        (
            r#"camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="${tag}""#,
            DecisionVersion::Tag("ver_tag_1".into()),
        ),
    ] {
        let model = caller("", "").replace("calledElement=", &format!("{binding} calledElement="));
        let mut desk = Desk::with(&model).and("called", WORK);
        let variables = || vars([("myVersion", 2.into()), ("tag", "ver_tag_1".into())]);
        let wanted = ProcessRef {
            key: "called".into(),
            version,
        };
        let asked = desk.run(variables());
        let said = matches!(&asked, Err(Error::Need(Need::Called(found, _))) if *found == wanted);
        assert!(said, "{asked:?}");
        desk.world.add_called(wanted, "called:1:d");
        desk.run(variables()).expect("starts");
        assert_eq!(desk.tasks(), ["work"]);
    }
}

/// CallActivityTest.testTwoSubProcesses
/// CallActivityTest.testDeleteProcessInstanceInCallActivity
/// CallActivityTest.testSingleDeletionWithTwoSubProcesses
/// CallActivityTest.testDeleteMultilevelProcessInstanceInCallActivity
/// CallActivityTest.testDeleteDoubleNestedProcessInstanceInCallActivity
#[test]
fn cancelling_a_called_instance_goes_up_until_something_else_runs() {
    let two = r#"<startEvent id="start" /> <callActivity id="one" calledElement="called" /> <callActivity id="other" calledElement="called" />
        start -> one
        start -> other"#;
    let cancel = |desk: &mut Desk, process_instance: Option<Id>| {
        desk.ok(Command::Cancel {
            process_instance,
            user: None,
            reason: "deletion".into(),
        });
    };
    let mut desk = Desk::with(two).and("called", WORK).started(Map::new());
    assert_eq!(desk.instance.processes().count(), 3);
    let first = desk.task("work").process_instance_id;
    cancel(&mut desk, Some(first));
    assert_eq!(desk.instance.processes().count(), 2);
    assert_eq!(desk.activities().split(' ').count(), 1);
    let second = desk.task("work").process_instance_id;
    cancel(&mut desk, Some(second));
    assert_eq!(desk.instance, Instance::default());
    let reasons = desk.log.iter().filter_map(|event| match event {
        Event::ProcessEnded { state, reason, .. } => Some((*state, reason.clone())),
        _ => None,
    });
    let reasons: Vec<_> = reasons.collect();
    assert_eq!(
        reasons,
        vec![
            (
                InstanceState::ExternallyTerminated,
                Some("deletion".to_owned())
            );
            3
        ]
    );

    let mut desk = Desk::with(two).and("called", WORK).started(Map::new());
    cancel(&mut desk, None);
    assert_eq!(desk.instance, Instance::default());

    let nested = |key: &str| {
        format!("<startEvent id=\"s\" /> <callActivity id=\"c\" calledElement=\"{key}\" />\ns -> c")
    };
    let mut desk = Desk::with(&nested("called2"))
        .and("called2", &nested("called3"))
        .and("called3", &nested("called"))
        .and("called", WORK)
        .started(Map::new());
    let deepest = desk.task("work").process_instance_id;
    cancel(&mut desk, Some(deepest));
    assert_eq!(desk.instance, Instance::default());
}

pub fn fail(desk: &mut Desk, activity: &str) -> Id {
    let task = desk.lock(activity);
    desk.ok(Command::FailExternalTask {
        task: task.clone(),
        worker: "worker".into(),
        message: "no".into(),
        details: None,
        retries: 0,
        retry_at: None,
        variables: Map::new(),
        local_variables: Map::new(),
    });
    task
}
