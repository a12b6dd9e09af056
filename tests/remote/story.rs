//! The command line of a desk elsewhere: a job from its start to its rows, what a head does, and
//! who may not come in.

use super::*;
use crewdesk::client::{FixedRow, Server};

#[test]
fn a_job_from_its_start_to_its_rows_over_the_network() {
    let house = house();
    let served = Serving::start(&house, "127.0.0.1:0");
    let (socket, http) = (&served.socket, &served.http);
    let title = ["--var", "title=Orders"];
    let start = ["start", "database-insertion", "--candidate-group", "sales"];
    let begun = far_json(&house, socket, "", &[&start[..], &title].concat());
    let instance = text(&begun["id"]);
    let offered = far_json(&house, http, "ana", &["task", "list", "--claimable"]);
    let task = text(&offered[0]["id"]);
    let claimed = far_json(&house, http, "ana", &["task", "claim", &task]);
    assert_eq!(claimed["assignee"], "ana");
    let told = far(&house, http, "ben", &["task", "claim", &task]).refusal();
    let here = house
        .run_with("mara", &["task", "claim", &task], "")
        .refusal();
    assert!(told.contains("ana has claimed this task already"), "{told}");
    assert_eq!(told, here, "the same words");

    // What is wrong stands at its field, whether found here or there.
    let told = far(&house, http, "ana", &fill(&task, "dataFrame=nowhere.csv")).refusal();
    assert!(
        told.contains("dataFrame: nowhere.csv: there is no such file"),
        "{told}"
    );
    let told = far(&house, http, "ana", &["task", "complete", &task]).refusal();
    let here = house.run_with("ana", &["task", "complete", &task], "");
    assert!(told.contains("tableName: "), "{told} {here:?}");

    // The file is read on this machine.
    let preview = ["task", "preview", &task, "--var", "dataFrame=bad.csv"];
    let table = ["--var", "tableName=orders", "--var", "connection=warehouse"];
    let seen = far_json(&house, http, "ana", &[&preview[..], &table].concat());
    assert_eq!(seen["refused"], 1, "{seen}");
    let done = far(&house, http, "ana", &fill(&task, "dataFrame=good.csv"));
    assert!(done.ok(), "{done:?}");
    until("the rows are in", || {
        far_json(&house, http, "ana", &["instance", "show", &instance])["state"] == "COMPLETED"
    });
    assert_eq!((house.rows("orders"), house.ledger()), (2, 1));
    let past = far(&house, socket, "", &["instance", "history", &instance]);
    assert!(
        past.out.contains("Orders") || past.out.contains("2 rows"),
        "{past:?}"
    );

    rows_are_fixed_over_the_network(&house, socket, http);

    // An insertion without a process, and a comment.
    house.write(
        "more.csv",
        "id,customer,amount,ordered\n9,eva,3,2026-01-19\n",
    );
    let report = far_json(
        &house,
        http,
        "ana",
        &["insert", "more.csv", "warehouse", "orders"],
    );
    assert_eq!((&report["kept"], house.rows("orders")), (&true.into(), 3));
    let said = far(
        &house,
        socket,
        "",
        &["instance", "comment", &instance, "well done"],
    );
    assert!(said.ok(), "{said:?}");

    every_listing_is_the_same(&house, socket, &instance);
}

/// The refused rows of a file of this machine, fixed and inserted there.
fn rows_are_fixed_over_the_network(house: &House, socket: &str, server: &str) {
    let start = ["start", "database-insertion", "--assignee", "ana"];
    let title = ["--var", "title=Fixed"];
    let begun = far_json(house, socket, "", &[&start[..], &title].concat());
    let shown = far_json(
        house,
        socket,
        "",
        &["instance", "show", &text(&begun["id"])],
    );
    let task = text(&shown["tasks"][0]["id"]);
    let rows = "id,customer,amount,ordered\n21,eva,x,2026-01-19\n22,,2,2026-01-19\n";
    let file = house.write("fix.csv", rows);
    let list = house.write("list.csv", "record,column,value\n1,amount,7.50\n2,,\n");
    let insert = ["insert", &file, "warehouse", "orders", "--patch", &list];
    let report = far_json(house, server, "ana", &insert);
    assert_eq!(
        (&report["kept"], &report["rowsRead"]),
        (&true.into(), &1.into())
    );
    assert_eq!(house.count("orders WHERE id = 21 AND amount = 7.5"), 1);
    house.target("DELETE FROM orders WHERE id = 21");

    let far = Server::at(server).unwrap().keeping(&house.path("unsent"));
    let mut password = |_: &str| Ok(PASSWORD.to_owned());
    let far = far.enter(Some("ana"), &mut password).unwrap();
    let mut values = far.task(&task).unwrap().values;
    for (name, text) in [
        ("connection", "warehouse"),
        ("tableName", "orders"),
        ("dataFrame", &file),
    ] {
        values.insert(name.to_owned(), text.to_owned());
    }
    let found = far.refused_rows(&task, &values).unwrap();
    assert_eq!(found.rows.len(), 2, "{found:?}");
    let mut fixed = FixedRow {
        record: 1,
        ..FixedRow::default()
    };
    fixed.cells.insert("amount".into(), Some("8".into()));
    let out = FixedRow {
        record: 2,
        dropped: true,
        ..FixedRow::default()
    };
    let kept = far.fix_rows(&task, &values, &[fixed, out]).unwrap();
    assert_eq!((kept.changed, kept.dropped), (1, 1));
    values.insert("dataFramePatch".into(), kept.patch);
    assert_eq!(far.preview(&task, &values).unwrap().refused, 0);
    far.complete_form(&task, &values).unwrap();
    until("the fixed rows are in", || {
        house.count("orders WHERE id = 21 AND amount = 8") == 1
    });
    house.target("DELETE FROM orders WHERE id = 21");
}

