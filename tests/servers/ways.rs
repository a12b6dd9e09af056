//! Modes, the ledger, facts, rehearsal: the same on every target.

use super::place::{Kind, Place, entry, job};
use crewdesk::insert::{
    Cancel, Facts, InsertError, LEDGER, Mode, Password, Report, Verdict, preview, run, tables,
    test_connection,
};
use std::time::{Duration, Instant};

const ORDERS: &str = "CREATE TABLE $t(id INTEGER PRIMARY KEY, customer VARCHAR(20) NOT NULL, \
                      amount DECIMAL(10,2), day DATE)";

#[test]
fn append_keeps_and_replace_removes_what_is_there() {
    for place in Place::all() {
        place.sql(ORDERS);
        place.sql("INSERT INTO $t VALUES (7, 'old', 1.00, NULL)");
        let mut insertion = place.insertion("id,customer,amount\n1,ana,1.5\n2,ben,2\n");
        let report = job(&insertion, &format!("{} a", place.table)).unwrap();
        assert!(report.committed, "{:?}: {:?}", place.kind, report);
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["3"]);
        let facts = &report.facts;
        assert_eq!((facts.rows_read, facts.rows_inserted), (2, 2));
        assert_eq!(facts.columns[1].max.as_deref(), Some("ben"));
        insertion.mode = Mode::Replace;
        let report = job(&insertion, &format!("{} b", place.table)).unwrap();
        assert_eq!((report.committed, report.facts.rows_inserted), (true, 2));
        assert_eq!(place.sql("SELECT id FROM $t ORDER BY id"), ["1", "2"]);
    }
}

#[test]
fn one_key_inserts_once() {
    for place in Place::all() {
        place.sql(&ORDERS.replace("PRIMARY KEY", ""));
        let insertion = place.insertion("id,customer\n1,ana\n2,ben\n");
        let reports: Vec<Report> = std::thread::scope(|scope| {
            let run = || scope.spawn(|| job(&insertion, &place.table).unwrap());
            let running: Vec<_> = (0..4).map(|_| run()).collect();
            running
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(reports.iter().all(|report| report.committed));
        assert_eq!(
            reports.iter().filter(|report| !report.replayed).count(),
            1,
            "{:?}",
            place.kind
        );
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["2"]);
        let ledger = format!("SELECT table_name, mode, rows FROM {LEDGER} WHERE key = '$t'");
        let ledger = ledger.replace("key =", place.choose("key =", "key =", "`key` ="));
        let ledger = ledger.replace(
            "rows FROM",
            place.choose("rows FROM", "rows FROM", "`rows` FROM"),
        );
        assert_eq!(place.sql(&ledger), [format!("{}|append|2", place.table)]);
    }
}

#[test]
fn a_refused_frame_leaves_nothing_and_names_every_row() {
    for place in Place::all() {
        place.sql("CREATE TABLE $t_parent(id INTEGER PRIMARY KEY)");
        place.sql("INSERT INTO $t_parent VALUES (1)");
        place.sql(
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, customer VARCHAR(20) NOT NULL,
               amount INTEGER CHECK (amount > 0), up INTEGER,
               FOREIGN KEY (up) REFERENCES $t_parent(id))",
        );
        place.sql("INSERT INTO $t VALUES (5, 'old', 1, NULL)");
        let mut text = String::from("id,customer,amount,up\n");
        (100..9000).for_each(|i| text += &format!("{i},\"a\nb\",1,1\n"));
        // Each has two lines: the first of these stands in line 17802.
        text += "5,taken,1,1\n50,twice,1,\n50,twice,1,\n51,bad,0,\n52,orphan,1,9\n53,,1,\n54,x,1.5,\n55,ok,1,\n";
        let report = place.insert(&text);
        let kind = place.kind;
        assert!(!report.committed, "{kind:?}");
        let facts = &report.facts;
        let counts = (facts.rows_read, facts.rows_inserted, facts.rows_refused);
        assert_eq!(counts, (8908, 8902, 6), "{kind:?} {:?}", report.refusals);
        assert_eq!(
            (facts.duplicate_keys, facts.nulls_in_required),
            (2, 1),
            "{kind:?}"
        );
        assert_eq!(facts.source_checksum, facts.target_checksum, "{kind:?}");
        let told: Vec<(u64, &str)> = report
            .refusals
            .iter()
            .map(|r| (r.line.unwrap() - 17802, r.column.as_deref().unwrap_or("-")))
            .collect();
        let expected: Vec<(u64, &str)> = vec![
            (0, "id"),
            (2, "id"),
            (3, "-"),
            (4, "up"),
            (5, "customer"),
            (6, "amount"),
        ];
        for ((line, column), (wanted, named)) in told.iter().zip(&expected) {
            assert_eq!(line, wanted, "{kind:?} {told:?}");
            // Not every target says whom it blames for a reference.
            assert!(*column == "-" || column == named, "{kind:?} {told:?}");
        }
        assert_eq!(told.len(), expected.len());
        assert!(
            report.refusals[2].reason.contains("check"),
            "{}",
            report.refusals[2]
        );
        assert!(
            report.refusals[3].reason.contains("does not exist"),
            "{}",
            report.refusals[3]
        );
        assert_eq!(place.sql("SELECT id FROM $t"), ["5"], "{kind:?}");
        // All of them are listed, each once, whatever it took to find them.
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("refused.csv");
        let mut listed = place.insertion(&text);
        listed.rejects = Some(file.clone());
        let mut judge = |facts: &Facts| Ok(Verdict::built_in(facts));
        let entry_of = entry(&format!("{} listed", place.table));
        run(&listed, &entry_of, &mut judge, &mut |_| {}, &Cancel::new()).unwrap();
        let list = std::fs::read_to_string(&file).unwrap();
        let line = |row: &str| row.split(',').next().unwrap().parse::<u64>().unwrap();
        let mut lines: Vec<u64> = list.lines().skip(1).map(|row| line(row) - 17802).collect();
        lines.dedup();
        assert_eq!(lines, [0, 2, 3, 4, 5, 6], "{kind:?} {list}");
        // A judge may keep what is good.
        let mut lenient = |facts: &Facts| {
            Ok(Verdict {
                keep: facts.rows_inserted == 8902,
                result: 1,
                reason: "good enough".into(),
            })
        };
        let insertion = place.insertion(&text);
        let key = format!("{} lenient", place.table);
        let report = run(
            &insertion,
            &entry(&key),
            &mut lenient,
            &mut |_| {},
            &Cancel::new(),
        );
        assert!(report.unwrap().committed);
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["8903"], "{kind:?}");
    }
}

