//! What the history tells, after the cases of Camunda's HistoricProcessInstanceTest,
//! HistoricVariableInstanceTest, HistoricActivityInstanceTest, FullHistoryTest and
//! HistoricJobLogTest.

use crate::house::House;
use serde_json::{Value as Json, json};

const ONE: &str = r#"<process id="one" isExecutable="true">
  <startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="theTask"/>
  <userTask id="theTask" name="my task"/><sequenceFlow id="f2" sourceRef="theTask" targetRef="end"/><endEvent id="end"/>
</process>"#;

/// The same, whose start or task is done by a job.
fn later(before: &str) -> String {
    let element = format!("id=\"{before}\"");
    ONE.replace("id=\"one\"", "id=\"later\"")
        .replace(&element, &format!("{element} camunda:asyncBefore=\"true\""))
}

fn text(value: &str) -> Json {
    json!({ "value": value, "type": "String" })
}

fn delete(house: &House, path: &str) -> u16 {
    let path = format!("/engine-rest{path}");
    house.send("mara", "DELETE", &path, None).status
}

/// HistoricProcessInstanceTest.shouldQueryByVariableValue_1
/// HistoricProcessInstanceTest.shouldQueryByVariableValue_2
/// HistoricProcessInstanceTest.shouldQueryByVariableValue_3
/// HistoricProcessInstanceTest.shouldQueryByVariableValue_4
/// HistoricProcessInstanceTest.shouldQueryByVariableValue_5
/// HistoricProcessInstanceTest.shouldQueryByVariableValue_6
/// HistoricProcessInstanceTest.shouldQueryByVariableValue_7
/// HistoricProcessInstanceTest.shouldQueryByVariableValue_8
/// HistoricProcessInstanceTest.shouldQueryByVariableValue_9
/// HistoricProcessInstanceTest.shouldQueryByVariableValue_10
/// HistoricProcessInstanceTest.shouldQueryByVariableValue_11
/// HistoricProcessInstanceTest.shouldQueryByVariableValue_12
/// HistoricProcessInstanceTest.testQueryByOneInvalidProcessInstanceIdNotIn
/// HistoricProcessInstanceTest.testExcludingProcessInstanceAndProcessInstanceIdNotIn
/// HistoricProcessInstanceTest.testExcludingProcessInstanceIdsAndProcessInstanceIdNotIn
#[test]
fn instances_are_found_by_all_that_is_asked_of_them() {
    let house = House::new();
    house.bpmn(ONE);
    let start = |pairs: &[(&str, &str)], key: Option<&str>| {
        let variables: serde_json::Map<String, Json> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), text(value)))
            .collect();
        let body = json!({"variables": variables, "businessKey": key});
        let started = house.post("mara", "/process-definition/key/one/start", body);
        started.good()["id"].as_str().unwrap().to_owned()
    };
    let both = [("foo", "bar"), ("bar", "foo")];
    let (a, b) = (start(&both, Some("a-business-key")), start(&both, None));
    let (c, d) = (
        start(&both[..1], Some("another-business-key")),
        start(&both[1..], Some("a-business-key")),
    );
    let e = start(&[("foo", "foo")], None);
    let found = |query: Json| {
        let found = house.post("mara", "/history/process-instance", query);
        let mut ids: Vec<String> = found
            .good()
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort();
        ids
    };
    let with = |pairs: &[(&str, &str)]| {
        let pairs: Vec<Json> = pairs
            .iter()
            .map(|(name, value)| json!({"name": name, "operator": "eq", "value": value}))
            .collect();
        found(json!({ "variables": pairs }))
    };
    let these = |ids: &[&String]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(with(&both), these(&[&a, &b]));
    assert_eq!(with(&both[..1]), these(&[&a, &b, &c]));
    assert_eq!(with(&[both[0], both[0]]), these(&[&a, &b, &c]));
    assert_eq!(with(&both[1..]), these(&[&a, &b, &d]));
    assert_eq!(with(&[("foo", "bar"), ("foo", "foo")]), these(&[]));
    assert_eq!(with(&[("foo", "foo"), ("bar", "foo")]), these(&[]));
    let keys = |keys: &[&str]| found(json!({ "processInstanceBusinessKeyIn": keys }));
    assert_eq!(
        keys(&["a-business-key", "another-business-key"]),
        these(&[&a, &c, &d])
    );
    assert_eq!(keys(&["a-business-key"]), these(&[&a, &d]));
    assert_eq!(keys(&["another-business-key", "none"]), these(&[&c]));
    let none = json!({"processInstanceId": a, "processInstanceIdNotIn": [a]});
    assert_eq!(found(none), these(&[]));
    let none = json!({"processInstanceIds": [a, b], "processInstanceIdNotIn": [a, b]});
    assert_eq!(found(none), these(&[]));
    let rest = json!({"processInstanceIdNotIn": [a, b, c]});
    assert_eq!(found(rest), these(&[&d, &e]));
    let wrong = json!({"processInstanceIdNotIn": [null]});
    assert_eq!(
        house
            .post("mara", "/history/process-instance", wrong)
            .status,
        400
    );
}

