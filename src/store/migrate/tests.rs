use super::*;
use crate::store::open::open;
use crate::store::{Options, Store};

fn tables(conn: &Connection) -> Vec<String> {
    let mut statement = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .expect("the schema");
    let names = statement.query_map([], |row| row.get(0)).expect("names");
    names.collect::<Result<_, _>>().expect("names")
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|f| {
            f.expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    names.sort();
    names
}

/// Two branches may give their steps the same number; the list goes by place.
#[test]
fn the_steps_are_the_files_by_their_numbers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/migrations");
    let names = files(&folder);
    assert_eq!(names.len(), MIGRATIONS.len());
    for ((name, step), number) in names.iter().zip(MIGRATIONS).zip(1..) {
        assert!(name.starts_with(&format!("{number:04}_")), "{name}");
        let sql = fs::read_to_string(folder.join(name)).expect("its SQL");
        assert_eq!(sql, step.sql, "{name}");
    }
}

#[test]
fn an_older_desk_is_copied_and_then_brought_up_to_date() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.db");
    let (_, old) = open(&path, &Options::default(), &MIGRATIONS[..1]).expect("an older desk");
    old.execute_batch(
        "INSERT INTO process_instance VALUES
             ('p', 'p', 'orders:1:x', 'K', 'ana', 1, 'ACTIVE', '{}')",
    )
    .expect("a row of the older desk");
    let older = tables(&old);
    drop(old);
    assert_eq!(
        files(folder.path()),
        ["desk.db"],
        "nothing to copy when new"
    );

    drop(Store::open(&path, Options::default()).expect("the desk, migrated"));
    let name = format!("desk.db.before-{}.bak", newest(MIGRATIONS));
    let copy = folder.path().join(&name);
    assert_eq!(files(folder.path()), ["desk.db", &name]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&copy).expect("the copy").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let copy = Connection::open(&copy).expect("the copy");
    let new = Connection::open(&path).expect("the desk");
    assert_eq!(version(&copy), Ok(1));
    assert_eq!(version(&new), Ok(newest(MIGRATIONS)));
    assert_eq!(tables(&copy), older);
    assert!(tables(&new).contains(&"notification".to_owned()));
    for conn in [&copy, &new] {
        let key: String = conn
            .query_row("SELECT business_key FROM process_instance", [], |r| {
                r.get(0)
            })
            .expect("the row is kept");
        assert_eq!(key, "K");
    }
    let check: String = new
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .expect("a check");
    assert_eq!(check, "ok");
}

#[test]
fn a_migration_that_fails_leaves_the_desk_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.db");
    let good = Migration {
        sql: "CREATE TABLE a (id INTEGER); INSERT INTO a VALUES (1);",
    };
    let half = Migration {
        sql: "CREATE TABLE b (id INTEGER); UPDATE a SET id = 2; CREATE TABLE a (id INTEGER);",
    };
    let list = [good, half];
    drop(open(&path, &Options::default(), &list[..1]).expect("an older desk"));
    let error = open(&path, &Options::default(), &list).expect_err("a failure");
    assert!(
        matches!(&error, StoreError::Migration { to: 2, .. }),
        "{error}"
    );
    let conn = Connection::open(&path).expect("the desk");
    assert_eq!(tables(&conn), ["a"]);
    assert_eq!(version(&conn), Ok(1));
    let id: i64 = conn
        .query_row("SELECT id FROM a", [], |row| row.get(0))
        .expect("the row");
    assert_eq!(id, 1);
    drop(conn);
    drop(open(&path, &Options::default(), &list[..1]).expect("the older program still opens it"));
}

#[test]
fn what_was_typed_and_what_runs_survives_the_new_columns() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.db");
    let (_, old) = open(&path, &Options::default(), &MIGRATIONS[..3]).expect("an older desk");
    old.execute_batch(
        "INSERT INTO draft VALUES ('t', 'ana', '{\"a\":\"1\"}', 5);
         INSERT INTO progress VALUES ('e', 'p', 1, 2, 3, 4.0, 5, 1);",
    )
    .expect("rows of the older desk");
    drop(old);
    let desk = Store::open(&path, Options::default()).expect("the desk, migrated");
    desk.read(|read| {
        let draft = read.draft("t", "ana")?.expect("the draft");
        assert_eq!((draft.json.as_str(), draft.aside), ("{\"a\":\"1\"}", None));
        let progress = read.progress_of("e")?.expect("the progress");
        assert_eq!((progress.cancel, progress.committing), (true, false));
        Ok::<_, StoreError>(())
    })
    .expect("it can be read");
}

#[test]
fn many_processes_may_find_the_desk_old_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.db");
    drop(open(&path, &Options::default(), &MIGRATIONS[..1]).expect("an older desk"));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| Store::open(&path, Options::default()).expect("the desk"));
        }
    });
    let conn = Connection::open(&path).expect("the desk");
    assert_eq!(version(&conn), Ok(newest(MIGRATIONS)));
}

#[test]
fn many_processes_may_make_a_desk_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("new/desk.db");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| Store::open(&path, Options::default()).expect("the desk"));
        }
    });
    assert_eq!(files(path.parent().expect("the folder")), ["desk.db"]);
}
