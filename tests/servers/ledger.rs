//! Where no ledger can be made: said beforehand, and inserted without one where a head wants that.

use super::place::{Kind, PASSWORD, Place, entry, job};
use chrono::TimeDelta;
use crewdesk::insert::{
    Cancel, ConnectionUrl, Facts, InsertError, Insertion, LEDGER, Ledger, LedgerEntry, Mode,
    Password, Undoing, Verdict, ledger_trouble, preview, run, run_beside, undo,
};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// What is refused leaves no table there, either.
#[test]
fn a_table_that_is_not_filled_goes_without_a_ledger_too() {
    for place in Place::all().into_iter().filter(|p| p.kind == Kind::MariaDb) {
        let password = PASSWORD.replace('\\', "\\\\");
        place.sql(&format!(
            "CREATE USER low_$t@'127.0.0.1' IDENTIFIED BY '{password}'; \
             GRANT CREATE, DROP, SELECT, INSERT ON test.$t TO low_$t@'127.0.0.1'"
        ));
        let mut insertion = place.insertion("id\n1\n1\n");
        let url = place.url().to_string();
        let low = url.replace("//ana@", &format!("//low_{}@", place.table));
        insertion.target = low.parse().unwrap();
        insertion.mode = Mode::Create;
        insertion.key = vec!["id".into()];
        insertion.without_ledger = true;
        assert!(!job(&insertion, "refused").unwrap().committed);
        let found = "SELECT count(*) FROM information_schema.tables WHERE table_name = '$t'";
        assert_eq!(place.sql(found), ["0"]);
        insertion.frame = place.frame("id\n1\n2\n");
        assert!(job(&insertion, "good").unwrap().committed);
        let error = job(&insertion, "other").unwrap_err().to_string();
        assert!(error.contains("already; use append"), "{error}");
    }
}

/// Rights on what is read and written of the ledger are enough.
#[test]
fn a_ledger_with_rights_on_its_columns_is_used() {
    for place in Place::all() {
        if place.kind == Kind::Sqlite {
            continue;
        }
        place.sql("CREATE TABLE $t(id INTEGER, name VARCHAR(9))");
        let mut insertion = place.insertion("id,name\n1,a\n");
        assert!(job(&insertion, "of an owner").unwrap().committed);
        insertion.target = lowly(&place);
        let to = place.choose("", "low_$t", "low_$t@'127.0.0.1'");
        let key = place.choose("key", "key", "`key`");
        place.sql(&format!(
            "GRANT SELECT ({key}, outcome), INSERT ({key}, at, table_name, mode, frame, {}) \
             ON {LEDGER} TO {to}",
            place.choose("", "rows", "`rows`")
        ));
        let error = job(&insertion, &place.table).unwrap_err().to_string();
        assert!(error.contains("GRANT"), "{:?} {error}", place.kind);
        place.sql(&format!("GRANT INSERT (outcome) ON {LEDGER} TO {to}"));
        let report = job(&insertion, &place.table).unwrap();
        assert!(report.committed, "{:?}", place.kind);
        assert!(job(&insertion, &place.table).unwrap().replayed);
    }
}

/// A user who may only insert into the table.
fn lowly(place: &Place) -> ConnectionUrl {
    let password = PASSWORD.replace('\\', "\\\\");
    match place.kind {
        Kind::Sqlite => unreachable!("files have no users"),
        Kind::Postgres => {
            place.sql(&format!("CREATE ROLE low_$t LOGIN PASSWORD '{PASSWORD}'"));
            place.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
            place.sql("GRANT SELECT, INSERT ON $t TO low_$t");
        }
        Kind::MariaDb => {
            place.sql(&format!(
                "CREATE USER low_$t@'127.0.0.1' IDENTIFIED BY '{password}'"
            ));
            place.sql("GRANT SELECT, INSERT ON test.$t TO low_$t@'127.0.0.1'");
        }
    }
    let url = place.url().to_string();
    let url = url.replace("//ana@", &format!("//low_{}@", place.table));
    url.parse().unwrap()
}

