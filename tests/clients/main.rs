//! The unchanged clients of Camunda 7, from their registries, as real processes against the
//! served program: camunda-external-task-client-python3, generic-camunda-client (PyPI) and
//! camunda-external-task-client-js (npm). Without an interpreter or a registry a test says
//! that it was skipped, and why.

#[path = "../support/mod.rs"]
mod support;

use crewdesk::rest::GROUPS;
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use support::House;

const PASSWORD: &str = "correct horse";
const PROCESS: &str = include_str!("work.bpmn");
/// What the worker in `assets/workers/python` works on.
const GREET: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <error id="nobody" errorCode="NO_NAME"/>
  <process id="greet" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="greeting"/>
    <serviceTask id="greeting" camunda:type="external" camunda:topic="greet"/>
    <boundaryEvent id="caught" attachedToRef="greeting"><errorEventDefinition errorRef="nobody"/></boundaryEvent>
    <sequenceFlow id="f2" sourceRef="greeting" targetRef="good"/>
    <sequenceFlow id="f3" sourceRef="caught" targetRef="bad"/>
    <userTask id="good" name="Greeted" camunda:assignee="mara"/>
    <userTask id="bad" name="Nobody" camunda:assignee="mara"/>
  </process>
</definitions>"#;

/// Two tests install at most one thing at a time.
static INSTALLING: Mutex<()> = Mutex::new(());

fn folder(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients");
    std::fs::create_dir_all(&target).unwrap();
    target.join(name)
}

fn ran(command: &mut Command) -> Result<(), String> {
    match command.stdin(Stdio::null()).output() {
        Ok(done) if done.status.success() => Ok(()),
        Ok(done) => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

/// A Python with the clients in it, or why there is none.
fn python() -> Result<PathBuf, String> {
    let _one = INSTALLING.lock().unwrap_or_else(|e| e.into_inner());
    let (place, done) = (folder("python"), folder("python.done"));
    let python = place.join("bin/python");
    if !done.exists() {
        ran(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&place))?;
        ran(Command::new(&python).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "camunda-external-task-client-python3==4.5.0",
            "generic-camunda-client==7.18.0",
            "pydantic==2.14.4",
            "httpx==0.28.1",
        ]))?;
        std::fs::write(&done, "").unwrap();
    }
    Ok(python)
}

/// A folder with the JavaScript client in it, or why there is none.
fn javascript() -> Result<PathBuf, String> {
    let _one = INSTALLING.lock().unwrap_or_else(|e| e.into_inner());
    let (place, done) = (folder("javascript"), folder("javascript.done"));
    if !done.exists() {
        ran(Command::new("node").arg("--version"))?;
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("package.json"), "{\"private\": true}").unwrap();
        ran(Command::new("npm").current_dir(&place).args([
            "install",
            "--no-audit",
            "--no-fund",
            "camunda-external-task-client-js@3.1.0",
        ]))?;
        std::fs::write(&done, "").unwrap();
    }
    Ok(place)
}

fn skipped(why: &str) {
    println!("skipped: {}", why.lines().last().unwrap_or(why));
}

/// A served desk with the head mara and the worker w1, who may work on the topic `t`.
struct Served {
    house: House,
    server: Child,
    base: String,
}

