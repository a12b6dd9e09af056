//! Rows by their key: updated where the table has it, else inserted; the same on every target.

use super::place::{Kind, Place, job};
use crewdesk::insert::{Cancel, InsertError, Insertion, Mode, Report, preview};

const ORDERS: &str = "CREATE TABLE $t(id INTEGER PRIMARY KEY, customer VARCHAR(20) NOT NULL, \
                      amount DECIMAL(10,2), note VARCHAR(30) DEFAULT 'kept')";
const OLD: &str = "INSERT INTO $t VALUES (1, 'ana', 1.50, 'a'), (2, 'ben', 2.00, NULL), \
                   (3, 'cem', NULL, 'c')";

fn upsert(place: &Place, text: &str) -> Insertion {
    let mut insertion = place.insertion(text);
    insertion.mode = Mode::Upsert;
    insertion
}

fn counts(report: &Report) -> (u64, u64, u64, u64) {
    let facts = &report.facts;
    (
        facts.rows_inserted,
        facts.rows_updated,
        facts.rows_unchanged,
        facts.rows_refused,
    )
}

/// What a key carries along tells no rows apart.
#[test]
fn columns_that_a_key_includes_are_no_part_of_it() {
    for place in Place::all()
        .into_iter()
        .filter(|p| p.kind == Kind::Postgres)
    {
        place.sql("CREATE TABLE $t(id INTEGER, v INTEGER, PRIMARY KEY (id) INCLUDE (v))");
        place.sql("INSERT INTO $t VALUES (1, 1)");
        let report = job(&upsert(&place, "id,v\n1,2\n2,2\n"), &place.table).unwrap();
        assert!(report.committed, "{report:?}");
        assert_eq!(report.facts.rows_updated, 1);
        assert_eq!(
            place.sql("SELECT id, v FROM $t ORDER BY id"),
            ["1|2", "2|2"]
        );
    }
}

#[test]
fn rows_are_updated_inserted_or_left_by_their_key() {
    for place in Place::all() {
        place.sql(ORDERS);
        place.sql(OLD);
        let text = "amount,id,customer\n1.5,1,ana\n9.25,2,ben\n,3,Cem\n4,4,dana\n";
        let report = job(&upsert(&place, text), &place.table).unwrap();
        let kind = place.kind;
        assert!(report.committed, "{kind:?} {:?}", report.refusals);
        assert_eq!(counts(&report), (4, 2, 1, 0), "{kind:?}");
        let facts = &report.facts;
        assert_eq!(facts.source_checksum, facts.target_checksum, "{kind:?}");
        assert_eq!(facts.columns[1].max.as_deref(), Some("4"), "{kind:?}");
        let rows =
            "SELECT id, customer, CAST(amount * 100 AS DECIMAL(10)), note FROM $t ORDER BY id";
        assert_eq!(
            place.sql(&rows.replace("DECIMAL(10)", place.choose("INTEGER", "INTEGER", "INTEGER"))),
            [
                "1|ana|150|a",
                "2|ben|925|NULL",
                "3|Cem|NULL|c",
                "4|dana|400|kept"
            ],
            "{kind:?}"
        );
        // The same once more changes nothing.
        let again = job(&upsert(&place, text), &format!("{} 2", place.table)).unwrap();
        assert!(again.committed, "{kind:?}");
        assert_eq!(counts(&again), (4, 0, 4, 0), "{kind:?}");
    }
}

#[test]
fn a_key_that_comes_twice_is_refused_with_both_lines() {
    for place in Place::all() {
        place.sql(ORDERS);
        place.sql(OLD);
        let mut text = String::from("id,customer\n");
        (10..9000).for_each(|i| text += &format!("{i},x\n"));
        text += "11,twice\n9001,y\n1,first\n1,second\n";
        let report = job(&upsert(&place, &text), &place.table).unwrap();
        let kind = place.kind;
        assert!(!report.committed, "{kind:?}");
        assert_eq!(counts(&report), (8992, 1, 0, 2), "{kind:?}");
        assert_eq!(report.facts.duplicate_keys, 2, "{kind:?}");
        let told: Vec<String> = report.refusals.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "line 8992, id: line 3 of the data frame has this key, too",
                "line 8995, id: line 8994 of the data frame has this key, too"
            ],
            "{kind:?}"
        );
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["3"], "{kind:?}");
        assert_eq!(place.sql("SELECT customer FROM $t WHERE id = 1"), ["ana"]);
    }
}

