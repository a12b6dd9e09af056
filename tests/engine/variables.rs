//! Scopes, input and output parameters, execution listeners.

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};

#[test]
fn input_parameters_are_local_and_output_parameters_go_outside() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <userTask id="work"><extensionElements><camunda:inputOutput>
          <camunda:inputParameter name="copy">${a}</camunda:inputParameter>
          <camunda:inputParameter name="list"><camunda:list><camunda:value>x</camunda:value><camunda:value>${a + 1}</camunda:value></camunda:list></camunda:inputParameter>
          <camunda:inputParameter name="map"><camunda:map><camunda:entry key="k">${copy}</camunda:entry></camunda:map></camunda:inputParameter>
          <camunda:inputParameter name="nothing" />
          <camunda:outputParameter name="result">${copy + 10} of ${list.size()}</camunda:outputParameter>
          <camunda:outputParameter name="a">${map.k}</camunda:outputParameter>
        </camunda:inputOutput></extensionElements></userTask>
        <userTask id="after" />
        start -> work -> after
        "#,
        vars([("a", 1.into())]),
    );
    let execution = desk.task("work").execution_id;
    let local: Vec<_> = desk
        .instance
        .variables(&execution)
        .map(|v| v.name.clone())
        .collect();
    assert_eq!(local, ["copy", "list", "map", "nothing"]);
    desk.complete("work");
    assert_eq!(desk.var("result"), Some("11 of 2".into()));
    assert_eq!(desk.var("a"), Some(Value::Integer(1)));
    assert_eq!(desk.var("copy"), None);
    assert!(desk.instance.variables(&execution).next().is_none());
}

#[test]
fn output_parameters_do_not_run_when_the_activity_is_interrupted() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <userTask id="work"><extensionElements><camunda:inputOutput>
          <camunda:outputParameter name="result">done</camunda:outputParameter>
        </camunda:inputOutput></extensionElements></userTask>
        <boundaryEvent id="stop" attachedToRef="work"><messageEventDefinition messageRef="letter" /></boundaryEvent>
        <userTask id="after" />
        start -> work
        stop -> after
        "#,
        Map::new(),
    );
    let execution = desk.task("work").execution_id;
    desk.ok(Command::Correlate {
        local_variables: Map::new(),
        execution,
        message: "letter".into(),
        variables: Map::new(),
    });
    assert_eq!(
        (desk.tokens(), desk.var("result")),
        (vec!["after".to_owned()], None)
    );
}

#[test]
fn a_variable_is_set_where_it_exists_else_in_the_process_instance() {
    let mut desk = Desk::start(
        r#"
        <startEvent id="start" />
        <subProcess id="sub">
          <extensionElements><camunda:inputOutput>
            <camunda:inputParameter name="inner">old</camunda:inputParameter>
          </camunda:inputOutput></extensionElements>
          <startEvent id="s" /> <userTask id="work" /> <userTask id="next" />
          s -> work -> next
        </subProcess>
        start -> sub
        "#,
        Map::new(),
    );
    desk.complete_with("work", vars([("inner", "new".into()), ("outer", 1.into())]));
    assert_eq!(desk.var("inner"), None);
    assert_eq!(desk.last("inner"), Some("new".into()));
    assert_eq!(desk.var("outer"), Some(Value::Integer(1)));
}

#[test]
fn conditions_still_see_what_is_local_to_the_activity() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" />
        <task id="work" default="work-no"><extensionElements><camunda:inputOutput>
          <camunda:inputParameter name="x">${true}</camunda:inputParameter>
        </camunda:inputOutput></extensionElements></task>
        <userTask id="yes" /> <userTask id="no" />
        start -> work
        work -> yes if ${x}
        work -> no
        "#,
        Map::new(),
    );
    assert_eq!(desk.tokens(), ["yes"]);
}

#[test]
fn listeners_run_after_the_inputs_and_before_the_outputs() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" />
        <task id="work" name="Work"><extensionElements>
          <camunda:executionListener event="start" expression="${execution.setVariable('in', x)}" />
          <camunda:executionListener event="end" expression="${execution.setVariable('y', execution.currentActivityName.concat(execution.eventName))}" />
          <camunda:inputOutput>
            <camunda:inputParameter name="x">1</camunda:inputParameter>
            <camunda:outputParameter name="out">${y}</camunda:outputParameter>
          </camunda:inputOutput>
        </extensionElements></task>
        <userTask id="after" />
        start -> work -> after
        "#,
        Map::new(),
    );
    assert_eq!(desk.var("in"), Some("1".into()));
    assert_eq!(desk.var("out"), Some("Workend".into()));
}

#[test]
fn expressions_see_their_execution() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" />
        <serviceTask id="ids" camunda:resultVariable="ids"
          camunda:expression="${execution.processInstanceId} ${execution.getProcessBusinessKey()} ${execution.currentActivityId} ${execution.processDefinitionId} ${execution.hasVariable('no')} ${currentUser()}" />
        <serviceTask id="set" camunda:expression="${execution.setVariableLocal('here', 1)}" />
        <serviceTask id="gone" camunda:expression="${execution.removeVariable('x')}" />
        <userTask id="after" />
        start -> ids -> set -> gone -> after
        "#,
        vars([("x", 1.into())]),
    );
    let ids = format!("instance order-7 ids {DEFINITION} false demo");
    assert_eq!(desk.var("ids"), Some(ids.into()));
    assert_eq!((desk.var("here"), desk.var("x")), (None, None));
    assert!(
        desk.log
            .iter()
            .any(|e| matches!(e, Event::VariableRemoved { variable } if variable.name == "x"))
    );
}

#[test]
fn variables_are_removed_by_name() {
    let mut desk = Desk::start(
        r#"<startEvent id="start" /> <userTask id="work" />
        start -> work"#,
        vars([("x", 1.into()), ("y", 2.into())]),
    );
    desk.ok(Command::RemoveVariables {
        scope: "instance".into(),
        names: vec!["x".into(), "never".into()],
    });
    assert_eq!(
        (desk.var("x"), desk.var("y")),
        (None, Some(Value::Integer(2)))
    );
    let nowhere = desk.apply(Command::RemoveVariables {
        scope: "no".into(),
        names: vec![],
    });
    assert!(matches!(nowhere, Err(Error::NotFound { .. })));
}
