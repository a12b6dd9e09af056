//! Suspended instances and processes, after the cases of Camunda's ProcessInstanceSuspensionTest
//! and ProcessDefinitionSuspensionTest.

use crate::house::{Got, House};
use serde_json::{Value as Json, json};

const MODEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <message id="go" name="go"/><signal id="alarm" name="alarm"/>
  <process id="waits" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="task"/><sequenceFlow id="f2" sourceRef="start" targetRef="hold"/><sequenceFlow id="f3" sourceRef="start" targetRef="message"/>
    <sequenceFlow id="f4" sourceRef="start" targetRef="signal"/><sequenceFlow id="f5" sourceRef="start" targetRef="job"/><sequenceFlow id="f6" sourceRef="start" targetRef="external"/>
    <sequenceFlow id="f7" sourceRef="start" targetRef="call"/>
    <userTask id="task" name="Task" camunda:assignee="ana"/>
    <receiveTask id="hold"/>
    <intermediateCatchEvent id="message"><messageEventDefinition messageRef="go"/></intermediateCatchEvent>
    <intermediateCatchEvent id="signal"><signalEventDefinition signalRef="alarm"/></intermediateCatchEvent>
    <serviceTask id="job" camunda:asyncBefore="true" camunda:expression="${true}"/>
    <serviceTask id="external" camunda:type="external" camunda:topic="t"/>
    <callActivity id="call" calledElement="called"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></callActivity>
  </process>
  <process id="called" isExecutable="true">
    <startEvent id="s"/><sequenceFlow id="c1" sourceRef="s" targetRef="inner"/><userTask id="inner" camunda:assignee="ana"/>
  </process>
  <process id="timed" isExecutable="true">
    <startEvent id="at"><timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition></startEvent><sequenceFlow id="t2" sourceRef="at" targetRef="look"/>
    <userTask id="look" camunda:assignee="ana"/>
  </process>
</definitions>"#;

struct Waits {
    house: House,
    instance: String,
    definition: String,
}

impl Waits {
    fn new() -> Waits {
        let house = House::new();
        let parts = [("data", Some("waits.bpmn"), MODEL.as_bytes())];
        house.form("mara", "/deployment/create", &parts).good();
        let started = house
            .post("mara", "/process-definition/key/waits/start", json!({}))
            .good();
        let text = |name: &str| started[name].as_str().unwrap().to_owned();
        let (instance, definition) = (text("id"), text("definitionId"));
        Waits {
            house,
            instance,
            definition,
        }
    }

    fn list(&self, path: &str) -> Vec<Json> {
        self.house
            .get("mara", path)
            .good()
            .as_array()
            .unwrap()
            .clone()
    }

    fn first(&self, path: &str) -> String {
        self.list(path)[0]["id"].as_str().unwrap().to_owned()
    }

    fn count(&self, path: &str) -> u64 {
        self.house.get("mara", path).good()["count"]
            .as_u64()
            .unwrap()
    }

    fn suspend(&self, by: &str, suspended: bool) {
        let (path, body) = match by {
            "id" => (
                format!("/process-instance/{}/suspended", self.instance),
                json!({}),
            ),
            "definition" => (
                "/process-instance/suspended".to_owned(),
                json!({"processDefinitionId": self.definition}),
            ),
            _ => (
                "/process-instance/suspended".to_owned(),
                json!({"processDefinitionKey": "waits"}),
            ),
        };
        let mut body = body;
        body["suspended"] = json!(suspended);
        assert_eq!(self.house.put("mara", &path, body).status, 204, "{by}");
    }
}

fn refused(got: &Got, what: &str) {
    let text = String::from_utf8_lossy(&got.body);
    assert!(
        (400..=500).contains(&got.status) && text.contains("suspended"),
        "{what}: {} {text}",
        got.status
    );
}

