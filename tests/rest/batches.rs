//! Batches and restarted instances, after the cases of Camunda's BatchMigrationTest, BatchQueryTest,
//! BatchSuspensionTest and RestartProcessInstanceSyncTest.

use crate::house::House;
use crate::migration::Versions;
use crewdesk::desk::Caller;
use serde_json::{Value as Json, json};
use std::time::Duration;

impl Versions {
    /// Does what waits, as a worker would; how many items.
    pub fn work(&self) -> u64 {
        let mut done = 0;
        loop {
            match self.house.desk.advance_batches(&Caller::Desk).unwrap() {
                0 => return done,
                n => done += n,
            }
        }
    }

    /// The same, with what failed tried again in its time until it is given up; how many tries.
    pub fn work_out(&self) -> u64 {
        let mut done = 0;
        for _ in 0..3 {
            done += self.work();
            self.house.clock.advance(Duration::from_secs(60));
        }
        done
    }

    pub fn shown(&self, batch: &str) -> Json {
        let path = format!("/crewdesk/batches/{batch}");
        self.house.get("mara", &path).good()
    }

    /// Runs SQL beside the desk.
    pub fn sql(&self, sql: &str) {
        let conn = rusqlite::Connection::open(self.house.place("desk.db")).unwrap();
        conn.execute_batch(sql).unwrap();
    }

    pub fn make(&self, path: &str, body: Json) -> Json {
        self.house.post("mara", path, body).good()
    }

    pub fn state(&self, instance: &str) -> String {
        let path = format!("/history/process-instance/{instance}");
        let shown = self.house.get("mara", &path).good();
        shown["state"].as_str().unwrap().to_owned()
    }
}

