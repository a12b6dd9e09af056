//! The story with a password that nothing else contains; then every file, every answer and
//! every error is searched for it.

mod support;

use crewdesk::client::{Client, Host};
use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use support::{House, Ran, Running, text};

const SECRET: &str = "Xy7-sesame-plover-0451-Zq";

/// A house in which everybody has the same password, and all that was said in it.
struct Stage {
    house: House,
    said: RefCell<Vec<String>>,
}

impl Stage {
    fn run_with(&self, user: &str, args: &[&str], input: &str) -> Ran {
        let mut command = self.house.command(user, args);
        command.env("CREWDESK_PASSWORD", SECRET);
        let ran = Running::start(command, input).end();
        let said = format!("{args:?}\n{}\n{}", ran.out, ran.err);
        // What was typed is not what was said.
        let said = said.split_once('\n').map(|(_, said)| said.to_owned());
        self.said.borrow_mut().push(said.unwrap_or_default());
        ran
    }

    fn good(&self, user: &str, args: &[&str]) -> Ran {
        let ran = self.run_with(user, args, "");
        assert!(ran.ok(), "{args:?}: {ran:?}");
        ran
    }

    fn refused(&self, user: &str, args: &[&str]) {
        self.run_with(user, args, "").refusal();
    }

    fn json(&self, user: &str, args: &[&str]) -> serde_json::Value {
        let mut all = vec!["--json"];
        all.extend(args);
        self.good(user, &all).json()
    }

    fn team(&self) {
        for (name, role) in [("mara", "head"), ("ana", "employee")] {
            let add = ["user", "add", name, "--role", role, "--password-stdin"];
            let ran = self.run_with("mara", &add, &format!("{SECRET}\n"));
            assert!(ran.ok(), "{ran:?}");
        }
        let url = self.house.url();
        let add = ["connection", "add", "warehouse", &url, "--password-stdin"];
        assert!(self.run_with("mara", &add, SECRET).ok());
        let passwd = ["user", "passwd", "ana", "--password-stdin"];
        assert!(self.run_with("ana", &passwd, SECRET).ok());
    }

    /// Opens the desk in this process too: its log stays beside the database meanwhile.
    fn open(&self) -> (Host, Arc<dyn Client>) {
        let host = Host::open(&self.house.path("desk/desk.db")).unwrap();
        let ana = host.client("ana", Some(SECRET)).unwrap();
        (host, ana)
    }

    fn task_of(&self, instance: &str) -> String {
        let shown = self.json("mara", &["instance", "show", instance]);
        text(&shown["tasks"][0]["id"])
    }

    fn send(&self, task: &str, file: &str) {
        let database = format!("databaseName={}", self.house.arg("target.db"));
        let frame = format!("dataFrame={}", self.house.arg(file));
        let password = format!("password={SECRET}");
        let mut args = vec!["task", "complete", task];
        for var in [
            &database,
            &frame,
            &password,
            "tableName=orders",
            "connection=",
        ] {
            args.extend(["--var", var]);
        }
        self.good("ana", &args);
        self.good("mara", &["worker", "run", "--until-idle"]);
    }

    /// What people look at, in both forms.
    fn look(&self, instance: &str) {
        for args in [
            &["instance", "show", instance][..],
            &["instance", "history", instance],
            &["instance", "diagram", instance],
            &["instance", "list"],
            &["task", "list"],
            &["user", "list"],
            &["connection", "list"],
            &["connection", "test", "warehouse"],
            &["notifications"],
            &["doctor"],
        ] {
            self.good("mara", args);
            self.json("mara", args);
        }
    }

    fn provoke(&self, task: &str) {
        let (bad_json, wrong) = (format!("password:=[{SECRET}"), SECRET.to_owned());
        self.refused("ana", &["task", "complete", task, "--var", &bad_json]);
        self.refused("ana", &["task", "complete", task, "--var", &wrong]);
        let password = format!("password={SECRET}");
        for rest in [
            &["mode=sideways"][..],
            &["tableName=", "dataFrame=/nowhere/x.csv"],
            &[
                "databaseName=/nowhere.db",
                "tableName=orders",
                "dataFrame=/nowhere",
            ],
        ] {
            let mut args = vec!["task", "complete", task, "--var", &password];
            rest.iter().for_each(|var| args.extend(["--var", var]));
            self.refused("ana", &args);
            args[1] = "preview";
            self.refused("ana", &args);
        }
        let typed = format!("password:=\"{SECRET}\"");
        self.refused(
            "ana",
            &["task", "complete", "no-such-task", "--var", &typed],
        );
        let url = format!("postgres://u:{SECRET}@db.example/sales");
        self.refused("mara", &["connection", "add", "other", &url]);
        let taken = [
            "user",
            "add",
            "ana",
            "--role",
            "employee",
            "--password-stdin",
        ];
        self.run_with("mara", &taken, SECRET).refusal();
        let nobody = ["user", "passwd", "nobody", "--password-stdin"];
        self.run_with("mara", &nobody, SECRET).refusal();
        self.credentials();
        let mut command = self.house.command("ana", &["task", "list"]);
        command.env("CREWDESK_PASSWORD", format!("{SECRET}{SECRET}"));
        let refused = Running::start(command, "").end().refusal();
        self.said.borrow_mut().push(refused);
    }
}

