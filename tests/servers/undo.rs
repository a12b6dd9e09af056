//! Insertions taken back, while nobody has touched their rows; the same on every target.

use super::place::{Kind, PASSWORD, Place, entry, job};
use chrono::{TimeDelta, Utc};
use crewdesk::insert::{
    Cancel, Insertion, LEDGER, LedgerEntry, Mode, Password, UNDO_KEPT, Undoing, Undone,
    forget_undo, undo,
};
use sha2::{Digest, Sha256};

pub const ORDERS: &str = "CREATE TABLE $t(id INTEGER PRIMARY KEY, customer VARCHAR(20) NOT NULL, \
                      amount DECIMAL(10,2), note VARCHAR(30) DEFAULT 'kept')";
pub const OLD: &str = "INSERT INTO $t VALUES (1, 'ana', 1.50, 'a'), (2, 'ben', 2.00, NULL), \
                   (30, 'cem', NULL, 'c')";
pub const ALL: &str = "SELECT id, customer, note FROM $t ORDER BY id";
pub const BEFORE: [&str; 3] = ["1|ana|a", "2|ben|NULL", "30|cem|c"];

/// An insertion that can be taken back.
pub fn undoable(place: &Place, mode: Mode, text: &str) -> Insertion {
    place.is_there();
    let mut insertion = place.insertion(text);
    insertion.mode = mode;
    insertion.undoable = true;
    insertion
}

pub fn undoing(place: &Place, key: &str) -> Undoing {
    Undoing {
        target: place.url(),
        password: Some(Password::new(PASSWORD)),
        forbidden: Default::default(),
        busy_seconds: 2,
        insertion: key.to_owned(),
    }
}

/// Takes it back.
pub fn take_back(place: &Place, key: &str, by: &str) -> Undone {
    take_back_at(place, key, &entry(by))
}

pub fn take_back_at(place: &Place, key: &str, entry: &LedgerEntry) -> Undone {
    let mut allow = || Ok(());
    undo(
        &undoing(place, key),
        entry,
        &mut allow,
        &mut |_| {},
        &Cancel::new(),
    )
    .unwrap_or_else(|e| panic!("{:?}: {e}", place.kind))
}

/// The tables that keep what the undo of an insertion needs. Other tests have theirs in the same
/// database.
pub fn sides(place: &Place, key: &str) -> Vec<String> {
    let hash = Sha256::digest(key.as_bytes());
    let hex: String = hash.iter().take(8).map(|b| format!("{b:02x}")).collect();
    let like = format!("LIKE 'crewdesk_undo_{hex}%'");
    place.sql(place.choose(
        &format!("SELECT name FROM sqlite_schema WHERE type = 'table' AND name {like}"),
        &format!("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname {like}"),
        &format!("SELECT table_name FROM information_schema.tables WHERE table_name {like}"),
    ))
}

#[test]
fn each_mode_is_taken_back_and_nothing_is_left() {
    for place in Place::all() {
        for (mode, text, removed, restored) in [
            (Mode::Append, "id,customer\n10,x\n11,y\n5,z\n", 3, 0),
            (Mode::Replace, "id,customer\n1,x\n11,y\n", 2, 3),
            (Mode::Upsert, "id,customer\n1,x\n2,ben\n11,y\n12,z\n", 2, 1),
        ] {
            let kind = place.kind;
            place.sql("DROP TABLE IF EXISTS $t");
            place.sql(ORDERS);
            place.sql(OLD);
            let key = format!("{} {mode}", place.table);
            let report = job(&undoable(&place, mode, text), &key).unwrap();
            assert!(report.committed, "{kind:?} {mode} {report:?}");
            assert!(report.trail.is_some(), "{kind:?} {mode}");
            assert_ne!(place.sql(ALL), BEFORE, "{kind:?} {mode}");
            let done = take_back(&place, &key, "u1");
            assert!(done.undone, "{kind:?} {mode} {done:?}");
            assert_eq!(
                (done.rows_removed, done.rows_restored),
                (removed, restored),
                "{kind:?} {mode}"
            );
            assert_eq!(place.sql(ALL), BEFORE, "{kind:?} {mode}");
            assert_eq!(sides(&place, &key), [""; 0], "{kind:?} {mode}");
            // The same job once more reports what it did; another one hears that it is done.
            let again = take_back(&place, &key, "u1");
            assert!(again.undone && again.replayed, "{kind:?} {mode} {again:?}");
            let other = take_back(&place, &key, "u2");
            let why = other.reason.unwrap_or_default();
            assert!(!other.undone && why.contains("taken back before"), "{why}");
            assert_eq!(place.sql(ALL), BEFORE, "{kind:?} {mode}");
            let line = format!(
                "SELECT mode, frame FROM {LEDGER} WHERE {} = 'undo {key}'",
                place.choose("key", "key", "`key`")
            );
            assert_eq!(place.sql(&line), [format!("undo|{key}")], "{kind:?} {mode}");
        }
    }
}

