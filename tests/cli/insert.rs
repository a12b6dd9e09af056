//! `crewdesk insert`: a frame into a table without a process.

use crate::support::House;
use serde_json::{Value, json};

#[test]
fn a_frame_goes_in_whole_or_not_at_all() {
    let house = House::new();
    let report = house.json("mara", &["insert", "good.csv", "warehouse", "orders"]);
    assert_eq!(
        (&report["kept"], &report["rowsInserted"]),
        (&json!(true), &json!(2))
    );
    assert_eq!(house.rows("orders"), 2);
    // The same keys again do not fit.
    let ran = house.run(
        "mara",
        &["--json", "insert", "good.csv", "warehouse", "orders"],
    );
    assert!(!ran.refusal().is_empty());
    assert_eq!(ran.json()["kept"], false);

    house.target("DELETE FROM orders");
    let ran = house.run(
        "mara",
        &["--json", "insert", "bad.csv", "warehouse", "orders"],
    );
    ran.refusal();
    let report = ran.json();
    assert_eq!(
        (&report["kept"], &report["rowsInserted"]),
        (&json!(false), &json!(0))
    );
    assert_eq!(report["refusals"][0]["line"], 3);
    assert_eq!(house.rows("orders"), 0);
    let ran = house.run("mara", &["insert", "bad.csv", "warehouse", "orders"]);
    assert!(ran.out.contains("line 3"), "{ran:?}");
}

#[test]
fn mode_query_and_null_texts_are_obeyed() {
    let house = House::new();
    house.target("INSERT INTO orders VALUES (9, 'old', 1, '2020-01-01', 'x')");
    let insert = ["insert", "good.csv", "warehouse", "orders"];
    house.good("mara", &insert);
    assert_eq!(house.rows("orders"), 3);
    house.good("mara", &[&insert[..], &["--mode", "replace"]].concat());
    assert_eq!(house.rows("orders"), 2);

    let query = "SELECT id + 10 AS id, upper(customer) AS customer, amount, ordered \
                 FROM frame WHERE id = 1";
    let report = house.json("mara", &[&insert[..], &["--query", query]].concat());
    assert_eq!(report["rowsInserted"], 1);
    assert_eq!(house.count("orders WHERE id = 11 AND customer = 'ANA'"), 1);

    let frame =
        "id,customer,amount,ordered,note\n21,ana,1,2026-01-17,-\n22,ben,1,2026-01-17,NULL\n";
    house.write("nulls.csv", frame);
    let nulls = [
        "insert",
        "nulls.csv",
        "warehouse",
        "orders",
        "--null=-",
        "--null",
        "NULL",
    ];
    house.good("mara", &nulls);
    assert_eq!(house.count("orders WHERE id > 20 AND note IS NULL"), 2);
}

#[test]
fn columns_and_values_are_shaped_and_a_dry_run_writes_nothing() {
    let house = House::new();
    let frame = "Nr;Kunde;Betrag;Tag;Notes\n1; ana ;1.234,50;17.11.2025;x\n2;;2,00;18.11.2025;y\n";
    house.write("german.csv", frame);
    let told = house.refused("mara", &["insert", "german.csv", "warehouse", "orders"]);
    // A line for each column, and what to do by the options of this command.
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].ends_with("orders has no column \"Nr\""), "{told}");
    assert!(
        lines[1].starts_with("orders has no column \"Kunde\""),
        "{told}"
    );
    assert!(!told.contains("?."), "{told}");
    let says = "Say where it goes, such as by --map name=Nr, or by --leave-out Nr";
    assert!(lines.contains(&says), "{told}");
    let shaped = [
        "insert",
        "german.csv",
        "warehouse",
        "orders",
        "--map=id=Nr",
        "--map=customer=Kunde",
        "--map=amount=Betrag",
        "--map=ordered=Tag",
        "--leave-out=Notes",
        "--set=note=a = \"b\" ? c",
        "--default=customer=nobody",
        "--numbers=1.234,56",
        "--date-format=dd.MM.yyyy",
        "--trim",
    ];
    let dry = house.json("mara", &[&shaped[..], &["--dry-run"]].concat());
    let told = (
        &dry["dryRun"],
        &dry["kept"],
        &dry["rowsRead"],
        &dry["rowsRefused"],
    );
    assert_eq!(told, (&json!(true), &json!(false), &json!(2), &json!(0)));
    assert_eq!((house.rows("orders"), house.ledger()), (0, 0));
    let report = house.json("mara", &shaped);
    assert_eq!(report["rowsInserted"], 2, "{report:#}");
    let first = "orders WHERE id = 1 AND customer = 'ana' AND amount = 1234.5 \
                 AND ordered = '2025-11-17' AND note = 'a = \"b\" ? c'";
    assert_eq!(house.count(first), 1);
    assert_eq!(
        house.count("orders WHERE id = 2 AND customer = 'nobody'"),
        1
    );
    // Now their keys are taken: the dry run says so, with both names, and fails.
    let ran = house.run("mara", &[&shaped[..], &["--dry-run"]].concat());
    assert!(
        ran.refusal().contains("2 of 2 rows would be refused"),
        "{ran:?}"
    );
    assert!(ran.out.contains("line 2, id (Nr)"), "{ran:?}");
    assert_eq!(house.rows("orders"), 2);
    let told = house.refused(
        "mara",
        &["insert", "german.csv", "warehouse", "orders", "--set=x"],
    );
    assert!(told.contains("--set wants COLUMN="), "{told}");
}

