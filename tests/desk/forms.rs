//! Filling in a task.

use crate::office::*;
use crewdesk::client::vars;
use crewdesk::client::{Client, ConnectionLimits, InsertRequest, StartRequest};
use crewdesk::desk::DeskError;
use crewdesk::value::{Map, Value};
use std::ops::ControlFlow;

/// A target with a table for the office's CSV.
fn target(office: &Office) -> String {
    let path = office.folder.path().join("target.db");
    let target = rusqlite::Connection::open(&path).unwrap();
    target
        .execute_batch("CREATE TABLE orders (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL)")
        .unwrap();
    path.display().to_string()
}

fn task(office: &Office) -> String {
    office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("Orders")
    })
}

fn fields(error: Result<(), DeskError>) -> Vec<String> {
    match error {
        Err(DeskError::Fields(errors)) => errors.into_iter().map(|e| e.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_form_says_all_that_is_wrong_at_its_fields() {
    let office = Office::new();
    let (id, ana) = (task(&office), office.client("ana"));
    let wrong = typed(&[("mode", "sideways")]);
    assert_eq!(
        fields(ana.complete_form(&id, &wrong)),
        ["tableName", "mode"]
    );
    // A frame comes from a file or from a query: that is looked at once all else is right.
    let without = typed(&[("tableName", "t")]);
    assert_eq!(fields(ana.complete_form(&id, &without)), ["dataFrame"]);
    assert_eq!(
        fields(ana.complete_form(&id, &typed(&[("nonsense", "x")]))),
        ["nonsense"]
    );
    let missing = typed(&[("tableName", "t"), ("dataFrame", "/no/such/file.csv")]);
    assert_eq!(fields(ana.complete_form(&id, &missing)), ["dataFrame"]);
    let huge = typed(&[
        ("tableName", "t"),
        ("dataFrame", &"a,b\n1,2\n".repeat(40_000)),
    ]);
    assert_eq!(fields(ana.complete_form(&id, &huge)), ["dataFrame"]);
    assert_eq!(ana.task(&id).unwrap().task.round, 1, "still there");
}

#[test]
fn a_draft_belongs_to_the_task_and_keeps_no_secret() {
    let office = Office::new();
    let (id, ana) = (task(&office), office.client("ana"));
    let draft = typed(&[
        ("tableName", "orders"),
        ("password", "hunter2!"),
        ("unknown", "x"),
    ]);
    ana.save_draft(&id, &draft, None).unwrap();
    let again =
        crewdesk::client::Embedded::new(office.again(), office.desk.as_user("ana", None).unwrap());
    let detail = again.task(&id).unwrap();
    assert_eq!(
        (
            detail.values["tableName"].as_str(),
            detail.values["password"].as_str()
        ),
        ("orders", "")
    );
    assert_eq!(detail.draft_saved, Some(office.now()));
    assert!(!detail.values.contains_key("unknown"));
    assert!(matches!(
        office.client("ben").save_draft(&id, &draft, None),
        Err(DeskError::Forbidden(_))
    ));
    office.client("mara").assign(&id, Some("ben")).unwrap();
    assert_eq!(
        office.client("ben").task(&id).unwrap().values["tableName"],
        "orders",
        "handed over"
    );
}

#[test]
fn a_preview_shows_what_would_be_refused() {
    let office = Office::new();
    let (id, ana) = (task(&office), office.client("ana"));
    let path = office.folder.path().join("bad.csv");
    std::fs::write(&path, "id,amount\n1,10\n2,many\n").unwrap();
    let database = target(&office);
    office
        .client("mara")
        .add_connection("sales", &format!("sqlite:{database}"), None)
        .unwrap();
    let values = typed(&[
        ("connection", "sales"),
        ("tableName", "orders"),
        ("dataFrame", path.to_str().unwrap()),
    ]);
    let preview = ana.preview(&id, &values).unwrap();
    assert_eq!(
        (preview.rows_read, preview.refused, preview.complete),
        (2, 1, true)
    );
    assert_eq!(preview.refusals[0].line, Some(3));
    assert_eq!(preview.columns[1].declared.as_deref(), Some("INTEGER"));
    let pasted = typed(&[
        ("connection", "sales"),
        ("tableName", "orders"),
        ("dataFrame", "id,amount\n1,10\n"),
    ]);
    assert_eq!(ana.preview(&id, &pasted).unwrap().refused, 0);
    let unknown = typed(&[
        ("connection", "none"),
        ("tableName", "orders"),
        ("dataFrame", "id\n1\n"),
    ]);
    assert_eq!(fields(ana.preview(&id, &unknown).map(drop)), ["connection"]);
    assert_eq!(fields(ana.complete_form(&id, &unknown)), ["connection"]);
}

#[test]
fn typed_variables_are_checked_like_the_form() {
    let office = Office::new();
    let (id, ana) = (task(&office), office.client("ana"));
    let map = |pairs: &[(&str, Value)]| -> Map {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), v.clone()))
            .collect()
    };
    assert_eq!(
        fields(ana.complete(&id, map(&[("mode", "sideways".into())]))),
        ["tableName", "mode"]
    );
    let csv = office.csv();
    let good = map(&[
        ("tableName", "orders".into()),
        ("databaseName", "/tmp/t.db".into()),
        ("dataFrame", csv.to_str().unwrap().into()),
        ("note", "beside the form".into()),
    ]);
    ana.complete(&id, good).unwrap();
    let locked = office
        .lock("insertion", &["note", "mode", "dataFrame"])
        .unwrap();
    assert_eq!(locked.variables["note"], "beside the form".into());
    assert_eq!(
        locked.variables["mode"],
        "append".into(),
        "the default that the form showed"
    );
    assert_eq!(
        locked.variables["dataFrame"],
        csv.to_str().unwrap().into(),
        "as it was typed"
    );
}

