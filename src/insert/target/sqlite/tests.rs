use super::*;
use crate::insert::Mode;
use crate::insert::batch::{Batch, RowOf};
use crate::insert::flow::Finding;
use crate::insert::types::Cell;
use std::sync::mpsc::Receiver;

/// A database with a table `t`, open as a target.
fn target(schema: &str, read_only: bool) -> (tempfile::TempDir, Result<Sqlite, InsertError>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch(schema)
        .unwrap();
    let sqlite = reopen(&path, read_only);
    (dir, sqlite)
}

fn reopen(path: &Path, read_only: bool) -> Result<Sqlite, InsertError> {
    let (url, cancel) = (ConnectionUrl::Sqlite(path.to_owned()), Cancel::new());
    let reach = Reach {
        url: &url,
        forbidden: &Forbidden::default(),
        busy_seconds: 0,
        cancel: &cancel,
        password: None,
        read_only,
    };
    Sqlite::open(path, &reach)
}

/// Inserts numbers into the first column of `t`.
fn fill(sqlite: &mut Sqlite, count: i64) -> Result<Taken, InsertError> {
    let table = sqlite.describe("t")?;
    let plan = Plan {
        table: &table,
        columns: &[0],
        mode: Mode::Append,
        key: &[],
        side: None,
        asked: false,
    };
    let (mut supply, done) = supply((0..count).map(|n| vec![Cell::Integer(n)]));
    let inserted = sqlite.insert(&plan, &mut supply);
    assert!(done.try_iter().all(|batch| batch.rejected.is_empty()));
    inserted
}

/// Rows, a thousand to a batch.
fn supply(rows: impl Iterator<Item = Vec<Cell<'static>>>) -> (Supply, Receiver<Batch>) {
    let rows: Vec<Vec<Cell<'_>>> = rows.collect();
    let batches = rows.chunks(1000).map(|rows| {
        let mut batch = Batch::default();
        batch.reset(rows.first().map_or(0, Vec::len));
        for row in rows {
            row.iter().for_each(|cell| batch.push(cell));
            batch.finish_row(RowOf {
                file: None,
                item: 0,
                line: None,
                record: 0,
            });
        }
        batch
    });
    Supply::of(batches)
}

/// The values of one column.
struct Texts(Vec<String>);

impl Finding for Texts {
    fn value(&mut self, cell: &Cell<'_>) {
        self.0.push(cell.to_string());
    }

    fn end_row(&mut self) -> Result<(), InsertError> {
        Ok(())
    }
}

/// The positions of the rows that are refused.
fn refused(sqlite: &mut Sqlite, columns: &[usize], rows: Vec<Vec<Cell<'static>>>) -> Vec<usize> {
    let table = sqlite.describe("t").unwrap();
    let plan = Plan {
        table: &table,
        columns,
        mode: Mode::Append,
        key: &[],
        side: None,
        asked: false,
    };
    let (mut supply, done) = supply(rows.into_iter());
    sqlite.insert(&plan, &mut supply).unwrap();
    let batches = done.try_iter().enumerate();
    let at = batches.flat_map(|(i, batch)| {
        let rows = batch.rejected.into_iter();
        rows.map(move |(row, _)| i * 1000 + row)
    });
    at.collect()
}

#[test]
fn rows_that_go_in_together_are_refused_one_by_one() {
    let count = |sqlite: &Sqlite, sql: &str| -> i64 {
        sqlite.connection.query_row(sql, [], |r| r.get(0)).unwrap()
    };
    for (schema, columns) in [
        ("CREATE TABLE t(n INTEGER PRIMARY KEY, u INT)", &[0][..]),
        ("CREATE TABLE t(u INT, n INT UNIQUE)", &[1][..]),
        (
            "CREATE TABLE t(n INTEGER PRIMARY KEY AUTOINCREMENT)",
            &[0][..],
        ),
        ("CREATE TABLE t(n INT PRIMARY KEY) WITHOUT ROWID", &[0][..]),
        (
            "CREATE TABLE t(n INT UNIQUE); CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
            &[0][..],
        ),
    ] {
        let (_dir, sqlite) = target(schema, false);
        let mut sqlite = sqlite.unwrap();
        sqlite.begin(true).unwrap();
        // Each 500th comes twice.
        let rows = (0..2500i64).map(|i| vec![Cell::Integer(i - i64::from(i % 500 == 499))]);
        let refused = refused(&mut sqlite, columns, rows.collect());
        assert_eq!(refused, [499, 999, 1499, 1999, 2499], "{schema}");
        assert_eq!(count(&sqlite, "SELECT count(DISTINCT n) FROM t"), 2495);
        let table = sqlite.describe("t").unwrap();
        let plan = Plan {
            table: &table,
            columns,
            mode: Mode::Append,
            key: &[],
            side: None,
            asked: false,
        };
        let mut found = Texts(Vec::new());
        sqlite.read_back(&plan, &mut found).unwrap();
        assert_eq!(found.0.len(), 2495, "{schema}");
    }
}

