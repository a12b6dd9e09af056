use super::hashing::CHUNK;
use super::text::TextCheck;
use super::*;
use crate::insert::records::is_binary;
use proptest::prelude::*;
use std::io::{Seek, Write};

fn store() -> (tempfile::TempDir, FrameStore) {
    let dir = tempfile::tempdir().unwrap();
    let store = FrameStore::new(dir.path().join("frames")).unwrap();
    (dir, store)
}

fn capture(store: &FrameStore, source: Source<'_>) -> Result<Captured, InsertError> {
    store.capture(source, &mut |_, _| {}, &Cancel::new())
}

fn refused(store: &FrameStore, bytes: &[u8]) -> String {
    let source = Source::Read {
        read: &mut &*bytes,
        name: "t.csv",
        size: None,
    };
    capture(store, source)
        .expect_err("was captured")
        .to_string()
}

/// Names of the files in the store.
fn files(store: &FrameStore) -> Vec<String> {
    let names = fs::read_dir(&store.dir).unwrap();
    names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_frame_is_kept_under_its_hash_once() {
    let (_dir, store) = store();
    let first = capture(&store, Source::Text("a\n1\n")).unwrap();
    let expected = Sha256::digest(b"a\n1\n")
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect::<String>();
    assert_eq!((first.hash.as_str(), first.bytes), (expected.as_str(), 4));
    assert_eq!(capture(&store, Source::Text("a\n1\n")).unwrap(), first);
    assert_eq!(files(&store), std::slice::from_ref(&expected));
    let mut text = String::new();
    store
        .open(&expected)
        .unwrap()
        .read()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "a\n1\n");
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_a_captured_frame() {
    use std::os::unix::fs::PermissionsExt;
    let (_dir, store) = store();
    let captured = capture(&store, Source::Text("a\n1\n")).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&store.dir.join(captured.hash)), 0o600);
    assert_eq!(mode(&store.dir), 0o700);
}

#[test]
fn a_name_that_is_no_hash_opens_nothing() {
    let (dir, store) = store();
    fs::write(dir.path().join("secret"), "x").unwrap();
    for name in [
        "",
        "../secret",
        "secret",
        &"g".repeat(64),
        &"A".repeat(64),
        &"a".repeat(64),
    ] {
        assert!(
            matches!(store.open(name), Err(InsertError::Frame { .. })),
            "{name}"
        );
    }
}

#[test]
fn a_capture_that_fails_leaves_no_file() {
    let (_dir, store) = store();
    let cancel = Cancel::new();
    let stop = cancel.clone();
    let long = "a\n".repeat(CHUNK);
    let result = store.capture(Source::Text(&long), &mut |_, _| stop.cancel(), &cancel);
    assert!(matches!(result, Err(InsertError::Cancelled)));
    assert!(refused(&store, b"a\n\0\n").contains("NUL"));
    assert!(refused(&store, b"").contains("is empty"));
    assert_eq!(files(&store), [""; 0]);
}

/// A file of the content that is copied as it is read.
fn copied_as_read(dir: &tempfile::TempDir, store: &FrameStore, content: &[u8]) -> Frame {
    let path = dir.path().join("orders.csv");
    fs::write(&path, content).unwrap();
    store.capture_as_read(&path).unwrap().expect("one file")
}

#[test]
fn what_is_copied_as_it_is_read_is_kept_as_soon_as_all_of_it_was_read() {
    let (dir, store) = store();
    let content = "a;ü\n".repeat(CHUNK);
    let frame = copied_as_read(&dir, &store, content.as_bytes());
    assert_eq!(
        (frame.bytes, frame.name.as_str()),
        (content.len() as u64, "orders.csv")
    );
    let captured = capture(&store, Source::Text(&content)).unwrap();
    fs::remove_file(store.dir.join(&captured.hash)).unwrap();
    let mut first = vec![0; CHUNK / 2];
    frame.read().unwrap().read_exact(&mut first).unwrap();
    assert!(!files(&store).contains(&captured.hash));
    for _ in 0..2 {
        let mut read = String::new();
        frame.read().unwrap().read_to_string(&mut read).unwrap();
        assert!(read == content);
        assert!(frame.once_settled().is_some());
        assert_eq!(files(&store), std::slice::from_ref(&captured.hash));
    }
    let settled = {
        frame.settle().unwrap();
        frame.settled().expect("a copy")
    };
    assert_eq!(
        (&settled.hash, settled.bytes),
        (&captured.hash, captured.bytes)
    );
    assert_eq!(settled.name, "orders.csv");
    frame.settle().unwrap();
    assert_eq!(frame.settled(), Some(settled));
}

