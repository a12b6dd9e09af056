//! What tables keep and refuse, and how that is found out.

use super::*;

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
        (5, Some("a, b"), "an earlier row of the data frame"),
        (6, Some("id"), "a row of the table"),
        (8, Some("a, b"), "a row of the table"),
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
