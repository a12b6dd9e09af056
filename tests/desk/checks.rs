//! A team's own checks: the model asks, its decision judges, inside the insertion.

use crate::office::*;
use crewdesk::client::{Client, StartRequest, WorkDone};
use crewdesk::desk::DeskError;
use crewdesk::desk::variables::Scope;
use crewdesk::value::{Map, Value};
use rusqlite::Connection;
use std::time::Duration;

const MODEL: &str = include_str!("../../docs/examples/checked-insertion.bpmn");
const DECISION: &str = include_str!("../../docs/examples/orders-check.dmn");

struct Checked {
    office: Office,
    instance: String,
}

impl Checked {
    /// A job of the example, with a change to its model, on a target with some customers.
    fn new(model: &dyn Fn(&str) -> String) -> Checked {
        let office = Office::new();
        let target = Connection::open(office.folder.path().join("target.db")).unwrap();
        target
            .execute_batch(
                "CREATE TABLE customers(id INTEGER PRIMARY KEY, credit INTEGER);
                 INSERT INTO customers VALUES (1, 100), (2, 50000);
                 CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER, amount DECIMAL(10,2));
                 INSERT INTO orders VALUES (1, 1, 60)",
            )
            .unwrap();
        office.deploy("orders-check.dmn", DECISION);
        office.deploy("checked-insertion.bpmn", &model(MODEL));
        let variables = [("title", "Orders"), ("assignee", "ana")];
        let variables = variables.map(|(name, text)| (name.to_owned(), Value::from(text)));
        let started = office.client("mara").start(StartRequest {
            key: "checked-insertion".into(),
            variables: Map::from_iter(variables),
            ..StartRequest::default()
        });
        let instance = started.unwrap().id;
        Checked { office, instance }
    }

    /// Sends these rows; what the worker did.
    fn send(&self, rows: &str) -> WorkDone {
        let folder = self.office.folder.path();
        let csv = folder.join("orders.csv");
        std::fs::write(&csv, format!("id,customer_id,amount\n{rows}")).unwrap();
        let fields = [
            ("databaseName", folder.join("target.db")),
            ("tableName", "orders".into()),
            ("dataFrame", csv),
        ];
        let fields = fields
            .each_ref()
            .map(|(name, text)| (*name, text.to_str().unwrap()));
        let task = self
            .office
            .client("mara")
            .instance(&self.instance)
            .unwrap()
            .tasks[0]
            .id
            .clone();
        self.office
            .client("ana")
            .complete_form(&task, &typed(&fields))
            .unwrap();
        self.office.clock.advance(Duration::from_secs(1));
        self.office.host().work_until_idle().unwrap()
    }

    fn reason(&self) -> String {
        let task = self
            .office
            .client("mara")
            .instance(&self.instance)
            .unwrap()
            .tasks[0]
            .id
            .clone();
        self.office
            .client("ana")
            .task(&task)
            .unwrap()
            .reason
            .unwrap_or_default()
    }

    fn variable(&self, name: &str) -> serde_json::Value {
        let detail = self.office.client("mara").instance(&self.instance).unwrap();
        let value = detail.variables[name]["value"].clone();
        match value.as_str().map(serde_json::from_str) {
            Some(Ok(written)) => written,
            _ => value,
        }
    }

    fn orders(&self) -> i64 {
        let target = Connection::open(self.office.folder.path().join("target.db")).unwrap();
        target
            .query_row("SELECT count(*) FROM orders", [], |row| row.get(0))
            .unwrap()
    }
}

#[test]
fn the_example_refuses_what_the_team_asks_about_and_keeps_the_rest() {
    let job = Checked::new(&str::to_owned);
    for (rows, reason) in [
        (
            "2,7,1\n3,8,2\n4,,3\n",
            "Orders of customers who are not known: 2.",
        ),
        ("2,2,-1\n", "Negative amounts: 1."),
        (
            "2,1,41.5\n",
            "The orders are 1.5 above the credit of their customers.",
        ),
        ("2,2,20000\n", "An amount of 20000 is for a team head."),
        ("1,2,1\n", "Rows that were refused: 1."),
    ] {
        let done = job.send(rows);
        assert_eq!(
            (done.kept, done.sent_back),
            (0, 1),
            "{rows}: {}",
            job.reason()
        );
        assert_eq!(job.reason(), reason);
        assert_eq!(job.orders(), 1, "{rows}");
    }
    let done = job.send("2,1,40\n3,2,9999.99\n4,,1\n");
    assert_eq!((done.kept, done.sent_back), (1, 0));
    assert_eq!(job.orders(), 4);
    let facts = job.variable("columnFacts");
    assert_eq!(facts["amount"]["sum"], 10040.99);
    assert_eq!(facts["customer_id"]["distinct"], 2);
    assert_eq!(facts["customer_id"]["nulls"], 1);
    assert_eq!(facts["customer_id"]["orphans"], 0);
    assert_eq!(job.variable("checks")["openCredit"], 0);
    assert_eq!(job.variable("orphans"), 0);
    let history = job.office.client("mara").history(&job.instance).unwrap();
    let told = history
        .iter()
        .any(|entry| entry.text.contains("2 refer to what is not there"));
    assert!(told, "{history:?}");
}

