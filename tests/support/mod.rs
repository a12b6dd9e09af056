//! A desk in a folder of its own, driven by real processes of `crewdesk`.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use serde_json::Value;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The table that the insertions of these tests fill.
pub const ORDERS: &str = "CREATE TABLE orders (
  id INTEGER PRIMARY KEY, customer VARCHAR(60) NOT NULL,
  amount DECIMAL(10,2) NOT NULL, ordered DATE NOT NULL, note TEXT)";
/// Two rows that fit.
pub const GOOD: &str = "id,customer,amount,ordered\n1,ana,1.50,2026-01-17\n2,ben,2,2026-01-18\n";
/// The second row, in line 3, does not fit: a text where a date stands, and no customer.
pub const BAD: &str = "id,customer,amount,ordered\n1,ana,1.50,2026-01-17\n2,,2,tomorrow\n";
/// No command of a test takes longer, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(180);

/// A folder with a desk and a target database, gone with its test.
pub struct House {
    dir: TempDir,
}

impl House {
    /// A folder with a target and no desk yet.
    pub fn bare() -> House {
        let house = House {
            dir: tempfile::tempdir().unwrap(),
        };
        house.target(ORDERS);
        house.write("good.csv", GOOD);
        house.write("bad.csv", BAD);
        house
    }

    /// The head mara, the employees ana and ben of the group sales, and the connection
    /// `warehouse` to the target.
    pub fn new() -> House {
        let house = House::bare();
        house.good("", &["user", "add", "mara", "--role", "head"]);
        for name in ["ana", "ben"] {
            let add = [
                "user", "add", name, "--role", "employee", "--group", "sales",
            ];
            house.good("mara", &add);
        }
        let url = house.url();
        house.good("mara", &["connection", "add", "warehouse", &url]);
        house
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The path as an argument.
    pub fn arg(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    pub fn write(&self, name: &str, content: &str) -> String {
        std::fs::write(self.path(name), content).unwrap();
        self.arg(name)
    }

    pub fn url(&self) -> String {
        format!("sqlite:{}", self.arg("target.db"))
    }

    /// Runs SQL on the target.
    pub fn target(&self, sql: &str) {
        let target = rusqlite::Connection::open(self.path("target.db")).unwrap();
        target.busy_timeout(PATIENCE).unwrap();
        target.execute_batch(sql).unwrap();
    }

    /// How many rows a table of the target has; none without the table.
    pub fn rows(&self, table: &str) -> i64 {
        let target = rusqlite::Connection::open(self.path("target.db")).unwrap();
        target.busy_timeout(PATIENCE).unwrap();
        let known = "SELECT count(*) FROM sqlite_schema WHERE name = ?1";
        let known: i64 = target.query_row(known, [table], |r| r.get(0)).unwrap();
        if known == 0 {
            return 0;
        }
        let sql = format!("SELECT count(*) FROM {table}");
        target.query_row(&sql, [], |r| r.get(0)).unwrap()
    }

    /// Counts in the target: what stands after `FROM`.
    pub fn count(&self, from: &str) -> i64 {
        let target = rusqlite::Connection::open(self.path("target.db")).unwrap();
        let sql = format!("SELECT count(*) FROM {from}");
        target.query_row(&sql, [], |r| r.get(0)).unwrap()
    }

    /// Lines of the target's ledger.
    pub fn ledger(&self) -> i64 {
        self.rows("crewdesk_ledger")
    }

    /// `crewdesk` on this desk, with nothing of this process's settings.
    pub fn command(&self, user: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crewdesk"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CREWDESK") {
                command.env_remove(name);
            }
        }
        command
            .env("HOME", self.dir.path())
            .env("CREWDESK_DB", self.path("desk/desk.db"))
            .current_dir(self.dir.path())
            .stdin(Stdio::null());
        if !user.is_empty() {
            command.args(["--user", user]);
        }
        command.args(args);
        std::fs::create_dir_all(self.path("desk")).unwrap();
        command
    }

    pub fn run(&self, user: &str, args: &[&str]) -> Ran {
        Running::start(self.command(user, args), "").end()
    }

    /// The same with something on standard input.
    pub fn run_with(&self, user: &str, args: &[&str], input: &str) -> Ran {
        Running::start(self.command(user, args), input).end()
    }

