//! What values mean on their way: the formats of a form in a job and over a query, and in what rows
//! differ that the table makes something else of.

use crate::support::House;
use serde_json::json;

#[test]
fn a_job_reads_truths_as_the_form_says() {
    let house = House::new();
    house.target("CREATE TABLE paid (id INTEGER PRIMARY KEY, ok BOOLEAN)");
    let file = house.write("paid.csv", "id;ok\n1;ja\n2;nein\n");
    let (instance, task) = house.launch("paid/1", "ana");
    let frame = format!("dataFrame={file}");
    let mut args = vec!["task", "complete", &task];
    for value in [
        "connection=warehouse",
        "tableName=paid",
        &frame,
        "booleanFormat=ja/nein",
    ] {
        args.extend(["--var", value]);
    }
    house.good("ana", &args);
    house.work();
    assert_eq!(house.rows("paid"), 2);
    assert_eq!(house.count("paid WHERE ok = 1"), 1);
    let shown = house.json("mara", &["instance", "show", &instance]);
    assert_eq!(shown["state"], "COMPLETED", "{shown}");
}

#[test]
fn a_query_sees_days_and_numbers_as_the_formats_say() {
    let house = House::new();
    house.target("CREATE TABLE agg (n INTEGER, s NUMERIC, first DATE, last DATE)");
    house.target("CREATE TABLE days (d DATE, s NUMERIC)");
    // One value that does not follow leaves the others what they are.
    let file = house.write(
        "q.csv",
        "id;betrag;d\n1;1.234,50;01.12.2024\n2;9,50;15.01.2025\n3;0,50;20.06.2024\n4;-;-\n",
    );
    let formats = ["--numbers", "1.234,56", "--date-format", "dd.MM.yyyy"];
    let insert = |table: &str, query: &str| {
        let args = ["insert", &file, "warehouse", table, "--query", query];
        house.good("mara", &[&args[..], &formats].concat());
    };
    let numbered = "d GLOB '[0-9]*'";
    insert(
        "agg",
        &format!(
            "SELECT count(*) n, sum(betrag) s, min(d) first, max(d) last FROM frame WHERE {numbered}"
        ),
    );
    let wanted = "n = 3 AND s = 1244.5 AND first = '2024-06-20' AND last = '2025-01-15'";
    assert_eq!(house.count(&format!("agg WHERE {wanted}")), 1);
    insert(
        "days",
        &format!("SELECT d, betrag s FROM frame WHERE d >= '2025-01-01' AND {numbered}"),
    );
    assert_eq!(house.rows("days"), 1);
    assert_eq!(house.count("days WHERE d = '2025-01-15' AND s = 9.5"), 1);
}

#[test]
fn numbers_that_may_be_read_two_ways_are_asked_about_before_a_query() {
    let house = House::new();
    house.target("CREATE TABLE agg (s NUMERIC)");
    let file = house.write("amb.csv", "a;b\n1.234;1.500\n2.500;x\n");
    let query = |sql: &'static str| ["insert", &file, "warehouse", "agg", "--query", sql];
    let sum = query("SELECT sum(a) s FROM frame");
    let told = house.refused("mara", &sum);
    assert!(
        told.contains("a: \"1.234\" in line 2 may be 1234 or 1.234"),
        "{told}"
    );
    assert_eq!(house.rows("agg"), 0);
    let dry = house.run("mara", &[&sum[..], &["--dry-run"]].concat());
    assert!(!dry.ok(), "{dry:?}");
    house.good("mara", &[&sum[..], &["--numbers", "1.234,56"]].concat());
    assert_eq!(house.count("agg WHERE s = 3734"), 1);
    // What the query does not read is not asked about.
    house.good("mara", &query("SELECT count(b) s FROM frame"));
}