#[test]
fn rows_without_a_number_are_counted_on() {
    let (_dir, sqlite) = target(
        "CREATE TABLE t(n INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (7, 'old')",
        false,
    );
    let mut sqlite = sqlite.unwrap();
    sqlite.begin(true).unwrap();
    let text = |i: i64| Cell::Text(i.to_string().into());
    let number = |i: i64| {
        if i % 3 == 0 {
            Cell::Null
        } else {
            Cell::Integer(100 + i)
        }
    };
    let rows = (0..1000).map(|i| vec![number(i), text(i)]).collect();
    assert_eq!(refused(&mut sqlite, &[0, 1], rows), [0usize; 0]);
    let table = sqlite.describe("t").unwrap();
    let plan = Plan {
        table: &table,
        columns: &[1],
        mode: Mode::Append,
        key: &[],
        side: None,
        asked: false,
    };
    let mut found = Texts(Vec::new());
    sqlite.read_back(&plan, &mut found).unwrap();
    assert_eq!(found.0.len(), 1000);
    assert!(!found.0.contains(&"old".to_owned()));
}

#[test]
fn rows_that_refer_to_each_other_come_in_their_order() {
    let schema = "CREATE TABLE t(n INTEGER PRIMARY KEY, up INTEGER REFERENCES t)";
    let (_dir, sqlite) = target(schema, false);
    let mut sqlite = sqlite.unwrap();
    sqlite.begin(true).unwrap();
    let row = |n, up| vec![Cell::Integer(n), up];
    let rows = vec![
        row(1, Cell::Null),
        row(2, Cell::Integer(3)),
        row(3, Cell::Integer(1)),
        row(4, Cell::Integer(3)),
    ];
    assert_eq!(refused(&mut sqlite, &[0, 1], rows), [1]);
}

#[test]
fn keys_required_columns_and_types_are_described() {
    let (_dir, sqlite) = target(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL, b VARCHAR(3) NOT NULL DEFAULT 'x',
           c INT DEFAULT NULL, d AS (c + 1), UNIQUE (c, a));
         CREATE UNIQUE INDEX u ON t(b); CREATE UNIQUE INDEX part ON t(c) WHERE c > 0;
         CREATE UNIQUE INDEX expression ON t(lower(a)); CREATE INDEX plain ON t(a);
         CREATE TABLE k(x TEXT, y TEXT, PRIMARY KEY (y, x));
         CREATE TABLE desc(id INTEGER PRIMARY KEY DESC);",
        true,
    );
    let mut sqlite = sqlite.unwrap();
    let t = sqlite.describe("T").unwrap();
    assert_eq!(t.name, "t");
    let required: Vec<bool> = t.columns.iter().map(|c| c.is_required()).collect();
    assert_eq!(required, [false, true, false, false, false]);
    assert!(t.columns[4].generated && t.columns[0].primary_key && !t.columns[0].not_null);
    let mut keys = t.keys.clone();
    keys.sort();
    assert_eq!(
        (t.keys[0].as_slice(), keys),
        (&[0][..], vec![vec![0], vec![2], vec![3, 1]])
    );
    // SQLite lets NULL into such keys; we do not.
    let k = sqlite.describe("k").unwrap();
    assert_eq!(k.keys, [[1, 0]]);
    assert!(k.columns.iter().all(|c| c.is_required()));
    assert!(sqlite.describe("desc").unwrap().columns[0].is_required());
    assert_eq!(sqlite.tables().unwrap(), ["desc", "k", "t"]);
}

#[test]
fn who_only_looks_can_not_write() {
    let (dir, sqlite) = target("CREATE TABLE t(n INTEGER)", true);
    let mut sqlite = sqlite.unwrap();
    assert!(sqlite.describe("t").is_ok());
    assert!(fill(&mut sqlite, 1).is_err());
    assert!(sqlite.run("DELETE FROM t").is_err());
    drop(sqlite);
    assert!(fill(&mut reopen(&dir.path().join("t.db"), false).unwrap(), 1).is_ok());
}