/// ProcessInstanceSuspensionTest.testTaskLifecycleOperationsFailAfterProcessInstanceSuspend
/// ProcessInstanceSuspensionTest.testTaskLifecycleOperationsFailAfterProcessInstanceSuspendByProcessDefinitionId
/// ProcessInstanceSuspensionTest.testTaskLifecycleOperationsFailAfterProcessInstanceSuspendByProcessDefinitionKey
/// ProcessInstanceSuspensionTest.testSubmitTaskFormFailAfterProcessInstanceSuspend
/// ProcessInstanceSuspensionTest.testSubmitTaskFormFailAfterProcessInstanceSuspendByProcessDefinitionId
/// ProcessInstanceSuspensionTest.testSubmitTaskFormFailAfterProcessInstanceSuspendByProcessDefinitionKey
/// ProcessInstanceSuspensionTest.testChildExecutionsSuspendedAfterProcessInstanceSuspend
/// ProcessInstanceSuspensionTest.testChildExecutionsSuspendedAfterProcessInstanceSuspendByProcessDefinitionId
/// ProcessInstanceSuspensionTest.testChildExecutionsSuspendedAfterProcessInstanceSuspendByProcessDefinitionKey
#[test]
fn a_task_of_it_is_neither_changed_nor_done() {
    let waits = Waits::new();
    let here = format!("processInstanceId={}", waits.instance);
    let task = waits.first(&format!("/task?{here}"));
    for by in ["id", "definition", "key"] {
        waits.suspend(by, true);
        for (verb, body) in [
            ("complete", json!({})),
            ("submit-form", json!({})),
            ("claim", json!({"userId": "ana"})),
            ("unclaim", json!({})),
            ("assignee", json!({"userId": "ben"})),
            ("delegate", json!({"userId": "ben"})),
            (
                "identity-links",
                json!({"userId": "ben", "type": "candidate"}),
            ),
            (
                "identity-links",
                json!({"groupId": "sales", "type": "candidate"}),
            ),
            (
                "identity-links/delete",
                json!({"userId": "ana", "type": "assignee"}),
            ),
        ] {
            refused(
                &waits
                    .house
                    .post("mara", &format!("/task/{task}/{verb}"), body),
                verb,
            );
        }
        waits.suspend(by, false);
    }
    waits
        .house
        .post("ana", &format!("/task/{task}/complete"), json!({}))
        .good();
}

/// ProcessDefinitionSuspensionTest.testProcessDefinitionActiveByDefault
/// ProcessDefinitionSuspensionTest.testSuspendActivateProcessDefinitionById
/// ProcessDefinitionSuspensionTest.testSuspendActivateProcessDefinitionByKey
/// ProcessDefinitionSuspensionTest.testActivateAlreadyActiveProcessDefinition
/// ProcessDefinitionSuspensionTest.testSuspendAlreadySuspendedProcessDefinition
/// ProcessDefinitionSuspensionTest.testQueryForActiveDefinitions
/// ProcessDefinitionSuspensionTest.testQueryForSuspendedDefinitions
/// ProcessDefinitionSuspensionTest.testStartProcessInstanceForSuspendedProcessDefinition
/// ProcessDefinitionSuspensionTest.testContinueProcessAfterProcessDefinitionSuspend
/// ProcessDefinitionSuspensionTest.testSuspendProcessInstancesDuringProcessDefinitionSuspend
/// ProcessDefinitionSuspensionTest.testSubmitStartFormAfterProcessDefinitionSuspend
/// ProcessDefinitionSuspensionTest.testJobIsExecutedOnProcessDefinitionSuspend
/// ProcessDefinitionSuspensionTest.testStartBeforeActivityForSuspendProcessDefinition
/// ProcessDefinitionSuspensionTest.testStartAfterActivityForSuspendProcessDefinition
/// ProcessDefinitionSuspensionTest.testSuspendAndActivateProcessDefinitionByIdUsingBuilder
/// ProcessDefinitionSuspensionTest.testSuspendAndActivateProcessDefinitionByKeyUsingBuilder
/// ProcessDefinitionSuspensionTest.testSuspendAndActivateProcessDefinitionIncludeInstancesUsingBuilder
#[test]
fn a_suspended_process_starts_nothing_and_what_runs_goes_on_unless_said() {
    let waits = Waits::new();
    let here = format!("processInstanceId={}", waits.instance);
    let task = waits.first(&format!("/task?{here}"));
    let by_id = format!("/process-definition/{}/suspended", waits.definition);
    let put = |path: &str, body: Json| {
        assert_eq!(waits.house.put("mara", path, body).status, 204, "{path}")
    };
    for path in [by_id.as_str(), "/process-definition/key/waits/suspended"] {
        assert_eq!(waits.count("/process-definition/count?suspended=true"), 0);
        for _ in 0..2 {
            put(path, json!({"suspended": true}));
        }
        assert_eq!(
            (
                waits.count("/process-definition/count?suspended=true"),
                waits.count("/process-definition/count?active=true")
            ),
            (1, 2)
        );
        for start in ["start", "submit-form"] {
            refused(
                &waits.house.post(
                    "mara",
                    &format!("/process-definition/key/waits/{start}"),
                    json!({}),
                ),
                start,
            );
        }
        assert_eq!(waits.count("/process-instance/count?suspended=true"), 0);
        for _ in 0..2 {
            put(path, json!({"suspended": false}));
        }
        put(
            path,
            json!({"suspended": true, "includeProcessInstances": true}),
        );
        assert_eq!(waits.count("/process-instance/count?suspended=true"), 1);
        for kind in ["startBeforeActivity", "startAfterActivity"] {
            let body = json!({"instructions": [{"type": kind, "activityId": "start"}]});
            refused(
                &waits.house.post(
                    "mara",
                    &format!("/process-instance/{}/modification", waits.instance),
                    body,
                ),
                kind,
            );
        }
        put(
            path,
            json!({"suspended": false, "includeProcessInstances": true}),
        );
        assert_eq!(waits.count("/process-instance/count?suspended=true"), 0);
    }
    put(&by_id, json!({"suspended": true}));
    let job = waits.first(&format!("/job?{here}"));
    waits
        .house
        .post("mara", &format!("/job/{job}/execute"), json!({}))
        .good();
    waits
        .house
        .post("ana", &format!("/task/{task}/complete"), json!({}))
        .good();
    put(&by_id, json!({"suspended": false}));
    waits
        .house
        .post("mara", "/process-definition/key/waits/start", json!({}))
        .good();
}