#[test]
fn a_preview_tries_and_keeps_nothing() {
    for place in Place::all() {
        place.sql(ORDERS);
        place.sql("INSERT INTO $t VALUES (1, 'old', 1.00, NULL)");
        let text = "id,customer,amount\n1,taken,1\n2,ok,2\n2,twice,2\n3,bad,x\n4,,1\n";
        let seen = preview(&place.insertion(text), 100, &Cancel::new()).unwrap();
        let lines: Vec<u64> = seen.refusals.iter().filter_map(|r| r.line).collect();
        assert_eq!(
            (seen.rows_read, seen.rows_refused),
            (5, 4),
            "{:?} {:?}",
            place.kind,
            seen.refusals
        );
        assert_eq!(lines, [2, 4, 5, 6], "{:?}", place.kind);
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["1"]);
    }
}

#[test]
fn cancelling_keeps_nothing() {
    for place in Place::all() {
        place.sql(ORDERS);
        let mut text = String::from("id,customer\n");
        (0..40_000).for_each(|i| text += &format!("{i},ana\n"));
        let insertion = place.insertion(&text);
        for phase in ["Inserting", "Checking"] {
            let cancel = Cancel::new();
            let mut stop = |p: crewdesk::insert::Progress| {
                if format!("{:?}", p.phase) == phase {
                    cancel.cancel();
                }
            };
            let mut judge = |facts: &Facts| Ok(Verdict::built_in(facts));
            let result = run(&insertion, &entry("c"), &mut judge, &mut stop, &cancel);
            assert!(
                matches!(result, Err(InsertError::Cancelled)),
                "{:?} {result:?}",
                place.kind
            );
            assert_eq!(
                place.sql("SELECT count(*) FROM $t"),
                ["0"],
                "{:?}",
                place.kind
            );
        }
    }
}

/// A server that is busy with rows for somebody who has gone is told so, and lets go of its locks.
#[test]
fn a_server_that_is_busy_hears_that_nobody_waits() {
    for place in Place::all() {
        let busy = match place.kind {
            Kind::Sqlite => continue,
            Kind::Postgres => {
                place.sql(
                    "CREATE TABLE $t(id INTEGER); \
                     CREATE FUNCTION slow_$t() RETURNS trigger LANGUAGE plpgsql AS \
                     'BEGIN PERFORM pg_sleep(1); RETURN NEW; END'; \
                     CREATE TRIGGER slow BEFORE INSERT ON $t FOR EACH ROW EXECUTE FUNCTION slow_$t()",
                );
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%$t%'"
            }
            Kind::MariaDb => {
                place.sql("CREATE TABLE $t(id INTEGER)");
                place.sql("CREATE TRIGGER slow_$t BEFORE INSERT ON $t FOR EACH ROW DO SLEEP(1)");
                "SELECT count(*) FROM information_schema.processlist WHERE info = 'DO SLEEP(1)'"
            }
        };
        let rows: String = (0..600).map(|i| format!("{i}\n")).collect();
        let mut insertion = place.insertion(&format!("id\n{rows}"));
        insertion.rows_only = true;
        let cancel = Cancel::new();
        let ended = std::thread::scope(|scope| {
            let running = scope.spawn(|| {
                let mut judge = |facts: &Facts| Ok(Verdict::of_rows(facts));
                run(&insertion, &entry("s"), &mut judge, &mut |_| {}, &cancel)
            });
            let seen = until(|| place.sql(busy) == ["1"]);
            cancel.cancel();
            let ended = running.join().unwrap();
            assert!(seen, "{:?}", place.kind);
            ended
        });
        assert!(
            matches!(ended, Err(InsertError::Cancelled)),
            "{:?} {ended:?}",
            place.kind
        );
        // It would be busy for ten minutes.
        assert!(until(|| place.sql(busy) == ["0"]), "{:?}", place.kind);
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["0"]);
    }
}

