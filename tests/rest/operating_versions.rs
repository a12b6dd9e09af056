//! Versions that are deleted, instances that are moved together, and what calls and conditions do.

use crate::house::House;
use crate::operating::Line;
use serde_json::{Value as Json, json};

/// RuntimeServiceTest.testActivityInstancePopulated
/// RuntimeServiceTest.testActivityInstanceForNonExistingProcessInstanceId
/// RuntimeServiceTest.testGetActivityInstancesForActivity
#[test]
fn what_runs_is_a_tree() {
    let line = Line::new();
    let nested = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="nested" name="Nested" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="inside"/>
    <subProcess id="inside" name="Inside">
      <startEvent id="begin"/>
      <sequenceFlow id="f2" sourceRef="begin" targetRef="each"/>
      <sequenceFlow id="f3" sourceRef="begin" targetRef="later"/>
      <userTask id="each" name="Each">
        <multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
      </userTask>
      <userTask id="later" name="Later" camunda:asyncBefore="true"/>
    </subProcess>
  </process>
</definitions>"#;
    let parts = [("data", Some("nested.bpmn"), nested.as_bytes())];
    line.house.form("mara", "/deployment/create", &parts).good();
    let started = line
        .house
        .post("mara", "/process-definition/key/nested/start", json!({}))
        .good();
    let (id, definition) = (&started["id"], &started["definitionId"]);
    let tree_of = |user: &str, id: &str| {
        let path = format!("/process-instance/{id}/activity-instances");
        line.house.get(user, &path)
    };
    let tree = tree_of("mara", id.as_str().unwrap()).good();
    let what = |of: &Json| (of["activityId"].clone(), of["activityType"].clone());
    assert_eq!(
        what(&tree),
        (definition.clone(), json!("processDefinition"))
    );
    assert_eq!((&tree["id"], &tree["activityName"]), (id, &json!("Nested")));
    assert_eq!(tree["parentActivityInstanceId"], Json::Null);
    let inside = &tree["childActivityInstances"][0];
    assert_eq!(what(inside), (json!("inside"), json!("subProcess")));
    assert_eq!(
        (&inside["name"], &inside["parentActivityInstanceId"]),
        (&json!("Inside"), id)
    );
    let body = &inside["childActivityInstances"][0];
    let kind = json!("multiInstanceBody");
    assert_eq!(what(body), (json!("each#multiInstanceBody"), kind));
    let each = body["childActivityInstances"].as_array().unwrap();
    assert_eq!(each.len(), 2);
    for one in each {
        assert_eq!(what(one), (json!("each"), json!("userTask")));
        assert_eq!(one["parentActivityInstanceId"], body["id"]);
        assert_eq!(one["executionIds"].as_array().unwrap().len(), 1);
    }
    let later = &inside["childTransitionInstances"][0];
    assert_eq!(what(later), (json!("later"), json!("userTask")));
    assert_eq!(later["parentActivityInstanceId"], inside["id"]);
    assert_eq!(tree["childTransitionInstances"], json!([]));

    let gone = "Process instance with id none does not exist";
    tree_of("mara", "none").refused(500, "InvalidRequestException", gone);
}

#[test]
fn conditions_start_instances() {
    let line = Line::new();
    let conditional = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="t">
  <process id="alarm" isExecutable="true">
    <startEvent id="start"><conditionalEventDefinition>
      <condition xsi:type="tFormalExpression">${heat &gt; 80}</condition>
    </conditionalEventDefinition></startEvent>
    <sequenceFlow id="f1" sourceRef="start" targetRef="cool"/>
    <userTask id="cool"/>
  </process>
</definitions>"#;
    let parts = [("data", Some("alarm.bpmn"), conditional.as_bytes())];
    line.house.form("mara", "/deployment/create", &parts).good();
    let evaluate = |body: Json| line.house.post("mara", "/condition", body);
    let heat = |degrees: i64| json!({"heat": {"value": degrees, "type": "Integer"}});
    for cold in [json!({}), json!({"variables": heat(80)})] {
        assert_eq!(evaluate(cold).good(), json!([]));
    }
    let hot = json!({"variables": heat(81), "businessKey": "oven"});
    let started = evaluate(hot).good();
    assert_eq!(started.as_array().unwrap().len(), 1);
    assert_eq!(started[0]["businessKey"], "oven");
    let id = started[0]["id"].as_str().unwrap();
    assert_eq!(line.at(id), ["cool"]);
    let path = format!("/process-instance/{id}/variables/heat");
    assert_eq!(line.house.get("mara", &path).good()["value"], 81);

    let only = json!({"variables": heat(99), "processDefinitionId": line.definition});
    evaluate(only).refused(
        400,
        "BadUserRequestException",
        &format!(
            "Process definition with id '{}' does not declare conditional start event",
            line.definition
        ),
    );
    let tenants = json!({"tenantId": "a", "withoutTenantId": true});
    assert_eq!(evaluate(tenants).status, 400);
    assert_eq!(evaluate(json!({"processDefinitionId": "none"})).status, 404);
    let got = line.house.post("ana", "/condition", json!({}));
    assert_eq!(got.status, 403);
}