/// ProcessDefinitionSuspensionTest.testSuspendStartTimerOnProcessDefinitionSuspensionByKey
/// ProcessDefinitionSuspensionTest.testSuspendStartTimerOnProcessDefinitionSuspensionById
/// ProcessDefinitionSuspensionTest.testActivateStartTimerOnProcessDefinitionSuspensionByKey
/// ProcessDefinitionSuspensionTest.testActivateStartTimerOnProcessDefinitionSuspensionById
#[test]
fn a_start_timer_rests_with_its_process() {
    let waits = Waits::new();
    let definition = waits.list("/process-definition?key=timed")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let timer = || waits.list(&format!("/job?processDefinitionId={definition}"))[0].clone();
    for path in [
        format!("/process-definition/{definition}/suspended"),
        "/process-definition/key/timed/suspended".to_owned(),
    ] {
        assert_eq!(timer()["suspended"], false);
        waits
            .house
            .put("mara", &path, json!({"suspended": true}))
            .good();
        assert_eq!(timer()["suspended"], true, "{path}");
        waits
            .house
            .put("mara", &path, json!({"suspended": false}))
            .good();
    }
    assert_eq!(timer()["suspended"], false);
}
// not applicable: ProcessInstanceSuspensionTest.testSubTaskCreationFailAfterProcessInstanceSuspend, ProcessInstanceSuspensionTest.testSubTaskCreationFailAfterProcessInstanceSuspendByProcessDefinitionId, ProcessInstanceSuspensionTest.testSubTaskCreationFailAfterProcessInstanceSuspendByProcessDefinitionKey: a task without a process names its parent as text; it is no part of it

/// ProcessInstanceSuspensionTest.testProcessInstanceActiveByDefault
/// ProcessInstanceSuspensionTest.testSuspendActivateProcessInstanceByProcessDefinitionId
/// ProcessInstanceSuspensionTest.testSuspendActivateProcessInstanceByProcessDefinitionKey
/// ProcessInstanceSuspensionTest.testTaskSuspendedAfterProcessInstanceSuspension
/// ProcessInstanceSuspensionTest.testTaskSuspendedAfterProcessInstanceSuspensionByProcessDefinitionId
/// ProcessInstanceSuspensionTest.testTaskSuspendedAfterProcessInstanceSuspensionByProcessDefinitionKey
/// ProcessInstanceSuspensionTest.testTaskQueryAfterProcessInstanceSuspend
/// ProcessInstanceSuspensionTest.testTaskQueryAfterProcessInstanceSuspendByProcessDefinitionId
/// ProcessInstanceSuspensionTest.testTaskQueryAfterProcessInstanceSuspendByProcessDefinitionKey
/// ProcessInstanceSuspensionTest.testSuspensionByIdCascadesToExternalTasks
/// ProcessInstanceSuspensionTest.testSuspensionByProcessDefinitionIdCascadesToExternalTasks
/// ProcessInstanceSuspensionTest.testSuspensionByProcessDefinitionKeyCascadesToExternalTasks
/// ProcessInstanceSuspensionTest.testSuspendAndActivateProcessInstanceByIdUsingBuilder
/// ProcessInstanceSuspensionTest.testSuspendAndActivateProcessInstanceByProcessDefinitionIdUsingBuilder
/// ProcessInstanceSuspensionTest.testSuspendAndActivateProcessInstanceByProcessDefinitionKeyUsingBuilder
/// ProcessInstanceSuspensionTest.testPreserveCreateTimeOnUpdatedTask
/// ProcessInstanceSuspensionTest.testJobSuspensionStateUpdate
#[test]
fn its_tasks_jobs_and_external_tasks_are_shown_as_suspended_with_it() {
    let waits = Waits::new();
    let here = format!("processInstanceId={}", waits.instance);
    let task = waits.list(&format!("/task?{here}"))[0].clone();
    let shown = || {
        let instance = format!("/process-instance/{}", waits.instance);
        let instance = waits.house.get("mara", &instance).good();
        let mut all = vec![instance["suspended"].clone()];
        for kind in ["task", "external-task", "job"] {
            let found = waits.list(&format!("/{kind}?{here}"));
            assert_eq!(found.len(), 1, "{kind}");
            all.push(found[0]["suspended"].clone());
            for (state, is) in [("active", json!(false)), ("suspended", json!(true))] {
                let count = waits.count(&format!("/{kind}/count?{here}&{state}=true"));
                assert_eq!(count == 1, found[0]["suspended"] == is, "{kind} {state}");
            }
        }
        assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
        all[0] == json!(true)
    };
    assert!(!shown());
    waits.house.clock.advance(std::time::Duration::from_secs(9));
    for by in ["id", "definition", "key"] {
        waits.suspend(by, true);
        assert!(shown(), "{by}");
        let now = &waits.list(&format!("/task?{here}"))[0];
        assert_eq!(now["created"], task["created"]);
        waits.suspend(by, false);
        assert!(!shown(), "{by}");
    }
}

