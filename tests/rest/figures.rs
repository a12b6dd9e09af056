//! What a desk tells of itself in figures: metrics, the log of its schema, reports as CSV.

use crate::house::{House, raw};
use serde_json::{Value as Json, json};
use std::time::Duration;

const ASYNC: &str = r#"<process id="late" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="go"/>
    <serviceTask id="go" camunda:asyncBefore="true" camunda:jobPriority="7" camunda:expression="${fail ? none : 1}"/></process>"#;

fn sum(house: &House, name: &str) -> Json {
    house.get("mara", &format!("/metrics/{name}/sum")).good()["result"].clone()
}

#[test]
fn what_happened_is_counted_from_the_history() {
    let house = House::new();
    house.bpmn(ASYNC);
    let fail = |fail: bool| json!({ "fail": {"value": fail, "type": "Boolean"} });
    house.run("late", fail(false));
    house.clock.advance(Duration::from_secs(3600));
    house.run("late", fail(true));
    house.jobs();
    for (name, result) in [
        ("root-process-instance-start", 2),
        ("process-instances", 2),
        ("job-successful", 1),
        ("job-failed", 3),
        ("activity-instance-start", 3),
        ("flow-node-instances", 3),
        ("executed-decision-instances", 0),
        ("unique-task-workers", 0),
        ("what-nobody-counts", 0),
    ] {
        assert_eq!(sum(&house, name), result, "{name}");
    }
    let early = "/metrics/process-instances/sum?endDate=2025-11-18T12:30:00.000%2B0000";
    assert_eq!(house.get("mara", early).good(), json!({"result": 1}));
    let spans = house.list("/metrics?name=process-instances&interval=900");
    assert_eq!(
        spans,
        [13, 12].map(|hour| json!({
            "timestamp": format!("2025-11-18T{hour}:00:00.000+0000"),
            "name": "root-process-instance-start", "reporter": null, "value": 1,
        }))
    );
    let all = house.list("/metrics?maxResults=3&firstResult=1");
    assert_eq!(all.len(), 3);
    assert!(
        all.iter()
            .all(|one| one["timestamp"] == "2025-11-18T13:00:00.000+0000"),
        "{all:?}"
    );
    assert_eq!(
        house
            .get("mara", "/metrics/job-locked-exclusive/sum")
            .status,
        501
    );
    assert_eq!(house.get("mara", "/metrics?maxResults=201").status, 500);
    for far in ["100001", "9223372036854775807"] {
        let refused = house.get("mara", &format!("/metrics?firstResult={far}"));
        let told = refused.json()["message"].to_string();
        assert!(told.contains("larger than 100000"), "{told}");
    }
    assert!(house.list("/metrics?firstResult=100000").is_empty());
    assert_eq!(house.get("ana", "/metrics/job-failed/sum").status, 403);
}

#[test]
fn people_are_counted_until_they_are_to_be_forgotten() {
    let house = House::new();
    house.bpmn(
        r#"<process id="own" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="u"/>
        <userTask id="u" camunda:assignee="${who}"/></process>"#,
    );
    for who in ["ana", "ana", "ben"] {
        house.run("own", json!({ "who": {"value": who} }));
        house.clock.advance(Duration::from_secs(3600));
    }
    let count = |within: &str| {
        let path = format!("/metrics/task-users/sum{within}");
        house.get("mara", &path).good()["result"].clone()
    };
    assert_eq!(count(""), 2);
    assert_eq!(count("?endDate=2025-11-18T13:30:00.000%2B0000"), 1);
    assert_eq!(count("?startDate=2025-11-18T13:30:00.000%2B0000"), 1);
    assert_eq!(count("?startDate=2025-11-18T15:00:00.000%2B0000"), 0);
    let forget = |who: &str, date: &str| {
        let path = format!("/metrics/task-worker{date}");
        house.delete(who, &path).status
    };
    assert_eq!(forget("ana", ""), 403);
    assert_eq!(forget("mara", "?date=2025-11-18T13:30:00.000%2B0000"), 204);
    assert_eq!(count(""), 1);
    assert_eq!(count("?endDate=2025-11-18T13:30:00.000%2B0000"), 0);
    let spans = house.list("/metrics?name=unique-task-workers");
    assert_eq!(spans[0]["timestamp"], "2025-11-18T14:00:00.000+0000");
    assert_eq!(spans.len(), 1);
    assert_eq!(forget("mara", ""), 204);
    assert_eq!(count(""), 0);
    assert_eq!(forget("mara", "?date=2020-01-01T00:00:00.000%2B0000"), 204);
    assert_eq!(count(""), 0, "what is forgotten stays so");
    assert_eq!(house.list("/history/task").len(), 3, "the history stays");
}