#[test]
fn who_completes_an_open_task_claims_it_and_others_may_not() {
    let office = Office::new();
    office.deploy("plain.bpmn", PLAIN);
    let start = || StartRequest {
        key: "plain".into(),
        ..StartRequest::default()
    };
    let id = office.launch(start());
    let instance = office
        .client("mara")
        .task(&id)
        .unwrap()
        .task
        .process_instance_id;
    office
        .client("ben")
        .complete_form(&id, &typed(&[]))
        .unwrap();
    let history = office.client("ben").history(&instance).unwrap();
    let kinds: Vec<_> = history.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["started", "created", "claimed", "completed", "ended"]
    );
    let id = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..start()
    });
    assert!(matches!(
        office.client("ben").complete_form(&id, &typed(&[])),
        Err(DeskError::Forbidden(_))
    ));
    office
        .client("mara")
        .complete_form(&id, &typed(&[]))
        .unwrap();
    let done = office.client("mara").task(&id).unwrap_err().to_string();
    assert!(done.contains("completed: ana did it"), "{done}");
}

#[test]
fn the_desk_itself_is_never_a_target() {
    let office = Office::new();
    let mara = office.client("mara");
    let own = format!("sqlite:{}", office.desk.paths().database.display());
    assert!(matches!(
        mara.add_connection("own", &own, None),
        Err(DeskError::Invalid(_))
    ));
    let link = office.folder.path().join("innocent.db");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&office.desk.paths().database, &link).unwrap();
        let linked = format!("sqlite:{}", link.display());
        assert!(matches!(
            mara.add_connection("link", &linked, None),
            Err(DeskError::Invalid(_))
        ));
    }
    // Nor is any other desk's, a copy of one or a link to one.
    let other = tempfile::tempdir().unwrap();
    let others = other.path().join("other.db");
    drop(crewdesk::store::Store::open(&others, Default::default()).unwrap());
    let backup = other.path().join("other.db.bak");
    std::fs::copy(&others, &backup).unwrap();
    let hard = other.path().join("hard.db");
    std::fs::hard_link(&others, &hard).unwrap();
    for path in [others, backup, hard] {
        let url = format!("sqlite:{}", path.display());
        let refused = mara.add_connection("other", &url, None);
        assert!(
            matches!(&refused, Err(DeskError::Invalid(text)) if text.contains("desk")),
            "{refused:?}"
        );
    }
    let id = task(&office);
    let values = typed(&[
        (
            "databaseName",
            office.desk.paths().database.to_str().unwrap(),
        ),
        ("tableName", "user"),
        ("dataFrame", "id\nx\n"),
    ]);
    assert!(office.client("ana").preview(&id, &values).is_err());
}

