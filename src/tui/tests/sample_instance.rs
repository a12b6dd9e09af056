//! Samples of what an instance shows: its detail, its history, its drawing.

use super::sample::at;
use crate::client::*;

/// An instance in full, with its open tasks.
pub fn detail(instance: InstanceView, tasks: Vec<TaskView>) -> InstanceDetail {
    let variable = |kind: &str, value: serde_json::Value, secret: bool| serde_json::json!({"value": value, "type": kind, "valueInfo": if secret { serde_json::json!({"secret": true}) } else { serde_json::json!({}) }});
    let activity = |id: &str, name: &str, kind: &str, parent: Option<&str>| ActivityView {
        id: format!("act-{id}"),
        activity_id: id.into(),
        activity_name: Some(name.into()),
        activity_type: kind.into(),
        parent_activity_instance_id: parent.map(str::to_owned),
        start_time: at(-31),
    };
    InstanceDetail {
        insertion: super::undoing::insertion(&instance),
        local_variables: Vec::new(),
        caller: None,
        called_instances: Vec::new(),
        variables: [
            (
                "title",
                variable("String", instance.title.clone().into(), false),
            ),
            ("connection", variable("String", "sales".into(), false)),
            ("tableName", variable("String", "orders".into(), false)),
            (
                "password",
                variable("String", serde_json::Value::Null, true),
            ),
            (
                "dataFrame",
                variable("String", "frame:9f3a6c/orders_1117.csv".into(), false),
            ),
            ("rowsRefused", variable("Long", 2.into(), false)),
            ("result", variable("Long", 0.into(), false)),
            (
                "dueDate",
                variable("Date", "2025-11-18T11:00:00.000+0100".into(), false),
            ),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v))
        .collect(),
        activities: if instance.ended {
            Vec::new()
        } else {
            vec![
                activity(
                    "database-insertion",
                    "Database insertion",
                    "processDefinition",
                    None,
                ),
                activity(
                    "enter-data",
                    "Enter the data",
                    "userTask",
                    Some("act-database-insertion"),
                ),
            ]
        },
        active_activity_ids: vec!["enter-data".into()],
        tasks,
        incident_list: if instance.incidents > 0 {
            vec![IncidentView {
                id: "inc-1".into(),
                process_instance_id: instance.id.clone(),
                process_definition_id: String::new(),
                title: None,
                configuration: "ext-1".into(),
                execution_id: "exec-1".into(),
                cause_incident_id: None,
                root_cause_incident_id: None,
                incident_type: "failedExternalTask".into(),
                activity_id: "insert-rows".into(),
                incident_message: Some("the database sales is read-only".into()),
                incident_timestamp: at(-12),
            }]
        } else {
            Vec::new()
        },
        progress: None,
        retrying: if instance.title.as_deref() == Some("Clicks") {
            vec![Retry {
                activity_id: "insert-rows".into(),
                message: "the server db.example does not answer".into(),
                at: Some(at(2)),
                retries: 2,
            }]
        } else {
            Vec::new()
        },
        instance,
    }
}

/// One sentence of a history.
pub fn entry(minutes: i64, kind: &str, round: Option<u32>, text: &str) -> HistoryEntry {
    HistoryEntry {
        time: at(minutes),
        kind: kind.into(),
        user_id: None,
        activity_id: None,
        activity_name: None,
        round,
        text: text.into(),
    }
}

/// What happened so far.
pub fn history() -> Vec<HistoryEntry> {
    vec![
        entry(-1576, "started", None, "mara launched it"),
        entry(-1576, "assigned", Some(1), "given to ana, due today 11:00"),
        entry(-98, "completed", Some(1), "ana completed Enter the data"),
        entry(
            -98,
            "inserted",
            Some(1),
            "18,204 rows read, 2 refused, nothing kept",
        ),
        entry(
            -97,
            "checked",
            Some(1),
            "insertion-check gave result 0: rows were refused",
        ),
        entry(
            -97,
            "cameBack",
            Some(2),
            "came back to ana: 2 of 18,204 rows were refused; nothing was kept in the table",
        ),
        entry(-18, "timer", Some(2), "reminded ana: due in 1 hour"),
    ]
}

/// The process as drawn; it stands in the first activity, or in one that failed.
pub fn diagram(incident: bool) -> DiagramView {
    let here = if incident {
        "insert-rows"
    } else {
        "enter-data"
    };
    DiagramView {
        name: "Database insertion".into(),
        bpmn20_xml: include_str!("../../../process-models/database-insertion.bpmn").into(),
        process_definition_key: "database-insertion".into(),
        names: Default::default(),
        tokens: [(here.to_owned(), 1)].into_iter().collect(),
        visits: [
            ("launched", 1),
            ("enter-data", 2),
            ("insert-rows", 1),
            ("check-insertion", 1),
            ("verdict", 1),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v))
        .collect(),
        incidents: if incident {
            vec!["insert-rows".into()]
        } else {
            Vec::new()
        },
    }
}
