//! Incidents and the log of jobs, after the cases of Camunda's IncidentTest, HistoricIncidentTest
//! and HistoricJobLogTest, with expressions that fail in place of Java code.

use crate::house::House;
use serde_json::{Value as Json, json};

const MODELS: &str = r#"<message id="m" name="go"/>
<process id="fails" isExecutable="true"><startEvent id="s1"/><sequenceFlow id="a1" sourceRef="s1" targetRef="task"/>
  <serviceTask id="task" camunda:asyncBefore="true" camunda:expression="${fail ? unknown : true}"/><sequenceFlow id="a2" sourceRef="task" targetRef="after"/><userTask id="after"/></process>
<process id="calls" isExecutable="true"><startEvent id="s2"/><sequenceFlow id="b1" sourceRef="s2" targetRef="call"/>
  <callActivity id="call" calledElement="fails"><extensionElements><camunda:in variables="all"/></extensionElements></callActivity></process>
<process id="outer" isExecutable="true"><startEvent id="s3"/><sequenceFlow id="c1" sourceRef="s3" targetRef="calling"/>
  <callActivity id="calling" calledElement="calls"><extensionElements><camunda:in variables="all"/></extensionElements></callActivity></process>
<process id="nested" isExecutable="true"><startEvent id="s4"/><sequenceFlow id="d0" sourceRef="s4" targetRef="fork"/><parallelGateway id="fork"/>
  <sequenceFlow id="d1" sourceRef="fork" targetRef="inner"/><sequenceFlow id="d2" sourceRef="fork" targetRef="wait"/>
  <serviceTask id="inner" camunda:asyncBefore="true" camunda:expression="${unknown}"/><receiveTask id="wait" messageRef="m"/></process>"#;

struct Failing {
    house: House,
}

impl Failing {
    fn new() -> Failing {
        let house = House::new();
        house.bpmn(MODELS);
        Failing { house }
    }

    /// Starts an instance and lets its jobs fail until no retry is left.
    fn start(&self, key: &str) -> String {
        let instance = self.house.run(key, json!({"fail": {"value": true}}));
        self.house.jobs();
        instance
    }

    fn incident(&self, instance: &str) -> Json {
        self.house
            .only(&format!("/incident?processInstanceId={instance}"))
    }

    fn past(&self, query: &str) -> usize {
        self.house.list(&format!("/history/incident?{query}")).len()
    }

    fn retry(&self, job: &str, retries: i64) -> u16 {
        let body = json!({ "retries": retries });
        let path = format!("/job/{job}/retries");
        self.house.put("mara", &path, body).status
    }
}