/// What a list says there is what it says here.
fn every_listing_is_the_same(house: &House, server: &str, instance: &str) {
    far(
        house,
        server,
        "",
        &["start", "database-insertion", "--assignee", "ben"],
    );
    let open = house.json("mara", &["task", "list"]);
    let task = text(&open[0]["id"]);
    let functions = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="tax" name="tax" namespace="tax">
        <businessKnowledgeModel id="gross" name="gross"><encapsulatedLogic><formalParameter name="net"/>
        <literalExpression><text>net * 1.2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel></definitions>"#;
    let functions = house.write("tax.dmn", functions);
    house.good("mara", &["deploy", &functions]);
    let listed = house.good("mara", &["decision", "list"]).out;
    assert!(listed.contains("gross"), "{listed}");
    let lists: &[&[&str]] = &[
        &["task", "list"],
        &["task", "list", "--mine"],
        &["task", "show", &task],
        &["instance", "list"],
        &["instance", "list", "--open"],
        &["instance", "show", instance],
        &["instance", "history", instance],
        &["instance", "diagram", instance],
        &["user", "list"],
        &["connection", "list"],
        &["process", "list"],
        &["process", "list", "--all"],
        &["job", "list"],
        &["incident", "list"],
        &["decision", "list"],
        &["decision", "show", "insertion-check"],
        &["decision", "show", "gross"],
        &["notifications"],
    ];
    for list in lists {
        assert_eq!(
            far_json(house, server, "", list),
            house.json("mara", list),
            "{list:?}"
        );
        let (there, here) = (
            far(house, server, "", list).out,
            house.good("mara", list).out,
        );
        assert_eq!(there, here, "{list:?}");
    }
}

#[test]
fn a_head_operates_over_the_network() {
    let house = house();
    let served = Serving::start(&house, "127.0.0.1:0");
    let mara = |args: &[&str]| far_json(&house, &served.socket, "", args);
    let begun = mara(&["start", "database-insertion", "--assignee", "ana"]);
    let id = text(&begun["id"]);
    mara(&["instance", "set", &id, "title=New", "n:=7"]);
    let shown = mara(&["instance", "show", &id]);
    assert_eq!(shown["variables"]["n"]["value"], 7);
    mara(&["instance", "unset", &id, "n"]);
    mara(&["instance", "suspend", &id]);
    assert_eq!(mara(&["instance", "show", &id])["suspended"], true);
    mara(&["instance", "activate", &id]);
    let held = mara(&["process", "suspend", "database-insertion", "--instances"]);
    assert_eq!(held["instances"], 1);
    mara(&["process", "activate", "database-insertion", "--instances"]);
    let task = text(&mara(&["task", "list"])[0]["id"]);
    assert!(mara(&["task", "due", &task, "2030-01-02T03:04"])["due"].is_string());
    mara(&["task", "assign", &task, "ben"]);
    mara(&["instance", "cancel", &id, "--reason", "not needed"]);
    assert_eq!(
        mara(&["instance", "show", &id])["state"],
        "EXTERNALLY_TERMINATED"
    );
    mara(&["user", "add", "eva", "--role", "employee"]);
    mara(&["user", "edit", "eva", "--role", "head"]);
    mara(&["user", "remove", "eva"]);
    assert_eq!(mara(&["connection", "test", "warehouse"])["ok"], true);
    let told = far(&house, &served.socket, "", &["signal", "send", "nobody"]);
    assert!(told.ok(), "{told:?}");
    let told = far(&house, &served.socket, "", &["job", "run", "none"]).refusal();
    assert!(told.contains("none"), "{told}");
    let told = far(
        &house,
        &served.http,
        "ana",
        &["instance", "cancel", &id, "--reason", "x"],
    );
    assert!(told.refusal().contains("head"), "employees do not cancel");
}

