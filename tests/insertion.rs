//! Insertions end to end: a file, captured, into a table of a real database.

use chrono::{DateTime, Utc};
use crewdesk::insert::{
    Cancel, ConnectionUrl, Facts, Frame, FrameStore, InsertError, Insertion, LEDGER, LedgerEntry,
    Mode, Report, Source, Status, Verdict, preview, run,
};
use rusqlite::Connection;
use std::path::PathBuf;

/// A frame store and a target with some tables.
struct House {
    dir: tempfile::TempDir,
    store: FrameStore,
}

impl House {
    fn new(schema: &str) -> House {
        let dir = tempfile::tempdir().unwrap();
        let store = FrameStore::new(dir.path().join("frames")).unwrap();
        let house = House { dir, store };
        house.database().execute_batch(schema).unwrap();
        house
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("target.db")
    }

    fn database(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn capture(&self, text: &str) -> Frame {
        let cancel = Cancel::new();
        let captured = self
            .store
            .capture(Source::Text(text), &mut |_, _| {}, &cancel)
            .expect("capture");
        self.store.open(&captured.hash).unwrap().named("rows.csv")
    }

    fn insertion(&self, table: &str, text: &str) -> Insertion {
        Insertion::new(
            ConnectionUrl::Sqlite(self.path()),
            table,
            self.capture(text),
        )
    }

    fn insert(&self, table: &str, text: &str) -> Report {
        job(&self.insertion(table, text), "key").expect("insertion")
    }

    /// All values of a query as text, `NULL` for NULL.
    fn rows(&self, sql: &str) -> Vec<String> {
        let database = self.database();
        let mut statement = database.prepare(sql).unwrap();
        let width = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        let mut all = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<String> = (0..width)
                .map(|i| match row.get_ref(i).unwrap() {
                    rusqlite::types::ValueRef::Null => "NULL".into(),
                    rusqlite::types::ValueRef::Integer(n) => n.to_string(),
                    rusqlite::types::ValueRef::Real(x) => format!("{x:?}"),
                    rusqlite::types::ValueRef::Text(t) => {
                        format!("'{}'", String::from_utf8_lossy(t))
                    }
                    rusqlite::types::ValueRef::Blob(b) => format!("x{}", b.len()),
                })
                .collect();
            all.push(values.join(" "));
        }
        all
    }
}

fn entry(key: &str) -> LedgerEntry {
    LedgerEntry {
        key: key.into(),
        at: DateTime::<Utc>::UNIX_EPOCH,
    }
}

/// Keeps the rows if none was refused and both sides agree.
fn strict(facts: &Facts) -> Result<Verdict, String> {
    let keep = facts.status == Status::Success
        && facts.rows_refused == 0
        && facts.source_checksum == facts.target_checksum;
    Ok(Verdict {
        keep,
        result: keep.into(),
        reason: if keep { "fine" } else { "not fine" }.into(),
    })
}

fn job(insertion: &Insertion, key: &str) -> Result<Report, InsertError> {
    run(
        insertion,
        &entry(key),
        &mut strict,
        &mut |_| {},
        &Cancel::new(),
    )
}

const ORDERS: &str = "CREATE TABLE orders(
    id INTEGER PRIMARY KEY, customer VARCHAR(10) NOT NULL, amount DECIMAL(10,2),
    ordered DATE, note TEXT)";

#[test]
fn a_clean_frame_is_inserted_and_its_facts_agree() {
    let house = House::new(ORDERS);
    let report = house.insert(
        "orders",
        "id,customer,amount,ordered,note\r\n1,ana,19.90,2025-11-17,\r\n2,ben,-5,2025-11-18,\"\"\r\n\
         3,cem,0.01,,\"two\r\nlines, \"\"quoted\"\"\"\r\n",
    );
    assert!(report.committed && !report.replayed);
    let facts = &report.facts;
    assert_eq!(
        (facts.rows_read, facts.rows_inserted, facts.rows_refused),
        (3, 3, 0)
    );
    assert_eq!(facts.source_checksum, facts.target_checksum);
    assert_eq!(facts.source_checksum.len(), 32);
    assert_eq!(
        house.rows("SELECT * FROM orders"),
        [
            "1 'ana' 19.9 '2025-11-17' NULL",
            "2 'ben' -5 '2025-11-18' ''",
            "3 'cem' 0.01 NULL 'two\r\nlines, \"quoted\"'",
        ]
    );
    let amount = &facts.columns[2];
    assert_eq!(
        (amount.min.as_deref(), amount.max.as_deref()),
        (Some("-5"), Some("19.9"))
    );
    assert_eq!(facts.columns[3].nulls, 1);
}

