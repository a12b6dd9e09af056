//! What the services of the engine do, after cases of Camunda's RuntimeServiceTest,
//! ManagementServiceTest, ExternalTaskServiceTest and VariableInstanceQueryTest.

use crate::house::House;
use serde_json::{Value as Json, json};
use std::time::Duration;

const ONE: &str = r#"<process id="one" isExecutable="true">
  <startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="theTask"/><userTask id="theTask" name="my task"/></process>"#;

fn delete(house: &House, path: &str) -> u16 {
    let path = format!("/engine-rest{path}");
    house.send("mara", "DELETE", &path, None).status
}

/// RuntimeServiceTest.testDeleteProcessInstanceWithActiveCompensation
#[test]
fn an_instance_that_is_undoing_something_is_deleted() {
    let house = House::new();
    house.bpmn(
        r#"<process id="undoes" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="sub"/>
        <subProcess id="sub"><startEvent id="s2"/><sequenceFlow id="g1" sourceRef="s2" targetRef="inner"/><userTask id="inner"/><sequenceFlow id="g2" sourceRef="inner" targetRef="e2"/><endEvent id="e2"/>
          <boundaryEvent id="innerUndo" attachedToRef="inner"><compensateEventDefinition/></boundaryEvent><association id="a1" sourceRef="innerUndo" targetRef="innerAfter" associationDirection="One"/><userTask id="innerAfter" isForCompensation="true"/></subProcess>
        <sequenceFlow id="f2" sourceRef="sub" targetRef="after"/><userTask id="after"/>
        <boundaryEvent id="afterUndo" attachedToRef="after"><compensateEventDefinition/></boundaryEvent><association id="a2" sourceRef="afterUndo" targetRef="outerAfter" associationDirection="One"/><userTask id="outerAfter" isForCompensation="true"/>
        <sequenceFlow id="f3" sourceRef="after" targetRef="throw"/><endEvent id="throw"><compensateEventDefinition/></endEvent></process>"#,
    );
    let instance = house.run("undoes", json!({}));
    house.complete("taskDefinitionKey=inner", json!({}));
    house.complete("taskDefinitionKey=after", json!({}));
    for task in ["innerAfter", "outerAfter"] {
        house.only(&format!("/task?taskDefinitionKey={task}"));
    }
    assert_eq!(
        delete(&house, &format!("/process-instance/{instance}")),
        204
    );
    assert!(house.list("/process-instance").is_empty());
    assert!(house.list("/task").is_empty());
}

/// HistoricProcessInstanceTest.testDeleteProcessInstanceWithoutSubprocessInstances
#[test]
fn what_a_deleted_instance_has_called_goes_on_for_itself_if_that_is_asked() {
    let house = House::new();
    house.bpmn(ONE);
    house.bpmn(
        r#"<process id="calling" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="call"/><callActivity id="call" calledElement="one"/></process>"#,
    );
    let caller = house.run("calling", json!({}));
    let called = house.text("/process-instance?processDefinitionKey=one", "id");
    let past = || {
        let path = format!("/history/process-instance/{called}");
        house.get("mara", &path).good()
    };
    assert_eq!(past()["superProcessInstanceId"], caller.as_str());
    let path = format!("/process-instance/{caller}?skipSubprocesses=true");
    assert_eq!(delete(&house, &path), 204);
    let roots = house.get("mara", "/metrics/process-instances/sum").good();
    assert_eq!(
        roots["result"], 1,
        "what was called was never started by itself"
    );
    assert_eq!(house.text("/process-instance", "id"), called);
    let alone = past();
    assert_eq!(
        (&alone["superProcessInstanceId"], &alone["state"]),
        (&Json::Null, &json!("ACTIVE"))
    );
    house.complete("", json!({}));
    assert!(house.list("/process-instance").is_empty());
    assert_eq!(past()["state"], "COMPLETED");
}

