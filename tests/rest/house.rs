//! A desk with people and workers, served on a port of this machine; and a small client.

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use crewdesk::client::{Client, Embedded, Role};
use crewdesk::desk::secret::{Clear, KeySource};
use crewdesk::desk::{Caller, Desk, DeskOptions, ManualClock};
use crewdesk::rest::{Limits, Log, Options, Server};
use crewdesk::value::base64;
use serde_json::{Value as Json, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;

/// The password of everybody.
pub const PASSWORD: &str = "correct horse";

/// A process with a task for a worker on the topic `t`, that catches the error `bad` and an
/// employee's task behind it.
pub const PROCESS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <error id="bad" errorCode="bad"/>
  <message id="go" name="go"/>
  <process id="work" name="Work" isExecutable="true" camunda:versionTag="v1">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="service"/>
    <serviceTask id="service" name="Service" camunda:type="external" camunda:topic="t" camunda:taskPriority="${prio}">
      <extensionElements><camunda:properties><camunda:property name="p" value="q"/></camunda:properties></extensionElements>
    </serviceTask>
    <boundaryEvent id="caught" attachedToRef="service"><errorEventDefinition errorRef="bad"/></boundaryEvent>
    <sequenceFlow id="f2" sourceRef="service" targetRef="wait"/>
    <receiveTask id="wait" messageRef="go"/>
    <sequenceFlow id="f3" sourceRef="wait" targetRef="done"/>
    <endEvent id="done"/>
    <sequenceFlow id="f4" sourceRef="caught" targetRef="look"/>
    <userTask id="look" name="Look" camunda:assignee="ana"/>
    <sequenceFlow id="f5" sourceRef="look" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

pub fn noon() -> DateTime<Utc> {
    "2025-11-18T12:00:00Z".parse().unwrap()
}

/// A served desk, gone with its test.
pub struct House {
    pub desk: Arc<Desk>,
    pub clock: Arc<ManualClock>,
    pub address: SocketAddr,
    folder: TempDir,
    tell: watch::Sender<bool>,
    running: Option<tokio::task::JoinHandle<()>>,
    runtime: tokio::runtime::Runtime,
}

/// An answer.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Got {
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines();
        let mut pairs = lines.filter_map(|line| line.split_once(": "));
        pairs
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Checks status and error body.
    #[track_caller]
    pub fn refused(&self, status: u16, kind: &str, message: &str) {
        let body = self.json();
        assert_eq!(
            (self.status, body["type"].as_str(), body["message"].as_str()),
            (status, Some(kind), Some(message))
        );
    }

    #[track_caller]
    pub fn good(self) -> Json {
        assert!(
            self.status == 200 || self.status == 204,
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        match self.body.is_empty() {
            true => Json::Null,
            false => self.json(),
        }
    }
}

/// One hash for all: hashing takes its time on purpose.
fn options(clock: &Arc<ManualClock>) -> DeskOptions {
    DeskOptions {
        clock: clock.clone(),
        key: KeySource::Text(Clear::new("0".repeat(64))),
        shipped: false,
        ..DeskOptions::default()
    }
}

impl House {
    /// The head mara, the employees ana and ben, the workers w1 (all topics) and w2 (only
    /// `other`); each with the password.
    pub fn new() -> House {
        House::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Options)) -> House {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(noon()));
        let desk = Desk::open(&folder.path().join("desk.db"), options(&clock)).unwrap();
        let nobody = Embedded::new(desk.clone(), Caller::Nobody);
        nobody
            .add_user("mara", Role::Head, &[], Some(PASSWORD))
            .unwrap();
        let mara = Embedded::new(desk.clone(), Caller::User("mara".to_owned()));
        for (name, role) in [
            ("ana", Role::Employee),
            ("ben", Role::Employee),
            ("w1", Role::Worker),
            ("w2", Role::Worker),
        ] {
            mara.add_user(name, role, &[], Some(PASSWORD)).unwrap();
        }
        mara.set_topics("w2", &["other".to_owned()]).unwrap();
        let mut options = Options {
            socket: None,
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            no_auth: false,
            no_worker: true,
            limits: Limits::default(),
        };
        change(&mut options);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (tell, stop) = watch::channel(false);
        let server = Server::open(desk.clone(), options, Log::silent(), stop);
        let server = runtime.block_on(server).unwrap();
        let address = server.address().unwrap();
        let running = Some(runtime.spawn(server.run()));
        House {
            desk,
            clock,
            address,
            folder,
            tell,
            running,
            runtime,
        }
    }

    /// A path in the desk's folder.
    pub fn place(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Asks the server to end and waits until it has.
    pub fn stop(&mut self) {
        let _ = self.tell.send(true);
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running).unwrap();
        }
    }

    /// Sends a request as this user with the password; without one as nobody.
    pub fn send(&self, user: &str, method: &str, path: &str, body: Option<&Json>) -> Got {
        let body = body.map(|json| Bytes::from(json.to_string()));
        let kind = "application/json";
        raw(
            self.address,
            &request(user, method, path, kind, body.as_deref()),
        )
    }

    /// `GET` below `/engine-rest`.
    pub fn get(&self, user: &str, path: &str) -> Got {
        self.send(user, "GET", &format!("/engine-rest{path}"), None)
    }

    /// `POST` below `/engine-rest`.
    pub fn post(&self, user: &str, path: &str, body: Json) -> Got {
        self.send(user, "POST", &format!("/engine-rest{path}"), Some(&body))
    }

    pub fn delete(&self, user: &str, path: &str) -> Got {
        self.send(user, "DELETE", &format!("/engine-rest{path}"), None)
    }

    /// `PUT` below `/engine-rest`.
    pub fn put(&self, user: &str, path: &str, body: Json) -> Got {
        self.send(user, "PUT", &format!("/engine-rest{path}"), Some(&body))
    }

    /// Deploys what stands inside of `definitions`.
    #[track_caller]
    pub fn bpmn(&self, inside: &str) -> Json {
        let xml = format!(
            "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\" targetNamespace=\"t\">{inside}</definitions>"
        );
        let parts = [("data", Some("given.bpmn"), xml.as_bytes())];
        self.form("mara", "/deployment/create", &parts).good()
    }

    /// Starts a process as the head; the id of the instance.
    #[track_caller]
    pub fn run(&self, key: &str, variables: Json) -> String {
        let path = format!("/process-definition/key/{key}/start");
        let body = json!({ "variables": variables });
        let started = self.post("mara", &path, body).good();
        started["id"].as_str().unwrap().to_owned()
    }

    /// A list that the head sees.
    #[track_caller]
    pub fn list(&self, path: &str) -> Vec<Json> {
        let found = self.get("mara", path).good();
        found.as_array().unwrap().clone()
    }

    /// The only entry of a list.
    #[track_caller]
    pub fn only(&self, path: &str) -> Json {
        let mut found = self.list(path);
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        found.remove(0)
    }

    /// A text of the only entry of a list.
    #[track_caller]
    pub fn text(&self, path: &str, name: &str) -> String {
        let only = self.only(path);
        only[name].as_str().unwrap_or_default().to_owned()
    }

    /// Completes the only task that a list has.
    #[track_caller]
    pub fn complete(&self, which: &str, variables: Json) {
        let task = self.text(&format!("/task?{which}"), "id");
        let body = json!({ "variables": variables });
        self.post("mara", &format!("/task/{task}/complete"), body)
            .good();
    }

    /// Executes every job that waits, until none is left.
    #[track_caller]
    pub fn jobs(&self) {
        for _ in 0..20 {
            let waiting = self.list("/job?executable=true");
            if waiting.is_empty() {
                return;
            }
            for job in waiting {
                let id = job["id"].as_str().unwrap();
                self.post("mara", &format!("/job/{id}/execute"), json!({}));
            }
        }
        panic!("there is always another job");
    }

    /// Sends a request with an `Idempotency-Key`.
    pub fn once(&self, user: &str, key: &str, method: &str, path: &str, body: &Json) -> Got {
        let (path, body) = (format!("/engine-rest{path}"), body.to_string());
        let kind = "application/json";
        let plain = request(user, method, &path, kind, Some(body.as_bytes()));
        let plain = String::from_utf8(plain).unwrap();
        let host = "Host: localhost\r\n";
        let named = plain.replacen(host, &format!("{host}Idempotency-Key: {key}\r\n"), 1);
        raw(self.address, named.as_bytes())
    }

    /// Sends a form.
    pub fn form(&self, user: &str, path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Got {
        let mut body = Vec::new();
        for (name, file, content) in parts {
            let file = file.map_or(String::new(), |file| format!("; filename=\"{file}\""));
            body.extend_from_slice(
                format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n")
                    .as_bytes(),
            );
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--xyz--\r\n");
        let kind = "multipart/form-data; boundary=xyz";
        let path = format!("/engine-rest{path}");
        raw(
            self.address,
            &request(user, "POST", &path, kind, Some(&body)),
        )
    }

    /// Deploys the process.
    pub fn deploy(&self) -> Json {
        let parts = [
            ("deployment-name", None, &b"mine"[..]),
            ("data", Some("work.bpmn"), PROCESS.as_bytes()),
        ];
        self.form("mara", "/deployment/create", &parts).good()
    }

    /// Starts an instance; its id.
    pub fn start(&self, key: &str, prio: i32) -> String {
        let body = json!({"businessKey": key, "variables": {
            "prio": {"value": prio, "type": "integer"},
            "text": {"value": "x"},
        }});
        let started = self
            .post("mara", "/process-definition/key/work/start", body)
            .good();
        started["id"].as_str().unwrap().to_owned()
    }

    /// What fetching as w1 gives.
    pub fn fetch(&self, most: usize, wait: u64) -> Vec<Json> {
        let body = json!({"workerId": "me", "maxTasks": most, "usePriority": true,
            "asyncResponseTimeout": wait, "sorting": null,
            "topics": [{"topicName": "t", "lockDuration": 10_000, "variables": null,
                "processVariables": {}, "includeExtensionProperties": true}]});
        let found = self.post("w1", "/external-task/fetchAndLock", body).good();
        found.as_array().unwrap().clone()
    }

    /// Fetches one; its id.
    pub fn one(&self) -> String {
        let found = self.fetch(1, 0);
        found[0]["id"].as_str().unwrap().to_owned()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A request as bytes, that asks to close the connection.
pub fn request(user: &str, method: &str, path: &str, kind: &str, body: Option<&[u8]>) -> Vec<u8> {
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    if !user.is_empty() {
        let login = base64::encode(format!("{user}:{PASSWORD}").as_bytes());
        request.push_str(&format!("Authorization: Basic {login}\r\n"));
    }
    if let Some(body) = body {
        request.push_str(&format!(
            "Content-Type: {kind}\r\nContent-Length: {}\r\n",
            body.len()
        ));
    }
    request.push_str("\r\n");
    let mut request = request.into_bytes();
    request.extend_from_slice(body.unwrap_or_default());
    request
}

/// Sends bytes and reads until the other side closes.
pub fn raw(address: SocketAddr, request: &[u8]) -> Got {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(120)))
        .unwrap();
    // A server that refuses early may close before it has read everything.
    let _ = stream.write_all(request);
    read(stream)
}

pub fn read(mut stream: impl Read) -> Got {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&answer)));
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Got {
        status,
        head,
        body: answer[end + 4..].to_vec(),
    }
}

/// A desk that tests share which change nothing in it.
pub fn shared() -> &'static House {
    static HOUSE: OnceLock<House> = OnceLock::new();
    HOUSE.get_or_init(House::new)
}
