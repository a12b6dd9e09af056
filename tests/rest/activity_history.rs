//! How visits of activities end and what their history tells, after the cases of Camunda's
//! HistoricActivityInstanceStateTest and HistoricActivityInstanceTest.

use crate::house::House;
use serde_json::{Value as Json, json};

/// A process `p` with these elements; lines such as `a -> b -> c` are its flows.
fn model(elements: &str) -> String {
    let mut inside = String::new();
    for line in elements.lines() {
        if line.trim_start().starts_with('<') || !line.contains(" -> ") {
            inside.push_str(line);
            continue;
        }
        let nodes: Vec<&str> = line.split(" -> ").map(str::trim).collect();
        for pair in nodes.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            inside.push_str(&format!(
                r#"<sequenceFlow id="{from}-{to}" sourceRef="{from}" targetRef="{to}"/>"#
            ));
        }
    }
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <message id="go" name="go"/><signal id="alarm" name="alarm"/><error id="bad" errorCode="bad"/>
        <process id="p" name="P" isExecutable="true">{inside}</process></definitions>"#
    )
}

struct Past {
    house: House,
    instance: String,
}

impl Past {
    fn of(elements: &str) -> Past {
        let house = House::new();
        let xml = model(elements);
        let called = model("<startEvent id=\"cs\"/><userTask id=\"inner\"/>\ncs -> inner")
            .replace("id=\"p\"", "id=\"called\"");
        for (name, xml) in [("p.bpmn", &xml), ("called.bpmn", &called)] {
            let parts = [("data", Some(name), xml.as_bytes())];
            house.form("mara", "/deployment/create", &parts).good();
        }
        let started = house
            .post("mara", "/process-definition/key/p/start", json!({}))
            .good();
        let instance = started["id"].as_str().unwrap().to_owned();
        Past { house, instance }
    }

    fn visits(&self, query: &str) -> Vec<Json> {
        let found = self
            .house
            .get("mara", &format!("/history/activity-instance?{query}"))
            .good();
        found.as_array().unwrap().clone()
    }

    /// Checks how often an activity was visited, how many of these visits completed their scope,
    /// and how many were cancelled.
    #[track_caller]
    fn ended(&self, activity: &str, wanted: [usize; 3]) {
        let query = format!("activityId={}", activity.replace('#', "%23"));
        let all = self.visits(&query);
        let with = |flag: &str| all.iter().filter(|visit| visit[flag] == true).count();
        assert_eq!(
            [all.len(), with("completeScope"), with("canceled")],
            wanted,
            "{activity}"
        );
        for (flag, count) in [("completeScope", wanted[1]), ("canceled", wanted[2])] {
            assert_eq!(self.visits(&format!("{query}&{flag}=true")).len(), count);
        }
    }

    fn message(&self) {
        self.house
            .post("mara", "/message", json!({"messageName": "go"}))
            .good();
    }

    fn complete(&self, task: &str) {
        let found = self
            .house
            .get("mara", &format!("/task?taskDefinitionKey={task}"))
            .good();
        let id = found[0]["id"].as_str().unwrap().to_owned();
        self.house
            .post("mara", &format!("/task/{id}/complete"), json!({}))
            .good();
    }
}

const PARALLEL: &str =
    r#"<startEvent id="start"/><parallelGateway id="fork"/><task id="task1"/><task id="task2"/>"#;