#[test]
fn only_the_key_decides_and_all_else_is_refused_row_by_row() {
    for place in Place::all() {
        place.sql(
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, code VARCHAR(9) UNIQUE, \
             amount INTEGER CHECK (amount > 0))",
        );
        place.sql("INSERT INTO $t VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)");
        let text = "id,code,amount\n1,b,1\n2,b,7\n7,c,1\n3,c,0\n8,d,8\n,e,1\n";
        let insertion = upsert(&place, text);
        let kind = place.kind;
        for (rows, refusals) in [
            {
                let report = job(&insertion, &place.table).unwrap();
                assert!(!report.committed, "{kind:?}");
                assert_eq!(
                    counts(&report),
                    (2, 1, 0, 4),
                    "{kind:?} {:?}",
                    report.refusals
                );
                (report.facts.rows_refused, report.refusals)
            },
            {
                let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
                assert_eq!(seen.rows_known, 1, "{kind:?}");
                (seen.rows_refused, seen.refusals)
            },
        ] {
            let lines: Vec<_> = refusals.iter().filter_map(|r| r.line).collect();
            assert_eq!(
                (rows, lines),
                (4, vec![2, 4, 5, 7]),
                "{kind:?} {refusals:?}"
            );
            assert_eq!(refusals[0].column.as_deref(), Some("code"), "{kind:?}");
            assert!(refusals[2].reason.contains("check"), "{kind:?}");
            assert_eq!(refusals[3].column.as_deref(), Some("id"), "{kind:?}");
        }
        assert_eq!(
            place.sql("SELECT code, amount FROM $t ORDER BY id"),
            ["a|1", "b|2", "c|3"]
        );
    }
}

#[test]
fn another_unique_key_can_be_named_and_nothing_else() {
    for place in Place::all() {
        place.sql(
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, day DATE NOT NULL, place VARCHAR(9) NOT NULL, \
             n INTEGER, UNIQUE (place, day))",
        );
        place.sql("INSERT INTO $t VALUES (1, '2026-11-26', 'Graz', 1)");
        let text = "id,day,place,n\n1,2026-11-26,Graz,2\n2,2026-11-27,Graz,3\n";
        let mut insertion = upsert(&place, text);
        insertion.key = vec!["day".into(), "PLACE".into()];
        let report = job(&insertion, &place.table).unwrap();
        assert!(report.committed, "{:?} {report:?}", place.kind);
        assert_eq!(counts(&report), (2, 1, 0, 0), "{:?}", place.kind);
        assert_eq!(
            place.sql("SELECT n FROM $t ORDER BY id"),
            ["2", "3"],
            "{:?}",
            place.kind
        );
        for (mode, key) in [
            (Mode::Upsert, "day"),
            (Mode::Upsert, "nix"),
            (Mode::Append, "id"),
        ] {
            insertion.mode = mode;
            insertion.key = vec![key.into()];
            let error = job(&insertion, "other").unwrap_err();
            assert!(matches!(error, InsertError::Key(_)), "{error}");
            assert_eq!(error.field(), Some("keyColumns"));
        }
        insertion.mode = Mode::Upsert;
        insertion.key = Vec::new();
        place.sql("CREATE TABLE $t_bare(n INTEGER)");
        insertion.table = format!("{}_bare", place.table);
        let said = job(&insertion, "bare").unwrap_err().to_string();
        assert!(said.contains("no primary key"), "{said}");
    }
}

