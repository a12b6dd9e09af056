//! What a database makes of rows behind our back is noticed, however quickly they are compared.

use super::place::{Kind, Place, entry, job};
use crewdesk::insert::{Cancel, Facts, Mode, Phase, Progress, Verdict, run};

const TABLE: &str = "CREATE TABLE $t(id INTEGER PRIMARY KEY, customer VARCHAR(20), country CHAR(4), \
                     amount DECIMAL(10,2), share DOUBLE PRECISION, day DATE, at TIMESTAMP NULL)";
/// More rows than a batch has.
const ROWS: u32 = 5_000;
/// The row that is changed.
const CHANGED: u32 = 4_321;

fn text(rows: u32) -> String {
    let mut text = String::from("id,customer,country,amount,share,day,at\n");
    for id in 1..=rows {
        text += &match id {
            7 => "7,,,,,,\n".to_owned(),
            id => format!(
                "{id},\"ana, {id}\",DE,{}.5,0.{id},2026-01-17,2026-01-17 10:18:{:02}\n",
                id % 100,
                id % 60
            ),
        };
    }
    text
}

/// Has a trigger set a column of one row to another value.
fn change(place: &Place, column: &str, value: &str) {
    let sql = match place.kind {
        Kind::Sqlite => format!(
            "CREATE TRIGGER $t_x AFTER INSERT ON $t WHEN NEW.id = {CHANGED} BEGIN \
               UPDATE $t SET {column} = {value} WHERE id = NEW.id; END"
        ),
        Kind::Postgres => format!(
            "CREATE OR REPLACE FUNCTION $t_f() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN \
               IF NEW.id = {CHANGED} THEN NEW.{column} := {value}; END IF; RETURN NEW; END $body$; \
             CREATE TRIGGER $t_x BEFORE INSERT ON $t FOR EACH ROW EXECUTE FUNCTION $t_f()"
        ),
        Kind::MariaDb => format!(
            "CREATE TRIGGER $t_x BEFORE INSERT ON $t FOR EACH ROW \
             SET NEW.{column} = IF(NEW.id = {CHANGED}, {value}, NEW.{column})"
        ),
    };
    place.sql(&sql);
}

#[test]
fn one_value_that_a_trigger_changes_keeps_nothing() {
    for place in Place::all() {
        for (column, value) in [
            ("customer", "'ana, 432'"),
            ("country", "NULL"),
            ("amount", "21.51"),
            ("amount", "-21.5"),
            ("share", "0.4322"),
            ("day", "'2026-01-18'"),
            ("at", "'2026-01-17 10:18:59'"),
        ] {
            place.sql("DROP TABLE IF EXISTS $t");
            place.sql(TABLE);
            change(&place, column, value);
            let report = place.insert(&text(ROWS));
            let facts = &report.facts;
            let what = format!("{:?} {column}: {report:?}", place.kind);
            assert_eq!(facts.rows_inserted, u64::from(ROWS), "{what}");
            assert_ne!(facts.source_checksum, facts.target_checksum, "{what}");
            assert!(report.verdict.reason.contains("differ"), "{what}");
            assert_eq!(place.sql("SELECT count(*) FROM $t"), ["0"]);
        }
    }
}

#[test]
fn the_facts_are_of_the_table_where_it_differs_and_the_same_where_it_does_not() {
    for place in Place::all() {
        place.sql(TABLE);
        let insertion = place.insertion(&text(ROWS));
        let facts = job(&insertion, &format!("{} a", place.table))
            .unwrap()
            .facts;
        assert_eq!(facts.source_checksum, facts.target_checksum);
        let of = |at: usize| {
            let column = &facts.columns[at];
            (
                column.nulls,
                column.min.clone().unwrap(),
                column.max.clone().unwrap(),
            )
        };
        let is = |nulls, min: &str, max: &str| (nulls, min.to_owned(), max.to_owned());
        assert_eq!(of(0), is(0, "1", "5000"), "{:?}", place.kind);
        assert_eq!(of(1), is(1, "ana, 1", "ana, 999"), "{:?}", place.kind);
        assert_eq!(of(3), is(1, "0.5", "99.5"), "{:?}", place.kind);
        assert_eq!(of(4), is(1, "0.1", "0.999"), "{:?}", place.kind);
        assert_eq!(of(5), is(1, "2026-01-17", "2026-01-17"), "{:?}", place.kind);

        place.sql("DELETE FROM $t");
        change(&place, "customer", "'zoe'");
        let facts = job(&insertion, &format!("{} b", place.table))
            .unwrap()
            .facts;
        assert_eq!(
            facts.columns[1].max.as_deref(),
            Some("zoe"),
            "{:?}",
            place.kind
        );
    }
}