#[test]
fn rows_that_somebody_touched_are_left_and_it_is_said_what_differs() {
    for place in Place::all() {
        for (mode, touch, says) in [
            (
                Mode::Append,
                "UPDATE $t SET customer = 'else' WHERE id = 10",
                "changed",
            ),
            // Also a column that the frame did not bring.
            (
                Mode::Append,
                "UPDATE $t SET note = 'else' WHERE id = 10",
                "changed",
            ),
            (
                Mode::Append,
                "DELETE FROM $t WHERE id = 11",
                "1 of its 2 rows",
            ),
            (
                Mode::Replace,
                "DELETE FROM $t WHERE id = 11",
                "1 of its 2 rows",
            ),
            (
                Mode::Replace,
                "INSERT INTO $t VALUES (99, 'new', 1, 'x')",
                "1 other rows",
            ),
            (
                Mode::Upsert,
                "UPDATE $t SET amount = 7 WHERE id = 11",
                "changed",
            ),
        ] {
            let kind = place.kind;
            place.sql("DROP TABLE IF EXISTS $t");
            place.sql(ORDERS);
            let key = format!("{} {mode} {says} {}", place.table, touch.len());
            let report = job(&undoable(&place, mode, "id,customer\n10,x\n11,y\n"), &key).unwrap();
            assert!(report.committed, "{kind:?} {mode} {report:?}");
            place.sql(touch);
            let after = place.sql(ALL);
            let done = take_back(&place, &key, "u");
            let why = done.reason.unwrap_or_default();
            assert!(
                !done.undone && why.contains(says),
                "{kind:?} {touch}: {why}"
            );
            assert_eq!(place.sql(ALL), after, "{kind:?} {touch}");
            // PostgreSQL sees which rows they are that are its own no more; the others, in which columns.
            let set = touch.split_once("SET ").map(|(_, set)| set);
            let column = set.and_then(|set| set.split(' ').next());
            if let (Some(column), false) = (column, kind == Kind::Postgres) {
                let told = format!("values of {column} were changed");
                assert!(why.contains(&told), "{kind:?} {touch}: {why}");
            }
        }
        // What others did beside the rows is no obstacle, and stays.
        place.sql("DELETE FROM $t");
        place.sql("INSERT INTO $t VALUES (20, 'old', 1, 'x')");
        let key = format!("{} beside", place.table);
        assert!(
            job(&undoable(&place, Mode::Append, "id,customer\n10,x\n"), &key)
                .unwrap()
                .committed
        );
        place.sql("INSERT INTO $t VALUES (11, 'new', 1, 'x')");
        place.sql("UPDATE $t SET customer = 'touched' WHERE id = 20");
        assert!(take_back(&place, &key, "u").undone, "{:?}", place.kind);
        assert_eq!(
            place.sql(ALL),
            ["11|new|x", "20|touched|x"],
            "{:?}",
            place.kind
        );
    }
}

