//! Undos of rows that triggers keep or change, and of those that other tables change with.

use super::place::{Kind, Place, job};
use super::undo::*;
use crewdesk::insert::Mode;

#[test]
fn what_a_trigger_keeps_is_not_told_as_taken_back() {
    for place in Place::all() {
        // On MariaDB a trigger can only refuse.
        if place.kind == Kind::MariaDb {
            continue;
        }
        place.sql(ORDERS);
        place.sql(OLD);
        if place.kind == Kind::Postgres {
            place.sql(
                "CREATE FUNCTION keep_$t() RETURNS trigger AS 'BEGIN RETURN NULL; END' \
                 LANGUAGE plpgsql",
            );
        }
        for (mode, event) in [
            (Mode::Append, "BEFORE DELETE ON $t FOR EACH ROW"),
            (Mode::Upsert, "BEFORE DELETE ON $t FOR EACH ROW"),
            (
                Mode::Replace,
                "BEFORE INSERT ON $t FOR EACH ROW WHEN (NEW.id = 2)",
            ),
        ] {
            let key = format!("{} {mode}", place.table);
            let insertion = undoable(&place, mode, "id,customer\n10,x\n11,y\n");
            assert!(job(&insertion, &key).unwrap().committed);
            let before = place.sql(ALL);
            place.sql(&format!(
                "CREATE TRIGGER keeps {event} {}",
                place.choose(
                    "BEGIN SELECT RAISE(IGNORE); END",
                    "EXECUTE FUNCTION keep_$t()",
                    ""
                )
            ));
            let done = take_back(&place, &key, "u");
            let why = done.reason.unwrap_or_default();
            assert!(!done.undone && why.contains("a trigger"), "{mode} {why}");
            assert_eq!(place.sql(ALL), before, "{:?} {mode}", place.kind);
            place.sql(place.choose("DROP TRIGGER keeps", "DROP TRIGGER keeps ON $t", ""));
            assert!(
                take_back(&place, &key, "u").undone,
                "{:?} {mode}",
                place.kind
            );
            assert_eq!(place.sql(ALL), BEFORE, "{:?} {mode}", place.kind);
        }
    }
}

#[test]
fn what_a_trigger_changes_while_it_is_set_back_is_not_told_as_before() {
    for place in Place::all() {
        let kind = place.kind;
        // Without a key, and with rows that are equal.
        place.sql("CREATE TABLE $t(id INTEGER, v VARCHAR(9), n DECIMAL(9,2), UNIQUE (id))");
        place.sql("INSERT INTO $t VALUES (1, 'old', 1.5), (2, NULL, NULL), (NULL, 'x', 1), (NULL, 'x', 1)");
        let rows = "SELECT id, v, n FROM $t ORDER BY id, v";
        let before = place.sql(rows);
        if kind == Kind::Postgres {
            place.sql(
                "CREATE FUNCTION shout_$t() RETURNS trigger AS \
                 'BEGIN NEW.v := upper(NEW.v); RETURN NEW; END' LANGUAGE plpgsql",
            );
        }
        for (mode, event) in [(Mode::Replace, "INSERT"), (Mode::Upsert, "UPDATE")] {
            let key = format!("{} {mode}", place.table);
            let mut insertion = undoable(&place, mode, "id,v,n\n1,new,7\n11,Y,8\n");
            if mode == Mode::Upsert {
                insertion.key = vec!["id".into()];
            }
            assert!(job(&insertion, &key).unwrap().committed, "{kind:?} {mode}");
            let after = place.sql(rows);
            place.sql(&format!(
                "CREATE TRIGGER shouts_$t {}",
                place.choose(
                    &format!(
                        "AFTER {event} ON $t WHEN NEW.v <> upper(NEW.v) BEGIN \
                         UPDATE $t SET v = upper(v) WHERE rowid = NEW.rowid; END"
                    ),
                    &format!("BEFORE {event} ON $t FOR EACH ROW EXECUTE FUNCTION shout_$t()"),
                    &format!("BEFORE {event} ON $t FOR EACH ROW SET NEW.v = upper(NEW.v)"),
                )
            ));
            let done = take_back(&place, &key, "u");
            let why = done.reason.unwrap_or_default();
            assert!(
                !done.undone && why.contains("a trigger of the table changes rows"),
                "{kind:?} {mode} {why}"
            );
            assert_eq!(place.sql(rows), after, "{kind:?} {mode}");
            place.sql(place.choose(
                "DROP TRIGGER shouts_$t",
                "DROP TRIGGER shouts_$t ON $t",
                "DROP TRIGGER shouts_$t",
            ));
            let done = take_back(&place, &key, "u");
            assert!(done.undone, "{kind:?} {mode} {done:?}");
            assert_eq!(place.sql(rows), before, "{kind:?} {mode}");
        }
    }
}

#[test]
fn an_upsert_that_changes_rows_of_others_along_can_not_be_taken_back() {
    for place in Place::all() {
        let kind = place.kind;
        place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY, code VARCHAR(9) UNIQUE, n INTEGER)");
        for rule in ["CASCADE", "SET NULL"] {
            place.sql("DELETE FROM $t");
            place.sql("INSERT INTO $t VALUES (1, 'A', 1), (2, 'Q', 1)");
            place.sql(&format!(
                "CREATE TABLE $t_kid(code VARCHAR(9), \
                 FOREIGN KEY (code) REFERENCES $t(code) ON UPDATE {rule})"
            ));
            let upsert = undoable(&place, Mode::Upsert, "id,code,n\n1,B,1\n");
            // Nobody refers to a row yet.
            let key = format!("{} {rule}", place.table);
            assert!(job(&upsert, &key).unwrap().committed, "{kind:?} {rule}");
            place.sql("INSERT INTO $t_kid VALUES ('B')");
            let done = take_back(&place, &key, "u");
            let why = done.reason.unwrap_or_default();
            assert!(
                !done.undone && why.contains("_kid refer to rows of the insertion"),
                "{kind:?} {rule} {why}"
            );
            assert_eq!(place.sql("SELECT code FROM $t_kid"), ["B"], "{kind:?}");
            // One that refers to another row is in nobody's way.
            place.sql("UPDATE $t_kid SET code = 'Q'");
            assert!(take_back(&place, &key, "u").undone, "{kind:?} {rule}");
            let key = format!("{key} again");
            let refused = job(&upsert, &key).unwrap_err().to_string();
            assert!(
                refused.contains("_kid refer to its rows and change with them"),
                "{kind:?} {rule} {refused}"
            );
            // Columns that nobody refers to may change.
            let other = undoable(&place, Mode::Upsert, "id,n\n2,5\n");
            assert!(job(&other, &key).unwrap().committed, "{kind:?} {rule}");
            assert!(take_back(&place, &key, "u").undone, "{kind:?} {rule}");
            place.sql("DROP TABLE $t_kid");
        }
    }
}