#[test]
fn a_connection_is_tested_and_removed() {
    let office = Office::new();
    let mara = office.client("mara");
    mara.add_connection(
        "sales",
        &format!("sqlite:{}", target(&office)),
        Some("pass word 1"),
    )
    .unwrap();
    let test = office.client("ana").test_connection("sales").unwrap();
    assert!(test.ok && test.tables == ["orders"], "{test:?}");
    mara.add_connection("gone", "sqlite:/no/such/folder/x.db", None)
        .unwrap();
    let test = mara.test_connection("gone").unwrap();
    assert!(
        !test.ok && test.message.contains("/no/such/folder"),
        "{test:?}"
    );
    assert!(office.client("ana").connections().unwrap()[1].has_password);
    mara.remove_connection("sales").unwrap();
    assert!(matches!(
        mara.remove_connection("sales"),
        Err(DeskError::NotFound(_))
    ));
    assert!(
        mara.add_connection("bad", "postgres://u:secretpw@h/db", None)
            .is_err_and(|e| !e.to_string().contains("secretpw"))
    );
}

fn said(pairs: &[(&str, Value)]) -> Map {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

#[test]
fn a_draft_does_not_steer_what_is_said_in_variables() {
    let office = Office::new();
    let (id, ana) = (task(&office), office.client("ana"));
    let csv = office.csv().display().to_string();
    ana.save_draft(
        &id,
        &typed(&[("mode", "replace"), ("tableName", "others")]),
        None,
    )
    .unwrap();
    let given = [
        ("databaseName", "/tmp/t.db".into()),
        ("dataFrame", csv.as_str().into()),
    ];
    assert_eq!(fields(ana.complete(&id, said(&given))), ["tableName"]);
    let table = [&given[..], &[("tableName", "orders".into())]].concat();
    ana.complete(&id, said(&table)).unwrap();
    let locked = office.lock("insertion", &["mode"]).unwrap();
    assert_eq!(locked.variables["mode"], "append".into());
}

#[test]
fn what_was_captured_and_whose_the_next_task_is_cannot_be_said_beside_the_form() {
    let office = Office::new();
    let (id, ana) = (task(&office), office.client("ana"));
    let csv = office.csv().display().to_string();
    let with = |name: &str, value: Value| {
        said(&[
            ("databaseName", "/tmp/t.db".into()),
            ("tableName", "orders".into()),
            ("dataFrame", csv.as_str().into()),
            (name, value),
        ])
    };
    let hash = Value::from("0".repeat(64));
    let capture = || with("dataFrameCapture", hash.clone());
    for refused in [
        ana.complete(&id, with("dataFrameBytes", Value::Long(1))),
        ana.complete(&id, capture()),
        office.client("mara").complete(&id, capture()),
        office
            .client("mara")
            .start(StartRequest {
                variables: [insertion("x").variables, capture()]
                    .into_iter()
                    .flatten()
                    .collect(),
                ..insertion("x")
            })
            .map(drop),
    ] {
        assert!(matches!(refused, Err(DeskError::Invalid(_))), "{refused:?}");
    }
    for (name, value) in [
        ("assignee", Value::from("cem")),
        ("candidateGroups", "loaders".into()),
        ("dueDate", office.now().into()),
        ("remindAt", office.now().into()),
        ("priority", Value::Long(99)),
    ] {
        let refused = ana.complete(&id, with(name, value));
        assert!(matches!(refused, Err(DeskError::Forbidden(_))), "{name}");
    }
    let mara = office.client("mara");
    mara.complete(&id, with("priority", Value::Long(99)))
        .unwrap();
}

#[test]
fn a_spark_insertion_takes_a_file_with_its_size_or_a_location_that_nobody_previews() {
    let office = Office::new();
    let ana = office.client("ana");
    let launch = || {
        let variables = [
            insertion("x").variables,
            said(&[("engine", "spark".into())]),
        ];
        office.launch(StartRequest {
            key: "spark-insertion".into(),
            variables: variables.into_iter().flatten().collect(),
            ..insertion("x")
        })
    };
    let names = ["location", "dataFrameCapture", "dataFrameBytes"];
    let csv = office.csv();
    let bytes = std::fs::metadata(&csv).unwrap().len();
    let csv = csv.display().to_string();
    let file = [("tableName", "orders"), ("dataFrame", csv.as_str())];
    ana.complete_form(&launch(), &typed(&file)).unwrap();
    let locked = office.lock("spark-insertion", &names).unwrap();
    assert_eq!(
        locked.variables["dataFrameBytes"],
        Value::Long(bytes as i64)
    );
    assert!(locked.variables["dataFrameCapture"].as_str().is_some());

    let id = launch();
    let location = [
        ("tableName", "orders"),
        ("location", "s3a://sales/*.parquet"),
    ];
    let looked = ana.preview(&id, &typed(&location));
    assert!(
        matches!(&looked, Err(DeskError::Invalid(text)) if text.contains("no file is chosen")),
        "{looked:?}"
    );
    ana.complete_form(&id, &typed(&location)).unwrap();
    let locked = office.lock("spark-insertion", &names).unwrap();
    assert_eq!(locked.variables["location"], "s3a://sales/*.parquet".into());
    assert!(locked.variables["dataFrameCapture"].is_null());
    assert!(locked.variables["dataFrameBytes"].is_null());
}

#[test]
fn an_insertion_without_a_process_is_kept_in_the_log_with_its_frame() {
    let office = Office::new();
    let url = format!("sqlite:{}", target(&office));
    office
        .client("mara")
        .add_connection("sales", &url, None)
        .unwrap();
    let request = InsertRequest {
        reading: Vec::new(),
        file: office.csv(),
        from: None,
        connection: "sales".into(),
        table: "orders".into(),
        mode: crewdesk::client::Mode::Append,
        key: Vec::new(),
        query: None,
        null_texts: Vec::new(),
        patch: None,
        rejects: None,
        user_name: None,
        password: None,
        dry_run: false,
        look: false,
        more: Vec::new(),
        again: false,
        undoable: false,
        rows_only: false,
    };
    let report = office
        .client("ana")
        .insert(&request, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    assert!(report.kept, "{report:?}");
    let worker = crewdesk::client::Embedded::new(office.desk.clone(), office.worker());
    assert!(matches!(
        worker.insert(&request, &mut |_| ControlFlow::Continue(())),
        Err(DeskError::Forbidden(_))
    ));
    let desk = rusqlite::Connection::open(office.folder.path().join("desk.db")).unwrap();
    let logged: Vec<(String, String, String)> = desk
        .prepare(
            "SELECT o.user_id, o.property, f.name FROM hist_operation o
             JOIN frame f ON f.hash = o.new_value WHERE o.operation = 'Insert'",
        )
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        logged,
        [("ana".into(), "sales.orders".into(), "orders.csv".into())]
    );
}

#[test]
fn a_preview_waits_neither_long_for_a_lock_nor_for_its_query() {
    let office = Office::new();
    let (id, ana) = (task(&office), office.client("ana"));
    let database = target(&office);
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                   SELECT max(i) AS id, 1 AS amount FROM n";
    let values = typed(&[
        ("databaseName", database.as_str()),
        ("tableName", "orders"),
        ("dataFrame", "id,amount\n1,10\n"),
        ("query", endless),
    ]);
    let since = std::time::Instant::now();
    assert_eq!(fields(ana.preview(&id, &values).map(drop)), ["query"]);
    assert!(since.elapsed().as_secs() < 60);
}

#[test]
fn a_connection_is_for_some_people_tables_and_modes() {
    let office = Office::new();
    let (mara, ana) = (office.client("mara"), office.client("ana"));
    mara.change_user("ana", None, Some(&["sales".to_owned()]))
        .unwrap();
    let database = target(&office);
    mara.add_connection("sales", &format!("sqlite:{database}"), None)
        .unwrap();
    let limit = |groups: &[&str], tables: &[&str], modes: &[&str]| {
        let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let limits = ConnectionLimits {
            without_ledger: false,
            groups: list(groups),
            tables: list(tables),
            modes: list(modes),
        };
        mara.limit_connection("sales", &limits)
    };
    let values = |mode: &str| {
        typed(&[
            ("connection", "sales"),
            ("tableName", "orders"),
            ("dataFrame", "id,amount\n1,10\n"),
            ("mode", mode),
        ])
    };
    let id = task(&office);
    let seen = |who: &str| office.client(who).connections().unwrap().len();

    limit(&["logistics"], &[], &[]).unwrap();
    assert_eq!((seen("mara"), seen("ana")), (1, 0));
    assert_eq!(
        fields(ana.preview(&id, &values("append")).map(drop)),
        ["connection"]
    );
    assert_eq!(
        fields(ana.complete_form(&id, &values("append"))),
        ["connection"]
    );
    assert_eq!(
        fields(ana.test_connection("sales").map(drop)),
        ["connection"]
    );

    limit(&["logistics", "sales"], &["stock_*"], &[]).unwrap();
    assert_eq!((seen("mara"), seen("ana")), (1, 1));
    assert_eq!(
        fields(ana.preview(&id, &values("append")).map(drop)),
        ["tableName"]
    );
    assert_eq!(
        fields(ana.complete_form(&id, &values("append"))),
        ["tableName"]
    );

    limit(&["sales"], &["ORD*"], &["append"]).unwrap();
    assert_eq!(fields(ana.complete_form(&id, &values("replace"))), ["mode"]);
    assert!(limit(&[], &[], &["swap"]).is_err());
    assert!(limit(&[""], &[], &[]).is_err());
    // Another place of the same name keeps the limits.
    mara.add_connection("sales", &format!("sqlite:{database}"), None)
        .unwrap();
    assert_eq!(
        mara.connections().unwrap()[0].limits.words(),
        "for sales; only ORD*; only append"
    );
    assert!(matches!(
        ana.limit_connection("sales", &ConnectionLimits::default()),
        Err(DeskError::Forbidden(_))
    ));
    ana.complete_form(&id, &values("append")).unwrap();
}

#[test]
fn where_a_form_asks_for_nothing_variables_are_said() {
    let office = Office::new();
    let (mara, ana) = (office.client("mara"), office.client("ana"));
    office.deploy("plain.bpmn", &PLAIN.replace(r#" name="Do it""#, ""));
    let start = StartRequest {
        key: "plain".into(),
        assignee: Some("ana".into()),
        ..StartRequest::default()
    };
    let id = mara.start(start).unwrap().id;
    let task = mara.instance(&id).unwrap().tasks.remove(0);
    // Without a name it is called by its activity.
    assert_eq!(ana.task(&task.id).unwrap().task.name, "do");
    let said = |text: &str| typed(&[("@variables", text)]);
    ana.save_draft(&task.id, &said("a=1\nb:="), None).unwrap();
    let values = ana.task(&task.id).unwrap().values;
    assert_eq!(values["@variables"], "a=1\nb:=");
    let wrong = vars::of_lines(&values["@variables"]).unwrap_err();
    assert!(wrong.to_string().starts_with("b: "), "{wrong}");
    let said = vars::of_lines("a=1\n\n b:=[2] ").unwrap();
    ana.complete(&task.id, said).unwrap();
    let variables = mara.instance(&id).unwrap().variables;
    assert_eq!(variables["a"]["value"], "1");
    assert_eq!(variables["b"]["value"][0], 2, "{variables:?}");
}
