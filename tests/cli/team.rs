//! Setting up: users, groups, connections, doctor, completions.

use crate::support::{House, Running};
use serde_json::json;

#[test]
fn the_first_user_is_a_head_and_needs_no_name() {
    let house = House::bare();
    let told = house.refused("", &["user", "add", "ana", "--role", "employee"]);
    assert!(told.contains("head"), "{told}");
    let told = house.refused("", &["task", "list"]);
    assert!(told.contains("user add"), "{told}");
    let mara = house.json("", &["user", "add", "mara", "--role", "head"]);
    let whole = json!({ "id": "mara", "role": "head", "groups": [], "hasPassword": false });
    assert_eq!(mara, whole);
    // The only one there is needs not be named either.
    house.good("", &["task", "list"]);
    house.good(
        "",
        &[
            "user", "add", "ana", "--role", "employee", "--group", "b", "--group", "a",
        ],
    );
    let told = house.refused("", &["task", "list"]);
    assert!(
        told.contains("--user") && told.contains("ana, mara"),
        "{told}"
    );
    let told = house.refused("zoe", &["task", "list"]);
    assert!(told.contains("zoe") && told.contains("ana, mara"), "{told}");

    let users = house.json("ana", &["user", "list"]);
    assert_eq!(users[0]["id"], "ana");
    assert_eq!(users[0]["groups"], json!(["a", "b"]));
    let text = house.good("ana", &["user", "list"]).out;
    assert!(
        text.starts_with("NAME") && text.contains("team head"),
        "{text}"
    );
}

#[test]
fn an_employee_manages_neither_people_nor_connections() {
    let house = House::new();
    let url = house.url();
    for args in [
        &["user", "add", "zed", "--role", "employee"][..],
        &["user", "passwd", "mara", "--password-stdin"],
        &["connection", "add", "own", &url],
        &["connection", "remove", "warehouse"],
        &["start", "database-insertion"],
    ] {
        let told = house.refused("ana", args);
        assert!(told.contains("team head"), "{args:?}: {told}");
    }
}

#[test]
fn a_password_is_asked_for_from_then_on() {
    let house = House::new();
    let set = ["--json", "user", "passwd", "--password-stdin"];
    let ran = house.run_with("ana", &set, "one two three\n");
    assert_eq!(ran.json(), json!({ "id": "ana", "hasPassword": true }));
    let short = house.run_with("mara", &["user", "passwd", "--password-stdin"], "short\n");
    assert!(short.refusal().contains("8 characters"), "{short:?}");
    let told = house.refused("ana", &["task", "list"]);
    assert!(told.contains("CREWDESK_PASSWORD"), "{told}");
    for (password, fits) in [("one two three", true), ("one two", false), ("", false)] {
        let mut command = house.command("ana", &["task", "list"]);
        command.env("CREWDESK_PASSWORD", password);
        assert_eq!(Running::start(command, "").end().ok(), fits, "{password}");
    }
    let clear = ["user", "passwd", "ana", "--password-stdin"];
    assert!(house.run_with("mara", &clear, "\n").ok());
    house.good("ana", &["task", "list"]);
}

#[test]
fn connections_are_added_tested_and_removed() {
    let house = House::new();
    let list = house.json("mara", &["connection", "list"]);
    assert_eq!(list[0]["name"], "warehouse");
    assert_eq!(list[0]["url"], house.url());
    assert_eq!(list[0]["hasPassword"], false);
    let test = house.json("mara", &["connection", "test", "warehouse"]);
    assert_eq!(
        (&test["ok"], &test["tables"]),
        (&json!(true), &json!(["orders"]))
    );

    house.good(
        "mara",
        &["connection", "add", "gone", "sqlite:/nowhere/at/all.db"],
    );
    let told = house.refused("mara", &["connection", "test", "gone"]);
    assert!(told.contains("no such database"), "{told}");
    let removed = house.json("mara", &["connection", "remove", "gone"]);
    assert_eq!(removed, json!({ "name": "gone", "removed": true }));
    for args in [
        ["connection", "remove", "gone"],
        ["connection", "test", "gone"],
    ] {
        let told = house.refused("mara", &args);
        assert!(told.contains("no connection gone"), "{told}");
    }
    for url in ["nonsense", "sqlite:", "oracle:x", "ftp://a@b/c"] {
        let told = house.refused("mara", &["connection", "add", "bad", url]);
        assert!(told.contains("sqlite:PATH"), "{url}: {told}");
        assert_eq!(told.matches("connection:").count(), 1, "{told}");
    }
}