#[test]
fn rows_come_from_another_connection() {
    let house = House::new();
    let shop = rusqlite::Connection::open(house.path("shop.db")).unwrap();
    shop.execute_batch(
        "CREATE TABLE sold(nr INTEGER, who TEXT, price TEXT, day TEXT);
         INSERT INTO sold VALUES (1, 'ana', '1.50', '2025-11-17'), (2, 'a, \"b\"', '2', '2025-11-18');",
    )
    .unwrap();
    let url = format!("sqlite:{}", house.arg("shop.db"));
    house.good("mara", &["connection", "add", "shop", &url]);
    let sql =
        "SELECT nr AS id, who AS customer, price AS amount, day AS ordered, NULL AS note FROM sold";
    let insert = ["insert", "--from", "shop", sql, "warehouse", "orders"];
    let dry = house.json("ana", &[&insert[..], &["--dry-run"]].concat());
    assert_eq!((&dry["rowsRead"], house.rows("orders")), (&json!(2), 0));
    let report = house.json("ana", &insert);
    assert_eq!(report["rowsInserted"], 2, "{report:#}");
    let second = "orders WHERE customer = 'a, \"b\"' AND amount = 2 AND note IS NULL";
    assert_eq!(house.count(second), 1);
    house.target("DELETE FROM orders");

    // Numbers stand there as the desk writes them, whatever is said of those of files; and nobody
    // has to say how a number of three digits behind the point is meant.
    for more in [&["--numbers", "1.234,56"][..], &[]] {
        let sql = "SELECT 1 AS id, 'ana' AS customer, 1.125 AS amount, '2025-11-17' AS ordered";
        house.target("CREATE TABLE exact(id, customer, amount DECIMAL(12,3), ordered)");
        let insert = [
            "insert",
            "--again",
            "--from",
            "shop",
            sql,
            "warehouse",
            "exact",
        ];
        house.good("mara", &[&insert[..], more].concat());
        assert_eq!(house.count("exact WHERE amount = 1.125"), 1, "{more:?}");
        house.target("DROP TABLE exact");
    }

    // The same in the form of a process; what is read is kept for the worker, and for the next look.
    let (_, task) = house.launch("from", "ana");
    let query = format!("sourceQuery={sql}");
    let form = ["--var", "connection=warehouse", "--var", "tableName=orders"];
    let source = ["--var", "sourceConnection=shop", "--var", &query];
    let args = |verb: &'static str| [&["task", verb, &task][..], &form, &source].concat();
    let preview = house.json("ana", &args("preview"));
    assert_eq!(
        (&preview["rowsRead"], &preview["refused"]),
        (&json!(2), &json!(0))
    );
    assert!(preview["before"].is_object(), "{preview:#}");
    for (more, says) in [
        (&form[..], "choose a data frame"),
        (&[&form[..], &source[..2]].concat(), "write the SELECT"),
        (&[&form[..], &source[2..]].concat(), "choose the connection"),
        (
            &[&args("complete")[3..], &["--var", "dataFrame=good.csv"]].concat(),
            "clear one of them",
        ),
        (
            &[&form[..], &source[2..], &["--var", "sourceConnection=none"]].concat(),
            "no connection none",
        ),
        (
            &[
                &form[..],
                &source[..2],
                &["--var", "sourceQuery=DELETE FROM sold"],
            ]
            .concat(),
            "no SELECT",
        ),
    ] {
        let told = house.refused("ana", &[&["task", "complete", &task], more].concat());
        assert!(told.contains(says), "{more:?}: {told}");
    }
    // Only who may use a connection reads from it, and not where it is for some tables.
    for (limit, says) in [
        (&["--group", "finance"][..], "shop is for finance"),
        (&["--table", "sold"], "a query may read any table"),
    ] {
        house.good("mara", &[&["connection", "limit", "shop"], limit].concat());
        for refused in [args("complete").as_slice(), &args("preview"), &insert] {
            let told = house.refused("ana", refused);
            assert!(told.contains(says), "{refused:?}: {told}");
        }
    }
    // To look at them changes nothing.
    let shown = house.good("mara", &["connection", "limit", "shop"]).out;
    assert!(shown.contains("sold"), "{shown}");
    house.refused("ana", &insert);
    house.good("mara", &["connection", "limit", "shop", "--none"]);
    house.good("ana", &[args("complete").as_slice(), &["--again"]].concat());
    shop.execute_batch("DELETE FROM sold").unwrap();
    assert_eq!(
        (&house.work()["kept"], house.rows("orders")),
        (&json!(1), 2)
    );
    // The desk's own database is nobody's source.
    let told = house.run(
        "mara",
        &[
            "connection",
            "add",
            "own",
            &format!("sqlite:{}", house.arg("desk/desk.db")),
        ],
    );
    assert!(told.refusal().contains("own database"), "{told:?}");
}

