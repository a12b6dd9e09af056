//! Operating over HTTP: suspension, deletion, tokens moved by hand, jobs, single executions.

use crate::house::House;
use crate::story::Story;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// A receive task without a message, then one that waits for `go`, then a task that may be
/// reached by hand.
const PROCESS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <message id="go" name="go"/>
  <process id="line" name="Line" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="hold"/>
    <receiveTask id="hold"/>
    <sequenceFlow id="f2" sourceRef="hold" targetRef="wait"/>
    <receiveTask id="wait" messageRef="go"/>
    <sequenceFlow id="f3" sourceRef="wait" targetRef="look"/>
    <userTask id="look" camunda:assignee="ana"/>
    <sequenceFlow id="f4" sourceRef="look" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

pub struct Line {
    pub house: House,
    pub definition: String,
}

impl Line {
    pub fn new() -> Line {
        let house = House::new();
        let parts = [("data", Some("line.bpmn"), PROCESS.as_bytes())];
        house.form("mara", "/deployment/create", &parts).good();
        let found = house.get("mara", "/process-definition/key/line").good();
        let definition = found["id"].as_str().unwrap().to_owned();
        Line { house, definition }
    }

    pub fn start(&self) -> String {
        let path = "/process-definition/key/line/start";
        let started = self.house.post("mara", path, json!({})).good();
        started["id"].as_str().unwrap().to_owned()
    }

    pub fn execution(&self, id: &str, activity: &str) -> String {
        let path = format!("/execution?processInstanceId={id}&activityId={activity}");
        let found = self.house.get("mara", &path).good();
        found[0]["id"].as_str().unwrap().to_owned()
    }

    /// What runs in an instance.
    pub fn at(&self, id: &str) -> Vec<String> {
        let path = format!(
            "/history/activity-instance?processInstanceId={id}&unfinished=true&sortBy=activityId&sortOrder=asc"
        );
        let found = self.house.get("mara", &path).good();
        let found = found.as_array().unwrap().iter();
        found
            .map(|visit| visit["activityId"].as_str().unwrap().to_owned())
            .collect()
    }

    pub fn suspended(&self) -> i64 {
        let found = self
            .house
            .get("mara", "/process-instance/count?suspended=true");
        found.good()["count"].as_i64().unwrap()
    }

    pub fn delete(&self, user: &str, path: &str) -> crate::house::Got {
        let path = format!("/engine-rest{path}");
        self.house.send(user, "DELETE", &path, None)
    }
}

#[test]
fn one_execution_goes_on() {
    let line = Line::new();
    let id = line.start();
    let hold = line.execution(&id, "hold");
    let signal = format!("/execution/{hold}/signal");
    let wrong = json!({"variables": {"a": {"value": "x", "type": "Integer"}}});
    let got = line.house.post("mara", &signal, wrong);
    assert_eq!(got.status, 400);
    let message = got.json()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with(&format!("Cannot signal execution {hold}: ")));
    assert_eq!(line.house.post("ana", &signal, json!({})).status, 403);
    let said = json!({"variables": {"a": {"value": 1, "type": "Integer"}}, "unknown": 1});
    assert_eq!(line.house.post("mara", &signal, said).status, 204);
    line.house
        .post("mara", "/execution/none/signal", json!({}))
        .refused(
            400,
            "BadUserRequestException",
            "execution none doesn't exist: execution is null",
        );
    let a = format!("/process-instance/{id}/variables/a");
    assert_eq!(line.house.get("mara", &a).good()["value"], 1);

    let wait = line.execution(&id, "wait");
    assert_eq!(
        line.house
            .post("mara", &format!("/execution/{wait}/signal"), json!({}))
            .status,
        204,
        "a receive task takes it, with a message or not"
    );
    assert_eq!(line.at(&id), ["look"]);
    let other = line.start();
    let hold = line.execution(&other, "hold");
    line.house
        .post("mara", &format!("/execution/{hold}/signal"), json!({}))
        .good();
    let wait = line.execution(&other, "wait");
    let trigger = |execution: &str, name: &str, body: Json| {
        let path = format!("/execution/{execution}/messageSubscriptions/{name}/trigger");
        line.house.post("mara", &path, body)
    };
    trigger(&wait, "other", json!({})).refused(
        500,
        "RestException",
        &format!("Cannot trigger message other for execution {wait}: Execution with id '{wait}' does not have a subscription to a message event with name 'other'"),
    );
    let said = json!({"variables": {"b": {"value": "y"}}});
    assert_eq!(trigger(&wait, "go", said).status, 204);
    assert_eq!(line.at(&other), ["look"]);
    let b = format!("/process-instance/{other}/variables/b");
    assert_eq!(line.house.get("mara", &b).good()["value"], "y");
}

