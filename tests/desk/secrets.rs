//! Secrets stand nowhere in the clear.

use crate::office::*;
use crewdesk::client::{Client, StartRequest};
use crewdesk::desk::secret::{Clear, KeySource};
use crewdesk::desk::{Desk, DeskError, DeskOptions};

const SECRET: &str = "correct-horse-battery-staple";

fn fields(csv: &str) -> Vec<(&str, &str)> {
    vec![
        ("databaseName", "/tmp/t.db"),
        ("tableName", "orders"),
        ("dataFrame", csv),
    ]
}

/// Every file of the office, as bytes.
fn everything(office: &Office) -> Vec<u8> {
    fn gather(folder: &std::path::Path, into: &mut Vec<u8>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => gather(&path, into),
                false => into.extend(std::fs::read(&path).unwrap()),
            }
        }
    }
    let mut all = Vec::new();
    gather(office.folder.path(), &mut all);
    all
}

#[test]
fn a_secret_reaches_the_holder_of_the_lock_who_names_it_and_nothing_else() {
    let office = Office::new();
    let (mara, ana) = (office.client("mara"), office.client("ana"));
    mara.add_connection("sales", "sqlite:/tmp/sales.db", Some(SECRET))
        .unwrap();
    let id = office.launch(StartRequest {
        assignee: Some("ana".into()),
        ..insertion("Orders")
    });
    let csv = office.csv().display().to_string();
    let mut form = fields(&csv);
    form.push(("password", SECRET));
    ana.save_draft(&id, &typed(&form)).unwrap();
    let instance = ana.task(&id).unwrap().task.process_instance_id;
    ana.complete_form(&id, &typed(&form)).unwrap();

    let unnamed = office.lock("insertion", &["tableName"]).unwrap();
    assert!(unnamed.secrets.is_empty());
    office
        .desk
        .unlock(&office.worker(), &unnamed.task.id)
        .unwrap();
    let named = office.lock("insertion", &["password"]).unwrap();
    assert_eq!(named.secrets["password"].expose(), SECRET);
    assert!(!format!("{named:?}").contains(SECRET));

    let shown = mara.instance(&instance).unwrap();
    assert!(shown.variables["password"]["value"].is_null());
    assert_eq!(shown.variables["password"]["valueInfo"]["secret"], true);
    let said = format!(
        "{shown:?} {:?} {:?}",
        mara.history(&instance).unwrap(),
        mara.connections().unwrap()
    );
    assert!(!said.contains(SECRET));

    // It came back: nothing is shown, and an empty field keeps what was typed before.
    office.finish_insertion(&named, false);
    let back = ana
        .task(&mara.instance(&instance).unwrap().tasks[0].id)
        .unwrap();
    assert_eq!(back.values["password"], "");
    ana.complete_form(&back.task.id, &typed(&[])).unwrap();
    let again = office.lock("insertion", &["password"]).unwrap();
    assert_eq!(again.secrets["password"].expose(), SECRET);
    let error = ana
        .complete_form(&back.task.id, &typed(&[("password", SECRET)]))
        .unwrap_err();
    assert!(!error.to_string().contains(SECRET));
    let all = everything(&office);
    assert!(
        !all.windows(SECRET.len()).any(|w| w == SECRET.as_bytes()),
        "a file holds it in the clear"
    );

    // With the instance its secrets go.
    let count = || {
        let path = office.folder.path().join("desk.db");
        let database = rusqlite::Connection::open(path).unwrap();
        let count = "SELECT count(*) FROM secret";
        database
            .query_row(count, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    assert_eq!(count(), 2);
    office.finish_insertion(&again, true);
    assert_eq!(count(), 1, "that of the connection stays");
    mara.remove_connection("sales").unwrap();
    assert_eq!(count(), 0);
}

#[test]
fn another_key_is_refused_when_the_desk_is_opened() {
    let office = Office::new();
    let options = DeskOptions {
        key: KeySource::Text(Clear::new("f".repeat(64))),
        ..DeskOptions::default()
    };
    let refused = Desk::open(&office.folder.path().join("desk.db"), options).unwrap_err();
    assert!(
        matches!(&refused, DeskError::Storage(text) if text.contains("another key")),
        "{refused}"
    );
}

#[test]
fn a_lost_key_file_is_missed_and_no_other_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let options = || DeskOptions {
        key: KeySource::File(folder.path().join("desk.key")),
        ..DeskOptions::default()
    };
    drop(Desk::open(&path, options()).unwrap());
    std::fs::rename(folder.path().join("desk.key"), folder.path().join("kept")).unwrap();
    let refused = Desk::open(&path, options()).unwrap_err().to_string();
    assert!(
        refused.contains("desk.key") && refused.contains("backup"),
        "{refused}"
    );
    assert!(!folder.path().join("desk.key").exists());
    std::fs::rename(folder.path().join("kept"), folder.path().join("desk.key")).unwrap();
    Desk::open(&path, options()).unwrap();
}