/// RuntimeServiceTest.testGetTransitionInstancesForActivity
#[test]
fn jobs_before_and_behind_activities_are_transition_instances() {
    let house = House::new();
    house.bpmn(
        r#"<process id="many" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="sub"/>
        <subProcess id="sub"><multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>
          <startEvent id="s2"/><sequenceFlow id="g1" sourceRef="s2" targetRef="inner"/><userTask id="inner" camunda:asyncBefore="true"/><sequenceFlow id="g2" sourceRef="inner" targetRef="end"/><endEvent id="end" camunda:asyncAfter="true"/></subProcess></process>"#,
    );
    let instance = house.run("many", json!({}));
    let job = house.list("/job")[0]["id"].as_str().unwrap().to_owned();
    house
        .post("mara", &format!("/job/{job}/execute"), json!({}))
        .good();
    house.complete("", json!({}));
    let path = format!("/process-instance/{instance}/activity-instances");
    fn transitions<'a>(tree: &'a Json, found: &mut Vec<(&'a str, &'a str)>) {
        for one in tree["childTransitionInstances"].as_array().unwrap() {
            let text = |name: &str| one[name].as_str().unwrap();
            found.push((text("activityId"), text("id")));
        }
        for one in tree["childActivityInstances"].as_array().unwrap() {
            transitions(one, found);
        }
    }
    let tree = house.get("mara", &path).good();
    let mut found = Vec::new();
    transitions(&tree, &mut found);
    found.sort_unstable();
    let activities: Vec<&str> = found.iter().map(|(activity, _)| *activity).collect();
    assert_eq!(activities, ["end", "inner", "inner"]);
    assert_ne!(found[1].1, found[2].1);
}
// not applicable: RuntimeServiceTest.testStartProcessInstanceByMessageWithEarlierVersionOfProcessDefinition, RuntimeServiceTest.testStartProcessInstanceByMessageWithLastVersionOfProcessDefinition, RuntimeServiceTest.testStartProcessInstanceByMessageWithNonExistingMessageStartEvent: a message starts the newest version, as in Camunda's REST API, which knows no version here

/// ManagementServiceTest.testDeleteJobDeletion
#[test]
fn a_job_that_is_deleted_never_runs() {
    let house = House::new();
    house.bpmn(
        r#"<process id="late" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="work"/><userTask id="work"/>
        <boundaryEvent id="timer" attachedToRef="work"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
        <sequenceFlow id="f2" sourceRef="timer" targetRef="escalated"/><userTask id="escalated"/></process>"#,
    );
    house.run("late", json!({}));
    let job = house.text("/job", "id");
    assert_eq!(delete(&house, &format!("/job/{job}")), 204);
    assert!(house.list("/job").is_empty());
    house.clock.advance(Duration::from_secs(7200));
    house.jobs();
    house.only("/task?taskDefinitionKey=work");
    assert_eq!(delete(&house, &format!("/job/{job}")), 404);
}
// not applicable: ManagementServiceTest.testDeleteJobThatWasAlreadyAcquired: a job is done in the transaction that takes it: nobody holds one before

/// ManagementServiceTest.testSetJobPriority
/// ManagementServiceTest.testSetJobPriorityToExtremeValues
#[test]
fn a_job_takes_any_priority() {
    let house = House::new();
    house.bpmn(&ONE.replace(
        "id=\"theTask\"",
        "id=\"theTask\" camunda:asyncBefore=\"true\"",
    ));
    let body = json!({"instructions": [{"type": "startBeforeActivity", "activityId": "theTask"}]});
    house
        .post("mara", "/process-definition/key/one/start", body)
        .good();
    let path = format!("/job/{}/priority", house.text("/job", "id"));
    for priority in [42, i64::MAX, i64::MIN + 1, i64::MIN] {
        let set = house.put("mara", &path, json!({ "priority": priority }));
        assert_eq!(set.status, 204);
        assert_eq!(house.only("/job")["priority"], priority);
    }
    let none = house.put("mara", "/job/none/priority", json!({"priority": 42}));
    assert_eq!(none.status, 404);
}

/// StartTimerEventTest.testPriorityInTimerCycleEvent
#[test]
fn each_round_of_a_timer_that_starts_has_its_priority() {
    let house = House::new();
    house.bpmn(
        r#"<process id="often" isExecutable="true"><startEvent id="s" camunda:jobPriority="9999"><timerEventDefinition><timeCycle>R2/PT5M</timeCycle></timerEventDefinition></startEvent>
        <sequenceFlow id="f1" sourceRef="s" targetRef="e"/><endEvent id="e"/></process>"#,
    );
    let mut seen = Vec::new();
    for _ in 0..2 {
        let job = house.only("/job");
        assert_eq!(job["priority"], 9999);
        seen.push(job["id"].clone());
        house.clock.advance(Duration::from_secs(300));
        house.jobs();
    }
    assert_ne!(seen[0], seen[1]);
    assert!(house.list("/job").is_empty());
    assert_eq!(house.list("/history/process-instance").len(), 2);
}

