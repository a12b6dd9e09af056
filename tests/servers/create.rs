//! Tables made from a frame; the same on every target.

use super::place::{Kind, PASSWORD, Place, entry, job};
use crewdesk::insert::{
    Cancel, Facts, InsertError, Insertion, Mode, Password, Verdict, preview, run, tables,
};

fn create(place: &Place, text: &str) -> Insertion {
    place.is_there();
    let mut insertion = place.insertion(text);
    insertion.mode = Mode::Create;
    insertion
}

fn exists(place: &Place) -> bool {
    let password = Password::new(PASSWORD);
    let all = tables(&place.url(), Some(&password), &Default::default()).unwrap();
    all.contains(&place.table)
}

/// Bytes of the same length are no key that came before.
#[test]
fn a_preview_tells_keys_of_bytes_apart() {
    // MariaDB makes no key of bytes of any length.
    for place in Place::all().into_iter().filter(|p| p.kind != Kind::MariaDb) {
        let mut insertion = create(&place, "id\n1\n2\n1\n");
        insertion.query = Some("SELECT unhex('0' || id) AS k FROM frame".into());
        insertion.key = vec!["k".into()];
        let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
        let records: Vec<_> = seen.refusals.iter().map(|r| r.record).collect();
        assert_eq!(records, [Some(3)], "{:?} {:?}", place.kind, seen.refusals);
    }
}

const MIXED: &str = "id,name,price,day,at,zoned,clock,yes,big,code\n\
    1,ana,1.50,2026-11-26,2026-11-26T10:00:00.25,2026-11-26T10:00Z,10:00,true,12345678901234567890,007\n\
    2,\"b\"\"e\nn\",-20,,,,,false,1,x\n\
    -3,,0.125,2026-01-01,2026-11-26 10:00,2026-11-26T10:00:00+01:00,23:59:59,,,\n";

#[test]
fn a_table_is_made_with_the_types_of_the_whole_frame() {
    for place in Place::all() {
        let mut insertion = create(&place, MIXED);
        insertion.key = vec!["ID".into()];
        let report = job(&insertion, &place.table).unwrap();
        let kind = place.kind;
        assert!(report.committed, "{kind:?} {report:?}");
        let facts = &report.facts;
        assert_eq!(
            (facts.rows_inserted, facts.rows_refused),
            (3, 0),
            "{kind:?}"
        );
        assert_eq!(facts.source_checksum, facts.target_checksum, "{kind:?}");
        assert_eq!(
            place.sql("SELECT id, price, code, big FROM $t ORDER BY id"),
            match kind {
                Kind::Sqlite => [
                    "-3|0.125|NULL|NULL",
                    "1|1.5|007|12345678901234567890",
                    "2|-20|x|1"
                ],
                Kind::Postgres => [
                    "-3|0.125|NULL|NULL",
                    "1|1.50|007|12345678901234567890",
                    "2|-20|x|1"
                ],
                Kind::MariaDb => [
                    "-3|0.125|NULL|NULL",
                    "1|1.500|007|12345678901234567890",
                    "2|-20.000|x|1"
                ],
            },
            "{kind:?}"
        );
        // The key is one.
        let mut again = place.insertion("id,name\n2,x\n");
        again.mode = Mode::Upsert;
        let report = job(&again, "again").unwrap();
        assert_eq!(
            (report.committed, report.facts.rows_updated),
            (true, 1),
            "{kind:?}"
        );
        // The same job once more reports what it did; another one finds the table there.
        assert!(job(&insertion, &place.table).unwrap().replayed, "{kind:?}");
        let error = job(&insertion, "other").unwrap_err();
        assert!(matches!(error, InsertError::Table { .. }), "{error}");
        assert!(error.to_string().contains("already; use append"), "{error}");
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["3"], "{kind:?}");
        if kind == Kind::MariaDb {
            let comment =
                "SELECT table_comment FROM information_schema.tables WHERE table_name = '$t'";
            assert_eq!(place.sql(comment), [""]);
        }
    }
}

#[test]
fn the_preview_shows_the_statement_and_makes_nothing() {
    for place in Place::all() {
        let mut insertion = create(&place, "id,\"n\"\"a`me\",price\n1,x,1.5\n1,y,2\n,z,3\n");
        insertion.key = vec!["id".into()];
        let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
        let kind = place.kind;
        let statement = seen.creates.unwrap();
        let expected = place.choose(
            "CREATE TABLE main.\"$t\" (\n  \"id\" INTEGER NOT NULL,\n  \"n\"\"a`me\" TEXT,\n  \"price\" NUMERIC,\n  PRIMARY KEY (\"id\")\n)",
            "CREATE TABLE \"$t\" (\n  \"id\" bigint NOT NULL,\n  \"n\"\"a`me\" text,\n  \"price\" numeric,\n  PRIMARY KEY (\"id\")\n)",
            "CREATE TABLE `$t` (\n  `id` BIGINT NOT NULL,\n  `n\"a``me` VARCHAR(255),\n  `price` DECIMAL(15,2),\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB CHARACTER SET utf8mb4",
        );
        assert_eq!(statement, expected.replace("$t", &place.table), "{kind:?}");
        let told: Vec<String> = seen.refusals.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "line 3, id: line 2 of the data frame has this key, too",
                "line 4, id: must not be NULL"
            ],
            "{kind:?}"
        );
        assert_eq!(
            seen.columns[0]
                .declared
                .as_deref()
                .map(str::to_lowercase)
                .as_deref(),
            Some(place.choose("integer not null", "bigint not null", "bigint not null"))
        );
        assert!(!exists(&place), "{kind:?}");
        // What the preview refuses, the insertion refuses, and leaves no table.
        let report = job(&insertion, &place.table).unwrap();
        assert!(!report.committed);
        assert_eq!(report.facts.rows_refused, 2, "{kind:?} {report:?}");
        assert!(!exists(&place), "{kind:?}");
    }
}

