//! Connectors: what is asked for is evaluated on entering, the answer on leaving
//! (Camunda manual, "Connectors"; `ServiceTaskConnectorTest`, `ConnectProcessEnginePluginTest`).

use crate::support::*;
use crewdesk::engine::*;
use crewdesk::model::lint::lint;
use crewdesk::model::{Severity, read};
use crewdesk::value::{Map, Value};

const MODEL: &str = r#"
    <startEvent id="start" />
    <serviceTask id="ask"><extensionElements>
      <camunda:inputOutput>
        <camunda:inputParameter name="url">of the task</camunda:inputParameter>
        <camunda:outputParameter name="sum">${seen + 1}</camunda:outputParameter>
      </camunda:inputOutput>
      <camunda:connector>
        <camunda:connectorId>http-connector</camunda:connectorId>
        <camunda:inputOutput>
          <camunda:inputParameter name="path">orders/${number}</camunda:inputParameter>
          <camunda:inputParameter name="url">https://api.example.org/${path}</camunda:inputParameter>
          <camunda:inputParameter name="method">POST</camunda:inputParameter>
          <camunda:inputParameter name="headers"><camunda:map>
            <camunda:entry key="Accept">application/json</camunda:entry>
          </camunda:map></camunda:inputParameter>
          <camunda:inputParameter name="payload"><camunda:script scriptFormat="javascript">JSON.stringify({ n: number, u: connector.getVariable('path') })</camunda:script></camunda:inputParameter>
          <camunda:outputParameter name="status">${statusCode}</camunda:outputParameter>
          <camunda:outputParameter name="seen">${S(response).prop("n").numberValue()}</camunda:outputParameter>
          <camunda:outputParameter name="kind">${headers["Content-Type"]}</camunda:outputParameter>
          <camunda:outputParameter name="same"><camunda:script scriptFormat="javascript">
            if (connector.getVariable('statusCode') == 409) { throw new org.camunda.bpm.engine.delegate.BpmnError('BROKEN', 'taken'); }
            S(response).prop('n').numberValue() + 1
          </camunda:script></camunda:outputParameter>
        </camunda:inputOutput>
      </camunda:connector>
    </extensionElements></serviceTask>
    <boundaryEvent id="caught" attachedToRef="ask"><errorEventDefinition errorRef="broken" camunda:errorMessageVariable="why" /></boundaryEvent>
    <userTask id="after" /> <userTask id="mend" />
    start -> ask -> after
    caught -> mend
"#;

fn desk() -> Desk {
    Desk::start(MODEL, vars([("number", Value::Long(7))]))
}

fn asked(desk: &Desk) -> Option<Map> {
    let task = desk.external("ask");
    let found = desk
        .instance
        .variable(&task.execution_id, CONNECTOR_INPUTS)?;
    match &found.value {
        Value::Map(map) => Some(map.clone()),
        _ => None,
    }
}

fn answer(desk: &mut Desk, status: i32, response: &str) -> Result<Vec<Change>, Error> {
    let task = desk.lock("ask");
    let headers = vars([("Content-Type", "application/json".into())]);
    desk.apply(Command::CompleteExternalTask {
        task,
        worker: "worker".into(),
        variables: Map::new(),
        local_variables: vars([
            ("statusCode", Value::Integer(status)),
            ("response", response.into()),
            ("headers", Value::Map(headers)),
        ]),
    })
}