/// HistoricProcessInstanceTest.testHistoricProcessInstanceQueryWithIncidents
#[test]
fn instances_are_found_by_their_incidents() {
    let house = House::new();
    house.bpmn(
        r#"<process id="one" isExecutable="true"><startEvent id="start"/>
        <sequenceFlow id="f1" sourceRef="start" targetRef="a"/><sequenceFlow id="f2" sourceRef="start" targetRef="b"/>
        <serviceTask id="a" camunda:asyncBefore="true" camunda:expression="${incidentTrigger1}"/>
        <serviceTask id="b" camunda:asyncBefore="true" camunda:expression="${incident_Trigger2}"/></process>"#,
    );
    let failed = house.run("one", json!({}));
    house.jobs();
    house.run("one", json!({}));
    let asked = |query: Json| {
        let found = house.post("mara", "/history/process-instance", query.clone());
        let count = house.post("mara", "/history/process-instance/count", query);
        let found = found.good().as_array().unwrap().clone();
        assert_eq!(count.good()["count"], found.len());
        assert!(
            found
                .iter()
                .all(|one| found.len() > 1 || one["id"] == failed)
        );
        found.len()
    };
    assert_eq!(asked(json!({})), 2);
    for (query, count) in [
        (json!({"withIncidents": true}), 1),
        (json!({"withRootIncidents": true}), 1),
        (json!({"incidentType": "failedJob"}), 1),
        (json!({"incidentType": "other"}), 0),
        (json!({"incidentMessageLike": "%incident\\_Tr%"}), 1),
        (json!({"incidentMessageLike": "Unknown message%"}), 0),
        (json!({"incidentMessage": "Unknown message"}), 0),
    ] {
        assert_eq!(asked(query.clone()), count, "{query}");
    }
    let incidents = house.list("/history/incident");
    assert_eq!(incidents.len(), 2);
    for incident in incidents {
        let message = json!({"incidentMessage": incident["incidentMessage"]});
        assert_eq!(asked(message), 1);
    }
}