#[test]
fn an_employees_query_reads_the_frame_and_nothing_else() {
    let house = House::new();
    let desk = house.arg("desk/desk.db");
    for query in [
        &format!("ATTACH '{desk}' AS d") as &str,
        "PRAGMA writable_schema=1",
        "DELETE FROM frame",
        "SELECT * FROM orders",
        "SELECT load_extension('x')",
        "SELECT readfile('/etc/passwd')",
        "SELECT 1; SELECT 2",
        "no sql",
    ] {
        let args = [
            "insert",
            "good.csv",
            "warehouse",
            "orders",
            "--query",
            query,
        ];
        let told = house.refused("ana", &args);
        assert!(told.contains("query"), "{query}: {told}");
    }
    assert_eq!(house.rows("orders"), 0);
}

#[test]
fn names_can_not_be_injected() {
    let house = House::new();
    for table in [
        "orders; DROP TABLE orders",
        "orders\" (id) VALUES (1); --",
        "sqlite_schema",
        "crewdesk_ledger",
        "orders--",
        "'orders'",
        "",
    ] {
        let told = house.refused("mara", &["insert", "good.csv", "warehouse", table]);
        assert!(!told.is_empty(), "{table}");
    }
    let frame = "id,customer,amount,\"ordered) VALUES (1); --\"\n1,ana,1,2026-01-01\n";
    house.write("columns.csv", frame);
    house.refused("mara", &["insert", "columns.csv", "warehouse", "orders"]);
    assert_eq!(house.rows("orders"), 0);
    house.target("CREATE TABLE \"odd \"\" name; --\" (\"a b\" TEXT, \"c\"\"d\" TEXT)");
    house.write("odd.csv", "a b,\"c\"\"d\"\n1,'; DROP TABLE orders; --\n");
    let odd = "odd \" name; --";
    house.good("mara", &["insert", "odd.csv", "warehouse", odd]);
    assert_eq!(
        (house.count("\"odd \"\" name; --\""), house.rows("orders")),
        (1, 0)
    );
}

#[test]
fn the_desks_own_database_is_never_a_target() {
    let house = House::new();
    let desk = house.arg("desk/desk.db");
    std::os::unix::fs::symlink(&desk, house.path("link.db")).unwrap();
    std::fs::hard_link(&desk, house.path("hard.db")).unwrap();
    for path in [
        desk,
        house.arg("link.db"),
        house.arg("hard.db"),
        house.arg("desk/../desk/desk.db"),
    ] {
        let url = format!("sqlite:{path}");
        let added = house.run("mara", &["connection", "add", "own", &url]);
        if added.ok() {
            let told = house.refused("mara", &["insert", "good.csv", "own", "user"]);
            assert!(told.contains("own database"), "{told}");
        } else {
            assert!(added.refusal().contains("own database"), "{added:?}");
        }
    }
    house.good("mara", &["task", "list"]);
}