#[test]
fn what_is_asked_for_waits_for_the_desks_own_worker_and_nobody_else_sees_it() {
    let desk = desk();
    assert_eq!(desk.external("ask").topic, "connector:http-connector");
    let asked = asked(&desk).expect("inputs");
    assert_eq!(asked["url"], "https://api.example.org/orders/7".into());
    assert_eq!(asked["payload"], r#"{"n":7,"u":"orders/7"}"#.into());
    let accept = vars([("Accept", "application/json".into())]);
    assert_eq!(asked["headers"], Value::Map(accept));
    // A parameter of the task keeps its value beside that of the connector.
    let task = desk.external("ask");
    let url = desk.instance.variable(&task.execution_id, "url");
    assert_eq!(url.map(|v| &v.value), Some(&"of the task".into()));
    let told = desk.log.iter().filter(|event| {
        matches!(event, Event::VariableSet { variable, .. } if variable.name == CONNECTOR_INPUTS)
    });
    assert_eq!(told.count(), 0, "the history does not keep what was sent");
}

#[test]
fn the_answer_is_seen_by_the_output_parameters_alone() {
    let mut desk = desk();
    answer(&mut desk, 404, r#"{"n": 41}"#).expect("any status is an answer");
    assert_eq!(desk.tokens(), ["after"]);
    assert_eq!(desk.var("status"), Some(Value::Integer(404)));
    assert_eq!(desk.var("seen").and_then(|v| v.as_i64()), Some(41));
    assert_eq!(desk.var("same").and_then(|v| v.as_i64()), Some(42));
    assert_eq!(desk.var("kind"), Some("application/json".into()));
    assert_eq!(desk.var("sum").and_then(|v| v.as_i64()), Some(42));
    for gone in ["statusCode", "response", "headers", "url", "path"] {
        assert_eq!(desk.var(gone), None, "{gone}");
    }
}

#[test]
fn a_script_over_the_answer_throws_a_bpmn_error() {
    let mut desk = desk();
    answer(&mut desk, 409, r#"{"n": 1}"#).expect("it is caught");
    assert_eq!(desk.tokens(), ["mend"]);
    assert_eq!(desk.var("why"), Some("taken".into()));
}

#[test]
fn an_answer_that_can_not_be_read_leaves_everything_as_it_was() {
    let mut desk = desk();
    answer(&mut desk, 200, "<html>").expect_err("that is no JSON");
    assert_eq!(desk.tokens(), ["ask"]);
    assert!(asked(&desk).is_some(), "it can be asked again");
}

#[test]
fn events_send_and_rule_tasks_and_each_of_several_have_connectors() {
    let connector = r#"<extensionElements><camunda:connector>
        <camunda:connectorId>mail-send</camunda:connectorId><camunda:inputOutput>
          <camunda:inputParameter name="to">${who}</camunda:inputParameter>
          <camunda:inputParameter name="text">Hello</camunda:inputParameter>
          <camunda:outputParameter name="told">${who}</camunda:outputParameter>
        </camunda:inputOutput></camunda:connector></extensionElements>"#;
    let mut desk = Desk::start(
        &format!(
            r#"
            <startEvent id="start" />
            <sendTask id="each">{connector}<multiInstanceLoopCharacteristics isSequential="true" camunda:collection="all" camunda:elementVariable="who" /></sendTask>
            <businessRuleTask id="rule">{connector}</businessRuleTask>
            <intermediateThrowEvent id="thrown"><messageEventDefinition messageRef="letter">{connector}</messageEventDefinition></intermediateThrowEvent>
            <endEvent id="end"><messageEventDefinition messageRef="letter">{connector}</messageEventDefinition></endEvent>
            start -> each -> rule -> thrown -> end
            "#
        ),
        vars([
            ("all", Value::List(vec!["ana".into(), "ben".into()])),
            ("who", "cem".into()),
        ]),
    );
    for at in ["each", "each", "rule", "thrown", "end"] {
        let task = desk.lock(at);
        assert_eq!(desk.external(at).topic, "connector:mail-send");
        desk.ok(Command::CompleteExternalTask {
            task,
            worker: "worker".into(),
            variables: Map::new(),
            local_variables: Map::new(),
        });
    }
    assert!(desk.ended());
    assert_eq!(desk.last("told"), Some("cem".into()));
}

#[test]
fn a_mistyped_parameter_and_a_variable_that_nobody_sets_are_pointed_at() {
    let xml = bpmn(
        r#"
        <startEvent id="start" />
        <serviceTask id="ask"><extensionElements><camunda:connector>
          <camunda:connectorId>http-connector</camunda:connectorId><camunda:inputOutput>
            <camunda:inputParameter name="url">${base}</camunda:inputParameter>
            <camunda:inputParameter name="method">GET</camunda:inputParameter>
            <camunda:inputParameter name="header">${url}</camunda:inputParameter>
            <camunda:outputParameter name="got">${response}</camunda:outputParameter>
          </camunda:inputOutput></camunda:connector></extensionElements></serviceTask>
        <userTask id="work" camunda:assignee="${got}" />
        start -> ask -> work
        "#,
    );
    let model = read("a.bpmn", xml.as_bytes()).expect("it deploys");
    let warned: Vec<&str> = model.warnings.iter().map(|w| w.message.as_str()).collect();
    assert!(
        warned
            .iter()
            .any(|w| w.contains("'header' is no parameter")),
        "{warned:?}"
    );
    let found = lint("a.bpmn", &model.processes[0]);
    let unset: Vec<&str> = found
        .iter()
        .filter(|problem| problem.severity == Severity::Warning)
        .map(|problem| problem.message.as_str())
        .collect();
    assert!(unset.iter().any(|m| m.contains("base")), "{unset:?}");
    for known in ["got", "response", "url"] {
        let quoted = format!("'{known}'");
        assert!(!unset.iter().any(|m| m.contains(&quoted)), "{unset:?}");
    }
}