/// HistoricActivityInstanceStateTest.testSingleEndEvent
/// HistoricActivityInstanceStateTest.testSingleEndActivity
/// HistoricActivityInstanceStateTest.testSingleEndEventAfterParallelJoin
/// HistoricActivityInstanceStateTest.testEndParallelJoin
/// HistoricActivityInstanceStateTest.testTwoEndEvents
/// HistoricActivityInstanceStateTest.testTwoEndActivities
/// HistoricActivityInstanceStateTest.testSingleEndEventAndSingleEndActivity
/// HistoricActivityInstanceStateTest.testSimpleSubProcess
/// HistoricActivityInstanceStateTest.testIntermediateTask
/// HistoricActivityInstanceTest.testHistoricActivityInstanceQueryByCompleteScope
/// HistoricActivityInstanceTest.testEndParallelJoin
/// HistoricActivityInstanceTest.testHistoricActivityInstanceGatewayEndTimes
#[test]
fn what_leads_nowhere_completes_its_scope() {
    let past = Past::of(
        "<startEvent id=\"start\"/><task id=\"middle\"/><endEvent id=\"end\"/>\nstart -> middle -> end",
    );
    past.ended("start", [1, 0, 0]);
    past.ended("middle", [1, 0, 0]);
    past.ended("end", [1, 1, 0]);
    let past = Past::of("<startEvent id=\"start\"/><task id=\"end\"/>\nstart -> end");
    past.ended("start", [1, 0, 0]);
    past.ended("end", [1, 1, 0]);
    let past = Past::of(&format!(
        "{PARALLEL}<parallelGateway id=\"join\"/><endEvent id=\"end\"/>\nstart -> fork -> task1 -> join -> end\nfork -> task2 -> join"
    ));
    past.ended("join", [2, 0, 0]);
    past.ended("end", [1, 1, 0]);
    let past = Past::of(&format!(
        "{PARALLEL}<parallelGateway id=\"join\"/>\nstart -> fork -> task1 -> join\nfork -> task2 -> join"
    ));
    past.ended("task1", [1, 0, 0]);
    past.ended("task2", [1, 0, 0]);
    past.ended("join", [2, 2, 0]);
    assert!(
        past.visits("activityId=join")
            .iter()
            .all(|visit| visit["endTime"] != Json::Null)
    );
    let past = Past::of(&format!(
        "{PARALLEL}<endEvent id=\"end1\"/>\nstart -> fork -> task1 -> end1\nfork -> task2"
    ));
    past.ended("fork", [1, 0, 0]);
    past.ended("end1", [1, 1, 0]);
    past.ended("task2", [1, 1, 0]);
    let past = Past::of(
        "<startEvent id=\"start\"/><subProcess id=\"sub\"><startEvent id=\"s\"/><endEvent id=\"subEnd\"/>\ns -> subEnd\n</subProcess><endEvent id=\"end\"/>\nstart -> sub -> end",
    );
    past.ended("sub", [1, 0, 0]);
    past.ended("subEnd", [1, 1, 0]);
    past.ended("end", [1, 1, 0]);
}

/// HistoricActivityInstanceStateTest.testParallelMultiInstanceSubProcess
/// HistoricActivityInstanceStateTest.testSequentialMultiInstanceSubProcess
/// HistoricActivityInstanceTest.testMultiInstanceScopeActivity
/// HistoricActivityInstanceTest.testMultiInstanceReceiveActivity
#[test]
fn each_of_many_completes_what_holds_them() {
    for sequential in [true, false] {
        let loops = format!(
            "<multiInstanceLoopCharacteristics isSequential=\"{sequential}\"><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
        );
        let past = Past::of(&format!(
            "<startEvent id=\"start\"/><subProcess id=\"many\">{loops}<startEvent id=\"s\"/><endEvent id=\"subEnd\"/>\ns -> subEnd\n</subProcess><endEvent id=\"end\"/>\nstart -> many -> end"
        ));
        past.ended("many", [3, 3, 0]);
        past.ended("subEnd", [3, 3, 0]);
        past.ended("many#multiInstanceBody", [1, 0, 0]);
        past.ended("end", [1, 1, 0]);
        let body = &past.visits("activityId=many%23multiInstanceBody")[0];
        assert_eq!(
            (&body["activityType"], &body["parentActivityInstanceId"]),
            (&json!("multiInstanceBody"), &json!(past.instance))
        );
        assert!(
            past.visits("activityId=many")
                .iter()
                .all(|visit| visit["parentActivityInstanceId"] == body["id"])
        );
    }
}

