//! Job definitions, priorities, and suspension of jobs, now and at a later time, after the cases of
//! Camunda's JobDefinitionDeploymentTest and ProcessDefinitionSuspensionTest.

use crate::house::House;
use chrono::TimeDelta;
use crewdesk::desk::Caller;
use serde_json::{Value as Json, json};
use std::time::Duration;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">"#;

const MODEL: &str = r#"
  <process id="many" isExecutable="true" camunda:jobPriority="5">
    <startEvent id="start"><timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition></startEvent>
    <sequenceFlow id="f1" sourceRef="start" targetRef="low"/><sequenceFlow id="f2" sourceRef="start" targetRef="high"/>
    <sequenceFlow id="f3" sourceRef="start" targetRef="plain"/><sequenceFlow id="f4" sourceRef="start" targetRef="each"/>
    <sequenceFlow id="f5" sourceRef="start" targetRef="wait"/><sequenceFlow id="f6" sourceRef="start" targetRef="hold"/>
    <serviceTask id="low" camunda:asyncBefore="true" camunda:jobPriority="-3" camunda:expression="${true}"/>
    <serviceTask id="high" camunda:asyncBefore="true" camunda:jobPriority="${prio + 2}" camunda:expression="${true}"/>
    <serviceTask id="plain" camunda:asyncBefore="true" camunda:expression="${true}"/>
    <serviceTask id="each" camunda:asyncAfter="true" camunda:expression="${true}">
      <multiInstanceLoopCharacteristics camunda:asyncBefore="true"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
    </serviceTask>
    <intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>PT5M</timeDuration></timerEventDefinition></intermediateCatchEvent>
    <userTask id="hold"/>
    <boundaryEvent id="late" attachedToRef="hold"><timerEventDefinition><timeDate>2036-11-14T11:12:22</timeDate></timerEventDefinition></boundaryEvent>
  </process>
  <process id="other" isExecutable="true">
    <startEvent id="s"/><sequenceFlow id="o1" sourceRef="s" targetRef="work"/>
    <serviceTask id="work" camunda:asyncBefore="true" camunda:expression="${missing}"/>
  </process>
</definitions>"#;

struct Jobs(House);

impl Jobs {
    fn new() -> Jobs {
        let house = House::new();
        let model = format!("{HEAD}{MODEL}");
        let parts = [("data", Some("jobs.bpmn"), model.as_bytes())];
        house.form("mara", "/deployment/create", &parts).good();
        Jobs(house)
    }

    fn list(&self, path: &str) -> Vec<Json> {
        let found = self.0.get("mara", path).good();
        found.as_array().expect("a list").clone()
    }

    fn start(&self, key: &str) -> String {
        let body = json!({"variables": {"prio": {"value": 40, "type": "Integer"}}});
        let path = format!("/process-definition/key/{key}/start");
        let started = self.0.post("mara", &path, body).good();
        started["id"].as_str().expect("an id").to_owned()
    }

    /// The id of the job definition at an activity.
    fn at(&self, activity: &str) -> String {
        let activity = activity.replace('#', "%23");
        let found = self.list(&format!("/job-definition?activityIdIn={activity}"));
        found[0]["id"].as_str().expect("an id").to_owned()
    }

    fn put(&self, path: &str, body: Json) -> u16 {
        self.0.put("mara", path, body).status
    }

    fn jobs(&self, filter: &str) -> usize {
        self.list(&format!("/job?{filter}")).len()
    }

    /// Executes what is due.
    fn work(&self) {
        let mine = Caller::Desk;
        loop {
            let jobs = self.0.desk.acquire_jobs(&mine, "w", 100).expect("jobs");
            if jobs.is_empty() {
                return;
            }
            for job in jobs {
                self.0.desk.execute_job(&mine, &job).expect("executed");
            }
        }
    }
}

