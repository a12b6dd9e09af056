//! Versions of a process that go, with what ended on them: all of it, or nothing.

use crate::office::*;
use crewdesk::client::{Client, StartRequest};
use rusqlite::Connection;

const MODEL: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
    <process id="short" isExecutable="true" camunda:historyTimeToLive="P1D"><startEvent id="s" />
    <sequenceFlow id="f" sourceRef="s" targetRef="g" /><exclusiveGateway id="g" default="ends" />
    <sequenceFlow id="ends" sourceRef="g" targetRef="e" /><endEvent id="e" />
    <sequenceFlow id="waits" sourceRef="g" targetRef="u"><conditionExpression>${execution.getVariable('wait')}</conditionExpression></sequenceFlow>
    <userTask id="u" /></process></definitions>"#;

/// More than would go in one group, if they went in groups.
const ENDED: usize = 205;

#[test]
fn a_version_goes_with_all_of_its_history_or_stays_as_it_was() {
    let office = Office::new();
    office.deploy("short.bpmn", MODEL);
    let mara = office.client("mara");
    let start = |wait: bool| {
        let request = StartRequest {
            key: "short".into(),
            variables: [("wait".to_owned(), wait.into())].into_iter().collect(),
            ..StartRequest::default()
        };
        mara.start(request).unwrap()
    };
    let ids: Vec<String> = (0..ENDED).map(|_| start(false).id).collect();
    let store = Connection::open(office.folder.path().join("desk.db")).unwrap();
    let count = |table: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        store.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    let tables = [
        "hist_process_instance",
        "hist_activity",
        "process_definition",
        "process_instance",
    ];
    let all = || tables.map(count);
    // The disk fails at the last of them.
    let last = ids.last().unwrap();
    let fails = format!(
        "CREATE TRIGGER fails BEFORE DELETE ON hist_process_instance WHEN old.id = '{last}'
         BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END"
    );
    store.execute_batch(&fails).unwrap();
    let before = all();
    let operator = mara.operator().unwrap();
    operator.delete_version("short", 1, true).unwrap_err();
    assert_eq!(all(), before);
    // What runs on it is not cancelled, either.
    let running = start(true);
    let before = all();
    let definition = &running.definition_id;
    let caller = office.desk.as_user("mara", None).unwrap();
    let cascade = || {
        office
            .desk
            .delete_definition(&caller, definition, true, crewdesk::engine::Skip::default())
    };
    cascade().unwrap_err();
    assert_eq!(all(), before);
    store.execute_batch("DROP TRIGGER fails").unwrap();
    assert!(
        operator.delete_version("short", 1, true).is_err(),
        "it runs"
    );
    cascade().unwrap();
    assert_eq!(all(), [0, 0, before[2] - 1, 0]);
}