pub fn id(of: &Json) -> String {
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
    let shown = desk.shown(&batch);
    assert_eq!(
        (&shown["failures"][0]["retries"], &shown["failed"]),
        (&json!(2), &json!(0)),
        "it waits before it is tried again"
    );
    assert_eq!(desk.work(), 0);
    desk.work_out();
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
    assert_eq!(desk.work_out(), 3, "three tries more");
    assert_eq!(desk.shown(&batch)["failed"], 1);
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
fn what_fails_waits_longer_each_time() {
    let desk = Versions::of("work", "check");
    let body = json!({ "processInstanceIds": ["no"] });
    let batch = id(&desk.make("/process-instance/delete", body));
    let after = |seconds: u64| {
        desk.house.clock.advance(Duration::from_secs(seconds));
        desk.work()
    };
    // 5 seconds, then 15.
    assert_eq!([0, 4, 1, 14, 1].map(after), [1, 0, 1, 0, 1]);
    assert_eq!(desk.shown(&batch)["failures"][0]["retries"], 0);
    assert_eq!(after(3600), 0, "it is given up");
}

#[test]
fn what_stands_in_the_way_for_now_costs_no_try() {
    let desk = Versions::of("work", "work");
    let old = desk.start();
    let gone = format!("/process-instance/{old}");
    assert_eq!(desk.house.delete("mara", &gone).status, 204);
    let suspended = |suspended: bool| {
        let path = format!("/process-definition/{}/suspended", desk.first);
        let body = json!({ "suspended": suspended });
        assert_eq!(desk.house.put("mara", &path, body).status, 204);
    };
    suspended(true);
    let begin = json!([{"type": "startBeforeActivity", "activityId": "work"}]);
    let body = json!({ "processInstanceIds": [old], "instructions": begin });
    let path = format!("/process-definition/{}/restart-async", desk.first);
    let batch = id(&desk.make(&path, body));
    for _ in 0..10 {
        assert_eq!(desk.work(), 1);
        assert_eq!(desk.work(), 0, "it waits");
        let failure = &desk.shown(&batch)["failures"][0];
        assert_eq!(failure["retries"], 3);
        assert!(
            failure["message"]
                .as_str()
                .unwrap()
                .contains("is suspended")
        );
        desk.house.clock.advance(Duration::from_secs(600));
    }
    suspended(false);
    assert_eq!(desk.work(), 1);
    assert_eq!(
        desk.house.get("mara", "/process-instance/count").good(),
        json!({"count": 1})
    );
    assert_eq!(desk.house.get("mara", "/batch").good(), json!([]));
}

#[test]
fn a_batch_that_can_not_be_read_keeps_no_other_waiting() {
    let desk = Versions::of("work", "work");
    let (one, two) = (desk.start(), desk.start());
    let suspend = |instance: &str| {
        let body = json!({ "processInstanceIds": [instance], "suspended": true });
        id(&desk.make("/process-instance/suspended-async", body))
    };
    let (broken, whole) = (suspend(&one), suspend(&two));
    desk.sql(&format!(
        "UPDATE batch SET configuration = '{{' WHERE id = '{broken}'"
    ));
    desk.work();
    assert_eq!(desk.state(&two), "SUSPENDED");
    let path = format!("/history/batch/{whole}");
    assert!(desk.house.get("mara", &path).good()["endTime"].is_string());
    let shown = desk.shown(&broken);
    assert_eq!(
        (&shown["suspended"], &shown["failed"]),
        (&json!(true), &json!(0))
    );
    let why = shown["stopped"].as_str().unwrap();
    assert!(why.starts_with("what it is to do can not be read"), "{why}");
}

#[test]
fn an_item_that_can_not_be_stored_keeps_no_other_waiting() {
    let desk = Versions::of("work", "work");
    let (one, two) = (desk.start(), desk.start());
    desk.sql(&format!(
        "CREATE TRIGGER no BEFORE UPDATE ON process_instance WHEN OLD.id = '{one}'
         BEGIN SELECT RAISE(ABORT, 'no room'); END"
    ));
    let body = json!({ "processInstanceIds": [one, two], "suspended": true });
    let batch = id(&desk.make("/process-instance/suspended-async", body));
    assert_eq!(desk.work_out(), 4);
    assert_eq!(desk.state(&one), "ACTIVE");
    assert_eq!(desk.state(&two), "SUSPENDED");
    let shown = desk.shown(&batch);
    assert_eq!(
        (&shown["completed"], &shown["failed"]),
        (&json!(1), &json!(1))
    );
    let why = shown["failures"][0]["message"].as_str().unwrap();
    assert!(why.contains("no room"), "{why}");
}

#[test]
fn a_database_that_can_not_be_used_costs_no_try() {
    let desk = Versions::of("work", "work");
    let one = desk.start();
    // As a failed COMMIT: the command is not at fault.
    desk.sql(
        "CREATE TRIGGER no BEFORE UPDATE ON process_instance
         BEGIN INSERT INTO no_such_table VALUES (1); END",
    );
    let body = json!({ "processInstanceIds": [one], "suspended": true });
    let batch = id(&desk.make("/process-instance/suspended-async", body));
    for _ in 0..10 {
        assert_eq!(desk.work(), 1);
        assert_eq!(desk.shown(&batch)["failures"][0]["retries"], 3);
        desk.house.clock.advance(Duration::from_secs(600));
    }
    desk.sql("DROP TRIGGER no");
    assert_eq!(desk.work(), 1);
    assert_eq!(desk.state(&one), "SUSPENDED");
}

#[test]
fn a_worker_is_not_idle_while_an_item_gets_its_next_try_soon() {
    let desk = Versions::of("work", "check");
    let body = json!({ "processInstanceIds": ["no"] });
    desk.make("/process-instance/delete", body);
    let idle = || desk.house.desk.waiting(&[]).unwrap().is_idle();
    // 5 seconds, then 15, then it is given up.
    for pause in [5, 15] {
        assert_eq!(desk.work(), 1);
        assert!(!idle(), "in {pause} seconds");
        desk.house.clock.advance(Duration::from_secs(pause));
    }
    assert_eq!(desk.work(), 1);
    assert!(idle());
}

#[test]
fn a_batch_has_the_rights_of_who_made_it_or_stops() {
    let desk = Versions::of("work", "work");
    let head = json!({ "id": "nora", "role": "head" });
    let mut batches = Vec::new();
    let (one, two) = (desk.start(), desk.start());
    desk.make("/crewdesk/users", head);
    let password = json!({ "password": crate::house::PASSWORD });
    desk.house
        .put("mara", "/crewdesk/users/nora/password", password)
        .good();
    for instance in [&one, &two] {
        let body = json!({ "processInstanceIds": [instance], "suspended": true });
        let path = "/process-instance/suspended-async";
        batches.push(id(&desk.house.post("nora", path, body).good()));
    }
    // No head any more, then not even there.
    let employee = json!({ "role": "employee" });
    desk.house
        .put("mara", "/crewdesk/users/nora", employee)
        .good();
    let other = format!("/batch/{}/suspended", batches[1]);
    desk.house
        .put("mara", &other, json!({"suspended": true}))
        .good();
    desk.work();
    let why = |batch: &str| desk.shown(batch)["stopped"].clone();
    assert_eq!(
        why(&batches[0]),
        "nora, who made it, is no team head any more"
    );
    desk.house.delete("mara", "/crewdesk/users/nora").good();
    desk.house
        .put("mara", &other, json!({"suspended": false}))
        .good();
    desk.work();
    assert_eq!(
        why(&batches[1]),
        "nora, who made it, is no longer in the team"
    );
    assert_eq!([&one, &two].map(|id| desk.state(id)), ["ACTIVE", "ACTIVE"]);
    let told = desk.house.get("mara", "/crewdesk/notifications").good();
    let told = told.to_string();
    assert!(
        told.contains(&format!("crewdesk batch activate {}", batches[1])),
        "{told}"
    );
    // Who lets it go on answers for it.
    desk.house
        .put("mara", &other, json!({"suspended": false}))
        .good();
    assert_eq!(why(&batches[1]), Json::Null);
    desk.work();
    assert_eq!(desk.state(&two), "SUSPENDED");
    let made = format!("/history/batch/{}", batches[1]);
    assert_eq!(desk.house.get("mara", &made).good()["createUserId"], "nora");
}

#[test]
fn batches_leave_listeners_and_parameters_out_where_they_are_asked_to() {
    let desk = Versions::of("work", "work");
    desk.house.bpmn(
        r#"<process id="loud" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="wait"/>
        <userTask id="wait"><extensionElements>
            <camunda:executionListener event="start" expression="${execution.setVariable('began', true)}"/>
            <camunda:inputOutput><camunda:inputParameter name="in">x</camunda:inputParameter></camunda:inputOutput>
        </extensionElements></userTask></process>"#,
    );
    let names = |instance: &str| -> Vec<String> {
        let path = format!(
            "/variable-instance?processInstanceIdIn={instance}&sortBy=variableName&sortOrder=asc"
        );
        let found = desk.house.list(&path).into_iter();
        found
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let definition = desk.house.text("/process-definition?key=loud", "id");
    let step = json!([{"type": "startBeforeActivity", "activityId": "wait"}]);
    let body = |instance: &str, skip: bool| {
        json!({
            "processDefinitionId": definition, "processInstanceIds": [instance],
            "instructions": step, "annotation": "on request",
            "skipCustomListeners": skip, "skipIoMappings": skip,
        })
    };
    let old = desk.house.run("loud", json!({}));
    assert_eq!(names(&old), ["began", "in"]);
    desk.make("/modification/executeAsync", body(&old, true));
    desk.work();
    assert_eq!(names(&old), ["began", "in"], "nothing more began");
    desk.make("/modification/executeAsync", body(&old, false));
    desk.work();
    assert_eq!(names(&old), ["began", "in", "in"]);
    let log = format!(
        "/history/user-operation?processInstanceId={old}&operationType=ModifyProcessInstance"
    );
    let notes: Vec<Json> = desk
        .house
        .list(&log)
        .iter()
        .map(|one| one["annotation"].clone())
        .collect();
    assert_eq!(notes, ["on request", "on request"]);
    let over =
        json!({ "processInstanceIds": [old], "skipCustomListeners": true, "skipIoMappings": true });
    desk.make("/process-instance/delete", over);
    desk.work();
    assert_eq!(desk.state(&old), "EXTERNALLY_TERMINATED");
    let again = format!("/process-definition/{definition}/restart-async");
    let mut anew = body(&old, true);
    anew["initialVariables"] = json!(true);
    desk.make(&again, anew);
    desk.work();
    let new = desk
        .house
        .text("/process-instance?processDefinitionKey=loud", "id");
    assert_eq!(names(&new), Vec::<String>::new());
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

#[test]
fn jobs_of_a_batch_get_tries_and_a_due_date() {
    let house = House::new();
    house.bpmn(
        r#"<process id="late" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="go"/>
        <userTask id="go"/><boundaryEvent id="b" attachedToRef="go"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent></process>"#,
    );
    let instance = house.run("late", json!({}));
    let job = || house.only("/job");
    let set = |path: &str, body: Json| {
        house.post("mara", path, body).good();
        while house.desk.advance_batches(&Caller::Desk).unwrap() > 0 {}
        (job()["retries"].clone(), job()["dueDate"].clone())
    };
    let before = job()["dueDate"].clone();
    let body = json!({ "jobIds": [job()["id"]], "retries": 5 });
    assert_eq!(set("/job/retries", body), (json!(5), before));
    let due = "2030-01-01T00:00:00.000+0000";
    let body = json!({ "processInstances": [instance], "retries": 6, "dueDate": due });
    assert_eq!(
        set("/process-instance/job-retries", body),
        (json!(6), json!(due))
    );
    let body = json!({ "jobQuery": {"timers": true}, "retries": 7, "dueDate": null });
    assert_eq!(
        set("/job/retries", body),
        (json!(7), json!("2025-11-18T12:00:00.000+0000")),
        "now"
    );
}

#[test]
fn a_batch_leaves_what_a_deleted_instance_called_to_itself() {
    let house = House::new();
    house.bpmn(
        r#"<process id="outer" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="call"/>
            <callActivity id="call" calledElement="inner"/></process>
        <process id="inner" isExecutable="true"><startEvent id="s2"/><sequenceFlow id="f2" sourceRef="s2" targetRef="wait"/><userTask id="wait"/></process>"#,
    );
    for (skip, left) in [(true, 1), (false, 0)] {
        let outer = house.run("outer", json!({}));
        let body = json!({ "processInstanceIds": [outer], "skipSubprocesses": skip });
        house.post("mara", "/process-instance/delete", body).good();
        while house.desk.advance_batches(&Caller::Desk).unwrap() > 0 {}
        let running = house.list("/process-instance?processDefinitionKey=inner");
        assert_eq!(running.len(), left, "{skip}");
        for one in running {
            let path = format!("/process-instance/{}", id(&one));
            assert_eq!(house.delete("mara", &path).status, 204);
        }
    }
}

#[test]
fn a_migration_leaves_listeners_out_where_it_is_asked_to() {
    let house = House::new();
    let version = |inside: &str| {
        let made = house.bpmn(&format!(
            r#"<process id="p" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="{}"/>{inside}</process>"#,
            if inside.contains("<subProcess") { "sub" } else { "work" }
        ));
        let made = made["deployedProcessDefinitions"].as_object().unwrap();
        made.keys().next().unwrap().clone()
    };
    let old = version(
        r#"<subProcess id="sub"><extensionElements><camunda:executionListener event="end" expression="${execution.setVariable('left', true)}"/></extensionElements>
        <startEvent id="i"/><sequenceFlow id="g" sourceRef="i" targetRef="work"/><userTask id="work"/></subProcess>"#,
    );
    let start = || {
        let path = format!("/process-definition/{old}/start");
        id(&house.post("mara", &path, json!({})).good())
    };
    let ids = [start(), start(), start(), start()];
    let new = version(r#"<userTask id="work"/>"#);
    let mut told = Vec::new();
    for (at, instance) in ids.iter().enumerate() {
        let (path, skip) = (["execute", "executeAsync"][at / 2], at % 2 == 0);
        let body = json!({
            "migrationPlan": {
                "sourceProcessDefinitionId": old, "targetProcessDefinitionId": new,
                "instructions": [{ "sourceActivityIds": ["work"], "targetActivityIds": ["work"] }],
            },
            "processInstanceIds": [instance], "skipCustomListeners": skip,
        });
        house
            .post("mara", &format!("/migration/{path}"), body)
            .good();
        while house.desk.advance_batches(&Caller::Desk).unwrap() > 0 {}
        let path = format!("/variable-instance?processInstanceIdIn={instance}&variableName=left");
        told.push(house.list(&path).len());
    }
    assert_eq!(told, [0, 1, 0, 1]);
}

#[test]
fn very_many_instances_are_suspended_by_a_batch() {
    let desk = Versions::of("work", "work");
    let real = desk.start();
    desk.sql(&format!(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10000)
         INSERT INTO hist_process_instance (id, root_id, definition_id, started, state)
         SELECT 'other-' || n, 'other-' || n, definition_id, started, state
         FROM n JOIN hist_process_instance ON id = '{real}'"
    ));
    let path = "/crewdesk/definitions/move/suspended";
    let body = json!({ "suspended": true, "instances": true });
    let changed = desk.house.put("mara", path, body).good();
    assert_eq!(changed["instances"], 10_001);
    let batch = changed["batch"].as_str().unwrap();
    let made = desk.house.get("mara", &format!("/batch/{batch}")).good();
    assert_eq!(
        (&made["type"], &made["totalJobs"], &made["createUserId"]),
        (
            &json!("instance-update-suspension-state"),
            &json!(10_001),
            &json!("mara")
        )
    );
    assert_eq!(desk.state(&real), "ACTIVE", "not yet");
    // The one that runs is among them.
    desk.sql(&format!(
        "DELETE FROM batch_item WHERE item <> '{real}'; UPDATE batch SET remaining = 1"
    ));
    assert_eq!(desk.work(), 1);
    assert_eq!(desk.state(&real), "SUSPENDED");
    assert_eq!(desk.house.get("mara", "/batch").good(), json!([]));
}