#[test]
fn a_connection_says_whose_password_it_uses() {
    let house = House::new();
    let url = "postgres://127.0.0.1:1/sales";
    let add = ["connection", "add", "far", url, "--credentials", "personal"];
    let told = house.good("mara", &add).out;
    assert!(told.contains("crewdesk connection login far"), "{told}");
    let shown = house.json("ana", &["connection", "show", "far"]);
    assert_eq!(shown["credentials"], "personal");
    let told = house.good("ana", &["connection", "list"]).out;
    assert!(told.contains("personal, you have none"), "{told}");
    let told = house.refused("ana", &["connection", "test", "far"]);
    assert!(told.contains("in the terminal L asks for it"), "{told}");
    let rotate = ["connection", "rotate", "far", "--password-stdin"];
    let told = house.run_with("mara", &rotate, "new\n").refusal();
    assert!(told.contains("takes everybody's own login"), "{told}");
    let told = house.refused("ana", &["connection", "credentials", "far", "shared"]);
    assert!(told.contains("team head"), "{told}");
    house.good("mara", &["doctor"]);

    house.good("mara", &["connection", "credentials", "far", "asked"]);
    let file = house.arg("good.csv");
    let told = house.refused("ana", &["insert", &file, "far", "orders"]);
    assert!(told.contains("asks for it each time"), "{told}");
    let login = [
        "insert",
        &file,
        "far",
        "orders",
        "--user-name",
        "ana",
        "--password-stdin",
    ];
    let told = house.run_with("ana", &login, "hush\n").refusal();
    assert!(told.contains("can not be reached"), "{told}");
    // It is tried with what is typed for this once.
    let test = ["connection", "test", "far", "--user-name", "ana"];
    let told = house.refused("ana", &test[..3]);
    assert!(told.contains("asks for it each time"), "{told}");
    let told = house.refused("ana", &test);
    assert!(told.contains("--password-stdin"), "{told}");
    let test = [&test[..], &["--password-stdin"]].concat();
    let told = house.run_with("ana", &test, "hush\n").refusal();
    assert!(
        told.contains("postgres://ana@127.0.0.1:1/sales: can not be reached"),
        "{told}"
    );
    let told = house.refused("mara", &["connection", "credentials", "warehouse", "asked"]);
    assert!(told.contains("an SQLite file asks nobody"), "{told}");
}

#[test]
fn the_doctor_says_what_is_wrong() {
    let house = House::bare();
    let told = house.refused("", &["doctor"]);
    assert!(told.contains("wrong"), "{told}");
    assert!(
        !house.path("desk/desk.db").exists(),
        "looking makes no desk"
    );
    let house = House::new();
    let findings = house.json("mara", &["doctor"]);
    let findings = findings.as_array().unwrap();
    assert!(findings.iter().all(|found| found["ok"] == true));
    let checks: Vec<_> = findings
        .iter()
        .map(|f| f["check"].as_str().unwrap())
        .collect();
    for check in [
        "database",
        "integrity",
        "key",
        "users",
        "workers",
        "connection",
    ] {
        assert!(checks.contains(&check), "{check} of {checks:?}");
    }
    let (_, task) = house.launch("orders/1", "ana");
    assert!(house.send("ana", &task, "good.csv").ok());
    let ran = house.run("mara", &["doctor"]);
    assert!(
        !ran.ok() && ran.out.contains("crewdesk worker run"),
        "{ran:?}"
    );
    // A desk that does not open is a finding, too.
    std::fs::write(house.path("desk/desk.db.key"), "short").unwrap();
    let ran = house.run("mara", &["doctor"]);
    assert!(
        !ran.ok() && ran.out.contains("WRONG  desk") && ran.out.contains("64 hexadecimal"),
        "{ran:?}"
    );
}

#[test]
fn completions_are_printed_for_every_shell() {
    let house = House::bare();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = house.good("", &["completions", shell]).out;
        assert!(script.contains("until-idle"), "{shell}");
    }
    assert!(house.good("", &["--help"]).out.contains("WHEN"));
    assert!(house.good("", &["--version"]).out.starts_with("crewdesk "));
    assert!(!house.path("desk/desk.db").exists());
}

#[test]
fn a_connection_is_replaced_only_when_one_says_so() {
    let house = House::new();
    let add = |more: &[&str]| {
        let mut args = vec!["connection", "add", "warehouse"];
        args.extend(more);
        house.run("mara", &args)
    };
    let told = add(&["sqlite:/nowhere/other.db"]).refusal();
    assert!(told.contains("--replace"), "{told}");
    assert_eq!(
        house.json("mara", &["connection", "list"])[0]["url"],
        house.url()
    );
    house.good("mara", &["connection", "add", "warehouse", &house.url()]);
    house.good(
        "mara",
        &[
            "connection",
            "add",
            "warehouse",
            "sqlite:/nowhere/other.db",
            "--replace",
        ],
    );
    let list = house.json("mara", &["connection", "list"]);
    assert_eq!(list[0]["url"], "sqlite:/nowhere/other.db");
    let ran = house.run("mara", &["connection", "test", "warehouse"]);
    let told = ran.out.clone() + &ran.refusal();
    assert_eq!(told.matches("no such database").count(), 1, "{told}");
}

#[test]
fn a_new_password_without_a_terminal_names_the_way() {
    let house = House::new();
    let told = house.refused("mara", &["user", "passwd", "ana"]);
    assert!(told.contains("--password-stdin"), "{told}");
}

#[test]
fn a_mistyped_process_is_told_the_near_one() {
    let house = House::new();
    let told = house.refused("mara", &["start", "database-insertoin"]);
    assert!(
        told.contains("did you mean \"database-insertion\"?"),
        "{told}"
    );
    assert!(told.contains("crewdesk process list"), "{told}");
}

#[test]
fn a_missing_data_frame_is_told_once() {
    let house = House::new();
    let (_, task) = house.launch("orders/1", "ana");
    let told = house.refused(
        "ana",
        &[
            "task",
            "complete",
            &task,
            "--var",
            "tableName=orders",
            "--var",
            "connection=warehouse",
            "--var",
            "dataFrame=nosuch.csv",
        ],
    );
    assert_eq!(told.matches("dataFrame").count(), 1, "{told}");
}

#[test]
fn people_are_listed_whatever_their_case() {
    let house = House::new();
    house.good("mara", &["user", "add", "Dora", "--role", "employee"]);
    let users = house.json("mara", &["user", "list"]);
    let names: Vec<_> = users
        .as_array()
        .unwrap()
        .iter()
        .map(|u| u["id"].as_str().unwrap())
        .collect();
    let mut sorted = names.clone();
    sorted.sort_by_key(|name| name.to_lowercase());
    assert_eq!(names, sorted);
}