impl Stage {
    /// Logins and new passwords for servers that are not there, and for a file.
    fn credentials(&self) {
        let refused = |user: &str, args: &[&str]| self.run_with(user, args, SECRET).refusal();
        let url = "postgres://team@127.0.0.1:1/sales";
        self.good("mara", &["connection", "add", "far", url]);
        for name in ["far", "warehouse"] {
            refused("mara", &["connection", "rotate", name, "--password-stdin"]);
        }
        let log_in = |name| ["connection", "login", name, "--password-stdin"];
        refused("ana", &log_in("far"));
        for kind in ["personal", "asked"] {
            self.good("mara", &["connection", "credentials", "far", kind]);
        }
        refused("ana", &log_in("far"));
        let file = self.house.arg("good.csv");
        refused(
            "ana",
            &["insert", &file, "far", "orders", "--password-stdin"],
        );
        self.good("mara", &["connection", "credentials", "far", "personal"]);
        refused("ana", &log_in("far"));
        refused(
            "mara",
            &["connection", "credentials", "warehouse", "personal"],
        );
        self.good("mara", &["connection", "show", "far"]);
        self.json("ana", &["connection", "show", "warehouse"]);
        self.good("mara", &["connection", "remove", "far"]);
    }
}

#[test]
fn a_password_is_nowhere_in_the_clear() {
    let stage = Stage {
        house: House::bare(),
        said: RefCell::default(),
    };
    stage.team();
    let (host, ana) = stage.open();
    let given = format!("password={SECRET}");
    let start = [
        "start",
        "database-insertion",
        "--assignee",
        "ana",
        "--var",
        &given,
    ];
    let started = stage.json("mara", &start);
    let instance = text(&started["id"]);
    let task = stage.task_of(&instance);

    let mut typed = ana.task(&task).unwrap().values;
    typed.insert("password".into(), SECRET.into());
    ana.save_draft(&task, &typed, None).unwrap();
    stage.provoke(&task);
    stage.send(&task, "bad.csv");
    let back = stage.task_of(&instance);
    stage.good("ana", &["task", "show", &back]);
    let shown = stage.json("ana", &["task", "show", &back]);
    assert_eq!(shown["cameBack"], true);
    assert_eq!(shown["variables"]["password"]["valueInfo"]["secret"], true);
    stage.look(&instance);
    search(stage.house.folder());
    stage.send(&back, "good.csv");
    assert_eq!(stage.house.rows("orders"), 2);
    stage.look(&instance);

    search(stage.house.folder());
    private(&stage.house.path("desk"));
    drop((host, ana));
    search(stage.house.folder());
    for said in stage.said.borrow().iter() {
        assert!(!said.contains(SECRET), "said:\n{said}");
    }
}

/// Every file below a folder.
fn files(folder: &Path, each: &mut dyn FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, each),
            false => each(&path),
        }
    }
}

/// By another process: if this one opened and closed the files of a desk that it has open,
/// the system would take that desk's locks away.
fn search(folder: &Path) {
    let names = |text: &str| {
        let grep = [
            "--recursive",
            "--text",
            "--files-with-matches",
            "--fixed-strings",
        ];
        let mut command = std::process::Command::new("grep");
        command.args(grep).args(["--", text]).arg(folder);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(names("database-insertion").contains("desk.db"));
    assert_eq!(names(SECRET), "", "these files have the password");
}

/// Nobody else may read what belongs to a desk.
fn private(desk: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mut seen = Vec::new();
        files(desk, &mut |path| {
            let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", path.display());
            let ending = path.extension().unwrap_or_default();
            seen.push(ending.to_string_lossy().into_owned());
        });
        for ending in ["db", "db-wal", "db-shm", "key"] {
            assert!(seen.iter().any(|s| s == ending), "{ending} of {seen:?}");
        }
    }
}
