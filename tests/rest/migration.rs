//! Migration over the network, after the cases of Camunda's MigrationRestServiceInteractionTest.

use crate::house::House;
use serde_json::{Value as Json, json};

/// A process with one user task of this id, whatever its version.
fn model(task: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="move" name="Move" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="a" sourceRef="start" targetRef="{task}"/>
    <userTask id="{task}" name="Work" camunda:assignee="ana"/><sequenceFlow id="b" sourceRef="{task}" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#
    )
}

pub struct Versions {
    pub house: House,
    pub first: String,
    pub second: String,
}

impl Versions {
    /// Two versions whose task is called so.
    pub fn of(first: &str, second: &str) -> Versions {
        let house = House::new();
        let deploy = |task: &str| {
            let text = model(task);
            let parts = [("data", Some("move.bpmn"), text.as_bytes())];
            let made = house.form("mara", "/deployment/create", &parts).good();
            let made = made["deployedProcessDefinitions"].as_object().unwrap();
            made.keys().next().unwrap().clone()
        };
        let (first, second) = (deploy(first), deploy(second));
        Versions {
            house,
            first,
            second,
        }
    }

    /// An instance of the first version.
    pub fn start(&self) -> String {
        let path = format!("/process-definition/{}/start", self.first);
        let started = self.house.post("mara", &path, json!({})).good();
        started["id"].as_str().unwrap().to_owned()
    }

    pub fn plan(&self, from: &str, to: &str) -> Json {
        json!({
            "sourceProcessDefinitionId": self.first,
            "targetProcessDefinitionId": self.second,
            "instructions": [{
                "sourceActivityIds": [from], "targetActivityIds": [to], "updateEventTrigger": false,
            }],
        })
    }

    pub fn definition_of(&self, instance: &str) -> String {
        let shown = self
            .house
            .get("mara", &format!("/process-instance/{instance}"))
            .good();
        shown["definitionId"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_plan_is_made_checked_and_followed() {
    let desk = Versions::of("work", "work");
    let ends = json!({
        "sourceProcessDefinitionId": desk.first, "targetProcessDefinitionId": desk.second,
    });
    let plan = desk
        .house
        .post("mara", "/migration/generate", ends.clone())
        .good();
    let mut expected = desk.plan("work", "work");
    expected["variables"] = Json::Null;
    assert_eq!(plan, expected);
    assert_eq!(
        desk.house
            .post("mara", "/migration/validate", plan.clone())
            .good(),
        json!({"instructionReports": [], "variableReports": {}})
    );
    let instance = desk.start();
    let mut with = plan.clone();
    with["variables"] = json!({"moved": {"value": true, "type": "Boolean"}});
    let body = json!({"migrationPlan": with, "processInstanceIds": [instance]});
    assert_eq!(
        desk.house
            .post("ana", "/migration/execute", body.clone())
            .status,
        403
    );
    assert_eq!(
        desk.house.post("mara", "/migration/execute", body).status,
        204
    );
    assert_eq!(desk.definition_of(&instance), desk.second);
    let moved = format!("/process-instance/{instance}/variables/moved");
    assert_eq!(desk.house.get("mara", &moved).good()["value"], true);
    let path = format!("/history/process-instance/{instance}");
    let history = desk.house.get("mara", &path).good();
    assert_eq!(history["processDefinitionId"], desk.second.as_str());
    let path =
        format!("/history/user-operation?processInstanceId={instance}&operationType=Migrate");
    let log = desk.house.get("mara", &path).good();
    assert_eq!(
        (&log[0]["orgValue"], &log[0]["newValue"], &log[0]["userId"]),
        (&json!(desk.first), &json!(desk.second), &json!("mara"))
    );
    let unknown =
        json!({"sourceProcessDefinitionId": "no", "targetProcessDefinitionId": desk.second});
    desk.house
        .post("mara", "/migration/generate", unknown)
        .refused(
            400,
            "InvalidRequestException",
            "ENGINE-23008 Source process definition with id 'no' does not exist",
        );
}

#[test]
fn what_can_not_be_followed_is_refused_whole_with_its_reasons() {
    let desk = Versions::of("work", "check");
    let (one, two) = (desk.start(), desk.start());
    let wrong = desk.plan("work", "never");
    let report = desk
        .house
        .post("mara", "/migration/validate", wrong.clone())
        .good();
    assert_eq!(
        report["instructionReports"][0]["failures"],
        json!(["Target activity 'never' does not exist"])
    );
    let body = json!({"migrationPlan": wrong, "processInstanceIds": [one]});
    let got = desk.house.post("mara", "/migration/execute", body);
    assert_eq!(got.status, 400);
    let fault = got.json();
    assert_eq!(fault["type"], "MigrationPlanValidationException");
    assert_eq!(fault["validationReport"], report);
    let nothing = json!({
        "sourceProcessDefinitionId": desk.first, "targetProcessDefinitionId": desk.second, "instructions": [],
    });
    let body = json!({"migrationPlan": nothing, "processInstanceIds": [one]});
    let got = desk.house.post("mara", "/migration/execute", body);
    assert_eq!(
        got.json()["type"],
        "MigratingProcessInstanceValidationException"
    );
    // All or none: the second is not there.
    let body = json!({
        "migrationPlan": desk.plan("work", "check"), "processInstanceIds": [one, "no"],
    });
    assert_eq!(
        desk.house.post("mara", "/migration/execute", body).status,
        400
    );
    assert_eq!(desk.definition_of(&one), desk.first);
    let body = json!({
        "migrationPlan": desk.plan("work", "check"),
        "processInstanceQuery": {"processDefinitionId": desk.first},
    });
    assert_eq!(
        desk.house.post("mara", "/migration/execute", body).status,
        204
    );
    for instance in [&one, &two] {
        assert_eq!(desk.definition_of(instance), desk.second);
        let path = format!("/task?processInstanceId={instance}");
        let tasks = desk.house.get("mara", &path).good();
        assert_eq!(tasks[0]["taskDefinitionKey"], "check");
        let path =
            format!("/history/activity-instance?processInstanceId={instance}&unfinished=true");
        let open = desk.house.get("mara", &path).good();
        assert_eq!(open[0]["activityId"], "check");
    }
}
