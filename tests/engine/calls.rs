//! Call activities: what they pass, how they end, and what crosses them.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

fn caller(extensions: &str, rest: &str) -> String {
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

const WORK: &str = r#"<startEvent id="s" /> <userTask id="work" /> <endEvent id="e" />
    s -> work -> e"#;

/// The process instance that is called.
fn called(desk: &Desk) -> ProcessInstance {
    let mut all = desk.instance.processes();
    let found = all.find(|process| process.id != "instance");
    found.expect("a called instance").clone()
}

fn called_var(desk: &Desk, name: &str) -> Option<Value> {
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
        matches!(event, Event::ProcessStarted { process, called_by: Some(by) } if process.id == instance.id && by == "instance")
    });
    assert!(told, "history knows who called");
}

#[test]
fn variables_go_in_and_out_one_by_one() {
    let mapping = r#"
        <camunda:in source="x" target="y" />
        <camunda:in sourceExpression="${x + 1}" target="z" />
        <camunda:in source="missing" target="nothing" />
        <camunda:in businessKey="${execution.processBusinessKey}" />
        <camunda:out source="y" target="back" />
        <camunda:out sourceExpression="${z * 2}" target="twice" />"#;
    let mut desk = Desk::with(&caller(mapping, ""))
        .and("called", WORK)
        .started(vars([("x", 1.into())]));
    assert_eq!(called(&desk).business_key.as_deref(), Some("order-7"));
    assert_eq!(called_var(&desk, "y"), Some(1.into()));
    assert_eq!(called_var(&desk, "z"), Some(Value::Long(2)));
    assert_eq!(called_var(&desk, "nothing"), Some(Value::Null));
    assert_eq!(called_var(&desk, "x"), None);
    desk.complete_with("work", vars([("y", 9.into())]));
    assert_eq!(desk.var("back"), Some(9.into()));
    assert_eq!(desk.var("twice"), Some(Value::Long(4)));
}

#[test]
fn or_all_of_them() {
    let mapping = r#"<camunda:in variables="all" /><camunda:out variables="all" />"#;
    let mut desk = Desk::with(&caller(mapping, ""))
        .and("called", WORK)
        .started(vars([("x", 1.into())]));
    assert_eq!(called_var(&desk, "x"), Some(1.into()));
    desk.complete_with("work", vars([("x", 2.into()), ("new", true.into())]));
    assert_eq!(desk.var("x"), Some(2.into()));
    assert_eq!(desk.var("new"), Some(true.into()));
}

#[test]
fn local_means_the_activity_s_own() {
    let mapping = r#"
        <camunda:inputOutput><camunda:inputParameter name="own">${1}</camunda:inputParameter>
          <camunda:outputParameter name="seen">${result}</camunda:outputParameter></camunda:inputOutput>
        <camunda:in variables="all" local="true" />
        <camunda:out source="result" target="result" local="true" />"#;
    let mut desk = Desk::with(&caller(mapping, ""))
        .and("called", WORK)
        .started(vars([("x", 1.into())]));
    assert_eq!(called_var(&desk, "own"), Some(Value::Long(1)));
    assert_eq!(called_var(&desk, "x"), None);
    desk.complete_with("work", vars([("result", 5.into())]));
    assert_eq!(desk.var("result"), None);
    assert_eq!(desk.var("seen"), Some(5.into()));
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
    assert_eq!(need, Err(Error::Need(Need::Called(wanted))));
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