#[test]
fn rows_whose_keys_the_server_counts_are_found_again() {
    for place in Place::all() {
        place.sql(place.choose(
            "CREATE TABLE $t(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT)",
            "CREATE TABLE $t(id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT)",
            "CREATE TABLE $t(id INTEGER AUTO_INCREMENT PRIMARY KEY, name TEXT)",
        ));
        place.sql("INSERT INTO $t(name) VALUES ('a'), ('b')");
        let rows = "SELECT id, name FROM $t ORDER BY id";
        let key = format!("{} counted", place.table);
        assert!(
            job(&undoable(&place, Mode::Append, "name\nx\ny\n"), &key)
                .unwrap()
                .committed
        );
        place.sql("INSERT INTO $t(name) VALUES ('c')");
        assert!(take_back(&place, &key, "u").undone, "{:?}", place.kind);
        assert_eq!(
            place.sql("SELECT name FROM $t ORDER BY id"),
            ["a", "b", "c"],
            "{:?}",
            place.kind
        );
        // Rows that were replaced get their numbers back.
        let before = place.sql(rows);
        let key = format!("{} replaced", place.table);
        assert!(
            job(&undoable(&place, Mode::Replace, "name\nx\n"), &key)
                .unwrap()
                .committed
        );
        let done = take_back(&place, &key, "u");
        assert!(done.undone, "{:?} {done:?}", place.kind);
        assert_eq!(place.sql(rows), before, "{:?}", place.kind);
    }
}

#[test]
fn a_table_that_was_made_goes_with_its_rows() {
    for place in Place::all() {
        let kind = place.kind;
        let key = format!("{} made", place.table);
        let report = job(&undoable(&place, Mode::Create, "a,b\n1,x\n2,y\n"), &key).unwrap();
        assert!(report.committed, "{kind:?} {report:?}");
        let done = take_back(&place, &key, "u");
        assert!(done.undone && done.dropped, "{kind:?} {done:?}");
        assert!(
            place.try_sql("SELECT count(*) FROM $t").is_err(),
            "{kind:?}"
        );
        // The name is free for another.
        let key = format!("{} again", place.table);
        let report = job(&undoable(&place, Mode::Create, "a\n1\n"), &key).unwrap();
        assert!(report.committed, "{kind:?}");
    }
}

#[test]
fn a_table_that_was_made_stays_empty_where_something_hangs_on_it() {
    for place in Place::all() {
        let kind = place.kind;
        let hangs: [&[&str]; 4] = [
            &["CREATE VIEW $t_v AS SELECT a FROM $t"],
            &["CREATE INDEX $t_i ON $t(a)"],
            &["ALTER TABLE $t ADD COLUMN c INTEGER"],
            &["CREATE TABLE $t_child(up BIGINT REFERENCES $t(a))"],
        ];
        for (at, hang) in hangs.into_iter().enumerate() {
            let key = format!("{} made {at}", place.table);
            let mut made = undoable(&place, Mode::Create, "a,b\n1,x\n2,y\n");
            made.key = vec!["a".into()];
            assert!(job(&made, &key).unwrap().committed, "{kind:?}");
            hang.iter().for_each(|sql| drop(place.sql(sql)));
            let done = take_back(&place, &key, "u");
            assert!(done.undone && !done.dropped, "{kind:?} {hang:?} {done:?}");
            assert_eq!(place.sql("SELECT count(*) FROM $t"), ["0"], "{kind:?}");
            let _ = place.try_sql("DROP VIEW $t_v");
            let _ = place.try_sql("DROP TABLE $t_child");
            place.sql("DROP TABLE $t");
        }
    }
}

