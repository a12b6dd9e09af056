//! `crewdesk process`, `job`, `incident`, `instance`: what a head operates.

use crate::support::{House, Running};
use serde_json::{Value, json};

const MODEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <message id="paid" name="paid"/>
  <process id="line" name="Line" isExecutable="true" camunda:historyTimeToLive="P1D">
    <startEvent id="start"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="add"/>
    <serviceTask id="add" camunda:asyncBefore="true" camunda:expression="${first + second}" camunda:resultVariable="sum"/>
    <sequenceFlow id="b" sourceRef="add" targetRef="pay"/>
    <receiveTask id="pay" messageRef="paid"/>
    <sequenceFlow id="c" sourceRef="pay" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>
"#;

fn house() -> House {
    let house = House::new();
    let file = house.write("line.bpmn", MODEL);
    house.good("mara", &["deploy", &file]);
    house
}

fn start(house: &House, var: &[&str]) -> String {
    let args = [&["start", "line"], var].concat();
    house.json("mara", &args)["id"].as_str().unwrap().to_owned()
}

fn versions(house: &House) -> Vec<Value> {
    let all = house.json("mara", &["process", "list", "--all"]);
    let mut all = all.as_array().unwrap().clone();
    all.retain(|row| row["key"] == "line");
    all
}

