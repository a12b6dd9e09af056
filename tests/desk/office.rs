//! A desk in a temporary folder with a head, three employees and a worker.

use chrono::{DateTime, TimeDelta, Utc};
use crewdesk::client::{Client, Embedded, Host, Role, StartRequest};
use crewdesk::desk::external::{Fetch, LockedTask, Topic};
use crewdesk::desk::secret::{Clear, KeySource};
use crewdesk::desk::{Caller, Clock, Desk, DeskOptions, ManualClock};
use crewdesk::value::{Map, Value};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

pub struct Office {
    pub folder: TempDir,
    pub desk: Arc<Desk>,
    pub clock: Arc<ManualClock>,
}

pub fn noon() -> DateTime<Utc> {
    "2025-11-18T12:00:00Z".parse().unwrap()
}

impl Office {
    pub fn new() -> Office {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(noon()));
        let office = Office {
            desk: open(&folder, &clock),
            folder,
            clock,
        };
        let nobody = Embedded::new(office.desk.clone(), Caller::Nobody);
        nobody.add_user("mara", Role::Head, &[], None).unwrap();
        let mara = office.client("mara");
        let loaders = ["loaders".to_owned()];
        mara.add_user("ana", Role::Employee, &loaders, None)
            .unwrap();
        mara.add_user("ben", Role::Employee, &loaders, None)
            .unwrap();
        mara.add_user("cem", Role::Employee, &[], None).unwrap();
        mara.add_user("w1", Role::Worker, &[], None).unwrap();
        office
    }

    /// The same desk as another process would open it.
    pub fn again(&self) -> Arc<Desk> {
        open(&self.folder, &self.clock)
    }

    /// The same desk with its background work.
    pub fn host(&self) -> Host {
        Host::open_with(&self.folder.path().join("desk.db"), options(&self.clock)).unwrap()
    }

    pub fn client(&self, user: &str) -> Embedded {
        Embedded::new(self.desk.clone(), self.desk.as_user(user, None).unwrap())
    }

    pub fn worker(&self) -> Caller {
        self.desk.as_user("w1", None).unwrap()
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Deploys a process.
    pub fn deploy(&self, file: &str, text: &str) {
        let files = vec![(file.to_owned(), text.as_bytes().to_vec())];
        self.client("mara").deploy(files).unwrap();
    }

    /// Launches the insertion; the task's id.
    pub fn launch(&self, request: StartRequest) -> String {
        let mara = self.client("mara");
        let started = mara.start(request).unwrap();
        let detail = mara.instance(&started.id).unwrap();
        detail.tasks[0].id.clone()
    }

    /// Locks the next external task of a topic.
    pub fn lock(&self, topic: &str, variables: &[&str]) -> Option<LockedTask> {
        let fetch = Fetch {
            worker: "w1".into(),
            most: 1,
            by_priority: true,
            by_age: None,
            except: Vec::new(),
            topics: vec![Topic {
                name: topic.into(),
                lock: TimeDelta::seconds(10),
                variables: Some(variables.iter().map(|&v| v.to_owned()).collect()),
                local: false,
                only: None,
            }],
        };
        self.desk
            .fetch_and_lock(&self.worker(), fetch)
            .unwrap()
            .pop()
    }

    /// Completes a locked insertion with facts as an insertion would find them.
    pub fn finish_insertion(&self, task: &LockedTask, good: bool) {
        let facts = [
            ("insertionStatus", Value::from("SUCCESS")),
            ("insertionMessage", Value::Null),
            ("rowsRead", Value::Long(10)),
            ("rowsInserted", Value::Long(if good { 10 } else { 8 })),
            ("rowsRefused", Value::Long(if good { 0 } else { 2 })),
            ("nullsInRequired", Value::Long(0)),
            ("duplicateKeys", Value::Long(0)),
            ("sourceChecksum", "c".into()),
            ("targetChecksum", "c".into()),
        ];
        let variables: Map = facts.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        let id = &task.task.id;
        self.desk
            .complete_external(&self.worker(), id, "w1", variables, Map::new())
            .unwrap();
    }

    /// A small CSV file in the office's folder.
    pub fn csv(&self) -> PathBuf {
        let path = self.folder.path().join("orders.csv");
        std::fs::write(&path, "id,amount\n1,10\n2,20\n").unwrap();
        path
    }

    /// Kinds of a person's notifications, newest first.
    pub fn told(&self, user: &str) -> Vec<String> {
        let notifications = self.client(user).notifications(false, 0).unwrap();
        notifications.into_iter().map(|n| n.kind).collect()
    }
}

fn options(clock: &Arc<ManualClock>) -> DeskOptions {
    DeskOptions {
        clock: clock.clone(),
        key: KeySource::Text(Clear::new("0123456789abcdef".repeat(4))),
        ..DeskOptions::default()
    }
}

fn open(folder: &TempDir, clock: &Arc<ManualClock>) -> Arc<Desk> {
    Desk::open(&folder.path().join("desk.db"), options(clock)).unwrap()
}

/// A request for the insertion with this title.
pub fn insertion(title: &str) -> StartRequest {
    StartRequest {
        key: "database-insertion".into(),
        variables: Map::from_iter([("title".to_owned(), Value::from(title))]),
        ..StartRequest::default()
    }
}

/// Text of form fields by id.
pub fn typed(fields: &[(&str, &str)]) -> indexmap::IndexMap<String, String> {
    let fields = fields.iter();
    fields
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

/// A process of one user task without a start form.
pub const PLAIN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
  <bpmn:process id="plain" name="Plain job" isExecutable="true" camunda:historyTimeToLive="30">
    <bpmn:startEvent id="start"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="do"/>
    <bpmn:userTask id="do" name="Do it"><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing></bpmn:userTask>
    <bpmn:sequenceFlow id="f2" sourceRef="do" targetRef="end"/>
    <bpmn:endEvent id="end"><bpmn:incoming>f2</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>"#;
