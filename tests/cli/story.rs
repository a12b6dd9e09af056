//! Work: starting, tasks, instances, and what comes back.

use crate::support::{House, fill, text};
use serde_json::{Value, json};

fn fields(value: &Value, names: &[&str]) {
    for name in names {
        assert!(value.get(name).is_some(), "{name} is missing in {value:#}");
    }
}

#[test]
fn a_start_needs_nothing_but_the_key() {
    let house = House::new();
    let started = house.json("mara", &["start", "database-insertion"]);
    let names = [
        "id",
        "processInstanceId",
        "definitionId",
        "processDefinitionKey",
        "businessKey",
        "state",
        "ended",
        "suspended",
        "startUserId",
        "startTime",
        "endTime",
        "due",
        "assignee",
    ];
    fields(&started, &names);
    assert_eq!(started["title"], "Database insertion");
    assert_eq!(started["state"], "ACTIVE");
    assert_eq!(started["processDefinitionKey"], "database-insertion");
    let named = house.json(
        "mara",
        &["start", "database-insertion", "--business-key", "k/1"],
    );
    assert_eq!(
        (&named["title"], &named["businessKey"]),
        (&json!("k/1"), &json!("k/1"))
    );
}

#[test]
fn a_start_says_who_when_and_how_urgent() {
    let house = House::new();
    let args = [
        "start",
        "database-insertion",
        "--business-key",
        "orders/1",
        "--var",
        "title=Orders",
        "--var",
        "count:=3",
        "--var",
        "list:=[1,{\"a\":null}]",
        "--candidate-user",
        "ben",
        "--candidate-group",
        "sales",
        "--due",
        "2126-11-30T17:00:00+01:00",
        "--priority",
        "70",
    ];
    let started = house.json("mara", &args);
    let tasks = house.json("ben", &["task", "list", "--claimable"]);
    let task = &tasks[0];
    let names = [
        "id",
        "name",
        "assignee",
        "owner",
        "created",
        "due",
        "followUp",
        "priority",
        "executionId",
        "processInstanceId",
        "processDefinitionId",
        "taskDefinitionKey",
        "description",
        "suspended",
        "processDefinitionKey",
        "businessKey",
    ];
    fields(task, &names);
    assert_eq!(task["name"], "Enter the data");
    assert_eq!(task["taskDefinitionKey"], "enter-data");
    assert_eq!(task["processInstanceId"], started["id"]);
    assert_eq!(task["due"], "2126-11-30T16:00:00.000+0000");
    assert_eq!(task["priority"], 70);
    assert_eq!(task["assignee"], Value::Null);
    assert_eq!(task["candidateUsers"], json!(["ben"]));
    assert_eq!(task["candidateGroups"], json!(["sales"]));

    let shown = house.json(
        "mara",
        &["instance", "show", started["id"].as_str().unwrap()],
    );
    let variables = &shown["variables"];
    assert_eq!(variables["count"]["value"], 3);
    assert_eq!(variables["count"]["type"], "Integer");
    assert_eq!(
        variables["title"],
        json!({ "type": "String", "value": "Orders", "valueInfo": {} })
    );
}

#[test]
fn a_second_active_instance_with_the_same_key_asks_first() {
    let house = House::new();
    let start = ["start", "database-insertion", "--business-key", "orders/1"];
    let first = text(&house.json("mara", &start)["id"]);
    let told = house.refused("mara", &start);
    assert!(told.contains(&first) && told.contains("orders/1"), "{told}");
    let again = [&start[..], &["--again"]].concat();
    house.good("mara", &again);
    let list = house.json("mara", &["instance", "list", "--business-key", "orders/1"]);
    assert_eq!(list.as_array().map(Vec::len), Some(2));
    house.good("mara", &["instance", "cancel", &first, "--reason", "twice"]);
    house.refused("mara", &start);
}

