//! `crewdesk insert`: a frame into a table without a process.

use crate::support::{House, fill};
use serde_json::json;

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
    house.good("mara", &["connection", "limit", "shop"]);
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
fn the_same_content_a_second_time_is_told() {
    let house = House::new();
    house.target("CREATE TABLE twice (id INTEGER, customer TEXT, amount REAL, ordered TEXT)");
    house.target("CREATE TABLE other (id INTEGER, customer TEXT, amount REAL, ordered TEXT)");
    let insert = |table: &str, more: &[&str]| {
        let args = [&["insert", "good.csv", "warehouse", table][..], more].concat();
        house.json("mara", &args)["before"].clone()
    };
    assert!(insert("twice", &[]).is_null());
    assert!(insert("other", &[]).is_null(), "it is another table");
    // It is kept out, whether its content was known before it was read or not, and told.
    let twice = ["insert", "good.csv", "warehouse", "twice"];
    house.write("list.csv", "line,column,value\n");
    for more in [&[][..], &["--patch", "list.csv"]] {
        let told = house.refused("mara", &[&twice[..], more].concat());
        assert!(
            told.contains("The same content was inserted into this table")
                && told.contains("by mara; --again inserts it again"),
            "{told}"
        );
    }
    assert_eq!((house.rows("twice"), house.ledger()), (2, 2));
    let before = insert("Twice", &["--again"]);
    assert_eq!(before["user"], "mara", "{before:#}");
    assert!(insert("twice", &["--mode", "replace"]).is_null());
    let told = house
        .good("mara", &[&twice[..], &["--dry-run"]].concat())
        .out;
    assert!(told.contains("The same content was inserted"), "{told}");
    assert!(told.contains("by mara"), "{told}");

    // A job tells the next one.
    let (instance, task) = house.launch("first", "ana");
    assert!(house.send("ana", &task, "good.csv").ok());
    assert_eq!(house.work()["kept"], 1);
    let (_, task) = house.launch("second", "ben");
    let frame = format!("dataFrame={}", house.arg("good.csv"));
    let mut preview = fill(&task, &frame);
    preview[1] = "preview";
    // Ben may not see that job.
    let before = house.json("ben", &preview)["before"].clone();
    assert_eq!(
        (&before["user"], &before["title"]),
        (&json!("ana"), &json!(null))
    );
    let before = house.json("mara", &preview)["before"].clone();
    let told = (
        &before["user"],
        &before["processInstanceId"],
        &before["title"],
    );
    assert_eq!(told, (&json!("ana"), &json!(instance), &json!("first")));
    let complete = fill(&task, &frame);
    let told = house.refused("ben", &complete);
    assert!(told.contains("by ana; --again inserts it again"), "{told}");
    house.good("ben", &[&complete[..], &["--again"]].concat());
}