/// PostgreSQL hashes them, and of SQLite they are read while others go in.
#[test]
fn a_server_that_hashes_rows_sends_none_back_while_they_are_the_same() {
    for place in Place::all() {
        // How many rows were looked at when it was told, before all were.
        let looked = |at: &str| {
            let mut looked = Vec::new();
            let mut tell = |p: Progress| {
                if p.phase == Phase::Checking && (1..u64::from(ROWS)).contains(&p.rows) {
                    looked.push(p.rows);
                }
            };
            let entry = entry(&format!("{} {at}", place.table));
            let insertion = place.insertion(&text(ROWS));
            let mut judge = |facts: &Facts| Ok(Verdict::built_in(facts));
            run(&insertion, &entry, &mut judge, &mut tell, &Cancel::new()).unwrap();
            looked
        };
        place.sql(TABLE);
        let same = looked("a");
        place.sql("DELETE FROM $t");
        change(&place, "customer", "'zoe'");
        let other = looked("b");
        assert!(!other.is_empty(), "{:?}", place.kind);
        assert_eq!(same.is_empty(), place.kind != Kind::MariaDb, "{same:?}");
    }
}

#[test]
fn values_that_change_places_and_nothing_that_becomes_zero_are_noticed() {
    for place in Place::all() {
        if place.kind != Kind::Postgres {
            continue;
        }
        for (what, change) in [
            ("share", "NEW.share := coalesce(NEW.share, 0)"),
            (
                "swap",
                "NEW.id := CASE NEW.id WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE NEW.id END",
            ),
            (
                "turn",
                "NEW.id := CASE NEW.id WHEN 5 THEN 7 WHEN 6 THEN 5 WHEN 7 THEN 6 ELSE NEW.id END",
            ),
        ] {
            place.sql("DROP TABLE IF EXISTS $t");
            place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY, share DOUBLE PRECISION, name TEXT)");
            place.sql(&format!(
                "CREATE OR REPLACE FUNCTION $t_p() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN \
                   {change}; RETURN NEW; END $body$; \
                 CREATE TRIGGER $t_v BEFORE INSERT ON $t FOR EACH ROW EXECUTE FUNCTION $t_p()"
            ));
            let text = "id,share,name\n1,,a\n2,,b\n3,0,c\n5,1,d\n6,2,e\n7,3,f\n";
            let insertion = place.insertion(text);
            let report = job(&insertion, &format!("{} {what}", place.table)).unwrap();
            let facts = &report.facts;
            assert_ne!(facts.source_checksum, facts.target_checksum, "{what}");
            assert!(!report.committed, "{what}: {report:?}");
        }
    }
}

#[test]
fn a_row_that_is_lost_or_merged_into_something_else_is_noticed() {
    for place in Place::all() {
        if place.kind == Kind::Postgres {
            place.sql(TABLE);
            place.sql(&format!(
                "CREATE FUNCTION $t_g() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN \
                   IF NEW.id = {CHANGED} THEN RETURN NULL; END IF; RETURN NEW; END $body$; \
                 CREATE TRIGGER $t_y BEFORE INSERT ON $t FOR EACH ROW EXECUTE FUNCTION $t_g()"
            ));
            let report = place.insert(&text(ROWS));
            assert_eq!(report.facts.rows_inserted, u64::from(ROWS) - 1);
            assert!(!report.committed, "{report:?}");
            place.sql("DROP TABLE $t");
        }
        place.sql(TABLE);
        let mut insertion = place.insertion(&text(ROWS));
        job(&insertion, &format!("{} a", place.table)).unwrap();
        insertion.mode = Mode::Upsert;
        let again = job(&insertion, &format!("{} b", place.table)).unwrap();
        assert!(again.committed, "{:?}: {again:?}", place.kind);
        assert_eq!(again.facts.rows_unchanged, u64::from(ROWS));
        assert_eq!(again.facts.source_checksum, again.facts.target_checksum);
    }
}

#[test]
fn what_is_no_number_is_none_of_the_frame_s() {
    for place in Place::all() {
        if place.kind != Kind::Postgres {
            continue;
        }
        for (amount, value) in [("0", "NaN"), ("0", "Infinity"), ("1", "-Infinity")] {
            place.sql("DROP TABLE IF EXISTS $t");
            place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY, amount NUMERIC)");
            place.sql(&format!(
                "CREATE OR REPLACE FUNCTION $t_h() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN \
                   NEW.amount := '{value}'; RETURN NEW; END $body$; \
                 CREATE TRIGGER $t_z BEFORE INSERT ON $t FOR EACH ROW EXECUTE FUNCTION $t_h()"
            ));
            let report = place.insert(&format!("id,amount\n1,{amount}\n"));
            assert!(!report.committed, "{value}: {report:?}");
        }
    }
}