#[test]
fn instances_and_processes_are_suspended() {
    let line = Line::new();
    let a = line.start();
    line.start();
    let put = |path: &str, body: Json| line.house.put("mara", path, body);
    let one = format!("/process-instance/{a}/suspended");
    assert_eq!(put(&one, json!({"suspended": true})).status, 204);
    assert_eq!(line.suspended(), 1);
    assert_eq!(put(&one, json!({"suspended": false})).status, 204);
    assert_eq!(line.suspended(), 0);
    let none = put(
        "/process-instance/none/suspended",
        json!({"suspended": true}),
    );
    assert_eq!(none.status, 204);
    // Ids are whole: a beginning means nobody.
    let part = format!("/process-instance/{}/suspended", &a[..8]);
    assert_eq!(put(&part, json!({"suspended": true})).status, 204);
    assert_eq!(line.suspended(), 0);

    let group = |body: Json| put("/process-instance/suspended", body);
    let ids = json!({"suspended": true, "processInstanceIds": [a, "none"]});
    assert_eq!(group(ids).status, 204);
    assert_eq!(line.suspended(), 1);
    let key = json!({"suspended": true, "processDefinitionKey": "line"});
    assert_eq!(group(key).status, 204);
    assert_eq!(line.suspended(), 2);
    let query = json!({"suspended": false, "processInstanceQuery": {"processInstanceIds": [a]}});
    assert_eq!(group(query).status, 204);
    assert_eq!(line.suspended(), 1);
    let past =
        json!({"suspended": true, "historicProcessInstanceQuery": {"processInstanceIds": [a]}});
    assert_eq!(group(past).status, 204);
    assert_eq!(line.suspended(), 2);
    let id = json!({"suspended": false, "processDefinitionId": line.definition});
    assert_eq!(group(id).status, 204);
    assert_eq!(line.suspended(), 0);
    assert_eq!(group(json!({"suspended": true})).status, 400);
    let both = json!({"processDefinitionId": "x", "processDefinitionKey": "y"});
    assert_eq!(group(both).status, 400);

    let begin = || {
        let path = "/process-definition/key/line/start";
        line.house.post("mara", path, json!({})).status
    };
    let by_id = format!("/process-definition/{}/suspended", line.definition);
    let with = json!({"suspended": true, "includeProcessInstances": true});
    assert_eq!(put(&by_id, with).status, 204);
    assert_eq!((begin(), line.suspended()), (500, 2));
    let by_key = "/process-definition/key/line/suspended";
    assert_eq!(put(by_key, json!({"suspended": false})).status, 204);
    assert_eq!((begin(), line.suspended()), (200, 2), "instances stay");
    let body = json!({"suspended": true, "processDefinitionKey": "line"});
    assert_eq!(put("/process-definition/suspended", body).status, 204);
    assert_eq!(begin(), 500);
    for (path, body, status) in [
        (by_key, json!({"executionDate": "soon"}), 400),
        (
            "/process-definition/suspended",
            json!({"processDefinitionId": "x"}),
            400,
        ),
        ("/process-definition/suspended", json!({}), 400),
        (
            "/process-definition/suspended",
            json!({"processDefinitionKey": "none"}),
            404,
        ),
        ("/process-definition/none/suspended", json!({}), 404),
        ("/process-definition/key/none/suspended", json!({}), 404),
        (
            "/process-definition/key/line/tenant-id/t/suspended",
            json!({}),
            404,
        ),
    ] {
        assert_eq!(put(path, body).status, status, "{path}");
    }
}