#[test]
fn a_due_date_is_said_in_many_ways() {
    let house = House::new();
    let (_, task) = house.launch("orders/1", "ana");
    for when in [
        "in 2h",
        "+2d",
        "90m",
        "fri 17:00",
        "tomorrow 9:00",
        "17:30",
        "2126-11-30",
        "2126-11-30 14:00",
        "2126-11-30T14:00:00Z",
        "2126-11-30T14:00:00.000+0200",
    ] {
        let due = &house.json("mara", &["task", "due", &task, when])["due"];
        assert!(due.is_string(), "{when}: {due}");
    }
    for when in [
        "",
        "soon",
        "2126-13-01",
        "25:00",
        "in h",
        "-5",
        "9999999999999d",
    ] {
        let told = house.refused("mara", &["task", "due", &task, "--", when]);
        assert!(
            told.contains("time") || told.contains("date"),
            "{when}: {told}"
        );
    }
    house.refused("ana", &["task", "due", &task, "in 2h"]);
}

#[test]
fn tasks_are_claimed_given_back_and_handed_over() {
    let house = House::new();
    let start = [
        "start",
        "database-insertion",
        "--candidate-group",
        "sales",
        "--due",
        "in 1h",
    ];
    house.good("mara", &start);
    house.good(
        "mara",
        &[
            "user", "add", "cem", "--role", "employee", "--group", "depot",
        ],
    );
    assert_eq!(
        house.json("cem", &["task", "list"]),
        json!([]),
        "offered to another group"
    );
    let task = text(&house.json("ana", &["task", "list", "--claimable"])[0]["id"]);
    let told = house.refused("cem", &["task", "claim", &task]);
    assert!(!told.contains("panicked"), "{told}");

    assert_eq!(
        house.json("ana", &["task", "claim", &task])["assignee"],
        "ana"
    );
    let told = house.refused("ben", &["task", "claim", &task]);
    assert!(told.contains("ana has claimed"), "{told}");
    let mine = house.json("ana", &["task", "list", "--mine"]);
    assert_eq!(mine[0]["id"], task.as_str());
    assert_eq!(house.json("ana", &["task", "list", "--overdue"]), json!([]));
    assert_eq!(
        house.json("ana", &["task", "unclaim", &task])["assignee"],
        Value::Null
    );
    assert_eq!(
        house.json("mara", &["task", "assign", &task, "ben"])["assignee"],
        "ben"
    );
    let told = house.refused("mara", &["task", "assign", &task, "zoe"]);
    assert!(told.contains("zoe"), "{told}");
    house.good("mara", &["task", "due", &task, "2020-01-01"]);
    let late = house.json("ben", &["task", "list", "--overdue"]);
    assert_eq!(late[0]["id"], task.as_str());
    assert!(late[0]["firstDue"].is_string());

    let list = house.good("ben", &["task", "list"]).out;
    let short = &task[task.len() - 8..];
    assert!(list.contains(short) && list.contains("late"), "{list}");
    house.good("ben", &["task", "show", short]);
}