/// HistoricJobLogTest.testSuccessfulHistoricJobLogProperties
/// HistoricJobLogTest.testAsyncBeforeJobHandlerType
/// HistoricJobLogTest.testAsyncAfterJobHandlerType
#[test]
fn jobs_that_ran_beside_an_activity_are_logged() {
    let house = House::new();
    house.bpmn(ASYNC);
    let id = house.run(
        "late",
        json!({ "fail": {"value": false, "type": "Boolean"} }),
    );
    let job = house.only("/job");
    house.jobs();
    let log = house.only("/history/job-log?successLog=true");
    for (name, expected) in [
        ("jobId", &job["id"]),
        ("jobDefinitionId", &job["jobDefinitionId"]),
        ("executionId", &job["executionId"]),
        ("jobPriority", &json!(7)),
        ("activityId", &json!("go")),
        ("jobDefinitionType", &json!("async-continuation")),
        ("jobDefinitionConfiguration", &json!("async-before")),
        ("processInstanceId", &json!(id)),
        ("jobRetries", &json!(3)),
    ] {
        assert_eq!(log[name], *expected, "{name}");
    }
    for (of, count) in [
        ("jobPriorityHigherThanOrEquals=7", 1),
        ("jobPriorityHigherThanOrEquals=8", 0),
        ("jobDefinitionId=none", 0),
    ] {
        assert_eq!(
            house.list(&format!("/history/job-log?{of}")).len(),
            count,
            "{of}"
        );
    }
    // It is no entry of the timeline.
    let timeline = house
        .get("mara", &format!("/crewdesk/instances/{id}/history"))
        .good();
    assert!(!timeline.to_string().contains("timer"), "{timeline}");
}

#[test]
fn the_schema_and_the_product_are_told() {
    let house = House::new();
    let log = house.only("/schema/log?sortBy=timestamp&sortOrder=desc");
    assert_eq!(log["version"], env!("CARGO_PKG_VERSION"));
    assert!(log["id"].as_str().unwrap().parse::<u32>().unwrap() >= 23);
    assert!(log["timestamp"].is_string());
    let posted = house.post("mara", "/schema/log", json!({ "version": "none" }));
    assert_eq!(posted.good(), json!([]));
    assert_eq!(house.get("ana", "/schema/log").status, 403);
    let told = house.get("mara", "/telemetry/data").good();
    let internals = &told["product"]["internals"];
    assert_eq!(told["product"]["name"], "crewdesk");
    assert_eq!(internals["database"]["vendor"], "sqlite");
    assert!(
        internals["database"]["version"]
            .as_str()
            .unwrap()
            .starts_with("3.")
    );
}

#[test]
fn a_report_comes_as_csv_where_it_is_asked_for() {
    let house = House::new();
    house.bpmn(ASYNC);
    house.run(
        "late",
        json!({ "fail": {"value": false, "type": "Boolean"} }),
    );
    house.clock.advance(Duration::from_secs(2));
    house.jobs();
    let ask = |accept: &str| {
        let path =
            "/engine-rest/history/process-instance/report?reportType=duration&periodUnit=month";
        let plain = crate::house::request("mara", "GET", path, "application/json", None);
        let plain = String::from_utf8(plain).unwrap();
        let host = "Host: localhost\r\n";
        let asked = plain.replacen(host, &format!("{host}Accept: {accept}\r\n"), 1);
        raw(house.address, asked.as_bytes())
    };
    let csv = ask("text/csv");
    assert_eq!(csv.status, 200);
    assert_eq!(csv.header("content-type"), Some("text/csv"));
    let named = csv.header("content-disposition").unwrap();
    assert!(named.contains("process-instance-report.csv"), "{named}");
    assert_eq!(
        String::from_utf8(csv.body).unwrap(),
        "PERIOD,PERIOD_UNIT,MINIMUM,MAXIMUM,AVERAGE\n11,MONTH,2000,2000,2000"
    );
    for accept in [
        "application/json",
        "*/*",
        "text/csv;q=0.5, application/json",
    ] {
        assert_eq!(ask(accept).good()[0]["maximum"], 2000, "{accept}");
    }
    ask("image/png").refused(
        406,
        "InvalidRequestException",
        "No acceptable content-type found",
    );
}
