//! The life of an external task over HTTP, and those who wait for one.

use crate::house::{House, read, request};
use crewdesk::desk::Clock;
use crewdesk::value::time;
use serde_json::json;
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn fetched_completed_and_gone() {
    let house = House::new();
    house.deploy();
    house.start("first", 1);
    house.clock.advance(Duration::from_secs(1));
    house.start("second", 7);
    let found = house.fetch(5, 0);
    let keys: Vec<_> = found
        .iter()
        .map(|task| task["businessKey"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["second", "first"], "the higher priority first");
    let task = &found[0];
    assert_eq!(
        task["variables"]["text"],
        json!({"value": "x", "type": "String", "valueInfo": {}})
    );
    assert_eq!(task["extensionProperties"], json!({"p": "q"}));
    assert_eq!(task["workerId"], "me");
    let until = house.clock.now() + chrono::TimeDelta::seconds(10);
    assert_eq!(task["lockExpirationTime"], time::camunda(until));
    assert_eq!(
        (task["priority"].as_i64(), task["topicName"].as_str()),
        (Some(7), Some("t"))
    );
    assert_eq!(
        (
            task["processDefinitionKey"].as_str(),
            task["processDefinitionVersionTag"].as_str()
        ),
        (Some("work"), Some("v1"))
    );
    assert!(house.fetch(5, 0).is_empty(), "they are locked");

    let id = task["id"].as_str().unwrap();
    let instance = task["processInstanceId"].as_str().unwrap();
    let done = json!({"workerId": "me", "variables": {"result": {"value": "{\"a\":1}", "type": "json"}, "n": {"value": 5}}, "localVariables": null});
    let got = house.post("w1", &format!("/external-task/{id}/complete"), done.clone());
    assert_eq!((got.status, got.body.len()), (204, 0));
    house
        .post("w1", &format!("/external-task/{id}/complete"), done)
        .refused(
            404,
            "RestException",
            &format!("External task with id {id} does not exist"),
        );
    let variables = house
        .get("mara", &format!("/process-instance/{instance}/variables"))
        .good();
    assert_eq!(variables["result"]["type"], "Json");
    assert_eq!(
        variables["n"],
        json!({"value": 5, "type": "Integer", "valueInfo": {}})
    );
}

#[test]
fn another_worker_may_not() {
    let house = House::new();
    house.deploy();
    house.start("a", 1);
    let id = house.one();
    for (path, body) in [
        ("complete", json!({"workerId": "other"})),
        ("failure", json!({"workerId": "other", "retries": 1})),
        (
            "bpmnError",
            json!({"workerId": "other", "errorCode": "bad"}),
        ),
        (
            "extendLock",
            json!({"workerId": "other", "newDuration": 1000}),
        ),
        ("lock", json!({"workerId": "other", "lockDuration": 1000})),
    ] {
        let got = house.post("w1", &format!("/external-task/{id}/{path}"), body);
        let body = got.json();
        assert_eq!(
            (got.status, body["type"].as_str(), body["code"].as_i64()),
            (400, Some("RestException"), Some(0)),
            "{path}"
        );
        assert!(
            body["message"].as_str().unwrap().contains("me"),
            "{path}: {body}"
        );
        // An account that is limited to other topics does not get that far.
        let got = house.post("w2", &format!("/external-task/{id}/{path}"), json!({"workerId": "me", "errorCode": "bad", "retries": 1, "newDuration": 5, "lockDuration": 5}));
        assert_eq!(got.status, 403, "{path}");
    }
    let missing = house.post("w1", &format!("/external-task/{id}/complete"), json!({}));
    missing.refused(400, "InvalidRequestException", "workerId is null");
}

#[test]
fn failures_count_down_to_an_incident_and_come_back() {
    let house = House::new();
    house.deploy();
    let instance = house.start("a", 1);
    let id = house.one();
    let fail = |retries: i32, wait: i64| {
        let body = json!({"workerId": "me", "errorMessage": "no", "errorDetails": "line 1\nline 2", "retries": retries, "retryTimeout": wait});
        house
            .post("w1", &format!("/external-task/{id}/failure"), body)
            .good();
    };
    fail(1, 5000);
    assert!(house.fetch(1, 0).is_empty(), "it waits to be tried again");
    house.clock.advance(Duration::from_secs(6));
    let again = house.fetch(1, 0);
    assert_eq!(
        (
            again[0]["retries"].as_i64(),
            again[0]["errorMessage"].as_str()
        ),
        (Some(1), Some("no"))
    );
    fail(0, 0);
    assert!(house.fetch(1, 0).is_empty());
    let details = house.get("mara", &format!("/external-task/{id}/errorDetails"));
    assert_eq!(
        (details.header("content-type"), &details.body[..]),
        (Some("text/plain"), &b"line 1\nline 2"[..])
    );
    let shown = house.get("mara", &format!("/external-task/{id}")).good();
    assert_eq!(
        (shown["retries"].as_i64(), shown["errorMessage"].as_str()),
        (Some(0), Some("no"))
    );
    let count = |query: &str| {
        house
            .get("mara", &format!("/external-task/count?{query}"))
            .good()["count"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(
        (count("noRetriesLeft=true"), count("withRetriesLeft=true")),
        (1, 0)
    );
    assert_eq!(
        (
            count(&format!("processInstanceId={instance}")),
            count("processVariables=text_eq_x"),
            count("processVariables=text_eq_y")
        ),
        (1, 1, 0)
    );
    house
        .put(
            "mara",
            &format!("/external-task/{id}/retries"),
            json!({"retries": 2}),
        )
        .good();
    house
        .put(
            "mara",
            &format!("/external-task/{id}/priority"),
            json!({"priority": 99}),
        )
        .good();
    let again = house.fetch(1, 0);
    assert_eq!(
        (again[0]["retries"].as_i64(), again[0]["priority"].as_i64()),
        (Some(2), Some(99))
    );
    // A head takes it away from whoever holds it; the body may be empty or null.
    let got = house.send(
        "mara",
        "POST",
        &format!("/engine-rest/external-task/{id}/unlock"),
        None,
    );
    assert_eq!(got.status, 204);
    assert_eq!(house.fetch(1, 0).len(), 1);
    house
        .post("mara", &format!("/external-task/{id}/unlock"), json!(null))
        .good();
    house
        .put(
            "mara",
            "/external-task/retries",
            json!({"retries": 1, "externalTaskQuery": {"topicName": "t"}}),
        )
        .good();
    assert_eq!(house.fetch(1, 0)[0]["retries"], 1);
    house
        .put(
            "mara",
            "/external-task/retries",
            json!({"retries": -1, "externalTaskIds": [id]}),
        )
        .refused(
            400,
            "InvalidRequestException",
            "The number of retries cannot be negative.",
        );
}

#[test]
fn a_bpmn_error_leads_on() {
    let house = House::new();
    house.deploy();
    let instance = house.start("a", 1);
    let id = house.one();
    let error = json!({"workerId": "me", "errorCode": "bad", "errorMessage": "really", "variables": {"why": {"value": "x"}}});
    house
        .post("w1", &format!("/external-task/{id}/bpmnError"), error)
        .good();
    let variables = house
        .get("ana", &format!("/process-instance/{instance}/variables"))
        .good();
    assert_eq!(variables["why"]["value"], "x");
    // As in Camunda 7 the task was deleted, not done; the log and the timeline say by which error.
    let log =
        format!("/history/external-task-log?externalTaskId={id}&sortBy=timestamp&sortOrder=asc");
    let log = house.get("mara", &log).good();
    let last = log.as_array().unwrap().last().unwrap();
    assert_eq!(last["deletionLog"], true, "{log:#}");
    assert_eq!(last["successLog"], false);
    assert_eq!(last["errorMessage"], "BPMN error bad: really");
    let told = house
        .get("mara", &format!("/crewdesk/instances/{instance}/history"))
        .good();
    let texts = told
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["text"].as_str().unwrap());
    let texts: Vec<&str> = texts.collect();
    assert!(
        texts
            .iter()
            .any(|text| text.starts_with("me reported the error bad in")),
        "{texts:?}"
    );
    assert!(
        !texts.iter().any(|text| text.contains("me completed")),
        "{texts:?}"
    );
}

#[test]
fn locks_are_extended_expire_and_are_taken() {
    let house = House::new();
    house.deploy();
    house.start("a", 1);
    let id = house.one();
    let extend = |ms: i64| {
        house.post(
            "w1",
            &format!("/external-task/{id}/extendLock"),
            json!({"workerId": "me", "newDuration": ms}),
        )
    };
    assert_eq!(extend(20_000).status, 204);
    assert_eq!(extend(0).status, 400);
    house.clock.advance(Duration::from_secs(15));
    assert!(house.fetch(1, 0).is_empty());
    house.clock.advance(Duration::from_secs(6));
    assert_eq!(extend(1000).status, 400, "it has run out");
    let lock = json!({"workerId": "other", "lockDuration": 5000});
    house
        .post("w1", &format!("/external-task/{id}/lock"), lock)
        .good();
    assert!(house.fetch(1, 0).is_empty());
    house.clock.advance(Duration::from_secs(6));
    assert_eq!(house.fetch(1, 0).len(), 1);
    assert_eq!(
        house.get("w1", "/external-task/topic-names").good(),
        json!(["t"])
    );
    assert_eq!(
        house.get("w2", "/external-task/topic-names").good(),
        json!([])
    );
    assert_eq!(
        house
            .get("mara", "/external-task/topic-names?withUnlockedTasks=true")
            .good(),
        json!([])
    );
}

#[test]
fn topics_are_narrowed() {
    let house = House::new();
    house.deploy();
    house.start("a", 1);
    let ask = |more: serde_json::Value| {
        let mut topic = json!({"topicName": "t", "lockDuration": 1000});
        topic
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let body = json!({"workerId": "me", "maxTasks": 1, "topics": [topic]});
        let got = house.post("w1", "/external-task/fetchAndLock", body).good();
        house.clock.advance(Duration::from_secs(2));
        got.as_array().unwrap().len()
    };
    for (more, found) in [
        (json!({"businessKey": "a"}), 1),
        (json!({"businessKey": "b"}), 0),
        (
            json!({"processDefinitionKeyIn": ["work"], "processDefinitionVersionTag": "v1"}),
            1,
        ),
        (json!({"processDefinitionKey": "other"}), 0),
        (json!({"processVariables": {"text": "x"}}), 1),
        (json!({"processVariables": {"text": "y"}}), 0),
        (json!({"tenantIdIn": ["one"]}), 0),
        (json!({"withoutTenantId": true, "tenantIdIn": null}), 1),
    ] {
        assert_eq!(ask(more.clone()), found, "{more}");
    }
    let body = json!({"workerId": "me", "maxTasks": 1, "topics": [{"topicName": "t", "lockDuration": 1000, "variables": ["prio"]}]});
    let found = house.post("w1", "/external-task/fetchAndLock", body).good();
    assert_eq!(found[0]["variables"].as_object().unwrap().len(), 1);
    house.post("w2", "/external-task/fetchAndLock", json!({"workerId": "me", "maxTasks": 1, "topics": [{"topicName": "t", "lockDuration": 1000}]}));
}

#[test]
fn wrong_fetches_are_refused() {
    let house = House::new();
    let topic = json!({"topicName": "t", "lockDuration": 1000});
    for (body, message) in [
        (
            json!({"maxTasks": 1, "topics": [topic]}),
            "workerId is null",
        ),
        (
            json!({"workerId": "me", "maxTasks": -1, "topics": [topic]}),
            "maxResults is not greater than or equal to 0",
        ),
        (
            json!({"workerId": "me", "maxTasks": 1, "topics": [{"lockDuration": 5}]}),
            "topicName is null",
        ),
        (
            json!({"workerId": "me", "maxTasks": 1, "topics": [{"topicName": "t"}]}),
            "lockDuration must be greater than 0",
        ),
        (
            json!({"workerId": "me", "maxTasks": 1, "asyncResponseTimeout": 1_800_001, "topics": [topic]}),
            "The asynchronous response timeout cannot be set to a value greater than 1800000 milliseconds",
        ),
    ] {
        house
            .post("w1", "/external-task/fetchAndLock", body)
            .refused(400, "InvalidRequestException", message);
    }
    assert_eq!(
        house
            .post(
                "w2",
                "/external-task/fetchAndLock",
                json!({"workerId": "me", "maxTasks": 1, "topics": [topic]})
            )
            .status,
        403
    );
    assert_eq!(
        house
            .post(
                "mara",
                "/external-task/fetchAndLock",
                json!({"workerId": "me", "maxTasks": 1, "topics": [topic]})
            )
            .status,
        403
    );
}

/// Opens a long poll for a topic and does not wait for its answer.
fn poll(house: &House, topic: &str, wait: u64) -> TcpStream {
    let body = json!({"workerId": topic, "maxTasks": 1, "usePriority": true, "asyncResponseTimeout": wait,
        "topics": [{"topicName": topic, "lockDuration": 60_000}]});
    let body = body.to_string();
    let mut stream = TcpStream::connect(house.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(120)))
        .unwrap();
    let request = request(
        "w1",
        "POST",
        "/engine-rest/external-task/fetchAndLock",
        "application/json",
        Some(body.as_bytes()),
    );
    stream.write_all(&request).unwrap();
    stream
}

fn waiting(house: &House) -> u64 {
    let text = house.send("mara", "GET", "/metrics", None);
    let text = String::from_utf8(text.body).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("crewdesk_long_polls "));
    line.unwrap().split(' ').nth(1).unwrap().parse().unwrap()
}

