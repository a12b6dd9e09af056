//! When histories go, after the cases of HistoryCleanupTest and BatchSetRemovalTimeTest.

use crate::batches::id;
use crate::house::House;
use crate::migration::Versions;
use crewdesk::desk::Caller;
use serde_json::{Value as Json, json};
use std::time::Duration;

#[test]
fn history_goes_when_its_time_to_live_is_over() {
    let desk = Versions::of("work", "work");
    let path = format!("/process-definition/{}/history-time-to-live", desk.first);
    assert_eq!(
        desk.house
            .put("mara", &path, json!({"historyTimeToLive": 5}))
            .status,
        204
    );
    let shown = desk
        .house
        .get("mara", &format!("/process-definition/{}", desk.first))
        .good();
    assert_eq!(shown["historyTimeToLive"], 5);
    let instance = desk.start();
    desk.house
        .send(
            "mara",
            "DELETE",
            &format!("/engine-rest/process-instance/{instance}"),
            None,
        )
        .good();
    let path = format!("/history/process-instance/{instance}");
    assert!(desk.house.get("mara", &path).good()["removalTime"].is_string());
    let report = format!(
        "/history/process-definition/cleanable-process-instance-report?processDefinitionIdIn={}",
        desk.first
    );
    let cleanable =
        || desk.house.get("mara", &report).good()[0]["cleanableProcessInstanceCount"].clone();
    assert_eq!(cleanable(), 0);
    let missing = desk.house.get("mara", "/history/cleanup/job");
    missing.refused(
        404,
        "InvalidRequestException",
        "History cleanup job does not exist",
    );
    let missing = desk.house.get("mara", "/history/cleanup/jobs");
    missing.refused(
        404,
        "InvalidRequestException",
        "History cleanup jobs are empty",
    );
    let rest = desk
        .house
        .post("mara", "/history/cleanup?immediatelyDue=false", json!({}));
    assert_eq!(
        rest.status, 204,
        "there is no batch window that a job could wait for"
    );
    assert_eq!(
        desk.house.post("ana", "/history/cleanup", json!({})).status,
        403
    );
    // Its job runs once, and rests until it is asked for again.
    let clean = || {
        let job = desk.make("/history/cleanup", json!({}));
        assert_eq!(
            (
                &job["suspended"],
                &job["retries"],
                &job["processDefinitionId"]
            ),
            (&json!(false), &json!(3), &Json::Null)
        );
        desk.house.jobs();
        let job = id(&job);
        let now = desk.house.get("mara", "/history/cleanup/job").good();
        assert_eq!((&now["id"], &now["suspended"]), (&json!(job), &json!(true)));
        assert_eq!(
            desk.house.get("mara", "/history/cleanup/jobs").good(),
            json!([now])
        );
        job
    };
    let job = clean();
    assert_eq!(desk.house.get("mara", &path).status, 200, "not yet");
    desk.house.clock.advance(Duration::from_secs(6 * 86_400));
    assert_eq!(cleanable(), 1);
    assert_eq!(clean(), job, "it is the same job");
    assert_eq!(desk.house.get("mara", &path).status, 404);
    let configuration = desk
        .house
        .get("mara", "/history/cleanup/configuration")
        .good();
    assert_eq!(configuration["enabled"], false, "as without a batch window");
    let on = json!({"on": true});
    assert_eq!(
        desk.house
            .put("mara", "/crewdesk/history-cleanup", on)
            .status,
        204
    );
    let configuration = desk
        .house
        .get("mara", "/history/cleanup/configuration")
        .good();
    assert_eq!(configuration["enabled"], true);
}

#[test]
fn what_is_to_go_goes_group_by_group_and_what_is_kept_after_all_stays() {
    let desk = Versions::of("work", "work");
    let ended: Vec<String> = (0..120)
        .map(|_| {
            let id = desk.start();
            let gone = format!("/process-instance/{id}");
            assert_eq!(desk.house.delete("mara", &gone).status, 204);
            id
        })
        .collect();
    let until = |at: Json, ids: &[String]| {
        let mut body = at;
        body["historicProcessInstanceIds"] = json!(ids);
        desk.make("/history/process-instance/set-removal-time", body);
        desk.work();
    };
    until(
        json!({ "absoluteRemovalTime": "2020-01-01T00:00:00.000+0000" }),
        &ended,
    );
    let job = id(&desk.make("/history/cleanup", json!({})));
    let run = || {
        let path = format!("/job/{job}/execute");
        assert_eq!(desk.house.post("mara", &path, json!({})).status, 204);
        let left = desk
            .house
            .get("mara", "/history/process-instance/count")
            .good();
        (
            left["count"].as_u64().unwrap(),
            desk.house.get("mara", "/history/cleanup/job").good()["suspended"] == true,
        )
    };
    assert_eq!(run(), (70, false), "a group, and it is due again");
    let left: Vec<String> = desk
        .house
        .list("/history/process-instance?maxResults=1000")
        .iter()
        .map(id)
        .collect();
    until(json!({ "clearedRemovalTime": true }), &left[..10]);
    assert_eq!(
        [run(), run(), run()],
        [(20, false), (10, false), (10, true)]
    );
}