/// Rows that an undo put back as they were are as before, also for the undo of what made them.
#[test]
fn undos_follow_each_other_back_to_the_beginning() {
    for place in Place::all() {
        let kind = place.kind;
        place.sql(ORDERS);
        place.sql(OLD);
        let mut keys = Vec::new();
        let mut insert = |mode: Mode, text: &str| {
            let key = format!("{} {}", place.table, keys.len());
            let report = job(&undoable(&place, mode, text), &key).unwrap();
            assert!(report.committed, "{kind:?} {report:?}");
            keys.push(key.clone());
            key
        };
        let back = |key: &str| {
            let done = take_back(&place, key, &format!("{key} back"));
            assert!(done.undone, "{kind:?} {key} {done:?}");
        };
        let first = insert(Mode::Append, "id,customer\n10,x\n11,y\n12,z\n");
        let appended = place.sql(ALL);
        // Its rows, those of others and new ones; twice one after the other, then one in the other.
        for _ in 0..2 {
            let upsert = insert(Mode::Upsert, "id,customer\n10,X\n1,ANA\n13,new\n");
            let again = insert(Mode::Upsert, "id,customer\n10,XX\n11,YY\n1,A\n");
            back(&again);
            back(&upsert);
            assert_eq!(place.sql(ALL), appended, "{kind:?}");
        }
        let replaced = insert(Mode::Replace, "id,customer\n7,seven\n");
        back(&replaced);
        assert_eq!(place.sql(ALL), appended, "{kind:?}");
        // What somebody else changes is touched, also among what was set back.
        place.sql("UPDATE $t SET customer = 'else' WHERE id = 10");
        let done = take_back(&place, &first, "not now");
        assert!(!done.undone, "{kind:?}");
        place.sql("DELETE FROM $t WHERE id = 10");
        if kind != Kind::Postgres {
            place.sql("INSERT INTO $t(id, customer) VALUES (10, 'x')");
            back(&first);
            assert_eq!(place.sql(ALL), BEFORE, "{kind:?}");
        }
        place.sql("DELETE FROM $t WHERE id BETWEEN 10 AND 29");
        let first = insert(Mode::Append, "id,customer\n20,x\n21,y\n");
        let upsert = insert(Mode::Upsert, "id,customer\n20,X\n");
        back(&upsert);
        back(&first);
        assert_eq!(place.sql(ALL), BEFORE, "{kind:?}");
    }
}

#[test]
fn a_partitioned_table_is_set_back() {
    for place in Place::all() {
        if place.kind != Kind::Postgres {
            continue;
        }
        place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY, v TEXT) PARTITION BY RANGE (id)");
        place.sql("CREATE TABLE $t_1 PARTITION OF $t FOR VALUES FROM (0) TO (100)");
        place.sql("INSERT INTO $t VALUES (1, 'a'), (2, 'b')");
        for mode in [Mode::Replace, Mode::Upsert] {
            let key = format!("{} {mode}", place.table);
            let report = job(&undoable(&place, mode, "id,v\n1,x\n3,y\n"), &key).unwrap();
            assert!(report.committed, "{mode}");
            let done = take_back(&place, &key, "u");
            assert!(done.undone, "{mode} {done:?}");
            let rows = place.sql("SELECT id, v FROM $t ORDER BY id");
            assert_eq!(rows, ["1|a", "2|b"], "{mode}");
        }
    }
}

#[test]
fn keys_of_several_columns_are_found_again() {
    for place in Place::all() {
        let table = "CREATE TABLE $t(a VARCHAR(9), b INTEGER, n INTEGER, PRIMARY KEY (a, b))";
        place.sql(&match place.kind {
            Kind::Sqlite => format!("{table} WITHOUT ROWID"),
            _ => table.to_owned(),
        });
        place.sql("INSERT INTO $t VALUES ('x', 1, 1), ('x', 2, 2)");
        let rows = "SELECT a, b, n FROM $t ORDER BY a, b";
        let before = place.sql(rows);
        for (mode, text) in [
            (Mode::Upsert, "a,b,n\nx,1,7\ny,1,3\n"),
            (Mode::Replace, "a,b,n\nx,1,7\ny,1,3\n"),
            (Mode::Append, "a,b,n\nz,1,7\n"),
        ] {
            let key = format!("{} {mode}", place.table);
            let result = job(&undoable(&place, mode, text), &key);
            if place.kind == Kind::MariaDb && mode == Mode::Append {
                let said = result.unwrap_err().to_string();
                assert!(said.contains("insert without undoable"), "{said}");
                continue;
            }
            assert!(result.unwrap().committed, "{:?} {mode}", place.kind);
            let done = take_back(&place, &key, "u");
            assert!(done.undone, "{:?} {mode} {done:?}", place.kind);
            assert_eq!(place.sql(rows), before, "{:?} {mode}", place.kind);
        }
    }
}