/// HistoricProcessInstanceTest.testDeleteReason
/// HistoricProcessInstanceTest.testLongProcessDefinitionKey
/// FullHistoryTest.testDeleteHistoricProcessInstance
/// FullHistoryTest.testDeleteRunningHistoricProcessInstance
/// HistoricVariableInstanceTest.testHistoricProcessInstanceDeleteCascadesCorrectly
#[test]
fn an_instance_that_has_ended_is_deleted_with_all_that_is_known_of_it() {
    let house = House::new();
    let key = "myrealrealrealrealrealrealrealrealrealrealreallongprocessdefinitionkeyawesome";
    house.bpmn(&format!(
        r#"{ONE}<process id="{key}" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="e"/><endEvent id="e"/></process>"#
    ));
    let long = house.run(key, json!({}));
    let known = house.only(&format!(
        "/history/process-instance?processDefinitionKey={key}"
    ));
    assert_eq!(
        (&known["id"], &known["state"]),
        (&json!(long), &json!("COMPLETED"))
    );

    let instance = house.run(
        "one",
        json!({"processVar": {"value": 123, "type": "Long"}, "another": text("x")}),
    );
    let past = format!("/history/process-instance/{instance}");
    let refused = house.send("mara", "DELETE", &format!("/engine-rest{past}"), None);
    assert!(refused.status >= 400);
    let why = String::from_utf8_lossy(&refused.body).into_owned();
    assert!(why.contains("still runs"), "{why}");
    let task = house.text("/task", "id");
    for (name, value) in [
        ("taskVar", json!({"value": 45678})),
        ("anotherTaskVar", text("value")),
    ] {
        let path = format!("/task/{task}/localVariables/{name}");
        house.put("mara", &path, value).good();
    }
    house.complete("", json!({}));
    let counts = || {
        [
            "process-instance",
            "activity-instance",
            "variable-instance",
            "detail",
            "task",
        ]
        .map(|kind| {
            house
                .list(&format!("/history/{kind}?processInstanceId={instance}"))
                .len()
        })
    };
    assert_eq!(counts(), [1, 3, 4, 4, 1]);
    assert_eq!(delete(&house, &past), 204);
    assert_eq!(counts(), [0; 5]);
    let gone = house.send(
        "mara",
        "DELETE",
        "/engine-rest/history/process-instance/unexisting",
        None,
    );
    assert_eq!(gone.status, 404);
    let why = String::from_utf8_lossy(&gone.body).into_owned();
    assert!(why.contains("unexisting"), "{why}");

    let cancelled = house.run("one", json!({"var1": text("1"), "var2": text("2")}));
    house.run("one", json!({"var3": text("3"), "var4": text("4")}));
    assert_eq!(house.list("/history/variable-instance").len(), 4);

    let reason = json!({"reason": "some delete reason"});
    let cancel = format!("/crewdesk/instances/{cancelled}/cancel");
    house.post("mara", &cancel, reason).good();
    let past = format!("/history/process-instance/{cancelled}");
    let known = house.get("mara", &past).good();
    assert_eq!(known["state"], "EXTERNALLY_TERMINATED");
    assert!(known["endTime"].is_string());
    assert_eq!(known["deleteReason"], "some delete reason");
    assert_eq!(delete(&house, &past), 204);
    assert_eq!(house.list("/history/variable-instance").len(), 2);
}

/// HistoricProcessInstanceTest.testShouldStoreHistoricProcessInstanceVariableOnAsyncBefore
/// HistoricProcessInstanceTest.testShouldStoreInitialHistoricProcessInstanceVariableOnAsyncBefore
/// HistoricProcessInstanceTest.testShouldSetVariableBeforeAsyncBefore
#[test]
fn variables_before_the_first_job_are_known() {
    for before in ["start", "theTask"] {
        let house = House::new();
        house.bpmn(&later(before));
        let instance = house.run("later", json!({"foo": text("bar")}));
        let value = |name: &str| {
            let path = format!("/history/variable-instance?variableName={name}");
            house.only(&path)["value"].clone()
        };
        assert_eq!(value("foo"), "bar");
        let path = format!("/process-instance/{instance}/variables/goo");
        house.put("mara", &path, text("car")).good();
        house.jobs();
        assert_eq!((value("foo"), value("goo")), (json!("bar"), json!("car")));
    }
}

/// HistoricVariableInstanceTest.testAsyncStartEventHistory
/// HistoricVariableInstanceTest.testMultipleAsyncStartEventsVariableHistory
/// AsyncStartEventTest.testMultipleAsyncStartEvents
#[test]
fn a_start_by_a_job_keeps_what_it_was_given() {
    let house = House::new();
    let inside = later("start").replace(
        "<startEvent",
        r#"<startEvent id="letter" camunda:asyncBefore="true"><messageEventDefinition messageRef="m"/></startEvent><sequenceFlow id="f0" sourceRef="letter" targetRef="theTask"/><startEvent"#,
    );
    house.bpmn(&format!("<message id=\"m\" name=\"newInvoice\"/>{inside}"));
    for way in ["message", "submit-form"] {
        match way {
            "message" => {
                let body =
                    json!({"messageName": "newInvoice", "processVariables": {"foo": text("bar")}});
                house.post("mara", "/message", body).good();
            }
            _ => {
                let body = json!({"variables": {"foo": text("bar")}});
                house
                    .post("mara", "/process-definition/key/later/submit-form", body)
                    .good();
            }
        }
        let instance = house.text("/process-instance", "id");
        let past = format!("processInstanceId={instance}");
        let known = house.only(&format!("/history/process-instance?{past}"));
        assert!(known["startTime"].is_string());
        assert_eq!(
            house
                .list(&format!("/history/activity-instance?{past}"))
                .len(),
            0
        );
        assert_eq!(house.only("/variable-instance")["value"], "bar", "{way}");
        house.jobs();
        house.complete("", json!({}));
        assert!(house.list("/process-instance").is_empty());
        let variable = house.only(&format!("/history/variable-instance?{past}"));
        assert_eq!(
            (&variable["name"], &variable["value"]),
            (&json!("foo"), &json!("bar"))
        );
        assert_eq!(variable["activityInstanceId"], instance);
        let detail = house.only(&format!("/history/detail?{past}&variableUpdates=true"));
        assert_eq!(
            (&detail["activityInstanceId"], &detail["value"]),
            (&json!(instance), &json!("bar"))
        );
    }
}