/// JobDefinitionDeploymentTest.testTimerStartEvent
/// JobDefinitionDeploymentTest.testTimerBoundaryEvent
/// JobDefinitionDeploymentTest.testMultipleTimerBoundaryEvents
/// JobDefinitionDeploymentTest.testEventBasedGateway
/// JobDefinitionDeploymentTest.testTimerIntermediateEvent
/// JobDefinitionDeploymentTest.testAsyncContinuation
/// JobDefinitionDeploymentTest.testAsyncContinuationOfMultiInstance
/// JobDefinitionDeploymentTest.testAsyncContinuationOfActivityWrappedInMultiInstance
/// JobDefinitionDeploymentTest.testMultipleProcessDeployment
#[test]
fn a_process_tells_which_jobs_it_may_have() {
    let jobs = Jobs::new();
    let found =
        jobs.list("/job-definition?processDefinitionKey=many&sortBy=activityId&sortOrder=asc");
    let shown: Vec<_> = found
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap_or_default();
            (
                text("activityId"),
                text("jobType"),
                text("jobConfiguration"),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("each", "async-continuation", "async-before"),
            (
                "each#multiInstanceBody",
                "async-continuation",
                "async-after"
            ),
            ("high", "async-continuation", "async-before"),
            ("late", "timer-transition", "DATE: 2036-11-14T11:12:22"),
            ("low", "async-continuation", "async-before"),
            ("plain", "async-continuation", "async-before"),
            ("start", "timer-start-event", "CYCLE: R/PT1H"),
            ("wait", "timer-intermediate-transition", "DURATION: PT5M"),
        ]
    );
    let one = &found[2];
    let path = format!("/job-definition/{}", one["id"].as_str().expect("an id"));
    assert_eq!(jobs.0.get("mara", &path).good(), *one);
    assert_eq!(one["processDefinitionKey"], "many");
    assert_eq!(
        (&one["suspended"], &one["overridingJobPriority"]),
        (&json!(false), &Json::Null)
    );
    let count = jobs.0.post(
        "mara",
        "/job-definition/count",
        json!({"jobType": "timer-transition"}),
    );
    assert_eq!(count.good()["count"], 1);
    jobs.0.get("mara", "/job-definition/none").refused(
        404,
        "InvalidRequestException",
        "Job Definition with id none does not exist",
    );
    // Each job knows its definition.
    jobs.start("many");
    for activity in ["high", "each", "wait", "late"] {
        let of = format!("jobDefinitionId={}", jobs.at(activity));
        assert_eq!(
            jobs.jobs(&of),
            if activity == "each" { 2 } else { 1 },
            "{activity}"
        );
    }
    assert_eq!(jobs.0.get("ana", "/job-definition").status, 200);
    let denied = jobs.0.put(
        "ana",
        "/job-definition/suspended",
        json!({"processDefinitionKey": "many"}),
    );
    assert_eq!(denied.status, 403);
}

#[test]
fn what_is_more_urgent_is_taken_first() {
    let jobs = Jobs::new();
    jobs.start("many");
    let order = || {
        let mut found = jobs.list("/job?messages=true&sortBy=jobPriority&sortOrder=desc");
        found.retain(|job| job["processDefinitionKey"] == "many");
        let priorities = found
            .iter()
            .map(|job| job["priority"].as_i64().expect("a number"));
        priorities.collect::<Vec<_>>()
    };
    assert_eq!(order(), [42, 5, 5, 5, -3]);
    assert_eq!(jobs.jobs("priorityHigherThanOrEquals=42"), 1);
    assert_eq!(jobs.jobs("messages=true&priorityLowerThanOrEquals=-3"), 1);
    // One is changed by hand, others by their definition, then also those that are there.
    let low = jobs.list("/job?priorityLowerThanOrEquals=-3")[0]["id"].clone();
    let low = low.as_str().expect("an id").to_owned();
    assert_eq!(
        jobs.put(&format!("/job/{low}/priority"), json!({"priority": 99})),
        204
    );
    let path = format!("/job-definition/{}/jobPriority", jobs.at("high"));
    assert_eq!(jobs.put(&path, json!({"priority": 1})), 204);
    assert_eq!(order(), [99, 42, 5, 5, 5]);
    let mine = Caller::Desk;
    let taken = jobs.0.desk.acquire_jobs(&mine, "w", 3).expect("jobs");
    let taken: Vec<i64> = taken
        .iter()
        .map(|id| {
            jobs.0.get("mara", &format!("/job/{id}")).good()["priority"]
                .as_i64()
                .expect("a number")
        })
        .collect();
    assert_eq!(taken, [99, 42, 5]);
    assert_eq!(
        jobs.put(&path, json!({"priority": 2, "includeJobs": true})),
        204
    );
    jobs.start("many");
    assert_eq!(order(), [99, 5, 5, 5, 5, 5, 5, 2, 2, -3]);
    assert_eq!(jobs.put(&path, json!({"includeJobs": true})), 400);
    assert_eq!(jobs.put(&path, json!({})), 204);
    let shown = jobs.list("/job-definition?withOverridingJobPriority=true");
    assert_eq!(shown.len(), 0);
    let own = format!("/job/{low}/priority");
    for (path, body, status) in [
        (
            "/job-definition/none/jobPriority",
            json!({"priority": 1}),
            404,
        ),
        ("/job/none/priority", json!({"priority": 1}), 404),
        (own.as_str(), json!({}), 400),
    ] {
        assert_eq!(jobs.put(path, body), status, "{path}");
    }
}

