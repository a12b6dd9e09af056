//! Task commands that are sent twice because the line dropped: done once, answered both times.

use crate::ask::{house, ids, started};
use crate::house::House;
use serde_json::{Value as Json, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Sends the same request three times; all are answered alike.
#[track_caller]
fn thrice(house: &House, user: &str, method: &str, path: &str, body: Json) -> Json {
    static KEYS: AtomicUsize = AtomicUsize::new(0);
    let key = KEYS.fetch_add(1, Ordering::Relaxed).to_string();
    let send = || house.once(user, &key, method, path, &body);
    let (first, again, then) = (send(), send(), send());
    assert_eq!(
        (first.status, &first.body),
        (again.status, &again.body),
        "{method} {path}"
    );
    assert_eq!(again.body, then.body, "{method} {path}");
    first.good()
}

fn count(house: &House, path: &str) -> i64 {
    house.get("mara", path).good()["count"].as_i64().unwrap()
}

#[test]
fn the_life_of_a_task() {
    let house = house();
    let id = started(&house, "a");
    let at = |what: &str| format!("/task/{id}/{what}");
    let ana = json!({"userId": "ana"});
    thrice(&house, "ana", "POST", &at("claim"), ana.clone());
    thrice(
        &house,
        "mara",
        "POST",
        &at("assignee"),
        json!({"userId": "ben"}),
    );
    thrice(&house, "mara", "POST", &at("delegate"), ana);
    let said = json!({"variables": {"note": {"value": 1}}});
    thrice(&house, "ana", "POST", &at("resolve"), said);
    let task = house.get("mara", &format!("/task/{id}")).good();
    assert_eq!(
        (&task["assignee"], &task["delegationState"]),
        (&json!("ben"), &json!("RESOLVED"))
    );
    let change = json!({"name": "Other", "priority": 7, "assignee": "ana", "owner": "ben"});
    thrice(&house, "mara", "PUT", &format!("/task/{id}"), change);
    thrice(
        &house,
        "ana",
        "PUT",
        &at("variables/x"),
        json!({"value": 2, "type": "Integer"}),
    );
    let change = json!({"modifications": {"y": {"value": "z"}}, "deletions": ["x"]});
    thrice(&house, "ana", "POST", &at("localVariables"), change);
    thrice(&house, "ana", "POST", &at("unclaim"), json!({}));
    thrice(
        &house,
        "ana",
        "POST",
        &at("claim"),
        json!({"userId": "ana"}),
    );
    let reply = json!({"variables": {"reply": {"value": "yes"}}});
    thrice(&house, "ana", "POST", &at("submit-form"), reply);
    assert_eq!(count(&house, "/task/count"), 1, "the next task alone");
    let found = house.get("ben", "/task").good();
    thrice(
        &house,
        "ben",
        "POST",
        &format!("/task/{}/complete", ids(&found)[0]),
        json!({}),
    );
    assert_eq!(count(&house, "/process-instance/count"), 0);
}

#[test]
fn what_is_made_is_made_once() {
    let house = house();
    let id = started(&house, "a");
    let begun = json!({"variables": {"what": {"value": "b"}}, "businessKey": "b"});
    thrice(
        &house,
        "mara",
        "POST",
        "/process-definition/key/ask/submit-form",
        begun,
    );
    assert_eq!(count(&house, "/process-instance/count?businessKey=b"), 1);
    let comment = thrice(
        &house,
        "ana",
        "POST",
        &format!("/task/{id}/comment/create"),
        json!({"message": "so"}),
    );
    let said = house.get("ana", &format!("/task/{id}/comment")).good();
    assert_eq!((ids(&said).len(), &said[0]["id"]), (1, &comment["id"]));
    let own = json!({"id": "own", "name": "Own", "assignee": "ana"});
    thrice(&house, "mara", "POST", "/task/create", own);
    assert_eq!(count(&house, "/task/count?assignee=ana"), 1);
    thrice(&house, "ana", "POST", "/task/own/complete", json!({}));
    assert_eq!(count(&house, "/task/count?assignee=ana"), 0);
    let filter = json!({"resourceType": "Task", "name": "Mine", "query": {}, "properties": {}});
    thrice(&house, "mara", "POST", "/filter/create", filter);
    assert_eq!(count(&house, "/filter/count"), 1);
    let new = json!({"profile": {"id": "zoe"}, "credentials": {"password": "battery staple"}});
    thrice(&house, "mara", "POST", "/user/create", new);
    let link = json!({"groupId": "buyers", "type": "candidate"});
    thrice(
        &house,
        "mara",
        "POST",
        &format!("/task/{id}/identity-links"),
        link,
    );
    let links = house
        .get("mara", &format!("/task/{id}/identity-links"))
        .good();
    assert_eq!(links.as_array().unwrap().len(), 2);
    let error = json!({"errorCode": "bad"});
    thrice(
        &house,
        "ana",
        "POST",
        &format!("/task/{id}/bpmnError"),
        error,
    );
    assert_eq!(house.get("ben", "/task/count").good()["count"], 1);
}