#[test]
fn what_is_no_frame_is_told_so() {
    let house = House::new();
    house.write("empty.csv", "");
    house.write("header.csv", "id,customer,amount,ordered\n");
    house.write("short.csv", "id,customer,amount,ordered\n1,ana\n");
    house.write(
        "long.csv",
        "id,customer,amount,ordered\n1,ana,1,2026-01-01,x,y\n",
    );
    house.write(
        "quote.csv",
        "id,customer,amount,ordered\n1,\"ana,1,2026-01-01\n",
    );
    std::fs::write(
        house.path("damaged.csv"),
        b"id,customer,amount,ordered\n1,\xc3\xa4\xe4,1,2026-01-01\n",
    )
    .unwrap();
    std::fs::create_dir(house.path("nothing")).unwrap();
    std::fs::write(house.path("zeros.csv"), [0u8; 4096]).unwrap();
    let desk = house.arg("desk/desk.db");
    let target = house.arg("target.db");
    let sparse = std::fs::File::create(house.path("sparse.csv")).unwrap();
    sparse.set_len(5 << 30).unwrap();
    for (file, says) in [
        ("missing.csv", "no such file"),
        ("nothing", "folder"),
        ("/dev/null", "device"),
        ("empty.csv", "empty"),
        ("header.csv", "row"),
        ("short.csv", "line 2"),
        ("long.csv", "line 2"),
        ("quote.csv", "line 2"),
        ("damaged.csv", "line 2, column 4"),
        ("zeros.csv", "line 1"),
        ("sparse.csv", "line 1"),
        (&desk, "the desk itself"),
        (&format!("{desk}-wal"), "the desk itself"),
        (&target, "data frame"),
    ] {
        let ran = house.run("mara", &["insert", file, "warehouse", "orders"]);
        let told = ran.refusal() + &ran.out;
        assert!(told.contains(says), "{file}: {told}");
    }
    assert_eq!((house.rows("orders"), house.ledger()), (0, 0));
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
fn messages_name_the_options() {
    let house = House::new();
    house.target("CREATE TABLE keyless (a TEXT)");
    house.write("a.csv", "a\nx\n");
    for (args, says) in [
        (&["keyless", "--mode", "upsert"][..], "say --mode append"),
        (
            &["orders", "--key", "id"],
            "--key: key columns say which rows are updated",
        ),
        (
            &["orders", "--mode", "create"],
            "say --mode append, replace or upsert",
        ),
        (&["keyless", "--separator", "long"], "--separator: "),
        (&["keyless", "--numbers", "x"], "--numbers: "),
        (&["keyless", "--reference", "a"], "--reference: "),
        (&["keyless", "--query", "nonsense"], "--query: "),
    ] {
        let told = house.refused("mara", &[&["insert", "a.csv", "warehouse"], args].concat());
        assert!(told.contains(says), "{args:?}: {told}");
        for field in ["keyColumns", "numberFormat", "query: query"] {
            assert!(!told.contains(field), "{told}");
        }
    }
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
        told.contains("1 row refers to what is not there (customer)"),
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
    assert!(told.contains("line 2: 1 fields"), "{told}");
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
fn points_that_may_stand_between_thousands_are_asked_about() {
    let house = House::new();
    let rows = |amounts: &[&str]| {
        let row = |(at, amount): (usize, &&str)| format!("{};ana;{amount};2026-01-01\n", at + 1);
        let rows: String = amounts.iter().enumerate().map(row).collect();
        house.write("g.csv", &format!("id;customer;amount;ordered\n{rows}"));
    };
    let both = "say --numbers 1.234,56 or --numbers 1234.56";
    house.target("CREATE TABLE wide (id INTEGER, customer TEXT, amount REAL, ordered TEXT)");
    let wide = ["insert", "g.csv", "warehouse", "wide"];
    for (amounts, says) in [
        (
            &["17", "1.234"][..],
            "\"1.234\" in line 3 may be 1234 or 1.234",
        ),
        (
            &["1.234", "1.234,56"],
            "\"1.234,56\" in line 3 has its comma before the fraction",
        ),
        (
            &["1.234", "12,5", "1.500"],
            "\"12,5\" in line 3 has its comma before the fraction",
        ),
    ] {
        rows(amounts);
        for more in [&[][..], &["--dry-run"], &["--rows-only"]] {
            let told = house.refused("mara", &[&wide[..], more].concat());
            assert!(told.contains(says) && told.contains(both), "{told}");
        }
        assert_eq!((house.rows("wide"), house.ledger()), (0, 0));
    }
    // Where another number tells, nothing is asked.
    rows(&["1.234", "1.5"]);
    house.good("mara", &wide);
    assert_eq!(house.count("wide WHERE amount = 1.234"), 1);
    rows(&["17", "1.234"]);
    for (numbers, is) in [("1.234,56", "1234"), ("1234.56", "1.234")] {
        house.target("DELETE FROM wide");
        house.good(
            "mara",
            &[&wide[..], &["--numbers", numbers, "--again"]].concat(),
        );
        assert_eq!(house.count(&format!("wide WHERE amount = {is}")), 1);
    }
    // A table that is made is no way around.
    let told = house.refused(
        "mara",
        &["insert", "g.csv", "warehouse", "made", "--mode", "create"],
    );
    assert!(told.contains(both), "{told}");
    assert_eq!(house.count("sqlite_schema WHERE name = 'made'"), 0);
    // Whole numbers have no fraction that could be meant.
    house.write(
        "whole.csv",
        "id;customer;amount;ordered\n1.234;ana;1;2026-01-01\n",
    );
    let told = house.refused("mara", &["insert", "whole.csv", "warehouse", "orders"]);
    assert!(told.contains("Try: --numbers 1.234,56"), "{told}");
    // The form hears it before, and the job all the same.
    house.target("DELETE FROM orders");
    let (instance, task) = house.launch("thousands", "ana");
    let mut preview = fill(&task, "dataFrame=g.csv");
    preview[1] = "preview";
    let seen = house.json("ana", &preview);
    assert_eq!(seen["errors"][0]["field"], "numberFormat", "{seen:#}");
    house.good("ana", &fill(&task, "dataFrame=g.csv"));
    assert_eq!(house.work()["kept"], 0);
    let back = house.task(&instance).expect("it comes back");
    let told = house.json("ana", &["task", "show", &back])["reason"].to_string();
    assert!(told.contains("may be 1234 or 1.234"), "{told}");
    assert_eq!(house.rows("orders"), 0);
}

#[test]
fn what_would_help_is_said_as_options() {
    let house = House::new();
    let german =
        "id;Kunde;amount;ordered;Notes\n1; ana;1.234,50;17.11.2025;x\n2;ben;NA;18.11.2025;y\n";
    house.write("german.csv", german);
    let insert = ["insert", "german.csv", "warehouse", "orders"];
    let told = house.refused("mara", &insert);
    let options = [
        "--map customer=Kunde",
        "--map note=Notes",
        "--numbers 1.234,56",
        "--date-format dd.MM.yyyy",
    ];
    // The columns of both sides stand beside each other.
    for says in [
        "COLUMN OF ORDERS",
        "customer          VARCHAR(60)    required",
        "Kunde",
    ] {
        assert!(told.contains(says), "{says}: {told}");
    }
    assert!(told.contains("Try: "), "{told}");
    for option in options {
        assert!(told.contains(option), "{option}: {told}");
    }
    let said = ["--map", "customer=Kunde", "--map", "note=Notes"];
    let told = house.refused("mara", &[&insert[..], &said].concat());
    assert!(
        told.contains("Try: --numbers 1.234,56 --date-format dd.MM.yyyy"),
        "{told}"
    );
    let formats = ["--numbers", "1.234,56", "--date-format", "dd.MM.yyyy"];
    let nullable =
        "CREATE TABLE loose (id INTEGER, Kunde TEXT, amount REAL, ordered DATE, Notes TEXT)";
    house.target(nullable);
    let loose = ["insert", "german.csv", "warehouse", "loose"];
    let told = house.refused("mara", &[&loose[..], &formats].concat());
    assert!(told.contains("Try: --null NA"), "{told}");
    house.good("mara", &[&loose[..], &formats, &["--null", "NA"]].concat());
    house.write(
        "blanks.csv",
        "id,customer,amount,ordered\n 1 ,ana,1,2026-01-01\n",
    );
    let told = house.refused("mara", &["insert", "blanks.csv", "warehouse", "orders"]);
    assert!(told.contains("Try: --trim=yes"), "{told}");
    let good = ["insert", "good.csv", "warehouse", "orders"];
    house.good("mara", &good);
    house.write(
        "again.csv",
        "id,customer,amount,ordered\n1,ana,3,2026-01-01\n",
    );
    let again = ["insert", "again.csv", "warehouse", "orders"];
    let told = house.refused("mara", &again);
    assert!(told.contains("Or: --mode upsert"), "{told}");
    house.good("mara", &[&again[..], &["--mode", "upsert"]].concat());
}

#[test]
fn a_reason_that_many_rows_have_is_told_once() {
    let house = House::new();
    let mut text = "id,customer,amount,ordered\n".to_owned();
    for id in 1..=1200 {
        text += &format!("{id},ana,1,tomorrow{id}\n");
    }
    text += "1201,,1,2026-01-01\n";
    house.write("many.csv", &text);
    let ran = house.run("mara", &["insert", "many.csv", "warehouse", "orders"]);
    ran.refusal();
    let told: Vec<&str> = ran.out.lines().collect();
    assert_eq!(
        told,
        [
            "  1,200 rows, ordered: \"tomorrow1\" is not DATE; write a day such as 2025-11-17; \
             first in line 2",
            "  line 1202, customer: must not be NULL; an empty text is written as \"\"",
        ]
    );
    let args = ["--json", "insert", "many.csv", "warehouse", "orders"];
    let report = house.run("mara", &args).json();
    let reasons = report["reasons"].as_array().unwrap();
    assert_eq!(reasons[0]["rows"], 1200);
    assert_eq!(reasons[0]["first"].as_array().unwrap().len(), 3);
    assert_eq!(reasons[1]["first"][0]["line"], 1202);
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
    assert!(ran.refusal().contains("1 of 1"), "{ran:?}");
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
    assert!(ran.out.contains("in/p3.csv, line 2, amount"), "{ran:?}");
    // Each file has a line 2: which one is meant is said, not guessed.
    house.write("fix.csv", "line,column,value\n2,,\n");
    let told = house.refused(
        "mara",
        &[&two[..], &["--dry-run", "--patch", "fix.csv"]].concat(),
    );
    assert!(told.contains("line 2 may be of any of the files"), "{told}");
    house.write("fix.csv", "file,line,column,value\nin/p3.csv,2,,\n");
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
fn truths_of_other_languages_are_suggested_and_read_where_that_is_said() {
    let house = House::new();
    house.target("CREATE TABLE flags (id INTEGER PRIMARY KEY, paid BOOLEAN)");
    house.write("flags.csv", "id\tpaid\n1\tJa\n2\tnein\n3\tyes\n");
    let insert = [
        "insert",
        "flags.csv",
        "warehouse",
        "flags",
        "--separator",
        "\\t",
    ];
    house.write("german.csv", "id\tpaid\n1\tJa\n2\tnein\n");
    let german = [
        "insert",
        "german.csv",
        "warehouse",
        "flags",
        "--separator",
        "tab",
    ];
    let told = house.refused("mara", &german);
    assert!(told.contains("Try: --booleans ja/nein"), "{told}");
    house.good("mara", &[&insert[..], &["--booleans", "ja/nein"]].concat());
    assert_eq!(house.count("flags WHERE paid = 1"), 2);
    assert_eq!(house.count("flags WHERE paid = 0"), 1);
    let told = house.refused("mara", &[&insert[..], &["--booleans", "ja"]].concat());
    assert!(
        told.contains("--booleans: \"ja\" says no two words"),
        "{told}"
    );
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
}

#[test]
fn a_reference_to_nothing_is_told_with_its_column_and_value() {
    let house = House::new();
    house.target(
        "CREATE TABLE people (name TEXT PRIMARY KEY);
         CREATE TABLE work (id INTEGER PRIMARY KEY, who TEXT REFERENCES people);
         CREATE TABLE later (id INTEGER PRIMARY KEY,
           who TEXT REFERENCES people DEFERRABLE INITIALLY DEFERRED);
         INSERT INTO people VALUES ('ana')",
    );
    house.write("work.csv", "id,who\n1,ana\n2,zoe\n3,\n");
    for mode in ["append", "upsert"] {
        let ran = house.run(
            "mara",
            &["insert", "work.csv", "warehouse", "work", "--mode", mode],
        );
        ran.refusal();
        let says = "line 3, who \"zoe\": it refers to a row of \"people\" that does not exist";
        assert!(ran.out.contains(says), "{mode}: {ran:?}");
    }
    let told = house.refused("mara", &["insert", "work.csv", "warehouse", "later"]);
    let says = "later, who \"zoe\": it refers to a row of \"people\" that does not exist";
    assert!(told.contains(says), "{told}");
    assert_eq!((house.rows("work"), house.rows("later")), (0, 0));
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