#[test]
fn the_preview_says_what_the_model_asks() {
    let preview = |model: &dyn Fn(&str) -> String| {
        let job = Checked::new(model);
        let folder = job.office.folder.path();
        let csv = folder.join("orders.csv");
        std::fs::write(&csv, "id,customer_id,amount\n2,7,1\n3,2,-4\n").unwrap();
        let target = folder.join("target.db");
        let fields = [
            ("databaseName", target.to_str().unwrap()),
            ("tableName", "orders"),
            ("dataFrame", csv.to_str().unwrap()),
        ];
        let detail = job.office.client("mara").instance(&job.instance).unwrap();
        let ana = job.office.client("ana");
        let found = ana.preview(&detail.tasks[0].id, &typed(&fields)).unwrap();
        assert_eq!(job.orders(), 1);
        found.notes
    };
    let notes = preview(&str::to_owned);
    let orphans = "1 row refers to what is not there (customer_id: 7)";
    assert!(notes.contains(&orphans.to_owned()), "{notes:?}");
    assert!(
        notes.iter().any(|n| n.contains("negativeAmounts = 1")),
        "{notes:?}"
    );
    let judged = |notes: &[String]| -> String {
        let mut judged = notes.iter().filter(|note| note.starts_with("the decision"));
        judged.next().cloned().unwrap_or_default()
    };
    let none = "the decision orders-check would keep none: ";
    assert!(judged(&notes).starts_with(none), "{notes:?}");
    let notes =
        preview(&|model| model.replace("FROM orders WHERE amount", "FROM ordres WHERE amount"));
    let later = "the decision orders-check is asked once the rows are in the table";
    assert!(judged(&notes).starts_with(later), "{notes:?}");
    assert!(
        notes
            .iter()
            .any(|n| n.contains("are not known yet") && n.contains("ordres")),
        "{notes:?}"
    );
    let notes = preview(&|model| model.replace("customer_id -&gt; customers.id", "${title}"));
    assert!(notes.iter().any(|n| n.contains("computes")), "{notes:?}");
    assert!(judged(&notes).starts_with(later), "{notes:?}");
}

#[test]
fn a_check_that_can_not_be_asked_is_an_incident_with_its_name() {
    let job = Checked::new(&|model| {
        model.replace("FROM orders WHERE amount", "FROM ordres WHERE amount")
    });
    let done = job.send("2,1,1\n");
    assert_eq!((done.kept, done.sent_back), (0, 0));
    assert_eq!(job.orders(), 1);
    let detail = job.office.client("mara").instance(&job.instance).unwrap();
    let message = detail.incident_list[0].incident_message.clone().unwrap();
    assert!(
        message.contains("the check negativeAmounts") && message.contains("ordres"),
        "{message}"
    );
}

#[test]
fn nobody_but_the_model_asks_the_database() {
    let office = Office::new();
    let target = Connection::open(office.folder.path().join("target.db")).unwrap();
    target
        .execute_batch(
            "CREATE TABLE orders(id INTEGER PRIMARY KEY, amount INTEGER);
             CREATE TABLE salaries(n INTEGER); INSERT INTO salaries VALUES (1)",
        )
        .unwrap();
    let queries = Map::from_iter([("n".to_owned(), Value::from("SELECT n FROM salaries"))]);
    let mut request = StartRequest {
        assignee: Some("ana".into()),
        ..insertion("Curious")
    };
    request
        .variables
        .insert("checkQueries".into(), Value::Map(queries));
    request
        .variables
        .insert("references".into(), Value::from("id -> salaries.n"));
    request
        .variables
        .insert("decision".into(), Value::from("nobody"));
    let started = office.client("mara").start(request).unwrap();
    let job = Checked {
        office,
        instance: started.id,
    };
    let folder = job.office.folder.path();
    std::fs::write(folder.join("o.csv"), "id,amount\n7,1\n").unwrap();
    let task = job
        .office
        .client("mara")
        .instance(&job.instance)
        .unwrap()
        .tasks[0]
        .id
        .clone();
    let (target, csv) = (folder.join("target.db"), folder.join("o.csv"));
    let fields = [
        ("databaseName", target.to_str().unwrap()),
        ("tableName", "orders"),
        ("dataFrame", csv.to_str().unwrap()),
    ];
    job.office
        .client("ana")
        .complete_form(&task, &typed(&fields))
        .unwrap();
    job.office.clock.advance(Duration::from_secs(1));
    assert_eq!(job.office.host().work_until_idle().unwrap().kept, 1);
    assert_eq!(job.variable("checks"), serde_json::Value::Null);
    assert_eq!(job.variable("orphans"), serde_json::Value::Null);
}