#[test]
fn what_is_refused_or_stopped_leaves_no_table() {
    for place in Place::all() {
        let kind = place.kind;
        let mut text = String::from("id,name\n");
        (0..30_000).for_each(|i| text += &format!("{i},x\n"));
        let insertion = create(&place, &text);
        let mut no = |_: &Facts| {
            Ok(Verdict {
                keep: false,
                result: 0,
                reason: "no".into(),
            })
        };
        let report = run(
            &insertion,
            &entry("no"),
            &mut no,
            &mut |_| {},
            &Cancel::new(),
        );
        assert!(!report.unwrap().committed);
        assert!(!exists(&place), "{kind:?}");
        for phase in ["Staging", "Inserting", "Checking"] {
            let cancel = Cancel::new();
            let mut stop = |p: crewdesk::insert::Progress| {
                if format!("{:?}", p.phase) == phase {
                    cancel.cancel();
                }
            };
            let mut judge = |facts: &Facts| Ok(Verdict::built_in(facts));
            let result = run(&insertion, &entry(phase), &mut judge, &mut stop, &cancel);
            assert!(
                matches!(result, Err(InsertError::Cancelled)),
                "{kind:?} {result:?}"
            );
            assert!(!exists(&place), "{kind:?} {phase}");
        }
        // A row that is broken far behind the others.
        text += "1,2,3,4\n";
        let report = job(&create(&place, &text), "broken").unwrap();
        assert!(!report.committed, "{kind:?}");
        assert!(!exists(&place), "{kind:?}");
        assert!(job(&insertion, "good").unwrap().committed, "{kind:?}");
    }
}

#[test]
fn names_that_no_table_can_have_are_refused() {
    for place in Place::all() {
        for (text, table, says) in [
            ("a\n1\n", "crewdesk_ledger", "crewdesk's own"),
            ("a\n1\n", "  ", "is no name"),
        ] {
            let mut insertion = create(&place, text);
            insertion.table = table.to_owned();
            let said = job(&insertion, "k").unwrap_err().to_string();
            assert!(said.contains(says), "{:?} {said}", place.kind);
        }
        let mut insertion = create(&place, "a\n1\n");
        insertion.key = vec!["b".into()];
        let error = job(&insertion, "k").unwrap_err();
        assert_eq!(error.field(), Some("keyColumns"), "{error}");
        insertion.key = Vec::new();
        insertion.read.header = Some(false);
        let said = job(&insertion, "k").unwrap_err().to_string();
        assert!(said.contains("first line name them"), "{said}");
    }
}

#[test]
fn a_query_names_the_columns_of_a_new_table() {
    for place in Place::all() {
        let mut insertion = create(&place, "n,x\n1,a\n2,b\n");
        insertion.query = Some("SELECT n * 2 AS twice, x AS letter FROM frame".into());
        assert!(job(&insertion, &place.table).unwrap().committed);
        assert_eq!(
            place.sql("SELECT twice, letter FROM $t ORDER BY 1"),
            ["2|a", "4|b"],
            "{:?}",
            place.kind
        );
    }
}

/// Another job that wants the same table finds it there, also while no ledger tells of the first.
#[test]
fn a_table_that_is_being_filled_is_nobody_else_s() {
    for place in Place::all().into_iter().filter(|p| p.kind == Kind::MariaDb) {
        let mut insertion = create(&place, "id\n1\n2\n");
        insertion.without_ledger = true;
        insertion.busy_seconds = 60;
        let other = insertion.clone();
        std::thread::scope(|scope| {
            let mut second = None;
            let mut judge = |facts: &Facts| {
                let second = second.insert(scope.spawn(|| job(&other, "second")));
                let waits = "SELECT COUNT(*) FROM information_schema.processlist \
                             WHERE state = 'Waiting for table metadata lock'";
                while !second.is_finished() && place.sql(waits) == ["0"] {
                    std::thread::yield_now();
                }
                Ok(Verdict::built_in(facts))
            };
            let cancel = Cancel::new();
            let first = run(
                &insertion,
                &entry("first"),
                &mut judge,
                &mut |_| {},
                &cancel,
            );
            assert!(first.unwrap().committed);
            let error = second.unwrap().join().unwrap().unwrap_err().to_string();
            assert!(error.contains("already; use append"), "{error}");
        });
        assert_eq!(place.sql("SELECT id FROM $t ORDER BY id"), ["1", "2"]);
    }
}

/// A number that fills a decimal leaves no room for more cents.
#[test]
fn numbers_of_as_many_digits_as_there_are_go_in() {
    for place in Place::all().into_iter().filter(|p| p.kind == Kind::MariaDb) {
        let number = "9".repeat(64) + ".5";
        let insertion = create(&place, &format!("n\n{number}\n1.5\n"));
        let report = job(&insertion, &place.table).unwrap();
        assert!(report.committed, "{report:?}");
        assert_eq!(place.sql("SELECT n FROM $t ORDER BY n"), ["1.5", &number]);
    }
}