#[test]
fn a_priority_is_a_whole_number() {
    let house = House::new();
    let model = format!("{HEAD}{}", MODEL.replace("\"-3\"", "\"soon\""));
    let parts = [("data", Some("jobs.bpmn"), model.as_bytes())];
    let got = house.form("mara", "/deployment/create", &parts);
    let text = String::from_utf8_lossy(&got.body);
    assert!(got.status >= 400);
    assert!(
        text.contains("Value 'soon' for attribute 'jobPriority' is not a valid number"),
        "{text}"
    );
}

#[test]
fn suspended_jobs_rest_and_those_of_a_suspended_definition_too() {
    let jobs = Jobs::new();
    let first = jobs.start("many");
    let high = jobs.at("high");
    let path = format!("/job-definition/{high}/suspended");
    assert_eq!(jobs.put(&path, json!({"suspended": true})), 204);
    assert_eq!(jobs.jobs("suspended=true"), 0, "those that are there stay");
    jobs.start("many");
    assert_eq!(jobs.jobs("suspended=true"), 1, "a new one rests");
    assert_eq!(jobs.list("/job-definition?suspended=true").len(), 1);
    jobs.work();
    let left = format!("jobDefinitionId={high}");
    assert_eq!(jobs.jobs(&left), 1, "it rests still");
    assert_eq!(
        jobs.put(&path, json!({"suspended": false, "includeJobs": true})),
        204
    );
    assert_eq!(jobs.jobs("suspended=true"), 0);
    jobs.work();
    assert_eq!(jobs.jobs(&left), 0);
    // One job, and by all that they have in common.
    let timer = jobs.list(&format!("/job?processInstanceId={first}&activityId=wait"));
    let timer = timer[0]["id"].as_str().expect("an id");
    let by_id = format!("/job/{timer}/suspended");
    assert_eq!(jobs.put(&by_id, json!({"suspended": true})), 204);
    assert_eq!(jobs.jobs("suspended=true"), 1);
    let version = jobs.list("/process-definition?key=many")[0]["id"].clone();
    for (body, rest) in [
        (json!({"processInstanceId": first, "suspended": false}), 0),
        (
            json!({"processDefinitionKey": "many", "suspended": true}),
            5,
        ),
        (
            json!({"jobDefinitionId": jobs.at("wait"), "suspended": false}),
            3,
        ),
        (
            json!({"processDefinitionId": version, "suspended": false}),
            0,
        ),
    ] {
        assert_eq!(jobs.put("/job/suspended", body.clone()), 204, "{body}");
        assert_eq!(jobs.jobs("suspended=true"), rest, "{body}");
    }
    for (path, body, why) in [
        ("/job/suspended", json!({}), "Either jobId, jobDefinitionId"),
        (
            "/job/suspended",
            json!({"jobId": "x"}),
            "Either jobDefinitionId",
        ),
        (
            "/job/suspended",
            json!({"processDefinitionId": "x", "processInstanceId": "y"}),
            "Only one of jobId",
        ),
        (
            "/job-definition/suspended",
            json!({}),
            "Either jobDefinitionId",
        ),
        (
            "/job-definition/suspended",
            json!({"processDefinitionId": "x", "processDefinitionKey": "y"}),
            "Only one of jobDefinitionId",
        ),
    ] {
        let got = jobs.0.put("mara", path, body);
        let text = String::from_utf8_lossy(&got.body).into_owned();
        assert!(got.status == 400 && text.contains(why), "{path}: {text}");
    }
}

