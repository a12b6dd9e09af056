//! Frames that are no frames.

use super::*;
use std::io::{Seek, SeekFrom, Write};

fn refused(house: &House, path: PathBuf) -> String {
    let captured = house
        .store
        .capture(Source::Path(&path), &mut |_, _| {}, &Cancel::new());
    match captured {
        Err(error) => {
            assert_eq!(error.field(), Some("dataFrame"));
            error.to_string()
        }
        Ok(captured) => {
            let frame = house.store.open(&captured.hash).unwrap();
            let url = ConnectionUrl::Sqlite(house.path());
            let insertion = Insertion::new(url, "orders", frame);
            let error = job(&insertion, "k").unwrap_err();
            match preview(&insertion, 9, &Cancel::new()) {
                Err(looked) => assert_eq!(error.to_string(), looked.to_string()),
                Ok(looked) => {
                    assert!(!looked.complete && looked.rows_refused == 1);
                    assert_eq!(looked.refusals.last(), error.refusal().as_ref());
                }
            }
            assert_eq!(house.rows("SELECT count(*) FROM orders"), ["0"]);
            error.to_string()
        }
    }
}

#[test]
fn each_says_what_it_is() {
    let house = House::new(ORDERS);
    let file = |name: &str, bytes: &[u8]| {
        let path = house.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let nothing = house.dir.path().join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    for (path, reason) in [
        (house.dir.path().join("none.csv"), "no such file"),
        (file("f", b"x").join("below.csv"), "no folder"),
        (nothing, "a folder or a pattern without a file"),
        ("/dev/zero".into(), "a device"),
        (file("empty.csv", b""), "is empty"),
        (file("blank.csv", b"\n\n"), "no header"),
        (file("header.csv", b"id,customer\n"), "a header but no row"),
        (
            file("damaged.csv", b"id,customer\n1,J\xc3\xb6rg\xf6\n"),
            "line 2, column 7: a byte that is not UTF-8",
        ),
        (
            file("quote.csv", b"id,customer\n1,\"ana\n2,ben\n"),
            "line 2: a quote is opened here",
        ),
        (
            file("zip.csv", b"PK\x03\x04\0\0"),
            "the workbook is damaged",
        ),
    ] {
        let said = refused(&house, path);
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn a_file_without_permission_says_so() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::new(ORDERS);
    let path = house.dir.path().join("locked.csv");
    std::fs::write(&path, "id,customer\n1,a\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        eprintln!("skipped: this account (root?) may read everything");
        return;
    }
    assert!(refused(&house, path).contains("no permission"));
}

#[test]
fn a_pipe_is_refused_without_waiting_for_a_writer() {
    let house = House::new(ORDERS);
    let path = house.dir.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no mkfifo here");
        return;
    }
    assert!(refused(&house, path.clone()).contains("a pipe"));
    let socket = house.dir.path().join("socket");
    let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert!(refused(&house, socket).contains("a socket"));
}

#[test]
fn five_sparse_gigabytes_are_refused_at_the_first_hole() {
    let house = House::new(ORDERS);
    let path = house.dir.path().join("sparse.csv");
    let mut file = std::fs::File::create(&path).unwrap();
    file.set_len(5 << 30).unwrap();
    let said = refused(&house, path.clone());
    assert!(said.contains("line 1, column 1: a NUL byte"), "{said}");
    file.write_all(b"id,customer\n1,ana\n").unwrap();
    file.seek(SeekFrom::End(-1)).unwrap();
    file.write_all(b"\n").unwrap();
    let said = refused(&house, path.clone());
    assert!(said.contains("line 3, column 1: a NUL byte"), "{said}");
    let small = house.store.clone().with_limit(1 << 30);
    let error = small
        .capture(Source::Path(&path), &mut |_, _| {}, &Cancel::new())
        .unwrap_err();
    assert!(error.to_string().contains("over the limit"), "{error}");
}

#[test]
fn a_preview_does_not_read_for_ever() {
    let house = House::new(ORDERS);
    let late = || Cancel::within(std::time::Duration::ZERO);
    for text in ["id,customer\n1,ana\n", "{\"id\": 1}\n", "[{\"id\": 1}]"] {
        let insertion = house.insertion("orders", text);
        let error = preview(&insertion, 100, &late()).unwrap_err().to_string();
        assert!(error.contains("takes longer to read"), "{text}: {error}");
        let stopped = Cancel::new();
        stopped.cancel();
        let error = preview(&insertion, 100, &stopped).unwrap_err();
        assert!(matches!(error, InsertError::Cancelled), "{text}: {error}");
    }
}

#[test]
fn days_in_another_format_are_seen_and_kept_as_usual() {
    let house = House::new("CREATE TABLE sold(id INTEGER PRIMARY KEY, day DATE, at TIMESTAMP)");
    let text = "id;day;at\n1;31.12.2026;31.12.2026 10:30\n2;NA;01.02.2026 08:00\n";
    let mut insertion = house.insertion("sold", text);
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    assert_eq!(seen.format.delimiter, Some(b';'));
    assert_eq!(seen.rows_refused, 2);
    insertion.read.null_texts = vec!["NA".into()];
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    let looks = seen.dates.unwrap();
    assert_eq!(
        looks.words(),
        "day look like dd.MM.yyyy, those of at look like dd.MM.yyyy"
    );
    assert_eq!(looks.say, "dd.MM.yyyy");
    insertion.read.dates = "dd.MM.yyyy".parse().unwrap();
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    assert_eq!((seen.rows_refused, seen.dates), (0, None));
    assert!(job(&insertion, "days").unwrap().committed);
    assert_eq!(
        house.rows("SELECT id, day, at FROM sold"),
        [
            "1 '2026-12-31' '2026-12-31 10:30'",
            "2 NULL '2026-02-01 08:00'"
        ]
    );
    insertion.read.dates = "MM/dd/yyyy".parse().unwrap();
    let seen = preview(&insertion, 100, &Cancel::new()).unwrap();
    assert!(
        seen.refusals[0].reason.contains("MM/dd/yyyy"),
        "{:?}",
        seen.refusals
    );
}