#[test]
fn several_instances_are_moved_at_once_and_forgotten_when_they_have_ended() {
    let line = Line::new();
    let ids = [line.start(), line.start()];
    let body = |ids: &[String]| {
        json!({
            "processDefinitionId": line.definition,
            "processInstanceIds": ids,
            "instructions": [
                {"type": "cancel", "activityId": "hold"},
                {"type": "startBeforeActivity", "activityId": "look"}
            ],
        })
    };
    let execute = |user: &str, body: Json| line.house.post(user, "/modification/execute", body);
    assert_eq!(execute("ana", body(&ids)).status, 403);
    assert_eq!(execute("mara", body(&[])).status, 400);
    // All or none: the one that is not there keeps the others where they are.
    let wrong = [ids[0].clone(), "nobody".to_owned()];
    assert!(execute("mara", body(&wrong)).status >= 400);
    assert_eq!(line.at(&ids[0]), ["hold"]);
    assert_eq!(execute("mara", body(&ids)).status, 204);
    assert_eq!(
        (line.at(&ids[0]), line.at(&ids[1])),
        (vec!["look".to_owned()], vec!["look".to_owned()])
    );

    let past = format!("/history/process-instance/{}", ids[0]);
    assert_eq!(line.delete("mara", &past).status, 400, "it runs");
    line.delete("mara", &format!("/process-instance/{}", ids[0]))
        .good();
    assert_eq!(line.delete("ana", &past).status, 403);
    assert_eq!(line.delete("mara", &past).status, 204);
    assert_eq!(line.house.get("mara", &past).status, 404);
    assert_eq!(line.delete("mara", &past).status, 404);
    assert_eq!(
        line.delete("mara", &format!("{past}?failIfNotExists=false"))
            .status,
        204
    );
    let visits = format!("/history/activity-instance?processInstanceId={}", ids[0]);
    assert_eq!(line.house.get("mara", &visits).good(), json!([]));
}

#[test]
fn a_definition_is_deleted_with_what_runs_on_it_where_that_is_asked() {
    let line = Line::new();
    let id = line.start();
    let path = format!("/process-definition/{}", line.definition);
    assert!(line.delete("mara", &path).status >= 400, "an instance runs");
    assert_eq!(
        line.delete("ana", &format!("{path}?cascade=true")).status,
        403
    );
    let skip = format!("{path}?cascade=true&skipCustomListeners=true&skipIoMappings=true");
    assert_eq!(line.delete("mara", &skip).status, 204);
    assert_eq!(line.house.get("mara", &path).status, 404);
    assert_eq!(
        line.house
            .get("mara", &format!("/history/process-instance/{id}"))
            .status,
        404
    );
    assert_eq!(line.delete("mara", &path).status, 404);

    let line = Line::new();
    line.start();
    let by_key = "/process-definition/key/line";
    assert!(line.delete("mara", by_key).status >= 400);
    assert_eq!(line.house.get("mara", by_key).status, 200);
    assert_eq!(
        line.delete("mara", &format!("{by_key}?cascade=true"))
            .status,
        204
    );
    assert_eq!(line.house.get("mara", by_key).status, 404);
    assert_eq!(line.delete("mara", by_key).status, 404);
}

#[test]
fn callers_have_the_incidents_of_what_they_call() {
    let house = House::new();
    let process = |key: &str, inside: &str| {
        format!(
            r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
            <process id="{key}" isExecutable="true" camunda:historyTimeToLive="P30D"><startEvent id="s"/>
            <sequenceFlow id="f" sourceRef="s" targetRef="x"/>{inside}</process></definitions>"#
        )
    };
    let outer = process("outer", r#"<callActivity id="x" calledElement="inner"/>"#);
    let inner = r#"<serviceTask id="x" camunda:type="external" camunda:topic="t"/>"#;
    let inner = process("inner", inner);
    let parts = [
        ("outer", Some("outer.bpmn"), outer.as_bytes()),
        ("inner", Some("inner.bpmn"), inner.as_bytes()),
    ];
    house.form("mara", "/deployment/create", &parts).good();
    let started = house.post("mara", "/process-definition/key/outer/start", json!({}));
    let id = started.good()["id"].as_str().unwrap().to_owned();
    let task = house.one();
    let failure = json!({"workerId": "me", "errorMessage": "no", "retries": 0});
    house
        .post("w1", &format!("/external-task/{task}/failure"), failure)
        .good();

    let get = |path: &str| house.get("mara", path).good();
    let own = get(&format!("/incident?processInstanceId={id}"))[0].clone();
    let cause = get("/incident?incidentMessage=no")[0].clone();
    for (name, value) in [
        ("causeIncidentId", &cause["id"]),
        ("rootCauseIncidentId", &cause["id"]),
        ("activityId", &json!("x")),
        ("configuration", &Json::Null),
        ("incidentMessage", &Json::Null),
        ("incidentType", &json!("failedExternalTask")),
    ] {
        assert_eq!(own[name], *value, "{name}");
    }
    assert_eq!(cause["causeIncidentId"], cause["id"]);
    let of = format!("rootCauseIncidentId={}", cause["id"].as_str().unwrap());
    assert_eq!(get(&format!("/incident/count?{of}"))["count"], 2);
    assert_eq!(get(&format!("/history/incident/count?{of}"))["count"], 2);
    let with = "/process-instance?withIncident=true";
    assert_eq!(get(with).as_array().unwrap().len(), 2);
    let roots = "/process-definition/statistics?rootIncidents=true";
    let all = "/process-definition/statistics?incidents=true";
    let counts = |path: &str| -> i64 {
        let found = get(path);
        let found = found.as_array().unwrap().iter();
        let incidents = found.flat_map(|d| d["incidents"].as_array().unwrap().clone());
        incidents
            .map(|i| i["incidentCount"].as_i64().unwrap())
            .sum()
    };
    assert_eq!((counts(roots), counts(all)), (1, 2));

    let retries = json!({"retries": 1});
    house
        .put("mara", &format!("/external-task/{task}/retries"), retries)
        .good();
    assert_eq!(get(&format!("/incident/count?{of}"))["count"], 0);
    let past = get(&format!("/history/incident?{of}&resolved=true"));
    assert_eq!(past.as_array().unwrap().len(), 2);
}
