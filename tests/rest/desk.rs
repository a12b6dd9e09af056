//! The desk as its terminal sees it, over HTTP: what Camunda does not have, requests that are
//! sent twice, and data frames from elsewhere.

use crate::house::{House, raw, read, request};
use crewdesk::desk::DeskError;
use serde_json::{Value as Json, json};
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;

fn model(name: &str) -> Vec<u8> {
    std::fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("process-models")
            .join(name),
    )
    .unwrap()
}

/// A desk with the insertion, a connection to a target with a table, and a job for ana.
fn house() -> (House, String) {
    let house = House::new();
    let (bpmn, dmn) = (
        model("database-insertion.bpmn"),
        model("insertion-check.dmn"),
    );
    let parts = [
        ("a", Some("database-insertion.bpmn"), &bpmn[..]),
        ("b", Some("insertion-check.dmn"), &dmn[..]),
    ];
    let made = house.form("mara", "/crewdesk/deploy", &parts).good();
    assert_eq!(
        made["deployedProcessDefinitions"][0]["key"], "database-insertion",
        "{made}"
    );
    let target = house.place("target.db");
    let open = rusqlite::Connection::open(&target).unwrap();
    open.execute_batch("CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT)")
        .unwrap();
    let url = json!({"url": format!("sqlite:{}", target.display())});
    house
        .put("mara", "/crewdesk/connections/warehouse", url)
        .good();
    let job = json!({"key": "database-insertion", "assignee": "ana", "variables": {"title": {"value": "Orders"}}});
    house.post("mara", "/crewdesk/start", job).good();
    let tasks = house
        .post("ana", "/crewdesk/tasks", json!({"mine": true}))
        .good();
    assert_eq!(tasks["total"], 1);
    let id = tasks["items"][0]["id"].as_str().unwrap().to_owned();
    (house, id)
}

fn frame(house: &House, content: &[u8]) -> Json {
    let path = format!(
        "/engine-rest/crewdesk/frames/orders.csv?size={}",
        content.len()
    );
    let kind = "application/octet-stream";
    raw(
        house.address,
        &request("ana", "PUT", &path, kind, Some(content)),
    )
    .good()
}

#[test]
fn everything_is_discovered() {
    let house = House::new();
    let found = house.get("ana", "/crewdesk").good();
    assert_eq!(
        (found["name"].as_str(), found["user"]["id"].as_str()),
        (Some("crewdesk"), Some("ana"))
    );
    assert_eq!(
        found["operations"]["deskClaim"],
        json!({"method": "POST", "path": "/crewdesk/tasks/{id}/claim"})
    );
    for operation in found["operations"].as_object().unwrap().values() {
        assert!(
            operation["path"]
                .as_str()
                .unwrap()
                .starts_with("/crewdesk/")
        );
    }
}

#[test]
fn a_frame_is_sent_seen_and_completed_with() {
    let (house, id) = house();
    let kept = frame(&house, b"id,note\n1,a\n2,b\n");
    assert_eq!(
        (kept["bytes"].as_i64(), kept["name"].as_str()),
        (Some(16), Some("orders.csv"))
    );
    let values = json!({"values": {"connection": "warehouse", "tableName": "orders", "dataFrame": kept["frame"]}});
    let preview = house
        .post(
            "ana",
            &format!("/crewdesk/tasks/{id}/preview"),
            values.clone(),
        )
        .good();
    assert_eq!(preview["columns"].as_array().unwrap().len(), 2, "{preview}");
    house
        .put(
            "ana",
            &format!("/crewdesk/tasks/{id}/draft"),
            values.clone(),
        )
        .good();
    let detail = house.get("ana", &format!("/crewdesk/tasks/{id}")).good();
    assert!(
        detail.to_string().contains(kept["frame"].as_str().unwrap()),
        "the draft is there again"
    );
    house
        .post("ana", &format!("/crewdesk/tasks/{id}/submit"), values)
        .good();
    let waiting = house
        .get("mara", "/external-task?topicName=insertion")
        .good();
    assert_eq!(waiting.as_array().unwrap().len(), 1);
}

#[test]
fn files_of_the_server_are_not_for_others() {
    let (house, id) = house();
    let secret = house.place("secret.csv");
    std::fs::write(&secret, "id,note\n1,secret\n").unwrap();
    let secret = secret.display().to_string();
    for values in [
        json!({"connection": "warehouse", "tableName": "orders", "dataFrame": secret}),
        json!({"databaseName": secret, "tableName": "orders", "dataFrame": "id,note\n1,a\n"}),
    ] {
        for what in ["preview", "submit"] {
            let got = house.post(
                "ana",
                &format!("/crewdesk/tasks/{id}/{what}"),
                json!({"values": values}),
            );
            let body = got.json();
            assert_eq!(got.status, 400, "{what}: {body}");
            assert!(
                body["message"].as_str().unwrap().contains("of the server"),
                "{what}: {body}"
            );
        }
    }
    let insert = json!({"file": secret, "connection": "warehouse", "table": "orders"});
    assert_eq!(house.post("ana", "/crewdesk/insert", insert).status, 400);
    let kept = frame(&house, b"id,note\n7,x\n");
    let insert = json!({"file": kept["frame"], "connection": "warehouse", "table": "orders"});
    let report = house.post("ana", "/crewdesk/insert", insert).good();
    assert_eq!(
        (report["kept"].as_bool(), report["rowsInserted"].as_i64()),
        (Some(true), Some(1))
    );
}