#[test]
fn a_file_that_somebody_writes_to_meanwhile_is_not_taken() {
    type Change = fn(&mut fs::File);
    let changes: [Change; 3] = [
        |file| {
            file.seek(io::SeekFrom::End(0)).unwrap();
            file.write_all(b"more\n").unwrap();
        },
        |file| file.set_len(9).unwrap(),
        |file| {
            file.write_all(b"x").unwrap();
            let later = SystemTime::now() + Duration::from_secs(9);
            file.set_modified(later).unwrap();
        },
    ];
    for change in changes {
        let (dir, store) = store();
        let frame = copied_as_read(&dir, &store, "a\n".repeat(2 * CHUNK).as_bytes());
        frame.read().unwrap().read_exact(&mut [0; 4]).unwrap();
        let path = dir.path().join("orders.csv");
        change(&mut fs::OpenOptions::new().write(true).open(path).unwrap());
        let failed = frame.read().unwrap().read_to_end(&mut Vec::new());
        assert!(failed.is_err());
        let told = frame.trouble().expect("a reason").to_string();
        assert!(told.contains("was written to while"), "{told}");
        assert!(frame.settle().is_err());
        drop(frame);
        assert_eq!(files(&store), [""; 0]);
    }
}

#[test]
fn a_copy_of_which_little_was_read_is_whole_when_it_is_settled_and_gone_when_it_is_not() {
    let (dir, store) = store();
    let content = "a\n".repeat(2 * CHUNK);
    let frame = copied_as_read(&dir, &store, content.as_bytes());
    let mut reader = frame.read().unwrap();
    reader.read_exact(&mut [0; 4]).unwrap();
    assert_eq!(files(&store).len(), 1);
    drop((frame, reader));
    assert_eq!(files(&store), [""; 0]);

    let frame = copied_as_read(&dir, &store, content.as_bytes());
    let settled = {
        frame.settle().unwrap();
        frame.settled().expect("a copy")
    };
    assert_eq!(settled.bytes, content.len() as u64);

    // Some formats begin at their end.
    let frame = copied_as_read(&dir, &store, content.as_bytes());
    let mut end = [0; 4];
    let mut reader = frame.read().unwrap();
    reader.seek(io::SeekFrom::End(-4)).unwrap();
    reader.read_exact(&mut end).unwrap();
    assert_eq!(&end, b"a\na\n");
}

#[test]
fn who_waits_for_a_copy_hears_that_nobody_reads_on() {
    let (dir, store) = store();
    let frame = copied_as_read(&dir, &store, "a\n".repeat(2 * CHUNK).as_bytes());
    frame.read().unwrap().read_exact(&mut [0; 4]).unwrap();
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| frame.once_settled());
        frame.give_up();
        assert_eq!(waits.join().unwrap(), None);
    });
    assert!(frame.read().is_err());
    assert_eq!(files(&store), [""; 0]);

    let frame = copied_as_read(&dir, &store, b"a\n1\n");
    frame.read().unwrap().read_to_end(&mut Vec::new()).unwrap();
    frame.give_up();
    assert_eq!(frame.once_settled().map(|copy| copy.bytes), Some(4));
}

#[test]
fn what_keeps_a_copy_from_being_made_is_told_and_leaves_no_file() {
    let (dir, store) = store();
    let frame = copied_as_read(&dir, &store, b"amount\n1\n\0\n");
    assert!(frame.trouble().is_none());
    let mut read = String::new();
    let failed = frame.read().unwrap().read_to_string(&mut read);
    assert!(failed.is_err(), "{read}");
    let told = frame.trouble().expect("a reason").to_string();
    assert!(told.contains("line 3") && told.contains("NUL"), "{told}");
    assert!(frame.settle().is_err());
    assert_eq!(files(&store), [""; 0]);
    let small = store.clone().with_limit(3);
    fs::write(dir.path().join("orders.csv"), "a\n12\n").unwrap();
    let told = small.capture_as_read(&dir.path().join("orders.csv"));
    assert!(told.unwrap_err().to_string().contains("over the limit"));
    assert!(store.capture_as_read(dir.path()).unwrap().is_some());
    fs::write(dir.path().join("more.csv"), "a\n12\n").unwrap();
    assert!(store.capture_as_read(dir.path()).unwrap().is_none());
}