/// HistoricVariableInstanceTest.testSetSameVariableUpdateOrder
/// HistoricVariableInstanceTest.testSetDifferentStates
/// HistoricVariableInstanceTest.testQueryByProcessInstanceIdAndVariableId
/// FullHistoryTest.testHistoricVariableUpdateProcessDefinitionProperty
/// FullHistoryTest.testHistoricTaskInstanceQueryTaskVariableValueEqualsOverwriteType
#[test]
fn every_change_of_a_variable_is_told_in_order() {
    let house = House::new();
    house.bpmn(ONE);
    for (scope, values, gone) in [
        (
            "localVariables",
            vec![json!(1), json!(2), json!(3), json!("abc")],
            true,
        ),
        ("variables", vec![json!(1), json!(1), json!(2)], false),
    ] {
        let instance = house.run("one", json!({"initial": text("bar")}));
        let here = format!("processInstanceId={instance}");
        let task = house.text(&format!("/task?{here}"), "id");
        let path = format!("/task/{task}/{scope}/myVariable");
        for value in &values {
            house.put("mara", &path, json!({"value": value})).good();
        }
        let known = house.only(&format!(
            "/history/variable-instance?{here}&variableName=myVariable"
        ));
        let id = known["id"].as_str().unwrap();
        let told = || {
            let path = format!(
                "/history/detail?variableInstanceId={id}&variableUpdates=true&sortBy=occurrence&sortOrder=asc"
            );
            house.list(&path)
        };
        if gone {
            assert_eq!(delete(&house, &path), 204);
            let left = format!("/history/variable-instance?{here}&variableName=myVariable");
            assert!(house.list(&left).is_empty());
            let all = house.list(&format!(
                "/history/variable-instance?{here}&includeDeleted=true"
            ));
            let state = |name: &str| {
                let found = all.iter().find(|one| one["name"] == name).unwrap();
                found["state"].clone()
            };
            assert_eq!(
                (state("initial"), state("myVariable")),
                (json!("CREATED"), json!("DELETED"))
            );
        }
        let told = told();
        let changes: Vec<Json> = told.iter().map(|one| one["value"].clone()).collect();
        assert_eq!(changes, values);
        let definition = house
            .get("mara", &format!("/process-instance/{instance}"))
            .good();
        assert!(told.iter().all(|one| one["processDefinitionKey"] == "one"
            && one["processDefinitionId"] == definition["definitionId"]
            && one["caseDefinitionKey"].is_null()));
        let now = house.only(&format!(
            "/variable-instance?processInstanceIdIn={instance}&variableName=initial"
        ));
        let now = now["id"].as_str().unwrap();
        let then = house.only(&format!(
            "/history/variable-instance?{here}&variableNameIn=initial"
        ));
        assert_eq!((&then["id"], &then["value"]), (&json!(now), &json!("bar")));

        let over = format!("/task/{task}/localVariables/var");
        let found = |kind: &str| {
            let query = json!({"processInstanceId": instance, "taskVariables": [{"name": "var", "operator": "eq", "value": 12345, "type": kind}]});
            house.post("mara", "/history/task/count", query).good()["count"].clone()
        };
        house
            .put("mara", &over, json!({"value": 12345, "type": "Long"}))
            .good();
        assert_eq!(found("Long"), 1);
        house
            .put("mara", &over, json!({"value": 12346, "type": "Integer"}))
            .good();
        assert_eq!(found("Long"), 0);
        house
            .put("mara", &over, json!({"value": 12345, "type": "Integer"}))
            .good();
        assert_eq!(found("Integer"), 1);
    }
}