/// HistoricActivityInstanceStateTest.testBoundarySignalCancel
/// HistoricActivityInstanceStateTest.testEventSubprocessMessageCancel
/// HistoricActivityInstanceStateTest.testEventSubprocessSignalCancel
/// HistoricActivityInstanceStateTest.testEndTerminateEventCancel
/// HistoricActivityInstanceStateTest.testEndTerminateEventCancelInSubprocess
/// HistoricActivityInstanceStateTest.testEndTerminateEventCancelWithSubprocess
/// HistoricActivityInstanceStateTest.testEndTerminateEventCancelWithCallActivity
/// HistoricActivityInstanceStateTest.testCancelProcessInstanceInUserTask
/// HistoricActivityInstanceStateTest.testCancelProcessInstanceInSubprocess
/// HistoricActivityInstanceStateTest.testCancelProcessWithParallelGateway
/// HistoricActivityInstanceTest.testHistoricActivityInstanceQueryByCanceled
/// HistoricActivityInstanceTest.testHistoricActivityInstanceQueryByCompleteScopeAndCanceled
#[test]
fn what_is_interrupted_terminated_or_deleted_is_cancelled() {
    let sub = "<subProcess id=\"sub\"><startEvent id=\"s\"/><userTask id=\"task\"/>\ns -> task\n</subProcess>";
    let past = Past::of(&format!(
        "<startEvent id=\"start\"/>{sub}<boundaryEvent id=\"b\" attachedToRef=\"sub\"><signalEventDefinition signalRef=\"alarm\"/></boundaryEvent><endEvent id=\"after\"/>\nstart -> sub\nb -> after"
    ));
    past.house
        .post("mara", "/signal", json!({"name": "alarm"}))
        .good();
    past.ended("sub", [1, 0, 1]);
    past.ended("task", [1, 0, 1]);
    past.ended("b", [1, 0, 0]);
    past.ended("after", [1, 1, 0]);
    assert_eq!(past.visits("completeScope=true&canceled=true").len(), 0);

    for definition in [
        r#"<messageEventDefinition messageRef="go"/>"#,
        r#"<signalEventDefinition signalRef="alarm"/>"#,
    ] {
        let past = Past::of(&format!(
            "<startEvent id=\"start\"/><userTask id=\"task\"/><subProcess id=\"event\" triggeredByEvent=\"true\"><startEvent id=\"on\">{definition}</startEvent><endEvent id=\"eventEnd\"/>\non -> eventEnd\n</subProcess>\nstart -> task"
        ));
        match definition.contains("message") {
            true => past.message(),
            false => drop(
                past.house
                    .post("mara", "/signal", json!({"name": "alarm"}))
                    .good(),
            ),
        }
        past.ended("task", [1, 0, 1]);
        past.ended("on", [1, 0, 0]);
        past.ended("eventEnd", [1, 1, 0]);
    }

    let stops = r#"<receiveTask id="wait" messageRef="go"/><endEvent id="stop"><terminateEventDefinition/></endEvent>"#;
    for (beside, cancelled) in [
        ("<userTask id=\"task\"/>", "task"),
        (sub, "sub"),
        (
            "<callActivity id=\"call\" calledElement=\"called\"/>",
            "call",
        ),
    ] {
        let past = Past::of(&format!(
            "<startEvent id=\"start\"/><parallelGateway id=\"fork\"/>{stops}{beside}\nstart -> fork -> wait -> stop\nfork -> {cancelled}"
        ));
        past.message();
        past.ended(cancelled, [1, 0, 1]);
        past.ended("stop", [1, 1, 0]);
    }
    let inside = format!(
        "<startEvent id=\"start\"/><subProcess id=\"sub\"><startEvent id=\"s\"/><parallelGateway id=\"fork\"/>{stops}<userTask id=\"task\"/>\ns -> fork -> wait -> stop\nfork -> task\n</subProcess><endEvent id=\"end\"/>\nstart -> sub -> end"
    );
    let past = Past::of(&inside);
    past.message();
    past.ended("sub", [1, 0, 0]);
    past.ended("task", [1, 0, 1]);
    past.ended("stop", [1, 1, 0]);
    past.ended("end", [1, 1, 0]);

    let past = Past::of(&format!(
        "<startEvent id=\"start\"/><parallelGateway id=\"fork\"/><userTask id=\"task1\"/>{sub}\nstart -> fork -> task1\nfork -> sub"
    ));
    let path = format!("/engine-rest/process-instance/{}", past.instance);
    assert_eq!(past.house.send("mara", "DELETE", &path, None).status, 204);
    for activity in ["task1", "sub", "task"] {
        past.ended(activity, [1, 0, 1]);
    }
}

