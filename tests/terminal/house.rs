//! A place for a desk: a home folder of its own, a target database, sample files.

use crate::pty::{Nature, Term};
use portable_pty::CommandBuilder;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CREWDESK: &str = env!("CARGO_BIN_EXE_crewdesk");

/// Rows of which the second and the fourth are refused.
const BAD: &str = "id,customer,amount,ordered\n\
    1,Elbe,119.90,2026-01-17\n\
    2,Hanse,\"12,50\",2026-01-17\n\
    3,Fjord,310.00,2026-01-17\n\
    4,Isola,88.00,17.01.2026\n";
const FIXED: &str = "id,customer,amount,ordered\n\
    1,Elbe,119.90,2026-01-17\n\
    2,Hanse,12.50,2026-01-17\n\
    3,Fjord,310.00,2026-01-17\n\
    4,Isola,88.00,2026-01-17\n";

/// The folder everything of one test is in.
pub struct House {
    folder: tempfile::TempDir,
    env: Vec<(String, String)>,
    nature: Nature,
}

impl House {
    /// A home where the program never ran.
    pub fn new() -> House {
        let folder = tempfile::Builder::new().prefix("desk").tempdir().unwrap();
        for name in ["home", "tmp"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        House {
            folder,
            env: Vec::new(),
            nature: Nature::default(),
        }
    }

    /// A desk with mara as its head, ana and ben, and the connection `shop`.
    pub fn team() -> House {
        let house = House::new();
        house.run("user add mara --role head");
        house.run("--user mara user add ana --role employee --group sales");
        house.run("--user mara user add ben --role employee --group sales");
        std::fs::write(house.path("bad.csv"), BAD).unwrap();
        std::fs::write(house.path("fixed.csv"), FIXED).unwrap();
        let target = rusqlite::Connection::open(house.path("shop.db")).unwrap();
        target
            .execute_batch(
                "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer VARCHAR(60) NOT NULL,
                 amount DECIMAL(10,2) NOT NULL, ordered DATE NOT NULL)",
            )
            .unwrap();
        let url = format!("sqlite:{}", house.path("shop.db").display());
        house.run_with(&["--user", "mara", "connection", "add", "shop", &url]);
        house
    }

    /// With this in the environment of every program from now on.
    pub fn with(mut self, name: &str, value: &str) -> House {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// In terminals of this kind from now on.
    pub fn in_terminals(mut self, nature: Nature) -> House {
        self.nature = nature;
        self
    }

    /// Something in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The desk's database.
    pub fn desk(&self) -> PathBuf {
        self.path("desk.db")
    }

    /// The rows of the target: customer and amount.
    pub fn rows(&self) -> Vec<(String, String)> {
        let target = rusqlite::Connection::open(self.path("shop.db")).unwrap();
        let mut rows = target
            .prepare("SELECT customer, CAST(amount AS TEXT) FROM orders ORDER BY id")
            .unwrap();
        rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    fn environment(&self) -> Vec<(String, String)> {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let mut env: Vec<(String, String)> = [
            ("PATH", std::env::var("PATH").unwrap()),
            ("HOME", text(&self.path("home"))),
            ("XDG_DATA_HOME", text(&self.path("home/data"))),
            ("XDG_CONFIG_HOME", text(&self.path("home/config"))),
            ("TMPDIR", text(&self.path("tmp"))),
            ("CREWDESK_DB", text(&self.desk())),
            ("TERM", "xterm-256color".to_owned()),
            ("COLORTERM", "truecolor".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TZ", "UTC".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        env.extend(self.env.iter().cloned());
        env
    }

    /// Runs a command line whose words hold no spaces; what it prints.
    #[track_caller]
    pub fn run(&self, line: &str) -> String {
        self.run_with(&line.split(' ').collect::<Vec<_>>())
    }

    /// Runs a command line; what it prints.
    #[track_caller]
    pub fn run_with(&self, args: &[&str]) -> String {
        let output = self.try_run(args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "crewdesk {args:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command line, whatever becomes of it.
    pub fn try_run(&self, args: &[&str]) -> Output {
        Command::new(CREWDESK)
            .args(args)
            .env_clear()
            .envs(self.environment())
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    /// The answer of a command line in JSON.
    #[track_caller]
    pub fn json(&self, line: &str) -> serde_json::Value {
        serde_json::from_str(&self.run(&format!("--json {line}"))).unwrap()
    }

    /// Starts an insertion for ana; the id of its instance.
    #[track_caller]
    pub fn start(&self, title: &str, more: &[&str]) -> String {
        let title = format!("title={title}");
        let mut args = vec!["--user", "mara", "--json", "start", "database-insertion"];
        args.extend(["--var", &title, "--var", "connection=shop"]);
        args.extend(more);
        let answer: serde_json::Value = serde_json::from_str(&self.run_with(&args)).unwrap();
        answer["id"].as_str().unwrap().to_owned()
    }

    /// Runs the program in a terminal of 80 columns and 24 lines.
    pub fn open(&self, line: &str) -> Term {
        self.open_at(line, 80, 24)
    }

    /// Runs the program in a terminal of this size.
    pub fn open_at(&self, line: &str, columns: u16, rows: u16) -> Term {
        Term::spawn(self.command(line), columns, rows, self.nature)
    }

    /// The program with these arguments, for a terminal of the test's own.
    pub fn command(&self, line: &str) -> CommandBuilder {
        let mut command = CommandBuilder::new(CREWDESK);
        command.args(line.split(' ').filter(|word| !word.is_empty()));
        self.settle(&mut command);
        command
    }

    /// Runs what a test of this binary does [`inside`] a terminal, where the program itself
    /// offers no way to come into a state.
    pub fn open_inside(&self, test: &str) -> Term {
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
        self.settle(&mut command);
        command.env(INSIDE, "1");
        Term::spawn(command, 100, 30, self.nature)
    }

    fn settle(&self, command: &mut CommandBuilder) {
        command.env_clear();
        for (name, value) in self.environment() {
            command.env(name, value);
        }
        command.cwd(self.folder.path());
    }
}

const INSIDE: &str = "CREWDESK_TEST_INSIDE";

/// True in a process that [`House::open_inside`] has started.
pub fn inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}
