//! More instances than one transaction bears: they are left to a batch, or go a few at a time.

use crate::migration::Versions;
use serde_json::json;

impl Versions {
    /// So many instances like this one, which waits in a user task.
    fn more(&self, real: &str, many: u32) {
        self.sql(&format!(
            "CREATE TEMP TABLE n AS WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {many})
                 SELECT 'other-' || n AS id FROM n;
             INSERT INTO hist_process_instance (id, root_id, definition_id, started, state)
                 SELECT n.id, n.id, definition_id, started, state
                 FROM n JOIN hist_process_instance AS h ON h.id = '{real}';
             INSERT INTO process_instance (id, root_id, definition_id, started, state, visits)
                 SELECT n.id, n.id, definition_id, started, state, visits
                 FROM n JOIN process_instance AS p ON p.id = '{real}';
             INSERT INTO execution (root_id, id, parent_id, process_instance_id, activity_id, phase, flow_id, started, sequence)
                 SELECT n.id, iif(e.id = '{real}', n.id, n.id || e.id), iif(parent_id = '{real}', n.id, n.id || parent_id),
                     n.id, activity_id, phase, flow_id, e.started, sequence
                 FROM n JOIN execution AS e ON e.root_id = '{real}'"
        ));
    }

    fn number(&self, sql: &str) -> i64 {
        let conn = rusqlite::Connection::open(self.house.place("desk.db")).unwrap();
        conn.query_row(sql, [], |row| row.get(0)).unwrap()
    }
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

#[test]
fn a_version_goes_with_however_many_run_on_it() {
    let desk = Versions::of("work", "check");
    let real = desk.start();
    desk.more(&real, 10_700);
    let kept = desk.number("SELECT count(*) FROM process_definition");
    let path = format!("/process-definition/{}", desk.first);
    assert_eq!(desk.house.delete("mara", &path).status, 400, "they run");
    let path = format!("{path}?cascade=true");
    assert_eq!(desk.house.delete("ana", &path).status, 403);
    assert_eq!(desk.number("SELECT count(*) FROM process_instance"), 10_701);
    assert_eq!(desk.house.delete("mara", &path).status, 204);
    for table in [
        "process_instance",
        "execution",
        "hist_process_instance",
        "hist_activity",
    ] {
        assert_eq!(
            desk.number(&format!("SELECT count(*) FROM {table}")),
            0,
            "{table}"
        );
    }
    let left = desk.number("SELECT count(*) FROM process_definition");
    assert_eq!(left, kept - 1);
}

#[test]
fn very_many_failures_are_tried_again_by_a_batch() {
    let desk = Versions::of("work", "work");
    desk.house.deploy();
    let real = desk.house.start("fail", 0);
    let path = format!("/external-task/{}/failure", desk.house.one());
    let failed = json!({ "workerId": "me", "errorMessage": "no", "retries": 0 });
    desk.house.post("w1", &path, failed).good();
    let incident = desk.house.text("/incident", "id");
    let all = |tries: u64| {
        let told = desk.house.post("mara", "/crewdesk/retry", json!({})).good();
        assert_eq!(told["tries"], tries, "{told}");
        told["batch"].as_str().map(str::to_owned)
    };
    desk.sql(&format!(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10000)
         INSERT INTO incident (id, root_id, process_instance_id, execution_id, kind, activity_id, configuration, created)
         SELECT 'other-' || n, root_id, process_instance_id, execution_id, kind, activity_id, 'gone', created
         FROM n JOIN incident ON id = '{incident}'"
    ));
    let batch = all(10_001).expect("a batch");
    let made = desk.house.get("mara", &format!("/batch/{batch}")).good();
    assert_eq!(
        (&made["type"], &made["totalJobs"]),
        (&json!("incident-retry"), &json!(10_001))
    );
    // What is resolved meanwhile is passed over.
    desk.sql(&format!(
        "DELETE FROM incident WHERE id LIKE 'other-%';
         DELETE FROM batch_item WHERE item <> '{incident}' AND item <> 'other-1';
         UPDATE batch SET remaining = 2"
    ));
    assert_eq!(desk.work(), 2);
    assert_eq!(desk.house.list("/incident").len(), 0);
    assert_eq!(
        desk.house
            .only(&format!("/external-task?processInstanceId={real}"))["retries"],
        1
    );
    assert_eq!(desk.house.get("mara", "/batch").good(), json!([]));
    assert_eq!(all(0), None);
}
