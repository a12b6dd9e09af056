//! A process with a form, a candidate group and a task behind it, and a desk that has it.

use crate::house::House;
use serde_json::{Value as Json, json};

const PROCESS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <error id="bad" errorCode="bad"/>
  <escalation id="up" escalationCode="up"/>
  <process id="ask" name="Ask" isExecutable="true">
    <startEvent id="start" camunda:formKey="camunda-forms:deployment:start.form">
      <extensionElements><camunda:formData>
        <camunda:formField id="what" label="What &lt;now&gt;" type="string"><camunda:validation><camunda:constraint name="required"/></camunda:validation></camunda:formField>
        <camunda:formField id="data" label="Data" type="string"><camunda:properties><camunda:property id="widget" value="file"/></camunda:properties></camunda:formField>
      </camunda:formData></extensionElements>
    </startEvent>
    <sequenceFlow id="f1" sourceRef="start" targetRef="answer"/>
    <userTask id="answer" name="Answer" camunda:candidateGroups="sales" camunda:formKey="embedded:app:answer.html">
      <extensionElements><camunda:formData>
        <camunda:formField id="reply" label="Reply" type="string"><camunda:validation><camunda:constraint name="required"/></camunda:validation></camunda:formField>
        <camunda:formField id="count" label="Count" type="long" defaultValue="3"/>
        <camunda:formField id="key" label="Key" type="string"><camunda:properties><camunda:property id="widget" value="secret"/></camunda:properties></camunda:formField>
      </camunda:formData></extensionElements>
    </userTask>
    <boundaryEvent id="caught" attachedToRef="answer"><errorEventDefinition errorRef="bad"/></boundaryEvent>
    <boundaryEvent id="raised" attachedToRef="answer" cancelActivity="false"><escalationEventDefinition escalationRef="up"/></boundaryEvent>
    <sequenceFlow id="f5" sourceRef="raised" targetRef="look"/>
    <sequenceFlow id="f2" sourceRef="answer" targetRef="look"/>
    <sequenceFlow id="f3" sourceRef="caught" targetRef="look"/>
    <userTask id="look" name="Look" camunda:assignee="ben"/>
    <sequenceFlow id="f4" sourceRef="look" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

pub fn house() -> House {
    let house = House::new();
    let parts = [
        ("deployment-name", None, &b"ask"[..]),
        ("data", Some("ask.bpmn"), PROCESS.as_bytes()),
    ];
    house.form("mara", "/deployment/create", &parts).good();
    house
        .post(
            "mara",
            "/group/create",
            json!({"id": "sales", "name": "Sales", "type": "TEAM"}),
        )
        .good();
    house
        .put("mara", "/group/sales/members/ana", json!({}))
        .good();
    house
}

/// Starts an instance; the id of its task.
pub fn started(house: &House, what: &str) -> String {
    let body = json!({"businessKey": what, "variables": {"what": {"value": what}}});
    let instance = house
        .post("mara", "/process-definition/key/ask/submit-form", body)
        .good();
    let id = instance["id"].as_str().unwrap();
    let found = house
        .get("mara", &format!("/task?processInstanceId={id}"))
        .good();
    found[0]["id"].as_str().unwrap().to_owned()
}

pub fn ids(found: &Json) -> Vec<&str> {
    let found = found.as_array().unwrap().iter();
    found.map(|task| task["id"].as_str().unwrap()).collect()
}
