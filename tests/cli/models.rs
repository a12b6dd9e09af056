//! `crewdesk deploy`: all or nothing, with the place of every error.

use crate::support::House;
use serde_json::json;

const GOOD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="plain" name="Plain" isExecutable="true" camunda:historyTimeToLive="P1D">
    <startEvent id="start"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="do"/>
    <userTask id="do" name="Do it"/>
    <sequenceFlow id="b" sourceRef="do" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>
"#;

#[test]
fn a_model_is_deployed_once_and_again_when_it_changes() {
    let house = House::new();
    let file = house.write("plain.bpmn", GOOD);
    let first = house.json("mara", &["deploy", &file]);
    let process = &first["deployedProcessDefinitions"][0];
    assert_eq!(
        (&process["key"], &process["version"]),
        (&json!("plain"), &json!(1))
    );
    assert!(first["id"].is_string() && first["deploymentTime"].is_string());
    let again = house.json("mara", &["deploy", &file]);
    assert_eq!(again["deployedProcessDefinitions"], json!([]));
    house.write("plain.bpmn", &GOOD.replace("Do it", "Do it now"));
    let changed = house.json("mara", &["deploy", &file]);
    assert_eq!(changed["deployedProcessDefinitions"][0]["version"], 2);
    let started = house.json(
        "mara",
        &["start", "plain", "--assignee", "ana", "--priority", "7"],
    );
    assert_eq!(started["processDefinitionVersion"], 2);
    let task = house.json("ana", &["task", "list"])[0].clone();
    assert_eq!(
        (&task["name"], &task["priority"]),
        (&json!("Do it now"), &json!(7))
    );
    let id = task["id"].as_str().unwrap();
    house.good("ana", &["task", "complete", id, "--var", "answer:=42"]);
    let shown = house.json(
        "mara",
        &["instance", "show", started["id"].as_str().unwrap()],
    );
    assert_eq!(shown["state"], "COMPLETED");
    assert_eq!(shown["variables"]["answer"]["value"], 42);
    house.refused("ana", &["deploy", &file]);
}

#[test]
fn one_broken_file_keeps_all_out_and_says_where() {
    let house = House::new();
    let good = house.write("good.bpmn", GOOD);
    for (name, content, place) in [
        ("torn.bpmn", GOOD.split_at(400).0.to_owned(), "torn.bpmn:"),
        (
            "flow.bpmn",
            GOOD.replace("targetRef=\"do\"", "targetRef=\"gone\""),
            "flow.bpmn:5:",
        ),
        (
            "juel.bpmn",
            GOOD.replace("name=\"Do it\"", "camunda:assignee=\"${a +}\""),
            "juel.bpmn:6:",
        ),
        ("text.bpmn", "hello".to_owned(), "text.bpmn:1:"),
        ("empty.bpmn", String::new(), "empty.bpmn"),
        (
            "torn.dmn",
            "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\">".into(),
            "torn.dmn:",
        ),
        ("what.csv", "a,b\n1,2\n".to_owned(), "what.csv"),
    ] {
        let broken = house.write(name, &content);
        let told = house.refused("mara", &["deploy", &good, &broken]);
        assert!(told.contains(place), "{name}: {told}");
    }
    let told = house.refused("mara", &["start", "plain"]);
    assert!(told.contains("plain"), "{told}");
    let told = house.refused("mara", &["deploy", &good, "missing.bpmn"]);
    assert!(told.contains("missing.bpmn"), "{told}");
    house.refused("mara", &["deploy"]);
    house.refused("mara", &["deploy", "/"]);
    house.refused("mara", &["deploy", "/dev/zero"]);
    let large = std::fs::File::create(house.path("large.bpmn")).unwrap();
    large.set_len(1 << 40).unwrap();
    let told = house.refused("mara", &["deploy", "large.bpmn"]);
    assert!(told.contains("too large"), "{told}");
}