/// ProcessInstanceSuspensionTest.testProcessInstanceSignalFailAfterSuspendByProcessDefinitionId
/// ProcessInstanceSuspensionTest.testProcessInstanceSignalFailAfterSuspendByProcessDefinitionKey
/// ProcessInstanceSuspensionTest.testMessageEventReceiveFailAfterSuspendByProcessDefinitionId
/// ProcessInstanceSuspensionTest.testMessageEventReceiveFailAfterSuspendByProcessDefinitionKey
/// ProcessInstanceSuspensionTest.testSignalEventReceivedAfterProcessInstanceSuspendedByProcessDefinitionId
/// ProcessInstanceSuspensionTest.testSignalEventReceivedAfterProcessInstanceSuspendedByProcessDefinitionKey
/// ProcessInstanceSuspensionTest.testJobNotExecutedAfterProcessInstanceSuspendByProcessDefinitionId
/// ProcessInstanceSuspensionTest.testJobNotExecutedAfterProcessInstanceSuspendByProcessDefinitionKey
#[test]
fn nothing_reaches_what_waits_in_it() {
    let waits = Waits::new();
    let here = format!("processInstanceId={}", waits.instance);
    let event = |kind: &str| {
        let path = format!("/event-subscription?{here}&eventType={kind}");
        waits.list(&path)[0].clone()
    };
    let execution = |kind: &str| event(kind)["executionId"].as_str().unwrap().to_owned();
    let (message, signal) = (execution("message"), execution("signal"));
    let hold = waits.first(&format!("/execution?{here}&activityId=hold"));
    let job = waits.first(&format!("/job?{here}"));
    let post = |path: &str, body: Json| waits.house.post("mara", path, body);
    for by in ["definition", "key"] {
        waits.suspend(by, true);
        for variables in [json!({}), json!({"v": {"value": 1}})] {
            let with = json!({"variables": variables});
            let trigger = format!("/execution/{message}/messageSubscriptions/go/trigger");
            refused(&post(&trigger, with.clone()), "trigger");
            let go_on = format!("/execution/{hold}/signal");
            refused(&post(&go_on, with.clone()), "signal");
            let one = json!({"name": "alarm", "executionId": signal, "variables": variables});
            refused(&post("/signal", one), "to one");
            post("/signal", json!({"name": "alarm", "variables": variables})).good();
        }
        assert_eq!(execution("signal"), signal, "the signal passed it by");
        refused(&post(&format!("/job/{job}/execute"), json!({})), "job");
        assert_eq!(
            waits.count(&format!("/job/count?{here}&executable=true")),
            0
        );
        waits.suspend(by, false);
        assert_eq!(
            waits.count(&format!("/job/count?{here}&executable=true")),
            1
        );
    }
    post("/signal", json!({"name": "alarm"})).good();
    post(&format!("/job/{job}/execute"), json!({})).good();
    let left = waits.list(&format!("/event-subscription?{here}"));
    assert!(
        left.iter().all(|event| event["eventType"] == "message"),
        "{left:?}"
    );
    assert_eq!(waits.count(&format!("/job/count?{here}")), 0);
}

