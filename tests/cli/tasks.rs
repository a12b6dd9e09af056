//! `crewdesk task list` with what it is asked for.

use crate::support::House;

fn process(key: &str, task: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <process id="{key}" name="The {key}" isExecutable="true" camunda:historyTimeToLive="P1D"><startEvent id="s"/>
        <sequenceFlow id="a" sourceRef="s" targetRef="u"/><userTask id="u" name="{task}"/>
        <sequenceFlow id="b" sourceRef="u" targetRef="g"/><exclusiveGateway id="g" default="c"/><sequenceFlow id="c" sourceRef="g" targetRef="e"/>
        <sequenceFlow id="d" sourceRef="g" targetRef="u"><conditionExpression>${{again}}</conditionExpression></sequenceFlow><endEvent id="e"/></process></definitions>"#
    )
}

#[test]
fn tasks_are_filtered_by_process_assignee_due_date_words_and_what_came_back() {
    let house = House::new();
    let files = ["bake", "pack"].map(|key| {
        let task = format!("To {key} it");
        house.write(&format!("{key}.bpmn"), &process(key, &task))
    });
    house.good("mara", &["deploy", &files[0], &files[1]]);
    for (key, who, due, business) in [
        ("bake", "ana", "2030-01-10", "bread/1"),
        ("bake", "ben", "2030-03-10", "bread/2"),
        ("pack", "ana", "2030-02-10", "cake/1"),
    ] {
        let args = [
            "start",
            key,
            "--assignee",
            who,
            "--due",
            due,
            "--business-key",
            business,
        ];
        house.good("mara", &args);
    }
    let keys = |args: &[&str]| {
        let all = house.json("mara", &[&["task", "list"], args].concat());
        let all = all.as_array().unwrap().iter();
        let mut keys: Vec<String> = all
            .map(|task| task["businessKey"].as_str().unwrap().to_owned())
            .collect();
        keys.sort();
        keys.join(" ")
    };
    assert_eq!(keys(&[]), "bread/1 bread/2 cake/1");
    assert_eq!(keys(&["--key", "bake"]), "bread/1 bread/2");
    assert_eq!(keys(&["--assignee", "ana"]), "bread/1 cake/1");
    assert_eq!(keys(&["--due-before", "2030-02-20"]), "bread/1 cake/1");
    assert_eq!(keys(&["--text", "PACK cake"]), "cake/1");
    let several = [
        "--key",
        "bake",
        "--assignee",
        "ana",
        "--due-before",
        "2030-02-20",
    ];
    assert_eq!(keys(&several), "bread/1");
    assert_eq!(keys(&["--key", "fry"]), "");
    assert_eq!(keys(&["--came-back"]), "");
    let id = house.json("ben", &["task", "list", "--mine"])[0]["id"].clone();
    let done = [
        "task",
        "complete",
        id.as_str().unwrap(),
        "--var",
        "again:=true",
    ];
    house.good("ben", &done);
    assert_eq!(keys(&["--came-back"]), "bread/2");
    assert_eq!(keys(&["--came-back", "--key", "pack"]), "");
    let told = house.refused("mara", &["task", "list", "--mine", "--assignee", "ana"]);
    assert!(told.contains("cannot be used with"), "{told}");
    // Where several processes are in the list it names them.
    let named = |args: &[&str]| {
        let out = house.good("mara", args).out;
        (out.contains("PROCESS"), out.contains("The bake"))
    };
    assert_eq!(named(&["task", "list"]), (true, true));
    assert_eq!(named(&["task", "list", "--key", "pack"]), (false, false));
    assert_eq!(named(&["instance", "list"]), (true, true));
}
