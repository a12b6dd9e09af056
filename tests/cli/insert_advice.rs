//! What is said where rows do not go in, and what would help.

use crate::support::{House, fill, text};
use serde_json::json;

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
    // Before the target is asked for anything.
    let target = rusqlite::Connection::open(house.path("target.db")).unwrap();
    target.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let told = house.refused("mara", &twice);
    assert!(told.contains("The same content was inserted"), "{told}");
    target.execute_batch("ROLLBACK").unwrap();
    // However the table and the file are called.
    let (folder, file) = (house.path("."), house.path("target.db"));
    let name = folder.canonicalize().unwrap();
    let name = name.file_name().unwrap().to_str().unwrap();
    let url = format!("sqlite:{}/../{name}/target.db", folder.display());
    assert!(file.exists());
    house.good("mara", &["connection", "add", "other", &url]);
    for place in [["warehouse", "main.twice"], ["other", "twice"]] {
        let told = house.refused("mara", &[&["insert", "good.csv"][..], &place].concat());
        assert!(told.contains("The same content was inserted"), "{told}");
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

/// Nobody could warn whoever sent it before the other one was in.
#[test]
fn the_same_content_that_two_sent_meanwhile_comes_back_to_one() {
    let house = House::new();
    house.target("CREATE TABLE twice (id INTEGER, customer TEXT, amount REAL, ordered TEXT)");
    let frame = format!("dataFrame={}", house.arg("good.csv"));
    let send = |user: &str, task: &str, more: &[&str]| {
        let mut complete = fill(task, &frame);
        complete[6] = "tableName=twice";
        house.good(user, &[&complete[..], more].concat());
    };
    for user in ["ana", "ben"] {
        let (_, task) = house.launch(user, user);
        send(user, &task, &[]);
    }
    house.work();
    assert_eq!((house.rows("twice"), house.ledger()), (2, 1));
    // One of them, whose came second.
    let back = ["ana", "ben"].map(|user| (user, house.json(user, &["task", "list"])));
    let mut back = back.iter().flat_map(|(user, tasks)| {
        let tasks = tasks.as_array().unwrap().iter();
        let own = tasks.filter(move |task| task["title"] == *user);
        own.map(move |task| (*user, text(&task["id"])))
    });
    let (Some((user, id)), None) = (back.next(), back.next()) else {
        panic!("not one of them came back");
    };
    let told = house.good(user, &["task", "show", &id]).out;
    assert!(
        told.contains("was inserted into this table by another job"),
        "{told}"
    );
    // Whoever knows of it and sends it again wants it twice.
    send(user, &id, &["--again"]);
    house.work();
    assert_eq!((house.rows("twice"), house.ledger()), (4, 2));
}

#[test]
fn the_same_content_is_the_same_rows_of_a_file() {
    let house = House::new();
    house.write(
        "two.csv",
        "id,customer,amount,ordered\n31,ana,1,2026-01-01\n32,ben,2,2026-01-01\n",
    );
    let insert = |options: &[&str]| {
        let args = ["insert", "two.csv", "warehouse", "orders"];
        house.run("mara", &[&args, options].concat())
    };
    let first = ["--query", "SELECT * FROM frame WHERE id = 31"];
    let other = ["--query", "SELECT * FROM frame WHERE id = 32"];
    assert!(insert(&first).ok());
    let told = insert(&first).refusal();
    assert!(told.contains("--again inserts it again"), "{told}");
    assert!(insert(&other).ok());
    assert_eq!(house.rows("orders"), 2);
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
    // Not where another key is taken than the one that an upsert goes by.
    house.target("CREATE TABLE twokeys (id INTEGER PRIMARY KEY, a TEXT UNIQUE)");
    let first = house.write("first.csv", "id,a\n1,abc\n");
    house.good("mara", &["insert", &first, "warehouse", "twokeys"]);
    for (text, advised) in [("9,abc", false), ("1,other", true)] {
        let other = house.write("other.csv", &format!("id,a\n{text}\n"));
        let told = house.refused("mara", &["insert", &other, "warehouse", "twokeys"]);
        assert_eq!(told.contains("--mode upsert"), advised, "{told}");
    }
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
             first in line 2, \"tomorrow2\" in line 3, \"tomorrow3\" in line 4",
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
fn a_separator_that_was_not_found_is_named() {
    let house = House::new();
    house.write(
        "tilde.csv",
        "id~customer~amount~ordered\n71~ana~1.5~2026-01-01\n",
    );
    let text = "id\u{1}customer\u{1}amount\u{1}ordered\n72\u{1}ana\u{1}1.5\u{1}2026-01-01\n";
    house.write("control.csv", text);
    for (file, says) in [
        ("tilde.csv", "--separator '~'"),
        ("control.csv", "--separator '\\x01'"),
    ] {
        let insert = ["insert", file, "warehouse", "orders"];
        let told = house.refused("mara", &insert);
        assert!(told.contains(says) && !told.contains("--map"), "{told}");
        let sign = says.trim_start_matches("--separator ").trim_matches('\'');
        house.good("mara", &[&insert[..], &["--separator", sign]].concat());
    }
    assert_eq!(house.rows("orders"), 2);
}

#[test]
fn each_line_about_columns_is_told_with_its_option() {
    let house = House::new();
    let insert = ["insert", "good.csv", "warehouse", "orders"];
    let more = ["--map", "zzz=amount", "--set", "yyy=1", "--set", "id=3300"];
    let told = house.refused("mara", &[&insert[..], &more].concat());
    let lines: Vec<&str> = told.lines().collect();
    assert!(
        lines[0].contains("--map: \"zzz\" = \"amount\": orders has no"),
        "{told}"
    );
    assert!(
        lines[1].starts_with("--set: \"yyy\" := \"1\": orders has no"),
        "{told}"
    );
    assert!(
        lines[2].ends_with("or leave it out by --leave-out id"),
        "{told}"
    );
}

#[test]
fn days_of_other_countries_are_told_of() {
    let house = House::new();
    house.target("CREATE TABLE days (id INTEGER PRIMARY KEY, day DATE)");
    house.write("days.csv", "id,day\n1,2/13/2026\n2,1-Feb-2026\n3,soon\n");
    let ran = house.run("mara", &["insert", "days.csv", "warehouse", "days"]);
    let told = format!("{}{}", ran.out, ran.refusal());
    for says in [
        "\"2/13/2026\" is not DATE; write a day such as 2025-11-17, or say by --date-format",
        "or say by --date-format how days are written, such as dd-MMM-yyyy",
        "\"soon\" is not DATE; write a day such as 2025-11-17\n",
    ] {
        assert!(told.contains(says), "{told}");
    }
}

#[test]
fn limits_to_a_group_of_nobody_are_told() {
    let house = House::new();
    let limit = ["connection", "limit", "warehouse", "--group", "nogroup"];
    let told = house.good("mara", &limit).out;
    assert!(told.contains("nobody is in nogroup yet"), "{told}");
}

#[test]
fn what_stands_for_no_value_is_told_of_and_read_where_that_is_said() {
    let house = House::new();
    house.target("CREATE TABLE loose (id INTEGER, name TEXT, amount REAL, ordered DATE)");
    // As PostgreSQL's COPY and mysqldump write it.
    let dump = "1\tana\t2.50\t2026-01-01\n2\t\\N\t\\N\t\\N\n";
    house.write("loose.txt", dump);
    let insert = ["insert", "loose.txt", "warehouse", "loose"];
    let told = house.refused("mara", &insert);
    assert!(told.contains("Try: --header no"), "{told}");
    let insert = [&insert[..], &["--header", "no"]].concat();
    let ran = house.run("mara", &insert);
    assert!(ran.refusal().contains("Try: --escape '\\'"), "{ran:?}");
    let why =
        "is not DATE; where \\N is the NULL of a text export of a database, say --escape '\\'";
    assert!(ran.out.contains(why), "{ran:?}");
    let tried = [&insert[..], &["--null", "\\N", "--dry-run"]].concat();
    house.good("mara", &tried);
    let insert = [&insert[..], &["--escape", "\\"]].concat();
    house.good("mara", &insert);
    let nulls = "loose WHERE name IS NULL AND amount IS NULL AND ordered IS NULL";
    assert_eq!(house.count(nulls), 1);

    // Also far behind the rows that are looked at for what would help.
    let mut rows = "id,amount\n".to_owned();
    (0..10_500).for_each(|id| rows += &format!("{id},1\n"));
    house.write("far.csv", &(rows + "10500,NA\n"));
    let ran = house.run("mara", &["insert", "far.csv", "warehouse", "loose"]);
    assert!(ran.out.contains("no value, say --null NA"), "{ran:?}");

    // A first line that is a row may have the same value twice.
    house.write("twice.txt", "1\t7\t7\n2\t8\t8\n");
    let told = house.refused("mara", &["insert", "twice.txt", "warehouse", "loose"]);
    assert!(told.contains("if it is a row, say --header no"), "{told}");

    // A table that is made would have texts where numbers and days are meant.
    house.write("made.csv", "n,day,name\n1,2026-01-01,-\n\\N,NA,x\n");
    let create = [
        "insert",
        "made.csv",
        "warehouse",
        "made",
        "--mode",
        "create",
        "--dry-run",
    ];
    let told = house.good("mara", &create).out;
    assert!(told.contains("Try: --escape '\\' --null NA\n"), "{told}");
    let told = house
        .good(
            "mara",
            &[&create[..], &["--null", "\\N", "--null", "NA"]].concat(),
        )
        .out;
    assert!(
        told.contains("\"n\" INTEGER") && told.contains("\"day\" DATE"),
        "{told}"
    );
    assert!(!told.contains("Try:"), "{told}");
}

#[test]
fn columns_that_are_written_otherwise_are_named() {
    let house = House::new();
    house.target("CREATE TABLE loose (id INTEGER, day DATE, due DATE, amount REAL, tax REAL)");
    let rows = "id;day;due;amount;tax\n1;31-Dec-2026;12/31/26;1.234,5;0.5\n2;01-Feb-2027;01/13/26;99,25;1.5\n";
    house.write("mixed.csv", rows);
    let insert = ["insert", "mixed.csv", "warehouse", "loose"];
    let told = house.refused("mara", &insert);
    let tried = [
        "--numbers",
        "amount=1.234,56",
        "--date-format",
        "dd-MMM-yyyy",
        "--date-format",
        "due=MM/dd/yy",
    ];
    assert!(
        told.contains(&format!("Try: {}", tried.join(" "))),
        "{told}"
    );
    house.good("mara", &[&insert[..], &tried].concat());
    assert_eq!(
        house.count("loose WHERE due = '2026-12-31' AND amount = 1234.5 AND tax = 0.5"),
        1
    );
    let told = house.refused(
        "mara",
        &[&insert[..], &["--again", "--date-format", "dua=MM/dd/yy"]].concat(),
    );
    assert!(
        told.contains("--date-format: there is no column \"dua\"; did you mean \"due\"?"),
        "{told}"
    );
}

#[test]
fn lines_above_the_header_are_told_and_passed_over() {
    let house = House::new();
    let rows =
        "Orders of 2026\n\nid,customer,amount,ordered\n1,ana,2,2026-01-01\n2,ben,3,2026-01-02\n";
    house.write("above.csv", rows);
    let insert = ["insert", "above.csv", "warehouse", "orders"];
    let told = house.refused("mara", &insert);
    assert!(told.contains("Try: --skip-lines 2"), "{told}");
    assert!(!told.contains("--map"), "{told}");
    let told = house.refused(
        "mara",
        &[&insert[..], &["--skip-lines", "2000000"]].concat(),
    );
    assert!(
        told.contains("--skip-lines: write how many lines"),
        "{told}"
    );
    // Also where something stands below the table.
    house.write("below.csv", &format!("{rows}\n2 rows\n"));
    let told = house.refused("mara", &["insert", "below.csv", "warehouse", "orders"]);
    assert!(told.contains("Try: --skip-lines 2"), "{told}");
    house.good("mara", &[&insert[..], &["--skip-lines", "2"]].concat());
    assert_eq!(house.rows("orders"), 2);
}

#[test]
fn a_dry_run_says_what_the_table_makes_of_the_rows_and_a_missing_one_how_it_is_made() {
    let house = House::new();
    house.target("CREATE TABLE loud (id INTEGER, customer TEXT, amount REAL, ordered TEXT)");
    house.target(
        "CREATE TRIGGER up AFTER INSERT ON loud \
         BEGIN UPDATE loud SET customer = upper(customer) WHERE id = NEW.id; END",
    );
    let dry = ["insert", "good.csv", "warehouse", "loud", "--dry-run"];
    let told = house.refused("mara", &dry);
    assert!(
        told.contains("differ from the data frame in customer"),
        "{told}"
    );
    assert!(!told.contains("would fit"), "{told}");
    assert_eq!(house.rows("loud"), 0);
    let told = house.refused("mara", &["insert", "good.csv", "warehouse", "lout"]);
    assert!(
        told.contains("did you mean \"loud\"? Or say --mode create to have it made"),
        "{told}"
    );
}
