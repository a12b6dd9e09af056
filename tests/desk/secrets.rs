//! Secrets stand nowhere in the clear.

use crate::office::*;
use crewdesk::client::{Client, Credentials, StartRequest};
use crewdesk::desk::secret::{Clear, KeySource};
use crewdesk::desk::{Caller, Desk, DeskError, DeskOptions};
use crewdesk::value::{Map, Value};

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
    ana.save_draft(&id, &typed(&form), None).unwrap();
    let instance = ana.task(&id).unwrap().task.process_instance_id;
    ana.complete_form(&id, &typed(&form)).unwrap();

    let unnamed = office.lock("insertion", &["tableName"]).unwrap();
    assert!(unnamed.secrets.is_empty());
    office
        .desk
        .unlock(&office.worker(), &unnamed.task.id, "w1")
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
fn what_a_cancelled_instance_left_to_itself_keeps_its_passwords() {
    let office = Office::new();
    let (mara, ana) = (office.client("mara"), office.client("ana"));
    let outer = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <process id="outer" isExecutable="true" camunda:historyTimeToLive="P1D"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="call"/>
        <callActivity id="call" calledElement="database-insertion"><extensionElements><camunda:in variables="all"/></extensionElements></callActivity></process></definitions>"#;
    office.deploy("outer.bpmn", outer);
    let mut request = insertion("Orders");
    request.key = "outer".into();
    request.variables.insert("assignee".into(), "ana".into());
    let outer = mara.start(request).unwrap().id;
    let tasks = ana.tasks(Default::default()).unwrap().items;
    let csv = office.csv().display().to_string();
    let mut form = fields(&csv);
    form.push(("password", SECRET));
    ana.complete_form(&tasks[0].id, &typed(&form)).unwrap();
    let skip = crewdesk::engine::Skip {
        subprocesses: true,
        ..Default::default()
    };
    let caller = office.desk.as_user("mara", None).unwrap();
    office
        .desk
        .cancel_skipping(&caller, &outer, "by itself", skip)
        .unwrap();
    let path = office.folder.path().join("desk.db");
    let store = rusqlite::Connection::open(path).unwrap();
    let count = || {
        let sql = "SELECT count(*) FROM secret";
        store
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    assert_eq!(count(), 1);
    let locked = office.lock("insertion", &["password"]).unwrap();
    assert_eq!(locked.secrets["password"].expose(), SECRET);
    office.finish_insertion(&locked, true);
    assert_eq!(count(), 0, "it goes with the last who held it");
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

#[test]
fn a_secret_of_a_later_form_is_encrypted_wherever_it_comes_from() {
    let office = Office::new();
    let (mara, ana) = (office.client("mara"), office.client("ana"));
    let with = |value: Value| {
        let mut request = insertion("Orders");
        request.assignee = Some("ana".into());
        request.variables.insert("password".into(), value);
        request
    };
    // The start form does not ask for it, the next task's form does.
    let id = office.launch(with(SECRET.into()));
    let csv = office.csv().display().to_string();
    ana.complete_form(&id, &typed(&fields(&csv))).unwrap();
    let locked = office.lock("insertion", &["password"]).unwrap();
    assert_eq!(locked.secrets["password"].expose(), SECRET);

    // Nor may a worker, or a task without such a field, leave one in the clear.
    let reported = Map::from_iter([("password".to_owned(), Value::from(SECRET))]);
    let worker = office.worker();
    let task = &locked.task.id;
    let done = office
        .desk
        .complete_external(&worker, task, "w1", reported.clone(), reported);
    // The check lacks its facts; what matters is what is left on disk.
    drop(done);
    office.deploy("asks.bpmn", &asks_later());
    let first = office.launch(StartRequest {
        key: "plain".into(),
        assignee: Some("ana".into()),
        ..StartRequest::default()
    });
    let token = Map::from_iter([("token".to_owned(), Value::from(SECRET))]);
    let instance = ana.task(&first).unwrap().task.process_instance_id;
    ana.complete(&first, token).unwrap();
    let shown = mara.instance(&instance).unwrap();
    assert_eq!(shown.variables["token"]["valueInfo"]["secret"], true);

    let refused = mara
        .start(with(Value::List(vec![SECRET.into()])))
        .unwrap_err();
    assert!(matches!(&refused, DeskError::Fields(errors) if errors[0].field == "password"));
    assert!(!refused.to_string().contains(SECRET));
    assert!(
        !everything(&office)
            .windows(SECRET.len())
            .any(|w| w == SECRET.as_bytes()),
        "a file holds it in the clear"
    );
}

/// Two user tasks; only the form of the second asks for the secret `token`.
fn asks_later() -> String {
    let second = r#"<bpmn:userTask id="ask" name="Ask"><bpmn:extensionElements><camunda:formData>
      <camunda:formField id="token" label="Token" type="string"><camunda:properties>
        <camunda:property id="widget" value="secret" /></camunda:properties></camunda:formField>
      </camunda:formData></bpmn:extensionElements>
      <bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing></bpmn:userTask>
    <bpmn:sequenceFlow id="f3" sourceRef="ask" targetRef="end"/>
    <bpmn:endEvent id="end"><bpmn:incoming>f3</bpmn:incoming></bpmn:endEvent>"#;
    PLAIN
        .replace("targetRef=\"end\"", "targetRef=\"ask\"")
        .replace(
            "<bpmn:endEvent id=\"end\"><bpmn:incoming>f2</bpmn:incoming></bpmn:endEvent>",
            second,
        )
}

#[test]
fn a_secret_is_there_although_its_command_was_done_again_for_another_that_failed() {
    let office = Office::new();
    office.deploy("asks.bpmn", &asks_later());
    let clock = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <process id="clock" isExecutable="true" camunda:historyTimeToLive="P30D">
        <startEvent id="s"><timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition></startEvent>
        </process></definitions>"#;
    office.deploy("clock.bpmn", clock);
    let mara = Caller::User("mara".into());
    let desk = &office.desk;
    office.clock.advance(std::time::Duration::from_secs(3600));
    let [job] = desk
        .acquire_jobs(&Caller::Desk, "w", 1)
        .unwrap()
        .try_into()
        .unwrap();
    let definitions = office.client("mara").definitions().unwrap();
    let plain = definitions.iter().find(|d| d.key == "plain").unwrap();
    let token = || Map::from_iter([("token".to_owned(), Value::from(SECRET))]);
    std::thread::scope(|threads| {
        for _ in 0..6 {
            threads.spawn(|| {
                for _ in 0..20 {
                    desk.start_definition(&mara, &plain.id, None, token())
                        .unwrap();
                    // It writes what it does to the first before it misses the second.
                    let jobs = [job.clone(), "none".to_owned()];
                    assert!(desk.set_job_retries(&mara, &jobs, 2, None).is_err());
                }
            });
        }
    });
    let conn = rusqlite::Connection::open(office.folder.path().join("desk.db")).unwrap();
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM process_instance"), 120);
    assert_eq!(count("SELECT count(*) FROM secret"), 120);
}

#[test]
fn a_connection_that_becomes_a_file_asks_nobody_for_a_login() {
    let office = Office::new();
    let mara = office.client("mara");
    mara.add_connection("sales", "postgres://u@db.example/sales", None)
        .unwrap();
    mara.set_credentials("sales", Credentials::Personal)
        .unwrap();
    let file = office.folder.path().join("sales.db");
    let url = format!("sqlite:{}", file.display());
    let now = mara.add_connection("sales", &url, None).unwrap();
    assert_eq!(now.credentials, Credentials::Shared);
}