#[test]
fn only_new_rows_need_what_the_frame_does_not_bring() {
    for place in Place::all() {
        place.sql(ORDERS);
        place.sql(OLD);
        let report = job(&upsert(&place, "id,amount\n1,7\n2,8\n"), &place.table).unwrap();
        assert!(report.committed, "{:?} {report:?}", place.kind);
        assert_eq!(counts(&report), (2, 2, 0, 0));
        assert_eq!(
            place.sql("SELECT customer, note FROM $t WHERE id = 1"),
            ["ana|a"]
        );
        let insertion = upsert(&place, "id,amount\n1,7\n9,8\n");
        let report = job(&insertion, "new").unwrap();
        let kind = place.kind;
        assert_eq!(counts(&report), (1, 0, 1, 1), "{kind:?}");
        assert_eq!(report.refusals[0].line, Some(3), "{kind:?}");
        assert_eq!(report.refusals[0].column.as_deref(), Some("customer"));
        let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
        assert_eq!((seen.rows_refused, seen.rows_known), (1, 1), "{kind:?}");
        // Without the key nothing can be found.
        let error = job(&upsert(&place, "customer,amount\nana,7\n"), "k").unwrap_err();
        assert!(error.to_string().contains("lacks \"id\""), "{error}");
    }
}

#[test]
fn letters_and_signs_that_a_database_takes_for_equal_are_told_apart() {
    for place in Place::all() {
        let table = place.choose(
            "CREATE TABLE $t(id VARCHAR(9) COLLATE NOCASE PRIMARY KEY, a TEXT COLLATE NOCASE, x DOUBLE, b BLOB)",
            "CREATE TABLE $t(id VARCHAR(9) PRIMARY KEY, a TEXT, x DOUBLE PRECISION, b BYTEA)",
            "CREATE TABLE $t(id VARCHAR(9) PRIMARY KEY, a TEXT, x DOUBLE, b BLOB) \
             CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
        );
        place.sql(table);
        let first = "id,a,x,b\nk1,One,0.1,x\nk2,Two,-0.0,\n";
        assert!(job(&upsert(&place, first), &place.table).unwrap().committed);
        let second = "id,a,x,b\nk1,one,0.1,x\nk2,Two ,0.0,y\n";
        let report = job(&upsert(&place, second), "second").unwrap();
        let kind = place.kind;
        assert!(report.committed, "{kind:?} {report:?}");
        assert_eq!(counts(&report), (2, 2, 0, 0), "{kind:?}");
        assert_eq!(report.facts.source_checksum, report.facts.target_checksum);
        assert_eq!(place.sql("SELECT a FROM $t ORDER BY id"), ["one", "Two "]);
    }
}

#[test]
fn cancelling_an_upsert_keeps_nothing() {
    for place in Place::all() {
        place.sql(ORDERS);
        place.sql(OLD);
        let mut text = String::from("id,customer\n");
        (0..30_000).for_each(|i| text += &format!("{i},x\n"));
        let insertion = upsert(&place, &text);
        for phase in ["Inserting", "Checking"] {
            let cancel = Cancel::new();
            let mut stop = |p: crewdesk::insert::Progress| {
                if format!("{:?}", p.phase) == phase {
                    cancel.cancel();
                }
            };
            let mut judge =
                |facts: &crewdesk::insert::Facts| Ok(crewdesk::insert::Verdict::built_in(facts));
            let entry = super::place::entry("c");
            let result = crewdesk::insert::run(&insertion, &entry, &mut judge, &mut stop, &cancel);
            assert!(
                matches!(result, Err(InsertError::Cancelled)),
                "{:?} {result:?}",
                place.kind
            );
            let rows = "SELECT count(*) FROM $t WHERE customer = 'x'";
            assert_eq!(place.sql(rows), ["0"], "{:?}", place.kind);
        }
    }
}