impl Served {
    fn new() -> Served {
        let house = House::bare();
        let add = ["user", "add", "mara", "--role", "head", "--password-stdin"];
        assert!(house.run_with("", &add, PASSWORD).ok());
        let with = |user: &str, args: &[&str]| {
            let mut command = house.command(user, args);
            command.env("CREWDESK_PASSWORD", PASSWORD);
            command
        };
        let mut add = with(
            "mara",
            &[
                "user",
                "add",
                "w1",
                "--role",
                "worker",
                "--topic",
                "t",
                "--password-stdin",
            ],
        );
        let mut adding = add.stdin(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut adding.stdin.take().unwrap(), PASSWORD.as_bytes()).unwrap();
        assert!(adding.wait().unwrap().success());
        let file = house.write("work.bpmn", PROCESS);
        assert!(
            with("mara", &["deploy", &file])
                .output()
                .unwrap()
                .status
                .success()
        );
        let mut serve = house.command("", &["serve", "--listen", "127.0.0.1:0", "--no-worker"]);
        let mut server = serve.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let base = loop {
            let line = lines
                .next()
                .expect("the server says where it listens")
                .unwrap();
            if let Some((_, at)) = line.split_once("listening on ") {
                break at.trim_matches('"').to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Served {
            house,
            server,
            base,
        }
    }

    /// A request as mara, with a small client of the Python that is there anyway.
    fn ask(&self, python: &Path, method: &str, path: &str, body: &Json) -> Json {
        let script = "import json,sys,requests\nm,u,b=sys.argv[1:4]\nr=requests.request(m,u,json=json.loads(b),auth=('mara','correct horse'))\nassert r.status_code<300,(r.status_code,r.text)\nprint(r.text or 'null')";
        let url = format!("{}{path}", self.base);
        let done = Command::new(python)
            .args(["-c", script, method, &url, &body.to_string()])
            .output()
            .unwrap();
        serde_json::from_slice(&good(&done)).unwrap()
    }

    fn start(&self, python: &Path, wanted: &str) -> String {
        let body = json!({"businessKey": wanted, "variables": {
            "do": {"value": wanted}, "prio": {"value": 1},
            "doc": {"value": "{\"a\": 1}", "type": "Json"},
            "file": {"value": "aGk=", "type": "File", "valueInfo": {"filename": "in.txt"}},
        }});
        let started = self.ask(python, "POST", "/process-definition/key/work/start", &body);
        started["id"].as_str().unwrap().to_owned()
    }

    fn variables(&self, python: &Path, instance: &str) -> Json {
        self.ask(
            python,
            "GET",
            &format!("/process-instance/{instance}/variables"),
            &Json::Null,
        )
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = &self.house;
    }
}

#[track_caller]
fn good(done: &Output) -> Vec<u8> {
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(
        done.status.success(),
        "{}\n{errors}",
        String::from_utf8_lossy(&done.stdout)
    );
    done.stdout.clone()
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(name)
}

#[test]
fn the_python_worker() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => return skipped(&why),
    };
    let served = Served::new();
    let completed = served.start(&python, "complete");
    let failed = served.start(&python, "fail");
    let error = served.start(&python, "error");
    let done = Command::new(&python)
        .arg(script("python_worker.py"))
        .args([&served.base, "w1", PASSWORD, "5"])
        .output()
        .unwrap();
    let handled: Vec<String> = serde_json::from_slice(&good(&done)).unwrap();
    let times = |what: &str| handled.iter().filter(|done| *done == what).count();
    assert_eq!(
        (times("complete"), times("fail"), times("error")),
        (1, 3, 1),
        "{handled:?}"
    );
    let found = served.variables(&python, &completed);
    for (name, kind, value) in [
        ("text", "String", json!("ü")),
        ("number", "Integer", json!(5)),
        ("long", "Long", json!(5_000_000_000_i64)),
        ("double", "Double", json!(1.5)),
        ("flag", "Boolean", json!(true)),
        ("nothing", "Null", Json::Null),
        ("typed", "Long", json!(7)),
        ("file", "File", Json::Null),
    ] {
        assert_eq!(
            (&found[name]["type"], &found[name]["value"]),
            (&json!(kind), &value),
            "{name}"
        );
    }
    assert!(
        found["own"].is_null(),
        "a local variable goes with its activity"
    );
    let path = format!("/external-task?processInstanceId={failed}");
    let task = served.ask(&python, "GET", &path, &Json::Null);
    assert_eq!(
        (
            task[0]["retries"].as_i64(),
            task[0]["errorMessage"].as_str()
        ),
        (Some(0), Some("it failed"))
    );
    assert_eq!(served.variables(&python, &error)["why"]["value"], "python");
}

