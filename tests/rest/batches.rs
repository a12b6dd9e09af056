//! Batches and restarted instances, after the cases of Camunda's BatchMigrationTest, BatchQueryTest,
//! BatchSuspensionTest and RestartProcessInstanceSyncTest.

use crate::migration::Versions;
use crewdesk::desk::Caller;
use serde_json::{Value as Json, json};
use std::time::Duration;

impl Versions {
    /// Does what waits, as a worker would; how many items.
    fn work(&self) -> u64 {
        let mut done = 0;
        loop {
            match self.house.desk.advance_batches(&Caller::Desk).unwrap() {
                0 => return done,
                n => done += n,
            }
        }
    }

    fn make(&self, path: &str, body: Json) -> Json {
        self.house.post("mara", path, body).good()
    }

    fn state(&self, instance: &str) -> String {
        let path = format!("/history/process-instance/{instance}");
        let shown = self.house.get("mara", &path).good();
        shown["state"].as_str().unwrap().to_owned()
    }
}

fn id(of: &Json) -> String {
    of["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_batch_is_worked_off_one_by_one_and_what_fails_stays_with_its_reason() {
    let desk = Versions::of("work", "check");
    let instances: Vec<String> = (0..3).map(|_| desk.start()).collect();
    let mut ids = instances.clone();
    ids.push("no".to_owned());
    let body = json!({ "migrationPlan": desk.plan("work", "check"), "processInstanceIds": ids });
    assert_eq!(
        desk.house
            .post("ana", "/migration/executeAsync", body.clone())
            .status,
        403
    );
    let made = desk.make("/migration/executeAsync", body);
    assert_eq!(
        (
            &made["type"],
            &made["totalJobs"],
            &made["createUserId"],
            &made["suspended"]
        ),
        (
            &json!("instance-migration"),
            &json!(4),
            &json!("mara"),
            &json!(false)
        )
    );
    let batch = id(&made);
    assert_eq!(
        desk.house
            .get("mara", "/batch?type=instance-migration")
            .good()[0],
        made
    );
    assert_eq!(
        desk.house.get("mara", "/batch/count").good(),
        json!({"count": 1})
    );
    assert_eq!(
        desk.definition_of(&instances[0]),
        desk.first,
        "nothing is done at once"
    );
    desk.work();
    for instance in &instances {
        assert_eq!(desk.definition_of(instance), desk.second);
    }
    let statistics = desk
        .house
        .get("mara", "/batch/statistics?withFailures=true")
        .good();
    let counts =
        ["remainingJobs", "completedJobs", "failedJobs"].map(|name| statistics[0][name].clone());
    assert_eq!(counts, [json!(1), json!(3), json!(1)]);
    let shown = desk
        .house
        .get("mara", &format!("/crewdesk/batches/{batch}"))
        .good();
    assert_eq!(shown["failures"][0]["item"], "no");
    assert_eq!(desk.work(), 0, "what failed for good waits for a person");
    let retried = desk.make(&format!("/crewdesk/batches/{batch}/retry"), json!({}));
    assert_eq!(retried, json!({"items": 1}));
    assert_eq!(desk.work(), 3, "three tries more");
    let path = format!("/history/batch/{batch}");
    assert_eq!(desk.house.get("mara", &path).good()["endTime"], Json::Null);
    let gone = desk.house.send(
        "mara",
        "DELETE",
        &format!("/engine-rest/batch/{batch}"),
        None,
    );
    assert_eq!(gone.status, 204);
    assert_eq!(
        desk.house.get("mara", &format!("/batch/{batch}")).status,
        404
    );
    assert!(desk.house.get("mara", &path).good()["endTime"].is_string());
    let completed = desk
        .house
        .get("mara", "/history/batch?completed=true")
        .good();
    assert_eq!(id(&completed[0]), batch);
    // What was done was done on behalf of whoever made the batch.
    let path = format!(
        "/history/user-operation?processInstanceId={}&operationType=Migrate",
        instances[0]
    );
    assert_eq!(desk.house.get("mara", &path).good()[0]["userId"], "mara");
}

#[test]
fn a_suspended_batch_waits_and_a_cancelled_one_leaves_the_rest_as_it_is() {
    let desk = Versions::of("work", "work");
    let (one, two) = (desk.start(), desk.start());
    let body = json!({ "processInstanceIds": [one, two], "suspended": true });
    let batch = id(&desk.make("/process-instance/suspended-async", body));
    let path = format!("/batch/{batch}/suspended");
    assert_eq!(
        desk.house
            .put("mara", &path, json!({"suspended": true}))
            .status,
        204
    );
    assert_eq!(desk.work(), 0);
    let found = desk.house.get("mara", "/batch?suspended=true").good();
    assert_eq!(id(&found[0]), batch);
    assert_eq!(
        desk.house
            .put("mara", &path, json!({"suspended": false}))
            .status,
        204
    );
    assert_eq!(desk.work(), 2);
    assert_eq!(desk.state(&one), "SUSPENDED");
    assert_eq!(
        desk.house.get("mara", "/batch").good(),
        json!([]),
        "done is gone"
    );
    let body = json!({ "processInstanceIds": [one], "suspended": false });
    let batch = id(&desk.make("/process-instance/suspended-async", body));
    let path = format!("/engine-rest/batch/{batch}?cascade=true");
    assert_eq!(desk.house.send("mara", "DELETE", &path, None).status, 204);
    assert_eq!(desk.work(), 0);
    assert_eq!(desk.state(&one), "SUSPENDED");
    assert_eq!(
        desk.house
            .get("mara", &format!("/history/batch/{batch}"))
            .status,
        404
    );
}

#[test]
fn every_kind_of_batch_does_what_its_operation_does() {
    let desk = Versions::of("work", "work");
    let (one, two) = (desk.start(), desk.start());
    let both = json!([one, two]);
    let kind = |path: &str, body: Json| {
        let made = desk.make(path, body);
        desk.work();
        let path = format!("/history/batch/{}", id(&made));
        let shown = desk.house.get("mara", &path).good();
        assert!(shown["endTime"].is_string(), "{shown}");
        made["type"].as_str().unwrap().to_owned()
    };
    let variables = json!({"n": {"value": 7, "type": "Long"}});
    let body = json!({ "processInstanceQuery": {"processDefinitionId": desk.first}, "variables": variables });
    assert_eq!(
        kind("/process-instance/variables-async", body),
        "set-variables"
    );
    let path = format!("/process-instance/{two}/variables/n");
    assert_eq!(
        desk.house.get("mara", &path).good(),
        json!({"type": "Long", "value": 7, "valueInfo": {}})
    );
    let again = json!([{"type": "startBeforeActivity", "activityId": "work"}]);
    let body = json!({
        "processDefinitionId": desk.first, "processInstanceIds": both, "instructions": again,
    });
    assert_eq!(
        kind("/modification/executeAsync", body),
        "instance-modification"
    );
    let body = json!({ "instructions": again });
    assert_eq!(
        kind(&format!("/process-instance/{one}/modification-async"), body),
        "instance-modification"
    );
    let count = desk.house.get("mara", "/task/count").good();
    assert_eq!(count, json!({"count": 5}));
    let body = json!({ "processInstanceIds": both, "deleteReason": "over" });
    assert_eq!(kind("/process-instance/delete", body), "instance-deletion");
    let path = format!("/history/process-instance/{one}");
    let ended = desk.house.get("mara", &path).good();
    assert_eq!(
        (&ended["state"], &ended["deleteReason"]),
        (&json!("EXTERNALLY_TERMINATED"), &json!("over"))
    );
    let body = json!({
        "historicProcessInstanceIds": [one], "absoluteRemovalTime": "2030-01-01T00:00:00.000+0000",
    });
    assert_eq!(
        kind("/history/process-instance/set-removal-time", body),
        "process-set-removal-time"
    );
    assert!(desk.house.get("mara", &path).good()["removalTime"].is_string());
    let body = json!({ "historicProcessInstanceQuery": {"finished": true} });
    assert_eq!(
        kind("/history/process-instance/delete", body),
        "historic-instance-deletion"
    );
    assert_eq!(desk.house.get("mara", &path).status, 404);
    desk.house
        .post("mara", "/process-instance/delete", json!({}))
        .refused(
            400,
            "InvalidRequestException",
            "processInstanceIds is empty",
        );
}

#[test]
fn an_ended_instance_begins_anew_where_it_is_told() {
    let desk = Versions::of("work", "work");
    let path = format!("/process-definition/{}/start", desk.first);
    let body = json!({
        "businessKey": "k", "variables": {"n": {"value": 1, "type": "Integer"}},
    });
    let old = id(&desk.make(&path, body));
    desk.make(
        &format!("/process-instance/{old}/variables"),
        json!({"modifications": {"n": {"value": 2, "type": "Integer"}}}),
    );
    let restart = format!("/process-definition/{}/restart", desk.first);
    let begin = json!([{"type": "startBeforeActivity", "activityId": "work"}]);
    let body = json!({ "processInstanceIds": [old], "instructions": begin });
    assert_eq!(
        desk.house.post("mara", &restart, body.clone()).status,
        400,
        "it runs still"
    );
    desk.house
        .send(
            "mara",
            "DELETE",
            &format!("/engine-rest/process-instance/{old}"),
            None,
        )
        .good();
    assert_eq!(
        desk.house.get("mara", "/process-instance").good(),
        json!([])
    );
    assert_eq!(desk.house.post("ana", &restart, body.clone()).status, 403);
    desk.make(&restart, body);
    let mut first = json!({ "processInstanceIds": [old], "instructions": begin, "initialVariables": true, "withoutBusinessKey": true });
    let made = desk.make(&format!("{restart}-async"), first.clone());
    assert_eq!(made["type"], "instance-restart");
    desk.work();
    let running = desk
        .house
        .get(
            "mara",
            "/process-instance?sortBy=businessKey&sortOrder=desc",
        )
        .good();
    let keys = [&running[0]["businessKey"], &running[1]["businessKey"]];
    assert_eq!(keys, [&json!("k"), &Json::Null]);
    for (at, n) in [(0, 2), (1, 1)] {
        let path = format!("/process-instance/{}/variables/n", id(&running[at]));
        assert_eq!(desk.house.get("mara", &path).good()["value"], n);
    }
    first["instructions"] = json!([]);
    desk.house.post("mara", &restart, first).refused(
        400,
        "BadUserRequestException",
        "Restart instructions cannot be empty: instructions is empty",
    );
}

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
    desk.make("/history/cleanup", json!({}));
    assert_eq!(desk.house.get("mara", &path).status, 200, "not yet");
    desk.house.clock.advance(Duration::from_secs(6 * 86_400));
    assert_eq!(cleanable(), 1);
    desk.make("/history/cleanup", json!({}));
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
    assert_eq!(
        desk.house.get("mara", "/history/cleanup/jobs").good(),
        json!([])
    );
}