/// IncidentTest.shouldCreateOneIncident
/// IncidentTest.shouldCreateOneIncidentAfterSetRetries
/// IncidentTest.shouldCreateOneIncidentAfterExecuteJob
/// IncidentTest.shouldDeleteIncidentAfterJobWasSuccessfully
/// HistoricIncidentTest.testPropertiesOfHistoricIncident
/// HistoricIncidentTest.testCreateSecondHistoricIncident
/// HistoricIncidentTest.testSetHistoricIncidentToResolved
#[test]
fn a_job_without_retries_is_an_incident_until_it_is_tried_again() {
    let failing = Failing::new();
    let house = &failing.house;
    let instance = failing.start("fails");
    let incident = failing.incident(&instance);
    let job = house.only("/job");
    let id = job["id"].as_str().unwrap();
    for (name, value) in [
        ("incidentType", json!("failedJob")),
        ("incidentMessage", job["exceptionMessage"].clone()),
        ("executionId", job["executionId"].clone()),
        ("activityId", json!("task")),
        ("failedActivityId", json!("task")),
        ("processInstanceId", json!(instance)),
        ("processDefinitionId", job["processDefinitionId"].clone()),
        ("causeIncidentId", incident["id"].clone()),
        ("rootCauseIncidentId", incident["id"].clone()),
        ("configuration", job["id"].clone()),
    ] {
        assert_eq!(incident[name], value, "{name}");
    }
    assert!(
        incident["incidentMessage"]
            .as_str()
            .unwrap()
            .contains("unknown")
    );
    let past = house.only("/history/incident");
    for name in [
        "id",
        "incidentType",
        "incidentMessage",
        "executionId",
        "activityId",
        "failedActivityId",
        "processInstanceId",
        "processDefinitionId",
        "causeIncidentId",
        "rootCauseIncidentId",
        "configuration",
    ] {
        assert_eq!(past[name], incident[name], "{name}");
    }
    assert_eq!(
        (&past["createTime"], &past["endTime"]),
        (&incident["incidentTimestamp"], &Json::Null)
    );
    assert_eq!(past["processDefinitionKey"], "fails");
    assert_eq!(
        (&past["open"], &past["deleted"], &past["resolved"]),
        (&json!(true), &json!(false), &json!(false))
    );

    assert_ne!(
        house
            .post("mara", &format!("/job/{id}/execute"), json!({}))
            .status,
        204
    );
    assert_eq!(
        failing.incident(&instance)["id"],
        incident["id"],
        "still the one"
    );
    assert_eq!(failing.retry(id, 1), 204);
    assert!(house.list("/incident").is_empty());
    assert_eq!(house.only("/history/incident")["resolved"], true);
    house.jobs();
    failing.incident(&instance);
    assert_eq!(
        [
            failing.past(""),
            failing.past("resolved=true"),
            failing.past("open=true")
        ],
        [2, 1, 1]
    );

    let path = format!("/process-instance/{instance}/variables/fail");
    house.put("mara", &path, json!({"value": false})).good();
    assert_eq!(failing.retry(id, 1), 204);
    house.jobs();
    assert_eq!(house.only("/task")["taskDefinitionKey"], "after");
    assert!(house.list("/incident").is_empty());
    assert_eq!(failing.past("resolved=true"), 2);
}

/// IncidentTest.shouldCreateRecursiveIncidents
/// IncidentTest.shouldCreateRecursiveIncidentsForNestedCallActivity
/// HistoricIncidentTest.testCreateRecursiveHistoricIncidents
/// HistoricIncidentTest.testCreateRecursiveHistoricIncidentsForNestedCallActivities
/// HistoricIncidentTest.testSetHistoricIncidentToResolvedRecursive
/// HistoricIncidentTest.testSetHistoricIncidentToDeleted
/// HistoricIncidentTest.testSetHistoricIncidentToDeletedRecursive
#[test]
fn an_incident_is_one_of_all_that_called_it_too() {
    for (depth, resolve) in [(1, false), (2, true), (2, false), (3, true), (3, false)] {
        let failing = Failing::new();
        let house = &failing.house;
        let keys = &["fails", "calls", "outer"][..depth];
        let activities = &["task", "call", "calling"][..depth];
        let top = failing.start(keys[depth - 1]);
        assert_eq!(house.list("/incident").len(), depth);
        let job = house.only("/job");
        let of = |key: &str| {
            let instance = house.text(
                &format!("/process-instance?processDefinitionKey={key}"),
                "id",
            );
            failing.incident(&instance)
        };
        let root = of("fails");
        let mut cause = root["id"].clone();
        for (key, activity) in keys.iter().zip(activities) {
            let incident = of(key);
            assert_eq!(
                (&incident["activityId"], &incident["failedActivityId"]),
                (&json!(activity), &json!(activity))
            );
            assert_eq!(
                (
                    &incident["causeIncidentId"],
                    &incident["rootCauseIncidentId"]
                ),
                (&cause, &root["id"]),
                "{key}"
            );
            assert_eq!(incident["incidentType"], "failedJob");
            let below = *key == "fails";
            assert_eq!(incident["incidentMessage"].is_string(), below, "{key}");
            assert_eq!(
                incident["configuration"],
                if below { job["id"].clone() } else { Json::Null }
            );
            let past = house.only(&format!(
                "/history/incident?incidentId={}",
                incident["id"].as_str().unwrap()
            ));
            assert_eq!(
                (&past["causeIncidentId"], &past["rootCauseIncidentId"]),
                (&cause, &root["id"]),
                "{key}"
            );
            cause = incident["id"].clone();
        }
        let state = match resolve {
            true => {
                assert_eq!(failing.retry(job["id"].as_str().unwrap(), 1), 204);
                "resolved"
            }
            false => {
                let path = format!("/engine-rest/process-instance/{top}");
                assert_eq!(house.send("mara", "DELETE", &path, None).status, 204);
                "deleted"
            }
        };
        assert!(house.list("/incident").is_empty());
        let past = house.list("/history/incident");
        assert_eq!(past.len(), depth);
        assert!(
            past.iter().all(|one| one[state] == true
                && one["open"] == false
                && one["endTime"].is_string()),
            "{past:?}"
        );
    }
}