#[test]
fn facts_of_columns_are_told() {
    let house = House::new();
    house.target("CREATE TABLE people (name TEXT PRIMARY KEY)");
    house.target("INSERT INTO people VALUES ('ana')");
    let insert = ["insert", "good.csv", "warehouse", "orders"];
    let asks = [
        "--reference",
        "customer -> people.name",
        "--exact-distinct",
        "all",
    ];
    let ran = house.run("mara", &[&insert[..], &asks].concat());
    let told = ran.refusal();
    assert!(
        told.contains("1 row refers to what is not there (customer: ben)"),
        "{told}"
    );
    assert!(ran.out.contains("ORPHANS"), "{ran:?}");
    assert_eq!(house.rows("orders"), 0);
    // A dry run says the same, and fails.
    let dry = [&insert[..], &asks, &["--dry-run"]].concat();
    let ran = house.run("mara", &dry);
    let told = ran.refusal();
    assert!(told.contains("1 row refers to what is not there"), "{told}");
    assert!(ran.out.contains("ORPHANS"), "{ran:?}");
    house.target("INSERT INTO people VALUES ('ben')");
    let ran = house.good("mara", &dry);
    assert!(
        ran.out
            .contains("refer to nothing that is not there; nothing was kept"),
        "{ran:?}"
    );
    assert_eq!((house.rows("orders"), house.ledger()), (0, 0));
    let report = house.json("mara", &[&insert[..], &asks].concat());
    let mut columns = report["columns"].as_array().unwrap().iter();
    let customer = columns.find(|column| column["name"] == "customer").unwrap();
    let told = (
        &customer["distinct"],
        &customer["exact"],
        &customer["orphans"],
    );
    assert_eq!(told, (&json!(2), &json!(true), &json!(0)), "{report:#}");
    house.target("INSERT INTO orders VALUES (9, 'old', 1, '2020-01-01', 'x')");
    let ran = house.good("mara", &[&insert[..], &["--mode", "replace"]].concat());
    assert!(
        ran.out.starts_with("2 rows inserted, 3 deleted before in "),
        "{ran:?}"
    );
    let heads = "COLUMN    NULLS  DISTINCT  MIN         MAX         SUM";
    assert!(ran.out.contains(heads), "{ran:?}");
    // Who is limited to some tables does not hear what is in others.
    house.good(
        "mara",
        &["connection", "limit", "warehouse", "--table", "orders"],
    );
    let told = house.refused("mara", &[&insert[..], &asks].concat());
    assert!(
        told.contains("--reference: the connection warehouse is for orders only"),
        "{told}"
    );
}

#[test]
fn fixed_rows_are_tried_without_a_trace() {
    let house = House::new();
    house.write("rows.csv", "id,customer,amount,ordered,note\n1,ana,1,2026-01-01,\n2,ben,x,2026-01-01,\n3,cem,y,2026-01-01,\n4,dee,z,2026-01-01,\n");
    house.write("patch.csv", "record,column,value\n2,amount,5\n3\n4,,\n");
    let insert = [
        "insert",
        "rows.csv",
        "warehouse",
        "orders",
        "--patch",
        "patch.csv",
    ];
    let dry = house.json("mara", &[&insert[..], &["--dry-run"]].concat());
    let told = (&dry["rowsRead"], &dry["rowsRefused"], &dry["dryRun"]);
    assert_eq!(told, (&json!(2), &json!(0), &json!(true)), "{dry:#}");
    assert_eq!((house.rows("orders"), house.ledger()), (0, 0));
    let report = house.json("mara", &insert);
    assert_eq!(report["rowsInserted"], 2, "{report:#}");
    assert_eq!(house.count("orders WHERE id = 2 AND amount = 5"), 1);
    house.write("patch.csv", "record,column,value\nfour\n");
    let told = house.refused("mara", &insert);
    assert!(told.contains("--patch: "), "{told}");
    assert!(told.contains("line 2: 1 field where"), "{told}");
    assert!(!told.contains("data frame"), "{told}");
    // The lines that refusals name are taken, too, also of a row that has several.
    house.target("DELETE FROM orders");
    let text = "id,customer,amount,ordered,note\n1,ana,1,2026-01-01,\"a\nb\"\n2,ben,x,2026-01-01,\n\
                3,cem,y,2026-01-01,\"c\nd\"\n";
    house.write("rows.csv", text);
    house.write("patch.csv", "line,column,value\n4,amount,7\n6,,\n");
    let report = house.json("mara", &insert);
    assert_eq!(report["rowsInserted"], 2, "{report:#}");
    assert_eq!(house.count("orders WHERE id = 2 AND amount = 7"), 1);
    for (list, says) in [
        (
            "line,column,value\n1,amount,7\n",
            "line 1 of the data frame is no row",
        ),
        (
            "line,column,value\n9,amount,7\n",
            "line 9 of the data frame is no row",
        ),
        (
            "line,column,value\n4,amont,7\n",
            "has no column \"amont\"; did you mean \"amount\"?",
        ),
        (
            "row,column\n1,2\n",
            "its columns are line (or record), column, value",
        ),
    ] {
        house.write("patch.csv", list);
        for more in [&[][..], &["--dry-run"]] {
            let told = house.refused("mara", &[&insert[..], more].concat());
            assert!(told.contains("--patch: ") && told.contains(says), "{told}");
        }
    }
}