#[test]
fn several_workers_do_each_item_once() {
    let desk = Versions::of("work", "work");
    for _ in 0..10 {
        desk.start();
    }
    let body = json!({
        "processDefinitionId": desk.first,
        "processInstanceQuery": {"processDefinitionId": desk.first},
        "instructions": [{"type": "startBeforeActivity", "activityId": "work"}],
    });
    let batch = id(&desk.make("/modification/executeAsync", body));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| desk.work());
        }
    });
    assert_eq!(
        desk.house.get("mara", "/task/count").good(),
        json!({"count": 20})
    );
    let path = format!("/history/batch/{batch}");
    assert!(desk.house.get("mara", &path).good()["endTime"].is_string());
}

#[test]
fn an_instance_begins_where_it_is_told() {
    let desk = Versions::of("work", "work");
    let path = format!("/process-definition/{}/start", desk.first);
    let body = json!({
        "variables": {"n": {"value": 1, "type": "Integer"}},
        "startInstructions": [
            {"type": "startBeforeActivity", "activityId": "work"},
            {"type": "startTransition", "transitionId": "a"},
        ],
    });
    let instance = id(&desk.make(&path, body));
    let path = format!("/task/count?processInstanceId={instance}");
    assert_eq!(desk.house.get("mara", &path).good(), json!({"count": 2}));
}