#[test]
fn a_frame_that_is_refused_leaves_nothing_behind_but_its_reasons() {
    let house = House::new(ORDERS);
    let report = house.insert(
        "orders",
        "id;customer;amount\n1;ana;1.00\n2;;2.00\n3;cem;12,50\n4;\"a\nb\";3\n1;dup;4\n5;ok\nx;y;z\n",
    );
    assert!(!report.committed);
    assert_eq!(house.rows("SELECT * FROM orders"), [""; 0]);
    assert_eq!(
        house.rows(&format!(
            "SELECT 1 FROM sqlite_schema WHERE name='{LEDGER}'"
        )),
        [""; 0]
    );
    let facts = &report.facts;
    assert_eq!(
        (facts.rows_read, facts.rows_inserted, facts.rows_refused),
        (7, 2, 5)
    );
    assert_eq!((facts.nulls_in_required, facts.duplicate_keys), (1, 1));
    let places: Vec<_> = report
        .refusals
        .iter()
        .map(|r| {
            (
                r.line.unwrap(),
                r.record.unwrap(),
                r.column.as_deref().unwrap_or("-"),
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            (3, 2, "customer"),
            (4, 3, "amount"),
            (7, 5, "id"),
            (8, 6, "-"),
            (9, 7, "id"),
            (9, 7, "amount"),
        ]
    );
    assert_eq!(report.refusals[1].value.as_deref(), Some("12,50"));
    assert!(
        report.refusals[1].reason.contains("not DECIMAL(10,2)"),
        "{}",
        report.refusals[1]
    );
}

#[test]
fn a_second_run_with_the_same_key_reports_the_first() {
    let house = House::new(ORDERS);
    let insertion = house.insertion("orders", "id,customer\n1,ana\n2,ben\n");
    let first = job(&insertion, "task-1").unwrap();
    let again = job(&insertion, "task-1").unwrap();
    assert!(again.replayed);
    assert_eq!(
        Report {
            replayed: false,
            ..again
        },
        first
    );
    assert_eq!(house.rows("SELECT count(*) FROM orders"), ["2"]);
    assert_eq!(
        house.rows(&format!(
            "SELECT key, at, table_name, mode, rows FROM {LEDGER}"
        )),
        ["'task-1' '1970-01-01T00:00:00.000Z' 'orders' 'append' 2"]
    );
    // Another key is another insertion: here its keys are taken.
    let other = job(&insertion, "task-2").unwrap();
    assert_eq!((other.committed, other.facts.duplicate_keys), (false, 2));
}

#[test]
fn a_preview_says_what_would_be_refused_and_writes_nothing() {
    let house = House::new(ORDERS);
    house.insert("orders", "id,customer\n1,ana\n");
    let text = "id,customer,amount\n1,ben,1\n2,cem,x\n3,dana,2.50\n3,eli,3\n";
    let seen = preview(&house.insertion("orders", text), 100, &Cancel::new()).unwrap();
    assert!(seen.complete && seen.mismatch.is_none());
    assert_eq!((seen.rows_read, seen.rows_refused), (4, 3));
    let lines: Vec<_> = seen.refusals.iter().map(|r| r.line.unwrap()).collect();
    assert_eq!(lines, [2, 3, 5]);
    assert_eq!(seen.columns[2].declared.as_deref(), Some("DECIMAL(10,2)"));
    assert_eq!(seen.columns[0].inferred.as_deref(), Some("INTEGER"));
    assert_eq!(seen.rows[0].values[1].as_deref(), Some("ben"));
    assert_eq!(house.rows("SELECT count(*) FROM orders"), ["1"]);
}

#[test]
fn replace_puts_the_frame_in_the_place_of_the_rows() {
    let house = House::new(ORDERS);
    house.insert("orders", "id,customer\n1,ana\n2,ben\n3,cem\n");
    let mut insertion = house.insertion("orders", "id,customer\n2,eli\n9,fay\n");
    insertion.mode = Mode::Replace;
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    assert_eq!(seen.rows_refused, 0, "keys of rows that go are free");
    let report = job(&insertion, "replace").unwrap();
    assert_eq!((report.facts.rows_inserted, report.committed), (2, true));
    assert_eq!(
        house.rows("SELECT id, customer FROM orders"),
        ["2 'eli'", "9 'fay'"]
    );

    // A frame that goes back leaves the old rows where they were.
    let mut insertion = house.insertion("orders", "id,customer\n5,gus\n6,\n");
    insertion.mode = Mode::Replace;
    assert!(!job(&insertion, "refused").unwrap().committed);
    assert_eq!(
        house.rows("SELECT id, customer FROM orders"),
        ["2 'eli'", "9 'fay'"]
    );
}

#[test]
fn replace_never_sweeps_along_rows_of_other_tables() {
    let house = House::new(
        "CREATE TABLE parent(id INTEGER PRIMARY KEY);
         CREATE TABLE child(id INTEGER PRIMARY KEY, p REFERENCES parent ON DELETE CASCADE);
         CREATE TABLE strict_child(p REFERENCES parent(id));
         INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1, 1);",
    );
    let mut insertion = house.insertion("parent", "id\n1\n");
    insertion.mode = Mode::Replace;
    let said = job(&insertion, "a").unwrap_err().to_string();
    assert!(
        said.contains("\"child\"") && said.contains("use append"),
        "{said}"
    );
    house
        .database()
        .execute_batch("DELETE FROM child; INSERT INTO strict_child VALUES (2)")
        .unwrap();
    let said = job(&insertion, "a").unwrap_err().to_string();
    assert!(said.contains("others refer to them"), "{said}");
    house
        .database()
        .execute_batch("DELETE FROM strict_child")
        .unwrap();
    assert!(job(&insertion, "a").unwrap().committed);
    assert_eq!(house.rows("SELECT id FROM parent"), ["1"]);
}

