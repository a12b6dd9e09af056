//! Hostile and careless arguments: a message and a non-zero exit, never a panic.

use crate::support::House;

#[test]
fn what_does_not_exist_is_told_so() {
    let house = House::new();
    let long = "x".repeat(10_000);
    for id in [
        "nope",
        "",
        "'; DROP TABLE task; --",
        "%",
        "../..",
        "ä\u{1b}[2J",
        &long,
    ] {
        for args in [
            &["task", "show", id][..],
            &["task", "claim", id],
            &["task", "unclaim", id],
            &["task", "assign", id, "ana"],
            &["task", "complete", id],
            &["task", "preview", id],
            &["task", "due", id, "in 2h"],
            &["instance", "show", id],
            &["instance", "history", id],
            &["instance", "diagram", id],
            &["instance", "cancel", id, "--reason", "r"],
            &["instance", "stop", id],
            &["instance", "retry", id],
            &["start", id],
        ] {
            house.refused("mara", args);
        }
    }
    house.good("mara", &["doctor"]);
}

#[test]
fn wrong_values_are_told_with_their_field() {
    let house = House::new();
    for (args, says) in [
        (&["--assignee", "zoe"][..], "assignee"),
        (&["--candidate-user", "zoe"], "candidateUsers"),
        (&["--candidate-group", "nobodies"], "candidateGroups"),
        (&["--due", "some day"], "some day"),
        (&["--priority", "101"], "priority"),
        (&["--priority", "many"], "--priority"),
        (&["--var", "noequals"], "NAME=TEXT"),
        (&["--var", "=x"], "NAME=TEXT"),
        (&["--var", "a:={"], "not JSON"),
        (&["--var", "priority=high"], "priority"),
        (&["--var", "dueDate=17.01.2026"], "dueDate"),
        (&["--var", "title="], "title"),
        (&["--unknown"], "--unknown"),
    ] {
        let mut all = vec!["start", "database-insertion"];
        all.extend(args);
        let told = house.refused("mara", &all);
        assert!(told.contains(says), "{args:?}: {told}");
    }
    let list = house.json("mara", &["instance", "list"]);
    assert_eq!(list, serde_json::json!([]), "nothing was started");
}

#[test]
fn a_form_refuses_what_is_not_right_and_stays() {
    let house = House::new();
    let (instance, task) = house.launch("orders/1", "ana");
    let good = format!("dataFrame={}", house.arg("good.csv"));
    std::fs::create_dir(house.path("none")).unwrap();
    let folder = format!("dataFrame={}", house.arg("none"));
    let (table, connection) = ("tableName=orders", "connection=warehouse");
    for (vars, says) in [
        (&[][..], "tableName"),
        (&[table][..], "dataFrame"),
        (
            &[table, connection, "dataFrame=/nowhere.csv"],
            "no such file",
        ),
        (&[table, connection, &folder], "folder"),
        (&["tabelName=orders", connection, &good], "tableName"),
        (&[table, connection, &good, "mode=sideways"], "mode"),
        (&[table, connection, &good, "mode:=7"], "mode"),
        (&[connection, &good, "tableName:=[1]"], "tableName"),
    ] {
        let mut args = vec!["task", "complete", &task];
        vars.iter().for_each(|var| args.extend(["--var", var]));
        let told = house.refused("ana", &args);
        assert!(told.contains(says), "{vars:?}: {told}");
    }
    let told = house.refused("ben", &["task", "complete", &task]);
    assert!(!told.is_empty());
    assert_eq!(house.task(&instance), Some(task));
}

#[test]
fn an_unknown_connection_or_table_comes_back_with_the_reason() {
    let house = House::new();
    let (instance, task) = house.launch("orders/1", "ana");
    let good = format!("dataFrame={}", house.arg("good.csv"));
    for (connection, table, says) in [
        ("connection=nowhere", "tableName=orders", "nowhere"),
        ("connection=warehouse", "tableName=nothing", "nothing"),
        (
            "connection=warehouse",
            "tableName=orders; DROP TABLE orders",
            "no such table",
        ),
    ] {
        let task = house.task(&instance).unwrap_or_else(|| task.clone());
        let args = [
            "task", "complete", &task, "--var", connection, "--var", table, "--var", &good,
        ];
        let ran = house.run("ana", &args);
        if ran.ok() {
            house.work();
            let back = house.task(&instance).expect("came back");
            let back = house.json("ana", &["task", "show", &back]);
            let reason = back["reason"].as_str().unwrap_or_default();
            assert!(reason.contains(says), "{reason}");
        } else {
            assert!(ran.refusal().contains(says), "{ran:?}");
        }
    }
    assert_eq!(house.rows("orders"), 0);
}

#[test]
fn arguments_that_make_no_sense_say_what_would() {
    let house = House::bare();
    for args in [
        &["nonsense"][..],
        &["task"],
        &["task", "claim"],
        &["user", "add", "x", "--role", "boss"],
        &["completions", "klingon"],
        &["insert", "a"],
        &["worker", "walk"],
        &["bench", "engine", "--instances", "-1"],
        &["--db"],
    ] {
        let ran = house.run("", args);
        assert_eq!(ran.status.code(), Some(2), "{args:?}: {ran:?}");
        assert!(
            ran.err.contains("--help") || ran.err.contains("Usage"),
            "{ran:?}"
        );
    }
    for name in ["", "a b", "x\u{1b}[31m", "../x", "a,b", &"n".repeat(300)] {
        house.refused("", &["user", "add", name, "--role", "head"]);
    }
}

#[test]
fn what_is_done_where_the_desk_is_offers_no_server() {
    let house = House::new();
    for args in [&["serve"][..], &["worker", "run"]] {
        let told = house.good("mara", &[args, &["--help"]].concat()).out;
        assert!(!told.contains("--server"), "{told}");
        assert!(told.contains("--db"), "{told}");
        let told = house.refused(
            "mara",
            &[args, &["--server", "http://nowhere.test"]].concat(),
        );
        assert!(told.contains("leave out --server"), "{told}");
    }
    let told = house.good("mara", &["task", "list", "--help"]).out;
    assert!(told.contains("--server"), "{told}");
}

#[test]
fn whoever_asks_for_json_gets_it_also_of_what_is_refused() {
    let house = House::new();
    for args in [
        &["--json", "task", "show", "nope"][..],
        &["start", "nope", "--json"],
        &["--json", "connection", "test", "nope"],
        &["--json", "insert", "nope.csv", "warehouse", "orders"],
        &["--json", "lint", "nope.bpmn"],
        &["--json", "start"],
        &[
            "--json",
            "--db",
            "x.db",
            "--server",
            "http://localhost:1",
            "user",
            "list",
        ],
    ] {
        let ran = house.run("mara", args);
        assert!(!ran.ok(), "{args:?}");
        let answer: serde_json::Value =
            serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{args:?}: {e}: {ran:?}"));
        let told = answer["error"].as_str().unwrap_or_default();
        assert!(
            !told.is_empty() && ran.err.contains(told.lines().next().unwrap()),
            "{args:?}: {ran:?}"
        );
    }
    // What is answered and refused is one document all the same.
    house.write("wrong.bpmn", "<no");
    let ran = house.run("mara", &["--json", "lint", "wrong.bpmn"]);
    let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert!(!ran.ok() && answer[0]["severity"] == "error", "{ran:?}");
    assert_eq!(house.run("mara", &["task", "show", "nope"]).out, "");
}
