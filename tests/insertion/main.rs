//! Insertions end to end: a file, captured, into a table of a real database.

mod constraints;
mod crashes;
mod formats;
mod patch;
mod shaping;
mod sources;
mod targets;

#[path = "../support/archive.rs"]
mod archive;

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

/// What decides where no decision is named.
fn strict(facts: &Facts) -> Result<Verdict, String> {
    Ok(Verdict::built_in(facts))
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
fn a_job_that_is_done_is_not_taken_as_done_for_other_rows() {
    let house = House::new(&format!("{ORDERS}; CREATE TABLE others(id INTEGER)"));
    let insertion = house.insertion("orders", "id,customer\n1,ana\n");
    assert!(job(&insertion, "task-1").unwrap().committed);
    let refused = |changed: Insertion| {
        let error = job(&changed, "task-1").unwrap_err();
        assert!(matches!(error, InsertError::OtherRows { .. }), "{error}");
        error.to_string()
    };
    let mut other = insertion.clone();
    other.table = "others".into();
    let said = refused(other);
    assert!(said.contains("into orders, not into others"), "{said}");
    assert!(said.contains("start another one"), "{said}");
    let mut other = insertion.clone();
    other.mode = Mode::Upsert;
    let said = refused(other);
    assert!(said.contains("the mode append, not upsert"), "{said}");
    let mut other = insertion.clone();
    other.frame = house.capture("id,customer\n2,ben\n");
    let said = refused(other);
    assert!(said.contains("another data frame"), "{said}");
    let mut other = insertion.clone();
    other.query = Some("SELECT id, 'x' AS customer FROM data".into());
    refused(other);
    // What it is called is no matter, nor whether its table is there any more.
    let mut same = insertion.clone();
    same.table = "ORDERS".into();
    same.frame = same.frame.named("renamed.csv");
    assert!(job(&same, "task-1").unwrap().replayed);
    house.database().execute_batch("DROP TABLE orders").unwrap();
    for gone in ["orders", "main.Orders"] {
        let mut same = insertion.clone();
        same.table = gone.into();
        assert!(job(&same, "task-1").unwrap().replayed, "{gone}");
    }
    assert_eq!(house.rows("SELECT count(*) FROM others"), ["0"]);
}

#[test]
fn a_preview_that_tries_says_what_the_table_makes_of_the_rows() {
    let house = House::new(
        "CREATE TABLE t(id INTEGER, name TEXT);
         CREATE TRIGGER up AFTER INSERT ON t
         BEGIN UPDATE t SET name = upper(name) WHERE id = NEW.id; END",
    );
    let mut insertion = house.insertion("t", "id,name\n1,ana\n2,BEN\n");
    let changed = |insertion: &Insertion| {
        let seen = preview(insertion, u64::MAX, &Cancel::new()).unwrap();
        assert_eq!(seen.rows_refused, 0);
        seen.changed
    };
    assert_eq!(changed(&insertion), None, "a look alone writes nothing");
    insertion.tries = true;
    let said = changed(&insertion).unwrap();
    assert!(
        said.contains("differ from the data frame in name"),
        "{said}"
    );
    assert!(
        said.contains("line 2 has \"ana\", the table \"ANA\""),
        "{said}"
    );
    assert_eq!(house.rows("SELECT count(*) FROM t"), ["0"]);
    // The insertion says the same.
    let report = job(&insertion, "k").unwrap();
    assert_eq!(report.verdict.reason, said);
    insertion.frame = house.capture("id,name\n1,ANA\n");
    assert_eq!(changed(&insertion), None);
    // A trial that fails is told, too.
    let other = house.database();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    insertion.busy_seconds = 0;
    let said = changed(&insertion).unwrap_or_default();
    assert!(said.contains("is locked"), "{said}");
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

#[test]
fn runs_with_one_key_at_the_same_time_insert_once() {
    for journal in ["DELETE", "WAL"] {
        let house = House::new(&format!("PRAGMA journal_mode={journal}; {ORDERS}"));
        let insertion = house.insertion("orders", "customer\nana\nben\n");
        let reports: Vec<Report> = std::thread::scope(|scope| {
            let run = || scope.spawn(|| job(&insertion, "task").unwrap());
            let running: Vec<_> = (0..8).map(|_| run()).collect();
            running
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(reports.iter().all(|report| report.committed));
        assert_eq!(reports.iter().filter(|report| !report.replayed).count(), 1);
        assert_eq!(house.rows("SELECT count(*) FROM orders"), ["2"]);
    }
}

#[test]
fn all_refusals_are_counted_and_the_first_are_described() {
    let house = House::new(ORDERS);
    let mut text = String::from("id,customer\n");
    (0..50).for_each(|i| text += &format!("{i},NA\n"));
    let mut insertion = house.insertion("orders", &text);
    insertion.read.null_texts = vec!["NA".into()];
    insertion.keep_refusals = 3;
    let report = job(&insertion, "k").unwrap();
    assert_eq!(
        (report.facts.rows_refused, report.facts.nulls_in_required),
        (50, 50)
    );
    assert_eq!(report.refusals.len(), 3);
    assert_eq!(report.facts.status, Status::Failure);
    assert_eq!(report.facts.message, None);
    assert_eq!(report.verdict.reason, "all 50 rows were refused");
}

#[test]
fn who_waits_for_whom_is_seen() {
    let house = House::new(ORDERS);
    let mut text = String::from("id,customer\n");
    (0..200_000).for_each(|i| text += &format!("{i},ana\n"));
    let insertion = house.insertion("orders", &text);
    let (waits, mut seen) = (insertion.waits.clone(), None);
    let mut slow = |p: crewdesk::insert::Progress| {
        if seen.is_none() && format!("{:?}", p.phase) == "Inserting" {
            // Who reads the frame stands still here: what was sent goes in, and then the target waits.
            let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
            while !waits.now() && std::time::Instant::now() < until {
                std::thread::yield_now();
            }
            seen = Some(waits.now());
        }
    };
    run(
        &insertion,
        &entry("k"),
        &mut strict,
        &mut slow,
        &Cancel::new(),
    )
    .unwrap();
    assert_eq!((seen, waits.now()), (Some(true), false));
}
