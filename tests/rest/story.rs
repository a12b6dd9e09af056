//! A story with a task, a decision, an external task, a timer and an incident, to read of.

use crate::house::{Got, House};
use crewdesk::client::{Client, Embedded};
use crewdesk::desk::Caller;
use serde_json::{Value as Json, json};
use std::time::Duration;

pub const STORY: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="story" name="The Story" isExecutable="true">
    <startEvent id="start" camunda:initiator="who">
      <extensionElements><camunda:formData><camunda:formField id="password" label="Password" type="string">
        <camunda:properties><camunda:property id="widget" value="secret"/></camunda:properties>
      </camunda:formField></camunda:formData></extensionElements>
    </startEvent>
    <sequenceFlow id="f1" sourceRef="start" targetRef="check"/>
    <userTask id="check" name="Check it" camunda:assignee="ana"/>
    <boundaryEvent id="late" attachedToRef="check" cancelActivity="false">
      <timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>
    </boundaryEvent>
    <sequenceFlow id="f5" sourceRef="late" targetRef="told"/>
    <endEvent id="told"/>
    <sequenceFlow id="f2" sourceRef="check" targetRef="judge"/>
    <businessRuleTask id="judge" name="Judge" camunda:decisionRef="verdict" camunda:resultVariable="verdict" camunda:mapDecisionResult="singleEntry"/>
    <sequenceFlow id="f3" sourceRef="judge" targetRef="load"/>
    <serviceTask id="load" name="Load" camunda:type="external" camunda:topic="t"/>
    <sequenceFlow id="f4" sourceRef="load" targetRef="done"/>
    <endEvent id="done"/>
  </process>
</definitions>"#;

pub const DECISIONS: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="decisions" name="Decisions" namespace="n">
  <decision id="verdict" name="The verdict">
    <informationRequirement id="r1"><requiredDecision href="#size"/></informationRequirement>
    <decisionTable id="t1" hitPolicy="FIRST">
      <input id="in1" label="Size"><inputExpression id="e1" typeRef="string"><text>size</text></inputExpression></input>
      <output id="out1" name="verdict" typeRef="string"/>
      <rule id="rule1"><inputEntry id="c1"><text>"big"</text></inputEntry><outputEntry id="o1"><text>"look twice"</text></outputEntry></rule>
      <rule id="rule2"><inputEntry id="c2"><text></text></inputEntry><outputEntry id="o2"><text>"fine"</text></outputEntry></rule>
    </decisionTable>
  </decision>
  <decision id="size" name="The size">
    <variable id="v1" name="size" typeRef="string"/>
    <literalExpression id="le1"><text>if amount &gt; 5 then "big" else "small"</text></literalExpression>
  </decision>
</definitions>"##;

/// Instance a: task done, decided, its external task failed for good. Instance b: at its task
/// since more than an hour.
pub struct Story {
    pub house: House,
    pub a: String,
    pub b: String,
    pub definition: String,
    pub deployment: String,
    pub worked: String,
}

impl Story {
    pub fn new() -> Story {
        let house = House::new();
        let parts = [
            ("deployment-name", None, &b"told"[..]),
            ("one", Some("story.bpmn"), STORY.as_bytes()),
            ("two", Some("decisions.dmn"), DECISIONS.as_bytes()),
        ];
        let made = house.form("mara", "/deployment/create", &parts).good();
        let start = |key: &str| {
            let body = json!({"businessKey": key, "variables": {
                "amount": {"value": 7, "type": "Integer"},
                "password": {"value": "hidden away"},
                "note": {"value": "x"},
            }});
            let started = house.post("mara", "/process-definition/key/story/start", body);
            let started = started.good();
            let text = |name: &str| started[name].as_str().unwrap().to_owned();
            (text("id"), text("definitionId"))
        };
        let (a, definition) = start("a");
        house.clock.advance(Duration::from_secs(10));
        let (b, _) = start("b");
        let task = house
            .get("mara", &format!("/history/task?processInstanceId={a}"))
            .good();
        let ana = Embedded::new(house.desk.clone(), Caller::User("ana".to_owned()));
        ana.complete(task[0]["id"].as_str().unwrap(), Default::default())
            .unwrap();
        let worked = house.one();
        let failure =
            json!({"workerId": "me", "errorMessage": "no", "errorDetails": "line 1", "retries": 0});
        house
            .post("w1", &format!("/external-task/{worked}/failure"), failure)
            .good();
        let parts = [
            ("data", Some("f.bin"), &b"\x00\xff"[..]),
            ("valueType", None, &b"File"[..]),
        ];
        house
            .form(
                "mara",
                &format!("/process-instance/{a}/variables/f/data"),
                &parts,
            )
            .good();
        house.clock.advance(Duration::from_secs(3700));
        Story {
            deployment: made["id"].as_str().unwrap().to_owned(),
            house,
            a,
            b,
            definition,
            worked,
        }
    }

    pub fn list(&self, path: &str) -> Vec<Json> {
        let found = self.house.get("mara", path).good();
        let found = found.as_array().unwrap().clone();
        // What a list finds, its count twin counts.
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let counted = self.house.get("mara", &format!("{path}/count?{query}"));
        if !query.contains("maxResults") && counted.status == 200 {
            assert_eq!(counted.json()["count"], found.len(), "{path}?{query}");
        }
        found
    }

    pub fn texts(&self, path: &str, field: &str) -> Vec<String> {
        let found = self.list(path);
        let texts = found.iter().map(|entry| match &entry[field] {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        });
        texts.collect()
    }

    pub fn only(&self, path: &str) -> Json {
        let found = self.list(path);
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        found[0].clone()
    }

    pub fn post(&self, path: &str, body: Json) -> Vec<Json> {
        let found = self.house.post("mara", path, body).good();
        found.as_array().unwrap().clone()
    }

    pub fn get(&self, path: &str) -> Got {
        self.house.get("mara", path)
    }
}

/// Checks what Camunda says of what is not there.
#[track_caller]
pub fn missing(got: &Got, message: &str) {
    got.refused(404, "InvalidRequestException", message);
}