// differs: HistoricVariableInstanceTest.testTaskVariableUpdateOrder: that a variable is gone stands with the variable, not as a change of its value
// differs: FullHistoryTest.testHistoricTaskInstanceQueryVariableInParallelBranch, FullHistoryTest.testHistoricTaskInstanceQueryVariableOfSameTypeInParallelBranch, TaskQueryTest.testQueryByVariableInParallelBranch: processVariables are those of the instance, not those of its branches

/// HistoricVariableInstanceTest.testDisableBinaryFetchingForFileValues
/// FullHistoryTest.testDisableBinaryFetchingForFileValues
/// VariableInstanceQueryTest.testDisableBinaryFetchingForFileValues
#[test]
fn a_list_shows_a_file_without_its_bytes() {
    let house = House::new();
    house.bpmn(ONE);
    let file = json!({"value": "c29tZSBieXRlcw==", "type": "File", "valueInfo": {"filename": "text.txt", "mimeType": "text/plain", "encoding": "UTF-8"}});
    let instance = house.run("one", json!({ "file": file }));
    for path in [
        "/history/variable-instance",
        "/history/detail",
        "/variable-instance",
    ] {
        let shown = house.only(path);
        assert_eq!(shown["value"], Json::Null, "{path}");
        assert_eq!(shown["valueInfo"]["filename"], "text.txt", "{path}");
        let id = shown["id"].as_str().unwrap();
        let bytes = house.get("mara", &format!("{path}/{id}/data"));
        assert_eq!(bytes.body, b"some bytes", "{path}");
    }
    let data = format!("/process-instance/{instance}/variables/file/data");
    assert_eq!(house.get("mara", &data).body, b"some bytes");
}

/// HistoricActivityInstanceTest.testHistoricActivityInstanceCalledProcessId
/// HistoricActivityInstanceTest.testHistoricActivityInstanceCalledProcessIdWithWaitState
#[test]
fn a_call_names_the_instance_that_it_called() {
    let house = House::new();
    house.bpmn(&format!(
        r#"{ONE}<process id="empty" isExecutable="true"><startEvent id="s"/></process>
        <process id="caller" isExecutable="true"><startEvent id="s2"/><sequenceFlow id="c1" sourceRef="s2" targetRef="callIt"/>
        <callActivity id="callIt" calledElement="${{which}}"/></process>"#
    ));
    for which in ["empty", "one"] {
        let caller = house.run("caller", json!({"which": text(which)}));
        let called = house.text(
            &format!("/history/process-instance?processDefinitionKey={which}"),
            "id",
        );
        let path =
            format!("/history/activity-instance?processInstanceId={caller}&activityId=callIt");
        assert_eq!(house.only(&path)["calledProcessInstanceId"], called);
        if which == "one" {
            let leaf = house.only("/process-instance?leafProcessInstances=true");
            assert_eq!(leaf["id"], called);
            let root = house.only("/process-instance?rootProcessInstances=true");
            assert_eq!(root["id"], caller);
            house.complete("", json!({}));
            let known = house.only(&path);
            assert_eq!(known["calledProcessInstanceId"], called);
            assert!(known["endTime"].is_string());
        }
    }
}