/// ManagementServiceTest.testSetJobDuedateNonTimerJob
#[test]
fn a_job_that_is_no_timer_may_be_put_off() {
    let house = House::new();
    house.bpmn(&ONE.replace(
        "id=\"theTask\"",
        "id=\"theTask\" camunda:asyncBefore=\"true\"",
    ));
    house.run("one", json!({}));
    let job = house.only("/job");
    let due = "2026-01-02T03:04:05.000+0000";
    let path = format!("/job/{}/duedate", job["id"].as_str().unwrap());
    house.put("mara", &path, json!({ "duedate": due })).good();
    assert_eq!(house.only("/job")["dueDate"], due);
}

const PARALLEL: &str = r#"<process id="parallel" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f0" sourceRef="s" targetRef="g"/><parallelGateway id="g"/>
  <sequenceFlow id="f1" sourceRef="g" targetRef="e1"/><sequenceFlow id="f2" sourceRef="g" targetRef="e2"/><sequenceFlow id="f3" sourceRef="g" targetRef="e3"/>
  <serviceTask id="e1" camunda:type="external" camunda:topic="topic1"/><serviceTask id="e2" camunda:type="external" camunda:topic="topic2"/><serviceTask id="e3" camunda:type="external" camunda:topic="topic3"/></process>
  <process id="work" isExecutable="true"><startEvent id="s2"/><sequenceFlow id="f4" sourceRef="s2" targetRef="e4"/><serviceTask id="e4" camunda:type="external" camunda:topic="t"/></process>"#;

fn fetch(house: &House, most: usize, topics: Json) -> Vec<Json> {
    let body = json!({"workerId": "me", "maxTasks": most, "usePriority": true, "topics": topics});
    let found = house.post("w1", "/external-task/fetchAndLock", body).good();
    found.as_array().unwrap().clone()
}

/// ExternalTaskServiceTest.testSetPriorityLockExpiredTask
#[test]
fn the_priority_may_change_when_the_lock_has_expired() {
    let house = House::new();
    house.bpmn(PARALLEL);
    house.run("work", json!({}));
    let topic = json!([{"topicName": "t", "lockDuration": 10_000}]);
    let task = fetch(&house, 1, topic.clone()).remove(0);
    house.clock.advance(Duration::from_secs(20));
    let path = format!("/external-task/{}/priority", task["id"].as_str().unwrap());
    house.put("mara", &path, json!({"priority": 9})).good();
    let again = fetch(&house, 1, topic);
    assert_eq!((again.len(), &again[0]["priority"]), (1, &json!(9)));
}

/// ExternalTaskServiceTest.testUpdateRetriesByExternalTaskIds
/// ExternalTaskServiceTest.testUpdateRetriesByExternalTaskIdArray
/// ExternalTaskServiceTest.testUpdateRetriesByProcessInstanceIds
/// ExternalTaskServiceTest.testUpdateRetriesByProcessInstanceIdArray
/// ExternalTaskServiceTest.testUpdateRetriesByExternalTaskQuery
/// ExternalTaskServiceTest.testUpdateRetriesByProcessInstanceQuery
/// ExternalTaskServiceTest.testUpdateRetriesByHistoricProcessInstanceQuery
/// ExternalTaskServiceTest.testUpdateRetriesByAllParameters
#[test]
fn retries_of_many_are_set_at_once() {
    let house = House::new();
    house.bpmn(PARALLEL);
    let instances: Vec<String> = (0..5).map(|_| house.run("work", json!({}))).collect();
    let tasks: Vec<String> = instances
        .iter()
        .map(|id| house.text(&format!("/external-task?processInstanceId={id}"), "id"))
        .collect();
    let set = |mut body: Json, retries: i64| {
        body["retries"] = json!(retries);
        let done = house.put("mara", "/external-task/retries", body.clone());
        assert_eq!(
            done.status,
            204,
            "{body} {}",
            String::from_utf8_lossy(&done.body)
        );
        let found = house.list("/external-task");
        assert_eq!(found.len(), 5);
        assert!(
            found.iter().all(|task| task["retries"] == retries),
            "{body}"
        );
    };
    let of_process = json!({"processDefinitionKey": "work"});
    set(json!({ "externalTaskIds": tasks }), 5);
    set(json!({ "processInstanceIds": instances }), 6);
    set(json!({"externalTaskQuery": {}}), 7);
    set(json!({ "processInstanceQuery": of_process }), 8);
    set(json!({ "historicProcessInstanceQuery": of_process }), 9);
    let all = json!({"externalTaskIds": [tasks[0]], "externalTaskQuery": {"processInstanceId": instances[1]},
        "processInstanceQuery": {"processInstanceIds": [instances[2]]},
        "historicProcessInstanceQuery": {"processInstanceId": instances[3]}, "processInstanceIds": [instances[4]]});
    set(all, 10);
}

