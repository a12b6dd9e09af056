//! The desk over the network: the command line and the client of a desk that is served
//! elsewhere, against real processes of `crewdesk serve`.

mod support;

use crewdesk::client::{Client, Reach, Server, StartRequest, TaskQuery};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{House, Ran, Running, fill, text, until};

const PASSWORD: &str = "correct horse";

/// A process that serves the desk of a house; killed with its test.
struct Serving {
    child: Child,
    /// `unix:PATH`
    socket: String,
    /// `http://HOST:PORT`
    http: String,
}

impl Serving {
    fn start(house: &House, listen: &str) -> Serving {
        let socket = house.arg("desk.sock");
        let log = house.path("serve.log");
        let _ = std::fs::remove_file(&log);
        let args = ["serve", "--socket", &socket, "--listen", listen];
        let child = house
            .command("", &args)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let address = || {
            let said = std::fs::read_to_string(&log).unwrap();
            let from = said.find("http://")? + 7;
            said.contains("unix:").then_some(())?;
            said[from..].split('/').next().map(str::to_owned)
        };
        until("the server listens", || address().is_some());
        Serving {
            child,
            socket: format!("unix:{socket}"),
            http: format!("http://{}", address().unwrap()),
        }
    }

    fn address(&self) -> SocketAddr {
        self.http["http://".len()..].parse().unwrap()
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The account that runs the tests.
fn account() -> String {
    let out = Command::new("id").arg("-un").output().unwrap().stdout;
    String::from_utf8(out).unwrap().trim().to_owned()
}

/// A house whose people have passwords; this account is mara on the socket.
fn house() -> House {
    let house = House::new();
    house.good("mara", &["user", "account", "mara", &account()]);
    for name in ["ana", "ben"] {
        let set = ["user", "passwd", name, "--password-stdin"];
        assert!(house.run_with("mara", &set, PASSWORD).ok());
    }
    house
}

/// A command of somebody elsewhere: with nothing of the desk's machine.
fn away(house: &House, server: &str, user: &str, args: &[&str]) -> Command {
    let mut command = house.command(user, args);
    command
        .env_remove("CREWDESK_DB")
        .env("CREWDESK_SERVER", server);
    if !user.is_empty() {
        command.env("CREWDESK_PASSWORD", PASSWORD);
    }
    command
}

fn far(house: &House, server: &str, user: &str, args: &[&str]) -> Ran {
    Running::start(away(house, server, user, args), "").end()
}

fn far_json(house: &House, server: &str, user: &str, args: &[&str]) -> Value {
    let args = [&["--json"], args].concat();
    let ran = far(house, server, user, &args);
    assert!(ran.ok(), "{args:?}: {ran:?}");
    ran.json()
}

#[test]
fn a_job_from_its_start_to_its_rows_over_the_network() {
    let house = house();
    let served = Serving::start(&house, "127.0.0.1:0");
    let (socket, http) = (&served.socket, &served.http);
    let title = ["--var", "title=Orders"];
    let start = ["start", "database-insertion", "--candidate-group", "sales"];
    let begun = far_json(&house, socket, "", &[&start[..], &title].concat());
    let instance = text(&begun["id"]);
    let offered = far_json(&house, http, "ana", &["task", "list", "--claimable"]);
    let task = text(&offered[0]["id"]);
    let claimed = far_json(&house, http, "ana", &["task", "claim", &task]);
    assert_eq!(claimed["assignee"], "ana");
    let told = far(&house, http, "ben", &["task", "claim", &task]).refusal();
    let here = house
        .run_with("mara", &["task", "claim", &task], "")
        .refusal();
    assert!(told.contains("ana has claimed this task already"), "{told}");
    assert_eq!(told, here, "the same words");

    // What is wrong stands at its field, whether found here or there.
    let told = far(&house, http, "ana", &fill(&task, "dataFrame=nowhere.csv")).refusal();
    assert!(
        told.contains("dataFrame: nowhere.csv: there is no such file"),
        "{told}"
    );
    let told = far(&house, http, "ana", &["task", "complete", &task]).refusal();
    let here = house.run_with("ana", &["task", "complete", &task], "");
    assert!(told.contains("tableName: "), "{told} {here:?}");

    // The file is read on this machine.
    let preview = ["task", "preview", &task, "--var", "dataFrame=bad.csv"];
    let table = ["--var", "tableName=orders", "--var", "connection=warehouse"];
    let seen = far_json(&house, http, "ana", &[&preview[..], &table].concat());
    assert_eq!(seen["refused"], 1, "{seen}");
    let done = far(&house, http, "ana", &fill(&task, "dataFrame=good.csv"));
    assert!(done.ok(), "{done:?}");
    until("the rows are in", || {
        far_json(&house, http, "ana", &["instance", "show", &instance])["state"] == "COMPLETED"
    });
    assert_eq!((house.rows("orders"), house.ledger()), (2, 1));
    let past = far(&house, socket, "", &["instance", "history", &instance]);
    assert!(
        past.out.contains("Orders") || past.out.contains("2 rows"),
        "{past:?}"
    );

    // An insertion without a process, and a comment.
    house.write(
        "more.csv",
        "id,customer,amount,ordered\n9,eva,3,2026-01-19\n",
    );
    let report = far_json(
        &house,
        http,
        "ana",
        &["insert", "more.csv", "warehouse", "orders"],
    );
    assert_eq!((&report["kept"], house.rows("orders")), (&true.into(), 3));
    let said = far(
        &house,
        socket,
        "",
        &["instance", "comment", &instance, "well done"],
    );
    assert!(said.ok(), "{said:?}");

    every_listing_is_the_same(&house, socket, &instance);
}

/// What a list says there is what it says here.
fn every_listing_is_the_same(house: &House, server: &str, instance: &str) {
    far(
        house,
        server,
        "",
        &["start", "database-insertion", "--assignee", "ben"],
    );
    let open = house.json("mara", &["task", "list"]);
    let task = text(&open[0]["id"]);
    let lists: &[&[&str]] = &[
        &["task", "list"],
        &["task", "list", "--mine"],
        &["task", "show", &task],
        &["instance", "list"],
        &["instance", "list", "--open"],
        &["instance", "show", instance],
        &["instance", "history", instance],
        &["instance", "diagram", instance],
        &["user", "list"],
        &["connection", "list"],
        &["process", "list"],
        &["process", "list", "--all"],
        &["job", "list"],
        &["incident", "list"],
        &["decision", "list"],
        &["decision", "show", "insertion-check"],
        &["notifications"],
    ];
    for list in lists {
        assert_eq!(
            far_json(house, server, "", list),
            house.json("mara", list),
            "{list:?}"
        );
        let (there, here) = (
            far(house, server, "", list).out,
            house.good("mara", list).out,
        );
        assert_eq!(there, here, "{list:?}");
    }
}

#[test]
fn a_head_operates_over_the_network() {
    let house = house();
    let served = Serving::start(&house, "127.0.0.1:0");
    let mara = |args: &[&str]| far_json(&house, &served.socket, "", args);
    let begun = mara(&["start", "database-insertion", "--assignee", "ana"]);
    let id = text(&begun["id"]);
    mara(&["instance", "set", &id, "title=New", "n:=7"]);
    let shown = mara(&["instance", "show", &id]);
    assert_eq!(shown["variables"]["n"]["value"], 7);
    mara(&["instance", "unset", &id, "n"]);
    mara(&["instance", "suspend", &id]);
    assert_eq!(mara(&["instance", "show", &id])["suspended"], true);
    mara(&["instance", "activate", &id]);
    let held = mara(&["process", "suspend", "database-insertion", "--instances"]);
    assert_eq!(held["instances"], 1);
    mara(&["process", "activate", "database-insertion", "--instances"]);
    let task = text(&mara(&["task", "list"])[0]["id"]);
    assert!(mara(&["task", "due", &task, "2030-01-02T03:04"])["due"].is_string());
    mara(&["task", "assign", &task, "ben"]);
    mara(&["instance", "cancel", &id, "--reason", "not needed"]);
    assert_eq!(
        mara(&["instance", "show", &id])["state"],
        "EXTERNALLY_TERMINATED"
    );
    mara(&["user", "add", "eva", "--role", "employee"]);
    mara(&["user", "edit", "eva", "--role", "head"]);
    mara(&["user", "remove", "eva"]);
    assert_eq!(mara(&["connection", "test", "warehouse"])["ok"], true);
    let told = far(&house, &served.socket, "", &["signal", "send", "nobody"]);
    assert!(told.ok(), "{told:?}");
    let told = far(&house, &served.socket, "", &["job", "run", "none"]).refusal();
    assert!(told.contains("none"), "{told}");
    let told = far(
        &house,
        &served.http,
        "ana",
        &["instance", "cancel", &id, "--reason", "x"],
    );
    assert!(told.refusal().contains("head"), "employees do not cancel");
}

#[test]
fn who_may_not_come_in_hears_why() {
    let house = house();
    let served = Serving::start(&house, "127.0.0.1:0");
    let wrong = |password: &str| {
        let mut command = away(&house, &served.http, "ana", &["task", "list"]);
        command.env("CREWDESK_PASSWORD", password);
        Running::start(command, "").end().refusal()
    };
    let told = wrong("hunter22");
    assert!(told.contains("ana") && !told.contains("hunter22"), "{told}");
    let told = far(&house, &served.http, "", &["task", "list"]).refusal();
    assert!(told.contains("--user"), "{told}");
    // Another name on the socket needs a password like anywhere else.
    let tasks = far(&house, &served.socket, "ben", &["task", "list"]);
    assert!(tasks.ok(), "{tasks:?}");
    let mut unasked = away(&house, &served.socket, "ben", &["task", "list"]);
    unasked.env_remove("CREWDESK_PASSWORD");
    let told = Running::start(unasked, "").end().refusal();
    assert!(told.contains("ben has a password"), "{told}");
    let told = far(&house, "unix:/nowhere/desk.sock", "", &["task", "list"]).refusal();
    assert!(told.contains("crewdesk serve"), "{told}");
    let told = far(&house, "desk.example.org", "", &["task", "list"]).refusal();
    assert!(told.contains("unix:PATH"), "{told}");
    for here in [&["doctor"][..], &["worker", "run"], &["serve"]] {
        let told = far(&house, &served.socket, "", here).refusal();
        assert!(told.contains("on the machine that serves"), "{told}");
    }
    let both = ["--db", "x.db", "--server", &served.socket, "task", "list"];
    assert!(house.refused("", &both).contains("say which"));
}

/// What the test's proxy does with a request.
#[derive(Clone, Copy, PartialEq)]
enum Deed {
    Pass,
    /// The request gets through, its answer does not.
    Lose,
    /// As a server without crewdesk's own operations.
    Unknown,
}

/// A proxy that a test steers; one request a connection.
struct Proxy {
    url: String,
    /// The requests that came: their first line and their key.
    heard: Arc<Mutex<Vec<(String, String)>>>,
}

impl Proxy {
    fn new(to: SocketAddr, deed: impl Fn(&str) -> Deed + Send + Sync + 'static) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (deed, noted) = (Arc::new(deed), heard.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (deed, noted) = (deed.clone(), noted.clone());
                std::thread::spawn(move || pass(stream, to, &*deed, &noted));
            }
        });
        Proxy { url, heard }
    }

    fn keys(&self, of: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        let of = heard.iter().filter(|(line, _)| line.contains(of));
        of.map(|(_, key)| key.clone()).collect()
    }
}