/// Waits until so many workers wait.
fn until_waiting(house: &House, wanted: u64) {
    let begun = Instant::now();
    while waiting(house) != wanted {
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "{} wait",
            waiting(house)
        );
        // Asking takes the server's time too.
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_thousand_wait_and_the_right_one_is_woken() {
    let mut house = House::new();
    house.deploy();
    let others: Vec<_> = (0..999)
        .map(|n| poll(&house, &format!("other{n}"), 600_000))
        .collect();
    let right = poll(&house, "t", 600_000);
    until_waiting(&house, 1000);
    house.start("a", 1);
    let found = read(right).good();
    assert_eq!(found[0]["businessKey"], "a");
    until_waiting(&house, 999);
    // A stop answers those who wait.
    house.stop();
    for stream in others {
        assert_eq!(read(stream).good(), json!([]));
    }
}

#[test]
fn a_poll_ends_with_its_time_and_with_its_client() {
    let house = House::new();
    house.deploy();
    let begun = Instant::now();
    assert!(house.fetch(1, 300).is_empty());
    assert!(begun.elapsed() >= Duration::from_millis(300));
    let gone = poll(&house, "t", 600_000);
    until_waiting(&house, 1);
    drop(gone);
    until_waiting(&house, 0);
    house.start("a", 1);
    assert_eq!(
        house.fetch(1, 0).len(),
        1,
        "nobody locked it for a client that went"
    );
}

#[test]
fn a_lock_that_runs_out_wakes_who_waits() {
    let house = House::new();
    house.deploy();
    house.start("a", 1);
    house.one();
    let waits = poll(&house, "t", 600_000);
    until_waiting(&house, 1);
    house.clock.advance(Duration::from_secs(11));
    assert_eq!(read(waits).good()[0]["workerId"], "t");
}