/// ExternalTaskServiceTest.testQueryByBusinessKeyCombination2
/// ExternalTaskServiceTest.testQueryByBusinessKeyLocking
/// ExternalTaskServiceTest.testTopicQueryByVariableValueLocking
#[test]
fn each_topic_has_its_own_business_key_and_variables() {
    let start = |house: &House, n: u32| {
        let body = json!({"businessKey": format!("key{n}"), "variables": {"testVariable": {"value": format!("key{n}")}}});
        house
            .post("mara", "/process-definition/key/parallel/start", body)
            .good();
    };
    let house = House::new();
    house.bpmn(PARALLEL);
    start(&house, 1);
    start(&house, 2);
    let found = fetch(
        &house,
        3,
        json!([{"topicName": "topic1", "lockDuration": 60_000}, {"topicName": "topic2", "lockDuration": 60_000, "businessKey": "key2"}]),
    );
    let mut got: Vec<String> = found
        .iter()
        .map(|task| {
            format!(
                "{} {}",
                task["topicName"].as_str().unwrap(),
                task["businessKey"].as_str().unwrap()
            )
        })
        .collect();
    got.sort();
    assert_eq!(got, ["topic1 key1", "topic1 key2", "topic2 key2"]);

    for by in ["businessKey", "processVariables"] {
        let house = House::new();
        house.bpmn(PARALLEL);
        start(&house, 1);
        start(&house, 2);
        let topics = |keys: [&str; 3]| {
            let topics = (1..=3).zip(keys).map(|(n, key)| {
                let mut topic = json!({"topicName": format!("topic{n}"), "lockDuration": 60_000});
                topic[by] = match by {
                    "businessKey" => json!(key),
                    _ => json!({ "testVariable": key }),
                };
                topic
            });
            Json::Array(topics.collect())
        };
        assert_eq!(
            fetch(&house, 3, topics(["key1", "key2", "fake"])).len(),
            2,
            "{by}"
        );
        let second = fetch(&house, 3, topics(["key1", "key2", "key1"]));
        assert_eq!(second.len(), 1, "{by}");
        assert_eq!(
            (&second[0]["topicName"], &second[0]["businessKey"]),
            (&json!("topic3"), &json!("key1"))
        );
    }
}

/// VariableInstanceQueryTest.testQueryByVariableName_EmptyString
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueEquals_EmptyString
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueNotEquals_EmptyString
/// VariableInstanceQueryTest.testQueryByNameAndVariableValueEquals_Date
#[test]
fn empty_texts_and_dates_are_found() {
    let house = House::new();
    house.bpmn(ONE);
    let date = "2025-11-18T12:34:56.789+0000";
    let empty = house.run(
        "one",
        json!({"text": {"value": ""}, "date": {"value": date, "type": "Date"}}),
    );
    let other = house.run("one", json!({"text": {"value": "test"}}));
    let shown = house.only(&format!(
        "/variable-instance?variableName=text&processInstanceIdIn={empty}"
    ));
    assert_eq!(
        (&shown["value"], &shown["type"]),
        (&json!(""), &json!("String"))
    );
    let found = |name: &str, operator: &str, value: &str| {
        let query =
            json!({"variableValues": [{"name": name, "operator": operator, "value": value}]});
        let found = house.post("mara", "/variable-instance", query).good();
        let found = found.as_array().unwrap();
        assert_eq!(found.len(), 1, "{name} {operator}");
        found[0].clone()
    };
    assert_eq!(found("text", "eq", "")["processInstanceId"], empty);
    assert_eq!(found("text", "neq", "")["processInstanceId"], other);
    let dated = found("date", "eq", date);
    assert_eq!(
        (&dated["value"], &dated["type"]),
        (&json!(date), &json!("Date"))
    );
}