#[test]
fn who_may_not_come_in_hears_why() {
    let house = house();
    let served = Serving::start(&house, "127.0.0.1:0");
    let wrong = |password: &str| {
        let mut command = away(&house, &served.http, "ana", &["task", "list"]);
        command.env("CREWDESK_PASSWORD", password);
        Running::start(command, "").end().refusal()
    };
    let told = wrong("hunter22");
    assert!(told.contains("ana") && !told.contains("hunter22"), "{told}");
    let told = far(&house, &served.http, "", &["task", "list"]).refusal();
    assert!(told.contains("--user"), "{told}");
    // Another name on the socket needs a password like anywhere else.
    let tasks = far(&house, &served.socket, "ben", &["task", "list"]);
    assert!(tasks.ok(), "{tasks:?}");
    let mut unasked = away(&house, &served.socket, "ben", &["task", "list"]);
    unasked.env_remove("CREWDESK_PASSWORD");
    let told = Running::start(unasked, "").end().refusal();
    assert!(told.contains("ben has a password"), "{told}");
    let told = far(&house, "unix:/nowhere/desk.sock", "", &["task", "list"]).refusal();
    assert!(told.contains("crewdesk serve"), "{told}");
    let told = far(&house, "desk.example.org", "", &["task", "list"]).refusal();
    assert!(told.contains("unix:PATH"), "{told}");
    for here in [&["doctor"][..], &["worker", "run"], &["serve"]] {
        let told = far(&house, &served.socket, "", here).refusal();
        assert!(told.contains("on the machine that serves"), "{told}");
    }
    let both = ["--db", "x.db", "--server", &served.socket, "task", "list"];
    assert!(house.refused("", &both).contains("say which"));
}

/// What is refused over the network is refused in the words of a desk that is here.
#[test]
fn refusals_are_the_desks_own() {
    let house = house();
    let served = Serving::start(&house, "127.0.0.1:0");
    let (instance, task) = house.launch("k", "ana");
    let ended = text(&house.json("mara", &["start", "database-insertion"])["id"]);
    house.good("mara", &["instance", "cancel", &ended, "--reason", "x"]);
    let broken = house.write("broken.bpmn", "<definitions/>");
    let short = &instance[instance.len() - 12..];
    let cases: &[&[&str]] = &[
        &["task", "show", "none"],
        &["task", "claim", "none"],
        &["task", "claim", &task],
        &["task", "complete", &task],
        &["task", "due", &task, "2030-01-02T03:04"],
        &["task", "assign", &task, "nobody"],
        &["task", "comment", &task, ""],
        &["instance", "show", "none"],
        &["instance", "cancel", "none", "--reason", "x"],
        &["instance", "cancel", &ended, "--reason", "x"],
        &["instance", "retry", "none"],
        &["instance", "stop", &instance],
        &["instance", "suspend", "none"],
        &["instance", "suspend", &ended],
        &["instance", "activate", "none"],
        &["instance", "modify", "none", "--before", "x"],
        &["instance", "modify", &instance, "--before", "nowhere"],
        &["instance", "modify", &instance, "--cancel", "nowhere"],
        &["process", "suspend", "none"],
        &["job", "run", "none"],
        &["job", "retry", "none"],
        &["job", "list", "--instance", "none"],
        &["message", "send", "nobody"],
        &["message", "send", "nobody", "--instance", "none"],
        &["signal", "send", "x", "--execution", "none"],
        &["start", "none"],
        &["start", "database-insertion", "--business-key", "k"],
        &["start", "database-insertion", "--assignee", "nobody"],
        &["deploy", &broken],
        &["user", "add", "ana", "--role", "employee"],
        &["user", "remove", "nobody"],
        &["user", "edit", "nobody", "--role", "head"],
        &["user", "topics", "ana", "t"],
        &["connection", "remove", "none"],
        &["connection", "test", "none"],
        &["decision", "show", "none"],
        &["insert", "good.csv", "none", "orders"],
        &["insert", "good.csv", "warehouse", "none"],
    ];
    let mut faults = Vec::new();
    for case in cases {
        for user in ["mara", "ana"] {
            let (there, login) = match user {
                "mara" => (&served.socket, ""),
                _ => (&served.http, "ana"),
            };
            let (there, here) = (far(&house, there, login, case), near(&house, user, case));
            if (there.ok(), &there.err) != (here.ok(), &here.err) {
                faults.push(format!(
                    "{case:?} as {user}:\n  {}  {}",
                    there.err, here.err
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));

    // Ids are cut short as they are here.
    let mara = |args: &[&str]| far_json(&house, &served.socket, "", args);
    mara(&["instance", "suspend", short]);
    assert_eq!(mara(&["instance", "show", &instance])["suspended"], true);
    mara(&["instance", "activate", short]);
    assert_eq!(mara(&["instance", "show", short])["suspended"], false);
}

/// The same command where the desk is.
fn near(house: &House, user: &str, args: &[&str]) -> Ran {
    let mut command = house.command(user, args);
    command.env("CREWDESK_PASSWORD", PASSWORD);
    Running::start(command, "").end()
}