#[test]
fn rows_come_from_standard_input_and_from_several_files() {
    let house = House::new();
    let piped = ["insert", "-", "warehouse", "orders"];
    let ran = house.run_with("mara", &piped, crate::support::GOOD);
    assert!(ran.ok(), "{ran:?}");
    assert_eq!(house.rows("orders"), 2);
    let bad = "id,customer,amount,ordered\n3,ana,x,2026-01-01\n";
    let ran = house.run_with("mara", &piped, bad);
    assert!(
        ran.refusal().contains("the only row was refused"),
        "{ran:?}"
    );
    assert!(ran.out.contains("line 2, amount"), "{ran:?}");
    let ran = house.run_with("mara", &piped, "");
    assert!(ran.refusal().contains("is empty"), "{ran:?}");

    let row = |id: u32| format!("id,customer,amount,ordered\n{id},ana,1,2026-01-01\n");
    std::fs::create_dir(house.path("in")).unwrap();
    for (file, id) in [
        ("in/p1.csv", 11),
        ("in/p2.csv", 12),
        ("in/p3.csv", 13),
        ("q.csv", 14),
    ] {
        house.write(file, &row(id));
    }
    house.good("mara", &["insert", "in/p[12].csv", "warehouse", "orders"]);
    assert_eq!(house.count("orders WHERE id IN (11, 12)"), 2);
    let two = ["insert", "in/p3.csv", "q.csv", "warehouse", "orders"];
    let dry = house.json("mara", &[&two[..], &["--dry-run"]].concat());
    assert_eq!(dry["rowsRead"], 2);
    house.good("mara", &two);
    assert_eq!(house.count("orders WHERE id IN (13, 14)"), 2);
    house.write(
        "in/p3.csv",
        "id,customer,amount,ordered\n15,ana,x,2026-01-01\n",
    );
    house.write("q.csv", &row(16));
    let ran = house.run("mara", &two);
    assert!(ran.out.contains("p3.csv, line 2, amount"), "{ran:?}");
    // Each file has a line 2: which one is meant is said, not guessed.
    house.write("fix.csv", "line,column,value\n2,,\n");
    let told = house.refused(
        "mara",
        &[&two[..], &["--dry-run", "--patch", "fix.csv"]].concat(),
    );
    assert!(told.contains("line 2 may be of any of the files"), "{told}");
    house.write("fix.csv", "file,line,column,value\np3.csv,2,,\n");
    let dry = house.json(
        "mara",
        &[&two[..], &["--dry-run", "--patch", "fix.csv"]].concat(),
    );
    assert_eq!(dry["rowsRead"], 1, "{dry:#}");
    for wrong in [&["insert", "q.csv", "orders"][..], &["insert"]] {
        assert_eq!(house.run("mara", wrong).status.code(), Some(2));
    }
}