#[test]
fn a_full_disk_is_told_and_nothing_is_kept() {
    let (_dir, sqlite) = target("CREATE TABLE t(n INTEGER)", false);
    let mut sqlite = sqlite.unwrap();
    sqlite.begin(true).unwrap();
    let pages = "PRAGMA max_page_count=4";
    sqlite.connection.query_row(pages, [], |_| Ok(())).unwrap();
    let error = fill(&mut sqlite, 100_000).unwrap_err();
    assert!(
        matches!(error, InsertError::DiskFull { .. }) && error.is_transient(),
        "{error}"
    );
    sqlite.rollback();
    let count = "SELECT count(*) FROM t";
    assert_eq!(
        sqlite
            .connection
            .query_row(count, [], |row| row.get::<_, i64>(0))
            .unwrap(),
        0
    );
}

#[test]
fn a_database_that_vanishes_before_the_commit_is_missed() {
    for replaced in [false, true] {
        let (dir, sqlite) = target("CREATE TABLE t(n INTEGER)", false);
        let mut sqlite = sqlite.unwrap();
        let path = dir.path().join("t.db");
        sqlite.begin(true).unwrap();
        fill(&mut sqlite, 3).unwrap();
        std::fs::rename(&path, dir.path().join("moved.db")).unwrap();
        if replaced {
            std::fs::write(&path, "").unwrap();
        }
        let said = sqlite.commit().unwrap_err().to_string();
        assert!(said.contains("moved or deleted"), "{said}");
        assert!(sqlite.connection.is_autocommit());
    }
}

#[test]
fn a_constraint_that_waits_for_the_commit_refuses_it() {
    let (_dir, sqlite) = target(
        "CREATE TABLE p(n INTEGER PRIMARY KEY);
         CREATE TABLE t(n REFERENCES p DEFERRABLE INITIALLY DEFERRED);",
        false,
    );
    let mut sqlite = sqlite.unwrap();
    sqlite.begin(true).unwrap();
    fill(&mut sqlite, 1).unwrap();
    let said = sqlite.commit().unwrap_err().to_string();
    assert!(
        said.contains("constraint is broken at the end") && said.contains("FOREIGN KEY"),
        "{said}"
    );
    assert!(sqlite.connection.is_autocommit());
}

#[test]
fn a_damaged_database_says_so() {
    let (dir, sqlite) = target("CREATE TABLE t(n INTEGER); INSERT INTO t VALUES (1)", false);
    drop(sqlite);
    let path = dir.path().join("t.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let len = bytes.len();
    bytes[100..len].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let said = reopen(&path, false).err().unwrap().to_string();
    assert!(said.contains("damaged"), "{said}");
}

#[test]
fn a_database_that_may_not_be_written_says_so_at_once() {
    let (dir, sqlite) = target("CREATE TABLE t(n INTEGER)", false);
    drop(sqlite);
    let path = dir.path().join("t.db");
    let mut rights = std::fs::metadata(&path).unwrap().permissions();
    rights.set_readonly(true);
    std::fs::set_permissions(&path, rights).unwrap();
    assert!(reopen(&path, true).is_ok());
    if std::fs::OpenOptions::new().write(true).open(&path).is_ok() {
        eprintln!("skipped: this account (root?) may write everything");
        return;
    }
    assert!(
        reopen(&path, false)
            .err()
            .unwrap()
            .to_string()
            .contains("read-only")
    );
}

#[test]
fn deleting_the_rows_of_a_table_can_be_stopped() {
    let schema = "CREATE TABLE t(n INTEGER PRIMARY KEY);
        CREATE TABLE gone(n); CREATE TRIGGER g AFTER DELETE ON t BEGIN INSERT INTO gone VALUES (1); END;
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000)
        INSERT INTO t SELECT n FROM c;";
    let (_dir, sqlite) = target(schema, false);
    let mut sqlite = sqlite.unwrap();
    let table = sqlite.describe("t").unwrap();
    let plan = Plan {
        table: &table,
        columns: &[0],
        mode: Mode::Replace,
        key: &[],
        side: None,
        asked: false,
    };
    sqlite.begin(true).unwrap();
    sqlite.place.cancel.cancel();
    assert_eq!(
        sqlite.recall("key").unwrap(),
        None,
        "the ledger can be read"
    );
    let stopped = sqlite.insert(&plan, &mut supply(std::iter::empty()).0);
    assert!(matches!(stopped, Err(InsertError::Cancelled)));
    sqlite.rollback();
    let count = "SELECT count(*) FROM t";
    let left: i64 = Connection::open(&sqlite.file.path)
        .unwrap()
        .query_row(count, [], |r| r.get(0))
        .unwrap();
    assert_eq!(left, 20_000);
}