#[test]
fn constraints_refuse_their_row_and_no_other() {
    let house = House::new(
        "CREATE TABLE country(code TEXT PRIMARY KEY);
         INSERT INTO country VALUES ('DE'), ('FR');
         CREATE TABLE t(id INTEGER PRIMARY KEY ON CONFLICT REPLACE, code TEXT REFERENCES country,
           n INTEGER CHECK (n > 0), a TEXT, b TEXT, UNIQUE (a, b) ON CONFLICT ROLLBACK);
         INSERT INTO t VALUES (100, 'DE', 1, 'x', 'y');",
    );
    let text = "id,code,n,a,b\n1,DE,1,a,b\n2,XX,1,c,d\n3,FR,-1,e,f\n4,FR,1,a,b\n100,DE,1,g,h\n\
                5,,,,\n6,DE,2,x,y\n7,DE,2,,y\n8,DE,2,,y\n";
    let expected = [
        (3, None, "does not exist"),
        (4, None, "check"),
        (5, Some("a, b"), "taken"),
        (6, Some("id"), "taken"),
        (8, Some("a, b"), "taken"),
    ];
    let found = |refusals: &[crewdesk::insert::Refusal]| {
        assert_eq!(refusals.len(), expected.len(), "{refusals:#?}");
        for (refusal, (line, column, reason)) in refusals.iter().zip(expected) {
            assert_eq!(refusal.line, Some(line), "{refusal}");
            if column.is_some() {
                assert_eq!(refusal.column.as_deref(), column, "{refusal}");
            }
            assert!(refusal.reason.contains(reason), "{refusal}");
        }
    };
    let insertion = house.insertion("t", text);
    found(&preview(&insertion, 100, &Cancel::new()).unwrap().refusals);
    let report = job(&insertion, "k").unwrap();
    found(&report.refusals);
    assert_eq!(
        (report.facts.rows_inserted, report.facts.duplicate_keys),
        (4, 3)
    );
    assert_eq!(report.facts.source_checksum, report.facts.target_checksum);
    assert_eq!(house.rows("SELECT count(*) FROM t"), ["1"]);
}