/// The worker that `assets/workers/python` shows, as it is.
#[test]
fn the_worker_in_twenty_lines() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => return skipped(&why),
    };
    let served = Served::new();
    let model = served.house.write("greet.bpmn", GREET);
    let mut deploy = served.house.command("mara", &["deploy", &model]);
    deploy.env("CREWDESK_PASSWORD", PASSWORD);
    good(&deploy.output().unwrap());
    let limit = ["user", "topics", "w1", "t", "greet"];
    let mut limit = served.house.command("mara", &limit);
    limit.env("CREWDESK_PASSWORD", PASSWORD);
    good(&limit.output().unwrap());
    let start = |variables: Json| {
        let path = "/process-definition/key/greet/start";
        let body = json!({"variables": variables});
        let started = served.ask(&python, "POST", path, &body);
        started["id"].as_str().unwrap().to_owned()
    };
    let ana = start(json!({"name": {"value": "Ana"}}));
    let nobody = start(json!({}));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/workers/python/worker.py");
    let mut worker = Command::new(&python)
        .arg(file)
        .env("CREWDESK_URL", &served.base)
        .env("CREWDESK_USER", "w1")
        .env("CREWDESK_PASSWORD", PASSWORD)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let tasks = || {
        served.ask(
            &python,
            "GET",
            "/task?processDefinitionKey=greet",
            &Json::Null,
        )
    };
    support::until("both are worked on", || {
        tasks().as_array().unwrap().len() == 2
    });
    worker.kill().unwrap();
    worker.wait().unwrap();
    let of = |instance: &str| {
        let tasks = tasks();
        let task = tasks.as_array().unwrap().iter();
        let mut task = task.filter(|task| task["processInstanceId"] == instance);
        task.next().unwrap()["name"].clone()
    };
    assert_eq!((of(&ana), of(&nobody)), (json!("Greeted"), json!("Nobody")));
    let greeting = &served.variables(&python, &ana)["greeting"]["value"];
    assert_eq!(greeting, "Hello, Ana");
}

#[test]
fn the_javascript_worker() {
    let (python, javascript) = match (python(), javascript()) {
        (Ok(python), Ok(javascript)) => (python, javascript),
        (Err(why), _) | (_, Err(why)) => return skipped(&why),
    };
    let served = Served::new();
    let ids: Vec<String> = ["complete", "fail", "error", "extend", "unlock", "file"]
        .into_iter()
        .map(|wanted| served.start(&python, wanted))
        .collect();
    let done = Command::new("node")
        .arg(script("javascript_worker.mjs"))
        .args([&served.base, "w1", PASSWORD, "8"])
        .arg(&javascript)
        .output()
        .unwrap();
    let handled: Vec<String> = serde_json::from_slice(&good(&done)).unwrap();
    let times = |what: &str| handled.iter().filter(|done| *done == what).count();
    assert_eq!(
        (times("fail"), times("unlock"), times("file")),
        (2, 2, 1),
        "{handled:?}"
    );
    let found = served.variables(&python, &ids[0]);
    for (name, kind) in [
        ("text", "String"),
        ("number", "Integer"),
        ("flag", "Boolean"),
        ("map", "Json"),
        ("when", "Date"),
        ("nothing", "Null"),
    ] {
        assert_eq!(found[name]["type"], kind, "{name}: {found}");
    }
    assert_eq!(
        served.variables(&python, &ids[2])["why"]["value"],
        "javascript"
    );
    let files = served.variables(&python, &ids[5]);
    assert_eq!(files["read"]["value"], "hi");
    assert_eq!(
        files["made"]["valueInfo"]["filename"],
        "javascript_worker.mjs"
    );
}

/// Every operation that is served, called on things that the script makes.
#[test]
fn the_generic_client_calls_each_operation_and_finds_the_promised_types() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => return skipped(&why),
    };
    let served = Served::new();
    let folder = served.house.path("files");
    std::fs::create_dir(&folder).unwrap();
    let done = Command::new(&python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(script("generic.py"))
        .args([&served.base, PASSWORD])
        .arg(&folder)
        // A worker for what the desk does in the background.
        .arg(env!("CARGO_BIN_EXE_crewdesk"))
        .env("CREWDESK_DB", served.house.path("desk/desk.db"))
        .env("HOME", served.house.folder())
        .env_remove("CREWDESK_USER")
        .output()
        .unwrap();
    let told: Json = serde_json::from_slice(&good(&done)).unwrap();
    let claimed = GROUPS.iter().filter(|group| group.tag != "crewdesk");
    let claimed = claimed.flat_map(|group| group.operations);
    let claimed = claimed.filter(|operation| operation.served()).count();
    assert_eq!(told["called"], claimed);
}