#[test]
fn where_no_ledger_can_be_made_it_is_said_beforehand() {
    for place in Place::all() {
        place.sql("CREATE TABLE $t(id INTEGER, name VARCHAR(9))");
        let password = Password::new(PASSWORD);
        let trouble = |url: &ConnectionUrl| {
            ledger_trouble(url, Some(&password), &Default::default()).unwrap()
        };
        let kind = place.kind;
        assert_eq!(trouble(&place.url()), None, "{kind:?}");
        if kind == Kind::Sqlite {
            continue;
        }
        let url = lowly(&place);
        let said = trouble(&url).unwrap_or_default();
        assert!(
            said.contains("GRANT SELECT, INSERT ON crewdesk_ledger"),
            "{kind:?} {said}"
        );
        let mut insertion = place.insertion("id,name\n1,a\n2,b\n");
        insertion.target = url;
        let seen = preview(&insertion, 10, &Cancel::new()).unwrap();
        assert_eq!(seen.no_ledger.as_deref(), Some(said.as_str()), "{kind:?}");
        // What else is missing is named with it.
        insertion.mode = Mode::Replace;
        let error = preview(&insertion, 10, &Cancel::new()).unwrap_err();
        let told = error.to_string();
        assert!(told.contains("GRANT DELETE ON"), "{kind:?} {told}");
        assert!(told.ends_with(&said), "{kind:?} {told}");
        insertion.mode = Mode::Append;
        let error = job(&insertion, &place.table).unwrap_err();
        assert!(
            matches!(error, InsertError::Target { .. }),
            "{kind:?} {error}"
        );
        // Without one it goes in, and a second time, too.
        insertion.without_ledger = true;
        assert_eq!(
            preview(&insertion, 10, &Cancel::new()).unwrap().no_ledger,
            None
        );
        for rows in ["2", "4"] {
            let report = job(&insertion, &place.table).unwrap();
            assert!(report.committed && !report.replayed, "{kind:?}");
            assert_eq!(report.facts.source_checksum, report.facts.target_checksum);
            assert_eq!(place.sql("SELECT count(*) FROM $t"), [rows], "{kind:?}");
        }
        // It is judged as any other is.
        let mut no = |_: &Facts| {
            Ok(Verdict {
                keep: false,
                result: 0,
                reason: "no".into(),
            })
        };
        let entry = super::place::entry("no");
        let report = run(&insertion, &entry, &mut no, &mut |_| {}, &Cancel::new()).unwrap();
        assert!(!report.committed);
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["4"], "{kind:?}");
        let key = place.choose("key", "key", "`key`");
        let line = format!("SELECT count(*) FROM {LEDGER} WHERE {key} = '$t'");
        assert!(place.try_sql(&line).is_err_and(|_| true) || place.sql(&line) == ["0"]);
        // Once there is a ledger with the rights, all is well.
        let made = said.split("run: ").nth(1).unwrap_or_default();
        for statement in made.split("; ") {
            let to = place.choose("", "", "@'127.0.0.1'");
            let to = if statement.starts_with("GRANT") {
                to
            } else {
                ""
            };
            place.sql(&format!("{statement}{to}"));
        }
        let url = insertion.target.clone();
        assert_eq!(trouble(&url), None, "{kind:?}");
        insertion.without_ledger = false;
        assert!(job(&insertion, &place.table).unwrap().committed, "{kind:?}");
        assert!(job(&insertion, &place.table).unwrap().replayed, "{kind:?}");
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["6"], "{kind:?}");
    }
}