#[test]
fn refusals_carry_the_desks_own_error() {
    let (house, id) = house();
    house
        .post("ana", &format!("/crewdesk/tasks/{id}/claim"), json!({}))
        .good();
    house
        .post(
            "mara",
            &format!("/crewdesk/tasks/{id}/assign"),
            json!({"userId": "ben"}),
        )
        .good();
    house
        .post(
            "mara",
            &format!("/crewdesk/tasks/{id}/assign"),
            json!({"userId": null}),
        )
        .good();
    house
        .post("ben", &format!("/crewdesk/tasks/{id}/claim"), json!({}))
        .good();
    let got = house.post("ana", &format!("/crewdesk/tasks/{id}/claim"), json!({}));
    let error: DeskError = serde_json::from_value(got.json()["error"].clone()).unwrap();
    assert!(
        matches!(
            error,
            DeskError::AlreadyClaimed { .. } | DeskError::Forbidden(_)
        ),
        "{error:?}"
    );
    let got = house.post("mara", "/crewdesk/start", json!({"key": "none"}));
    let error: DeskError = serde_json::from_value(got.json()["error"].clone()).unwrap();
    assert!(matches!(error, DeskError::NotFound(_)));
}

/// A request with a name, by which it is known when it comes again.
#[test]
fn a_request_sent_twice_is_done_once() {
    let (house, id) = house();
    let job = json!({"key": "database-insertion", "variables": {"title": {"value": "Once"}}});
    let first = house
        .once("mara", "k1", "POST", "/crewdesk/start", &job)
        .good();
    let again = house
        .once("mara", "k1", "POST", "/crewdesk/start", &job)
        .good();
    assert_eq!(first["id"], again["id"]);
    let other = house
        .once("mara", "k2", "POST", "/crewdesk/start", &job)
        .good();
    assert_ne!(first["id"], other["id"]);
    let wrong = json!({"key": "database-insertion"});
    let got = house.once("mara", "k1", "POST", "/crewdesk/start", &wrong);
    got.refused(
        400,
        "BadUserRequestException",
        "this Idempotency-Key was used for another request; make a new one",
    );
    // Another user's key of the same name is another key.
    let values = json!({"values": {"connection": "warehouse", "tableName": "orders", "dataFrame": "id,note\n1,a\n"}});
    let path = format!("/crewdesk/tasks/{id}/submit");
    for _ in 0..3 {
        assert_eq!(house.once("ana", "k1", "POST", &path, &values).status, 204);
    }
    assert_eq!(house.get("mara", "/external-task/count").good()["count"], 1);
    assert_ne!(
        house.once("ana", "k3", "POST", &path, &values).status,
        204,
        "a new name is a new request"
    );
    // What was refused is tried again.
    let bad = json!({"userId": "nobody"});
    let task = house.post("mara", "/crewdesk/tasks", json!({})).good()["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/crewdesk/tasks/{task}/assign");
    for _ in 0..2 {
        assert!(house.once("mara", "k4", "POST", &path, &bad).status >= 400);
    }
    assert_eq!(
        house
            .once("mara", "", "POST", "/crewdesk/start", &job)
            .status,
        400
    );
}

#[test]
fn changes_are_told_to_those_who_wait() {
    let (house, id) = house();
    let seen = house.get("ana", "/crewdesk/changes").good()["seen"]
        .as_u64()
        .unwrap();
    let nothing = house
        .get("ana", &format!("/crewdesk/changes?seen={seen}&timeout=50"))
        .good();
    assert_eq!(nothing["seen"], seen);
    let mut waits = TcpStream::connect(house.address).unwrap();
    let path = format!("/engine-rest/crewdesk/changes?seen={seen}&timeout=60000");
    waits
        .write_all(&request("ana", "GET", &path, "", None))
        .unwrap();
    house
        .post(
            "mara",
            &format!("/crewdesk/tasks/{id}/priority"),
            json!({"priority": 80}),
        )
        .good();
    assert_ne!(read(waits).good()["seen"], seen);
    let status = house.get("ana", "/crewdesk/status").good();
    assert_eq!(status["mine"], 1);
    let told = house
        .get("ana", "/crewdesk/notifications?unreadOnly=true")
        .good();
    let last = told[0]["id"].as_i64().unwrap();
    house
        .post("ana", "/crewdesk/notifications/read", json!({"upTo": last}))
        .good();
    assert_eq!(
        house
            .get("ana", "/crewdesk/notifications?unreadOnly=true")
            .good(),
        json!([])
    );
    assert!(house.get("ana", "/crewdesk/workload").good().is_array());
}