/// Waits until something is so, a minute at most; whether it is.
fn until(holds: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        if Instant::now() > end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

#[test]
fn nothing_but_the_rows_is_possible_too() {
    for place in Place::all() {
        place.sql(ORDERS);
        let mut insertion = place.insertion("id,customer\n1,ana\n2,ben\n");
        insertion.rows_only = true;
        let report = job(&insertion, "r").unwrap();
        assert!(report.committed && report.facts.rows_inserted == 2);
        assert!(
            !job(&insertion, "r").unwrap().committed,
            "its keys are taken now"
        );
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["2"]);
    }
}

#[test]
fn a_query_feeds_every_target() {
    for place in Place::all() {
        place.sql(ORDERS);
        let mut insertion = place.insertion("nr,name,price\n1,ana,1.50\n2,ben,2.25\n");
        insertion.query =
            Some("SELECT nr AS id, upper(name) AS customer, price AS amount FROM frame".into());
        let report = job(&insertion, &place.table).unwrap();
        assert!(report.committed, "{:?} {:?}", place.kind, report.refusals);
        assert_eq!(
            place.sql("SELECT customer FROM $t ORDER BY id"),
            ["ANA", "BEN"]
        );
    }
}

#[test]
fn tables_are_listed_and_found_whatever_their_case() {
    for place in Place::all() {
        place.sql(ORDERS);
        let password = Password::new(super::place::PASSWORD);
        let known = test_connection(&place.url(), Some(&password), &Default::default()).unwrap();
        assert!(known.contains(&place.table), "{known:?}");
        assert!(!known.contains(&LEDGER.to_owned()));
        // Other tests make and drop theirs in the same database between the two looks.
        let again = tables(&place.url(), Some(&password), &Default::default()).unwrap();
        assert!(again.contains(&place.table), "{again:?}");
        assert!(!again.contains(&LEDGER.to_owned()));
        let mut insertion = place.insertion("ID,Customer\n1,ana\n");
        insertion.table = place.table.to_uppercase();
        assert!(
            job(&insertion, &place.table).unwrap().committed,
            "{:?}",
            place.kind
        );
        insertion.table = format!("{}x", place.table);
        let error = job(&insertion, "k").unwrap_err().to_string();
        assert!(error.contains("did you mean"), "{error}");
    }
}

#[test]
fn json_goes_in_with_its_digits() {
    for place in Place::all() {
        place.sql(ORDERS);
        let lines = "{\"id\": 1, \"customer\": \"Jörg \\ud834\\udd1e\", \"amount\": 99999999.99, \"day\": \"2026-12-31\"}\n\
                     {\"customer\": \"\", \"id\": 2.0, \"amount\": -1.5e-1, \"day\": null}\n";
        let report = place.insert(lines);
        assert!(report.committed, "{:?}: {:?}", place.kind, report.refusals);
        assert_eq!(report.facts.source_checksum, report.facts.target_checksum);
        assert_eq!(
            place.sql("SELECT id, customer, amount, day FROM $t ORDER BY id"),
            ["1|Jörg 𝄞|99999999.99|2026-12-31", "2||-0.15|NULL"]
        );
    }
}