#[test]
fn what_is_not_kept_can_not_be_taken_back() {
    for place in Place::all() {
        place.sql(ORDERS);
        let reason = |key: &str, entry: &LedgerEntry| {
            let done = take_back_at(&place, key, entry);
            assert!(!done.undone);
            done.reason.unwrap_or_default()
        };
        let plain = format!("{} plain", place.table);
        assert!(
            job(&place.insertion("id,customer\n1,a\n"), &plain)
                .unwrap()
                .committed
        );
        let said = reason(&plain, &entry("u"));
        assert!(said.contains("not made undoable"), "{said}");
        let said = reason("nobody's", &entry("u"));
        assert!(said.contains("no such insertion"), "{said}");
        let kept = format!("{} kept", place.table);
        let insertion = undoable(&place, Mode::Upsert, "id,customer\n1,b\n2,c\n");
        assert!(job(&insertion, &kept).unwrap().committed);
        assert!(!sides(&place, &kept).is_empty(), "{:?}", place.kind);
        let late = LedgerEntry {
            key: "u".into(),
            at: entry("u").at + UNDO_KEPT + TimeDelta::days(1),
        };
        assert!(late.at < Utc::now());
        let said = reason(&kept, &late);
        assert!(said.contains("was kept until 1970-01-08"), "{said}");
        forget_undo(&undoing(&place, &kept)).unwrap();
        assert_eq!(sides(&place, &kept), [""; 0], "{:?}", place.kind);
        let said = reason(&kept, &entry("u"));
        assert!(
            said.contains("not kept any more"),
            "{:?} {said}",
            place.kind
        );
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["2"]);
    }
}

#[test]
fn what_is_refused_keeps_nothing_for_an_undo() {
    for place in Place::all() {
        place.sql(ORDERS);
        place.sql(OLD);
        for mode in [Mode::Append, Mode::Replace, Mode::Upsert] {
            let text = "id,customer\n1,a\n7,b\n7,c\n";
            let key = format!("{} refused {mode}", place.table);
            let report = job(&undoable(&place, mode, text), &key).unwrap();
            assert!(!report.committed, "{:?} {mode}", place.kind);
            assert_eq!(sides(&place, &key), [""; 0], "{:?} {mode}", place.kind);
        }
        assert_eq!(place.sql(ALL), BEFORE);
        // Nor does an undo that somebody forbids in the end.
        let key = format!("{} forbidden", place.table);
        let insertion = undoable(&place, Mode::Replace, "id,customer\n1,a\n");
        assert!(job(&insertion, &key).unwrap().committed);
        let mut no = || Err("no".to_owned());
        let result = undo(
            &undoing(&place, &key),
            &entry("u"),
            &mut no,
            &mut |_| {},
            &Cancel::new(),
        );
        assert!(result.is_err());
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["1"]);
        assert!(take_back(&place, &key, "u").undone);
        assert_eq!(place.sql(ALL), BEFORE);
    }
}

#[test]
fn rows_that_others_refer_to_stay() {
    for place in Place::all() {
        place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY, name VARCHAR(9))");
        for rule in ["", " ON DELETE CASCADE"] {
            place.sql("DROP TABLE IF EXISTS $t_child");
            place.sql("DELETE FROM $t");
            let key = format!("{}{rule}", place.table);
            assert!(
                job(&undoable(&place, Mode::Append, "id,name\n1,a\n2,b\n"), &key)
                    .unwrap()
                    .committed
            );
            place.sql(&format!(
                "CREATE TABLE $t_child(up INTEGER, FOREIGN KEY (up) REFERENCES $t(id){rule})"
            ));
            place.sql("INSERT INTO $t_child VALUES (2)");
            let done = take_back(&place, &key, "u");
            assert!(!done.undone, "{:?} {rule}", place.kind);
            assert_eq!(
                place.sql("SELECT count(*) FROM $t"),
                ["2"],
                "{:?}",
                place.kind
            );
            assert_eq!(place.sql("SELECT count(*) FROM $t_child"), ["1"]);
            place.sql("DROP TABLE $t_child");
            assert!(
                take_back(&place, &key, "u").undone,
                "{:?} {rule}",
                place.kind
            );
        }
    }
}

