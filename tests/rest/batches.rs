//! Batches: worked off one by one, tried again, stopped and suspended, after the cases of Camunda's
//! BatchMigrationTest, BatchQueryTest and BatchSuspensionTest.

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