#[test]
fn a_frame_is_shaped_for_every_target() {
    for place in Place::all() {
        place.sql(
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, customer VARCHAR(20) NOT NULL, \
             amount DECIMAL(10,2), at TIMESTAMP NULL, country CHAR(2))",
        );
        let text = "Nr;Kunde;Betrag;Wann;Notes\n 1 ; ana ;1.234,50;31.12.2026 09:05;x\n\
                    2;\"\";-0,25;;y\n";
        let mut insertion = place.insertion(text);
        insertion.read.trim = crewdesk::insert::Trim::Unquoted;
        insertion.read.numbers = "1.234,56".parse().unwrap();
        insertion.read.dates = "dd.MM.yyyy HH:mm".parse().unwrap();
        let columns = "id = Nr\ncustomer = Kunde ? nobody\namount = Betrag\nat = Wann\n\
                       country := DE\n- Notes";
        insertion.columns = columns.parse().unwrap();
        let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
        assert_eq!((seen.rows_refused, seen.mismatch), (0, None));
        let report = job(&insertion, &place.table).unwrap();
        assert!(report.committed, "{:?} {:?}", place.kind, report.refusals);
        assert_eq!(report.facts.source_checksum, report.facts.target_checksum);
        let rows = place.sql("SELECT id, customer, amount, country FROM $t ORDER BY id");
        let first = place.choose("1|ana|1234.5|DE", "1|ana|1234.50|DE", "1|ana|1234.50|DE");
        assert_eq!(rows, [first, "2|nobody|-0.25|DE"], "{:?}", place.kind);
        let at = &place.sql("SELECT at FROM $t WHERE id = 1")[0];
        assert!(at.starts_with("2026-12-31 09:05"), "{:?} {at}", place.kind);
        // The target blames its own column: the frame's name stands beside it.
        let report = job(&insertion, &format!("{} again", place.table)).unwrap();
        let refusal = &report.refusals[0];
        assert_eq!(
            (refusal.column.as_deref(), refusal.source.as_deref()),
            (Some("id"), Some("Nr")),
            "{:?}",
            place.kind
        );
    }
}

#[test]
fn numbers_that_a_table_counts_may_be_given_as_copy_does() {
    for place in Place::all()
        .into_iter()
        .filter(|p| p.kind == Kind::Postgres)
    {
        place
            .sql("CREATE TABLE $t(id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT)");
        place.sql("INSERT INTO $t(name) VALUES ('old')");
        let rows = "SELECT id, name FROM $t ORDER BY id";
        let mut insertion = place.insertion("id,name\n7,a\n8,b\n");
        assert!(
            job(&insertion, &format!("{} a", place.table))
                .unwrap()
                .committed
        );
        assert_eq!(place.sql(rows), ["1|old", "7|a", "8|b"]);
        insertion.frame = place.frame("id,name\n8,c\n9,d\n");
        // One that is taken is named, and refuses no other.
        insertion.keep_refusals = 10;
        let report = job(&insertion, &format!("{} b", place.table)).unwrap();
        assert_eq!((report.committed, report.refusals.len()), (false, 1));
        assert_eq!(report.refusals[0].line, Some(2));
        insertion.mode = Mode::Upsert;
        insertion.undoable = true;
        let key = format!("{} c", place.table);
        assert!(job(&insertion, &key).unwrap().committed);
        assert_eq!(place.sql(rows), ["1|old", "7|a", "8|c", "9|d"]);
        assert!(super::undo::take_back(&place, &key, "u").undone);
        assert_eq!(place.sql(rows), ["1|old", "7|a", "8|b"]);
    }
}

#[test]
fn a_part_of_a_table_takes_rows_and_is_not_offered() {
    for place in Place::all()
        .into_iter()
        .filter(|p| p.kind == Kind::Postgres)
    {
        let whole = format!("{}_all", place.table);
        place.sql(&format!(
            "CREATE TABLE {whole}(id INTEGER PRIMARY KEY, name TEXT) PARTITION BY RANGE (id)"
        ));
        place.sql(&format!(
            "CREATE TABLE $t PARTITION OF {whole} FOR VALUES FROM (1) TO (100)"
        ));
        for (mode, text) in [
            (Mode::Append, "id,name\n1,a\n2,b\n"),
            (Mode::Upsert, "id,name\n2,c\n3,d\n"),
        ] {
            let mut insertion = place.insertion(text);
            insertion.mode = mode;
            let key = format!("{} {mode}", place.table);
            assert!(job(&insertion, &key).unwrap().committed, "{mode}");
        }
        let rows = format!("SELECT id, name FROM {whole} ORDER BY id");
        assert_eq!(place.sql(&rows), ["1|a", "2|c", "3|d"]);
        // Its name as SQL writes it.
        let mut quoted = place.insertion("id,name\n4,e\n");
        quoted.table = format!("\"{}\"", quoted.table);
        assert!(
            job(&quoted, &format!("{} quoted", place.table))
                .unwrap()
                .committed
        );
        // What belongs elsewhere is refused by its line.
        let insertion = place.insertion("id,name\n5,a\n100,b\n");
        let report = job(&insertion, &format!("{} beyond", place.table)).unwrap();
        assert_eq!(report.refusals[0].line, Some(3), "{:?}", report.refusals);
        let password = Password::new(super::place::PASSWORD);
        let offered = tables(&place.url(), Some(&password), &Default::default()).unwrap();
        assert!(offered.contains(&whole) && !offered.contains(&place.table));
    }
}