#[test]
fn the_items_of_a_batch_are_whole_ids() {
    let desk = Versions::of("work", "check");
    let instance = desk.start();
    let part = instance[..8].to_owned();
    let made = desk.make(
        "/process-instance/delete",
        json!({ "processInstanceIds": [part] }),
    );
    desk.work();
    let shown = desk
        .house
        .get("mara", &format!("/crewdesk/batches/{}", id(&made)))
        .good();
    let why = shown["failures"][0]["message"].as_str().unwrap();
    assert!(why.starts_with("there is no process instance"), "{why}");
    assert_eq!(desk.state(&instance), "ACTIVE");
}

#[test]
fn passwords_come_in_sealed_or_not_at_all() {
    let desk = Versions::of("work", "check");
    desk.house.bpmn(r#"<process id="asks" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="ask"/>
        <userTask id="ask"><extensionElements><camunda:formData><camunda:formField id="password" label="Password" type="string"><camunda:properties><camunda:property id="widget" value="secret"/></camunda:properties></camunda:formField></camunda:formData></extensionElements></userTask></process>"#);
    let instance = desk.house.run("asks", json!({}));
    let password = json!({ "password": { "value": "s3cret" } });
    let body = json!({ "variables": password, "processInstanceIds": [instance] });
    let refused = desk
        .house
        .post("mara", "/process-instance/variables-async", body);
    assert_eq!(refused.status, 400);
    let told = String::from_utf8_lossy(&refused.body).into_owned();
    assert!(told.contains("password is a secret"), "{told}");
    let start = json!({
        "type": "startBeforeActivity",
        "activityId": "ask",
        "variables": password,
    });
    let path = format!("/process-instance/{instance}/modification");
    let done = desk
        .house
        .post("mara", &path, json!({ "instructions": [start] }));
    assert_eq!(done.status, 204);
    for path in [
        "/variable-instance",
        "/history/variable-instance",
        "/history/detail",
    ] {
        let shown = desk.house.get("mara", path);
        let shown = String::from_utf8_lossy(&shown.body).into_owned();
        assert!(!shown.contains("s3cret"), "{path}: {shown}");
    }
}