#[test]
fn decisions_and_batches_have_a_time_of_their_own_to_go() {
    let desk = Versions::of("work", "work");
    let house = &desk.house;
    let dmn = include_bytes!("../../process-models/insertion-check.dmn");
    house
        .form(
            "mara",
            "/deployment/create",
            &[("data", Some("insertion-check.dmn"), &dmn[..])],
        )
        .good();
    house.bpmn(
        r#"<process id="asks" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="ask"/>
        <businessRuleTask id="ask" camunda:decisionRef="insertion-check" camunda:resultVariable="r"/></process>"#,
    );
    house.run("asks", json!({}));
    let decision = house.only("/history/decision-instance");
    assert_eq!(decision["removalTime"], Json::Null);
    let days = format!(
        "/decision-definition/{}/history-time-to-live",
        decision["decisionDefinitionId"].as_str().unwrap()
    );
    house
        .put("mara", &days, json!({"historyTimeToLive": 2}))
        .good();
    let body =
        json!({ "historicDecisionInstanceIds": [decision["id"]], "calculatedRemovalTime": true });
    let made = desk.make("/history/decision-instance/set-removal-time", body);
    assert_eq!(made["type"], "decision-set-removal-time");
    desk.work();
    let at = house.only("/history/decision-instance")["removalTime"].clone();
    assert!(at.as_str().unwrap().starts_with("2025-11-20T12:00"), "{at}");
    let body = json!({ "historicBatchQuery": {"completed": true}, "absoluteRemovalTime": "2025-11-19T00:00:00.000+0000" });
    let last = desk.make("/history/batch/set-removal-time", body);
    assert_eq!(
        (&last["type"], &last["totalJobs"]),
        (&json!("batch-set-removal-time"), &json!(1))
    );
    desk.work();
    let path = format!("/history/batch/{}", id(&made));
    assert!(
        house.get("mara", &path).good()["removalTime"]
            .as_str()
            .unwrap()
            .starts_with("2025-11-19")
    );
    let cleanable = |days: u64| {
        house.clock.advance(Duration::from_secs(days * 86_400));
        house.post("mara", "/history/cleanup", json!({})).good();
        house.jobs();
        (
            house.list("/history/decision-instance").len(),
            house.get("mara", &path).status,
        )
    };
    assert_eq!([0, 1, 1].map(cleanable), [(1, 200), (1, 404), (0, 404)]);
    assert_eq!(house.list("/history/batch").len(), 1, "the other stays");
    let both = json!({ "historicBatchIds": [id(&last)], "clearedRemovalTime": true, "calculatedRemovalTime": true });
    assert_eq!(
        house
            .post("mara", "/history/batch/set-removal-time", both)
            .status,
        400
    );
}

#[test]
fn a_removal_time_holds_for_all_that_a_root_called_once_that_has_ended() {
    let house = House::new();
    house.bpmn(
        r#"<process id="outer" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="both"/>
            <parallelGateway id="both"/><sequenceFlow id="f1" sourceRef="both" targetRef="call"/><sequenceFlow id="f2" sourceRef="both" targetRef="wait"/>
            <callActivity id="call" calledElement="inner"/><userTask id="wait"/></process>
        <process id="inner" isExecutable="true"><startEvent id="s2"/></process>"#,
    );
    let root = house.run("outer", json!({}));
    let child = house.text("/history/process-instance?processDefinitionKey=inner", "id");
    let work = || while house.desk.advance_batches(&Caller::Desk).unwrap() > 0 {};
    let set = |id: &str, hierarchical: bool| {
        let body = json!({
            "historicProcessInstanceIds": [id], "hierarchical": hierarchical,
            "absoluteRemovalTime": "2030-01-01T00:00:00.000+0000",
        });
        let path = "/history/process-instance/set-removal-time";
        house.post("mara", path, body).good();
        work();
        [&root, &child].map(|id| {
            let path = format!("/history/process-instance/{id}");
            house.get("mara", &path).good()["removalTime"].is_string()
        })
    };
    // What its root needs still does not go, though it has ended itself.
    assert_eq!(set(&child, true), [false, false]);
    house.complete("taskDefinitionKey=wait", json!({}));
    assert_eq!(set(&root, false), [true, false]);
    let clear = json!({ "historicProcessInstanceIds": [root], "clearedRemovalTime": true });
    house
        .post("mara", "/history/process-instance/set-removal-time", clear)
        .good();
    work();
    assert_eq!(set(&child, true), [true, true]);
}