#[test]
fn a_judge_may_keep_the_good_rows_of_a_frame() {
    let house = House::new(ORDERS);
    let insertion = house.insertion("orders", "id,customer\n1,ana\n2,\n3,cem\n");
    let mut lenient = |facts: &Facts| {
        Ok(Verdict {
            keep: facts.rows_inserted == 2,
            result: 1,
            reason: "good enough".into(),
        })
    };
    let report = run(
        &insertion,
        &entry("k"),
        &mut lenient,
        &mut |_| {},
        &Cancel::new(),
    )
    .unwrap();
    assert!(report.committed);
    assert_eq!(house.rows("SELECT id FROM orders"), ["1", "3"]);
    let again = job(&insertion, "k").unwrap();
    assert_eq!((again.replayed, again.refusals.len()), (true, 1));
}

#[test]
fn triggers_can_not_hide_what_they_do() {
    let house = House::new(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE log(a TEXT);
         CREATE TRIGGER up AFTER INSERT ON t WHEN new.a = 'change' BEGIN
           UPDATE t SET a = 'changed' WHERE id = new.id; END;
         CREATE TRIGGER skip BEFORE INSERT ON t WHEN new.a = 'skip' BEGIN
           SELECT raise(IGNORE); END;
         CREATE TRIGGER fail AFTER INSERT ON t WHEN new.a = 'fail' BEGIN
           INSERT INTO log VALUES ('fail'); SELECT raise(FAIL, 'not this one'); END;
         CREATE TRIGGER undo AFTER INSERT ON t WHEN new.a = 'undo' BEGIN
           SELECT raise(ROLLBACK, 'not at all'); END;",
    );
    let report = house.insert("t", "id,a\n1,x\n2,skip\n3,fail\n");
    assert_eq!(
        (report.facts.rows_inserted, report.facts.rows_refused),
        (1, 2)
    );
    assert_eq!(report.facts.source_checksum, report.facts.target_checksum);
    assert!(
        report.refusals[0].reason.contains("ignored"),
        "{:?}",
        report.refusals
    );
    assert_eq!(report.refusals[1].reason, "not this one");

    let report = house.insert("t", "id,a\n1,x\n2,change\n");
    assert_ne!(report.facts.source_checksum, report.facts.target_checksum);

    let said = job(&house.insertion("t", "id,a\n1,x\n2,undo\n3,x\n"), "k")
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("undid the whole insertion") && said.contains("not at all"),
        "{said}"
    );
    assert_eq!(
        house.rows("SELECT * FROM t UNION ALL SELECT 0, a FROM log"),
        [""; 0]
    );
}

#[test]
fn facts_are_about_the_rows_of_this_insertion_only() {
    let house = House::new(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT);
         INSERT INTO t SELECT value, 'old' FROM json_each('[1,3,5,7,9,11,1000]');
         CREATE TABLE k(a TEXT COLLATE NOCASE, b NUMERIC, c TEXT, PRIMARY KEY (b, a)) WITHOUT ROWID;
         INSERT INTO k VALUES ('old', 1, 'x');
         CREATE TABLE n(rowid TEXT, oid TEXT); INSERT INTO n VALUES ('old', 'old');
         CREATE TABLE own(id TEXT PRIMARY KEY DEFAULT (hex(randomblob(8))), a) WITHOUT ROWID;",
    );
    let report = house.insert("t", "id,a\n8,h\n2,b\n4,d\n10,j\n6,f\n");
    assert_eq!((report.facts.rows_inserted, report.committed), (5, true));
    assert_eq!(report.facts.columns[1].min.as_deref(), Some("b"));
    assert_eq!(report.facts.columns[1].max.as_deref(), Some("j"));
    let report = job(
        &house.insertion("k", "a,b,c\nold,2,y\nNew,1,z\nOLD,1,w\n"),
        "k",
    )
    .unwrap();
    assert_eq!(
        (report.facts.rows_inserted, report.facts.duplicate_keys),
        (2, 1)
    );
    assert_eq!(report.facts.source_checksum, report.facts.target_checksum);
    let report = job(&house.insertion("n", "rowid,oid\nx,1\nx,1\n"), "n").unwrap();
    assert_eq!((report.facts.rows_inserted, report.committed), (2, true));
    let report = job(&house.insertion("own", "a\nx\ny\n"), "own").unwrap();
    assert_eq!((report.facts.rows_inserted, report.committed), (2, true));
}