#[test]
fn what_an_insertion_left_half_done_goes_with_the_next() {
    for place in Place::all().into_iter().filter(|p| p.kind == Kind::MariaDb) {
        place.sql(ORDERS);
        // With its rows at once: whoever else inserts meanwhile takes away what nobody fills.
        let table = |mark: &str, job: &str, rows: u32| {
            let name = format!("crewdesk_undo_{}_{mark}", place.table);
            let mark = format!("CONCAT('crewdesk fills it: ', MD5('{job}'))");
            let comment = place.sql(&format!("SELECT {mark}")).remove(0);
            place.sql(&format!(
                "CREATE TABLE {name}(id INTEGER) COMMENT='{comment}' \
                 AS SELECT 1 AS id FROM DUAL WHERE {rows} > 0"
            ));
            name
        };
        let done = format!("{} done", place.table);
        let report = job(
            &undoable(&place, Mode::Append, "id,customer\n10,x\n"),
            &done,
        )
        .unwrap();
        assert!(report.committed);
        let dead = table("dead", "a job that died", 0);
        let known = table("known", &done, 0);
        let filled = table("filled", "a job that filled it", 1);
        place.sql(&format!(
            "CREATE TABLE crewdesk_undo_{}_other(id INTEGER)",
            place.table
        ));
        let next = format!("{} next", place.table);
        let report = job(
            &undoable(&place, Mode::Append, "id,customer\n11,x\n"),
            &next,
        )
        .unwrap();
        assert!(report.committed);
        let left = place.sql(&format!(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() \
             AND table_name LIKE 'crewdesk\\_undo\\_{}\\_%' ORDER BY 1",
            place.table
        ));
        assert!(!left.contains(&dead), "{left:?}");
        let other = format!("crewdesk_undo_{}_other", place.table);
        assert_eq!(left, [filled, known, other]);
        // What the finished ones keep is there: they can be taken back.
        assert!(take_back(&place, &next, "u").undone);
        assert!(take_back(&place, &done, "v").undone);
    }
}

#[test]
fn columns_that_nobody_names_come_back_too() {
    for place in Place::all() {
        let kind = place.kind;
        // What the server counts, computes or hides.
        place.sql(place.choose(
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, v INTEGER, h INTEGER DEFAULT 5, \
             g INTEGER AS (v + 1))",
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, v INTEGER, \
             h INTEGER GENERATED ALWAYS AS IDENTITY (START 5), \
             g INTEGER GENERATED ALWAYS AS (v + 1) STORED)",
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, v INTEGER, h INTEGER INVISIBLE DEFAULT 5, \
             g INTEGER AS (v + 1))",
        ));
        place.sql("INSERT INTO $t(id, v) VALUES (1, 10)");
        let rows = "SELECT id, v, h, g FROM $t ORDER BY id";
        let before = place.sql(rows);
        assert_eq!(before, ["1|10|5|11"], "{kind:?}");
        for mode in [Mode::Replace, Mode::Upsert] {
            let key = format!("{} {mode}", place.table);
            let report = job(&undoable(&place, mode, "id,v\n1,3\n4,4\n"), &key).unwrap();
            assert!(report.committed, "{kind:?} {mode} {report:?}");
            let done = take_back(&place, &key, "u");
            assert!(done.undone, "{kind:?} {mode} {done:?}");
            assert_eq!(place.sql(rows), before, "{kind:?} {mode}");
        }
    }
}

#[test]
fn a_column_that_was_added_since_is_no_obstacle() {
    for place in Place::all() {
        place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY, v INTEGER)");
        place.sql("INSERT INTO $t VALUES (1, 10)");
        for mode in [Mode::Replace, Mode::Upsert] {
            let key = format!("{} {mode}", place.table);
            let report = job(&undoable(&place, mode, "id,v\n1,3\n4,4\n"), &key).unwrap();
            assert!(report.committed, "{:?} {mode}", place.kind);
            place.sql(&format!("ALTER TABLE $t ADD COLUMN new_{mode} VARCHAR(20)"));
            let done = take_back(&place, &key, "u");
            assert!(done.undone, "{:?} {mode} {done:?}", place.kind);
            let rows = place.sql("SELECT id, v, new_replace FROM $t");
            assert_eq!(rows, ["1|10|NULL"], "{:?} {mode}", place.kind);
        }
    }
}