fn pass(
    mut from: TcpStream,
    to: SocketAddr,
    deed: &(dyn Fn(&str) -> Deed + Send + Sync),
    heard: &Mutex<Vec<(String, String)>>,
) {
    let mut request = Vec::new();
    let mut piece = [0; 65536];
    let head = loop {
        match from.read(&mut piece) {
            Ok(n) if n > 0 => request.extend_from_slice(&piece[..n]),
            _ => return,
        }
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let lines = String::from_utf8_lossy(&request[..head]).to_lowercase();
    let header = |name: &str| {
        let line = lines.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    let length: usize = header("content-length:").parse().unwrap_or(0);
    while request.len() < head + length {
        match from.read(&mut piece) {
            Ok(n) if n > 0 => request.extend_from_slice(&piece[..n]),
            _ => return,
        }
    }
    let line = lines.lines().next().unwrap_or_default().to_owned();
    heard
        .lock()
        .unwrap()
        .push((line.clone(), header("idempotency-key:")));
    let deed = deed(&line);
    if deed == Deed::Unknown {
        let _ = from
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
    }
    let Ok(mut server) = TcpStream::connect(to) else {
        return;
    };
    let first = request.windows(2).position(|two| two == b"\r\n").unwrap() + 2;
    server.write_all(&request[..first]).unwrap();
    server.write_all(b"Connection: close\r\n").unwrap();
    server.write_all(&request[first..]).unwrap();
    let mut answer = Vec::new();
    let _ = server.read_to_end(&mut answer);
    if deed == Deed::Pass {
        let _ = from.write_all(&answer);
    }
}

/// Loses the first answers to requests whose line holds this.
fn losing(to: SocketAddr, what: &'static str, times: usize) -> Proxy {
    let left = AtomicUsize::new(times);
    Proxy::new(to, move |line| {
        let lost = line.contains(what)
            && left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
                .is_ok();
        if lost { Deed::Lose } else { Deed::Pass }
    })
}

#[test]
fn a_command_whose_answer_is_lost_is_done_once() {
    let house = house();
    let served = Serving::start(&house, "127.0.0.1:0");
    let twice = |proxy: &Proxy, what: &str| {
        let keys = proxy.keys(what);
        assert!(
            keys.len() > 1 && keys.iter().all(|key| *key == keys[0]),
            "{keys:?}"
        );
        assert!(!keys[0].is_empty());
    };
    let proxy = losing(served.address(), "post /engine-rest/crewdesk/start", 2);
    let set = ["user", "passwd", "mara", "--password-stdin"];
    assert!(house.run_with("mara", &set, PASSWORD).ok());
    let start = [
        "start",
        "database-insertion",
        "--business-key",
        "k",
        "--assignee",
        "ana",
    ];
    far_json(&house, &proxy.url, "mara", &start);
    twice(&proxy, "/crewdesk/start");
    let open = far_json(&house, &served.socket, "", &["instance", "list"]);
    assert_eq!(open.as_array().unwrap().len(), 1, "started once");
    let task = text(&far_json(&house, &served.http, "ana", &["task", "list"])[0]["id"]);

    let proxy = losing(served.address(), "/comment ", 1);
    let said = far(
        &house,
        &proxy.url,
        "ana",
        &["task", "comment", &task, "once"],
    );
    assert!(said.ok(), "{said:?}");
    twice(&proxy, "/comment ");
    let proxy = losing(served.address(), "/complete ", 1);
    let done = far(
        &house,
        &proxy.url,
        "ana",
        &fill(&task, "dataFrame=good.csv"),
    );
    assert!(done.ok(), "{done:?}");
    twice(&proxy, "/complete ");
    until("the rows are in", || house.rows("orders") == 2);
    let instance = text(&open[0]["id"]);
    let past = far_json(
        &house,
        &served.socket,
        "",
        &["instance", "history", &instance],
    );
    let of = |kind: &str, word: &str| {
        let past = past.as_array().unwrap().iter();
        past.filter(|e| e["kind"] == kind && e["text"].as_str().unwrap().contains(word))
            .count()
    };
    assert_eq!(
        (of("comment", "once"), of("completed", "")),
        (1, 1),
        "{past}"
    );

    // Rows that went in are not put in again, whether they keep a line in the ledger or not.
    house.write(
        "more.csv",
        "id,customer,amount,ordered\n9,eva,3,2026-01-19\n",
    );
    house.target("CREATE TABLE plain (id INTEGER, customer TEXT, amount TEXT, ordered TEXT)");
    let insert = ["insert", "more.csv", "warehouse", "plain"];
    let proxy = losing(served.address(), "/crewdesk/insert ", 1);
    let report = far_json(&house, &proxy.url, "ana", &insert);
    assert_eq!(
        (&report["kept"], house.rows("plain")),
        (&true.into(), 1),
        "{report}"
    );
    twice(&proxy, "/crewdesk/insert ");
    let proxy = losing(served.address(), "/crewdesk/insert ", 1);
    let bare = [&insert[..], &["--rows-only"]].concat();
    let told = far(&house, &proxy.url, "ana", &bare).refusal();
    assert!(told.contains("is not known"), "{told}");
    assert_eq!(proxy.keys("/crewdesk/insert ").len(), 1);
    assert_eq!(house.rows("plain"), 2);
}

/// Enters as ana.
fn ana(server: &str) -> Arc<dyn Client> {
    let server = Server::at(server).unwrap();
    server
        .enter(Some("ana"), &mut |_| Ok(PASSWORD.to_owned()))
        .unwrap()
}

#[test]
fn a_server_that_goes_and_comes_back_is_waited_for() {
    let house = house();
    let mut served = Serving::start(&house, "127.0.0.1:0");
    far_json(
        &house,
        &served.socket,
        "",
        &["start", "database-insertion", "--candidate-group", "sales"],
    );
    let client = ana(&served.http);
    let task = client.tasks(TaskQuery::default()).unwrap().items.remove(0);
    let seen = client.wait_for_change(0, Duration::ZERO);
    assert_eq!(client.reach(), Reach::Whole);

    served.kill();
    until("it is noticed", || client.reach() == Reach::Lost);
    let (other, id) = (client.clone(), task.id.clone());
    let claims = std::thread::spawn(move || other.claim(&id));
    let seen = client.wait_for_change(seen, Duration::from_millis(50));
    let listen = served.address().to_string();
    let served = Serving::start(&house, &listen);
    let claimed = claims.join().unwrap().unwrap();
    assert_eq!(claimed.assignee.as_deref(), Some("ana"));
    until("news come", || {
        client.wait_for_change(seen, Duration::from_secs(1)) != seen
    });
    assert_eq!(client.reach(), Reach::Whole);

    // What others do is told at once.
    let seen = client.wait_for_change(0, Duration::from_secs(1));
    far_json(
        &house,
        &served.socket,
        "",
        &["task", "assign", &task.id, "ben"],
    );
    let until_told = std::time::Instant::now();
    let mut mark = seen;
    until("the change is told", || {
        mark = client.wait_for_change(mark, Duration::from_secs(5));
        client.task(&task.id).is_err()
            || client.task(&task.id).unwrap().task.assignee.as_deref() == Some("ben")
    });
    assert!(until_told.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_server_that_stays_away_is_said_to_be() {
    let house = house();
    let mut served = Serving::start(&house, "127.0.0.1:0");
    let client = ana(&served.http);
    served.kill();
    let begun = std::time::Instant::now();
    let told = client.status().unwrap_err().to_string();
    assert!(told.contains("not reachable"), "{told}");
    assert!(begun.elapsed() < Duration::from_secs(60), "not for ever");
}

#[test]
fn what_is_asked_again_after_no_answer_is_the_same_command() {
    let house = house();
    let served = Serving::start(&house, "127.0.0.1:0");
    // No answer for longer than the client tries, then all of them.
    let deaf = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let now = deaf.clone();
    let proxy = Proxy::new(served.address(), move |line| {
        match line.contains("/crewdesk/start ") && now.load(Ordering::SeqCst) {
            true => Deed::Lose,
            false => Deed::Pass,
        }
    });
    let set = ["user", "passwd", "mara", "--password-stdin"];
    assert!(house.run_with("mara", &set, PASSWORD).ok());
    let mara = Server::at(&proxy.url)
        .unwrap()
        .enter(Some("mara"), &mut |_| Ok(PASSWORD.to_owned()))
        .unwrap();
    let start = || {
        mara.start(StartRequest {
            key: "database-insertion".to_owned(),
            ..StartRequest::default()
        })
    };
    deaf.store(true, Ordering::SeqCst);
    let told = start().unwrap_err().to_string();
    assert!(told.contains("is not known"), "{told}");
    deaf.store(false, Ordering::SeqCst);
    start().unwrap();
    assert_eq!(
        far_json(&house, &served.socket, "", &["instance", "list"])
            .as_array()
            .unwrap()
            .len(),
        1
    );
    start().unwrap();
    assert_eq!(
        far_json(&house, &served.socket, "", &["instance", "list"])
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

const REVIEW: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="review" name="Review" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="look"/>
    <userTask id="look" name="Look" camunda:candidateGroups="sales">
      <extensionElements><camunda:formData>
        <camunda:formField id="verdict" label="Verdict" type="enum"><camunda:value id="good" name="Good"/><camunda:value id="bad" name="Bad"/><camunda:validation><camunda:constraint name="required"/></camunda:validation></camunda:formField>
        <camunda:formField id="count" label="Count" type="long" defaultValue="3"/>
      </camunda:formData></extensionElements>
    </userTask>
    <sequenceFlow id="f2" sourceRef="look" targetRef="after"/>
    <userTask id="after" name="After" camunda:assignee="ben"/>
    <sequenceFlow id="f3" sourceRef="after" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

/// A server that has Camunda's paths and nothing of crewdesk's.
#[test]
fn a_server_with_camundas_paths_alone_is_a_list_of_tasks() {
    let house = house();
    let model = house.write("review.bpmn", REVIEW);
    house.good("mara", &["deploy", &model]);
    let served = Serving::start(&house, "127.0.0.1:0");
    let camunda = Proxy::new(served.address(), |line| {
        match line.contains("/engine-rest/crewdesk") {
            true => Deed::Unknown,
            false => Deed::Pass,
        }
    });
    let start = [
        "start",
        "review",
        "--business-key",
        "r1",
        "--var",
        "title=Look here",
    ];
    let instance = text(&house.json("mara", &start)["id"]);
    let ana = |args: &[&str]| far_json(&house, &camunda.url, "ana", args);
    let offered = ana(&["task", "list", "--claimable"]);
    assert_eq!(offered.as_array().unwrap().len(), 1);
    assert_eq!(
        (
            &offered[0]["name"],
            &offered[0]["title"],
            &offered[0]["businessKey"]
        ),
        (&"Look".into(), &"Look here".into(), &"r1".into())
    );
    let id = text(&offered[0]["id"]);
    assert_eq!(ana(&["task", "claim", &id])["assignee"], "ana");
    let told = far(&house, &camunda.url, "ben", &["task", "claim", &id]).refusal();
    assert!(told.contains("already claimed"), "{told}");
    let detail = ana(&["task", "show", &id]);
    assert_eq!(detail["form"]["fields"][0]["label"], "Verdict");
    assert_eq!(detail["values"]["count"], "3");
    assert_eq!(detail["candidateGroups"][0], "sales");
    // Its form is checked here, in the desk's words.
    let told = far(&house, &camunda.url, "ana", &["task", "complete", &id]).refusal();
    assert!(told.contains("verdict: fill this in"), "{told}");
    let shown = ana(&["instance", "show", &instance]);
    assert_eq!(shown["activeActivityIds"][0], "look", "{shown}");
    assert!(
        far(
            &house,
            &camunda.url,
            "ana",
            &["instance", "diagram", &instance]
        )
        .ok()
    );
    ana(&[
        "task",
        "complete",
        &id,
        "--var",
        "verdict=good",
        "--var",
        "count:=4",
    ]);
    assert!(
        ana(&["task", "list", "--mine"])
            .as_array()
            .unwrap()
            .is_empty()
    );
    let shown = ana(&["instance", "show", &instance]);
    assert_eq!(
        (
            &shown["variables"]["verdict"]["value"],
            &shown["variables"]["count"]["value"]
        ),
        (&"good".into(), &4.into())
    );
    let past = far(
        &house,
        &camunda.url,
        "ana",
        &["instance", "history", &instance],
    );
    assert!(past.out.contains("Look is done by ana"), "{past:?}");
    let told = far(&house, &camunda.url, "ana", &["task", "preview", &id]).refusal();
    assert!(!told.contains("panicked"));
    let told = far(&house, &camunda.url, "ana", &["connection", "test", "x"]).refusal();
    assert!(told.contains("does not offer"), "{told}");
    // And what is no server of tasks at all.
    let other = Proxy::new(served.address(), |_| Deed::Unknown);
    let told = far(&house, &other.url, "ana", &["task", "list"]).refusal();
    assert!(told.contains("is no desk"), "{told}");
}