#[test]
fn what_was_refused_comes_back_with_its_reason_and_lines() {
    let house = House::new();
    let (instance, task) = house.launch("orders/1", "ana");
    let frame = format!("dataFrame={}", house.arg("bad.csv"));
    let mut preview = fill(&task, &frame);
    preview[1] = "preview";
    let seen = house.json("ana", &preview);
    assert_eq!(
        (&seen["rowsRead"], &seen["refused"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(seen["refusals"][0]["line"], 3);
    assert_eq!(house.rows("orders"), 0);

    let done = house.json("ana", &fill(&task, &frame));
    let whole = json!({ "id": task, "processInstanceId": instance, "completed": true });
    assert_eq!(done, whole);
    let shown = house.json("mara", &["instance", "show", &instance]);
    assert_eq!(shown["activeActivityIds"], json!(["insert-rows"]));
    let worked = house.json("mara", &["worker", "run", "--until-idle"]);
    assert_eq!(
        (&worked["kept"], &worked["sentBack"]),
        (&json!(0), &json!(1))
    );

    let back = house.task(&instance).unwrap();
    assert_ne!(back, task, "a new visit is a new task");
    let back = house.json("ana", &["task", "show", &back]);
    assert_eq!(
        (&back["cameBack"], &back["round"]),
        (&json!(true), &json!(2))
    );
    assert_eq!(back["assignee"], "ana");
    assert!(text(&back["reason"]).contains("refused"), "{back:#}");
    assert_eq!(back["refused"], 1);
    let columns: Vec<_> = back["refusals"].as_array().unwrap().iter().collect();
    assert!(
        columns.iter().all(|refusal| refusal["line"] == 3),
        "{columns:?}"
    );
    assert_eq!(back["values"]["dataFrame"], house.arg("bad.csv"));
    let text_of = house
        .good("ana", &["task", "show", back["id"].as_str().unwrap()])
        .out;
    assert!(
        text_of.contains("Came back") && text_of.contains("line 3, customer"),
        "{text_of}"
    );

    let shown = house.json("mara", &["instance", "show", &instance]);
    let names = [
        "state",
        "variables",
        "activities",
        "activeActivityIds",
        "tasks",
        "incidentList",
    ];
    fields(&shown, &names);
    assert_eq!(shown["activities"][0]["activityId"], "enter-data");
    assert_eq!(shown["activities"][0]["activityType"], "userTask");
    let variables = &shown["variables"];
    assert_eq!(variables["insertionStatus"]["value"], "FAILURE");
    assert_eq!(variables["result"]["value"], 0);
    assert_eq!(house.rows("orders"), 0);
}

#[test]
fn an_accepted_frame_ends_the_instance() {
    let house = House::new();
    let (instance, task) = house.launch("orders/1", "ana");
    assert!(house.send("ana", &task, "good.csv").ok());
    // The worker needs no path of the employee's machine.
    std::fs::remove_file(house.path("good.csv")).unwrap();
    assert_eq!(house.work()["kept"], 1);
    let shown = house.json("mara", &["instance", "show", &instance]);
    assert_eq!(
        (&shown["state"], &shown["ended"]),
        (&json!("COMPLETED"), &json!(true))
    );
    assert_eq!(shown["assignee"], "ana", "who did it");
    assert_eq!(shown["variables"]["result"]["value"], 1);
    assert_eq!(shown["variables"]["insertionStatus"]["value"], "SUCCESS");
    assert_eq!(shown["variables"]["rowsInserted"]["value"], 2);
    assert_eq!(house.rows("orders"), 2);

    let history = house.json("mara", &["instance", "history", &instance]);
    let kinds: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|e| text(&e["kind"]))
        .collect();
    for kind in ["started", "completed", "inserted", "checked", "ended"] {
        assert!(kinds.iter().any(|k| k == kind), "{kind} of {kinds:?}");
    }
    let diagram = house.json("mara", &["instance", "diagram", &instance]);
    assert_eq!(diagram["visits"]["insert-rows"], 1);
    let drawn = house
        .good("mara", &["instance", "diagram", &instance, "--ascii"])
        .out;
    assert!(
        drawn.contains("Insert the rows") && drawn.is_ascii(),
        "{drawn}"
    );
    let told = house.json("mara", &["notifications", "--unread", "--mark-read"]);
    assert!(told[0]["text"].is_string(), "{told:#}");
    assert_eq!(
        house.json("mara", &["notifications", "--unread"]),
        json!([])
    );
    let told = house.refused("mara", &["instance", "cancel", &instance, "--reason", "x"]);
    assert!(told.contains("ended already"), "{told}");
    house.refused("ana", &["task", "complete", &task]);
}

#[test]
fn instances_are_listed_by_state_and_process() {
    let house = House::new();
    let (first, _) = house.launch("orders/1", "ana");
    house.launch("orders/2", "ana");
    let told = house.refused("mara", &["instance", "cancel", &first, "--reason", " "]);
    assert!(told.contains("why"), "{told}");
    let told = house.refused("ana", &["instance", "cancel", &first, "--reason", "no"]);
    assert!(told.contains("team head"), "{told}");
    let done = house.json("mara", &["instance", "cancel", &first, "--reason", "twice"]);
    assert_eq!(
        (&done["cancelled"], &done["reason"]),
        (&json!(true), &json!("twice"))
    );
    let open = house.json("mara", &["instance", "list", "--open"]);
    assert_eq!(open.as_array().map(Vec::len), Some(1));
    assert_eq!(open[0]["businessKey"], "orders/2");
    let key = ["instance", "list", "--key", "database-insertion"];
    assert_eq!(house.json("mara", &key).as_array().map(Vec::len), Some(2));
    assert_eq!(
        house.json("mara", &["instance", "list", "--key", "x"]),
        json!([])
    );
    let shown = house.json("mara", &["instance", "show", &first]);
    assert_eq!(shown["state"], "EXTERNALLY_TERMINATED");
    assert_eq!(shown["deleteReason"], "twice");
    let told = house.refused("mara", &["instance", "stop", &first]);
    assert!(told.contains("no insertion"), "{told}");
    let text = house
        .good(
            "mara",
            &["instance", "retry", open[0]["id"].as_str().unwrap()],
        )
        .out;
    assert!(text.contains("Nothing has failed"), "{text}");
}

#[test]
fn a_short_id_from_a_listing_is_enough_and_empty_variables_are_named() {
    let house = House::new();
    let (instance, task) = house.launch("orders/1", "ana");
    house.launch("orders/2", "ana");
    let listed = house.good("mara", &["instance", "list"]).out;
    let short = &instance[instance.len() - 8..];
    assert!(listed.contains(short), "{listed}");
    house.good(
        "mara",
        &["instance", "set", short, "colour=green", "empty:=null"],
    );
    let shown = house.good("mara", &["instance", "show", short]).out;
    assert!(
        shown.contains("colour") && shown.contains("green"),
        "{shown}"
    );
    assert!(!shown.contains("Null"), "{shown}");
    let silent = shown
        .lines()
        .find_map(|line| line.strip_prefix("without a value: "));
    let names = silent.map(|line| line.split(", ").collect::<Vec<_>>());
    assert!(
        names.is_some_and(|names| names.contains(&"empty")),
        "{shown}"
    );
    assert!(!shown.lines().any(|line| line.ends_with(',')), "{shown}");
    assert!(!shown.contains(", \n"), "{shown}");
    let all = house.json("mara", &["instance", "show", short]);
    assert_eq!(all["variables"]["empty"]["type"], "Null", "{all:#}");
    house.good("mara", &["instance", "unset", short, "colour"]);
    for args in [
        &["suspend", short][..],
        &["activate", short],
        &["history", short],
        &["comment", short, "hello"],
        &["retry", short],
    ] {
        house.good("mara", &[&["instance"], args].concat());
    }
    house.good("mara", &["job", "list", "--instance", short]);
    let jobs = house.json("mara", &["job", "list", "--instance", &instance]);
    let job = jobs[0]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{jobs:#}"))
        .to_owned();
    house.good("mara", &["job", "retry", &job[job.len() - 8..]]);
    house.good("ana", &["task", "show", &task[task.len() - 8..]]);
    // What an insertion knows of its columns is a table.
    assert!(house.send("ana", &task, "good.csv").ok());
    assert_eq!(house.work()["kept"], 1);
    let shown = house.good("mara", &["instance", "show", short]).out;
    assert!(shown.contains("COLUMN    NULLS  DISTINCT"), "{shown}");
    assert!(!shown.contains("columnFacts"), "{shown}");
}

#[test]
fn a_task_that_is_completed_says_who_did_it() {
    let house = House::new();
    let (_, task) = house.launch("done", "ana");
    house.good("ana", &fill(&task, "dataFrame=good.csv"));
    for id in [&task[..], &task[24..]] {
        let told = house.refused("ana", &["task", "complete", id]);
        assert!(told.contains("is completed: ana did it"), "{told}");
    }
    let (instance, task) = house.launch("gone", "ana");
    house.good(
        "mara",
        &["instance", "cancel", &instance, "--reason", "withdrawn"],
    );
    let told = house.refused("ana", &["task", "complete", &task]);
    assert!(told.contains("is gone: "), "{told}");
}
