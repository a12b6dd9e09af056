//! Killed at each named point, then run again with the same key: the same on every target and in
//! every mode, the rows are there once, and nothing else.

use super::place::{Kind, PASSWORD, Place, job};
use crewdesk::insert::{
    Cancel, FrameStore, Insertion, LEDGER, Mode, Password, Source, Undoing, tables, undo,
};
use std::process::Command;

const CHILD: &str = "CREWDESK_TEST_CRASH_CHILD";
const ROWS: &str = "id,customer\n1,ana\n2,ben\n";

/// Not a test of its own: what the killed process runs.
#[test]
fn child() {
    let Ok(what) = std::env::var(CHILD) else {
        return;
    };
    let parts: Vec<&str> = what.split('\n').collect();
    let [url, table, mode] = parts.as_slice() else {
        panic!("{what}")
    };
    let dir = tempfile::tempdir().unwrap();
    let store = FrameStore::new(dir.path()).unwrap();
    let captured = store
        .capture(Source::Text(ROWS), &mut |_, _| {}, &Cancel::new())
        .unwrap();
    let frame = store.open(&captured.hash).unwrap();
    let mut insertion = Insertion::new(url.parse().unwrap(), *table, frame);
    insertion.password = Some(Password::new(PASSWORD));
    if *mode == "undo" {
        let undoing = Undoing {
            target: insertion.target,
            password: insertion.password,
            forbidden: Default::default(),
            busy_seconds: 30,
            insertion: (*table).to_owned(),
        };
        let entry = super::place::entry("undo job");
        let mut allow = || Ok(());
        let done = undo(&undoing, &entry, &mut allow, &mut |_| {}, &Cancel::new()).unwrap();
        assert!(done.undone, "{done:?}");
        println!("replayed {}", done.replayed);
        return;
    }
    insertion.mode = mode.parse().unwrap();
    insertion.undoable = true;
    let report = job(&insertion, table).unwrap();
    assert!(report.committed, "{report:?}");
    println!("replayed {}", report.replayed);
}

fn run_child(place: &Place, mode: &str, crash_at: Option<&str>) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "crashes::child", "--nocapture"]);
    command.env(CHILD, format!("{}\n{}\n{mode}", place.url(), place.table));
    command.env_remove("CREWDESK_CRASH_AT");
    if let Some(name) = crash_at {
        command.env("CREWDESK_CRASH_AT", name);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), said)
}

fn exists(place: &Place) -> bool {
    let password = Password::new(PASSWORD);
    let all = tables(&place.url(), Some(&password), &Default::default()).unwrap();
    all.contains(&place.table)
}

#[test]
fn at_every_point_the_rows_are_inserted_once_or_not_at_all() {
    for mode in [Mode::Replace, Mode::Upsert, Mode::Create] {
        for (point, kept) in [
            ("insert.before_begin", false),
            ("insert.after_create", false),
            ("insert.after_rows", false),
            ("insert.before_ledger", false),
            ("insert.before_commit", false),
            ("insert.after_commit", true),
        ] {
            for place in Place::all() {
                let made = mode == Mode::Create;
                let apart = made && place.kind == Kind::MariaDb;
                if point == "insert.after_create" && !apart {
                    continue;
                }
                let what = format!("{:?} {mode} {point}", place.kind);
                place.is_there();
                if !made {
                    place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY, customer VARCHAR(9))");
                    place.sql("INSERT INTO $t VALUES (1, 'old')");
                }
                let (lived, _) = run_child(&place, mode.as_str(), Some(point));
                assert!(!lived, "{what} was not passed");
                let before = match (made, kept) {
                    (false, false) => vec!["1|old"],
                    (_, true) => vec!["1|ana", "2|ben"],
                    (true, false) => vec![],
                };
                if apart || kept || !made {
                    // An empty table may be left where the server makes none in a transaction.
                    if exists(&place) {
                        let rows = place.sql("SELECT id, customer FROM $t ORDER BY id");
                        assert_eq!(rows, before, "{what}");
                    }
                } else {
                    assert!(!exists(&place), "{what}");
                }
                let (lived, said) = run_child(&place, mode.as_str(), None);
                assert!(
                    lived && said.contains(&format!("replayed {kept}")),
                    "{what}: {said}"
                );
                assert_eq!(
                    place.sql("SELECT id, customer FROM $t ORDER BY id"),
                    ["1|ana", "2|ben"],
                    "{what}"
                );
                let key = place.choose("key", "key", "`key`");
                let lines = format!("SELECT count(*) FROM {LEDGER} WHERE {key} = '$t'");
                assert_eq!(place.sql(&lines), ["1"], "{what}");
            }
        }
    }
}

/// What a job left that never came back does not stand in another job's way.
#[test]
fn a_table_that_a_dead_job_left_is_made_anew() {
    for place in Place::all() {
        place.is_there();
        let (lived, _) = run_child(&place, "create", Some("insert.after_rows"));
        assert!(!lived);
        let mut insertion = place.insertion(ROWS);
        insertion.mode = Mode::Create;
        let report = job(&insertion, "another job").unwrap();
        assert!(report.committed, "{:?} {report:?}", place.kind);
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["2"]);
    }
}

#[test]
fn at_every_point_an_insertion_is_taken_back_once_or_not_at_all() {
    for mode in [Mode::Append, Mode::Replace, Mode::Upsert] {
        for (point, done) in [
            ("insert.before_begin", false),
            ("undo.after_rows", false),
            ("insert.before_ledger", false),
            ("insert.before_commit", false),
            ("insert.after_commit", true),
        ] {
            for place in Place::all() {
                let what = format!("{:?} {mode} {point}", place.kind);
                place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY, customer VARCHAR(9))");
                let old = match mode {
                    Mode::Append => "7|old",
                    _ => "1|old",
                };
                place.sql(&format!("INSERT INTO $t VALUES ({}, 'old')", &old[..1]));
                let rows = "SELECT id, customer FROM $t ORDER BY id";
                let (lived, said) = run_child(&place, mode.as_str(), None);
                assert!(lived, "{what}: {said}");
                let after = place.sql(rows);
                let (lived, _) = run_child(&place, "undo", Some(point));
                assert!(!lived, "{what} was not passed");
                let now = place.sql(rows);
                match done {
                    true => assert_eq!(now, [old], "{what}"),
                    false => assert_eq!(now, after, "{what}"),
                }
                let (lived, said) = run_child(&place, "undo", None);
                assert!(
                    lived && said.contains(&format!("replayed {done}")),
                    "{what}: {said}"
                );
                assert_eq!(place.sql(rows), [old], "{what}");
            }
        }
    }
}