/// ProcessInstanceSuspensionTest.testCallActivityReturnAfterProcessInstanceSuspendByProcessDefinitionId
/// ProcessInstanceSuspensionTest.testCallActivityReturnAfterProcessInstanceSuspendByProcessDefinitionKey
/// ProcessInstanceSuspensionTest.testMICallActivityReturnAfterProcessInstanceSuspendByProcessDefinitionId
/// ProcessInstanceSuspensionTest.testMICallActivityReturnAfterProcessInstanceSuspendByProcessDefinitionKey
#[test]
fn what_it_called_cannot_return_to_it() {
    let waits = Waits::new();
    let once = MODEL.replace("id=\"waits\"", "id=\"once\"").replace(
        "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>",
        "",
    );
    let start = once.find("<process id=\"called\"").unwrap();
    let once = format!("{}</definitions>", &once[..start]);
    let parts = [("data", Some("once.bpmn"), once.as_bytes())];
    waits
        .house
        .form("mara", "/deployment/create", &parts)
        .good();
    let other = waits
        .house
        .post("mara", "/process-definition/key/once/start", json!({}))
        .good();
    let key = Waits {
        instance: other["id"].as_str().unwrap().to_owned(),
        definition: other["definitionId"].as_str().unwrap().to_owned(),
        house: waits.house,
    };
    let tasks: Vec<String> = key
        .list("/task?taskDefinitionKey=inner")
        .iter()
        .map(|task| task["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(tasks.len(), 3);
    let state = |body: Json| {
        let done = key.house.put("mara", "/process-instance/suspended", body);
        assert_eq!(done.status, 204);
    };
    let complete = |task: &str| {
        let path = format!("/task/{task}/complete");
        key.house.post("ana", &path, json!({}))
    };
    for by in ["processDefinitionId", "processDefinitionKey"] {
        let both = [(&key.definition, "once"), (&waits.definition, "waits")];
        for (id, name) in both {
            let named = if by == "processDefinitionId" {
                id
            } else {
                name
            };
            state(json!({"suspended": true, by: named}));
        }
        for task in &tasks {
            refused(&complete(task), by);
        }
        for (id, name) in both {
            let named = if by == "processDefinitionId" {
                id
            } else {
                name
            };
            state(json!({"suspended": false, by: named}));
        }
    }
    for task in &tasks {
        complete(task).good();
    }
    assert_eq!(key.count("/execution/count?activityId=call"), 0);
}

/// ProcessInstanceSuspensionTest.testChangeVariablesAfterProcessInstanceSuspendByProcessDefinitionId
/// ProcessInstanceSuspensionTest.testChangeVariablesAfterProcessInstanceSuspendByProcessDefinitionKey
/// ProcessInstanceSuspensionTest.testTaskNonLifecycleOperationsSucceedAfterProcessInstanceSuspendByProcessDefinitionId
/// ProcessInstanceSuspensionTest.testTaskNonLifecycleOperationsSucceedAfterProcessInstanceSuspendByProcessDefinitionKey
#[test]
fn what_does_not_move_it_can_still_be_changed() {
    let waits = Waits::new();
    let task = waits.first(&format!("/task?processInstanceId={}", waits.instance));
    let (task, instance) = (
        format!("/task/{task}"),
        format!("/process-instance/{}", waits.instance),
    );
    for by in ["definition", "key"] {
        waits.suspend(by, true);
        let execution = format!("/execution/{}/localVariables", waits.instance);
        for scope in [
            format!("{instance}/variables"),
            execution,
            format!("{task}/variables"),
            format!("{task}/localVariables"),
        ] {
            let some = json!({"modifications": {"one": {"value": 1}, "two": {"value": 2}}});
            waits.house.post("mara", &scope, some).good();
            let one = format!("{scope}/some");
            waits.house.put("mara", &one, json!({"value": "x"})).good();
            let gone = format!("/engine-rest{one}");
            waits.house.send("mara", "DELETE", &gone, None).good();
            let none = json!({"deletions": ["one", "two", "three"]});
            waits.house.post("mara", &scope, none).good();
        }
        let comment = json!({"message": "test comment"});
        waits
            .house
            .post("mara", &format!("{task}/comment/create"), comment)
            .good();
        let parts = [
            ("attachment-name", None, &b"name"[..]),
            ("url", None, &b"http://test.com"[..]),
        ];
        waits
            .house
            .form("mara", &format!("{task}/attachment/create"), &parts)
            .good();
        waits.suspend(by, false);
    }
}