#[test]
fn it_is_told_in_what_rows_differ_that_the_table_changes() {
    let house = House::new();
    house.target(
        "CREATE TRIGGER lower AFTER INSERT ON orders BEGIN
           UPDATE orders SET note = lower(note) WHERE id = NEW.id; END",
    );
    let file = house.write(
        "notes.csv",
        "id,customer,amount,ordered,note\n1,ana,1.50,2026-01-17,ok\n2,ben,2,2026-01-18,NO\n",
    );
    let args = ["insert", &file, "warehouse", "orders"];
    let told = house.refused("mara", &args);
    let why = "differ from the data frame in note: line 3 has \"NO\", the table \"no\"";
    assert!(told.contains(why), "{told}");
    let way = "send what the table keeps, or compare nothing with --rows-only";
    assert!(told.contains(way), "{told}");
    assert_eq!(house.rows("orders"), 0);
    let (instance, task) = house.launch("notes/1", "ana");
    house.send("ana", &task, "notes.csv");
    house.work();
    let task = house.task(&instance).expect("it came back");
    let shown = house.json("ana", &["task", "show", &task]);
    let reason = shown["reason"].as_str().unwrap_or_default();
    assert!(reason.contains(why), "{shown}");
    assert_eq!(shown["cameBack"], json!(true));
    // Of several files, in which.
    house.write(
        "notes2.csv",
        "id,customer,amount,ordered,note\n3,cem,2,2026-01-18,Yes\n",
    );
    let both = file.replace("notes.csv", "notes*.csv");
    let told = house.refused("mara", &["insert", &both, "warehouse", "orders"]);
    assert!(told.contains("in note: notes.csv, line 3 has"), "{told}");
}

#[test]
fn times_are_meant_by_the_clocks_that_a_form_or_an_option_names() {
    let house = House::new();
    house.target("CREATE TABLE visits (id INTEGER PRIMARY KEY, at TIMESTAMP)");
    let file = house.write(
        "visits.csv",
        "id,at\n1,2025-07-17T06:30:00Z\n2,2025-07-17\n",
    );
    let insert = ["insert", &file, "warehouse", "visits"];
    let zone = |zone| [&insert[..], &["--time-zone", zone]].concat();
    let told = house.refused("mara", &zone("Europe/Berlim"));
    assert!(
        told.contains("--time-zone: there is no time zone") && told.contains("Europe/Berlin"),
        "{told}"
    );
    house.good("mara", &zone("Europe/Berlin"));
    assert_eq!(house.count("visits WHERE at = '2025-07-17 08:30:00'"), 1);
    assert_eq!(house.count("visits WHERE at = '2025-07-17 00:00:00'"), 1);
    let file = house.write("later.csv", "id,at\n3,2025-07-17T06:30:00Z\n");
    let (_, task) = house.launch("visits/1", "ana");
    let frame = format!("dataFrame={file}");
    let mut args = vec!["task", "complete", &task];
    for value in [
        "connection=warehouse",
        "tableName=visits",
        &frame,
        "timeZone=America/New_York",
    ] {
        args.extend(["--var", value]);
    }
    house.good("ana", &args);
    house.work();
    assert_eq!(house.count("visits WHERE at = '2025-07-17 02:30:00'"), 1);
}

#[test]
fn it_is_told_why_a_text_is_taken_for_windows_1252() {
    let house = House::new();
    let text = b"id,customer,amount,ordered\n1,ana,2,2026-01-01\n2,M\xfcller,3,2026-01-02\n";
    let file = house.write("latin.csv", "");
    std::fs::write(&file, text).unwrap();
    let insert = ["insert", &file, "warehouse", "orders"];
    let told = house.good("mara", &insert).out;
    let why = "windows-1252 as line 3 is no UTF-8, \"Müller\"";
    assert!(told.contains(why), "{told}");
    // Nothing is guessed where it is said.
    let said = [
        &insert[..],
        &["--encoding", "latin1", "--again", "--mode", "replace"],
    ]
    .concat();
    let told = house.good("mara", &said).out;
    assert!(
        told.contains("windows-1252") && !told.contains("is no UTF-8"),
        "{told}"
    );
}

#[test]
fn a_table_that_would_get_texts_by_a_format_says_so() {
    let house = House::new();
    let file = house.write("made.csv", "id,day,at\n1,31.12.2025,2026-01-01 10:00:00\n");
    let insert = [
        "insert",
        &file,
        "warehouse",
        "made",
        "--mode",
        "create",
        "--dry-run",
    ];
    let told = house.good(
        "mara",
        &[&insert[..], &["--date-format", "dd.MM.yyyy"]].concat(),
    );
    let says = "at becomes text: its values are not written as dd.MM.yyyy; say by --date-format of \
                which column that is, such as COLUMN=dd.MM.yyyy";
    assert!(told.out.contains(says), "{told:?}");
    let own = ["--date-format", "day=dd.MM.yyyy"];
    let told = house.good("mara", &[&insert[..], &own].concat());
    assert!(!told.out.contains("becomes text"), "{told:?}");
}