#[test]
fn instances_are_deleted() {
    let line = Line::new();
    let id = line.start();
    let path = format!("/process-instance/{id}");
    assert_eq!(line.delete("ana", &path).status, 403);
    assert_eq!(line.delete("mara", &path[..path.len() - 8]).status, 404);
    assert_eq!(line.delete("mara", &path).status, 204);
    line.delete("mara", &path).refused(
        404,
        "InvalidRequestException",
        &format!("Process instance with id {id} does not exist"),
    );
    let calm = line.delete("mara", &format!("{path}?failIfNotExists=false"));
    assert_eq!(calm.status, 204);
    let past = line
        .house
        .get("mara", &format!("/history/process-instance/{id}"));
    let past = past.good();
    assert_eq!(past["state"], "EXTERNALLY_TERMINATED");
}

#[test]
fn tokens_are_moved() {
    let line = Line::new();
    let id = line.start();
    let path = format!("/process-instance/{id}/modification");
    let modify = |steps: Json| {
        line.house
            .post("mara", &path, json!({"instructions": steps}))
    };
    let steps = json!([
        {"type": "startBeforeActivity", "activityId": "look", "variables": {"x": {"value": 1, "type": "Integer"}}},
        {"type": "cancel", "activityId": "hold"},
    ]);
    assert_eq!(modify(steps).status, 204);
    assert_eq!(line.at(&id), ["look"]);
    let x = format!("/process-instance/{id}/variables/x");
    assert_eq!(line.house.get("mara", &x).good()["value"], 1);
    let visit = format!("/history/activity-instance?processInstanceId={id}&activityId=look");
    let visit = line.house.get("mara", &visit).good();
    let steps = json!([
        {"type": "startTransition", "transitionId": "f2"},
        {"type": "cancel", "activityInstanceId": visit[0]["id"]},
    ]);
    assert_eq!(modify(steps).status, 204);
    assert_eq!(line.at(&id), ["wait"]);
    let steps = json!([{"type": "startAfterActivity", "activityId": "wait"}]);
    assert_eq!(modify(steps).status, 204);
    assert_eq!(line.at(&id), ["look", "wait"]);

    for (step, status) in [
        (json!({"type": "startBeforeActivity"}), 400),
        (json!({"type": "startTransition"}), 400),
        (json!({"type": "cancel"}), 400),
        (
            json!({"type": "cancel", "activityId": "look", "activityInstanceId": "x"}),
            400,
        ),
        (json!({"type": "jump"}), 400),
        (
            json!({"type": "startBeforeActivity", "activityId": "none"}),
            400,
        ),
        (
            json!({"type": "startBeforeActivity", "activityId": "look", "ancestorActivityInstanceId": "x"}),
            400,
        ),
    ] {
        assert_eq!(modify(json!([step])).status, status, "{step}");
    }
    assert_eq!(line.at(&id), ["look", "wait"], "all or nothing");
    let steps = json!({"skipIoMappings": true, "skipCustomListeners": true, "instructions": [
        {"type": "startBeforeActivity", "activityId": "look", "ancestorActivityInstanceId": id,
         "variables": {"own": {"value": 1, "local": true}}},
    ]});
    assert_eq!(line.house.post("mara", &path, steps).status, 204);
    assert_eq!(line.at(&id), ["look", "look", "wait"]);
    let own = format!("/variable-instance?processInstanceIdIn={id}&variableName=own");
    let own = line.house.get("mara", &own).good();
    assert_ne!(
        own[0]["executionId"],
        json!(id),
        "it is the activity's alone"
    );
    let none = line
        .house
        .post("mara", "/process-instance/none/modification", json!({}));
    assert_eq!(none.status, 400);
    assert_eq!(line.house.post("ana", &path, json!({})).status, 403);
}