#[test]
fn a_version_is_suspended_looked_at_and_deleted() {
    let house = house();
    let first = start(&house, &[]);
    house.write("line.bpmn", &MODEL.replace("Line", "Production line"));
    house.good("mara", &["deploy", "line.bpmn"]);
    let second = start(&house, &[]);
    for (version, id) in [("1", &first), ("2", &second)] {
        let args = ["instance", "list", "--key", "line", "--version", version];
        let found = house.json("mara", &args);
        assert_eq!(found[0]["id"].as_str(), Some(id.as_str()), "{version}");
        assert_eq!(found.as_array().unwrap().len(), 1);
    }
    let suspend = [
        "process",
        "suspend",
        "line",
        "--version",
        "2",
        "--instances",
    ];
    assert_eq!(house.json("mara", &suspend)["instances"], 1);
    let [new, old] = versions(&house).try_into().unwrap();
    assert_eq!(
        (&new["suspended"], &new["suspendedInstances"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(
        (&old["suspended"], &old["instances"]),
        (&json!(false), &json!(1))
    );
    let newest = house.json("mara", &["process", "list"]);
    let newest = newest.as_array().unwrap();
    let line = newest.iter().find(|row| row["key"] == "line").unwrap();
    assert_eq!(
        (
            &line["version"],
            &line["instances"],
            &line["suspendedInstances"]
        ),
        (&json!(2), &json!(2), &json!(1)),
        "what runs on older versions is counted, too"
    );
    house.refused("mara", &["start", "line"]);
    let delete = ["process", "delete", "line", "--version", "2"];
    assert!(house.refused("mara", &delete).contains("runs on line v2"));
    house.refused("ana", &delete);
    house.good(
        "mara",
        &["instance", "cancel", &second, "--reason", "a mistake"],
    );
    assert!(
        house
            .refused("mara", &delete)
            .contains("their history needs it")
    );
    let gone = house.json("mara", &[&delete[..], &["--history"]].concat());
    assert_eq!(gone["instances"], 1);
    house.refused("mara", &["instance", "show", &second]);
    assert_eq!(versions(&house).len(), 1);
    // The version before it is the newest now.
    let third = start(&house, &[]);
    assert_eq!(
        house.json("mara", &["instance", "show", &third])["processDefinitionVersion"],
        1
    );
    assert!(
        house
            .refused("mara", &delete)
            .contains("there is no line v2")
    );
}

#[test]
fn incidents_are_told_apart_and_tried_again() {
    let house = house();
    let (first, second) = (start(&house, &[]), start(&house, &["--var", "first:=1"]));
    for id in [&first, &second] {
        let jobs = house.json("mara", &["job", "list", "--instance", id]);
        let job = jobs[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(jobs[0]["jobType"], "async-before");
        assert_eq!(jobs[0]["processDefinitionKey"], "line");
        let due = jobs[0]["dueDate"].as_str().unwrap();
        assert!(due.ends_with("+0000"), "{due}");
        for _ in 0..3 {
            house.refused("mara", &["job", "run", &job]);
        }
    }
    let all = house.json("mara", &["incident", "list"]);
    assert_eq!(all.as_array().unwrap().len(), 2);
    assert_eq!(all[0]["activityId"], "add");
    let only = house.json(
        "mara",
        &["incident", "list", "--cause", "IDENTIFIER 'SECOND'"],
    );
    assert_eq!(only.as_array().unwrap().len(), 1, "{all}");
    assert_eq!(only[0]["processInstanceId"].as_str(), Some(second.as_str()));
    house.refused("mara", &["incident", "retry"]);
    house.refused("ana", &["incident", "retry", "--key", "line"]);
    house.good("mara", &["instance", "set", &second, "second:=2"]);
    let again = house.json(
        "mara",
        &["incident", "retry", "--cause", "identifier 'second'"],
    );
    assert_eq!(again, json!({ "retried": 1, "resolved": 0 }));
    house.work();
    let shown = house.json("mara", &["instance", "show", &second]);
    assert_eq!(shown["variables"]["sum"]["value"], 3);
    let left = house.json(
        "mara",
        &["incident", "list", "--key", "line", "--activity", "add"],
    );
    assert_eq!(left[0]["processInstanceId"].as_str(), Some(first.as_str()));
    let id = left[0]["id"].as_str().unwrap();
    let end = &id[id.len() - 8..];
    assert_eq!(
        house.json("mara", &["incident", "retry", end])["retried"],
        1
    );
    assert_eq!(
        house.json("mara", &["incident", "retry", id])["resolved"],
        1
    );
    for gone in [end, "nonsense"] {
        let said = house.refused("mara", &["incident", "retry", gone]);
        assert!(said.contains("no open incident has the id"), "{said}");
    }
}

#[test]
fn what_fails_in_a_called_instance_is_told_of_its_caller() {
    let house = house();
    let caller = MODEL
        .replace(r#"id="line""#, r#"id="caller""#)
        .replace(
            r#"<receiveTask id="pay" messageRef="paid"/>"#,
            r#"<callActivity id="pay" calledElement="line"/>"#,
        )
        .replace("${first + second}", "${1}");
    let file = house.write("caller.bpmn", &caller);
    house.good("mara", &["deploy", &file]);
    house.good("mara", &["start", "caller"]);
    house.work();
    let jobs = house.json("mara", &["job", "list"]);
    let job = jobs[0]["id"].as_str().unwrap();
    for _ in 0..3 {
        house.refused("mara", &["job", "run", job]);
    }
    let all = house.json("mara", &["incident", "list"]);
    let of = |activity: &str| {
        let all = all.as_array().unwrap();
        let found = all
            .iter()
            .find(|incident| incident["activityId"] == activity);
        found.unwrap().clone()
    };
    let (root, caller) = (of("add"), of("pay"));
    assert_eq!(caller["rootCauseIncidentId"], root["id"]);
    assert_eq!(caller["causeIncidentId"], root["id"]);
    assert_eq!(caller["incidentMessage"], root["incidentMessage"]);
    assert!(root["incidentMessage"].as_str().unwrap().contains("first"));
}

#[test]
fn what_an_instance_waits_for_is_told_and_a_job_is_moved() {
    let house = house();
    let id = start(&house, &["--var", "first:=1", "--var", "second:=2"]);
    let jobs = house.json("mara", &["job", "list", "--instance", &id]);
    let job = jobs[0]["id"].as_str().unwrap();
    house.good(
        "mara",
        &["job", "due", &job[job.len() - 8..], "2099-01-01 10:00"],
    );
    house.work();
    assert_eq!(house.json("mara", &["instance", "waits", &id]), json!([]));
    house.good("mara", &["job", "due", job, "2999-12-31 00:00"]);
    let listed = house.good("mara", &["job", "list", "--instance", &id]).out;
    assert!(listed.contains("  never  "), "{listed}");
    house.refused("mara", &["job", "due", job, "whenever"]);
    house.refused("ana", &["job", "due", job]);
    house.good("mara", &["job", "due", job]);
    house.work();
    let waits = house.json("mara", &["instance", "waits", &id]);
    assert_eq!(
        (&waits[0]["kind"], &waits[0]["name"]),
        (&json!("message"), &json!("paid"))
    );
    assert_eq!(waits[0]["activityId"], "pay");
    house.refused("ana", &["instance", "waits", &id]);
    house.good("mara", &["message", "send", "paid", "--instance", &id]);
    assert_eq!(
        house.json("mara", &["instance", "show", &id])["state"],
        "COMPLETED"
    );
}

#[test]
fn a_worker_that_ends_says_what_failed() {
    let house = house();
    let id = start(&house, &["--var", "first:=1"]);
    let run = ["worker", "run", "--until-idle"];
    let ran = house.run("mara", &run);
    assert!(ran.refusal().contains("1 step failed"), "{ran:?}");
    let told = ran.out.contains("failed: add in line (") && ran.out.contains("second");
    assert!(told, "{ran:?}");
    // What stood still before is nobody's fault now.
    house.good("mara", &run);
    start(&house, &["--var", "first:=1"]);
    let worked = house.work();
    assert_eq!(worked["incidents"].as_array().map(Vec::len), Some(1));
    assert_ne!(worked["incidents"][0]["processInstanceId"], json!(id));
}

#[test]
fn what_a_head_does_by_hand_is_in_the_history() {
    let house = house();
    let id = start(&house, &["--var", "first:=1"]);
    house.work();
    house.good("mara", &["instance", "set", &id, "second:=2", "third:=3"]);
    house.good("mara", &["instance", "unset", &id, "third"]);
    house.good("mara", &["instance", "retry", &id]);
    house.work();
    house.good("mara", &["message", "send", "paid", "--instance", &id]);
    let history = house.good("mara", &["instance", "history", &id]).out;
    let mut at = 0;
    for told in [
        "mara set the variable second",
        "mara set the variable third",
        "mara removed the variable third",
        "mara had add tried again",
        "mara sent the message paid",
    ] {
        let found = history[at..].find(told);
        at += found.unwrap_or_else(|| panic!("{told}: {history}"));
    }
}

#[test]
fn usage_names_what_was_not_said_and_not_what_the_environment_says() {
    let house = House::new();
    let mut command = house.command("", &["lint"]);
    command.env("CREWDESK_USER", "mara");
    let told = Running::start(command, "").end().refusal();
    assert!(told.contains("Usage: crewdesk lint <FILE>..."), "{told}");
    assert!(!told.contains("--db") && !told.contains("--user"), "{told}");
}

#[test]
fn models_of_a_folder_and_decisions_by_their_keys_are_looked_at() {
    let house = house();
    std::fs::create_dir(house.path("models")).unwrap();
    let told = house.refused("mara", &["lint", "models"]);
    assert!(told.contains("this folder has no model"), "{told}");
    house.write("models/line.bpmn", MODEL);
    house.write("models/notes.txt", "nothing");
    let dmn = include_str!("../../docs/examples/orders-check.dmn");
    house.write("models/orders-check.dmn", dmn);
    let ran = house.good("mara", &["lint", "models"]);
    assert!(!ran.out.contains("notes.txt"), "{ran:?}");
    let asks = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <process id="ask" isExecutable="true" camunda:historyTimeToLive="P1D"><startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="u"/>
        <userTask id="u" camunda:assignee="zoe" dueDate="P1D"/><sequenceFlow id="b" sourceRef="u" targetRef="e"/><endEvent id="e"/></process></definitions>"#;
    house.write("ask.bpmn", asks);
    let linted = house.good("", &["lint", "ask.bpmn"]);
    let deployed = house.good("mara", &["deploy", "ask.bpmn"]);
    for told in [
        "u: nobody on this desk is called zoe",
        "u: dueDate has no effect without its prefix: write camunda:dueDate",
    ] {
        assert!(linted.out.contains(told), "{told}: {linted:?}");
        assert!(deployed.err.contains(told), "{told}: {deployed:?}");
    }
    house.good("mara", &["decision", "check", "models"]);
    let told = house.refused("mara", &["decision", "check", "orders-chekc"]);
    assert!(
        told.contains("orders-chekc") && !told.contains("os error"),
        "{told}"
    );
    house.good("mara", &["deploy", "models"]);
    let found = house.json("mara", &["decision", "check", "orders-check"]);
    assert_eq!(found["files"][0]["name"], "models/orders-check.dmn");
    let told = house.refused("mara", &["decision", "check", "none.dmn"]);
    assert!(told.contains("there is no such file"), "{told}");
}

#[test]
fn lint_tells_of_all_files_at_once() {
    let house = House::new();
    let rule = MODEL.replace("serviceTask", "businessRuleTask").replace(
        "camunda:expression=\"${first + second}\" camunda:resultVariable=\"sum\"",
        "camunda:decisionRef=\"rate\"",
    );
    house.write("rule.bpmn", &rule);
    house.write(
        "java.bpmn",
        &MODEL.replace(
            "camunda:expression=\"${first + second}\" camunda:resultVariable=\"sum\"",
            "camunda:class=\"org.example.Add\"",
        ),
    );
    let ran = house.run("mara", &["--json", "lint", "rule.bpmn", "java.bpmn"]);
    assert!(!ran.ok());
    let told = |ran: &crate::support::Ran| -> Vec<String> {
        let all = ran.json();
        let all = all.as_array().unwrap().iter();
        all.map(|one| {
            format!(
                "{} {} {} {}",
                one["severity"], one["file"], one["elementId"], one["line"]
            )
        })
        .collect()
    };
    let found = told(&ran);
    assert!(
        found.contains(&r#""warning" "rule.bpmn" "add" 7"#.to_owned()),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|one| one.starts_with(r#""error" "java.bpmn" "add""#)),
        "{found:?}"
    );
    let ran = house.run(
        "mara",
        &["--json", "lint", "java.bpmn", "--delegates-as-topics"],
    );
    assert!(ran.ok());
    // A decision whose file has an error is not missing.
    let asks = MODEL.replace(
        r#"camunda:expression="${first + second}" camunda:resultVariable="sum"/>"#,
        r#"camunda:expression="${1}"/><sequenceFlow id="d" sourceRef="add" targetRef="rate"/><businessRuleTask id="rate" camunda:decisionRef="rate-it"/>"#,
    );
    house.write("asks.bpmn", &asks);
    house.write(
        "rate.dmn",
        r#"<definitions><decision id="rate-it"></definitions>"#,
    );
    let ran = house.run("mara", &["lint", "asks.bpmn", "rate.dmn"]);
    let said = "the decision rate-it is in rate.dmn, which has an error: correct that first";
    assert!(ran.out.contains(said), "{ran:?}");
}

#[test]
fn a_call_of_what_is_not_deployed_names_its_activity_and_place() {
    let house = House::new();
    let model = MODEL.replace(
        "<receiveTask id=\"pay\" messageRef=\"paid\"/>",
        "<callActivity id=\"pay\" calledElement=\"gone\"/>",
    );
    let model = model.replace(" camunda:asyncBefore=\"true\"", "");
    let file = house.write("line.bpmn", &model);
    house.good("mara", &["deploy", &file]);
    let refused = house.refused(
        "mara",
        &["start", "line", "--var", "first:=1", "--var", "second:=2"],
    );
    let place = "line.bpmn:9:5: pay: the process 'gone' (latest version) is not deployed";
    assert!(refused.contains(place), "{refused}");
}

#[test]
fn instances_move_to_the_newest_version_and_what_can_not_says_why() {
    let house = house();
    let (waiting, before) = (
        start(&house, &["--var", "first:=1", "--var", "second:=2"]),
        start(&house, &[]),
    );
    house.work();
    let newer = MODEL.replace("\"pay\"", "\"collect\"");
    house.write("line.bpmn", &newer);
    house.good("mara", &["deploy", "line.bpmn"]);
    let all = ["instance", "migrate", "--key", "line", "--version", "1"];
    let said = house.refused("mara", &[&all[..], &["--dry-run"]].concat());
    assert!(said.contains("can not move as they are"), "{said}");
    let told = house.run("mara", &[&all[..], &["--dry-run"]].concat()).out;
    assert!(
        told.contains("pay: the other version has no activity of this id")
            && !told.contains("ENGINE-"),
        "{told}"
    );
    let mapped = [&all[..], &["--map", "pay=collect"]].concat();
    let told = house.json("mara", &[&mapped[..], &["--dry-run"]].concat());
    assert_eq!(told.as_array().unwrap().len(), 2);
    assert!(
        told[0]["problem"].is_null() && told[1]["problem"].is_null(),
        "{told}"
    );
    assert_eq!(versions(&house)[1]["instances"], 2, "nothing has moved");
    house.good("mara", &mapped);
    assert_eq!(versions(&house)[0]["instances"], 2);
    let shown = house.json("mara", &["instance", "show", &waiting]);
    assert_eq!(shown["activeActivityIds"], json!(["collect"]));
    let history = house.good("mara", &["instance", "history", &before]).out;
    assert!(history.contains("mara moved it from v1 to v2"), "{history}");
    house.good("mara", &["message", "send", "paid", "--instance", &waiting]);
    house.refused("ana", &mapped);
    assert!(
        house
            .refused("mara", &["instance", "migrate", &before])
            .contains("1 of 1")
    );
}

#[test]
fn a_condition_that_was_null_is_told_beside_the_answer() {
    let house = House::bare();
    let text = "if x > 3 then \"much\" else \"little\"";
    let ran = house.good("", &["feel", text, "--var", "x=abc"]);
    assert_eq!(ran.out.trim(), "little");
    assert!(
        ran.err
            .contains("warning: because the condition of `if` is null"),
        "{ran:?}"
    );
    let ran = house.good("", &["feel", text, "--var", "x:=4"]);
    assert_eq!((ran.out.trim(), ran.err.as_str()), ("much", ""));
}

#[test]
fn histories_are_kept_until_a_head_lets_them_go() {
    let house = house();
    let on = house.json("mara", &["process", "cleanup", "on"]);
    assert_eq!(on, json!({"on": true}));
    assert_eq!(
        house.json("mara", &["process", "cleanup", "now"]),
        json!({"instances": 0})
    );
    house.refused("ana", &["process", "cleanup", "off"]);
    assert_eq!(house.json("mara", &["batch", "list"]), json!([]));
    assert!(
        house
            .refused("mara", &["batch", "show", "none"])
            .contains("there is no batch none")
    );
}

#[test]
fn jobs_and_their_definitions_are_suspended_and_get_priorities() {
    let house = house();
    start(&house, &["--var", "first:=1", "--var", "second:=2"]);
    let job = || house.json("mara", &["job", "list"])[0].clone();
    let id = job()["id"].as_str().unwrap().to_owned();
    house.good("mara", &["job", "suspend", &id]);
    house.good("mara", &["job", "priority", &id, "--to", "-5"]);
    assert_eq!(
        (&job()["suspended"], &job()["priority"]),
        (&json!(true), &json!(-5))
    );
    let list = house.good("mara", &["job", "list"]).out;
    assert!(list.contains("suspended") && list.contains("-5"), "{list}");
    // Also where very many are due before it.
    let store = rusqlite::Connection::open(house.path("desk/desk.db")).unwrap();
    let all = format!(
        "BEGIN; CREATE TEMP TABLE one AS SELECT * FROM job WHERE id = '{id}';
         UPDATE one SET due = 0, ready = NULL, retries = 0;
         CREATE TEMP TABLE many AS WITH RECURSIVE n(i) AS
             (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
             SELECT n.i, one.* FROM n, one;
         UPDATE many SET id = 'early' || i; ALTER TABLE many DROP COLUMN i;
         INSERT INTO job SELECT * FROM many; COMMIT"
    );
    store.execute_batch(&all).unwrap();
    house.good("mara", &["job", "suspend", &id]);
    let few = "DELETE FROM job WHERE id LIKE 'early%'";
    store.execute_batch(few).unwrap();
    assert_eq!(house.work()["jobs"], 0);

    let definition = house.json("mara", &["job", "definitions", "--key", "line"])[0].clone();
    assert_eq!(
        (
            &definition["activityId"],
            &definition["jobType"],
            &definition["suspended"]
        ),
        (&json!("add"), &json!("async-continuation"), &json!(false))
    );
    let of = definition["id"].as_str().unwrap();
    house.good("mara", &["job", "suspend", "--definition", of]);
    house.good(
        "mara",
        &["job", "priority", "--definition", of, "--to", "9", "--jobs"],
    );
    let list = house.good("mara", &["job", "definitions"]).out;
    assert!(list.contains("suspended") && list.contains(" 9 "), "{list}");
    house.good("mara", &["job", "activate", &id]);
    assert_eq!(
        (&job()["suspended"], &job()["priority"]),
        (&json!(false), &json!(9))
    );
    start(&house, &["--var", "first:=1", "--var", "second:=2"]);
    assert_eq!(house.work()["jobs"], 1, "the new one is suspended");
    house.good("mara", &["job", "activate", "--definition", of, "--jobs"]);
    house.good("mara", &["job", "priority", "--definition", of]);
    assert_eq!(house.work()["jobs"], 1);
    let definition = house.json("mara", &["job", "definitions"])[0].clone();
    assert_eq!(definition["overridingJobPriority"], Value::Null);

    for (args, said) in [
        (&["job", "suspend", "0"][..], "there is no job 0"),
        (&["job", "suspend"], "required"),
        (&["job", "priority", "--definition", of, "--jobs"], "--to"),
    ] {
        let refused = house.run("mara", args);
        assert!(!refused.ok() && refused.err.contains(said), "{refused:?}");
    }
}

#[test]
fn an_instance_is_named_by_its_business_key_too() {
    let house = house();
    let vars = ["--var", "first:=1", "--var", "second:=2"];
    let begin = |key: &str| {
        let args = [
            &["start", "line", "--business-key", key, "--again"][..],
            &vars,
        ]
        .concat();
        house.json("mara", &args)["id"].as_str().unwrap().to_owned()
    };
    let (one, _) = (begin("orders/1"), begin("orders/2"));
    let shown = |key: &str| house.json("mara", &["instance", "show", key]);
    assert_eq!(shown("orders/1")["id"], json!(one));
    house.good("mara", &["worker", "run", "--until-idle"]);
    let several = house.refused("mara", &["message", "send", "paid"]);
    assert!(
        several.contains("2 executions match the correlation keys. Should be one or zero. Name one by --business-key"),
        "{several}"
    );
    house.good(
        "mara",
        &["message", "send", "paid", "--instance", "orders/1"],
    );
    assert_eq!(shown("orders/1")["state"], "COMPLETED");
    // The one that runs comes before those that have ended.
    let again = begin("orders/1");
    assert_eq!(shown("orders/1")["id"], json!(again));
    begin("orders/1");
    let several = house.refused("mara", &["instance", "show", "orders/1"]);
    assert!(
        several.contains("2 instances have the business key orders/1"),
        "{several}"
    );
    // A key that is the end of another's id means neither of them, and that alone means its own.
    let end = &one[one.len() - 4..];
    let keyed = begin(end);
    let both = house.refused("mara", &["instance", "cancel", end, "--reason", "which?"]);
    assert!(
        both.contains(&format!("{end} is the business key of {keyed}")),
        "{both}"
    );
    let own = begin(&"z".repeat(40));
    assert_eq!(shown(&"z".repeat(40))["id"], json!(own));
    let none = house.refused("mara", &["instance", "show", "orders/9"]);
    assert!(
        none.contains("there is no process instance orders/9"),
        "{none}"
    );
}