/// HistoricActivityInstanceStateTest.testBoundaryErrorCancel
/// HistoricActivityInstanceStateTest.testEventSubprocessErrorCancel
#[test]
fn an_error_that_is_caught_cancels_the_event_that_threw_it() {
    let wait = r#"<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="go"/></intermediateCatchEvent>"#;
    let throws = r#"<endEvent id="error"><errorEventDefinition errorRef="bad"/></endEvent>"#;
    let inside = format!(
        "<startEvent id=\"s\"/><parallelGateway id=\"fork\"/>{wait}<userTask id=\"task\"/>{throws}\ns -> fork -> wait -> error\nfork -> task\n"
    );
    let boundary = format!(
        "<startEvent id=\"start\"/><subProcess id=\"sub\">{inside}</subProcess><boundaryEvent id=\"caught\" attachedToRef=\"sub\"><errorEventDefinition errorRef=\"bad\"/></boundaryEvent><endEvent id=\"end\"/>\nstart -> sub\ncaught -> end"
    );
    let event = format!(
        "{inside}<subProcess id=\"catching\" triggeredByEvent=\"true\"><startEvent id=\"caught\"><errorEventDefinition errorRef=\"bad\"/></startEvent><endEvent id=\"end\"/>\ncaught -> end\n</subProcess>"
    );
    for (elements, sub) in [(boundary, true), (event, false)] {
        let past = Past::of(&elements);
        past.message();
        past.ended("task", [1, 0, 1]);
        past.ended("error", [1, 0, 1]);
        past.ended("caught", [1, 0, 0]);
        past.ended("end", [1, 1, 0]);
        if sub {
            past.ended("sub", [1, 0, 1]);
        }
    }
    let past = Past::of(&format!(
        "<startEvent id=\"start\"/>{throws}\nstart -> error"
    ));
    past.ended("error", [1, 1, 0]);
}

/// HistoricActivityInstanceTest.testHistoricActivityInstanceReceive
/// HistoricActivityInstanceTest.testLongRunningHistoricActivityInstanceReceive
/// HistoricActivityInstanceTest.testHistoricActivityInstanceProperties
/// HistoricActivityInstanceTest.testUserTaskStillRunning
/// HistoricActivityInstanceTest.testHistoricActivityInstanceQueryStartFinishAfterBefore
/// HistoricActivityInstanceTest.testProcessDefinitionKeyProperty
/// HistoricActivityInstanceTest.testScopeActivity
/// HistoricActivityInstanceTest.testSorting
/// HistoricActivityInstanceTest.testInvalidSorting
/// HistoricActivityInstanceTest.testAssigneeSavedWhenTaskSaved
#[test]
fn a_visit_tells_its_times_its_place_and_its_task() {
    let past = Past::of(
        "<startEvent id=\"start\"/><userTask id=\"task\" name=\"Task\" camunda:assignee=\"ana\"/><boundaryEvent id=\"b\" attachedToRef=\"task\"><timerEventDefinition><timeDuration>PT9H</timeDuration></timerEventDefinition></boundaryEvent><receiveTask id=\"receive\"/>\nstart -> task -> receive",
    );
    let running = &past.visits("activityId=task")[0];
    for (name, value) in [
        ("activityName", json!("Task")),
        ("activityType", json!("userTask")),
        ("assignee", json!("ana")),
        ("processInstanceId", json!(past.instance)),
        ("parentActivityInstanceId", json!(past.instance)),
        ("processDefinitionKey", json!("p")),
        ("endTime", Json::Null),
        ("durationInMillis", Json::Null),
    ] {
        assert_eq!(running[name], value, "{name}");
    }
    assert!(running["taskId"].is_string() && running["executionId"].is_string());
    let task = running["taskId"].as_str().unwrap();
    past.house
        .post(
            "mara",
            &format!("/task/{task}/assignee"),
            json!({"userId": "ben"}),
        )
        .good();
    assert_eq!(past.visits("activityId=task&taskAssignee=ben").len(), 1);
    past.house
        .clock
        .advance(std::time::Duration::from_secs(3600));
    past.complete("task");
    let done = &past.visits("activityId=task")[0];
    assert_eq!(
        (&done["id"], &done["durationInMillis"]),
        (&running["id"], &json!(3_600_000))
    );
    for (query, count) in [
        ("activityId=receive&unfinished=true", 1),
        ("activityType=receiveTask", 1),
        ("activityName=Task&finished=true", 1),
        ("startedBefore=2025-11-18T12:30:00.000%2B0000", 2),
        ("startedAfter=2025-11-18T12:30:00.000%2B0000", 1),
        ("finishedBefore=2025-11-18T12:30:00.000%2B0000", 1),
        ("finishedAfter=2025-11-18T12:30:00.000%2B0000", 1),
        ("activityId=none", 0),
    ] {
        assert_eq!(past.visits(query).len(), count, "{query}");
    }
    for by in [
        "activityInstanceId",
        "instanceId",
        "executionId",
        "activityId",
        "activityName",
        "activityType",
        "startTime",
        "endTime",
        "duration",
        "definitionId",
        "occurrence",
    ] {
        for order in ["asc", "desc"] {
            assert_eq!(
                past.visits(&format!("sortBy={by}&sortOrder={order}")).len(),
                3,
                "{by}"
            );
        }
    }
    assert_eq!(
        past.visits("sortBy=activityId&sortOrder=asc")[0]["activityId"],
        "receive"
    );
    for wrong in [
        "sortBy=none&sortOrder=asc",
        "sortBy=activityId",
        "sortOrder=asc",
    ] {
        assert_eq!(
            past.house
                .get("mara", &format!("/history/activity-instance?{wrong}"))
                .status,
            400,
            "{wrong}"
        );
    }
}