#[test]
fn jobs_are_executed_and_tried_again() {
    let story = Story::new();
    let house = &story.house;
    let job = story.only(&format!("/job?processInstanceId={}", story.b));
    let id = job["id"].as_str().unwrap();
    let retries = |id: &str, body: Json| house.put("mara", &format!("/job/{id}/retries"), body);
    assert_eq!(retries(id, json!({"retries": 5})).status, 204);
    assert_eq!(story.get(&format!("/job/{id}")).good()["retries"], 5);
    assert_eq!(retries(id, json!({"retries": 0})).status, 204);
    let incident = story.only(&format!(
        "/incident?processInstanceId={}&incidentType=failedJob",
        story.b
    ));
    let resolve = |id: &str| {
        let path = format!("/engine-rest/incident/{id}");
        house.send("mara", "DELETE", &path, None)
    };
    resolve(incident["id"].as_str().unwrap()).refused(
        400,
        "BadUserRequestException",
        "Cannot resolve an incident of type failedJob",
    );
    assert_eq!(resolve("none").status, 404);
    assert_eq!(retries(id, json!({"retries": 1})).status, 204);
    assert_eq!(
        story.list(&format!("/incident?processInstanceId={}", story.b)),
        Vec::<Json>::new()
    );
    retries("none", json!({"retries": 1})).refused(
        404,
        "InvalidRequestException",
        "No job found with id 'none'.",
    );
    retries(id, json!({"retries": -1})).refused(
        500,
        "InvalidRequestException",
        "The number of job retries must be a non-negative Integer, but '-1' has been provided.",
    );
    assert_eq!(retries(id, json!({})).status, 400);
    let later = json!({"retries": 1, "dueDate": "2030-01-01T00:00:00.000+0000"});
    assert_eq!(retries(id, later).status, 204);
    let due = story.get(&format!("/job/{id}")).good()["dueDate"].clone();
    assert_eq!(due, "2030-01-01T00:00:00.000+0000");
    assert_eq!(
        house
            .put("ana", &format!("/job/{id}/retries"), json!({"retries": 1}))
            .status,
        403
    );

    let due = |body: Json| {
        house
            .put("mara", &format!("/job/{id}/duedate"), body)
            .status
    };
    let moved = || story.get(&format!("/job/{id}")).good()["dueDate"].clone();
    let late = json!({"duedate": "2030-01-01T00:00:00.000+0000"});
    assert_eq!(due(late), 204);
    assert_eq!(moved(), "2030-01-01T00:00:00.000+0000");
    assert_eq!(due(json!({"duedate": null, "cascade": false})), 204);
    assert_eq!(moved(), "2025-11-18T13:01:50.000+0000", "now");
    assert_eq!(due(json!({"cascade": true})), 501);
    assert_eq!(due(json!({"duedate": "soon"})), 400);
    let none = house.put("mara", "/job/none/duedate", json!({}));
    assert_eq!(none.status, 404);

    let again = |id: &str, query: &str| {
        let path = format!("/job/{id}/duedate/recalculate{query}");
        house.post("mara", &path, json!({})).status
    };
    assert_eq!(again(id, "?creationDateBased=false"), 204);
    assert_eq!(moved(), "2025-11-18T14:01:50.000+0000", "an hour from now");
    assert_eq!(again(id, ""), 204);
    assert_eq!(
        moved(),
        "2025-11-18T13:00:10.000+0000",
        "an hour from when it was made"
    );
    assert_eq!(again("none", ""), 404);

    let execute = |id: &str| house.post("mara", &format!("/job/{id}/execute"), json!({}));
    let suspend = |suspended: bool| {
        let path = format!("/process-instance/{}/suspended", story.b);
        house
            .put("mara", &path, json!({"suspended": suspended}))
            .good()
    };
    suspend(true);
    assert_eq!(execute(id).status, 404, "what the engine refuses");
    suspend(false);
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(execute(id).status, 204);
    assert_eq!(story.get(&format!("/job/{id}")).status, 404);
    assert_eq!(execute(id).status, 404);
}