#[test]
fn who_waited_for_a_run_of_the_same_job_sees_that_it_is_done() {
    for place in Place::all() {
        if place.kind != Kind::Postgres {
            continue;
        }
        place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY)");
        place.insert("id\n1\n");
        place.sql(&format!(
            "CREATE ROLE strict_$t LOGIN SUPERUSER PASSWORD '{PASSWORD}'"
        ));
        place.sql("ALTER ROLE strict_$t SET default_transaction_isolation = 'repeatable read'");
        let strict = format!("//strict_{}@", place.table);
        let mut insertion = place.insertion("id\n2\n");
        insertion.target = place
            .url()
            .to_string()
            .replace("//ana@", &strict)
            .parse()
            .unwrap();
        insertion.busy_seconds = 60;
        let key = format!("{} waited", place.table);
        let (insertion, key) = (&insertion, key.as_str());
        std::thread::scope(|scope| {
            let mut second = None;
            let mut judge = |facts: &Facts| {
                second = Some(scope.spawn(move || job(insertion, key)));
                let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' \
                             AND usename = 'strict_$t'";
                let since = Instant::now();
                while place.sql(waits) == ["0"] {
                    assert!(since.elapsed() < Duration::from_secs(120));
                    std::thread::sleep(Duration::from_millis(20));
                }
                Ok(Verdict::built_in(facts))
            };
            let first = run(
                insertion,
                &entry(key),
                &mut judge,
                &mut |_| {},
                &Cancel::new(),
            );
            assert!(first.unwrap().committed);
            let second = second.unwrap().join().unwrap().unwrap();
            assert!(second.committed && second.replayed, "{second:?}");
        });
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["2"]);
    }
}

/// An entry after all others.
fn later(key: &str) -> LedgerEntry {
    static SECONDS: AtomicI64 = AtomicI64::new(0);
    let entry = entry(key);
    LedgerEntry {
        at: entry.at + TimeDelta::seconds(SECONDS.fetch_add(1, Ordering::Relaxed)),
        ..entry
    }
}

/// The same content a second time, at the same moment or later, while its rows are there.
#[test]
fn the_ledger_tells_of_the_same_content_in_the_same_table() {
    for place in Place::all() {
        place.sql("CREATE TABLE $t(id INTEGER, name VARCHAR(9))");
        place.sql("CREATE TABLE $t_other(id INTEGER, name VARCHAR(9))");
        let insertion = place.insertion("id,name\n1,a\n2,b\n");
        let unless_there = |insertion: &Insertion, key: &str| {
            let mut judge = |facts: &Facts, ledger: &mut Ledger<'_>| {
                let there = ledger.same_content().map_err(|e| e.to_string())?;
                let verdict = Verdict::built_in(facts);
                Ok(Verdict {
                    keep: verdict.keep && there.is_empty(),
                    ..verdict
                })
            };
            let entry = later(&format!("{} {key}", place.table));
            let report = run_beside(insertion, &entry, &mut judge, &mut |_| {}, &Cancel::new());
            report
                .unwrap_or_else(|e| panic!("{:?} {key}: {e}", place.kind))
                .committed
        };
        let kept: Vec<bool> = std::thread::scope(|scope| {
            let keys = ["1", "2", "3", "4"];
            let running: Vec<_> = keys
                .iter()
                .map(|key| scope.spawn(|| unless_there(&insertion, key)))
                .collect();
            running.into_iter().map(|t| t.join().unwrap()).collect()
        });
        let kind = place.kind;
        assert_eq!(kept.iter().filter(|kept| **kept).count(), 1, "{kind:?}");
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["2"], "{kind:?}");
        assert!(!unless_there(&insertion, "later"), "{kind:?}");
        // Other rows of it, and other tables.
        let mut constant = insertion.clone();
        constant.columns = "name := x\n- name".parse().unwrap();
        assert!(unless_there(&constant, "constant"), "{kind:?}");
        assert!(!unless_there(&constant, "constant again"), "{kind:?}");
        let mut other = insertion.clone();
        other.table = format!("{}_other", place.table);
        assert!(unless_there(&other, "elsewhere"), "{kind:?}");
        // However many others there are of the frame.
        for n in 0..11 {
            constant.columns = format!("name := {n}\n- name").parse().unwrap();
            assert!(unless_there(&constant, &format!("other {n}")), "{kind:?}");
        }
        assert!(!unless_there(&insertion, "after the others"), "{kind:?}");
        // What replaced them took them away, and is itself told of.
        let mut replaces = place.insertion("id,name\n3,c\n");
        replaces.mode = Mode::Replace;
        assert!(unless_there(&replaces, "replaces"), "{kind:?}");
        replaces.mode = Mode::Append;
        assert!(!unless_there(&replaces, "what replaced, again"), "{kind:?}");
        assert!(unless_there(&insertion, "after that"), "{kind:?}");
        assert!(!unless_there(&insertion, "and again"), "{kind:?}");
        // A preview asks it, too.
        let told = preview(&insertion, 10, &Cancel::new()).unwrap().before;
        let keys: Vec<&str> = told.iter().map(|line| line.key.as_str()).collect();
        assert_eq!(keys, [format!("{} after that", place.table)], "{kind:?}");
    }
}