/// HistoricActivityInstanceTest.testHistoricActivityInstanceTimerEvent
/// HistoricActivityInstanceTest.testHistoricActivityInstanceMessageEvent
/// HistoricActivityInstanceTest.testInterruptingBoundaryMessageEvent
/// HistoricActivityInstanceTest.testNonInterruptingBoundaryMessageEvent
/// HistoricActivityInstanceTest.testInterruptingBoundarySignalEvent
/// HistoricActivityInstanceTest.testNonInterruptingBoundarySignalEvent
/// HistoricActivityInstanceTest.testInterruptingBoundaryTimerEvent
/// HistoricActivityInstanceTest.testNonInterruptingBoundaryTimerEvent
/// HistoricActivityInstanceTest.testIntermediateCatchEventTypes
/// HistoricActivityInstanceTest.testMessageEventSubprocess
/// HistoricActivityInstanceTest.testSignalEventSubprocess
/// HistoricActivityInstanceTest.testTimerEventSubprocess
#[test]
fn events_are_visited_once_they_happen_and_have_their_types() {
    let timer = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>";
    let (message, signal) = (
        r#"<messageEventDefinition messageRef="go"/>"#,
        r#"<signalEventDefinition signalRef="alarm"/>"#,
    );
    for (kind, definition) in [("Timer", timer), ("Message", message), ("Signal", signal)] {
        let happen = |past: &Past| match kind {
            "Message" => past.message(),
            "Signal" => drop(
                past.house
                    .post("mara", "/signal", json!({"name": "alarm"}))
                    .good(),
            ),
            _ => {
                let job = past.house.get("mara", "/job").good()[0]["id"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                past.house
                    .post("mara", &format!("/job/{job}/execute"), json!({}))
                    .good();
            }
        };
        let past = Past::of(&format!(
            "<startEvent id=\"start\"/><intermediateCatchEvent id=\"c\">{definition}</intermediateCatchEvent><endEvent id=\"end\"/>\nstart -> c -> end"
        ));
        let caught = if kind == "Timer" {
            "intermediateTimer".to_owned()
        } else {
            format!("intermediate{kind}Catch")
        };
        assert_eq!(
            past.visits("activityId=c&unfinished=true")[0]["activityType"],
            caught
        );
        happen(&past);
        assert_eq!(past.visits("activityId=c&finished=true").len(), 1);
        for interrupting in [true, false] {
            let past = Past::of(&format!(
                "<startEvent id=\"start\"/><userTask id=\"task\"/><boundaryEvent id=\"b\" attachedToRef=\"task\" cancelActivity=\"{interrupting}\">{definition}</boundaryEvent><endEvent id=\"end\"/>\nstart -> task\nb -> end"
            ));
            assert_eq!(
                past.visits("activityId=b").len(),
                0,
                "not before it happens"
            );
            happen(&past);
            let visit = &past.visits("activityId=b")[0];
            assert_eq!(visit["activityType"], format!("boundary{kind}"));
            assert!(visit["endTime"].is_string());
            past.ended("task", [1, 0, usize::from(interrupting)]);
        }
        let past = Past::of(&format!(
            "<startEvent id=\"start\"/><userTask id=\"task\"/><subProcess id=\"event\" triggeredByEvent=\"true\"><startEvent id=\"on\">{definition}</startEvent><userTask id=\"inner\"/>\non -> inner\n</subProcess>\nstart -> task"
        ));
        happen(&past);
        let on = &past.visits("activityId=on")[0];
        let event = &past.visits("activityId=event")[0];
        assert_eq!(
            (
                &on["parentActivityInstanceId"],
                &event["parentActivityInstanceId"]
            ),
            (&event["id"], &json!(past.instance))
        );
        let kind = if kind == "Timer" {
            "startTimerEvent".to_owned()
        } else {
            format!("{}StartEvent", kind.to_lowercase())
        };
        assert_eq!(on["activityType"], kind);
    }
}
// not applicable: HistoricActivityInstanceTest.testCaseCallActivity: there are no cases