#[test]
fn a_history_stays_a_century_at_most_or_for_ever() {
    let desk = Versions::of("work", "work");
    let path = format!("/process-definition/{}/history-time-to-live", desk.first);
    let set = |days: Json| {
        let body = json!({ "historyTimeToLive": days });
        desk.house.put("mara", &path, body).status
    };
    assert_eq!(set(json!(36_500)), 204);
    assert_eq!(set(json!(36_501)), 400);
    assert_eq!(set(json!(-1)), 400);
    let shown = format!("/process-definition/{}", desk.first);
    let days = || desk.house.get("mara", &shown).good()["historyTimeToLive"].clone();
    assert_eq!(days(), 36_500);
    assert_eq!(set(Json::Null), 204);
    assert_eq!(days(), Json::Null);
}

#[test]
fn what_a_cancelled_instance_left_to_itself_has_its_own_time_to_live() {
    let house = House::new();
    house.bpmn(
        r#"<process id="outer" isExecutable="true" camunda:historyTimeToLive="P1D"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="call"/>
            <callActivity id="call" calledElement="middle"/></process>
        <process id="middle" isExecutable="true" camunda:historyTimeToLive="P3D"><startEvent id="s2"/><sequenceFlow id="f2" sourceRef="s2" targetRef="deep"/>
            <callActivity id="deep" calledElement="inner"><extensionElements><camunda:out variables="all"/></extensionElements></callActivity>
            <sequenceFlow id="f3" sourceRef="deep" targetRef="late"/><userTask id="late"/></process>
        <process id="inner" isExecutable="true" camunda:historyTimeToLive="P9D"><startEvent id="s4"/><sequenceFlow id="f4" sourceRef="s4" targetRef="wait"/>
            <userTask id="wait"/><boundaryEvent id="b" attachedToRef="wait" cancelActivity="false"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent></process>"#,
    );
    let outer = house.run("outer", json!({}));
    let of = |key: &str| {
        house.text(
            &format!("/process-instance?processDefinitionKey={key}"),
            "id",
        )
    };
    let (middle, inner) = (of("middle"), of("inner"));
    let past = |id: &str| {
        house
            .get("mara", &format!("/history/process-instance/{id}"))
            .good()
    };
    for id in [&middle, &inner] {
        assert_eq!(past(id)["rootProcessInstanceId"], json!(outer));
    }
    let over = format!("/process-instance/{outer}?skipSubprocesses=true");
    assert_eq!(house.delete("mara", &over).status, 204);
    let days = |id: &str, from: &str| {
        let shown = past(id);
        let at = |name: &str| {
            let text = shown[name].as_str()?;
            chrono::DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.3f%z").ok()
        };
        Some((at("removalTime")? - at(from)?).num_days())
    };
    assert_eq!(days(&outer, "endTime"), Some(1));
    for id in [&middle, &inner] {
        assert_eq!(past(id)["rootProcessInstanceId"], json!(middle));
        assert_eq!(past(id)["removalTime"], Json::Null, "it runs");
    }
    assert_eq!(past(&middle)["superProcessInstanceId"], Json::Null);
    assert_eq!(past(&inner)["superProcessInstanceId"], json!(middle));
    // All of it goes on where it was.
    house.clock.advance(Duration::from_secs(7200));
    house.jobs();
    assert_eq!(house.list("/job").len(), 0);
    house.complete("wait", json!({ "told": { "value": "yes" } }));
    let told = format!("/process-instance/{middle}/variables/told");
    assert_eq!(house.get("mara", &told).good()["value"], "yes");
    house.complete("late", json!({}));
    assert_eq!(house.list("/process-instance"), Vec::<Json>::new());
    assert_eq!(days(&middle, "endTime"), Some(3));
    assert_eq!(
        past(&inner)["removalTime"],
        past(&middle)["removalTime"],
        "as its root"
    );
}