#[test]
fn several_files_are_the_same_frame_however_they_are_named() {
    let house = House::new();
    std::fs::create_dir(house.path("in")).unwrap();
    let row = |id: u32| format!("id,customer,amount,ordered\n{id},ana,1,2026-01-01\n");
    house.write("in/1.csv", &row(1));
    house.write("in/2.csv", &row(2));
    let into = |files: &[&str], more: &[&str]| {
        let words = [&["insert"], files, &["warehouse", "orders"], more].concat();
        house.run("mara", &words)
    };
    assert!(into(&["in"], &[]).ok());
    house.target("DELETE FROM orders");
    for files in [["in/1.csv", "in/2.csv"], ["./in/1.csv", "in/../in/2.csv"]] {
        let told = into(&files, &[]).refusal();
        assert!(told.contains("same content"), "{told}");
    }
    // Asked for again it is refused for what is wrong, and not because it is the same.
    assert!(into(&["in"], &["--again"]).ok());
    let told = into(&["in"], &["--again"]).refusal();
    assert!(!told.contains("same content"), "{told}");
    let told = into(&["in/1.csv", "./in/1.csv"], &[]).refusal();
    assert!(
        told.contains("./in/1.csv: stands twice in the list"),
        "{told}"
    );
    // A frame that is kept is one by itself: no file beside it is passed over.
    let frames = std::fs::read_dir(house.path("desk/desk.db.frames")).unwrap();
    let names = frames.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let hash = names.filter(|name| name.len() == 64).min().unwrap();
    let told = into(&[&format!("frame:{hash}"), "in/2.csv"], &[]).refusal();
    assert!(told.contains("is one by itself"), "{told}");
}

#[test]
fn a_dry_run_shows_the_table_that_would_be_made() {
    let house = House::new();
    let create = [
        "insert",
        "good.csv",
        "warehouse",
        "made",
        "--mode",
        "create",
        "--key",
        "id",
        "--dry-run",
    ];
    let told = house.good("mara", &create).out;
    let statement = "The table would be made by\nCREATE TABLE main.\"made\" (\n  \"id\" INTEGER";
    assert!(told.contains(statement), "{told}");
    assert!(told.contains("PRIMARY KEY (\"id\")"), "{told}");
    assert_eq!(house.count("sqlite_schema WHERE name = 'made'"), 0);
    // What would become texts may be days and numbers that are written otherwise.
    house.write(
        "west.csv",
        "day;amount;name\n31.12.2026;1.234,50;a\n30.11.2026;99,90;b\n",
    );
    let create = [
        "insert",
        "west.csv",
        "warehouse",
        "west",
        "--mode",
        "create",
        "--dry-run",
    ];
    let told = house.good("mara", &create).out;
    let tried = ["--numbers", "1.234,56", "--date-format", "dd.MM.yyyy"];
    assert!(
        told.contains(&format!("Try: {}", tried.join(" "))),
        "{told}"
    );
    let told = house.good("mara", &[&create[..], &tried].concat()).out;
    assert!(
        !told.contains("Try:") && told.contains("\"day\" DATE"),
        "{told}"
    );
}

#[test]
fn past_insertions_are_listed_the_newest_first() {
    let house = House::new();
    house.target("CREATE TABLE past (id INTEGER, customer TEXT, amount REAL, ordered TEXT)");
    let told = house.good("mara", &["insert", "--list"]).out;
    assert!(told.contains("Nothing was inserted."), "{told}");
    let insert = ["insert", "good.csv", "warehouse", "past"];
    house.good("ana", &[&insert[..], &["--undoable"]].concat());
    house.good("mara", &[&insert[..], &["--mode", "replace"]].concat());
    let all = house.json("mara", &["insert", "--list"]);
    let of = |name: &str| -> Vec<Value> {
        let all = all.as_array().unwrap().iter();
        all.map(|past| past[name].clone()).collect()
    };
    assert_eq!(of("userId"), ["mara", "ana"], "{all:#}");
    assert_eq!(of("mode"), ["replace", "append"]);
    assert_eq!(of("table"), ["past", "past"]);
    assert_eq!(of("rows"), [2, 2]);
    assert!(of("undoUntil")[0].is_null() && of("undoUntil")[1].is_string());
    // Others see their own.
    let own = house.json("ana", &["insert", "--list"]);
    assert_eq!(own.as_array().unwrap().len(), 1, "{own:#}");
    let told = house.good("ana", &["insert", "--list"]).out;
    let key = own[0]["key"].as_str().unwrap();
    assert!(told.contains(key) && told.contains("until "), "{told}");
    house.good("ana", &["insert", "--undo", key]);
    let told = house.good("ana", &["insert", "--list"]).out;
    assert!(told.contains("taken back"), "{told}");
}