#[test]
fn what_was_said_about_an_instance() {
    let line = Line::new();
    let id = line.start();
    let say = |text: &str| {
        let path = format!("/crewdesk/instances/{id}/comment");
        line.house.post("mara", &path, json!({"text": text})).good()
    };
    say("first");
    line.house.clock.advance(Duration::from_secs(1));
    say("second");
    let path = format!("/process-instance/{id}/comment");
    let said = line.house.get("mara", &path).good();
    assert_eq!(said.as_array().unwrap().len(), 2);
    assert_eq!(said[0]["message"], "second");
    assert_eq!(
        (
            &said[1]["userId"],
            &said[1]["taskId"],
            &said[1]["processInstanceId"]
        ),
        (&json!("mara"), &Json::Null, &json!(id))
    );
    let missing = |id: &str| format!("No process instance found for id {id}");
    line.house
        .get("mara", "/process-instance/none/comment")
        .refused(404, "InvalidRequestException", &missing("none"));
    line.house
        .get("ben", &path)
        .refused(404, "InvalidRequestException", &missing(&id));
}

#[test]
fn a_decision_is_asked_by_its_version() {
    let story = Story::new();
    let found = story.only("/decision-definition?key=verdict");
    let id = found["id"].as_str().unwrap();
    let ask = |path: &str| {
        let body = json!({"variables": {"amount": {"value": 7, "type": "Integer"}}});
        story.house.post(
            "ana",
            &format!("/decision-definition/{path}/evaluate"),
            body,
        )
    };
    assert_eq!(ask(id).good()[0]["verdict"]["value"], "look twice");
    // A newer version answers by the key, the older one by its id.
    let newer = crate::story::DECISIONS.replace("look twice", "look thrice");
    let parts = [("two", Some("decisions.dmn"), newer.as_bytes())];
    story
        .house
        .form("mara", "/deployment/create", &parts)
        .good();
    assert_eq!(ask(id).good()[0]["verdict"]["value"], "look twice");
    assert_eq!(
        ask("key/verdict").good()[0]["verdict"]["value"],
        "look thrice"
    );
    assert_eq!(ask("none").status, 404);
    assert_eq!(ask("key/verdict/tenant-id/t").status, 404);
}

#[test]
fn what_a_desk_has_none_of() {
    let house = House::new();
    for path in [
        "/batch",
        "/history/batch",
        "/tenant",
        "/batch/statistics",
        "/history/batch/cleanable-batch-report",
    ] {
        assert_eq!(house.get("mara", path).good(), json!([]), "{path}");
        let count = house.get("mara", &format!("{path}/count")).good();
        assert_eq!(count, json!({"count": 0}), "{path}");
    }
    house.get("mara", "/batch/x").refused(
        404,
        "InvalidRequestException",
        "Batch with id 'x' does not exist",
    );
    house.get("mara", "/history/batch/x").refused(
        404,
        "InvalidRequestException",
        "Historic batch with id 'x' does not exist",
    );
    house.get("mara", "/tenant/x").refused(
        404,
        "InvalidRequestException",
        "Tenant with id x does not exist",
    );
    let send =
        |method: &str, path: &str| house.send("mara", method, &format!("/engine-rest{path}"), None);
    assert_eq!(send("DELETE", "/batch/x").status, 400);
    assert_eq!(send("DELETE", "/history/batch/x").status, 400);
    house
        .put("mara", "/batch/x/suspended", json!({"suspended": true}))
        .refused(
            400,
            "InvalidRequestException",
            "Unable to suspend batch with id 'x'",
        );
    let links = send("OPTIONS", "/tenant").good();
    assert_eq!(links["links"][1]["rel"], "count");
    let telemetry = "/telemetry/configuration";
    assert_eq!(
        house.get("mara", telemetry).good(),
        json!({"enableTelemetry": false})
    );
    assert_eq!(
        house
            .post("mara", telemetry, json!({"enableTelemetry": true}))
            .status,
        204
    );
    assert_eq!(
        house.get("mara", telemetry).good(),
        json!({"enableTelemetry": false})
    );
}
