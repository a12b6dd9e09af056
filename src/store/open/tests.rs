use super::*;
use crate::store::Store;
use std::fs;

fn options() -> Options {
    Options {
        busy: Duration::from_millis(200),
        ..Options::default()
    }
}

/// Opening must fail and leave every byte as it was.
fn refused(path: &Path) -> StoreError {
    let before = fs::read(path).ok();
    let error = Store::open(path, options()).expect_err("a refusal");
    assert_eq!(fs::read(path).ok(), before, "{error}");
    error
}

#[test]
fn a_new_desk_is_made_with_its_folders_for_its_owner_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a/b/desk.db");
    let store = Store::open(&path, options()).expect("a new desk");
    assert_eq!(store.path(), fs::canonicalize(&path).expect("the file"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).expect("meta").permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().expect("a folder")), 0o700);
        for more in ["-wal", "-shm"] {
            let mut name = path.clone().into_os_string();
            name.push(more);
            assert_eq!(mode(Path::new(&name)), 0o600, "{more}");
        }
    }
}

#[test]
fn the_settings_that_durability_rests_on_are_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.db");
    let (_, conn) = open(&path, &options(), migrate::MIGRATIONS).expect("a new desk");
    let number = |name| {
        conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .expect(name)
    };
    let mode: String = conn
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .expect("the mode");
    assert_eq!(mode, "wal");
    assert_eq!(number("synchronous"), 2);
    assert_eq!(number("foreign_keys"), 1);
    assert_eq!(number("application_id"), i64::from(APPLICATION_ID));
    assert_eq!(number("user_version"), migrate::newest(migrate::MIGRATIONS));
    let reader = reader(&path, &options()).expect("a reader");
    let write = reader.execute("INSERT INTO property VALUES ('a', 'b')", []);
    assert_eq!(
        write.expect_err("a refusal").sqlite_error_code(),
        Some(rusqlite::ErrorCode::ReadOnly)
    );
}

#[test]
fn a_missing_desk_is_not_made_unless_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.db");
    let options = Options {
        create: false,
        ..options()
    };
    let error = Store::open(&path, options).expect_err("a refusal");
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    assert!(!path.exists());
}

#[test]
fn what_is_no_desk_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("text.db");
    fs::write(&text, "orders,2025\n").expect("a text file");
    assert!(matches!(refused(&text), StoreError::NotADatabase { .. }));
    assert!(matches!(
        refused(folder.path()),
        StoreError::NotAFile { .. }
    ));
    for mode in ["DELETE", "WAL"] {
        let foreign = folder.path().join(format!("foreign-{mode}.db"));
        let conn = Connection::open(&foreign).expect("a database");
        conn.pragma_update(None, "journal_mode", mode).expect(mode);
        conn.execute_batch("CREATE TABLE orders (id INTEGER)")
            .expect("a table");
        drop(conn);
        assert!(matches!(refused(&foreign), StoreError::Foreign { .. }));
        let left = fs::read_dir(folder.path()).expect("the folder");
        let logs = left.filter(|f| {
            let name = f.as_ref().expect("an entry").file_name();
            name.to_string_lossy().ends_with("-wal")
        });
        assert_eq!(logs.count(), 0, "no log is left beside it");
    }
}

#[test]
fn a_newer_desk_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.db");
    drop(Store::open(&path, options()).expect("a new desk"));
    let conn = Connection::open(&path).expect("the file");
    conn.pragma_update(None, "user_version", 99).expect("99");
    // Once with the version in the log only, once in the file itself.
    assert!(matches!(
        refused(&path),
        StoreError::Newer { found: 99, .. }
    ));
    drop(conn);
    assert!(matches!(
        refused(&path),
        StoreError::Newer { found: 99, .. }
    ));
}

#[test]
fn a_damaged_desk_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.db");
    drop(Store::open(&path, options()).expect("a new desk"));
    let whole = fs::read(&path).expect("the file");
    fs::write(&path, &whole[..whole.len() / 2]).expect("half of it");
    assert!(matches!(refused(&path), StoreError::Damaged { .. }));
    let mut garbled = whole.clone();
    garbled[100..4096].fill(0x5a);
    fs::write(&path, garbled).expect("garbage in the schema");
    assert!(matches!(refused(&path), StoreError::Damaged { .. }));
}

#[cfg(unix)]
#[test]
fn a_read_only_file_or_folder_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.db");
    drop(Store::open(&path, options()).expect("a new desk"));
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions")
    };
    set(&path, 0o400);
    assert!(matches!(refused(&path), StoreError::ReadOnly { .. }));
    set(&path, 0o600);
    set(folder.path(), 0o500);
    let file = refused(&path);
    let new = Store::open(&folder.path().join("new.db"), options()).expect_err("a refusal");
    set(folder.path(), 0o700);
    assert!(matches!(file, StoreError::ReadOnly { .. }), "{file}");
    assert!(matches!(new, StoreError::ReadOnly { .. }), "{new}");
}

#[test]
fn a_limit_too_small_for_the_schema_is_a_full_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.db");
    let options = Options {
        max_pages: Some(3),
        ..options()
    };
    let error = Store::open(&path, options).expect_err("a refusal");
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert!(error.to_string().contains("desk.db"), "{error}");
    Store::open(&path, self::options()).expect("the same file, with room");
}

#[test]
fn a_desk_locked_for_too_long_is_said_to_be_busy() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.db");
    let store = Store::open(&path, options()).expect("a new desk");
    let other = Connection::open(&path).expect("the file");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let error = store
        .write(|tx| tx.put_property("a", "b"))
        .expect_err("a refusal");
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    other.execute_batch("ROLLBACK").expect("the lock back");
    store
        .write(|tx| tx.put_property("a", "b"))
        .expect("room to write");
}