/// ProcessDefinitionSuspensionTest.testSuspendById_shouldSuspendJobDefinitionAndRetainJob
/// ProcessDefinitionSuspensionTest.testSuspendByKey_shouldSuspendJobDefinitionAndRetainJob
/// ProcessDefinitionSuspensionTest.testActivationById_shouldActivateJobDefinitionAndRetainJob
/// ProcessDefinitionSuspensionTest.testActivationByKey_shouldActivateJobDefinitionAndRetainJob
/// ProcessDefinitionSuspensionTest.testMultipleSuspendByKey_shouldSuspendJobDefinitionAndRetainJob
/// ProcessDefinitionSuspensionTest.testMultipleActivationByKey_shouldActivateJobDefinitionAndRetainJob
#[test]
fn a_process_takes_its_job_definitions_along_and_leaves_its_jobs() {
    let jobs = Jobs::new();
    let instance = jobs.start("other");
    let id = jobs.list("/process-definition?key=other")[0]["id"].clone();
    let by_id = format!(
        "/process-definition/{}/suspended",
        id.as_str().expect("an id")
    );
    let of = "/job-definition?processDefinitionKey=other&suspended=true";
    let own = format!("processInstanceId={instance}&suspended=true");
    for path in [by_id.as_str(), "/process-definition/key/other/suspended"] {
        assert_eq!(jobs.put(path, json!({"suspended": true})), 204);
        assert_eq!((jobs.list(of).len(), jobs.jobs(&own)), (1, 0));
        assert_eq!(jobs.put(path, json!({"suspended": false})), 204);
        assert_eq!((jobs.list(of).len(), jobs.jobs(&own)), (0, 0));
    }
    // With the instances their jobs rest, and stay at rest without them.
    let all = json!({"suspended": true, "includeProcessInstances": true});
    assert_eq!(jobs.put(&by_id, all), 204);
    assert_eq!((jobs.list(of).len(), jobs.jobs(&own)), (1, 1));
    assert_eq!(jobs.put(&by_id, json!({"suspended": false})), 204);
    assert_eq!((jobs.list(of).len(), jobs.jobs(&own)), (0, 1));
}

