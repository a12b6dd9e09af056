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

/// A process with a form for browsers and for somebody who is not here, and a table whose rules
/// overlap.
const DOUBTFUL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="doubtful" isExecutable="true" camunda:historyTimeToLive="P1D">
    <startEvent id="start"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="do"/>
    <userTask id="do" camunda:formKey="embedded:app:old.html" camunda:assignee="zoe"/>
    <sequenceFlow id="b" sourceRef="do" targetRef="call"/>
    <callActivity id="call" calledElement="elsewhere"/>
    <sequenceFlow id="c" sourceRef="call" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>
"#;
const OVERLAP: &str = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:camunda="http://camunda.org/schema/1.0/dmn" id="d" name="d" namespace="n">
  <decision id="size" name="Size" camunda:historyTimeToLive="P30D">
    <decisionTable hitPolicy="UNIQUE">
      <input><inputExpression typeRef="integer"><text>rows</text></inputExpression></input>
      <output name="size" typeRef="string"/>
      <rule><inputEntry><text/></inputEntry><outputEntry><text>"small"</text></outputEntry></rule>
      <rule><inputEntry><text>&gt; 1</text></inputEntry><outputEntry><text>"large"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>
"#;

#[test]
fn a_deployment_tells_once_what_lint_would_warn_of() {
    let house = House::new();
    let process = house.write("doubtful.bpmn", DOUBTFUL);
    let table = house.write("size.dmn", OVERLAP);
    let ran = house.good("mara", &["deploy", &process, &table]);
    assert!(ran.out.contains("doubtful"), "{ran:?}");
    let doubts = [
        "only a browser shows the form embedded:app:old.html",
        "nobody on this desk is called zoe",
        "the process elsewhere is not deployed",
        "rules 1 and 2 both match",
    ];
    for told in doubts {
        assert_eq!(ran.err.matches(told).count(), 1, "{told}: {ran:?}");
    }
    let answer = house.json("mara", &["deploy", &process, &table]);
    assert_eq!(answer["warnings"].as_array().unwrap().len(), doubts.len());
    // The exit code and the other fields are those of a deployment.
    assert_eq!(answer["deployedProcessDefinitions"], json!([]));
}

#[test]
fn of_many_warnings_the_first_are_told() {
    let house = House::new();
    let tasks: String = (0..13)
        .map(|n| format!("<userTask id=\"t{n}\" camunda:assignee=\"zoe\"/>"))
        .collect();
    let tasks = tasks + "<startEvent id=\"start\"/>";
    let model = GOOD.replace("<startEvent id=\"start\"/>", &tasks);
    let file = house.write("many.bpmn", &model);
    let answer = house.json("mara", &["deploy", &file]);
    let all = answer["warnings"].as_array().unwrap().len();
    let ran = house.good("mara", &["deploy", &file]);
    assert_eq!(ran.err.matches("warning: ").count(), 10, "{ran:?}");
    let rest = format!("… {} more warnings: crewdesk lint", all - 10);
    assert!(all > 11 && ran.err.contains(&rest), "{ran:?}");
}

#[test]
fn scripts_and_forms_that_a_process_names_come_along() {
    let house = House::new();
    std::fs::create_dir_all(house.path("models/lib")).unwrap();
    let script = r#"<scriptTask id="do" scriptFormat="javascript" camunda:resource="deployment://lib/sum.js" camunda:resultVariable="sum"/>
    <sequenceFlow id="c" sourceRef="do" targetRef="wait"/>
    <scriptTask id="wait" scriptFormat="feel" camunda:resource="deployment://twice.feel" camunda:resultVariable="twice"/>"#;
    let model = GOOD
        .replace("<userTask id=\"do\" name=\"Do it\"/>", script)
        .replace(
            "sourceRef=\"do\" targetRef=\"end\"",
            "sourceRef=\"wait\" targetRef=\"end\"",
        );
    house.write("models/sum.bpmn", &model);
    house.write("models/lib/sum.js", "1 + 2");
    house.write("models/twice.feel", "sum * 2");
    for (user, args) in [("", ["lint", "models"]), ("mara", ["deploy", "models"])] {
        house.good(user, &args);
    }
    let started = house.json("mara", &["start", "plain"]);
    let id = started["id"].as_str().unwrap();
    let shown = house.json("mara", &["instance", "show", id]);
    assert_eq!(shown["variables"]["twice"]["value"], 6, "{shown}");
    house.write("models/lib/sum.js", "1 + 3");
    let again = house.good("mara", &["deploy", "models/sum.bpmn"]);
    let told = "models/lib/sum.js comes along: it lies beside what names it";
    assert!(again.err.contains(told), "{again:?}");
    let words: Vec<&str> = again.out.split_whitespace().collect();
    let row = |row: [&str; 3]| words.windows(3).any(|words| words == row);
    assert!(row(["process", "plain", "2"]), "{again:?}");
    assert!(
        words.ends_with(&["script", "models/lib/sum.js"]),
        "{again:?}"
    );
}
