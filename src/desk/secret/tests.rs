use super::*;

fn vault(digit: &str) -> Vault {
    let text = Clear::new(digit.repeat(64));
    Vault::new(&Key::find(&KeySource::Text(text), Path::new(""), true).unwrap())
}

fn handle(text: &str) -> SecretHandle {
    SecretHandle(text.to_owned())
}

#[test]
fn what_was_sealed_opens_with_the_same_key_and_handle_only() {
    let clear = Clear::new("correct horse");
    let row = vault("a").seal(&handle("h1"), &clear).unwrap();
    assert!(!row.windows(5).any(|w| w == b"horse"));
    assert_eq!(vault("a").open(&handle("h1"), &row).unwrap(), clear);
    assert!(vault("b").open(&handle("h1"), &row).is_err());
    assert!(vault("a").open(&handle("h2"), &row).is_err());
    for ix in 0..row.len() {
        let mut changed = row.clone();
        changed[ix] ^= 1;
        assert!(
            vault("a").open(&handle("h1"), &changed).is_err(),
            "byte {ix}"
        );
        assert!(vault("a").open(&handle("h1"), &row[..ix]).is_err());
    }
}

#[test]
fn the_same_secret_never_looks_the_same() {
    let clear = Clear::new("x");
    let one = vault("a").seal(&handle("h"), &clear).unwrap();
    let two = vault("a").seal(&handle("h"), &clear).unwrap();
    assert_ne!(one, two);
}

#[test]
fn nothing_of_a_secret_is_printed() {
    let clear = Clear::new("hunter2");
    let key = Key::find(
        &KeySource::Text(Clear::new("c".repeat(64))),
        Path::new(""),
        true,
    )
    .unwrap();
    let source = KeySource::Text(Clear::new("c".repeat(64)));
    let shown = format!(
        "{clear} {clear:?} {key:?} {:?} {source:?}",
        Vault::new(&key)
    );
    assert!(
        !shown.contains("hunter2") && !shown.contains("cccc"),
        "{shown}"
    );
}

#[test]
fn a_malformed_key_is_refused_without_showing_it() {
    for text in ["", "xyz", &"g".repeat(64), &"a".repeat(63)] {
        let source = KeySource::Text(Clear::new(text));
        let error = Key::find(&source, Path::new(""), true)
            .unwrap_err()
            .to_string();
        assert!(error.contains("64 hexadecimal"), "{error}");
        assert!(text.is_empty() || !error.contains(text), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_key_file_is_made_once_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.key");
    let marks: Vec<_> = std::thread::scope(|s| {
        let find = || Key::find(&KeySource::File(path.clone()), Path::new(""), true).unwrap();
        let all: Vec<_> = (0..4)
            .map(|_| s.spawn(move || find().fingerprint()))
            .collect();
        all.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(marks.iter().all(|mark| *mark == marks[0]), "{marks:?}");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let error = Key::find(&KeySource::File(path), Path::new(""), true).unwrap_err();
    assert!(error.to_string().contains("0640"), "{error}");
}