/// IncidentTest.shouldCreateOneIncidentForNestedExecution
/// IncidentTest.shouldNotSetNegativeRetries
// differs: IncidentTest.shouldCreateIncidentOnFailedStartTimerEvent, IncidentTest.shouldSetActivityIdProperty: a timer that starts instances is tried no more without an incident
#[test]
fn an_incident_stands_at_its_branch() {
    let failing = Failing::new();
    let house = &failing.house;
    let instance = failing.start("nested");
    let incident = failing.incident(&instance);
    let job = house.only("/job");
    assert_eq!(
        (&incident["activityId"], &incident["executionId"]),
        (&json!("inner"), &job["executionId"])
    );
    assert_ne!(incident["executionId"], instance);
    assert_eq!(failing.retry(job["id"].as_str().unwrap(), -200), 500);
    assert_eq!(house.only("/job")["retries"], 0);
}

// differs: HistoricJobLogTest.testFailedHistoricJobLogProperties: the retries in the log are those that are left
/// HistoricJobLogTest.testExceptionStacktrace
/// HistoricJobLogTest.testDifferentExceptions
#[test]
fn every_try_of_a_job_is_logged() {
    let failing = Failing::new();
    let house = &failing.house;
    let instance = house.run("fails", json!({"fail": {"value": true}}));
    let job = house.text("/job", "id");
    let execute = || house.post("mara", &format!("/job/{job}/execute"), json!({}));
    assert!(execute().status >= 400);
    let known = house.only("/job");
    let log = house.only("/history/job-log?failureLog=true");
    for (name, value) in [
        ("jobId", json!(job)),
        ("activityId", json!("task")),
        ("failedActivityId", json!("task")),
        ("jobDefinitionType", json!("async-continuation")),
        ("jobDefinitionConfiguration", json!("async-before")),
        ("jobRetries", json!(2)),
        ("processInstanceId", json!(instance)),
        ("processDefinitionId", known["processDefinitionId"].clone()),
        ("processDefinitionKey", json!("fails")),
        ("jobExceptionMessage", known["exceptionMessage"].clone()),
        ("creationLog", json!(false)),
        ("failureLog", json!(true)),
        ("successLog", json!(false)),
        ("deletionLog", json!(false)),
    ] {
        assert_eq!(log[name], value, "{name}");
    }
    assert!(log["timestamp"].is_string());
    let trace = format!(
        "/history/job-log/{}/stacktrace",
        log["id"].as_str().unwrap()
    );
    let trace = house.get("mara", &trace);
    assert!(String::from_utf8_lossy(&trace.body).contains("unknown"));

    let path = format!("/process-instance/{instance}/variables/fail");
    house
        .put("mara", &path, json!({"value": 5, "type": "Integer"}))
        .good();
    assert!(execute().status >= 400);
    let messages: Vec<Json> = house
        .list("/history/job-log?failureLog=true")
        .iter()
        .map(|log| log["jobExceptionMessage"].clone())
        .collect();
    assert_eq!(messages.len(), 2);
    assert_ne!(messages[0], messages[1]);
    house.put("mara", &path, json!({"value": false})).good();
    assert_eq!(execute().status, 204);
    let log = house.only("/history/job-log?successLog=true");
    assert_eq!(log["jobExceptionMessage"], messages[1]);
}
