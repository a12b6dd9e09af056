//! Databases of each kind: a file, or a real server on a free port in a folder of its own.

use chrono::{DateTime, Utc};
use crewdesk::insert::{
    Cancel, ConnectionUrl, Facts, Frame, FrameStore, InsertError, Insertion, LedgerEntry, Password,
    Report, Source, Verdict, run,
};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The user of the tests, and its password.
pub const USER: &str = "ana";
pub const PASSWORD: &str = "hush hush 7\\$";
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
    MariaDb,
}

/// A server of this process; its end is the server's end.
pub struct Server {
    pub kind: Kind,
    pub dir: tempfile::TempDir,
    pub port: u16,
    guard: Child,
}

/// A command as a user who may run a server.
fn command(user: &str, program: &Path) -> Command {
    // A server refuses to run as root.
    if Path::new("/usr/sbin/runuser").exists() && whoami() == "root" {
        let mut command = Command::new("runuser");
        command.args(["-u", user, "--"]).arg(program);
        return command;
    }
    Command::new(program)
}

fn whoami() -> String {
    let output = Command::new("id").arg("-un").output().expect("id runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

pub fn run_to_end(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

fn postgres_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.flatten().map(|version| version.path().join("bin"));
    folders.filter(|bin| bin.join("initdb").exists()).max()
}

fn mariadb_programs() -> Option<PathBuf> {
    let program = PathBuf::from("/usr/sbin/mariadbd");
    program.exists().then_some(program)
}

impl Server {
    /// Starts a server; none, with the reason printed, where its programs are not installed.
    pub fn start(kind: Kind) -> Option<Server> {
        Server::start_in(kind, tempfile::tempdir().unwrap())
    }

    /// The same in a folder; one with `server.crt` and `server.key` in it makes it encrypt.
    pub fn start_in(kind: Kind, dir: tempfile::TempDir) -> Option<Server> {
        let [crt, key] = ["server.crt", "server.key"].map(|name| dir.path().join(name));
        let encrypts = crt.exists();
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        drop(socket);
        let (user, mut program) = match kind {
            Kind::Sqlite => return None,
            Kind::Postgres => {
                let Some(bin) = postgres_programs() else {
                    eprintln!("skipped: PostgreSQL is not installed (package postgresql)");
                    return None;
                };
                let data = dir.path().join("data");
                let secret = dir.path().join("password");
                std::fs::write(&secret, PASSWORD).unwrap();
                give(dir.path(), "postgres");
                let mut init = command("postgres", &bin.join("initdb"));
                init.arg("-D")
                    .arg(&data)
                    .args(["-N", "-E", "UTF8", "--locale=C", "-U", USER]);
                init.args(["-A", "scram-sha-256"])
                    .arg("--pwfile")
                    .arg(&secret);
                run_to_end(&mut init);
                let mut server = command("postgres", &bin.join("postgres"));
                server
                    .arg("-D")
                    .arg(&data)
                    .args(["-p", &port.to_string()])
                    .arg("-k")
                    .arg(dir.path());
                server.args(["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"]);
                if encrypts {
                    server.args(["-c", "ssl=on"]);
                    server.args(["-c", &format!("ssl_cert_file={}", crt.display())]);
                    server.args(["-c", &format!("ssl_key_file={}", key.display())]);
                }
                ("postgres", server)
            }
            Kind::MariaDb => {
                let Some(program) = mariadb_programs() else {
                    eprintln!("skipped: MariaDB is not installed (package mariadb-server)");
                    return None;
                };
                let data = dir.path().join("data");
                std::fs::create_dir(&data).unwrap();
                std::fs::write(
                    dir.path().join("init.sql"),
                    format!(
                        "CREATE DATABASE test;\n\
                         CREATE USER {USER}@'127.0.0.1' IDENTIFIED BY '{}';\n\
                         GRANT ALL ON *.* TO {USER}@'127.0.0.1' WITH GRANT OPTION;\n",
                        PASSWORD.replace('\\', "\\\\")
                    ),
                )
                .unwrap();
                give(dir.path(), "mysql");
                let mut init = command("mysql", Path::new("/usr/bin/mariadb-install-db"));
                init.arg("--no-defaults")
                    .arg(format!("--datadir={}", data.display()));
                // Several are set up at once: each has its temporary tables to itself.
                init.env("TMPDIR", dir.path());
                init.args(["--skip-test-db", "--auth-root-authentication-method=normal"]);
                run_to_end(&mut init);
                let mut server = command("mysql", &program);
                let file = |name: &str| dir.path().join(name).display().to_string();
                server
                    .arg("--no-defaults")
                    .arg(format!("--datadir={}", data.display()));
                server
                    .arg(format!("--port={port}"))
                    .arg("--bind-address=127.0.0.1");
                server.env("TMPDIR", dir.path());
                server.arg(format!("--socket={}", file("socket")));
                server.arg(format!("--pid-file={}", file("pid")));
                server.arg(format!("--init-file={}", file("init.sql")));
                if encrypts {
                    server.arg(format!("--ssl-cert={}", crt.display()));
                    server.arg(format!("--ssl-key={}", key.display()));
                }
                server.args([
                    "--innodb-flush-log-at-trx-commit=0",
                    "--character-set-server=utf8mb4",
                ]);
                ("mysql", server)
            }
        };
        program.stdout(Stdio::null()).stderr(Stdio::null());
        let guard = guarded(&program, user, dir.path());
        let server = Server {
            kind,
            dir,
            port,
            guard,
        };
        server.wait();
        Some(server)
    }

    fn wait(&self) {
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err()
            || self.try_sql("SELECT 1").is_err()
        {
            assert!(began.elapsed() < PATIENCE, "the server does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Kills the server as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut stdin) = self.guard.stdin.take() {
            let _ = stdin.write_all(b"KILL\n");
        }
        let _ = self.guard.wait();
    }

    /// Runs SQL with the server's own client; the values, separated by `|`.
    pub fn try_sql(&self, sql: &str) -> Result<Vec<String>, String> {
        let mut client = match self.kind {
            Kind::MariaDb => {
                let mut client = Command::new("mariadb");
                client.args([
                    "--no-defaults",
                    "-h",
                    "127.0.0.1",
                    "-u",
                    USER,
                    "-N",
                    "-B",
                    "-r",
                    "--skip-ssl",
                ]);
                client
                    .arg(format!("-P{}", self.port))
                    .arg(format!("-p{PASSWORD}"));
                client.args(["--default-character-set=utf8mb4", "-e", sql, "test"]);
                client
            }
            _ => {
                let mut client = Command::new("psql");
                client.args([
                    "-X",
                    "-A",
                    "-t",
                    "-q",
                    "-v",
                    "ON_ERROR_STOP=1",
                    "-P",
                    "null=NULL",
                ]);
                client.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", USER]);
                client
                    .args(["-d", "postgres", "-c", sql])
                    .env("PGPASSWORD", PASSWORD);
                client
            }
        };
        let output = client.output().expect("the server's client runs");
        match output.status.success() {
            true => {
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                Ok(text.lines().map(|line| line.replace('\t', "|")).collect())
            }
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    pub fn url(&self) -> String {
        match self.kind {
            Kind::MariaDb => format!("mariadb://{USER}@127.0.0.1:{}/test", self.port),
            _ => format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// A server that ends when this process does: when nobody holds its guard's input.
/// Its folder goes with it.
fn guarded(server: &Command, user: &str, dir: &Path) -> Child {
    let quote = |text: &std::ffi::OsStr| format!("'{}'", text.to_string_lossy());
    let words = std::iter::once(server.get_program()).chain(server.get_args());
    let server: Vec<String> = words.map(quote).collect();
    let script = format!(
        "{} >/dev/null 2>&1 & server=$!; read how; [ -n \"$how\" ] || how=INT; \
         [ \"{user}\" = mysql ] && [ \"$how\" = INT ] && how=TERM; \
         kill -$how $(pgrep -P $server) $server 2>/dev/null; wait $server; \
         rm -rf '{}'",
        server.join(" "),
        dir.display()
    );
    Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh runs")
}

fn give(dir: &Path, user: &str) {
    if whoami() == "root" {
        run_to_end(Command::new("chown").args(["-R", user]).arg(dir));
    }
}

/// The servers that the tests of this process share.
fn shared(kind: Kind) -> Option<&'static Server> {
    static POSTGRES: OnceLock<Option<Server>> = OnceLock::new();
    static MARIADB: OnceLock<Option<Server>> = OnceLock::new();
    match kind {
        Kind::Sqlite => None,
        Kind::Postgres => POSTGRES.get_or_init(|| Server::start(kind)).as_ref(),
        Kind::MariaDb => MARIADB.get_or_init(|| Server::start(kind)).as_ref(),
    }
}

/// A database of one kind with a table of a name of its own, and a frame store.
pub struct Place {
    pub kind: Kind,
    pub table: String,
    dir: tempfile::TempDir,
    server: Option<&'static Server>,
}

impl Place {
    /// All kinds that are installed here.
    pub fn all() -> Vec<Place> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let kinds = [Kind::Sqlite, Kind::Postgres, Kind::MariaDb];
        let places = kinds.map(|kind| {
            let server = shared(kind);
            (kind == Kind::Sqlite || server.is_some()).then(|| Place {
                kind,
                table: format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed)),
                dir: tempfile::tempdir().unwrap(),
                server,
            })
        });
        places.into_iter().flatten().collect()
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("target.db")
    }

    /// Makes sure that the database is there, also without a table.
    pub fn is_there(&self) {
        if self.kind == Kind::Sqlite {
            self.sql("PRAGMA user_version = 1");
        }
    }

    /// Runs SQL; `$t` is the table.
    pub fn sql(&self, sql: &str) -> Vec<String> {
        self.try_sql(sql)
            .unwrap_or_else(|e| panic!("{:?}: {sql}: {e}", self.kind))
    }

    pub fn try_sql(&self, sql: &str) -> Result<Vec<String>, String> {
        let sql = sql.replace("$t", &self.table);
        match self.server {
            Some(server) => server.try_sql(&sql),
            None => self.lite(&sql).map_err(|e| e.to_string()),
        }
    }

    fn lite(&self, sql: &str) -> rusqlite::Result<Vec<String>> {
        use rusqlite::types::ValueRef;
        let database = rusqlite::Connection::open(self.file())?;
        database.execute_batch("PRAGMA foreign_keys=ON")?;
        if !sql.trim_start().to_uppercase().starts_with("SELECT") {
            database.execute_batch(sql)?;
            return Ok(Vec::new());
        }
        let mut statement = database.prepare(sql)?;
        let width = statement.column_count();
        let mut rows = statement.query([])?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            let values: rusqlite::Result<Vec<String>> = (0..width)
                .map(|i| {
                    Ok(match row.get_ref(i)? {
                        ValueRef::Null => "NULL".to_owned(),
                        ValueRef::Integer(n) => n.to_string(),
                        ValueRef::Real(x) => x.to_string(),
                        ValueRef::Text(t) | ValueRef::Blob(t) => {
                            String::from_utf8_lossy(t).into_owned()
                        }
                    })
                })
                .collect();
            lines.push(values?.join("|"));
        }
        Ok(lines)
    }

    pub fn url(&self) -> ConnectionUrl {
        match self.server {
            Some(server) => server.url().parse().unwrap(),
            None => ConnectionUrl::Sqlite(self.file()),
        }
    }

    /// The server's own SQL for this kind.
    pub fn choose<'t>(&self, sqlite: &'t str, postgres: &'t str, mariadb: &'t str) -> &'t str {
        match self.kind {
            Kind::Sqlite => sqlite,
            Kind::Postgres => postgres,
            Kind::MariaDb => mariadb,
        }
    }

    pub fn store(&self) -> FrameStore {
        FrameStore::new(self.dir.path().join("frames")).unwrap()
    }

    pub fn frame(&self, text: &str) -> Frame {
        let store = self.store();
        let captured = store
            .capture(Source::Text(text), &mut |_, _| {}, &Cancel::new())
            .unwrap();
        store.open(&captured.hash).unwrap().named("rows.csv")
    }

    pub fn insertion(&self, text: &str) -> Insertion {
        let mut insertion = Insertion::new(self.url(), &self.table, self.frame(text));
        insertion.password = Some(Password::new(PASSWORD));
        insertion.busy_seconds = 2;
        insertion
    }

    /// Inserts under a key of this table.
    pub fn insert(&self, text: &str) -> Report {
        let report = job(&self.insertion(text), &self.table);
        report.unwrap_or_else(|e| panic!("{:?}: {e}", self.kind))
    }
}

pub fn entry(key: &str) -> LedgerEntry {
    LedgerEntry {
        key: key.into(),
        at: DateTime::<Utc>::UNIX_EPOCH,
    }
}

pub fn job(insertion: &Insertion, key: &str) -> Result<Report, InsertError> {
    let mut judge = |facts: &Facts| Ok(Verdict::built_in(facts));
    run(
        insertion,
        &entry(key),
        &mut judge,
        &mut |_| {},
        &Cancel::new(),
    )
}