/// ProcessDefinitionSuspensionTest.testDelayedSuspendProcessDefinition
/// ProcessDefinitionSuspensionTest.testDelayedSuspendProcessDefinitionUsingBuilder
/// ProcessDefinitionSuspensionTest.testDelayedSuspendProcessDefinitionIncludingProcessInstances
/// ProcessDefinitionSuspensionTest.testDelayedActivateProcessDefinition
/// ProcessDefinitionSuspensionTest.testDelayedActivateProcessDefinitionUsingBuilder
/// ProcessDefinitionSuspensionTest.testDelayedSuspendAndActivateProcessDefinitionByKeyUsingBuilder
#[test]
fn a_date_leaves_it_to_a_job() {
    let jobs = Jobs::new();
    let instance = jobs.start("many");
    let at = |hours: i64| {
        let at = crate::house::noon() + TimeDelta::hours(hours);
        at.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
    };
    let id = jobs.list("/process-definition?key=other")[0]["id"].clone();
    let by_id = format!(
        "/process-definition/{}/suspended",
        id.as_str().expect("an id")
    );
    let by_key = "/process-definition/key/many/suspended";
    let body = json!({"suspended": true, "includeProcessInstances": true, "executionDate": at(24)});
    assert_eq!(jobs.put(by_key, body), 204);
    assert_eq!(
        jobs.put(&by_id, json!({"suspended": true, "executionDate": at(24)})),
        204
    );
    let of_jobs = format!("/job-definition/{}/suspended", jobs.at("wait"));
    let body = json!({"suspended": false, "includeJobs": true, "executionDate": at(48)});
    assert_eq!(jobs.put(&of_jobs, body), 204);
    let waiting: Vec<Json> = jobs.list("/job?timers=true");
    let planned: Vec<_> = waiting
        .iter()
        .filter(|job| job["processDefinitionId"].is_null())
        .collect();
    assert_eq!(planned.len(), 3);
    assert_eq!(planned[0]["processInstanceId"], Json::Null);
    let suspended = |path: &str| jobs.0.get("mara", path).good()["suspended"] == json!(true);
    let many = "/process-definition/key/many";
    let instance = format!("/process-instance/{instance}");
    assert!(!suspended(many) && !suspended("/process-definition/key/other"));
    // The start timer would go on making instances.
    let stop = format!("/job-definition/{}/suspended", jobs.at("start"));
    assert_eq!(
        jobs.put(&stop, json!({"suspended": true, "includeJobs": true})),
        204
    );
    jobs.0.clock.advance(Duration::from_secs(23 * 3600));
    jobs.work();
    assert!(!suspended(many) && !suspended(&instance));
    jobs.0.clock.advance(Duration::from_secs(3600));
    jobs.work();
    assert!(suspended(many) && suspended("/process-definition/key/other"));
    assert!(suspended(&instance));
    let wait = format!("/job-definition/{}", jobs.at("wait"));
    assert!(suspended(&wait));
    jobs.0.clock.advance(Duration::from_secs(24 * 3600));
    jobs.work();
    assert!(
        !suspended(&wait) && suspended(many),
        "the last one was of jobs alone"
    );
    let none = jobs.list("/job?timers=true");
    assert!(
        none.iter().all(|job| !job["processDefinitionId"].is_null()),
        "each ran once"
    );
}

#[test]
fn a_job_is_tried_again_and_deleted() {
    let jobs = Jobs::new();
    let instance = jobs.start("other");
    for _ in 0..3 {
        jobs.work();
        jobs.0.clock.advance(Duration::from_secs(3600));
    }
    let job = jobs.list(&format!("/job?processInstanceId={instance}"))[0].clone();
    assert_eq!(job["retries"], 0);
    let path = format!("/job-definition/{}/retries", jobs.at("work"));
    let due = "2030-01-01T00:00:00.000+0000";
    assert_eq!(jobs.put(&path, json!({"retries": 2, "dueDate": due})), 204);
    let id = job["id"].as_str().expect("an id");
    let shown = || jobs.0.get("mara", &format!("/job/{id}")).good();
    assert_eq!(
        (&shown()["retries"], &shown()["dueDate"]),
        (&json!(2), &json!(due))
    );
    // Those that have tries left stay as they are.
    assert_eq!(jobs.put(&path, json!({"retries": 7})), 204);
    assert_eq!(shown()["retries"], 2);
    assert_eq!(jobs.put(&path, json!({"retries": -1})), 500);
    let own = format!("/job/{id}/retries");
    let later = "2031-01-01T00:00:00.000+0000";
    assert_eq!(jobs.put(&own, json!({"retries": 4, "dueDate": later})), 204);
    assert_eq!(
        (&shown()["retries"], &shown()["dueDate"]),
        (&json!(4), &json!(later))
    );
    let delete = || jobs.0.delete("mara", &format!("/job/{id}")).status;
    assert_eq!(jobs.put(&format!("/job/{id}/duedate"), json!({})), 204);
    let taken = jobs
        .0
        .desk
        .acquire_jobs(&Caller::Desk, "w", 100)
        .expect("jobs");
    assert!(taken.contains(&id.to_owned()));
    assert_eq!(delete(), 500, "a worker has it");
    jobs.0.desk.execute_job(&Caller::Desk, id).expect("tried");
    assert_eq!(delete(), 204);
    assert_eq!(delete(), 404);
    assert_eq!(jobs.jobs(&format!("processInstanceId={instance}")), 0);
    assert_eq!(jobs.list("/incident").len(), 0);
}
