//! Whose insertion it is: who sent it, whatever others do later, and what they may not change.

use crate::office::*;
use crewdesk::client::{Client, ConnectionLimits, StartRequest};
use crewdesk::desk::{Caller, DeskError};
use crewdesk::value::{Map, Value};

/// A form of an insertion, a review, the insertion; `form` stands where `at` says.
fn model(start: bool) -> String {
    let form = r#"<bpmn:extensionElements><camunda:formData>
        <camunda:formField id="connection" type="string"/>
        <camunda:formField id="databaseName" type="string"/>
        <camunda:formField id="tableName" type="string"/>
        <camunda:formField id="dataFrame" type="string"><camunda:properties>
          <camunda:property id="widget" value="file"/></camunda:properties></camunda:formField>
      </camunda:formData></bpmn:extensionElements>"#;
    let (at_start, at_task) = if start { (form, "") } else { ("", form) };
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
  <bpmn:process id="reviewed" isExecutable="true" camunda:candidateStarterUsers="ana" camunda:historyTimeToLive="30">
    <bpmn:startEvent id="start">{at_start}</bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="enter"/>
    <bpmn:userTask id="enter" camunda:assignee="ana">{at_task}</bpmn:userTask>
    <bpmn:sequenceFlow id="f2" sourceRef="enter" targetRef="review"/>
    <bpmn:userTask id="review" camunda:assignee="ben"/>
    <bpmn:sequenceFlow id="f3" sourceRef="review" targetRef="insert"/>
    <bpmn:serviceTask id="insert" camunda:type="external" camunda:topic="insertion"/>
    <bpmn:sequenceFlow id="f4" sourceRef="insert" targetRef="end"/>
    <bpmn:endEvent id="end"/>
  </bpmn:process>
</bpmn:definitions>"#
    )
}

fn task_at(office: &Office, instance: &str) -> String {
    let detail = office.client("mara").instance(instance).unwrap();
    detail.tasks[0].id.clone()
}

#[test]
fn nobody_sends_another_s_insertion_elsewhere() {
    let office = Office::new();
    office.deploy("reviewed.bpmn", &model(false));
    let request = StartRequest {
        key: "reviewed".into(),
        ..StartRequest::default()
    };
    let enter = office.launch(request);
    let ana = office.client("ana");
    let instance = ana.task(&enter).unwrap().task.process_instance_id;
    let (csv, target) = (office.csv(), office.folder.path().join("target.db"));
    let fields = typed(&[
        ("databaseName", target.to_str().unwrap()),
        ("tableName", "orders"),
        ("dataFrame", csv.to_str().unwrap()),
    ]);
    ana.complete_form(&enter, &fields).unwrap();
    let review = task_at(&office, &instance);
    let ben = office.desk.as_user("ben", None).unwrap();
    for name in ["tableName", "connection", "mode", "query"] {
        let given = Map::from_iter([(name.to_owned(), Value::from("append"))]);
        let refused = office.desk.complete(&ben, &review, given);
        assert!(matches!(refused, Err(DeskError::Forbidden(_))), "{name}");
    }
    let said = Map::from_iter([("approved".to_owned(), Value::from(true))]);
    office.desk.complete(&ben, &review, said).unwrap();
    let locked = office.lock("insertion", &["tableName"]).unwrap();
    assert_eq!(locked.variables["tableName"], "orders".into());
}

#[test]
fn who_starts_with_the_form_of_an_insertion_has_sent_it() {
    let office = Office::new();
    office.deploy("reviewed.bpmn", &model(true));
    let mara = office.client("mara");
    let target = office.folder.path().join("target.db");
    mara.add_connection("sales", &format!("sqlite:{}", target.display()), None)
        .unwrap();
    let limits = ConnectionLimits {
        groups: vec!["finance".to_owned()],
        ..ConnectionLimits::default()
    };
    let csv = office.csv();
    let request = StartRequest {
        key: "reviewed".into(),
        variables: Map::from_iter([
            ("connection".to_owned(), Value::from("sales")),
            ("tableName".to_owned(), Value::from("orders")),
            (
                "dataFrame".to_owned(),
                Value::from(csv.to_str().unwrap().to_owned()),
            ),
        ]),
        ..StartRequest::default()
    };
    let ana = office.client("ana");
    let instance = ana.start(request).unwrap().id;
    // Only afterwards it is for others than ana: a head's review does not lend a head's right.
    mara.limit_connection("sales", &limits).unwrap();
    for _ in 0..2 {
        let task = task_at(&office, &instance);
        office
            .desk
            .complete(&Caller::User("mara".into()), &task, Map::new())
            .unwrap();
    }
    let done = office.host().work_until_idle().unwrap();
    assert_eq!(done.kept, 0, "{done:?}");
    let detail = mara.instance(&instance).unwrap();
    let message = &detail.variables["insertionMessage"];
    let message = message["value"].to_string();
    assert!(message.contains("sales is for finance"), "{message}");
}