#[test]
fn many_scattered_keys_are_all_found_again() {
    let house = House::new("CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER)");
    let count = 150_000i64;
    // A permutation without neighbours, spread out so that no runs join.
    let mut text = String::from("id,a\n");
    for i in 0..count {
        text += &format!("{},{i}\n", (i * 7919) % 1_000_003 * 2);
    }
    let report = house.insert("t", &text);
    assert_eq!(
        report.facts.rows_inserted, count as u64,
        "{:?}",
        report.refusals
    );
    assert!(report.committed);
}

#[test]
fn a_query_feeds_the_table() {
    let house = House::new(ORDERS);
    let mut insertion = house.insertion(
        "orders",
        "nr,name,price\n1,ana,1.50\n2,ben,2.25\n3,x,oops\n",
    );
    insertion.query = Some(
        "SELECT nr AS id, name AS customer, price AS amount FROM frame ORDER BY nr DESC".into(),
    );
    let report = job(&insertion, "a").unwrap();
    assert!(!report.committed);
    let refusal = &report.refusals[0];
    assert_eq!(
        (refusal.line, refusal.record, refusal.column.as_deref()),
        (None, Some(1), Some("amount"))
    );
    let seen = preview(&insertion, 2, &Cancel::new()).unwrap();
    assert_eq!(
        (seen.complete, seen.rows_read, seen.rows_refused),
        (false, 2, 0)
    );
    insertion.query = insertion
        .query
        .map(|sql| sql.replace("ORDER", "WHERE name <> 'x' ORDER"));
    let report = job(&insertion, "a").unwrap();
    assert_eq!((report.committed, report.facts.rows_read), (true, 2));
    assert_eq!(
        house.rows("SELECT id, amount FROM orders"),
        ["1 1.5", "2 2.25"]
    );
    insertion.query = Some("ATTACH 'x' AS y".into());
    let error = job(&insertion, "b").unwrap_err();
    assert_eq!(
        (error.field(), error.facts().status),
        (Some("query"), Status::Failure)
    );
}

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
    let try_path = |path: PathBuf, forbidden: Vec<PathBuf>| {
        let mut insertion = house.insertion("orders", "id,customer\n1,a\n");
        insertion.target = ConnectionUrl::Sqlite(path);
        insertion.forbidden = forbidden;
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

#[test]
fn cancelling_in_the_middle_keeps_nothing() {
    let house = House::new(ORDERS);
    let mut text = String::from("id,customer\n");
    (0..50_000).for_each(|i| text += &format!("{i},ana\n"));
    let insertion = house.insertion("orders", &text);
    for phase in ["Inserting", "Checking"] {
        let cancel = Cancel::new();
        let mut seen = 0;
        let mut stop = |p: crewdesk::insert::Progress| {
            seen += 1;
            assert!(p.bytes <= p.total_bytes && p.total_bytes == text.len() as u64);
            if format!("{:?}", p.phase) == phase {
                cancel.cancel();
            }
        };
        let result = run(&insertion, &entry("k"), &mut strict, &mut stop, &cancel);
        assert!(matches!(result, Err(InsertError::Cancelled)) && seen > 0);
        assert_eq!(house.rows("SELECT count(*) FROM orders"), ["0"]);
    }
}

#[test]
fn a_judge_that_fails_keeps_nothing() {
    let house = House::new(ORDERS);
    let insertion = house.insertion("orders", "id,customer\n1,a\n");
    let mut broken = |_: &Facts| Err("the decision has no rule".to_owned());
    let error = run(
        &insertion,
        &entry("k"),
        &mut broken,
        &mut |_| {},
        &Cancel::new(),
    )
    .unwrap_err();
    assert!(error.to_string().contains("the decision has no rule"));
    assert_eq!(house.rows("SELECT count(*) FROM orders"), ["0"]);
}

/// Types at their limits, text of every kind: what is in the frame is what is in the table.
#[test]
fn values_arrive_exactly() {
    let house = House::new(
        "CREATE TABLE v(i BIGINT, d DECIMAL(15,4), r DOUBLE, b BOOLEAN, day DATE, at TIMESTAMP,
           t TEXT, c VARCHAR(4), x BLOB, s STRING, untyped)",
    );
    let report = house.insert(
        "v",
        "i,d,r,b,day,at,t,c,x,s,untyped\n\
         9223372036854775807,12345678901.2345,1e308,true,2024-02-29,2025-11-17T10:18:59Z,\
         \"\u{1f980}𝄞\u{10ffff} \"\"q\"\"\n,;|\",ü𝄞é漢,\u{fe0f},x7,007\n\
         -9223372036854775808,-0.0001,-2.5e-308,no,0001-01-01,9999-12-31 23:59:59.999999999,\
         \" \",\"\",\"\",7,\n",
    );
    assert!(report.committed, "{:?}", report.refusals);
    assert_eq!(
        house.rows("SELECT * FROM v"),
        [
            "9223372036854775807 12345678901.2345 1e308 1 '2024-02-29' '2025-11-17T10:18:59Z' \
             '\u{1f980}𝄞\u{10ffff} \"q\"\n,;|' 'ü𝄞é漢' x3 'x7' '007'",
            "-9223372036854775808 -0.0001 -2.5e-308 0 '0001-01-01' '9999-12-31 23:59:59.999999999' \
             ' ' '' x0 7 NULL",
        ]
    );
}