#[test]
fn progress_tells_bytes_and_total() {
    let (_dir, store) = store();
    let long = "a\n".repeat(CHUNK);
    let mut seen = Vec::new();
    store
        .capture(
            Source::Text(&long),
            &mut |n, of| seen.push((n, of)),
            &Cancel::new(),
        )
        .unwrap();
    let total = Some(long.len() as u64);
    assert_eq!(seen, [(CHUNK as u64, total), (2 * CHUNK as u64, total)]);
}

#[test]
fn what_is_no_text_is_refused_with_its_place() {
    let (_dir, store) = store();
    let at = |bytes: &[u8], place: &str| {
        let said = refused(&store, bytes);
        assert!(
            said.contains(place) && said.contains("a NUL byte"),
            "{said}"
        );
    };
    at("a,b\nü,\0".as_bytes(), "line 2, column 3");
    at(b"\0\0\0\0\0\0\0\0", "line 1, column 1");
    let mut late = "ü\n".repeat(CHUNK).into_bytes();
    late.extend(b"xyz\0");
    at(&late, &format!("line {}, column 4", CHUNK + 1));
    // How characters are written is found out by who reads them.
    for taken in [
        &b"a\n1\n"[..],
        b"a,b\n1,\xe4\n",
        b"\xff\xfea\0\n\0",
        b"\0a\0\n",
    ] {
        let read = &mut &*taken;
        let (name, size) = ("t.csv", None);
        capture(&store, Source::Read { read, name, size }).unwrap();
    }
}

#[test]
fn a_frame_over_the_limit_is_refused_before_and_while_it_is_read() {
    let (dir, store) = store();
    let store = store.with_limit(10);
    let path = dir.path().join("big.csv");
    fs::write(&path, "a\n123456789\n").unwrap();
    let said = capture(&store, Source::Path(&path))
        .unwrap_err()
        .to_string();
    assert!(said.contains("over the limit of 10 bytes"), "{said}");
    assert!(refused(&store, b"a\n123456789\n").contains("over the limit"));
}

#[test]
fn sweeping_takes_what_dead_processes_left_and_nothing_of_the_living() {
    let (_dir, store) = store();
    let captured = capture(&store, Source::Text("a\n1\n")).unwrap();
    // Nobody holds it: its process died.
    fs::write(store.dir.join("1-0.partial"), "x").unwrap();
    let alive = copy::Copy::begin(&store, "frame").unwrap();
    let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
    assert_eq!(store.sweep(now, hour).unwrap(), 1);
    assert_eq!(store.sweep(now + hour * 2, hour).unwrap(), 0);
    assert!(alive.path().exists());
    drop(alive);
    assert_eq!(files(&store), [captured.hash]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// However a stream is cut, it is text exactly if the whole is, wrong at the same place.
    #[test]
    fn cutting_does_not_change_what_is_found(
        bytes in prop_oneof![
            "[aü𝄞\n]{0,12}".prop_map(String::into_bytes),
            prop::collection::vec(prop::sample::select(&b"a\n\0\xc3\xbc\xf0\x9d\x84\x9e\xff"[..]), 0..12),
        ],
        cut in 1usize..5,
    ) {
        let run = |pieces: &mut dyn Iterator<Item = &[u8]>| {
            let mut check = TextCheck::new();
            for piece in pieces {
                check.feed(piece)?;
            }
            check.finish()
        };
        let whole = run(&mut std::iter::once(&bytes[..]));
        prop_assert_eq!(&run(&mut bytes.chunks(cut)), &whole);
        prop_assert_eq!(whole.is_ok(), is_binary(&bytes) || !bytes.contains(&0));
    }
}

#[cfg(unix)]
#[test]
fn what_belongs_to_the_desk_is_never_opened() {
    let (dir, store) = store();
    let own = dir.path().join("desk.db");
    fs::write(&own, "a\n1\n").unwrap();
    let link = dir.path().join("link.csv");
    fs::hard_link(&own, &link).unwrap();
    assert!(capture(&store, Source::Path(&own)).is_ok());
    let store = store.without(vec![own.clone()]);
    for path in [&own, &link] {
        let told = capture(&store, Source::Path(path)).unwrap_err().to_string();
        assert!(told.contains("the desk itself"), "{told}");
        assert!(store.look(Source::Path(path)).is_err());
    }
}
