//! Targets and tables that can not be used, and names that are not what they seem.

use super::*;

#[test]
fn names_can_not_be_injected() {
    let evil = "x\"; DROP TABLE orders; --";
    let house = House::new(ORDERS);
    let quote = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    house
        .database()
        .execute_batch(&format!(
            "CREATE TABLE {t}({t} INTEGER PRIMARY KEY, {c} TEXT UNIQUE)",
            t = quote(evil),
            c = quote("a'; --")
        ))
        .unwrap();
    let text = format!("{},a'; --\n1,x\n", quote(evil));
    let mut insertion = house.insertion(evil, &text);
    assert_eq!(
        preview(&insertion, 9, &Cancel::new()).unwrap().rows_refused,
        0
    );
    insertion.mode = Mode::Replace;
    assert!(job(&insertion, evil).unwrap().committed);
    assert!(job(&insertion, evil).unwrap().replayed);
    assert_eq!(
        house.rows(&format!("SELECT * FROM {}", quote(evil))),
        ["1 'x'"]
    );
    for table in [
        "orders; DROP TABLE orders",
        "orders\0",
        "\"orders\"",
        "",
        "main.nothing",
    ] {
        let error = job(&house.insertion(table, "id,customer\n1,x\n"), "k").unwrap_err();
        assert!(matches!(error, InsertError::Table { .. }), "{error}");
    }
    assert_eq!(house.rows("SELECT count(*) FROM orders"), ["0"]);
}

#[test]
fn tables_that_take_no_rows_say_why() {
    let house = House::new(
        "CREATE TABLE orders(id INTEGER PRIMARY KEY, customer TEXT NOT NULL, twice AS (id * 2));
         CREATE VIEW v AS SELECT * FROM orders;
         CREATE VIRTUAL TABLE words USING fts5(text);",
    );
    house.insert("orders", "id,customer\n1,a\n");
    let said = |table: &str, text: &str| {
        let error = job(&house.insertion(table, text), "k2").unwrap_err();
        assert_eq!(error.field(), Some("tableName"));
        error.to_string()
    };
    let ok = "id,customer\n1,a\n";
    for (table, text, reason) in [
        ("ordres", ok, "did you mean \"orders\"?"),
        ("v", ok, "is a view"),
        ("words", ok, "virtual table"),
        ("words_data", ok, "virtual table"),
        ("sqlite_schema", ok, "database system"),
        ("sqlite_sequence", ok, "no such table"),
        (LEDGER, ok, "ledger"),
        (
            "orders",
            "id,custmer\n1,a\n",
            "no column \"custmer\"; did you mean \"customer\"?",
        ),
        ("orders", "id\n1\n", "lacks \"customer\""),
        (
            "orders",
            "id,customer,twice\n1,a,2\n",
            "computed by the table",
        ),
    ] {
        let said = said(table, text);
        assert!(said.contains(reason), "{said}");
    }
    let seen = preview(
        &house.insertion("orders", "id,custmer\n1,a\n"),
        9,
        &Cancel::new(),
    )
    .unwrap();
    assert!(seen.mismatch.unwrap().contains("did you mean"));
    assert_eq!(
        (seen.rows_read, seen.columns[1].declared.as_deref()),
        (1, None)
    );
    // Names fit whatever their case.
    assert!(
        job(
            &house.insertion(
                "MAIN.Orders".trim_start_matches("MAIN."),
                "ID,Customer\n5,x\n"
            ),
            "c"
        )
        .unwrap()
        .committed
    );
}

#[test]
fn a_connection_that_is_no_target_says_why() {
    let house = House::new(ORDERS);
    let dir = house.dir.path();
    std::fs::write(
        dir.join("text.db"),
        "this is no database at all, however long it may be",
    )
    .unwrap();
    let link = dir.join("link.db");
    let hard = dir.join("hard.db");
    std::os::unix::fs::symlink(house.path(), &link).unwrap();
    std::fs::hard_link(house.path(), &hard).unwrap();
    const APPLICATION: i32 = 0x6372_6477;
    rusqlite::Connection::open(house.path())
        .unwrap()
        .pragma_update(None, "application_id", APPLICATION)
        .unwrap();
    let try_path = |path: PathBuf, forbidden: Vec<PathBuf>| {
        let mut insertion = house.insertion("orders", "id,customer\n1,a\n");
        insertion.target = ConnectionUrl::Sqlite(path);
        insertion.forbidden.files = forbidden;
        let error = job(&insertion, "k").unwrap_err();
        assert_eq!(error.field(), Some("connection"), "{error}");
        error.to_string()
    };
    assert!(try_path(dir.join("none.db"), vec![]).contains("no such database"));
    assert!(!dir.join("none.db").exists());
    assert!(try_path(dir.to_owned(), vec![]).contains("is a folder"));
    assert!(try_path(dir.join("text.db"), vec![]).contains("no SQLite database"));
    assert!(try_path("/dev/null".into(), vec![]).contains("device"));
    for path in [
        house.path(),
        link.clone(),
        hard,
        dir.join("frames/../target.db"),
    ] {
        for own in [house.path(), link.clone()] {
            assert!(try_path(path.clone(), vec![own]).contains("own database"));
        }
        let mut insertion = house.insertion("orders", "id,customer\n1,a\n");
        insertion.target = ConnectionUrl::Sqlite(path);
        insertion.forbidden.application_id = Some(APPLICATION);
        let error = job(&insertion, "k").unwrap_err();
        assert!(matches!(error, InsertError::Forbidden { .. }), "{error}");
    }
}

#[test]
fn a_locked_target_is_named_and_waiting_can_be_cancelled() {
    let house = House::new(ORDERS);
    let mut insertion = house.insertion("orders", "id,customer\n1,a\n");
    let other = house.database();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    insertion.busy_seconds = 0;
    let error = job(&insertion, "k").unwrap_err();
    assert!(
        matches!(error, InsertError::Busy { .. }) && error.is_transient(),
        "{error}"
    );
    insertion.busy_seconds = 600;
    let cancel = Cancel::new();
    let result = std::thread::scope(|scope| {
        let waiting = scope
            .spawn(|| run(&insertion, &entry("k"), &mut strict, &mut |_| {}, &cancel).map(|_| ()));
        cancel.cancel();
        waiting.join().unwrap()
    });
    assert!(matches!(result, Err(InsertError::Cancelled)));
    // The preview looks without asking for the lock.
    assert!(preview(&insertion, 9, &Cancel::new()).is_ok());
    other.execute_batch("ROLLBACK").unwrap();
    assert!(job(&insertion, "k").unwrap().committed);
}
