//! Which version of a decision a business rule task asks, after the cases of Camunda's
//! DmnBusinessRuleTaskTest.

use crate::house::{Got, House};
use serde_json::{Value as Json, json};

/// A table with one rule and a decision that is an expression; another that requires it.
fn dmn(answer: &str, tag: &str) -> String {
    format!(
        r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:camunda="http://camunda.org/schema/1.0/dmn" id="d" name="d" namespace="http://camunda.org/schema/1.0/dmn">
  <decision id="testDecision" name="Test" camunda:versionTag="{tag}">
    <decisionTable id="t"><output id="o" name="result" typeRef="string"/><rule id="r"><outputEntry id="e"><text>"{answer}"</text></outputEntry></rule></decisionTable>
  </decision>
  <decision id="sum" name="sum"><variable id="sv" name="sum" typeRef="integer"/><literalExpression id="l"><text>a + b</text></literalExpression></decision>
  <decision id="twice" name="twice"><variable id="tv" name="twice" typeRef="integer"/>
    <informationRequirement id="ir"><requiredDecision href="#sum"/></informationRequirement>
    <literalExpression id="m"><text>sum * 2</text></literalExpression></decision>
</definitions>"##
    )
}

fn process(decision: &str, binding: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="asks" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="f" sourceRef="start" targetRef="rule"/>
    <businessRuleTask id="rule" camunda:decisionRef="{decision}" {binding} camunda:mapDecisionResult="singleEntry" camunda:resultVariable="result"/>
    <sequenceFlow id="g" sourceRef="rule" targetRef="task"/><userTask id="task" camunda:assignee="ana"/>
  </process>
</definitions>"#
    )
}

fn deploy(house: &House, files: &[(&str, &str)]) -> Got {
    let mut parts = Vec::new();
    for &(name, content) in files {
        parts.push((name, Some(name), content.as_bytes()));
    }
    house.form("mara", "/deployment/create", &parts)
}

fn start(house: &House) -> Got {
    let integer = |value: i32| json!({"value": value, "type": "Integer"});
    let body =
        json!({"withVariablesInReturn": true, "variables": {"a": integer(2), "b": integer(3)}});
    house.post("mara", "/process-definition/key/asks/start", body)
}

fn result(house: &House) -> Json {
    start(house).good()["variables"]["result"]["value"].clone()
}

/// DmnBusinessRuleTaskTest.decisionRefLatestBinding
/// DmnBusinessRuleTaskTest.decisionRefDeploymentBinding
/// DmnBusinessRuleTaskTest.decisionRefVersionTagBinding
#[test]
fn the_newest_that_of_the_deployment_or_that_with_the_tag() {
    let house = House::new();
    let (okay, other) = (dmn("okay", "0.0.1"), dmn("not okay", "0.0.2"));
    let asks = process("testDecision", "");
    deploy(&house, &[("asks.bpmn", &asks), ("test.dmn", &okay)]).good();
    assert_eq!(result(&house), "okay");
    deploy(&house, &[("test.dmn", &other)]).good();
    assert_eq!(result(&house), "not okay");
    let bound = process("testDecision", "camunda:decisionRefBinding='deployment'");
    deploy(&house, &[("asks.bpmn", &bound), ("test.dmn", &okay)]).good();
    deploy(&house, &[("test.dmn", &other)]).good();
    assert_eq!(result(&house), "okay");
}

/// DmnBusinessRuleTaskTest.decisionRefVersionTagBindingWithoutVersionTag
/// DmnBusinessRuleTaskTest.decisionRefVersionTagBindingTwoDecisionDefinitions
/// CallActivityTest.testCallProcessByVersionTagTwoSubprocesses
#[test]
fn a_tag_names_a_version() {
    let house = House::new();
    let tagged = "camunda:decisionRefBinding='versionTag' camunda:decisionRefVersionTag='0.0.2'";
    let asks = process("testDecision", tagged);
    let (first, tag) = (dmn("first", "0.0.1"), dmn("tagged", "0.0.2"));
    deploy(&house, &[("asks.bpmn", &asks), ("test.dmn", &tag)]).good();
    deploy(&house, &[("test.dmn", &first)]).good();
    assert_eq!(result(&house), "tagged");
    deploy(&house, &[("test.dmn", &tag)]).good();
    let refused = |got: Got, what: &str| {
        let text = String::from_utf8_lossy(&got.body).into_owned();
        let why = format!("there are 2 versions of the {what}");
        assert!(
            got.status == 500 && text.contains(&why),
            "{} {text}",
            got.status
        );
    };
    refused(start(&house), "decision 'testDecision'");
    let called = |task: &str| {
        format!(
            r#"<process id="called" isExecutable="true" camunda:versionTag="one"><startEvent id="s"/><sequenceFlow id="c" sourceRef="s" targetRef="{task}"/><userTask id="{task}"/></process>"#
        )
    };
    let calls = r#"<process id="calls" isExecutable="true"><startEvent id="s2"/><sequenceFlow id="d" sourceRef="s2" targetRef="call"/>
        <callActivity id="call" calledElement="called" camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="one"/></process>"#;
    house.bpmn(&format!("{calls}{}", called("a")));
    house.run("calls", json!({}));
    house.bpmn(&called("b"));
    let again = house.post("mara", "/process-definition/key/calls/start", json!({}));
    refused(again, "process 'called'");
    let without = process("testDecision", "camunda:decisionRefBinding='versionTag'");
    assert_eq!(deploy(&house, &[("asks.bpmn", &without)]).status, 400);
}

/// DmnBusinessRuleTaskTest.evaluateDecisionWithLiteralExpression
/// DmnBusinessRuleTaskTest.evaluateDecisionWithRequiredDecisions
#[test]
fn expressions_and_what_they_require() {
    for (decision, wanted) in [("sum", 5), ("twice", 10)] {
        let house = House::new();
        let asks = process(decision, "");
        let model = dmn("okay", "1");
        deploy(&house, &[("asks.bpmn", &asks), ("test.dmn", &model)]).good();
        assert_eq!(result(&house), json!(wanted), "{decision}");
    }
}
