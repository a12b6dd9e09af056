//! Killed at each named point, then run again with the same key: the rows are there once.

use super::*;
use std::process::Command;

const CHILD: &str = "CREWDESK_TEST_CRASH_CHILD";

/// Not a test of its own: what the killed process runs.
#[test]
fn child() {
    let Ok(dir) = std::env::var(CHILD) else {
        return;
    };
    let dir = PathBuf::from(dir);
    let store = FrameStore::new(dir.join("frames")).unwrap();
    let text = "id,customer\n1,ana\n2,ben\n";
    let captured = store
        .capture(Source::Text(text), &mut |_, _| {}, &Cancel::new())
        .unwrap();
    let frame = store.open(&captured.hash).unwrap();
    let url = ConnectionUrl::Sqlite(dir.join("target.db"));
    let report = job(&Insertion::new(url, "orders", frame), "task").unwrap();
    assert!(report.committed);
    println!("replayed {}", report.replayed);
}

fn run_child(house: &House, crash_at: Option<&str>) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "crashes::child", "--nocapture"])
        .env(CHILD, house.dir.path());
    command.env_remove("CREWDESK_CRASH_AT");
    if let Some(name) = crash_at {
        command.env("CREWDESK_CRASH_AT", name);
    }
    let output = command.output().unwrap();
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

#[test]
fn at_every_point_the_rows_are_inserted_once_or_not_at_all() {
    for (point, kept) in [
        ("capture.before_rename", "0"),
        ("capture.after_rename", "0"),
        ("insert.before_begin", "0"),
        ("insert.after_rows", "0"),
        ("insert.before_ledger", "0"),
        ("insert.before_commit", "0"),
        ("insert.after_commit", "2"),
    ] {
        for schema in [ORDERS, &format!("PRAGMA journal_mode=WAL; {ORDERS}")] {
            let house = House::new(schema);
            let (lived, _) = run_child(&house, Some(point));
            assert!(!lived, "{point} was not passed");
            assert_eq!(house.rows("SELECT count(*) FROM orders"), [kept], "{point}");
            let (lived, said) = run_child(&house, None);
            assert!(
                lived && said.contains(&format!("replayed {}", kept == "2")),
                "{point}: {said}"
            );
            assert_eq!(
                house.rows("SELECT id, customer FROM orders"),
                ["1 'ana'", "2 'ben'"]
            );
            assert_eq!(house.rows(&format!("SELECT key FROM {LEDGER}")), ["'task'"]);
        }
    }
}
