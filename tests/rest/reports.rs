//! Reports over what has ended, notes on operations, and variables that the history forgets.

use crate::house::House;
use serde_json::{Value as Json, json};
use std::time::Duration;

const MODEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="line" name="Line" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="task"/>
    <userTask id="task" name="Look" camunda:assignee="ana"/></process>
</definitions>"#;

struct Desk(House);

impl Desk {
    fn new() -> Desk {
        let house = House::new();
        house
            .form(
                "mara",
                "/deployment/create",
                &[("m.bpmn", Some("m.bpmn"), MODEL.as_bytes())],
            )
            .good();
        Desk(house)
    }

    fn get(&self, path: &str) -> Json {
        self.0.get("mara", path).good()
    }

    fn start(&self) -> String {
        let body = json!({"variables": {"x": {"value": 1}}});
        let made = self
            .0
            .post("mara", "/process-definition/key/line/start", body)
            .good();
        made["id"].as_str().expect("an id").to_owned()
    }

    fn complete(&self) {
        let task = self.get("/task")[0]["id"].clone();
        let path = format!("/task/{}/complete", task.as_str().expect("an id"));
        assert_eq!(self.0.post("ana", &path, json!({})).status, 204);
    }

    fn delete(&self, user: &str, path: &str) -> u16 {
        self.0.delete(user, path).status
    }
}

#[test]
fn durations_are_told_by_month_and_tasks_are_counted() {
    let desk = Desk::new();
    for minutes in [10, 30] {
        desk.start();
        desk.0.clock.advance(Duration::from_secs(minutes * 60));
        desk.complete();
    }
    desk.start();
    let report = "/history/process-instance/report?reportType=duration";
    let month = desk.get(&format!("{report}&periodUnit=month"));
    let minute = 60_000;
    let spans = json!([{"period": 11, "periodUnit": "MONTH", "minimum": 10 * minute, "maximum": 30 * minute, "average": 20 * minute}]);
    assert_eq!(month, spans);
    let quarter = desk.get(&format!(
        "{report}&periodUnit=quarter&processDefinitionKeyIn=line,other"
    ));
    assert_eq!(
        (&quarter[0]["period"], &quarter[0]["periodUnit"]),
        (&json!(4), &json!("QUARTER"))
    );
    let other = desk.get(&format!(
        "{report}&periodUnit=month&processDefinitionKeyIn=other"
    ));
    assert_eq!(other, json!([]));
    let before = desk.get(&format!(
        "{report}&periodUnit=month&startedBefore=2020-01-01T00:00:00.000%2B0000"
    ));
    assert_eq!(before, json!([]));
    let tasks = "/history/task/report";
    assert_eq!(
        desk.get(&format!("{tasks}?reportType=duration&periodUnit=month")),
        spans
    );
    let named = desk.get(&format!("{tasks}?reportType=count&groupBy=taskName"));
    assert_eq!(
        (&named[0]["taskName"], &named[0]["count"]),
        (&json!("Look"), &json!(2))
    );
    let by_process = desk.get(&format!(
        "{tasks}?reportType=count&groupBy=processDefinition"
    ));
    assert_eq!(
        (&by_process[0]["taskName"], &by_process[0]["count"]),
        (&Json::Null, &json!(2))
    );
    assert_eq!(
        (
            &by_process[0]["processDefinitionKey"],
            &by_process[0]["processDefinitionName"]
        ),
        (&json!("line"), &json!("Line"))
    );
    let late = desk.get(&format!(
        "{tasks}?reportType=count&groupBy=taskName&completedAfter=2040-01-01T00:00:00.000%2B0000"
    ));
    assert_eq!(late, json!([]));
    for bad in [
        "/history/process-instance/report",
        "/history/process-instance/report?reportType=duration",
        "/history/process-instance/report?reportType=count",
        "/history/process-instance/report?reportType=duration&periodUnit=day",
        "/history/task/report",
        "/history/task/report?reportType=count",
        "/history/task/report?reportType=count&groupBy=assignee",
        "/history/task/report?reportType=duration&periodUnit=month&completedBefore=soon",
    ] {
        assert_eq!(desk.0.get("mara", bad).status, 400, "{bad}");
    }
    assert_eq!(desk.0.get("ana", tasks).status, 403);
}

#[test]
fn operations_are_noted_on() {
    let desk = Desk::new();
    let id = desk.start();
    let path = format!("/process-instance/{id}/suspended");
    assert_eq!(
        desk.0.put("mara", &path, json!({"suspended": true})).status,
        204
    );
    let entry = desk.get("/history/user-operation?maxResults=1")[0].clone();
    let operation = entry["operationId"].as_str().expect("an id");
    let note = |what: &str, body: Json| {
        let path = format!("/history/user-operation/{operation}/{what}-annotation");
        desk.0.put("mara", &path, body).status
    };
    let noted = || {
        desk.get(&format!("/history/user-operation?operationId={operation}"))[0]["annotation"]
            .clone()
    };
    assert_eq!(
        (note("set", json!({"annotation": "by mistake"})), noted()),
        (204, json!("by mistake"))
    );
    assert_eq!((note("clear", json!({})), noted()), (204, Json::Null));
    for none in ["none", "0"] {
        let path = format!("/history/user-operation/{none}/set-annotation");
        assert_eq!(
            desk.0.put("mara", &path, json!({"annotation": "x"})).status,
            400
        );
    }
}

#[test]
fn the_history_forgets_variables() {
    let desk = Desk::new();
    let id = desk.start();
    let of = format!("/history/variable-instance?processInstanceId={id}");
    let variable = desk.get(&of)[0]["id"].clone();
    let path = format!(
        "/history/variable-instance/{}",
        variable.as_str().expect("an id")
    );
    assert_eq!(desk.delete("ana", &path), 403);
    assert_eq!(desk.delete("mara", &path), 204);
    assert_eq!(desk.delete("mara", &path), 404);
    assert_eq!(desk.get(&of), json!([]));
    let details = format!("/history/detail?processInstanceId={id}&variableUpdates=true");
    assert_eq!(desk.get(&details), json!([]));
    // What runs goes on, and is remembered anew when it changes.
    let value = format!("/process-instance/{id}/variables/x");
    assert_eq!(desk.get(&value)["value"], 1);
    assert_eq!(desk.0.put("mara", &value, json!({"value": 2})).status, 204);
    assert_eq!(desk.get(&value)["value"], 2);
    let all = format!("/history/process-instance/{id}/variable-instances");
    assert_eq!(desk.delete("mara", &all), 204);
    assert_eq!(desk.get(&of), json!([]));
    let none = "/history/process-instance/none/variable-instances";
    assert_eq!(desk.delete("mara", none), 404);
}
