//! A database that can not be used is left as it is, with a message that says why.

use crate::support::House;
use std::path::Path;

/// What stands at a path, to see that nobody touched it.
fn content(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_default()
}

/// A house whose desk was changed by `spoil`; opening says `says` and changes nothing.
fn spoiled(says: &str, spoil: impl FnOnce(&Path)) {
    let house = House::new();
    let desk = house.path("desk/desk.db");
    spoil(&desk);
    let before = content(&desk);
    for args in [
        &["task", "list"][..],
        &["start", "database-insertion"],
        &["worker", "run", "--until-idle"],
        &["doctor"],
        &["user", "list"],
    ] {
        let ran = house.run("mara", args);
        // The doctor says what it found, and then how much of it is wrong.
        let told = format!("{}{}", ran.out, ran.refusal());
        assert!(told.contains(says), "{args:?}: {told}");
    }
    assert_eq!(content(&desk), before, "{says}: it was touched");
}

fn sql(desk: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(desk).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn a_newer_desk_is_left_alone() {
    spoiled("newer", |desk| sql(desk, "PRAGMA user_version = 9999"));
}

#[test]
fn a_foreign_database_is_left_alone() {
    spoiled("desk", |desk| {
        std::fs::remove_file(desk).unwrap();
        sql(desk, "CREATE TABLE theirs (x)");
    });
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    spoiled("desk.db", |desk| {
        std::fs::write(desk, "some text\n".repeat(99)).unwrap()
    });
}

#[test]
fn a_damaged_desk_is_left_alone() {
    spoiled("damaged", |desk| {
        let mut bytes = content(desk);
        let len = bytes.len();
        bytes[200..len].fill(0xA5);
        std::fs::write(desk, bytes).unwrap();
    });
}

#[test]
fn a_desk_cut_short_is_told_so() {
    spoiled("damaged", |desk| {
        let bytes = content(desk);
        std::fs::write(desk, &bytes[..bytes.len() / 2]).unwrap();
    });
}

#[test]
fn a_read_only_desk_is_left_alone() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::new();
    let desk = house.path("desk/desk.db");
    let before = content(&desk);
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&desk, 0o400);
    mode(&house.path("desk"), 0o500);
    // The system refuses root nothing.
    if std::fs::OpenOptions::new().write(true).open(&desk).is_err() {
        let told = house.refused("mara", &["task", "list"]);
        assert!(told.contains("read-only"), "{told}");
    }
    mode(&house.path("desk"), 0o700);
    assert_eq!(content(&desk), before);
}

#[test]
fn another_key_does_not_open_the_secrets() {
    let house = House::new();
    let key = house.path("desk/desk.db.key");
    std::fs::write(&key, "ab".repeat(32)).unwrap();
    let told = house.refused("mara", &["task", "list"]);
    assert!(told.contains("key"), "{told}");
    std::fs::write(&key, "short").unwrap();
    let told = house.refused("mara", &["task", "list"]);
    assert!(told.contains("64 hexadecimal"), "{told}");
}

#[test]
fn a_place_that_can_hold_no_desk_is_told_so() {
    let house = House::bare();
    let file = house.write("file", "x");
    let folder = house.folder().display().to_string();
    for (db, says) in [
        (folder.as_str(), folder.as_str()),
        ("/dev/null", "/dev/null"),
        ("/proc/desk.db", "/proc"),
        (&format!("{file}/desk.db"), &file),
    ] {
        let add = ["--db", db, "user", "add", "mara", "--role", "head"];
        let told = house.refused("", &add);
        assert!(told.contains(says), "{db}: {told}");
    }
    // A new folder is made where its parent is.
    let nested = house.arg("new/desk.db");
    house.good(
        "",
        &["--db", &nested, "user", "add", "mara", "--role", "head"],
    );
}

#[test]
fn without_a_terminal_the_screens_say_what_to_do() {
    let house = House::new();
    for args in [&[][..], &["demo"]] {
        let mut command = house.command("mara", args);
        command.env_remove("CREWDESK_DB");
        let told = crate::support::Running::start(command, "").end().refusal();
        assert!(told.contains("demo --headless"), "{told}");
    }
}

#[test]
fn a_second_sandbox_does_not_touch_the_files_of_the_first() {
    let house = House::bare();
    let of_the_first = house.folder().join("crewdesk-demo");
    std::fs::create_dir(&of_the_first).unwrap();
    let db = house.arg("second.db");
    let told = house.refused("", &["demo", "--headless", "--db", &db]);
    assert!(
        told.contains("crewdesk-demo exists already") && told.contains("another folder"),
        "{told}"
    );
    assert!(!house.path("second.db").exists());
    assert_eq!(std::fs::read_dir(&of_the_first).unwrap().count(), 0);
}