/// Frames that are no frames.
mod bad_sources {
    use super::*;
    use std::io::{Seek, SeekFrom, Write};

    fn refused(house: &House, path: PathBuf) -> String {
        let captured = house
            .store
            .capture(Source::Path(&path), &mut |_, _| {}, &Cancel::new());
        match captured {
            Err(error) => {
                assert_eq!(error.field(), Some("dataFrame"));
                error.to_string()
            }
            Ok(captured) => {
                let frame = house.store.open(&captured.hash).unwrap();
                let url = ConnectionUrl::Sqlite(house.path());
                let insertion = Insertion::new(url, "orders", frame);
                let looked = preview(&insertion, 9, &Cancel::new()).unwrap_err();
                let error = job(&insertion, "k").unwrap_err();
                assert_eq!(error.to_string(), looked.to_string());
                assert_eq!(house.rows("SELECT count(*) FROM orders"), ["0"]);
                error.to_string()
            }
        }
    }

    #[test]
    fn each_says_what_it_is() {
        let house = House::new(ORDERS);
        let file = |name: &str, bytes: &[u8]| {
            let path = house.dir.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        for (path, reason) in [
            (house.dir.path().join("none.csv"), "no such file"),
            (file("f", b"x").join("below.csv"), "no folder"),
            (house.dir.path().to_owned(), "is a folder"),
            ("/dev/zero".into(), "a device"),
            (file("empty.csv", b""), "is empty"),
            (file("blank.csv", b"\n\n"), "no header"),
            (file("header.csv", b"id,customer\n"), "a header but no row"),
            (
                file("latin1.csv", b"id,customer\n1,J\xf6rg\n"),
                "line 2, column 4: a byte that is not UTF-8",
            ),
            (file("utf16.csv", b"\xff\xfei\0d\0"), "UTF-16"),
            (
                file("quote.csv", b"id,customer\n1,\"ana\n2,ben\n"),
                "line 2: a quote is opened here",
            ),
            (
                file("zip.csv", b"PK\x03\x04\0\0"),
                "line 1, column 5: a NUL byte",
            ),
        ] {
            let said = refused(&house, path);
            assert!(said.contains(reason), "{said}");
        }
    }

    #[test]
    fn a_file_without_permission_says_so() {
        use std::os::unix::fs::PermissionsExt;
        let house = House::new(ORDERS);
        let path = house.dir.path().join("locked.csv");
        std::fs::write(&path, "id,customer\n1,a\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
        if std::fs::File::open(&path).is_ok() {
            eprintln!("skipped: this account (root?) may read everything");
            return;
        }
        assert!(refused(&house, path).contains("no permission"));
    }

    #[test]
    fn a_pipe_is_refused_without_waiting_for_a_writer() {
        let house = House::new(ORDERS);
        let path = house.dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        if !made.is_ok_and(|status| status.success()) {
            eprintln!("skipped: no mkfifo here");
            return;
        }
        assert!(refused(&house, path.clone()).contains("a pipe"));
        let socket = house.dir.path().join("socket");
        let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(refused(&house, socket).contains("a socket"));
    }

    #[test]
    fn five_sparse_gigabytes_are_refused_at_the_first_hole() {
        let house = House::new(ORDERS);
        let path = house.dir.path().join("sparse.csv");
        let mut file = std::fs::File::create(&path).unwrap();
        file.set_len(5 << 30).unwrap();
        let said = refused(&house, path.clone());
        assert!(said.contains("line 1, column 1: a NUL byte"), "{said}");
        file.write_all(b"id,customer\n1,ana\n").unwrap();
        file.seek(SeekFrom::End(-1)).unwrap();
        file.write_all(b"\n").unwrap();
        let said = refused(&house, path.clone());
        assert!(said.contains("line 3, column 1: a NUL byte"), "{said}");
        let small = house.store.clone().with_limit(1 << 30);
        let error = small
            .capture(Source::Path(&path), &mut |_, _| {}, &Cancel::new())
            .unwrap_err();
        assert!(error.to_string().contains("over the limit"), "{error}");
    }
}

/// Killed at each named point, then run again with the same key: the rows are there once.
mod crashes {
    use super::*;
    use std::process::Command;

    const CHILD: &str = "CREWDESK_TEST_CRASH_CHILD";

    /// Not a test of its own: what the killed process runs.
    #[test]
    fn child() {
        let Ok(dir) = std::env::var(CHILD) else {
            return;
        };
        let dir = PathBuf::from(dir);
        let store = FrameStore::new(dir.join("frames")).unwrap();
        let text = "id,customer\n1,ana\n2,ben\n";
        let captured = store
            .capture(Source::Text(text), &mut |_, _| {}, &Cancel::new())
            .unwrap();
        let frame = store.open(&captured.hash).unwrap();
        let url = ConnectionUrl::Sqlite(dir.join("target.db"));
        let report = job(&Insertion::new(url, "orders", frame), "task").unwrap();
        assert!(report.committed);
        println!("replayed {}", report.replayed);
    }

    fn run_child(house: &House, crash_at: Option<&str>) -> (bool, String) {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "crashes::child", "--nocapture"])
            .env(CHILD, house.dir.path());
        command.env_remove("CREWDESK_CRASH_AT");
        if let Some(name) = crash_at {
            command.env("CREWDESK_CRASH_AT", name);
        }
        let output = command.output().unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    }

    #[test]
    fn at_every_point_the_rows_are_inserted_once_or_not_at_all() {
        for (point, kept) in [
            ("capture.before_rename", "0"),
            ("capture.after_rename", "0"),
            ("insert.before_begin", "0"),
            ("insert.after_rows", "0"),
            ("insert.before_ledger", "0"),
            ("insert.before_commit", "0"),
            ("insert.after_commit", "2"),
        ] {
            for schema in [ORDERS, &format!("PRAGMA journal_mode=WAL; {ORDERS}")] {
                let house = House::new(schema);
                let (lived, _) = run_child(&house, Some(point));
                assert!(!lived, "{point} was not passed");
                assert_eq!(house.rows("SELECT count(*) FROM orders"), [kept], "{point}");
                let (lived, said) = run_child(&house, None);
                assert!(
                    lived && said.contains(&format!("replayed {}", kept == "2")),
                    "{point}: {said}"
                );
                assert_eq!(
                    house.rows("SELECT id, customer FROM orders"),
                    ["1 'ana'", "2 'ben'"]
                );
                assert_eq!(house.rows(&format!("SELECT key FROM {LEDGER}")), ["'task'"]);
            }
        }
    }
}