/// Accounts of whom a server takes one session ask the ledger in it: of a frame that is known before
/// its first row, and of one that is known when it was read.
#[test]
fn one_session_is_enough_to_ask_for_the_same_content() {
    for place in Place::all().into_iter().filter(|p| p.kind == Kind::MariaDb) {
        place.sql("CREATE TABLE $t(id INTEGER, name VARCHAR(9))");
        let text = "id,name\n1,a\n";
        let mut insertion = place.insertion(text);
        assert!(
            job(&insertion, &format!("{} first", place.table))
                .unwrap()
                .committed
        );
        insertion.target = lowly(&place);
        place.sql(&format!(
            "GRANT SELECT, INSERT ON {LEDGER} TO low_$t@'127.0.0.1'; \
             ALTER USER low_$t@'127.0.0.1' WITH MAX_USER_CONNECTIONS 1"
        ));
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("rows.csv");
        std::fs::write(&file, text).unwrap();
        let read = place.store().capture_as_read(&file).unwrap().unwrap();
        for (frame, before) in [(insertion.frame.clone(), 1), (read, 2)] {
            insertion.frame = frame;
            let mut found = 0;
            let mut judge = |facts: &Facts, ledger: &mut Ledger<'_>| {
                found = ledger.same_content().map_err(|e| e.to_string())?.len();
                Ok(Verdict::built_in(facts))
            };
            let entry = later(&format!("{} alone {before}", place.table));
            let report = run_beside(&insertion, &entry, &mut judge, &mut |_| {}, &Cancel::new());
            assert!(report.unwrap().committed);
            assert_eq!(found, before);
        }
    }
}

/// What was taken back is there no more.
#[test]
fn the_ledger_does_not_tell_of_what_was_taken_back() {
    for place in Place::all() {
        place.sql(place.choose(
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, name VARCHAR(9))",
            "CREATE TABLE $t(id SERIAL PRIMARY KEY, name VARCHAR(9))",
            "CREATE TABLE $t(id INTEGER AUTO_INCREMENT PRIMARY KEY, name VARCHAR(9))",
        ));
        let mut insertion = place.insertion("name\na\n");
        insertion.undoable = true;
        let told = |key: &str| {
            let mut lines = Vec::new();
            let mut judge = |_: &Facts, ledger: &mut Ledger<'_>| {
                lines = ledger.same_content().map_err(|e| e.to_string())?;
                Ok(Verdict {
                    keep: false,
                    result: 0,
                    reason: String::new(),
                })
            };
            let entry = entry(&format!("{} {key}", place.table));
            run_beside(&insertion, &entry, &mut judge, &mut |_| {}, &Cancel::new()).unwrap();
            lines.into_iter().map(|line| line.key).collect::<Vec<_>>()
        };
        let key = format!("{} first", place.table);
        assert!(job(&insertion, &key).unwrap().committed);
        assert_eq!(told("while it is there"), [key.as_str()]);
        let undoing = Undoing {
            target: place.url(),
            password: Some(Password::new(PASSWORD)),
            forbidden: Default::default(),
            busy_seconds: 30,
            insertion: key,
        };
        let by = entry(&format!("{} undo", place.table));
        let mut allow = || Ok(());
        let done = undo(&undoing, &by, &mut allow, &mut |_| {}, &Cancel::new()).unwrap();
        assert!(done.undone, "{:?} {done:?}", place.kind);
        assert!(told("taken back").is_empty(), "{:?}", place.kind);
    }
}