/// HistoricActivityInstanceTest.testBoundaryErrorEvent
/// HistoricActivityInstanceTest.testBoundaryCancelEvent
/// HistoricActivityInstanceTest.testBoundaryCompensateEvent
/// HistoricActivityInstanceTest.testCompensationServiceTaskHasEndTime
/// HistoricActivityInstanceTest.testTransaction
/// HistoricActivityInstanceTest.testErrorEventSubprocess
#[test]
fn events_that_caught_something_are_told_with_their_kind() {
    let house = House::new();
    house.bpmn(r#"<error id="e" errorCode="bad"/>
      <process id="fails" isExecutable="true"><startEvent id="s1"/><sequenceFlow id="a1" sourceRef="s1" targetRef="sub"/>
        <subProcess id="sub"><startEvent id="s2"/><sequenceFlow id="a2" sourceRef="s2" targetRef="end2"/><endEvent id="end2"><errorEventDefinition errorRef="e"/></endEvent></subProcess>
        <boundaryEvent id="error" attachedToRef="sub"><errorEventDefinition errorRef="e"/></boundaryEvent>
        <sequenceFlow id="a3" sourceRef="error" targetRef="after"/><userTask id="after"/></process>
      <process id="cancels" isExecutable="true"><startEvent id="s3"/><sequenceFlow id="b1" sourceRef="s3" targetRef="transaction"/>
        <transaction id="transaction"><startEvent id="s4"/><sequenceFlow id="b2" sourceRef="s4" targetRef="end4"/><endEvent id="end4"><cancelEventDefinition/></endEvent></transaction>
        <boundaryEvent id="catchCancel" attachedToRef="transaction"><cancelEventDefinition/></boundaryEvent>
        <sequenceFlow id="b3" sourceRef="catchCancel" targetRef="after2"/><userTask id="after2"/></process>
      <process id="undoes" isExecutable="true"><startEvent id="s5"/><sequenceFlow id="c1" sourceRef="s5" targetRef="do"/>
        <serviceTask id="do" camunda:expression="${true}"/><boundaryEvent id="compensate" attachedToRef="do"><compensateEventDefinition/></boundaryEvent>
        <association id="as" sourceRef="compensate" targetRef="undo" associationDirection="One"/><serviceTask id="undo" isForCompensation="true" camunda:expression="${true}"/>
        <sequenceFlow id="c2" sourceRef="do" targetRef="throw"/><intermediateThrowEvent id="throw"><compensateEventDefinition/></intermediateThrowEvent><sequenceFlow id="c3" sourceRef="throw" targetRef="end5"/><endEvent id="end5"/></process>
      <process id="inside" isExecutable="true"><startEvent id="s6"/><sequenceFlow id="d1" sourceRef="s6" targetRef="end6"/><endEvent id="end6"><errorEventDefinition errorRef="e"/></endEvent>
        <subProcess id="handler" triggeredByEvent="true"><startEvent id="errorStart"><errorEventDefinition errorRef="e"/></startEvent><sequenceFlow id="d2" sourceRef="errorStart" targetRef="end7"/><endEvent id="end7"/></subProcess></process>"#);
    let told = |activity: &str, kind: &str| {
        let one = house.only(&format!("/history/activity-instance?activityId={activity}"));
        assert_eq!(one["activityType"], kind, "{activity}");
        assert!(one["endTime"].is_string(), "{activity}");
    };
    house.run("fails", json!({}));
    told("error", "boundaryError");
    house.complete("taskDefinitionKey=after", json!({}));
    house.run("cancels", json!({}));
    told("catchCancel", "cancelBoundaryCatch");
    told("transaction", "transaction");
    house.complete("taskDefinitionKey=after2", json!({}));
    house.run("undoes", json!({}));
    assert!(
        house
            .list("/history/activity-instance?activityId=compensate")
            .is_empty()
    );
    told("undo", "serviceTask");
    house.run("inside", json!({}));
    told("errorStart", "errorStartEvent");
    assert!(house.list("/process-instance").is_empty());
}

// differs: HistoricJobLogTest.testStartTimerEventJobHandlerType: a timer that starts an instance belongs to none and is not logged
// differs: HistoricJobLogTest.testStartTimerEventInsideEventSubProcessJobHandlerType, HistoricJobLogTest.testIntermediateTimerEventJobHandlerType, HistoricJobLogTest.testBoundaryTimerEventJobHandlerType: the log says which kind of timer it was, not when it was to fire
#[test]
fn the_log_of_a_timer_says_what_timer_it_is() {
    let house = House::new();
    house.bpmn(r#"<process id="waits" isExecutable="true"><startEvent id="s"/><sequenceFlow id="g1" sourceRef="s" targetRef="timer"/><sequenceFlow id="g2" sourceRef="s" targetRef="task"/>
        <intermediateCatchEvent id="timer"><timerEventDefinition><timeDuration>PT5M</timeDuration></timerEventDefinition></intermediateCatchEvent>
        <userTask id="task"/><boundaryEvent id="bound" attachedToRef="task" cancelActivity="false"><timerEventDefinition><timeDuration>PT6M</timeDuration></timerEventDefinition></boundaryEvent>
        <subProcess id="sub" triggeredByEvent="true"><startEvent id="subStart"><timerEventDefinition><timeDuration>PT7M</timeDuration></timerEventDefinition></startEvent></subProcess></process>"#);
    house.run("waits", json!({}));
    house.clock.advance(std::time::Duration::from_secs(480));
    for (activity, kind) in [
        ("timer", "timer-intermediate-transition"),
        ("bound", "timer-transition"),
        ("subStart", "timer-start-event-subprocess"),
    ] {
        let job = house.only(&format!("/job?activityId={activity}"));
        let execute = format!("/job/{}/execute", job["id"].as_str().unwrap());
        house.post("mara", &execute, json!({})).good();
        let log = house.only(&format!("/history/job-log?activityIdIn={activity}"));
        assert_eq!(log["jobId"], job["id"], "{activity}");
        assert_eq!(log["jobDueDate"], job["dueDate"], "{activity}");
        assert_eq!(log["jobDefinitionType"], kind, "{activity}");
        assert_eq!(log["successLog"], true);
    }
}

// differs: HistoricJobLogTest.testTerminateEndEvent: the log of jobs tells what was done and what failed, not what was made and deleted
// not applicable: HistoricVariableInstanceTest.testImplicitVariableUpdate: a Java object that changes in place

/// HistoricVariableInstanceTest.shouldThrowExceptionWhenQueryByVariableNamesWithNullString
/// HistoricVariableInstanceTest.shouldThrowExceptionWhenQueryByVariableNamesWithNullArrayString
#[test]
fn a_name_that_is_null_cannot_be_asked_for() {
    let house = House::new();
    for names in [json!([null]), json!([null, null]), json!(["a", null])] {
        let query = json!({ "variableNameIn": names });
        let refused = house.post("mara", "/history/variable-instance", query);
        assert_eq!(refused.status, 400, "{names}");
    }
}

/// HistoricProcessInstanceTest.shouldQueryByAsyncBeforeActivityId
/// HistoricProcessInstanceTest.shouldQueryWithActivityIdsWithMultipleIds
/// HistoricProcessInstanceTest.shouldNotRetrieveInstanceWhenQueryByActivityIdInWithFailingSubprocess
/// HistoricProcessInstanceTest.shouldQueryByActivityIdInWithFailingSubServiceTask
#[test]
fn an_instance_is_where_its_tokens_are() {
    let house = House::new();
    house.bpmn(
        r#"<process id="steps" isExecutable="true"><startEvent id="start" camunda:asyncBefore="true"/><sequenceFlow id="f1" sourceRef="start" targetRef="sub"/>
        <subProcess id="sub" camunda:asyncBefore="true"><startEvent id="s"/><sequenceFlow id="g1" sourceRef="s" targetRef="task"/>
          <serviceTask id="task" camunda:asyncBefore="true" camunda:expression="${fails ? unknown : true}"/><sequenceFlow id="g2" sourceRef="task" targetRef="e"/><endEvent id="e"/></subProcess>
        <sequenceFlow id="f2" sourceRef="sub" targetRef="end"/><endEvent id="end" camunda:asyncBefore="true"/></process>"#,
    );
    let found = |activities: &[&str]| {
        let query = json!({ "activityIdIn": activities });
        let found = house
            .post("mara", "/history/process-instance", query)
            .good();
        let ids = found.as_array().unwrap().iter();
        let mut ids: Vec<String> = ids
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort();
        ids
    };
    let places = ["start", "sub", "task", "end"];
    let mut at: Vec<String> = Vec::new();
    for jobs in 0..places.len() {
        let instance = house.run("steps", json!({"fails": {"value": false}}));
        for _ in 0..jobs {
            let job = house.text(&format!("/job?processInstanceId={instance}"), "id");
            house
                .post("mara", &format!("/job/{job}/execute"), json!({}))
                .good();
        }
        at.push(instance);
    }
    for (place, instance) in places.iter().zip(&at) {
        assert_eq!(found(&[place]), [instance.as_str()], "{place}");
    }
    let mut two = vec![at[0].clone(), at[3].clone()];
    two.sort();
    assert_eq!(found(&["start", "end"]), two);

    let fails = house.run("steps", json!({"fails": {"value": true}}));
    house.jobs();
    assert_eq!(found(&["sub"]), Vec::<String>::new());
    assert_eq!(found(&["task"]), [fails]);
}