#[test]
fn a_key_without_a_row_number_is_enough() {
    for place in Place::all() {
        let table = "CREATE TABLE $t(a VARCHAR(9), b INTEGER, n INTEGER, PRIMARY KEY (a, b))";
        let table = match place.kind {
            super::place::Kind::Sqlite => format!("{table} WITHOUT ROWID"),
            _ => table.to_owned(),
        };
        place.sql(&table);
        place.sql("INSERT INTO $t VALUES ('x', 1, 1), ('x', 2, 2)");
        let report = job(
            &upsert(&place, "n,b,a\n7,1,x\n2,2,x\n3,1,y\n"),
            &place.table,
        )
        .unwrap();
        assert!(report.committed, "{:?} {report:?}", place.kind);
        assert_eq!(counts(&report), (3, 1, 1, 0), "{:?}", place.kind);
        assert_eq!(
            place.sql("SELECT n FROM $t ORDER BY a, b"),
            ["7", "2", "3"],
            "{:?}",
            place.kind
        );
    }
}

#[test]
fn a_row_that_the_frame_gives_another_number_is_found_again() {
    for place in Place::all() {
        let kind = place.kind;
        place.sql(
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, k VARCHAR(9) NOT NULL UNIQUE, v INTEGER)",
        );
        place.sql("INSERT INTO $t VALUES (5, 'a', 1), (6, 'b', 2)");
        let rows = "SELECT id, k, v FROM $t ORDER BY k";
        let mut insertion = place.insertion("id,k,v\n10,a,7\n5,c,8\n");
        insertion.mode = Mode::Upsert;
        insertion.key = vec!["k".into()];
        insertion.undoable = true;
        let key = format!("{} renumbered", place.table);
        let report = job(&insertion, &key).unwrap();
        assert!(report.committed, "{kind:?} {report:?}");
        assert_eq!(place.sql(rows), ["10|a|7", "6|b|2", "5|c|8"], "{kind:?}");
        let done = super::undo::take_back(&place, &key, "u");
        assert!(done.undone, "{kind:?} {done:?}");
        assert_eq!(place.sql(rows), ["5|a|1", "6|b|2"], "{kind:?}");
        // A key that comes twice is one, whatever the number.
        let mut twice = place.insertion("id,k,v\n10,a,7\n11,a,8\n");
        (twice.mode, twice.key) = (Mode::Upsert, vec!["k".into()]);
        for rows_only in [false, true] {
            twice.rows_only = rows_only;
            let report = job(&twice, &format!("{key} twice {rows_only}")).unwrap();
            assert!(!report.committed, "{kind:?} {rows_only} {report:?}");
            assert_eq!(report.facts.rows_refused, 1, "{kind:?} {report:?}");
        }
    }
}

/// SQLite finds a row without a number by its key, which an update may write anew.
#[test]
fn a_row_that_an_update_finds_anew_is_still_known() {
    for place in Place::all().into_iter().filter(|p| p.kind == Kind::Sqlite) {
        let kept = "DELETE FROM $t; INSERT INTO $t VALUES ('ABC', 0)";
        place.sql("CREATE TABLE $t(k TEXT COLLATE NOCASE PRIMARY KEY, v INTEGER) WITHOUT ROWID");
        place.sql(kept);
        let report = job(&upsert(&place, "k,v\nabc,1\n"), "spelled").unwrap();
        assert!(report.committed, "{report:?}");
        assert_eq!(place.sql("SELECT k, v FROM $t"), ["abc|1"]);
        place.sql(kept);
        for rows_only in [false, true] {
            let mut insertion = upsert(&place, "k,v\nabc,1\nAbc,2\n");
            insertion.rows_only = rows_only;
            let report = job(&insertion, "twice").unwrap();
            assert!(!report.committed, "{report:?}");
            let told = report.refusals[0].to_string();
            assert!(
                told.contains("line 2 of the data frame has this key, too"),
                "{told}"
            );
        }
    }
}

/// Also where the frame has not all that a new row must have.
#[test]
fn a_dry_run_sees_a_key_that_comes_twice() {
    for place in Place::all() {
        place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY, v INTEGER, must INTEGER NOT NULL)");
        place.sql("INSERT INTO $t VALUES (1, 1, 1), (2, 2, 2)");
        let insertion = upsert(&place, "id,v\n1,5\n2,5\n1,6\n");
        let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
        let lines: Vec<_> = seen.refusals.iter().map(|r| r.line).collect();
        assert_eq!(lines, [Some(4)], "{:?} {:?}", place.kind, seen.refusals);
    }
}