    /// Runs what must succeed.
    pub fn good(&self, user: &str, args: &[&str]) -> Ran {
        let ran = self.run(user, args);
        assert!(ran.ok(), "{args:?} failed: {ran:?}");
        ran
    }

    /// Runs what must succeed and reads its JSON.
    pub fn json(&self, user: &str, args: &[&str]) -> Value {
        let mut all = vec!["--json"];
        all.extend(args);
        self.good(user, &all).json()
    }

    /// Runs what must fail with a message, and not by a panic; the message.
    pub fn refused(&self, user: &str, args: &[&str]) -> String {
        let ran = self.run(user, args);
        ran.refusal()
    }

    /// Starts an insertion for somebody, or open to claim; the ids of its instance and task.
    pub fn launch(&self, key: &str, assignee: &str) -> (String, String) {
        let mut args = vec!["start", "database-insertion", "--business-key", key];
        if !assignee.is_empty() {
            args.extend(["--assignee", assignee]);
        }
        let instance = text(&self.json("mara", &args)["id"]);
        let task = self.task(&instance).expect("a task");
        (instance, task)
    }

    /// The open task of an instance.
    pub fn task(&self, instance: &str) -> Option<String> {
        let detail = self.json("mara", &["instance", "show", instance]);
        detail["tasks"][0]["id"].as_str().map(str::to_owned)
    }

    /// Completes an insertion's task with a file.
    pub fn send(&self, user: &str, task: &str, file: &str) -> Ran {
        let frame = format!("dataFrame={}", self.arg(file));
        self.run(user, &fill(task, &frame))
    }

    /// Does what is due; steps that fail for good are told, and no failure here.
    pub fn work(&self) -> Value {
        let done = self
            .run("mara", &["--json", "worker", "run", "--until-idle"])
            .json();
        assert!(done["incidents"].is_array(), "{done:#}");
        done
    }
}

/// The arguments that complete an insertion's task.
pub fn fill<'a>(task: &'a str, frame: &'a str) -> [&'a str; 9] {
    let table = "tableName=orders";
    let connection = "connection=warehouse";
    [
        "task", "complete", task, "--var", connection, "--var", table, "--var", frame,
    ]
}

/// A JSON string.
pub fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// How a process ended and what it said.
#[derive(Debug)]
pub struct Ran {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn ok(&self) -> bool {
        self.status.success()
    }

    /// True when it did not end by itself.
    pub fn died(&self) -> bool {
        self.status.code().is_none()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("no JSON ({e}): {self:?}"))
    }

    /// The message of a command that was refused in order.
    pub fn refusal(&self) -> String {
        assert!(
            matches!(self.status.code(), Some(1 | 2)),
            "not refused: {self:?}"
        );
        assert!(!self.err.contains("panicked"), "{self:?}");
        assert!(!self.err.trim().is_empty(), "no message: {self:?}");
        self.err.clone()
    }
}

/// A process under way; killed when dropped.
pub struct Running {
    child: Child,
    readers: Vec<std::thread::JoinHandle<String>>,
}

impl Running {
    pub fn start(mut command: Command, input: &str) -> Running {
        if !input.is_empty() {
            command.stdin(Stdio::piped());
        }
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        if let Some(mut stdin) = child.stdin.take() {
            // Who does not read it has ended already, and says why.
            let _ = stdin.write_all(input.as_bytes());
        }
        fn read(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                from.read_to_end(&mut bytes).unwrap();
                String::from_utf8_lossy(&bytes).into_owned()
            })
        }
        let out = read(child.stdout.take().unwrap());
        let err = read(child.stderr.take().unwrap());
        Running {
            child,
            readers: vec![out, err],
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
    }

    /// What a terminal sends on Ctrl-C.
    pub fn interrupt(&self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end, and kills it after this time.
    pub fn end_within(mut self, most: Duration) -> Ran {
        let since = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if since.elapsed() >= most {
                self.kill();
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let mut said = self.readers.drain(..).map(|r| r.join().unwrap());
        Ran {
            status,
            out: said.next().unwrap(),
            err: said.next().unwrap(),
        }
    }

    pub fn end(self) -> Ran {
        let ran = self.end_within(PATIENCE);
        assert_ne!(ran.status.code(), Some(101), "panicked: {ran:?}");
        ran
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.readers.is_empty() {
            self.kill();
            let _ = self.child.wait();
        }
    }
}

/// Waits until something holds.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
