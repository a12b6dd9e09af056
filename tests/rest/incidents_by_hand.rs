//! Incidents that people open, note something on and close.

use crate::house::House;
use serde_json::{Value as Json, json};

const MODEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="outer" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="call"/>
    <callActivity id="call" calledElement="inner"/></process>
  <process id="inner" isExecutable="true"><startEvent id="begin"/><sequenceFlow id="g" sourceRef="begin" targetRef="task"/><sequenceFlow id="h" sourceRef="begin" targetRef="other"/>
    <userTask id="task"/><userTask id="other"/></process>
</definitions>"#;

struct Desk(House);

impl Desk {
    fn new() -> Desk {
        let house = House::new();
        house
            .form(
                "mara",
                "/deployment/create",
                &[("m.bpmn", Some("m.bpmn"), MODEL.as_bytes())],
            )
            .good();
        Desk(house)
    }

    fn get(&self, path: &str) -> Json {
        self.0.get("mara", path).good()
    }
}

#[test]
fn an_incident_is_opened_noted_on_and_closed() {
    let desk = Desk::new();
    let started = desk
        .0
        .post("mara", "/process-definition/key/outer/start", json!({}))
        .good();
    let outer = started["id"].as_str().expect("an id");
    let task = desk.get("/task?taskDefinitionKey=task")[0].clone();
    let execution = task["executionId"].as_str().expect("an id");
    let path = format!("/execution/{execution}/create-incident");
    let body =
        json!({"incidentType": "late", "configuration": "order 7", "message": "where is it?"});
    assert_eq!(desk.0.post("ana", &path, body.clone()).status, 403);
    let made = desk.0.post("mara", &path, body.clone()).good();
    assert_eq!(
        (&made["incidentType"], &made["activityId"]),
        (&json!("late"), &json!("task"))
    );
    assert_eq!(
        (&made["configuration"], &made["incidentMessage"]),
        (&json!("order 7"), &json!("where is it?"))
    );
    // Whoever waits for this instance has it too; a second one beside it is another.
    let caused = desk.get(&format!("/incident?processInstanceId={outer}"));
    assert_eq!(
        (&caused[0]["activityId"], &caused[0]["causeIncidentId"]),
        (&json!("call"), &made["id"])
    );
    let second = desk.0.post("mara", &path, body).good();
    assert_ne!(second["id"], made["id"]);
    assert_eq!(desk.get("/incident/count")["count"], 4);

    let id = made["id"].as_str().expect("an id");
    let note = format!("/incident/{id}/annotation");
    let set = |text: Json| {
        desk.0
            .put("mara", &note, json!({"annotation": text}))
            .status
    };
    let noted = || {
        let past = desk.get(&format!("/history/incident?incidentId={id}"));
        let open = desk.get(&format!("/incident/{id}"));
        assert_eq!(past[0]["annotation"], open["annotation"]);
        open["annotation"].clone()
    };
    assert_eq!(
        (set(json!("asked the carrier")), noted()),
        (204, json!("asked the carrier"))
    );
    assert_eq!(desk.0.delete("mara", &note).status, 204);
    assert_eq!(noted(), Json::Null);
    assert_eq!(set(json!("x".repeat(4001))), 400);
    assert_eq!(
        desk.0
            .put("mara", "/incident/none/annotation", json!({}))
            .status,
        400
    );

    // A new try is for what failed: these stay until somebody closes them.
    let retried = desk.0.post(
        "mara",
        &format!("/crewdesk/instances/{outer}/retry"),
        json!({}),
    );
    assert!(retried.status < 300);
    assert_eq!(desk.get("/incident/count")["count"], 4);
    let close = |id: &str| desk.0.delete("mara", &format!("/incident/{id}")).status;
    assert_eq!(close(id), 204);
    assert_eq!(close(id), 404);
    assert_eq!(
        desk.get("/incident/count")["count"],
        2,
        "with the one that it caused"
    );
    let past = desk.get(&format!("/history/incident?incidentId={id}"));
    assert_eq!(past[0]["resolved"], true);

    // A process instance with several tokens is at no activity.
    let inner = task["processInstanceId"].as_str().expect("an id");
    for (execution, body) in [
        (inner, json!({"incidentType": "late"})),
        ("none", json!({"incidentType": "late"})),
        (execution, json!({})),
    ] {
        let path = format!("/execution/{execution}/create-incident");
        assert_eq!(desk.0.post("mara", &path, body).status, 400, "{path}");
    }
    assert_eq!(desk.get("/incident/count")["count"], 2);
}