#[test]
fn a_worker_leaves_what_the_model_gives_to_others() {
    let office = Office::new();
    let mara = office.client("mara");
    mara.set_topics("w1", &["mine".into()]).unwrap();
    let task = |id: &str, topic: &str, inputs: &str| {
        format!(
            r#"<serviceTask id="{id}" camunda:type="external" camunda:topic="{topic}"><extensionElements><camunda:inputOutput>{inputs}</camunda:inputOutput></extensionElements></serviceTask>
            <sequenceFlow id="to-{id}" sourceRef="fork" targetRef="{id}" />"#
        )
    };
    let input = r#"<camunda:inputParameter name="checkQueries">none</camunda:inputParameter>"#;
    let model = format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <process id="two" isExecutable="true" camunda:historyTimeToLive="P1D"><startEvent id="s" />
        <sequenceFlow id="f" sourceRef="s" targetRef="fork" /><parallelGateway id="fork" />{}{}</process></definitions>"#,
        task("own", "mine", input),
        task("others", "theirs", input)
    );
    office.deploy("two.bpmn", &model);
    let request = StartRequest {
        key: "two".into(),
        ..StartRequest::default()
    };
    let instance = mara.start(request).unwrap().id;
    let detail = mara.instance(&instance).unwrap();
    let execution = |activity: &str| {
        let found = detail.activities.iter().find(|a| a.activity_id == activity);
        found.unwrap().id.split_once(':').unwrap().1.to_owned()
    };
    let set = |scope: Scope<'_>, name: &str| {
        let set = Map::from_iter([(name.to_owned(), Value::from("SELECT 1"))]);
        let worker = office.worker();
        (office.desk).change_variables(&worker, scope, true, set, Vec::new())
    };
    let others = execution("others");
    let refused = set(Scope::Execution(&others), "checkQueries").unwrap_err();
    assert!(matches!(refused, DeskError::Forbidden(_)), "{refused}");
    assert!(refused.to_string().contains("theirs"), "{refused}");
    set(Scope::Execution(&others), "else").unwrap();
}

#[test]
fn a_preview_ends_when_its_form_is_left_or_its_task_completed() {
    // A check that would take as long as it may.
    let endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let slow = |model: &str| {
        let (before, rest) = model.split_once("<camunda:entry key=").unwrap();
        let (name, rest) = rest.split_once('>').unwrap();
        let (_, after) = rest.split_once("</camunda:entry>").unwrap();
        format!("{before}<camunda:entry key={name}>{endless}</camunda:entry>{after}")
    };
    let job = Checked::new(&slow);
    let folder = job.office.folder.path();
    let csv = folder.join("orders.csv");
    std::fs::write(&csv, "id,customer_id,amount\n2,1,1\n").unwrap();
    let fields = [
        ("databaseName", folder.join("target.db")),
        ("tableName", "orders".into()),
        ("dataFrame", csv),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, text)| (*name, text.to_str().unwrap()));
    let values = fields.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let (mara, ana) = (job.office.client("mara"), job.office.client("ana"));
    let task = mara.instance(&job.instance).unwrap().tasks.remove(0).id;
    let values = values.into_iter().collect::<indexmap::IndexMap<_, _>>();
    let begun = std::time::Instant::now();
    std::thread::scope(|threads| {
        let preview = threads.spawn(|| ana.preview(&task, &values));
        // Whoever leaves the form waits no longer, and other previews of the task go on.
        let wanted = || begun.elapsed() < Duration::from_millis(500);
        let left = ana.preview_while(&task, &values, &wanted).unwrap_err();
        assert!(left.to_string().contains("cancelled"), "{left}");
        std::thread::sleep(Duration::from_millis(500));
        assert!(!preview.is_finished());
        ana.complete_form(&task, &typed(&fields)).unwrap();
        let stopped = preview.join().unwrap().unwrap_err().to_string();
        assert!(stopped.contains("cancelled"), "{stopped}");
    });
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
}
